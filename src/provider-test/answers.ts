import assert from 'node:assert/strict';
import { readOutcome } from '../providers/door.ts';
import { isName } from '../providers/json.ts';
import type { HttpAnswer, Outcome, Provider } from '../providers/provider.ts';
import { answerOf, NOW, type ProviderExamples, shown } from './examples.ts';
import { GARBAGE_BODIES, spoiledTexts, UNHEARD_OF } from './garbage.ts';
import { attempt, type RuleTable } from './rule.ts';

/** Far apart, so that the machine's clock agrees with one of them at most. */
const GIVEN_TIMES = ['2001-02-03T04:05:06Z', '2033-11-12T13:14:15Z'].map(Date.parse);
const ODD_WAITS = ['', 'soon', '-1', '1e3', '9'.repeat(30), ['1', '2']];

export type Recorded = ProviderExamples['answers'];
export type AnswerSubject = ReturnType<typeof answerSubject>;

export function answerSubject({ provider, answers, shipment }: ProviderExamples & { provider: Provider }) {
  const outcomeOf = (answer: HttpAnswer, nowMs = NOW) =>
    attempt(shown(answer), () => readOutcome(provider.outcome(answer, nowMs, shipment.shipmentId)));
  return { answers, outcomeOf, namesParcels: provider.webhook?.tracks === 'tracking-number' };
}

/** What the recorded answers mean, and that every other one means something. */
export const ANSWER_RULES: RuleTable<AnswerSubject> = {
  'an order that was taken is accepted': ({ answers: { accepted }, outcomeOf, namesParcels }) => {
    const { status: httpStatus, trackingNumber } = accepted;
    const number = trackingNumber === undefined ? {} : { trackingNumber };
    assert.deepEqual(outcomeOf(answerOf(accepted)), { kind: 'accepted', httpStatus, ...number });
    const isNamed = trackingNumber !== undefined || !namesParcels;
    assert.ok(isNamed, 'its events name parcels by a number that it must give here');
  },
  'an order that it has already is accepted': {
    onlyWhere: ({ answers }) => answers.repeated !== undefined,
    check: comesTo(({ repeated }) => (repeated ? [answerOf(repeated)] : []), ['accepted']),
  },
  'an order that was refused is rejected, with what it said': ({ answers: { rejected }, outcomeOf }) => {
    const answer = answerOf(rejected);
    const outcome = outcomeOf(answer);
    assert.equal(outcome.kind, 'rejected');
    const message = messageOf(outcome);
    assert.ok(message.includes(rejected.says), `"${rejected.says}" is not in the message "${message}"`);
    const body = answer.body.replaceAll(rejected.says, UNHEARD_OF);
    const isOther = body === answer.body || messageOf(outcomeOf({ ...answer, body })) !== message;
    assert.ok(isOther, `the message is the same where it says ${UNHEARD_OF}: "${message}"`);
  },
  'an answer that throttles is throttled for as long as it says': (subject) => {
    const { status: httpStatus, seconds: retryAfterSeconds, ...throttled } = subject.answers.throttled;
    const outcome = subject.outcomeOf(answerOf({ status: httpStatus, ...throttled }));
    const message = messageOf(outcome);
    assert.deepEqual(outcome, { kind: 'throttled', httpStatus, retryAfterSeconds, message });
    for (const nowMs of GIVEN_TIMES) checkWait(subject, nowMs);
  },
  'wrong credentials are unauthorized': comesTo(
    ({ unauthorized }) => [answerOf(unauthorized)],
    ['unauthorized'],
  ),
  'an answer of a failing provider is unanswered or unsent': comesTo(
    ({ failing }) => [answerOf(failing)],
    ['unanswered', 'unsent'],
  ),
  'any answer has a meaning, and a message where something went wrong': ({ answers, outcomeOf }) => {
    for (const answer of oddAnswers(Object.values(answers).map(answerOf))) {
      checkOutcome(outcomeOf(answer), answer.status, `of ${shown(answer)}`);
    }
  },
};

export type Kind = Outcome['kind'] | typeof NOT_FOUND;
export const NOT_FOUND = 'rejected with "notFound", since the address may be the reason';

/** A check that each answer comes to an outcome of one of these kinds; `rejected` stands for both that there are. */
export function comesTo(
  tried: (recorded: Recorded) => Iterable<HttpAnswer>,
  kinds: readonly Kind[] | ((answer: HttpAnswer, recorded: Recorded) => readonly Kind[]),
) {
  return ({ answers, outcomeOf }: AnswerSubject) => {
    for (const answer of tried(answers)) {
      const outcome = outcomeOf(answer);
      const allowed = typeof kinds === 'function' ? kinds(answer, answers) : kinds;
      const fits = allowed.includes(outcome.kind) || ('notFound' in outcome && allowed.includes(NOT_FOUND));
      assert.ok(fits, `${outcome.kind}, and must be ${allowed.join(' or ')}: ${shown(answer)}`);
    }
  };
}

/** A date in `Retry-After` is 7 seconds from the time that was given, or is not read at all. */
function checkWait({ answers, outcomeOf }: AnswerSubject, nowMs: number): void {
  const answer = answerOf(answers.throttled);
  const date = new Date(nowMs + 7_000).toUTCString();
  const unread = outcomeOf(answer, nowMs);
  const outcome = outcomeOf({ ...answer, headers: { ...answer.headers, 'retry-after': date } }, nowMs);
  if (outcome.kind !== 'throttled' || unread.kind !== 'throttled') return;
  const { retryAfterSeconds: seconds } = outcome;
  assert.ok(
    [7, null, unread.retryAfterSeconds].includes(seconds),
    `${seconds} seconds until "${date}", 7 seconds after "nowMs": it must count from there, not from the machine's clock`,
  );
}

function* oddAnswers(recorded: readonly HttpAnswer[]): Generator<HttpAnswer> {
  for (let status = 100; status < 600; status += 1) {
    for (const body of GARBAGE_BODIES) yield { status, headers: {}, body };
    for (const answer of recorded) yield { ...answer, status };
  }
  for (const answer of recorded) {
    for (const body of spoiledTexts(answer.body)) yield { ...answer, body };
    for (const after of ODD_WAITS) yield { ...answer, headers: { ...answer.headers, 'retry-after': after } };
  }
}

function checkOutcome(outcome: Outcome, status: number, of: string): void {
  if (outcome.kind !== 'unsent') assert.equal(outcome.httpStatus, status, `the status ${of}`);
  if (outcome.kind === 'accepted') {
    checkTrackingNumber(outcome.trackingNumber, of);
  } else {
    const { message } = outcome;
    assert.ok(message.trim() !== '', `no message ${of}`);
    assert.ok(message.length <= 2_000, `a message of ${message.length} characters ${of}`);
    assert.ok(!/\p{Cc}/u.test(message), `a message with control characters ${of}`);
  }
}

export function checkTrackingNumber(value: string | undefined, of: string): void {
  assert.ok(value === undefined || isName(value), `the tracking number ${JSON.stringify(value)} ${of}`);
}

function messageOf(outcome: Outcome): string {
  return 'message' in outcome ? outcome.message : '';
}
