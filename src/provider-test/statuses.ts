import type { HttpAnswer } from '../providers/provider.ts';
import { type AnswerSubject, comesTo, type Kind, NOT_FOUND, type Recorded } from './answers.ts';
import { answerOf, answersOf, isSame, type RecordedAnswer } from './examples.ts';
import { GARBAGE_BODIES, reworded } from './garbage.ts';
import type { RuleTable } from './rule.ts';

const UNSETTLED: readonly Kind[] = ['unanswered', 'unsent', 'throttled', 'unauthorized'];
const NOT_ACCEPTED: readonly Kind[] = ['rejected', 'wrong-address', ...UNSETTLED];

/** What answers mean by their statuses, also where a body is nobody's that we know: which are tried, and what may come. */
export const STATUS_RULES: RuleTable<AnswerSubject> = {
  'a success that can not be read is accepted or unanswered': comesTo(
    () => garbage([200, 201, 202]),
    ['accepted', 'unanswered'],
  ),
  'where a success can be a refusal, nothing is accepted that can not be read': {
    onlyWhere: ({ answers }) => falseSuccesses(answers).length > 0,
    check: comesTo(
      (recorded) =>
        falseSuccesses(recorded).flatMap((answer) => [
          ...garbage([answer.status]).filter((each) => !isSame(each, recorded.accepted)),
          ...reworded(answer.body).map((body) => ({ ...answer, body })),
        ]),
      ({ body }) => (GARBAGE_BODIES.includes(body) ? ['unanswered'] : NOT_ACCEPTED),
    ),
  },
  'no 1xx, 3xx or 4xx is accepted, but that of an order that it has already': comesTo(
    (recorded) =>
      anything([...range(100, 200), ...range(300, 500)], recorded).filter(
        (answer) => !mayMeanRepeated(answer, recorded),
      ),
    NOT_ACCEPTED,
  ),
  'a 4xx that can not be read is rejected, and a 401 or 403 unauthorized': comesTo(
    ({ repeated, throttled, failing, rejected }) => [
      ...garbage(without([400, 404, 422], repeated, throttled, failing)),
      ...garbage(without([401, 403], repeated, throttled, failing, rejected)),
    ],
    ({ status }) => ([401, 403].includes(status) ? ['unauthorized'] : ['rejected', 'unauthorized']),
  ),
  'a 3xx or 405 that can not be read means a wrong address, and a 404 or 410 may mean one': comesTo(
    (recorded) => garbage(without([301, 302, 303, 307, 308, 405, 404, 410], ...Object.values(recorded))),
    ({ status }) => ([404, 410].includes(status) ? ['wrong-address', NOT_FOUND] : ['wrong-address']),
  ),
  'no 408, 425, 429 or 5xx is accepted or rejected': comesTo(
    (recorded) => anything([408, 425, 429, ...range(500, 600)], recorded),
    UNSETTLED,
  ),
  'a 5xx is unanswered, unless it says that the order was not taken': comesTo(
    (recorded) => anything(range(500, 600), recorded),
    (answer, { failing, unauthorized, throttled }) => {
      const kinds: Kind[] = ['unanswered'];
      if (saysTheSame(answer, failing)) kinds.push('unsent');
      if (saysTheSame(answer, unauthorized)) kinds.push('unauthorized');
      if (saysTheSame(answer, throttled) || answer.headers['retry-after']) kinds.push('throttled');
      return kinds;
    },
  ),
};

function garbage(statuses: readonly number[]): HttpAnswer[] {
  return answersOf(statuses, GARBAGE_BODIES);
}

/** The recorded answers and garbage, with each of these statuses. */
function anything(statuses: readonly number[], recorded: Recorded): HttpAnswer[] {
  const answers = Object.values(recorded).map(answerOf);
  return [
    ...statuses.flatMap((status) => answers.map((each) => ({ ...each, status }))),
    ...garbage(statuses),
  ];
}

/** Of which only the body tells that they are no success. */
function falseSuccesses({ rejected, failing, throttled, unauthorized }: Recorded): HttpAnswer[] {
  const answers = [rejected, failing, throttled, unauthorized].map(answerOf);
  return answers.filter(({ status }) => status >= 200 && status < 300);
}

function mayMeanRepeated(answer: HttpAnswer, { repeated, rejected }: Recorded): boolean {
  if (answer.status !== repeated?.status) return Boolean(repeated?.body) && saysTheSame(answer, repeated);
  // Where both have one status, the body tells them apart.
  const isTold = GARBAGE_BODIES.includes(answer.body) || isSame(answer, rejected);
  return !isTold || answer.status !== rejected.status || isSame(answer, repeated);
}

/** By its body; where the recorded one has none, by its status. */
function saysTheSame({ status, body }: HttpAnswer, recorded: RecordedAnswer | undefined): boolean {
  const said = recorded?.body?.trim() ?? '';
  return said === '' ? status === recorded?.status : body.trim() === said;
}

function without(statuses: readonly number[], ...recorded: (RecordedAnswer | undefined)[]): number[] {
  return statuses.filter((status) => recorded.every((answer) => answer?.status !== status));
}

function range(from: number, before: number): number[] {
  return Array.from({ length: before - from }, (_, index) => from + index);
}
