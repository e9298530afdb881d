import assert from 'node:assert/strict';
import { json, openShop, start, verify } from './shop.js';

/** Everything that is due at once, in one run that nobody disturbs. */
export async function once({ orders = 20_000 }) {
  const shop = await openShop({ orders: Number(orders) });
  try {
    const { orders: before } = await json(['status'], shop);
    const { exitCode, stderr } = await start(['ship-due', '--json'], shop).ended;
    assert.equal(exitCode, 0, stderr);
    const ledger = await verify(shop, { orders: Number(orders), dates: [before.weekly.next_due_on] });
    return { orders: ledger.unique, replays: ledger.replays };
  } finally {
    await shop.close();
  }
}
