import assert from 'node:assert/strict';
import type { HttpAnswer, Outcome, Provider } from '../providers/provider.ts';
import { assertOneOf } from './answers.ts';
import { answerOf, isSame, NOW, type ProviderExamples, type RecordedAnswer, type Rule } from './examples.ts';
import { GARBAGE_BODIES, reworded } from './garbage.ts';

/** Of which nobody can tell whether the order was taken. */
const UNSETTLED_STATUSES = [408, 425, 429, ...range(500, 600)];
const SUCCESSES = [200, 201, 202];
/** Of which no order can be the reason. */
const WRONG_ADDRESS_STATUSES = [301, 302, 303, 307, 308, 405];

/** What an answer means by its status, also where its body is nobody's that we know. */
export function statusRules(provider: Provider, { answers, shipment }: ProviderExamples): Rule[] {
  const { accepted, repeated, rejected, throttled, unauthorized, failing } = answers;
  const decidedByBody = [rejected, failing, throttled, unauthorized].filter(({ status }) =>
    isSuccess(status),
  );
  const recorded = Object.values(answers).map(answerOf);
  const garbage = GARBAGE_BODIES.map((body) => answerOf({ status: 0, body }));
  const assertKind = (answer: HttpAnswer, ...kinds: Outcome['kind'][]) => {
    const outcome = provider.outcome(answer, NOW, shipment.shipmentId);
    assertOneOf(outcome, kinds, `HTTP ${answer.status}: ${answer.body}`);
  };
  const assertMayBeWrongAddress = (answer: HttpAnswer) => {
    const outcome = provider.outcome(answer, NOW, shipment.shipmentId);
    assertOneOf(outcome, ['rejected', 'wrong-address'], `HTTP ${answer.status}: ${answer.body}`);
    assert.ok(
      outcome.kind !== 'rejected' || outcome.notFound,
      `HTTP ${answer.status} is rejected without "notFound", as if only the order could be the reason`,
    );
  };
  return [
    {
      name: 'a success that can not be read is accepted or unanswered',
      check() {
        for (const status of SUCCESSES) {
          for (const answer of garbage) assertKind({ ...answer, status }, 'accepted', 'unanswered');
        }
      },
    },
    ...(decidedByBody.length > 0
      ? [
          {
            name: 'where a success can be a refusal, nothing is accepted that can not be read',
            check() {
              for (const { status, headers, body } of decidedByBody.map(answerOf)) {
                for (const answer of garbage.map((each) => ({ ...each, status }))) {
                  if (!isSame(answer, accepted)) assertKind(answer, 'unanswered');
                }
                for (const other of reworded(body)) {
                  assertKind({ status, headers, body: other }, ...NOT_ACCEPTED);
                }
              }
            },
          },
        ]
      : []),
    {
      name: 'no 1xx, 3xx or 4xx is accepted, but that of an order that it has already',
      check() {
        for (const status of [...range(100, 200), ...range(300, 500)]) {
          // Where both have one status, the body tells them apart.
          if (status === repeated?.status && status !== rejected.status) continue;
          const ours = status === repeated?.status ? [answerOf(rejected)] : recorded;
          for (const answer of [...ours, ...garbage].map((each) => ({ ...each, status }))) {
            const saysRepeated = repeated && (repeated.body ? saysTheSame : isSame)(answer, repeated);
            if (!saysRepeated) assertKind(answer, ...NOT_ACCEPTED);
          }
        }
      },
    },
    {
      name: 'a 4xx that can not be read is rejected, and a 401 or 403 unauthorized',
      check() {
        const otherwise = [repeated, throttled, failing].map((answer) => answer?.status);
        for (const status of [400, 404, 422].filter((each) => !otherwise.includes(each))) {
          for (const answer of garbage) assertKind({ ...answer, status }, 'rejected', 'unauthorized');
        }
        for (const status of [401, 403].filter((each) => ![...otherwise, rejected.status].includes(each))) {
          for (const answer of garbage) assertKind({ ...answer, status }, 'unauthorized');
        }
      },
    },
    {
      name: 'a 3xx or 405 that can not be read means a wrong address, and a 404 or 410 may mean one',
      check() {
        const recordedStatuses = recorded.map(({ status }) => status);
        for (const status of WRONG_ADDRESS_STATUSES.filter((each) => !recordedStatuses.includes(each))) {
          for (const answer of garbage) assertKind({ ...answer, status }, 'wrong-address');
        }
        for (const status of [404, 410].filter((each) => !recordedStatuses.includes(each))) {
          for (const answer of garbage) assertMayBeWrongAddress({ ...answer, status });
        }
      },
    },
    {
      name: 'no 408, 425, 429 or 5xx is accepted or rejected',
      check() {
        for (const status of UNSETTLED_STATUSES) {
          for (const answer of [...recorded, ...garbage]) {
            assertKind({ ...answer, status }, 'unanswered', 'unsent', 'throttled', 'unauthorized');
          }
        }
      },
    },
    {
      name: 'a 5xx is unanswered, unless it says that the order was not taken',
      check() {
        for (const status of range(500, 600)) {
          for (const each of [...recorded, ...garbage]) {
            const answer = { ...each, status };
            assertKind(
              answer,
              'unanswered',
              ...(saysTheSame(answer, failing) ? (['unsent'] as const) : []),
              ...(saysTheSame(answer, unauthorized) ? (['unauthorized'] as const) : []),
              ...(saysTheSame(answer, throttled) || answer.headers['retry-after']
                ? (['throttled'] as const)
                : []),
            );
          }
        }
      },
    },
  ];
}

const NOT_ACCEPTED: readonly Outcome['kind'][] = [
  'rejected',
  'unanswered',
  'unsent',
  'throttled',
  'unauthorized',
  'wrong-address',
];

/** By its body; where the recorded one has none, by its status. */
function saysTheSame({ status, body }: HttpAnswer, recorded: RecordedAnswer): boolean {
  const said = recorded.body?.trim() ?? '';
  return said === '' ? status === recorded.status : body.trim() === said;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function range(from: number, before: number): number[] {
  return Array.from({ length: before - from }, (_, index) => from + index);
}
