import type { Db } from '../../db/open.ts';
import type { Provider } from '../../providers/provider.ts';
import {
  type Claimant,
  claimBacklog,
  claimQuarantined,
  claimRetries,
  confirmClaim,
  nextRetryAt,
  unclaim,
} from './claim.ts';
import { planAndClaim } from './plan-and-claim.ts';
import { recordResults } from './record-results.ts';
import { otherHolders, rescue } from './rescue.ts';

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
    claimBacklog: ofDb(claimBacklog),
    claimRetries: ofDb(claimRetries),
    claimQuarantined: ofDb(claimQuarantined),
    unclaim: ofDb(unclaim),
    confirmClaim: ofDb(confirmClaim),
    nextRetryAt: ofDb(nextRetryAt),
    otherHolders: ofDb(otherHolders),
    rescue: ofDb(rescue),
    recordResults: ofDb(recordResults),
  };
}
