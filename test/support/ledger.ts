import { setTimeout as sleep } from 'node:timers/promises';

/** What a sandbox says of the orders that it was sent. */
export interface Ledger {
  unique: number;
  replays: number;
  conflicts: number;
}

/** @param sandbox - its URL. */
export async function readLedger(sandbox: string): Promise<Ledger> {
  const ledger = await (await fetch(`${sandbox}/orders`)).json();
  return ledger as Ledger;
}

/** Looks again and again, for 100 seconds at least. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 2_000; looks += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error('it did not come to hold within 100 seconds');
}
