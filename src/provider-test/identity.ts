import assert from 'node:assert/strict';
import { isProvider } from '../providers/fit.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderExamples, Rule } from './examples.ts';

/** What a provider says of itself. */
export function identityRules(provider: Provider, examples: ProviderExamples): Rule[] {
  return [
    {
      name: 'it has all that a provider must have',
      check() {
        const problems: string[] = [];
        isProvider(provider, (problem) => problems.push(problem));
        assert.deepEqual(problems, []);
      },
    },
    {
      name: 'the examples are of all that it does, and of nothing else',
      check() {
        const { webhook, repeatedOrders } = provider;
        const does = {
          'a webhook': webhook !== undefined,
          'recognises repeated orders': repeatedOrders.kind === 'recognised',
          'looks orders up': repeatedOrders.kind === 'look-up',
        };
        const exampled = {
          'a webhook': examples.webhook !== undefined,
          'recognises repeated orders': examples.answers.repeated !== undefined,
          'looks orders up': examples.lookUp !== undefined,
        };
        assert.deepEqual(exampled, does);
      },
    },
  ];
}
