import assert from 'node:assert/strict';
import type { HttpAnswer, LookUp, Provider } from '../providers/provider.ts';
import { assertTrackingNumber } from './answers.ts';
import { answerOf, isSame, type ProviderExamples, type Rule } from './examples.ts';
import { GARBAGE_BODIES, spoiledTexts } from './garbage.ts';
import { checkRequest, placesOf } from './requests.ts';
import { longestIds } from './variations.ts';

/** Among them those that a proxy or a page to log in to comes with. */
const STATUSES = [
  200, 201, 204, 206, 301, 302, 307, 308, 400, 401, 403, 404, 405, 407, 410, 418, 421, 422, 429, 451, 500,
  502, 503, 504,
];

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
      name: 'asking names an order by its whole id',
      check() {
        const recorded = placesOf(shipment.shipmentId, lookUp.request);
        assert.ok(recorded.length > 0, "the recorded request does not hold the shipment's id");
        for (const shipmentId of longestIds(provider.limits)) {
          const request = repeatedOrders.request(shipmentId, credentials);
          checkRequest(request);
          assert.deepEqual(placesOf(shipmentId, request), recorded, `the places of ${shipmentId}`);
        }
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
    ...(hasIt.body?.includes(JSON.stringify(shipment.shipmentId))
      ? [
          {
            name: 'an answer that has another order does not have this one',
            check() {
              for (const other of ['another', `${shipment.shipmentId}.2`, shipment.shipmentId.slice(0, -1)]) {
                assert.notEqual(repeatedOrders.reading(answerOf(hasIt), other).kind, 'has-it', other);
              }
            },
          },
        ]
      : []),
    {
      name: 'an answer that does not have the order says so',
      check: () => assert.equal(readingOf(answerOf(hasItNot)).kind, 'has-it-not'),
    },
    {
      name: 'an answer that does not tell is unclear',
      check() {
        assert.equal(readingOf(answerOf(unclear)).kind, 'unclear');
        for (const status of [...STATUSES, hasItNot.status]) {
          for (const answer of GARBAGE_BODIES.map((body) => answerOf({ status, body }))) {
            if (isSame(answer, hasIt) || isSame(answer, hasItNot)) continue;
            assert.equal(readingOf(answer).kind, 'unclear', `HTTP ${status}: ${answer.body.slice(0, 200)}`);
          }
        }
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
        for (const { status, headers, body } of [hasIt, hasItNot, unclear].map(answerOf)) {
          for (let other = 100; other < 600; other += 1)
            assertWellFormed(readingOf({ status: other, headers, body }));
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
