import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { aClaimant } from '../support/claimant.ts';
import { anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { openShop, tell, withDatabase } from '../support/shop.ts';

const DAY = '2026-05-22';
const NOBODY = 'http://127.0.0.1:9';

const answer = (status: number, body: string | null = null, headers: Record<string, string> = {}) =>
  http.post(at('/orders'), () => new HttpResponse(body, { status, headers }));

describe('ship-due says on standard error', () => {
  it('that a provider is not available, and what to do', async () => {
    const shop = await openShop({ url: NOBODY, orders: [anOrder()] });

    const run = await shop(DAY, 'ship-due', '--quiet');

    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(run.stderr).toMatch(
      /^error: Not available: fictional \(no connection: .*ECONNREFUSED.*\)\.\nhint: .*SHIPCTL_FICTIONAL_URL.*\n$/,
    );
  });

  it('that the credentials are refused, and which variable holds them', async () => {
    const { url } = await startProvider(answer(401));
    const shop = await openShop({ url, orders: [anOrder()] });

    const run = await shop(DAY, 'ship-due', '--json');

    expect(run.exitCode).toBe(12);
    expect(JSON.parse(run.stderr).error).toMatchObject({
      code: 'provider_unauthorized',
      message: 'fictional rejected our credentials (HTTP 401).',
      hint: expect.stringContaining('SHIPCTL_FICTIONAL_API_KEY'),
    });
    expect(run.json().left).toEqual({ due_orders: 0, pending: 1, sending: 0 });
  });

  it('that a shipment was not taken', async () => {
    const { url } = await startProvider(answer(422));
    const shop = await openShop({ url, orders: [anOrder()] });

    const run = await shop(DAY, 'ship-due');

    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('shipctl retry');
    expect(run.stderr).toMatch(/^error: 1 of 1 shipments were not taken/);
  });
});

describe('ship-due', () => {
  it('neither stores nor shows a key that the provider repeats in its answer', async () => {
    const { url } = await startProvider(answer(422, 'bad request with Bearer sesame-4711'));
    const shop = await openShop({ url, orders: [anOrder()] });

    const run = await shop(DAY, 'ship-due', { SHIPCTL_FICTIONAL_API_KEY: 'sesame-4711' });
    const status = await shop(DAY, 'status', 'co-1', '--json');

    expect(run.stdout).toContain('Bearer ***');
    expect(run.stdout + status.stdout).not.toContain('sesame-4711');
  });

  it('does not send what waits for an order that is not active any more, until it is again', async () => {
    const { url, received } = await startProvider(answer(201));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due', { SHIPCTL_FICTIONAL_URL: NOBODY });
    await shop.load([anOrder({ active: false })]);

    const resting = await shop(DAY, 'ship-due');
    const requestsWhileResting = received.length;
    await shop.load([anOrder()]);
    await shop(DAY, 'ship-due');

    expect(resting).toMatchObject({ exitCode: 0, stdout: `Nothing is due on ${DAY}.\n` });
    expect(requestsWhileResting).toBe(0);
    expect(received).toHaveLength(1);
  });

  it('does not say that nothing is due while another run holds shipments', async () => {
    const { url } = await startProvider(answer(201));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due', { SHIPCTL_FICTIONAL_URL: NOBODY });
    const never = Date.parse(DAY) + 10 * 86_400_000;
    await withDatabase(shop, async (db) => {
      const { run } = await aClaimant(db, DAY, { run_id: 'other', lease_ms: 600_000, lease_until: never });
      await db.updateTable('shipments').set({ status: 'sending', pending_for: null, run }).execute();
    });

    const run = await shop(DAY, 'ship-due', '--max-duration', '1');

    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('Held by another run: 1.');
    expect(run.stdout).not.toContain('Nothing is due');
    expect(run.stderr).toMatch(/stopped by max-duration before all/);
  });

  it('tells until when a provider wants to be left alone', async () => {
    const { url } = await startProvider(answer(429, null, { 'retry-after': '86400' }));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');

    const run = await shop(DAY, 'ship-due');

    expect(run.exitCode).toBe(4);
    expect(run.stdout).toMatch(/fictional is not asked again before 2026-05-23T08:/);
  });

  it('sends a shipment that surely never arrived, and keeps what an event said before as it is', async () => {
    const { url, received } = await startProvider(answer(201));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due', { SHIPCTL_FICTIONAL_URL: NOBODY });
    await withDatabase(shop, (db) => tell(db, 'co-1', { at: Date.parse(DAY) }));

    await shop(DAY, 'ship-due');

    expect(received).toHaveLength(1);
    const [shipment] = (await shop(DAY, 'status', 'co-1', '--json')).json().shipments;
    expect(shipment).toMatchObject({ status: 'sent', events: [{ event_name: 'in-transit' }] });
  });
});
