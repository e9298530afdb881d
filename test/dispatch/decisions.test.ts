import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { anAddress, anOrder } from '../support/factories.ts';
import { answering, at, startProvider } from '../support/provider-server.ts';
import { idsOf, openShop, tell, withDatabase } from '../support/shop.ts';
import { dieSending } from './support.ts';

const DAY = '2026-05-22';

/** An hour before the shop's time, and one after it. */
const BEFORE = Date.parse(`${DAY}T07:00:00Z`);
const AFTER = Date.parse(`${DAY}T09:00:00Z`);

const rejection = () => new HttpResponse('no such postcode', { status: 422 });
const corrected = anOrder({ delivery_address: anAddress({ postcode: 'W2 6NC' }) });

describe('retry', () => {
  it('sends the corrected order under the same id when the provider surely does not have it', async () => {
    const { url, received } = await startProvider(answering(rejection()));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop.load([corrected]);

    const retry = await shop(DAY, 'retry', 'co-1', '--reason', 'postcode corrected', '--json');
    const run = await shop(DAY, 'ship-due', '--json');

    expect(retry.json()).toMatchObject({
      count: 1,
      retried: [{ order_id: 'co-1', shipment_id: 'co-1', former_shipment_id: 'co-1' }],
    });
    expect(run.json().counts).toMatchObject({ due: 1, accepted: 1 });
    expect(idsOf(received)).toEqual(['co-1', 'co-1']);
    expect(received.map(({ body }) => JSON.parse(body).delivery_address.postcode)).toEqual([
      'W2 6NB',
      'W2 6NC',
    ]);
    const { shipments } = (await shop(DAY, 'status', 'co-1', '--json')).json();
    expect(shipments).toHaveLength(1);
    expect(shipments[0]).toMatchObject({
      status: 'sent',
      attempts: 2,
      decisions: [{ decision: 'retry', reason: 'postcode corrected', decided_by: expect.any(String) }],
    });
  });

  it('sends it by another provider when the order has one now, and knows its events by its number', async () => {
    const { url } = await startProvider(
      answering(rejection()),
      http.post(at('/v2/consignments'), () =>
        HttpResponse.json({ results: [{ clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP1' }] }),
      ),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop.load([anOrder({ provider: 'oddpost' })]);

    await shop(DAY, 'retry', 'co-1', '--reason', 'another provider');
    const run = await shop(DAY, 'ship-due', '--json', { SHIPCTL_ODDPOST_URL: url });

    expect(run.json().providers.oddpost.counts).toMatchObject({ due: 1, accepted: 1 });
    const shipment = await withDatabase(shop, (db) =>
      db.selectFrom('shipments').select(['provider', 'reference']).execute(),
    );
    expect(shipment).toEqual([{ provider: 'oddpost', reference: 'OP1' }]);
    expect((await shop(DAY, 'status', '--json')).json().providers).toMatchObject({
      oddpost: { shipments: { sent: 1 } },
    });
  });

  it('sends it under a new id when the provider may have it', async () => {
    const { url, received } = await startProvider(answering(HttpResponse.error(), rejection()));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop.load([corrected]);

    await shop(DAY, 'retry', 'co-1', '--reason', 'postcode corrected');
    await shop(DAY, 'ship-due');

    expect(idsOf(received)).toEqual(['co-1', 'co-1', 'co-1.20260522.2']);
    const { shipments } = (await shop(DAY, 'status', 'co-1', '--json')).json();
    expect(shipments).toMatchObject([
      { shipment_id: 'co-1.20260522.2', status: 'sent', superseded_by: null },
      { shipment_id: 'co-1', status: 'rejected', superseded_by: 'co-1.20260522.2' },
    ]);
    expect((await shop(DAY, 'status', '--json')).json().shipments).toMatchObject({ sent: 1, rejected: 0 });
  });

  it('claims every order whose newest shipment is rejected, and no other', async () => {
    const answers = new Map([
      ['co-1', 422],
      ['co-2', 422],
      ['co-3', 201],
      ['co-2.20260529', 201],
    ]);
    const { url, received } = await startProvider(
      http.post<never, { order_id: string }>(at('/orders'), async ({ request }) => {
        const { order_id } = await request.json();
        return new HttpResponse(null, { status: answers.get(order_id) ?? 422 });
      }),
    );
    const shop = await openShop({
      url,
      orders: ['co-1', 'co-2', 'co-3'].map((order_id) => anOrder({ order_id })),
    });
    await shop(DAY, 'ship-due');
    await shop('2026-05-29', 'ship-due');
    const before = received.length;

    const retry = await shop(
      '2026-05-29',
      'retry',
      '--rejected',
      '--reason',
      'their bug is mended',
      '--json',
    );

    expect(retry.json()).toMatchObject({ count: 2 });
    expect(retry.json().retried.map(({ shipment_id }: { shipment_id: string }) => shipment_id)).toEqual([
      'co-1.20260529',
      'co-3.20260529',
    ]);
    await shop('2026-05-29', 'ship-due');
    expect(idsOf(received.slice(before)).sort()).toEqual(['co-1.20260529', 'co-3.20260529']);
  });

  it('lets an order’s first shipment be retried by its id, which is the order’s own, when a later one was sent', async () => {
    const { url, received } = await startProvider(answering(rejection()));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop('2026-05-29', 'ship-due');

    const retry = await shop('2026-05-29', 'retry', 'co-1', '--reason', 'corrected', '--json');
    await shop('2026-05-29', 'ship-due');

    expect(retry.json()).toMatchObject({ count: 1, retried: [{ shipment_id: 'co-1' }] });
    expect(idsOf(received)).toEqual(['co-1', 'co-1.20260529', 'co-1']);
  });

  it('does not claim an older rejected shipment when it is asked for the order again', async () => {
    const { url } = await startProvider(answering(rejection(), rejection()));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop('2026-05-29', 'ship-due');

    const first = await shop('2026-05-29', 'retry', 'co-1', '--reason', 'x', '--json');
    const second = await shop('2026-05-29', 'retry', 'co-1', '--reason', 'x');

    expect(first.json().retried).toMatchObject([{ shipment_id: 'co-1.20260529' }]);
    expect(second.exitCode).toBe(5);
  });

  it('says so when the order has a provider now that nobody knows', async () => {
    const { url } = await startProvider(answering(rejection()));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await withDatabase(shop, (db) => db.updateTable('customer_orders').set({ provider: 'gone' }).execute());

    const one = await shop(DAY, 'retry', 'co-1', '--reason', 'x');
    const all = await shop(DAY, 'retry', '--rejected', '--reason', 'x', '--json');

    expect([one.exitCode, all.exitCode]).toEqual([12, 12]);
    expect(one.stderr).toContain('Orders wait for providers not known here: gone.');
    expect(all.json().count).toBe(0);
  });

  it('says how many wait for their orders to be active', async () => {
    const { url } = await startProvider(answering(rejection(), rejection()));
    const shop = await openShop({ url, orders: [anOrder(), anOrder({ order_id: 'co-2' })] });
    await shop(DAY, 'ship-due');
    await shop.load([anOrder({ active: false })]);

    const retry = await shop(DAY, 'retry', '--rejected', '--reason', 'their bug is mended');

    expect(retry.stdout).toContain('To be sent by the next run of ship-due: 1.');
    expect(retry.stdout).toContain('Of orders that are not active, and wait until they are: 1.');
  });

  it('sends nothing anew of which its provider has told while a run that died was sending it', async () => {
    const { url, received } = await startProvider(answering(rejection()));
    const shop = await openShop({ url, orders: [anOrder()] });
    await dieSending(shop, DAY);
    await withDatabase(shop, (db) => tell(db, 'co-1', { at: BEFORE }));
    await shop(DAY, 'ship-due');

    const one = await shop(DAY, 'retry', 'co-1', '--reason', 'corrected');
    const all = await shop(DAY, 'retry', '--rejected', '--reason', 'corrected', '--json');
    const resolve = await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'not in the portal');
    await shop(DAY, 'ship-due');

    expect([one.exitCode, all.exitCode, all.json().count]).toEqual([2, 2, 0]);
    expect(one.stderr).toContain('its provider has told of it (in-transit), and may have it');
    expect(resolve.stdout).toContain('co-1 counts as not sent: the next run of ship-due sends it.');
    expect(idsOf(received)).toEqual(['co-1', 'co-1']);
  });

  it('finds nothing to retry of an order that is not rejected', async () => {
    const { url } = await startProvider(answering());
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');

    const retry = await shop(DAY, 'retry', 'co-1', '--reason', 'why not');

    expect(retry).toMatchObject({ exitCode: 5, stdout: '' });
  });
});

describe('resolve', () => {
  it('takes a person’s word back as long as the shipment is not sent', async () => {
    const { url, received } = await startProvider(
      answering(...Array.from({ length: 6 }, () => HttpResponse.error())),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'not in the portal');

    const resolve = await shop(DAY, 'resolve', 'co-1', '--sent', '--reason', 'it was, on page 2');
    await shop(DAY, 'ship-due');

    expect(resolve.stdout).toContain('co-1 counts as sent');
    expect(received).toHaveLength(6);
  });

  it('takes it back also when a run has tried and nothing has arrived since', async () => {
    const { url, received } = await startProvider(
      answering(...Array.from({ length: 6 }, () => HttpResponse.error())),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'typo');
    await shop(DAY, 'ship-due', { SHIPCTL_FICTIONAL_URL: 'http://127.0.0.1:9' });

    const resolve = await shop(DAY, 'resolve', 'co-1', '--sent', '--reason', 'they have it');
    await shop(DAY, 'ship-due');

    expect(resolve).toMatchObject({ exitCode: 0 });
    expect(received).toHaveLength(6);
  });

  it('takes back that a shipment was sent, as long as nobody else has said so', async () => {
    const { url, received } = await startProvider(
      answering(...Array.from({ length: 6 }, () => HttpResponse.error())),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop(DAY, 'resolve', 'co-1', '--sent', '--reason', 'typo');

    const resolve = await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'it was co-2');
    const run = await shop(DAY, 'ship-due', '--json');
    const again = await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'no');

    expect(resolve).toMatchObject({ exitCode: 0 });
    expect(run.json().counts).toMatchObject({ due: 1, accepted: 1 });
    expect(received).toHaveLength(7);
    expect(again).toMatchObject({ exitCode: 2 });
  });

  it('does not take it back where that has settled another edition', async () => {
    const lost = () => HttpResponse.error();
    const { url, received } = await startProvider(
      answering(lost(), rejection(), ...Array.from({ length: 6 }, lost)),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop(DAY, 'retry', 'co-1', '--reason', 'corrected');
    await shop(DAY, 'ship-due');
    const before = received.length;
    await shop(DAY, 'resolve', 'co-1', '--sent', '--reason', 'typo');

    const back = await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'it was not');
    await shop(DAY, 'resolve', 'co-1.20260522.2', '--not-sent', '--reason', 'not there');
    await shop(DAY, 'ship-due');

    expect(back).toMatchObject({ exitCode: 2 });
    expect(back.stderr).toContain('as a person has said, and that settled the other editions');
    expect(received).toHaveLength(before);
  });

  it('does not take back what the provider has told of since, in words of its own', async () => {
    const { url } = await startProvider(http.post(at('/v2/consignments'), () => HttpResponse.error()));
    const shop = await openShop({ url, orders: [anOrder({ provider: 'oddpost' })] });
    await shop(DAY, 'ship-due', '--max-duration', '1', { SHIPCTL_ODDPOST_URL: url });
    await shop(DAY, 'resolve', 'co-1', '--sent', '--tracking-number', 'N1', '--reason', 'on the phone');
    const booked = { provider: 'oddpost', code: 'BOOKED', eventName: null, at: AFTER };
    await withDatabase(shop, (db) => tell(db, 'N1', booked));

    const back = await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'typo');

    expect(back).toMatchObject({ exitCode: 2 });
    expect(back.stderr).toContain('co-1 is sent: its provider has told of it (BOOKED).');
  });

  it('takes it back where all that was told is about the parcel whose number was given by mistake', async () => {
    const { url } = await startProvider(bookingOnly('co-1', 'N1'));
    const orders = ['co-1', 'co-2'].map((order_id) => anOrder({ order_id, provider: 'oddpost' }));
    const shop = await openShop({ url, orders });
    await shop(DAY, 'ship-due', '--max-duration', '1', { SHIPCTL_ODDPOST_URL: url });
    await shop(DAY, 'resolve', 'co-2', '--sent', '--tracking-number', 'N1', '--reason', 'typo');
    await withDatabase(shop, (db) => tell(db, 'N1', { provider: 'oddpost', at: AFTER }));

    const back = await shop(DAY, 'resolve', 'co-2', '--not-sent', '--reason', 'they do not have it');

    expect(back.stdout).toContain('co-2 counts as not sent: the next run of ship-due sends it.');
    const statusOf = async (id: string) => (await shop(DAY, 'status', id, '--json')).json().shipments[0];
    expect(await statusOf('co-1')).toMatchObject({ status: 'in-transit', tracking_number: 'N1' });
    expect(await statusOf('co-2')).toMatchObject({ status: 'pending', tracking_number: null, events: [] });
  });

  it('settles what its provider rejected since it has it', async () => {
    const { url } = await startProvider(
      answering(...Array.from({ length: 6 }, () => HttpResponse.error()), rejection()),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'typo');
    await shop(DAY, 'ship-due');

    const resolve = await shop(DAY, 'resolve', 'co-1', '--sent', '--reason', 'a duplicate, they say');

    expect(resolve.stdout).toContain('co-1 counts as sent');
  });

  it('gives events back to the parcel that they are about when a wrong number is corrected', async () => {
    const { url } = await startProvider(bookingOnly('co-1', 'N1'));
    const orders = ['co-1', 'co-2'].map((order_id) => anOrder({ order_id, provider: 'oddpost' }));
    const shop = await openShop({ url, orders });
    await shop(DAY, 'ship-due', '--max-duration', '1', { SHIPCTL_ODDPOST_URL: url });
    const number = (tracking: string) =>
      shop(DAY, 'resolve', 'co-2', '--sent', '--tracking-number', tracking, '--reason', 'in the portal');

    const wrong = await number('N1');
    await withDatabase(shop, (db) => tell(db, 'N1', { provider: 'oddpost', at: BEFORE }));
    await number('N2');

    expect(wrong.stderr).toContain('another shipment has the same tracking number');
    const statusOf = async (id: string) => (await shop(DAY, 'status', id, '--json')).json().shipments[0];
    expect(await statusOf('co-1')).toMatchObject({ status: 'in-transit', tracking_number: 'N1' });
    expect(await statusOf('co-2')).toMatchObject({ status: 'sent', tracking_number: 'N2', events: [] });
  });

  it('says that a shipment waits for its order to be active', async () => {
    const { url } = await startProvider(answering(...Array.from({ length: 6 }, () => HttpResponse.error())));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop.load([anOrder({ active: false })]);

    const resolve = await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'not in the portal');

    expect(resolve.stdout).toContain('counts as not sent: it is sent once its order is active again.');
  });

  it('takes a person’s word that a shipment was sent: it is not sent again', async () => {
    const { url, received } = await startProvider(answering(HttpResponse.error(), rejection()));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');

    const resolve = await shop(DAY, 'resolve', 'co-1', '--sent', '--reason', 'in the portal', '--json');
    await shop(DAY, 'ship-due');

    expect(resolve.json()).toMatchObject({ shipment_id: 'co-1', decision: 'sent', status: 'sent' });
    expect(received).toHaveLength(2);
  });

  it('takes the tracking number as well, at once or later, so that its events are known', async () => {
    const { url } = await startProvider(http.post(at('/v2/consignments'), () => HttpResponse.error()));
    const shop = await openShop({ url, orders: [anOrder({ provider: 'oddpost' })] });
    await shop(DAY, 'ship-due', '--max-duration', '1', { SHIPCTL_ODDPOST_URL: url });

    const sent = await shop(DAY, 'resolve', 'co-1', '--sent', '--reason', 'seen in the portal');
    const numbered = await shop(
      DAY,
      'resolve',
      'co-1',
      '--sent',
      '--tracking-number',
      'OP1',
      '--reason',
      'its number',
    );
    const again = await shop(
      DAY,
      'resolve',
      'co-1',
      '--sent',
      '--tracking-number',
      'OP2',
      '--reason',
      'another',
    );

    expect([sent.exitCode, numbered.exitCode, again.exitCode]).toEqual([0, 0, 0]);
    expect(sent.stderr).toContain('resolve it again with --tracking-number');
    expect(numbered.stderr).toBe('');
    expect((await shop(DAY, 'status', 'co-1', '--json')).json().shipments).toMatchObject([
      { status: 'sent', tracking_number: 'OP2' },
    ]);
  });

  it('does not take it for a shipment of which nothing can have arrived', async () => {
    const { url, received } = await startProvider(answering());
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due', { SHIPCTL_FICTIONAL_URL: 'http://127.0.0.1:9' });

    const resolve = await shop(DAY, 'resolve', 'co-1', '--sent', '--reason', 'a slip');
    await shop(DAY, 'ship-due');

    expect(resolve).toMatchObject({ exitCode: 2, stdout: '' });
    expect(resolve.stderr).toMatch(/nothing of it can have arrived/);
    expect(received).toHaveLength(1);
  });

  it('cancels the corrected shipment when the provider turns out to have the rejected one', async () => {
    const { url, received } = await startProvider(answering(HttpResponse.error(), rejection()));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop(DAY, 'retry', 'co-1', '--reason', 'postcode corrected');

    await shop(DAY, 'resolve', 'co-1', '--sent', '--reason', 'in the portal');
    await shop(DAY, 'ship-due');

    expect(idsOf(received)).toEqual(['co-1', 'co-1']);
    const { shipments } = (await shop(DAY, 'status', 'co-1', '--json')).json();
    expect(shipments).toMatchObject([
      { shipment_id: 'co-1.20260522.2', status: 'cancelled', superseded_by: 'co-1' },
      { shipment_id: 'co-1', status: 'sent', superseded_by: null },
    ]);
  });

  it.each([
    [['resolve', 'co-1', '--sent'], /--reason is missing/, 2],
    [['resolve', 'co-1', '--reason', 'x'], /--sent and --not-sent/, 2],
    [['resolve', 'co-1', '--sent', '--not-sent', '--reason', 'x'], /--sent and --not-sent/, 2],
    [['resolve', 'co-1', '--sent', '--reason', 'x'], /its provider has it/, 2],
    [['resolve', 'co-9', '--sent', '--reason', 'x'], /no shipment "co-9"/, 5],
    [['retry', '--reason', 'x'], /or say --rejected/, 2],
    [['retry', 'co-1'], /--reason is missing/, 2],
  ])('refuses %j', async (args, message, exitCode) => {
    const { url } = await startProvider(answering());
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');

    const run = await shop(DAY, ...args);

    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).toMatch(message);
  });
});

/** Takes one order under this number, and cuts the connection of all others. */
function bookingOnly(id: string, consignmentNo: string) {
  return http.post(at('/v2/consignments'), async ({ request }) =>
    (await request.text()).includes(`"${id}"`)
      ? HttpResponse.json({ results: [{ clientReference: id, state: 'BOOKED', consignmentNo }] })
      : HttpResponse.error(),
  );
}
