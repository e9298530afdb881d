/** One rule that a provider must keep; it throws where the provider does not. For any test runner. */
export interface Rule {
  name: string;
  check(): void | Promise<void>;
}

/** Tries something on the provider, and throws saying what was tried and what does not hold. */
type Check<Subject> = (subject: Subject) => void;

/** Rules by their names, some of which are only for some providers. */
export type RuleTable<Subject> = Readonly<
  Record<string, Check<Subject> | { onlyWhere(subject: Subject): boolean; check: Check<Subject> }>
>;

export function rulesFor<Subject>(table: RuleTable<Subject>, subject: Subject): Rule[] {
  return Object.entries(table).flatMap(([name, rule]) => {
    if (typeof rule === 'function') return [{ name, check: () => rule(subject) }];
    return rule.onlyWhere(subject) ? [{ name, check: () => rule.check(subject) }] : [];
  });
}

/** What a provider's code makes of something; what it throws says of what. */
export function attempt<T>(tried: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : cause} (of ${tried})`, { cause });
  }
}
