import type { Provider } from '../providers/provider.ts';
import { answerRules } from './answers.ts';
import { codeRules } from './codes.ts';
import { deliveryRules } from './deliveries.ts';
import type { ProviderExamples, Rule } from './examples.ts';
import { identityRules } from './identity.ts';
import { lookUpRules } from './look-ups.ts';
import { requestRules } from './requests.ts';
import { signatureRules } from './signatures.ts';
import { spoiledDeliveryRules } from './spoiled-deliveries.ts';
import { statusRules } from './statuses.ts';

export type { ProviderExamples, RecordedAnswer, Rule, WebhookExamples } from './examples.ts';

/**
 * The rules that every provider must keep, each to be run as a test of its own, under any runner:
 * `for (const { name, check } of providerContract(provider, examples)) test(name, check)`.
 */
export function providerContract(provider: Provider, examples: ProviderExamples): Rule[] {
  return [
    ...identityRules(provider, examples),
    ...requestRules(provider, examples),
    ...answerRules(provider, examples),
    ...statusRules(provider, examples),
    ...lookUpRules(provider, examples),
    ...signatureRules(provider, examples),
    ...deliveryRules(provider, examples),
    ...codeRules(provider, examples),
    ...spoiledDeliveryRules(provider, examples),
  ];
}
