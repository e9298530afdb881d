import assert from 'node:assert/strict';
import type { HttpAnswer, LookUp, Provider } from '../providers/provider.ts';
import { assertTrackingNumber } from './answers.ts';
import { answerOf, type ProviderExamples, type Rule } from './examples.ts';
import { GARBAGE_BODIES, spoiledTexts } from './garbage.ts';
import { checkRequest } from './requests.ts';

/** How a provider is asked whether it has an order, and what it answers. */
export function lookUpRules(provider: Provider, { lookUp, shipment, credentials }: ProviderExamples): Rule[] {
  const { repeatedOrders } = provider;
  if (repeatedOrders.kind !== 'look-up' || !lookUp) return [];
  const { hasIt, hasItNot, unclear } = lookUp;
  const readingOf = (answer: HttpAnswer) => repeatedOrders.reading(answer, shipment.shipmentId);
  const kindOf = (status: number, body: string) => readingOf(answerOf({ status, body })).kind;
  return [
    {
      name: 'asking for an order is the recorded request',
      check() {
        const request = repeatedOrders.request(shipment.shipmentId, credentials);
        assert.deepEqual(request, lookUp.request);
        checkRequest(request);
        checkRequest(repeatedOrders.request(shipment.shipmentId, { apiKey: undefined }));
      },
    },
    {
      name: 'an answer that has the order says so, with its tracking number',
      check() {
        const reading = readingOf(answerOf(hasIt));
        assert.equal(reading.kind, 'has-it');
        assert.equal('trackingNumber' in reading ? reading.trackingNumber : undefined, hasIt.trackingNumber);
        const namesParcels = provider.webhook?.tracks === 'tracking-number';
        assert.ok(!namesParcels || hasIt.trackingNumber !== undefined, 'its events name parcels by a number');
      },
    },
    {
      name: 'an answer that does not have the order says so',
      check: () => assert.equal(readingOf(answerOf(hasItNot)).kind, 'has-it-not'),
    },
    {
      name: 'an answer that does not tell is unclear',
      check() {
        assert.equal(readingOf(answerOf(unclear)).kind, 'unclear');
        for (const body of GARBAGE_BODIES) assert.equal(kindOf(200, body), 'unclear', body.slice(0, 200));
        for (const status of [408, 429, 500, 502, 503, 504]) {
          for (const { body = '' } of [hasIt, hasItNot, unclear]) {
            assert.equal(kindOf(status, body), 'unclear', `HTTP ${status}: ${body.slice(0, 200)}`);
          }
        }
      },
    },
    {
      name: 'any answer to being asked has a meaning',
      check() {
        for (let status = 100; status < 600; status += 1) {
          for (const body of GARBAGE_BODIES) assertWellFormed(readingOf(answerOf({ status, body })));
        }
        for (const { status, headers, body } of [hasIt, hasItNot, unclear].map(answerOf)) {
          for (const spoiled of spoiledTexts(body)) {
            assertWellFormed(readingOf({ status, headers, body: spoiled }));
          }
        }
      },
    },
  ];
}

function assertWellFormed(reading: ReturnType<LookUp['reading']>): void {
  assert.ok(
    ['has-it', 'has-it-not', 'unclear'].includes(reading.kind),
    `no kind of reading: ${reading.kind}`,
  );
  if (reading.kind === 'has-it') assertTrackingNumber(reading.trackingNumber, 'of an answer');
}
