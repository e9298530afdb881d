import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Db } from '../../src/db/open.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { tell } from '../support/shop.ts';
import { aProvider, LOOK_UP, shipmentOf, shopWith } from './shop.ts';
import { sendDue } from './support.ts';

const provider = aProvider(LOOK_UP);
const notThere = () => new HttpResponse(null, { status: 404 });
const taken = () => new HttpResponse(null, { status: 201 });

it('is not sent when an event tells that the provider has it while it is asked', async () => {
  const db = await shopInDoubt('co-1');
  const { url, received } = await startProvider(
    http.get(at('/orders/co-1'), async () => {
      await tell(db, 'co-1');
      return notThere();
    }),
    http.post(at('/orders'), taken),
  );

  const { counts } = await sendDue(db, [{ provider, url }]);

  expect(received.map(({ method }) => method)).toEqual(['GET']);
  expect(counts).toMatchObject({ due: 1, accepted: 1, retrying: 0 });
  expect(await shipmentOf(db, 'co-1')).toMatchObject({
    status: 'in-transit',
    attempts: [{ outcome: 'unanswered' }],
  });
});

it.each([
  [
    'is throttled for long',
    () => new HttpResponse(null, { status: 429, headers: { 'retry-after': '3600' } }),
  ],
  ['is refused its credentials', () => new HttpResponse(null, { status: 401 })],
])('is not sent when another one %s while it is asked', async (_what, answer) => {
  const db = await shopInDoubt('co-1', 'co-2');
  const { url, received } = await startProvider(
    http.get(at('/orders/:id'), async ({ params }) => {
      // What co-2 was answered is known once it is recorded.
      if (params.id === 'co-1')
        while ((await shipmentOf(db, 'co-2')).status === 'sending') await turnOfLoop();
      return notThere();
    }),
    http.post(at('/orders'), answer),
  );

  const { counts } = await sendDue(db, [{ provider, url }]);

  expect(received.filter(({ method }) => method === 'POST')).toHaveLength(1);
  expect(counts).toMatchObject({ due: 2, accepted: 0, retrying: 2, uncertain: 0 });
  expect(await shipmentOf(db, 'co-1')).toMatchObject({
    status: 'pending',
    attempts: [{ outcome: 'unanswered' }],
  });
});

it('is not sent when the run is stopped while it is asked, and by the next run', async () => {
  const db = await shopInDoubt('co-1');
  const stop = new AbortController();
  const { url, received } = await startProvider(
    http.get(at('/orders/co-1'), () => {
      stop.abort();
      return notThere();
    }),
    http.post(at('/orders'), taken),
  );

  const stopped = await sendDue(db, [{ provider, url }], { stop: stop.signal });
  const methods = received.map(({ method }) => method);
  const next = await sendDue(db, [{ provider, url }]);

  expect(methods).toEqual(['GET']);
  expect(stopped.counts).toMatchObject({ due: 1, accepted: 0, retrying: 1 });
  expect(next.counts).toMatchObject({ due: 1, accepted: 1 });
  expect(await shipmentOf(db, 'co-1')).toMatchObject({
    status: 'sent',
    attempts: [{ outcome: 'unanswered' }, { outcome: 'accepted' }],
  });
});

it('asking and sending take a turn of the rate limit each', async () => {
  const db = await shopInDoubt('co-1', 'co-2');
  const begun: number[] = [];
  const noted = (answer: () => Response) => () => {
    begun.push(performance.now());
    return answer();
  };
  const { url } = await startProvider(
    http.get(at('/orders/:id'), noted(notThere)),
    http.post(at('/orders'), noted(taken)),
  );

  const { counts } = await sendDue(db, [{ provider, url, env: { SHIPCTL_FICTIONAL_RATE_LIMIT: '5' } }]);

  expect(counts).toMatchObject({ due: 2, accepted: 2 });
  expect(begun).toHaveLength(4);
  // Three times 200 ms, but for the 50 that a late timer makes up for.
  expect((begun[3] ?? 0) - (begun[0] ?? 0)).toBeGreaterThan(500);
});

/** A shop whose orders were sent once, and nobody knows what became of them. */
async function shopInDoubt(...orderIds: string[]): Promise<Db> {
  const db = await shopWith(...orderIds);
  const stop = new AbortController();
  const { url, received } = await startProvider(
    http.post(at('/orders'), async () => {
      while (received.length < orderIds.length) await turnOfLoop();
      stop.abort();
      return HttpResponse.error();
    }),
  );
  await sendDue(db, [{ provider, url }], { stop: stop.signal });
  return db;
}

function turnOfLoop(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
