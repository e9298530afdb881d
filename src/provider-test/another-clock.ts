/** What a function makes of it when the clock says something else, and chance too; both are put back. */
export function underAnotherClock<T>(nowMs: number, chance: number, make: () => T): T {
  const { Date: realDate } = globalThis;
  const { random } = Math;
  globalThis.Date = new Proxy(realDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [nowMs] : args, newTarget),
    apply: () => new realDate(nowMs).toString(),
    get: (target, key, receiver) => (key === 'now' ? () => nowMs : Reflect.get(target, key, receiver)),
  });
  Math.random = () => chance;
  try {
    return make();
  } finally {
    globalThis.Date = realDate;
    Math.random = random;
  }
}
