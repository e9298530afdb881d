import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planAndClaim } from '../../src/dispatch/claims/plan-and-claim.ts';
import { fictional } from '../../src/providers/fictional.ts';
import { bodyOf } from '../../src/shipments/provider-form.ts';
import { shopWith } from '../dispatch/shop.ts';
import { DAY } from '../dispatch/support.ts';
import { aClaimant } from '../support/claimant.ts';
import { aShipment } from '../support/factories.ts';

it('refuses every body that is not well-formed text, and no other', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const made = () => bodyOf({ ...fictional, body: () => text }, aShipment());

      if (!/[\0\p{Cs}]/u.test(text)) expect(made()).toBe(text);
      else expect(made).toThrow('provider fictional made a body of it that holds');
    }),
  );
});

it.each<[string, unknown, string]>([
  ['a long one is cut', new Error(`no ${'x'.repeat(1_000_000)}`), `no ${'x'.repeat(197)}`],
  ['one of another name keeps it', new RangeError('no such size'), 'RangeError: no such size'],
  ['without a prototype', Object.create(null), 'it failed'],
])('says what its code threw: %s', (_what, thrown, reason) => {
  const body = () => {
    throw thrown;
  };

  expect(() => bodyOf({ ...fictional, body }, aShipment())).toThrow(
    new Error(`provider fictional can not make a body of it: ${reason}`),
  );
});

it('what is sent the first time is what is stored', async () => {
  const texts = [
    '\ufeff{}',
    '\u0001\u001f\u007f\u0085',
    '\u2028\u2029\ufffe\uffff',
    '😀\u{10ffff}',
    'e\u0301',
    '\r\n\t ',
  ];
  const db = await shopWith(...texts.map((_text, index) => `co-${index}`));
  const provider = {
    ...fictional,
    body: ({ shipmentId }: { shipmentId: string }) => texts[Number(shipmentId.slice(3))] ?? '',
  };
  const { claimed } = await planAndClaim(
    db,
    new Map([[provider.name, provider]]),
    await aClaimant(db, DAY),
    10,
  );

  const stored = await db
    .selectFrom('shipments')
    .select(['shipment_id as shipmentId', 'body'])
    .orderBy('id')
    .execute();
  expect(stored.map(({ body }) => body)).toEqual(texts);
  expect(claimed.map(({ shipmentId, body }) => ({ shipmentId, body }))).toEqual(stored);
});
