import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import { anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { openShop } from '../support/shop.ts';

const DAY = '2026-05-22';
const TROUBLE = '50 rejections in a row without an acceptance, the last one: HTTP 422: no';
const ONE_BY_ONE = { SHIPCTL_FICTIONAL_CONCURRENCY: '1' };

test('fifty rejections in a row stop a provider: the rest stays due, and is sent when the fault is mended', async () => {
  let status = 422;
  const { url, received } = await answering(() => status);
  const shop = await openShop({ url, orders: orders(120) });

  const run = await shop(DAY, 'ship-due', '--json', ONE_BY_ONE);
  const afterwards = (await shop(DAY, 'status', '--json')).json();
  const requests = received.length;
  status = 201;
  await shop(DAY, 'retry', '--rejected', '--reason', 'the provider was wrong');
  const next = await shop(DAY, 'ship-due', '--json');

  expect(run.exitCode).toBe(4);
  expect(requests).toBe(50);
  expect(run.json()).toMatchObject({
    counts: { rejected: 50, accepted: 0 },
    left: { pending: 70, due_orders: 0, sending: 0 },
    providers: { fictional: { availability: 'rejecting', trouble: TROUBLE } },
  });
  expect(JSON.parse(run.stderr).error).toMatchObject({
    code: 'provider_rejecting',
    message: `fictional rejects what it is sent: ${TROUBLE}.`,
    hint: expect.stringContaining('shipctl retry --rejected'),
  });
  expect(afterwards.shipments).toMatchObject({ rejected: 50, pending: 70, sending: 0 });
  expect(next.exitCode).toBe(0);
  expect(next.json().counts).toMatchObject({ due: 120, accepted: 120 });
});

test('says in the text as well why the rest was not sent', async () => {
  const { url } = await answering(() => 422);
  const shop = await openShop({ url, orders: orders(10) });

  const run = await shop(DAY, 'ship-due', ONE_BY_ONE, { SHIPCTL_FICTIONAL_MAX_REJECTIONS: '3' });

  expect(run.exitCode).toBe(4);
  expect(run.stdout).toContain(
    'Provider fictional was left alone: 3 rejections in a row without an acceptance, the last one: HTTP 422: no.',
  );
});

test('an acceptance between them lets rejections go on', async () => {
  const { url } = await answering((id) => (Number(id.slice(3)) % 3 === 2 ? 201 : 422));
  const shop = await openShop({ url, orders: orders(12) });

  const run = await shop(DAY, 'ship-due', '--json', ONE_BY_ONE, { SHIPCTL_FICTIONAL_MAX_REJECTIONS: '3' });

  expect(run.exitCode).toBe(3);
  expect(run.json().counts).toMatchObject({ due: 12, accepted: 4, rejected: 8 });
});

test('with 0 there is no limit to rejections', async () => {
  const { url } = await answering(() => 422);
  const shop = await openShop({ url, orders: orders(120) });

  const run = await shop(DAY, 'ship-due', '--json', { SHIPCTL_FICTIONAL_MAX_REJECTIONS: '0' });

  expect(run.exitCode).toBe(3);
  expect(run.json().counts).toMatchObject({ due: 120, rejected: 120 });
});

test('a limit of rejections that is none is refused with the other settings', async () => {
  const shop = await openShop({ url: 'http://127.0.0.1:9', orders: orders(1) });

  const run = await shop(DAY, 'ship-due', { SHIPCTL_FICTIONAL_MAX_REJECTIONS: '-1' });

  expect(run.exitCode).toBe(12);
  expect(run.stderr).toContain('SHIPCTL_FICTIONAL_MAX_REJECTIONS: must be a whole number from 0 to 1000000');
});

function answering(statusOf: (orderId: string) => number) {
  return startProvider(
    http.post<never, { order_id: string }>(at('/orders'), async ({ request }) => {
      const status = statusOf((await request.json()).order_id);
      return new HttpResponse(status === 422 ? 'no' : null, { status });
    }),
  );
}

function orders(count: number) {
  return Array.from({ length: count }, (_, index) => anOrder({ order_id: `co-${index}` }));
}
