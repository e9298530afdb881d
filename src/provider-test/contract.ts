import assert from 'node:assert/strict';
import { isProvider } from '../providers/fit.ts';
import type { Provider } from '../providers/provider.ts';
import { ANSWER_RULES, answerSubject } from './answers.ts';
import { DELIVERY_RULES } from './deliveries.ts';
import type { ProviderExamples } from './examples.ts';
import { LOOK_UP_RULES, lookUpSubject } from './look-ups.ts';
import { deliverySubject } from './readings.ts';
import { REQUEST_RULES } from './requests.ts';
import { type Rule, type RuleTable, rulesFor } from './rule.ts';
import { SIGNATURE_RULES, signatureSubject } from './signatures.ts';
import { STATUS_RULES } from './statuses.ts';

export type { ProviderExamples, RecordedAnswer, RecordedRequest, WebhookExamples } from './examples.ts';
export type { Rule } from './rule.ts';

/**
 * The rules that every provider must keep, each to be run as a test of its own, under any runner:
 * `for (const { name, check } of providerContract(provider, examples)) test(name, check)`.
 */
export function providerContract(provider: Provider, examples: ProviderExamples): Rule[] {
  const { repeatedOrders, webhook } = provider;
  const subject = { ...examples, provider };
  return [
    ...rulesFor({ ...IDENTITY_RULES, ...REQUEST_RULES }, subject),
    ...rulesFor({ ...ANSWER_RULES, ...STATUS_RULES }, answerSubject(subject)),
    ...(repeatedOrders.kind === 'look-up' && examples.lookUp
      ? rulesFor(LOOK_UP_RULES, lookUpSubject(subject, repeatedOrders, examples.lookUp))
      : []),
    ...(webhook && examples.webhook
      ? [
          ...rulesFor(SIGNATURE_RULES, signatureSubject(webhook, examples.webhook)),
          ...rulesFor(DELIVERY_RULES, deliverySubject(subject, webhook, examples.webhook)),
        ]
      : []),
  ];
}

const IDENTITY_RULES: RuleTable<ProviderExamples & { provider: Provider }> = {
  'it has all that a provider must have': ({ provider }) => {
    const problems: string[] = [];
    isProvider(provider, (problem) => problems.push(problem));
    assert.deepEqual(problems, []);
  },
  'the examples are of all that it does, and of nothing else': ({ provider, webhook, answers, lookUp }) => {
    const isThere = { webhook, recognised: answers.repeated, 'look-up': lookUp };
    const problems = Object.entries(isThere).flatMap(([kind, example]) => {
      const does =
        kind === 'webhook' ? provider.webhook !== undefined : provider.repeatedOrders.kind === kind;
      if (does === (example !== undefined)) return [];
      return does ? `${kind}: there is no example` : `${kind}: there is an example, and it does not do that`;
    });
    assert.deepEqual(problems, []);
  },
};
