import assert from 'node:assert/strict';
import { readLookUp } from '../providers/door.ts';
import type { HttpAnswer, LookUp, Provider } from '../providers/provider.ts';
import { checkTrackingNumber } from './answers.ts';
import {
  answerOf,
  answersOf,
  isSame,
  type LookUpExamples,
  type ProviderExamples,
  shown,
} from './examples.ts';
import { GARBAGE_BODIES, spoiledTexts } from './garbage.ts';
import { checkRequest, placesOf } from './requests.ts';
import { attempt, type RuleTable } from './rule.ts';
import { longestIds } from './variations.ts';

/** Among them those that a proxy or a page to log in to comes with. */
const STATUSES = [
  200, 201, 204, 206, 301, 302, 307, 308, 400, 401, 403, 404, 405, 407, 410, 418, 421, 422, 451,
];
const FAILING_STATUSES = [408, 429, 500, 502, 503, 504];

export function lookUpSubject(
  { provider, shipment, credentials }: ProviderExamples & { provider: Provider },
  lookUp: LookUp,
  recorded: LookUpExamples,
) {
  const { shipmentId } = shipment;
  const readingOf = (answer: HttpAnswer, id = shipmentId) => {
    const reading = attempt(shown(answer), () => readLookUp(lookUp.reading(answer, id)));
    if (reading.kind === 'has-it') checkTrackingNumber(reading.trackingNumber, `of ${shown(answer)}`);
    return reading;
  };
  return { provider, lookUp, recorded, shipmentId, credentials, readingOf };
}

/** How a provider is asked whether it has an order, and what it answers. */
export const LOOK_UP_RULES: RuleTable<ReturnType<typeof lookUpSubject>> = {
  'asking for an order is the recorded request': ({ lookUp, recorded, shipmentId, credentials }) => {
    assert.deepEqual(lookUp.request(shipmentId, credentials), recorded.request);
    checkRequest(recorded.request);
    checkRequest(lookUp.request(shipmentId, { apiKey: undefined }));
  },
  'asking names an order by its whole id': ({ provider, lookUp, recorded, shipmentId, credentials }) => {
    const expected = placesOf(shipmentId, recorded.request);
    assert.ok(expected.length > 0, "the recorded request does not hold the shipment's id");
    for (const id of longestIds(provider.limits)) {
      const request = lookUp.request(id, credentials);
      checkRequest(request);
      const places = placesOf(id, request);
      assert.deepEqual(places, expected, `${id} is in "${places}", and must be in ${expected}`);
    }
  },
  'an answer that has the order says so, with its tracking number': ({ provider, recorded, readingOf }) => {
    const { trackingNumber } = recorded.hasIt;
    const expected = trackingNumber === undefined ? { kind: 'has-it' } : { kind: 'has-it', trackingNumber };
    assert.deepEqual(readingOf(answerOf(recorded.hasIt)), expected);
    const namesParcels = provider.webhook?.tracks === 'tracking-number';
    assert.ok(!namesParcels || trackingNumber !== undefined, 'its events name parcels by a number');
  },
  'an answer that has another order does not have this one': {
    onlyWhere: ({ recorded, shipmentId }) =>
      recorded.hasIt.body?.includes(JSON.stringify(shipmentId)) ?? false,
    check: ({ recorded, shipmentId, readingOf }) => {
      for (const other of ['another', `${shipmentId}.2`, shipmentId.slice(0, -1)]) {
        assert.notEqual(readingOf(answerOf(recorded.hasIt), other).kind, 'has-it', `asked for ${other}`);
      }
    },
  },
  'an answer that does not have the order says so': ({ recorded, readingOf }) =>
    assert.equal(readingOf(answerOf(recorded.hasItNot)).kind, 'has-it-not'),
  'an answer that does not tell is unclear': ({ recorded, readingOf }) => {
    for (const answer of unclearAnswers(recorded)) {
      const { kind } = readingOf(answer);
      assert.ok(kind === 'unclear', `${kind}, and must be unclear: ${shown(answer)}`);
    }
  },
  'any answer to being asked has a meaning': ({ recorded: { hasIt, hasItNot, unclear }, readingOf }) => {
    for (const answer of [hasIt, hasItNot, unclear].map(answerOf)) {
      for (let status = 100; status < 600; status += 1) readingOf({ ...answer, status });
      for (const body of spoiledTexts(answer.body)) readingOf({ ...answer, body });
    }
  },
};

function unclearAnswers({ hasIt, hasItNot, unclear }: LookUpExamples): HttpAnswer[] {
  const garbage = answersOf([...STATUSES, ...FAILING_STATUSES, hasItNot.status], GARBAGE_BODIES);
  const bodies = [hasIt, hasItNot, unclear].map(({ body = '' }) => body);
  return [
    answerOf(unclear),
    ...garbage.filter((answer) => !isSame(answer, hasIt) && !isSame(answer, hasItNot)),
    ...answersOf(FAILING_STATUSES, bodies),
  ];
}
