import type { Db } from '../../db/open.ts';
import type { Provider } from '../../providers/provider.ts';
import { type Claimant, claimLeftovers, claimRetries, claimSuspect, nextRetryAt, unclaim } from './claim.ts';
import { planAndClaim } from './plan-and-claim.ts';
import { recordResults } from './record-results.ts';
import { otherHolders, takeOver } from './rescue.ts';

/** What lanes ask of the database again and again, each a transaction of its own. Questions and answers are plain data. */
export type Store = ReturnType<typeof storeOn>;

export function storeOn(db: Db, providers: ReadonlyMap<string, Provider>) {
  const ofDb =
    <Args extends unknown[], Answer>(question: (db: Db, ...args: Args) => Promise<Answer>) =>
    (...args: Args) =>
      question(db, ...args);
  return {
    planAndClaim: async (claimant: Claimant, limit: number) => {
      const provider = providers.get(claimant.provider);
      if (!provider) throw new Error(`there is no provider ${claimant.provider}`);
      return planAndClaim(db, provider, claimant, limit);
    },
    claimLeftovers: ofDb(claimLeftovers),
    claimRetries: ofDb(claimRetries),
    claimSuspect: ofDb(claimSuspect),
    unclaim: ofDb(unclaim),
    nextRetryAt: ofDb(nextRetryAt),
    otherHolders: ofDb(otherHolders),
    takeOver: ofDb(takeOver),
    recordResults: ofDb(recordResults),
  };
}
