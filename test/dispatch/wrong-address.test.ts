import { setTimeout as sleep } from 'node:timers/promises';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { loadOrders } from '../../src/orders/load.ts';
import { readOrders } from '../../src/orders/order-file.ts';
import { fictional } from '../../src/providers/fictional.ts';
import { oddpost } from '../../src/providers/oddpost.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { openShop } from '../support/shop.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { DAY, sendDue } from './support.ts';

const ONE_BY_ONE = { SHIPCTL_FICTIONAL_CONCURRENCY: '1' };

describe('a provider whose address is wrong', () => {
  it.each([301, 302, 303, 307, 308, 405])('is left alone at once when it answers %i', async (status) => {
    const wrong = await answering(() => status);
    const right = await answering(() => 201);
    const shop = await openShop({ url: wrong.url, orders: orders(100) });

    const run = await shop(DAY, 'ship-due', '--json');
    const afterwards = (await shop(DAY, 'status', '--json')).json();
    const next = await shop(DAY, 'ship-due', '--json', { SHIPCTL_FICTIONAL_URL: right.url });

    expect(run.exitCode).toBe(12);
    expect(wrong.received.length).toBeLessThanOrEqual(32);
    expect(run.json()).toMatchObject({
      counts: { accepted: 0, rejected: 0, uncertain: 0 },
      providers: { fictional: { availability: 'wrong-address' } },
      problems: [],
    });
    expect(JSON.parse(run.stderr).error).toMatchObject({
      code: 'provider_wrong_address',
      message: `The address in SHIPCTL_FICTIONAL_URL seems to be wrong: fictional answered HTTP ${status}.`,
    });
    expect(afterwards.shipments).toMatchObject({ rejected: 0, uncertain: 0, sending: 0 });
    expect(next.json().counts).toMatchObject({ due: 100, accepted: 100 });
  });

  it.each([404, 410])('is left alone after five answers %i in a row', async (status) => {
    const { url, received } = await answering(() => status);
    const shop = await openShop({ url, orders: orders(20) });

    const run = await shop(DAY, 'ship-due', '--json', ONE_BY_ONE);
    const { shipments } = (await shop(DAY, 'status', '--json')).json();

    expect(run.exitCode).toBe(12);
    expect(received).toHaveLength(5);
    expect(run.json()).toMatchObject({
      counts: { accepted: 0, rejected: 0 },
      providers: { fictional: { availability: 'wrong-address', trouble: `HTTP ${status}` } },
    });
    expect(shipments).toMatchObject({ pending: 20, rejected: 0, sending: 0 });
  });

  it('is suspected when all that it answered was 404, however little was due', async () => {
    const { url } = await answering(() => 404);
    const shop = await openShop({ url, orders: orders(2) });

    const run = await shop(DAY, 'ship-due');
    const { shipments } = (await shop(DAY, 'status', 'co-0', '--json')).json();

    expect(run.exitCode).toBe(12);
    expect(run.stdout).toContain(
      'Provider fictional was left alone: its address seems to be wrong (HTTP 404).',
    );
    expect(run.stderr).toContain('SHIPCTL_FICTIONAL_URL');
    expect(shipments[0]).toMatchObject({ status: 'pending', attempts: 0, last_error: 'HTTP 404' });
  });

  it('is told of once, with where it leads and without what is secret there', async () => {
    const { url } = await startProvider(
      http.post(
        at('/orders'),
        () =>
          new HttpResponse(null, {
            status: 308,
            headers: { location: 'https://me:secret@api.example/v2/orders?token=secret' },
          }),
      ),
    );
    const shop = await openShop({ url, orders: orders(2) });

    const run = await shop(DAY, 'ship-due');

    expect(run.stderr).toContain(
      'fictional answered HTTP 308, which leads to https://api.example/v2/orders.',
    );
    expect(run.stdout + run.stderr).not.toContain('secret');
  });

  it('leaves no doubt about an order, though its provider would not recognise a repeat', async () => {
    const unsure: Provider = { ...fictional, repeatedOrders: { kind: 'unrecognised' } };
    const { url } = await answering(() => 405);
    const db = await shopOf(unsure, 3);

    const { counts } = await sendDue(db, [{ provider: unsure, url }]);

    expect(counts).toMatchObject({ due: 3, retrying: 3, uncertain: 0 });
    expect(await db.selectFrom('attempts').selectAll().execute()).toEqual([]);
  });

  it.each([302, 404, 405, 410])('is the same for oddpost: %i', async (status) => {
    const { url } = await answering(() => status, '/v2/consignments');
    const db = await shopOf(oddpost, 8);

    const { counts, lanes } = await sendDue(db, [{ provider: oddpost, url }]);

    expect(counts).toMatchObject({ due: 8, retrying: 8, rejected: 0, uncertain: 0 });
    expect(lanes).toMatchObject([{ availability: 'wrong-address' }]);
  });
});

describe('an order that is answered with 404', () => {
  it('is rejected among others that are accepted, also when it comes first', async () => {
    const { url } = await answering((id) =>
      ['co-0', 'co-1', 'co-2', 'co-3', 'co-7'].includes(id) ? 404 : 201,
    );
    const shop = await openShop({ url, orders: orders(10) });

    const run = await shop(DAY, 'ship-due', '--json', ONE_BY_ONE);
    const { shipments } = (await shop(DAY, 'status', 'co-0', '--json')).json();

    expect(run.exitCode).toBe(3);
    expect(run.json()).toMatchObject({
      counts: { due: 10, accepted: 5, rejected: 5, retrying: 0 },
      providers: { fictional: { availability: 'available' } },
    });
    expect(shipments[0]).toMatchObject({ status: 'rejected', attempts: 1, last_error: 'HTTP 404' });
  });

  it('is rejected by a provider that has accepted something, however many there are', async () => {
    const { url } = await answering((id) => (id === 'co-0' ? 201 : 404));
    const shop = await openShop({ url, orders: orders(10) });

    const run = await shop(DAY, 'ship-due', '--json', ONE_BY_ONE);

    expect(run.exitCode).toBe(3);
    expect(run.json().counts).toMatchObject({ due: 10, accepted: 1, rejected: 9 });
  });

  it('is rejected where five such answers come before others under way are accepted', async () => {
    const { url } = await startProvider(
      http.post(at('/orders'), async ({ request }) => {
        const { order_id } = (await request.json()) as { order_id: string };
        if (Number(order_id.slice(3)) < 5) return new HttpResponse(null, { status: 404 });
        await sleep(100);
        return new HttpResponse(null, { status: 201 });
      }),
    );
    const shop = await openShop({ url, orders: orders(20) });

    const run = await shop(DAY, 'ship-due', '--json', { SHIPCTL_FICTIONAL_CONCURRENCY: '8' });

    expect(run.exitCode).toBe(3);
    expect(run.json()).toMatchObject({
      counts: { due: 20, accepted: 15, rejected: 5, retrying: 0 },
      providers: { fictional: { availability: 'available' } },
    });
  });

  it('keeps no others waiting for longer than a run, though as many come first as make the address look wrong', async () => {
    const { url } = await answering((id) => (Number(id.slice(3)) < 6 ? 404 : 201));
    const shop = await openShop({ url, orders: orders(20) });

    const first = await shop(DAY, 'ship-due', '--json', ONE_BY_ONE);
    const second = await shop(DAY, 'ship-due', '--json', ONE_BY_ONE);

    expect(first.exitCode).toBe(12);
    expect(first.json().counts).toMatchObject({ accepted: 0, rejected: 0 });
    expect(second.exitCode).toBe(3);
    expect(second.json().counts).toMatchObject({ due: 20, accepted: 14, rejected: 6 });
  });

  it('waits for the next run where others were rejected and none accepted', async () => {
    const { url } = await answering((id) => (Number(id.slice(3)) % 2 === 0 ? 404 : 422));
    const shop = await openShop({ url, orders: orders(12) });

    const run = await shop(DAY, 'ship-due', '--json', ONE_BY_ONE);

    expect(run.exitCode).toBe(3);
    expect(run.json()).toMatchObject({
      counts: { due: 12, rejected: 6, retrying: 6 },
      providers: { fictional: { availability: 'available' } },
    });
    expect(run.json().problems).toContainEqual({
      order_id: 'co-0',
      shipment_id: 'co-0',
      outcome: 'retrying',
      http_status: 404,
      message: 'HTTP 404',
      attempts: 0,
    });
  });

  it('is undecided until the provider has accepted another one: a run that dies leaves it to be rescued', async () => {
    const provider = fictional;
    const db = await shopOf(provider, 2);
    const seen: string[] = [];
    const { url } = await startProvider(
      http.post(at('/orders'), async () => {
        const first = await db.selectFrom('shipments').select('status').orderBy('id').executeTakeFirst();
        seen.push(first?.status ?? 'none');
        return new HttpResponse(null, { status: seen.length === 1 ? 404 : 201 });
      }),
    );

    const { counts } = await sendDue(db, [{ provider, url, env: { SHIPCTL_FICTIONAL_CONCURRENCY: '1' } }]);

    expect(seen).toEqual(['sending', 'sending']);
    expect(counts).toMatchObject({ due: 2, accepted: 1, rejected: 1 });
  });
});

/** A provider that answers each order with the status that `statusOf` gives for its id. */
function answering(statusOf: (orderId: string) => number, path = '/orders') {
  return startProvider(
    http.post(at(path), async ({ request }) => {
      const { order_id = '' } = (await request.json()) as { order_id?: string };
      return new HttpResponse(null, { status: statusOf(order_id) });
    }),
  );
}

async function shopOf(provider: Provider, count: number) {
  const { db } = await temporaryDatabase();
  const file = Buffer.from(JSON.stringify(orders(count, { provider: provider.name })));
  await loadOrders(db, readOrders(file, 'test', new Map([[provider.name, provider]])), DAY);
  return db;
}

function orders(count: number, overrides: Record<string, unknown> = {}) {
  return Array.from({ length: count }, (_, index) => anOrder({ order_id: `co-${index}`, ...overrides }));
}
