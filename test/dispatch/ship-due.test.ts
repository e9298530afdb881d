import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { idsOf, openShop, withDatabase } from '../support/shop.ts';

const accept = () =>
  http.post(at('/orders'), () => HttpResponse.json({ status: 'accepted' }, { status: 201 }));
const refuse = (status: number, init: { body?: string; headers?: Record<string, string> } = {}) =>
  http.post(
    at('/orders'),
    () => new HttpResponse(init.body ?? null, { status, headers: init.headers ?? {} }),
  );

describe('ship-due', () => {
  it('sends what is due once, and nothing when it is started again', async () => {
    const { url, received } = await startProvider(accept());
    const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-1', starts_on: '2026-05-22' })] });

    const first = await shop('2026-05-22', 'ship-due', '--json');
    const second = await shop('2026-05-22', 'ship-due', '--json');

    expect(received.map(({ path, body }) => [path, JSON.parse(body).order_id])).toEqual([
      ['/orders', 'co-1'],
    ]);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.json()).toMatchObject({
      schema_version: 1,
      interval: null,
      as_of: '2026-05-22',
      dry_run: false,
      counts: { due: 1, accepted: 1, rejected: 0, retrying: 0, uncertain: 0, skipped_periods: 0 },
      problems: [],
    });
    expect(second.exitCode).toBe(0);
    expect(second.json().counts).toMatchObject({ due: 0, accepted: 0 });
  });

  it('gives every later shipment of an order an id of its own', async () => {
    const { url, received } = await startProvider(accept());
    const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-1', starts_on: '2026-05-22' })] });

    for (const day of ['2026-05-22', '2026-05-29', '2026-06-05']) await shop(day, 'ship-due');

    expect(idsOf(received)).toEqual(['co-1', 'co-1.20260529', 'co-1.20260605']);
  });

  it('sends one shipment after ten missed weeks and says how many it skipped', async () => {
    const { url, received } = await startProvider(accept());
    const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-1', starts_on: '2026-05-22' })] });
    await shop('2026-05-22', 'ship-due');

    const run = await shop('2026-08-05', 'ship-due', '--json');

    expect(idsOf(received)).toEqual(['co-1', 'co-1.20260731']);
    expect(run.json().counts).toMatchObject({ due: 1, accepted: 1, skipped_periods: 9 });
    const { order, shipments } = (await shop('2026-08-05', 'status', 'co-1', '--json')).json();
    expect(order.next_due_on).toBe('2026-08-07');
    expect(shipments[0]).toMatchObject({ due_on: '2026-07-31', skipped_periods: 9, status: 'sent' });
  });

  it('takes "it has this order already" for accepted', async () => {
    const { url } = await startProvider(refuse(409));
    const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-1' })] });

    const run = await shop('2026-05-22', 'ship-due', '--json');

    expect(run.exitCode).toBe(0);
    expect(run.json().counts).toMatchObject({ due: 1, accepted: 1 });
  });

  it('reports a rejected order and does not send it again by itself', async () => {
    const { url, received } = await startProvider(refuse(422, { body: 'no such postcode' }));
    const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-7' })] });

    const first = await shop('2026-05-22', 'ship-due', '--json');
    const second = await shop('2026-05-22', 'ship-due', '--json');

    expect(first.exitCode).toBe(3);
    expect(first.json()).toMatchObject({
      counts: { due: 1, accepted: 0, rejected: 1, retrying: 0 },
      problems: [
        {
          order_id: 'co-7',
          shipment_id: 'co-7',
          outcome: 'rejected',
          http_status: 422,
          message: 'HTTP 422: no such postcode',
          attempts: 1,
        },
      ],
    });
    expect(second.exitCode).toBe(0);
    expect(received).toHaveLength(1);
  });

  it('does not ship twice when the answer was lost: the same id and the same bytes go out again', async () => {
    const answers = [
      HttpResponse.error(),
      new HttpResponse(null, { status: 500 }),
      new HttpResponse(null, { status: 409 }),
    ];
    const { url, received } = await startProvider(http.post(at('/orders'), () => answers.shift()));
    const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-1' })] });

    const run = await shop('2026-05-22', 'ship-due', '--json');

    expect(run.exitCode).toBe(0);
    expect(idsOf(received)).toEqual(['co-1', 'co-1', 'co-1']);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers.get('idempotency-key')))).toEqual(
      new Set(['"co-1"']),
    );
    const { shipments } = (await shop('2026-05-22', 'status', 'co-1', '--json')).json();
    expect(shipments[0]).toMatchObject({ status: 'sent', attempts: 3, last_error: null });
    expect(shipments[0].attempt_log.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'unanswered',
      'unanswered',
      'accepted',
    ]);
  });

  it('waits as long as the provider asks and counts no attempt for it', async () => {
    const answers = [new HttpResponse(null, { status: 429, headers: { 'retry-after': '1' } })];
    const times: number[] = [];
    const { url } = await startProvider(
      http.post(at('/orders'), () => {
        times.push(performance.now());
        return answers.shift() ?? new HttpResponse(null, { status: 201 });
      }),
    );
    const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-1' })] });

    const run = await shop('2026-05-22', 'ship-due', '--json');

    expect(run.exitCode).toBe(0);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(990);
    const { shipments } = (await shop('2026-05-22', 'status', 'co-1', '--json')).json();
    expect(shipments[0].attempts).toBe(1);
  });

  it('leaves a provider alone that asks for an hour, in this run and in the next', async () => {
    const answers = [new HttpResponse(null, { status: 503, headers: { 'retry-after': '3600' } })];
    const { url, received } = await startProvider(
      http.post(at('/orders'), () => answers.shift() ?? new HttpResponse(null, { status: 201 })),
    );
    const shop = await openShop({
      url,
      orders: [anOrder({ order_id: 'co-1' }), anOrder({ order_id: 'co-2' })],
    });

    const first = await shop('2026-05-22T08:00:00Z', 'ship-due', '--json', '--concurrency', '1');
    const second = await shop('2026-05-22T08:30:00Z', 'ship-due', '--json');
    const requestsUntilThen = received.length;
    const third = await shop('2026-05-22T09:30:00Z', 'ship-due', '--json');

    expect([first.exitCode, second.exitCode, third.exitCode]).toEqual([4, 4, 0]);
    expect(requestsUntilThen).toBe(1);
    expect(third.json().counts).toMatchObject({ due: 2, accepted: 2 });
  });

  it('has no trouble with a paused provider when nothing is due', async () => {
    const { url } = await startProvider(refuse(503, { headers: { 'retry-after': '3600' } }));
    const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-1' })] });
    await shop('2026-05-22T08:00:00Z', 'ship-due');
    await shop.load([anOrder({ order_id: 'co-1', active: false })]);

    const run = await shop('2026-05-22T08:30:00Z', 'ship-due', '--json');

    expect(run.exitCode).toBe(0);
    expect(run.json().providers).toMatchObject({ fictional: { availability: 'available' } });
  });

  it('keeps no pause that lies further ahead than a day, since the clock was set back', async () => {
    const { url, received } = await startProvider(accept());
    const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-1' })] });
    const inAYear = Date.parse('2027-05-22T08:00:00Z');
    await withDatabase(shop, (db) =>
      db.insertInto('provider_pauses').values({ provider: 'fictional', paused_until: inAYear }).execute(),
    );

    const run = await shop('2026-05-22', 'ship-due');

    expect(run.exitCode).toBe(0);
    expect(received).toHaveLength(1);
  });

  it('keeps the rate limit over the whole run', async () => {
    const times: number[] = [];
    const { url } = await startProvider(
      http.post(at('/orders'), () => {
        times.push(performance.now());
        return new HttpResponse(null, { status: 201 });
      }),
    );
    const orders = Array.from({ length: 11 }, (_, index) => anOrder({ order_id: `co-${index}` }));
    const shop = await openShop({ url, orders });

    await shop('2026-05-22', 'ship-due', { SHIPCTL_FICTIONAL_RATE_LIMIT: '20' });

    expect(times).toHaveLength(11);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(400);
  });

  it('stops at once when the credentials are refused, and marks nothing as failed', async () => {
    const { url, received } = await startProvider(refuse(401));
    const orders = Array.from({ length: 50 }, (_, index) => anOrder({ order_id: `co-${index}` }));
    const shop = await openShop({ url, orders });

    const run = await shop('2026-05-22', 'ship-due', '--json', '--concurrency', '2');

    expect(run.exitCode).toBe(12);
    expect(received.length).toBeLessThanOrEqual(2);
    const { shipments } = (await shop('2026-05-22', 'status', '--json')).json();
    expect(shipments).toMatchObject({ pending: 50, sending: 0, rejected: 0 });
  });

  it('loses nothing when the provider is down, and sends the same once it is up', async () => {
    const { url, received } = await startProvider(accept());
    const shop = await openShop({
      url,
      orders: [anOrder({ order_id: 'co-1' }), anOrder({ order_id: 'co-2' })],
    });

    const down = await shop('2026-05-22', 'ship-due', '--json', {
      SHIPCTL_FICTIONAL_URL: 'http://127.0.0.1:9',
    });
    const up = await shop('2026-05-22', 'ship-due', '--json');

    expect(down.exitCode).toBe(4);
    expect(down.json()).toMatchObject({
      counts: { due: 2, accepted: 0, retrying: 2 },
      providers: { fictional: { availability: 'unavailable', counts: { due: 2, retrying: 2 } } },
    });
    expect(up.exitCode).toBe(0);
    expect(idsOf(received).sort()).toEqual(['co-1', 'co-2']);
  });

  it('claims no more than --limit, and only the interval asked for', async () => {
    const { url, received } = await startProvider(accept());
    const orders = ['a', 'b', 'c'].flatMap((name) => [
      anOrder({ order_id: `weekly-${name}`, shipping_interval: 'weekly' }),
      anOrder({ order_id: `monthly-${name}`, shipping_interval: 'monthly' }),
    ]);
    const shop = await openShop({ url, orders });

    await shop('2026-05-22', 'ship-due', '--interval', 'monthly', '--limit', '2');

    expect(idsOf(received).sort()).toEqual(['monthly-a', 'monthly-b']);
  });

  it('shows in a dry run what would go, and changes nothing', async () => {
    const { url, received } = await startProvider(accept());
    const orders = [
      anOrder({ order_id: 'co-1', starts_on: '2026-05-01' }),
      anOrder({ order_id: 'co-2', starts_on: '2026-06-01' }),
    ];
    const shop = await openShop({ url, orders });

    const run = await shop('2026-05-22', 'ship-due', '--dry-run', '--json');

    expect(run.exitCode).toBe(0);
    expect(run.json()).toMatchObject({
      dry_run: true,
      counts: { due: 1, accepted: 0, skipped_periods: 3 },
      shipments: [{ order_id: 'co-1', shipment_id: 'co-1', due_on: '2026-05-22', provider: 'fictional' }],
    });
    expect(received).toEqual([]);
    expect((await shop('2026-05-22', 'status', '--json')).json().shipments.pending).toBe(0);
  });

  it.each([
    [['--as-of', '2026-02-30'], /--as-of .* not "2026-02-30"/],
    [['--as-of', '29.05.2026'], /--as-of/],
    [['--provider', 'dhl'], /no provider "dhl"/],
    [['--limit', '0'], /--limit/],
    [['--concurrency', 'many'], /--concurrency/],
    [['--interval', 'daily'], /weekly, monthly/],
    [['--intervall', 'weekly'], /unknown option '--intervall'/],
  ])('refuses %j with exit code 2', async (flags, message) => {
    const shop = await openShop({ url: 'http://127.0.0.1:9', orders: [] });

    const run = await shop('2026-05-22', 'ship-due', ...flags);

    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
    expect(run.stderr).toMatch(/^hint: /m);
  });

  it('ships on exactly the due dates in a year of daily runs', { timeout: 300_000 }, async () => {
    const { url, received } = await startProvider(accept());
    const orders = [
      anOrder({ order_id: 'w', shipping_interval: 'weekly', starts_on: '2027-12-31' }),
      anOrder({ order_id: 'm', shipping_interval: 'monthly', starts_on: '2027-12-31' }),
    ];
    const shop = await openShop({ url, orders });

    for (let day = Date.parse('2027-12-30'); day <= Date.parse('2028-12-30'); day += 86_400_000) {
      await shop('2027-12-30', 'ship-due', '--as-of', new Date(day).toISOString().slice(0, 10));
    }

    const sent = idsOf(received);
    expect(sent.filter((id) => id.startsWith('m'))).toEqual([
      'm',
      'm.20280131',
      'm.20280229',
      'm.20280331',
      'm.20280430',
      'm.20280531',
      'm.20280630',
      'm.20280731',
      'm.20280831',
      'm.20280930',
      'm.20281031',
      'm.20281130',
    ]);
    const fridays = Array.from({ length: 52 }, (_, week) =>
      new Date(Date.parse('2028-01-07') + week * 7 * 86_400_000)
        .toISOString()
        .slice(0, 10)
        .replaceAll('-', ''),
    );
    expect(sent.filter((id) => id.startsWith('w'))).toEqual(['w', ...fridays.map((day) => `w.${day}`)]);
  });
});
