import assert from 'node:assert/strict';
import { isName } from '../providers/json.ts';
import type { HttpAnswer, Outcome, Provider } from '../providers/provider.ts';
import { answerOf, NOW, type ProviderExamples, type Rule } from './examples.ts';
import { GARBAGE_BODIES, spoiledTexts, UNHEARD_OF } from './garbage.ts';

const OUTCOME_KINDS: readonly Outcome['kind'][] = [
  'accepted',
  'rejected',
  'unanswered',
  'unsent',
  'throttled',
  'unauthorized',
  'wrong-address',
];

/** What the recorded answers mean, and that every other one means something. */
export function answerRules(provider: Provider, { answers, shipment }: ProviderExamples): Rule[] {
  const { accepted, repeated, rejected, throttled, unauthorized, failing } = answers;
  const outcomeOf = (answer: HttpAnswer) => provider.outcome(answer, NOW, shipment.shipmentId);
  const recorded = Object.values(answers).map(answerOf);
  const namesParcels = provider.webhook?.tracks === 'tracking-number';
  return [
    {
      name: 'an order that was taken is accepted',
      check() {
        const outcome = outcomeOf(answerOf(accepted));
        const { trackingNumber } = accepted;
        const expected = { kind: 'accepted', httpStatus: accepted.status };
        assert.deepEqual(
          stripped(outcome),
          trackingNumber === undefined ? expected : { ...expected, trackingNumber },
        );
        assert.ok(
          trackingNumber !== undefined || !namesParcels,
          'its events name parcels by a number that it must give here',
        );
      },
    },
    ...(repeated
      ? [
          {
            name: 'an order that it has already is accepted',
            check: () => assert.equal(outcomeOf(answerOf(repeated)).kind, 'accepted'),
          },
        ]
      : []),
    {
      name: 'an order that was refused is rejected, with what it said',
      check() {
        const answer = answerOf(rejected);
        const outcome = outcomeOf(answer);
        assert.equal(outcome.kind, 'rejected');
        const message = messageOf(outcome);
        assert.ok(message?.includes(rejected.says), `"${rejected.says}" is not in the message "${message}"`);
        const otherBody = answer.body.replaceAll(rejected.says, UNHEARD_OF);
        if (otherBody === answer.body) return;
        const other = messageOf(outcomeOf({ ...answer, body: otherBody }));
        assert.notEqual(other, message, `the message is the same where it says ${UNHEARD_OF}`);
      },
    },
    {
      name: 'an answer that throttles is throttled for as long as it says',
      check() {
        const outcome = outcomeOf(answerOf(throttled));
        assert.equal(outcome.kind, 'throttled');
        assert.deepEqual(
          { ...outcome, message: '' },
          {
            kind: 'throttled',
            httpStatus: throttled.status,
            retryAfterSeconds: throttled.seconds,
            message: '',
          },
        );
      },
    },
    {
      name: 'wrong credentials are unauthorized',
      check: () => assert.equal(outcomeOf(answerOf(unauthorized)).kind, 'unauthorized'),
    },
    {
      name: 'an answer of a failing provider is unanswered or unsent',
      check: () => assertOneOf(outcomeOf(answerOf(failing)), ['unanswered', 'unsent']),
    },
    {
      name: 'any answer has a meaning, and a message where something went wrong',
      check() {
        for (let status = 100; status < 600; status += 1) {
          for (const body of GARBAGE_BODIES) assertWellFormed({ status, headers: {}, body }, outcomeOf);
          for (const { headers, body } of recorded) assertWellFormed({ status, headers, body }, outcomeOf);
        }
        for (const { status, headers, body } of recorded) {
          for (const spoiled of spoiledTexts(body))
            assertWellFormed({ status, headers, body: spoiled }, outcomeOf);
          for (const after of ['', 'soon', '-1', '1e3', '9'.repeat(30), ['1', '2']]) {
            assertWellFormed({ status, headers: { ...headers, 'retry-after': after }, body }, outcomeOf);
          }
        }
      },
    },
  ];
}

export function assertOneOf(outcome: Outcome, kinds: readonly Outcome['kind'][], of = ''): void {
  assert.ok(
    kinds.includes(outcome.kind),
    `${outcome.kind}, and must be ${kinds.join(' or ')}: ${of.slice(0, 200)}`,
  );
}

function messageOf(outcome: Outcome): string | undefined {
  return 'message' in outcome ? outcome.message : undefined;
}

function assertWellFormed(answer: HttpAnswer, outcomeOf: (answer: HttpAnswer) => Outcome): void {
  const outcome = outcomeOf(answer);
  const of = `of HTTP ${answer.status}: ${answer.body.slice(0, 200)}`;
  assert.ok(OUTCOME_KINDS.includes(outcome.kind), `no kind of outcome ${of}: ${outcome.kind}`);
  if (outcome.kind !== 'unsent') assert.equal(outcome.httpStatus, answer.status, `the status ${of}`);
  if (outcome.kind === 'accepted') assertTrackingNumber(outcome.trackingNumber, of);
  else assertMessage(outcome.message, of);
  if (outcome.kind !== 'throttled') return;
  const seconds = outcome.retryAfterSeconds;
  assert.ok(seconds === null || (Number.isFinite(seconds) && seconds >= 0), `${seconds} seconds ${of}`);
}

function assertMessage(message: unknown, of: string): void {
  assert.ok(typeof message === 'string' && message.trim() !== '', `no message ${of}`);
  assert.ok(message.length <= 2_000, `a message of ${message.length} characters ${of}`);
  assert.doesNotMatch(message, /\p{Cc}/u, `a message with control characters ${of}`);
}

export function assertTrackingNumber(value: unknown, of: string): void {
  assert.ok(value === undefined || isName(value), `the tracking number ${JSON.stringify(value)} ${of}`);
}

/** Without fields that are there and undefined. */
function stripped(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));
}
