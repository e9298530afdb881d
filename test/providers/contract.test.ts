import { expect, test } from 'vitest';
import { type ProviderExamples, providerContract } from '../../src/provider-test/contract.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { staticToken } from '../../src/providers/signature/static-token.ts';
import { SENDING_MISTAKES } from './contract-sending-mistakes.ts';
import { goodExamples, goodProvider, goodWebhook } from './contract-subject.ts';
import { WEBHOOK_MISTAKES } from './contract-webhook-mistakes.ts';

const MISTAKES = [...SENDING_MISTAKES, ...WEBHOOK_MISTAKES];

test('a provider that does everything right breaks no rule', async () => {
  expect(await rulesBroken(goodProvider, goodExamples)).toEqual([]);
});

test('a provider that has neither a webhook nor a way to tell repeated orders breaks no rule', async () => {
  const { webhook: _webhook, ...silent } = goodProvider;
  const { webhook: _deliveries, lookUp: _lookUp, ...examples } = goodExamples;

  const broken = await rulesBroken({ ...silent, repeatedOrders: { kind: 'unrecognised' } }, examples);

  expect(broken).toEqual([]);
});

test('a provider whose headers do not sign the body breaks no rule where its author knows', async () => {
  const webhook = { ...goodWebhook, signature: staticToken('x-signature') };
  const sign = (_body: string, secret: string) => ({ 'x-signature': secret });

  const broken = await rulesBroken(
    { ...goodProvider, webhook },
    { ...goodExamples, webhook: { ...goodExamples.webhook, sign, signsBody: false } },
  );

  expect(broken).toEqual([]);
});

for (const { mistake, provider, examples = goodExamples, breaks } of MISTAKES) {
  test(`a provider that ${mistake} breaks the rule for it`, async () => {
    expect(await rulesBroken(provider, examples)).toEqual(breaks);
  });
}

test('there is a mistake for every rule', () => {
  const answers = { ...goodExamples.answers, repeated: { status: 409 } };
  const rules = providerContract(goodProvider, { ...goodExamples, answers });

  const names = rules.map(({ name }) => name);

  expect(names.filter((name) => !MISTAKES.some(({ breaks }) => breaks.includes(name)))).toEqual([]);
});

async function rulesBroken(provider: Provider, examples: ProviderExamples): Promise<string[]> {
  const broken: string[] = [];
  for (const { name, check } of providerContract(provider, examples)) {
    try {
      await check();
    } catch {
      broken.push(name);
    }
  }
  return broken;
}
