import type { Db } from '../../db/open.ts';
import type { Provider } from '../../providers/provider.ts';
import { claimBacklog, claimQuarantined, claimRetries, confirmClaim, nextRetryAt, unclaim } from './claim.ts';
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
  const withProviders =
    <Args extends unknown[], Answer>(
      question: (db: Db, known: ReadonlyMap<string, Provider>, ...args: Args) => Promise<Answer>,
    ) =>
    (...args: Args) =>
      question(db, providers, ...args);
  return {
    planAndClaim: withProviders(planAndClaim),
    claimBacklog: withProviders(claimBacklog),
    claimRetries: withProviders(claimRetries),
    claimQuarantined: withProviders(claimQuarantined),
    unclaim: ofDb(unclaim),
    confirmClaim: ofDb(confirmClaim),
    nextRetryAt: ofDb(nextRetryAt),
    otherHolders: ofDb(otherHolders),
    rescue: withProviders(rescue),
    recordResults: ofDb(recordResults),
  };
}
