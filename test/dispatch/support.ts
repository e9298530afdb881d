import { type Clock, systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import type { Db } from '../../src/db/open.ts';
import { storeOn } from '../../src/dispatch/claims/store.ts';
import type { ThreadStore } from '../../src/dispatch/claims/thread/client.ts';
import { shipDue } from '../../src/dispatch/ship-due.ts';
import { createLog } from '../../src/log.ts';
import { fictional } from '../../src/providers/fictional.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { aClaimant } from '../support/claimant.ts';
import { withDatabase } from '../support/shop.ts';

export const DAY = '2026-05-22';

/** Sends what is due on `DAY`, each provider's to a URL of its own; `env` has further settings of it. */
export function sendDue(
  db: Db,
  destinations: readonly { provider: Provider; url: string; env?: Record<string, string> }[],
  {
    limit = Number.MAX_SAFE_INTEGER,
    stop = new AbortController().signal,
    openThreadStore,
    clock = systemClock,
  }: {
    limit?: number;
    stop?: AbortSignal;
    openThreadStore?: () => Promise<ThreadStore>;
    clock?: Clock;
  } = {},
) {
  const lanes = destinations.map(({ provider, url, env = {} }) => {
    const variable = `SHIPCTL_${provider.name.toUpperCase()}`;
    const settings = readConfig({ [`${variable}_URL`]: url, [`${variable}_TIMEOUT_MS`]: '5000', ...env }, [
      provider,
    ]).config.providers.get(provider.name);
    if (!settings) throw new Error('no settings');
    return { provider, settings };
  });
  const context = {
    db,
    providers: new Map(destinations.map(({ provider }) => [provider.name, provider])),
    assertInPlace: () => {},
    clock,
    log: createLog({ write: () => {}, format: 'text', from: 'error', clock: systemClock }),
    random: () => 0,
    userAgent: 'test',
    onProgress: () => {},
    openThreadStore,
  };
  return shipDue(context, lanes, { interval: null, asOf: DAY, limit, stop });
}

/** A run claims what is due, or was left, begins to send it, and dies an hour before the shop's time. */
export function dieSending(shop: { cwd: string }, day: string): Promise<void> {
  const nowMs = Date.parse(`${day}T07:00:00Z`);
  const lease = { started_at: nowMs, lease_ms: 1, lease_until: nowMs + 60_000 };
  return withDatabase(shop, async (db) => {
    const claimant = await aClaimant(db, day, { run_id: 'dead', ...lease });
    const store = storeOn(db, new Map([[fictional.name, fictional]]));
    const left = { failed: false, givenBack: false, afterId: 0, limit: 1 };
    const { claimed } = await store.claimBacklog(claimant, left);
    for (const shipment of claimed) await store.confirmClaim(shipment);
    await store.planAndClaim(claimant, 1);
  });
}
