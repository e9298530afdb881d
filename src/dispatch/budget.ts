/** How many shipments a run may still take up, shared by all its providers. */
export interface Budget {
  /**
   * Lets `claim` take up at most `most`, one claim after the other: what one provider gives back, another may use.
   * `undefined` where nothing may be taken up any more.
   */
  spend<T>(
    most: number,
    claim: (limit: number) => Promise<{ result: T; spent: number }>,
  ): Promise<T | undefined>;
  isSpent(): boolean;
}

export function createBudget(limit: number): Budget {
  let left = limit;
  let last: Promise<unknown> = Promise.resolve();
  return {
    isSpent: () => left <= 0,
    spend(most, claim) {
      const spending = last.then(async () => {
        const allowed = Math.min(most, left);
        if (allowed <= 0) return undefined;
        const { result, spent } = await claim(allowed);
        left -= spent;
        return result;
      });
      // Whoever comes next is not to blame for what failed here.
      last = spending.catch(() => {});
      return spending;
    },
  };
}
