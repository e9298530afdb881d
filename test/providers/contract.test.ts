import { expect, test } from 'vitest';
import { type ProviderExamples, providerContract } from '../../src/provider-test/contract.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { staticToken } from '../../src/providers/signature/static-token.ts';
import { ANSWER_MISTAKES } from './contract-answer-mistakes.ts';
import { LOOK_UP_MISTAKES } from './contract-look-up-mistakes.ts';
import { oddExamples, oddProvider } from './contract-odd-subject.ts';
import { REQUEST_MISTAKES } from './contract-request-mistakes.ts';
import { goodExamples, goodProvider, goodWebhook, refusedWith200 } from './contract-subject.ts';
import { WEBHOOK_MISTAKES } from './contract-webhook-mistakes.ts';

const MISTAKES = [...REQUEST_MISTAKES, ...ANSWER_MISTAKES, ...LOOK_UP_MISTAKES, ...WEBHOOK_MISTAKES];

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

test('a provider that is right in another way breaks no rule', async () => {
  expect(await rulesBroken(oddProvider, oddExamples)).toEqual([]);
});

test('a provider that refuses orders with 200 breaks no rule', async () => {
  expect(await rulesBroken(goodProvider, refusedWith200)).toEqual([]);
});

test('a provider that calls an order known and an order wrong by the same status breaks no rule', async () => {
  const provider: Provider = {
    ...goodProvider,
    repeatedOrders: { kind: 'recognised' },
    outcome: (answer, ...rest) =>
      answer.status === 422 && answer.body === '{"why":"known"}'
        ? { kind: 'accepted', httpStatus: 422, trackingNumber: 'P1' }
        : goodProvider.outcome(answer, ...rest),
  };
  const { lookUp: _lookUp, ...examples } = goodExamples;
  const repeated = { status: 422, body: '{"why":"known"}' };
  const rejected = { status: 422, body: '{"why":"no such town"}', says: 'no such town' };

  const broken = await rulesBroken(provider, {
    ...examples,
    answers: { ...examples.answers, repeated, rejected },
  });

  expect(broken).toEqual([]);
});

test('what an author can not know is in the message', async () => {
  const rule = 'a delivery changed by one byte is not verified';
  const webhook = { ...goodWebhook, signature: staticToken('x-signature') };
  const sign = (_body: string, secret: string) => ({ 'x-signature': secret });
  const examples = { ...goodExamples, webhook: { ...goodExamples.webhook, sign } };
  const form: Provider = { ...goodProvider, body: () => 'order=1' };

  const unsigned = await messageOf(rule, { ...goodProvider, webhook }, examples);
  const noJson = await messageOf('the largest fields arrive whole, in every script', form, goodExamples);

  expect(unsigned).toContain('"signsBody: false"');
  expect(noJson).toContain('"texts" in the examples');
});

for (const { mistake, provider, examples = goodExamples, breaks } of MISTAKES) {
  test(`a provider that ${mistake} breaks the rule for it`, async () => {
    expect(await rulesBroken(provider, examples)).toEqual(breaks);
  });
}

test('there is a mistake for every rule', () => {
  const answers = { ...refusedWith200.answers, repeated: { status: 409 } };
  const rules = providerContract(goodProvider, { ...refusedWith200, answers });

  const names = rules.map(({ name }) => name);

  expect(names.filter((name) => !MISTAKES.some(({ breaks }) => breaks.includes(name)))).toEqual([]);
});

async function messageOf(rule: string, provider: Provider, examples: ProviderExamples): Promise<string> {
  const { check } = providerContract(provider, examples).find(({ name }) => name === rule) ?? {};
  try {
    await check?.();
    return '';
  } catch (error) {
    return String(error);
  }
}

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
