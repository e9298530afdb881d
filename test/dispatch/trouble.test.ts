import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { runCli } from '../support/run-cli.ts';
import { idsOf, openShop, tell, withDatabase } from '../support/shop.ts';

const DAY = '2026-05-22';
type Body = { order_id: string };

describe('a run', () => {
  it('does not hammer a provider that asks for no pause at all', async () => {
    const { url, received } = await startProvider(
      http.post(
        at('/orders'),
        () => new HttpResponse(null, { status: 429, headers: { 'retry-after': '0' } }),
      ),
    );
    const shop = await openShop({ url, orders: manyOrders(100) });

    const run = await shop(DAY, 'ship-due', '--max-duration', '4', '--concurrency', '8');

    expect(run.exitCode).toBe(3);
    // At most eight at a time, with pauses of 1 and 2 s between.
    expect(received.length).toBeLessThanOrEqual(24);
  });

  it('sends the healthy ones although as many always fail as make the provider look dead', async () => {
    const { url, received } = await startProvider(
      http.post<never, Body>(at('/orders'), async ({ request }) => {
        const { order_id } = await request.json();
        return new HttpResponse(null, { status: Number(order_id.slice(3)) < 40 ? 500 : 201 });
      }),
    );
    const shop = await openShop({ url, orders: manyOrders(100) });

    await shop(DAY, 'ship-due', '--max-duration', '10');

    const { shipments } = (await shop(DAY, 'status', '--json')).json();
    expect(shipments).toMatchObject({ sent: 60, pending: 40 });
    expect(new Set(idsOf(received)).size).toBe(100);
  });

  it('goes on after its lease has lapsed, with what it had claimed', async () => {
    const { url, received } = await startProvider(
      http.post(at('/orders'), async () => {
        await new Promise((done) => setTimeout(done, 40));
        return new HttpResponse(null, { status: 201 });
      }),
    );
    const shop = await openShop({ url, orders: manyOrders(60) });
    const env = { SHIPCTL_FICTIONAL_URL: url, SHIPCTL_FICTIONAL_TIMEOUT_MS: '100' };
    const running = runCli(['ship-due', '--as-of', DAY, '--json', '--concurrency', '4'], {
      cwd: shop.cwd,
      env,
    });
    await until(() => received.length > 8);
    // As if the process had slept for longer than its lease.
    await withDatabase(shop, (db) =>
      db
        .updateTable('shipments')
        .set({ status: 'pending', pending_for: 'released', run: null })
        .where('status', '=', 'sending')
        .execute(),
    );

    const run = await running;
    const next = await shop(DAY, 'ship-due', '--json');

    expect(run.json().counts.uncertain).toBe(0);
    expect(next.exitCode).toBe(0);
    expect((await shop(DAY, 'status', '--json')).json().shipments).toMatchObject({
      sent: 60,
      pending: 0,
      sending: 0,
    });
  });

  it('counts a shipment as accepted that an event proved while it waited to be tried again', async () => {
    let first = true;
    const { url } = await startProvider(
      http.post(at('/orders'), async () => {
        if (!first) return new HttpResponse(null, { status: 500 });
        first = false;
        setTimeout(proveIt, 60);
        return HttpResponse.error();
      }),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    const proveIt = () => withDatabase(shop, (db) => tell(db, 'co-1'));

    const run = await shop(DAY, 'ship-due', '--json');

    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.json().counts).toMatchObject({ due: 1, accepted: 1, retrying: 0 });
  });

  it('leaves to its day what an earlier run had planned for a later one', async () => {
    const { url, received } = await startProvider(
      http.post(at('/orders'), () => new HttpResponse(null, { status: 201 })),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due', '--as-of', '2026-06-19', { SHIPCTL_FICTIONAL_URL: 'http://127.0.0.1:9' });

    const today = await shop(DAY, 'ship-due');
    const requestsUntilThen = received.length;
    await shop('2026-06-19', 'ship-due');

    expect(today).toMatchObject({ exitCode: 0, stdout: `Nothing is due on ${DAY}.\n` });
    expect(requestsUntilThen).toBe(0);
    expect(received).toHaveLength(1);
  });

  it('stops trying again what belongs to an order that was made inactive meanwhile', async () => {
    const { url, received } = await startProvider(
      http.post(at('/orders'), () => new HttpResponse(null, { status: 500 })),
    );
    const shop = await openShop({ url, orders: [anOrder()] });

    const running = shop(DAY, 'ship-due', '--json');
    await until(() => received.length === 1);
    await shop.load([anOrder({ active: false })]);
    const run = await running;

    expect(run.json().counts).toMatchObject({ due: 1, retrying: 1 });
    expect(received.length).toBeLessThanOrEqual(2);
  });

  it('does not lose its patience at once when a provider that fails asks for a pause as well', async () => {
    let requests = 0;
    const { url } = await startProvider(
      http.post(at('/orders'), async () => {
        requests += 1;
        if (requests <= 20) return new HttpResponse(null, { status: 500 });
        if (requests > 32) return new HttpResponse(null, { status: 201 });
        await new Promise((done) => setTimeout(done, 150));
        return new HttpResponse(null, { status: 429, headers: { 'retry-after': '1' } });
      }),
    );
    const shop = await openShop({ url, orders: manyOrders(60) });

    const run = await shop(DAY, 'ship-due', '--json');

    expect(run.exitCode).toBe(0);
    expect(run.json().counts).toMatchObject({ due: 60, accepted: 60 });
  });

  it.each(['key-1\nkey-2', 'ключ'])('refuses a key that no header can carry: %j', async (key) => {
    const shop = await openShop({ url: 'http://127.0.0.1:9', orders: [anOrder()] });

    const run = await shop(DAY, 'ship-due', { SHIPCTL_FICTIONAL_API_KEY: key });

    expect(run.exitCode).toBe(12);
    expect(run.stderr).toContain('SHIPCTL_FICTIONAL_API_KEY');
    expect(run.stderr).not.toContain(key);
  });
});

function manyOrders(count: number) {
  return Array.from({ length: count }, (_, index) => anOrder({ order_id: `co-${index}` }));
}

async function until(holds: () => boolean): Promise<void> {
  for (let looks = 0; looks < 500 && !holds(); looks += 1) await new Promise((done) => setTimeout(done, 10));
}
