import { setTimeout as sleep } from 'node:timers/promises';
import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import { storeOn } from '../../src/dispatch/store.ts';
import { generateOrders } from '../../src/orders/generate.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { fictional } from '../../src/providers/fictional.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { DAY, sendDue } from './support.ts';

test('gives back what was still being claimed when everything else had ended', async () => {
  const { url, received } = await startProvider(
    http.post(at('/orders'), () => new HttpResponse(null, { status: 201 })),
  );
  const { db } = await temporaryDatabase();
  await loadOrders(db, generateOrders(2_000, 'weekly'), DAY);
  const stop = new AbortController();
  const store = storeOn(db, new Map([['fictional', fictional]]));
  let claims = 0;
  const openThreadStore = async () => ({
    ...store,
    planAndClaim: async (...args: Parameters<typeof store.planAndClaim>) => {
      claims += 1;
      if (claims === 2) {
        stop.abort();
        await sleep(500);
      }
      return store.planAndClaim(...args);
    },
    close: async () => {},
  });

  const { counts } = await sendDue(db, [{ provider: fictional, url }], {
    stop: stop.signal,
    openThreadStore,
  });

  expect(counts).toMatchObject({ due: 512, accepted: received.length });
  const left = db
    .selectFrom('shipments')
    .select(({ fn }) => ['status', fn.countAll<number>().as('shipments')]);
  expect(await left.groupBy('status').orderBy('status').execute()).toEqual([
    { status: 'pending', shipments: 512 - received.length },
    { status: 'sent', shipments: received.length },
  ]);
});
