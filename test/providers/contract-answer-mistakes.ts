import { fieldsOf, parseJson } from '../../src/providers/json.ts';
import type { HttpAnswer, Outcome, Provider } from '../../src/providers/provider.ts';
import { goodExamples, goodProvider, type Mistake, refusedWith200 } from './contract-subject.ts';

const { lookUp: _lookUp, ...WITHOUT_LOOK_UP } = goodExamples;

const WRONG_ADDRESS =
  'a 3xx or 405 that can not be read means a wrong address, and a 404 or 410 may mean one';

/** What can be made of answers wrongly. */
export const ANSWER_MISTAKES: readonly Mistake[] = [
  {
    mistake: 'does not read the tracking number',
    provider: answering(({ status }, good) => {
      if (good.kind === 'accepted') return { kind: 'accepted', httpStatus: status };
      return good;
    }),
    breaks: ['an order that was taken is accepted'],
  },
  {
    mistake: 'does not know an order that it has',
    provider: { ...goodProvider, repeatedOrders: { kind: 'recognised' } },
    examples: { ...WITHOUT_LOOK_UP, answers: { ...goodExamples.answers, repeated: { status: 409 } } },
    breaks: ['an order that it has already is accepted'],
  },
  {
    mistake: 'sends again what was refused',
    provider: answering(({ status }, good) =>
      good.kind === 'rejected' ? { kind: 'unanswered', httpStatus: status, message: 'refused' } : good,
    ),
    breaks: [
      'an order that was refused is rejected, with what it said',
      'a 4xx that can not be read is rejected, and a 401 or 403 unauthorized',
      WRONG_ADDRESS,
    ],
  },
  {
    mistake: 'keeps to itself why an order was refused',
    provider: answering((_answer, good) =>
      good.kind === 'rejected' ? { ...good, message: 'refused' } : good,
    ),
    breaks: ['an order that was refused is rejected, with what it said'],
  },
  {
    mistake: 'gives one reason for whatever was refused',
    provider: answering((_answer, good) =>
      good.kind === 'rejected' ? { ...good, message: 'no such town' } : good,
    ),
    breaks: ['an order that was refused is rejected, with what it said'],
  },
  {
    mistake: 'shows what it was told as it is',
    provider: answering((answer, good) =>
      good.kind === 'rejected'
        ? { ...good, message: `HTTP ${answer.status} ${answer.body.slice(0, 500)}` }
        : good,
    ),
    breaks: ['any answer has a meaning, and a message where something went wrong'],
  },
  {
    mistake: 'takes whatever it is given for a tracking number',
    provider: answering((answer, good) => {
      const trackingNumber = fieldsOf(parseJson(answer.body)).get('parcel');
      return good.kind === 'unanswered' && answer.status === 201 && typeof trackingNumber === 'string'
        ? { kind: 'accepted', httpStatus: 201, trackingNumber }
        : good;
    }),
    breaks: ['any answer has a meaning, and a message where something went wrong'],
  },
  {
    mistake: 'does not wait as long as it is asked to',
    provider: answering((_answer, good) =>
      good.kind === 'throttled' ? { ...good, retryAfterSeconds: null } : good,
    ),
    breaks: ['an answer that throttles is throttled for as long as it says'],
  },
  {
    mistake: 'counts from the clock of the machine until when it is asked to wait',
    provider: {
      ...goodProvider,
      outcome: (answer, _nowMs, shipmentId) => goodProvider.outcome(answer, Date.now(), shipmentId),
    },
    breaks: ['an answer that throttles is throttled for as long as it says'],
  },
  {
    mistake: 'rejects every order while its key is wrong',
    provider: answering((_answer, good) =>
      good.kind === 'unauthorized' ? { ...good, kind: 'rejected' } : good,
    ),
    breaks: [
      'wrong credentials are unauthorized',
      'a 4xx that can not be read is rejected, and a 401 or 403 unauthorized',
    ],
  },
  {
    mistake: 'asks for other credentials when it fails',
    provider: answering((answer, good) =>
      answer.status === 500 ? { kind: 'unauthorized', httpStatus: 500, message: 'failed' } : good,
    ),
    breaks: [
      'an answer of a failing provider is unanswered or unsent',
      'a 5xx is unanswered, unless it says that the order was not taken',
    ],
  },
  {
    mistake: 'rejects what it can not read',
    provider: answering((answer, good) =>
      answer.status === 200 && good.kind === 'unanswered'
        ? { ...good, kind: 'rejected', httpStatus: 200 }
        : good,
    ),
    breaks: ['a success that can not be read is accepted or unanswered'],
  },
  {
    mistake: 'accepts with 200 what it can not read',
    provider: answering((answer, good) =>
      good.kind === 'unanswered' && answer.status === 200 ? { kind: 'accepted', httpStatus: 200 } : good,
    ),
    examples: refusedWith200,
    breaks: ['where a success can be a refusal, nothing is accepted that can not be read'],
  },
  {
    mistake: 'accepts whatever is not the failure that it knows',
    provider: answering((answer, good) => {
      if (answer.status !== 200) return good;
      if (answer.body === '{"later":true}') return { kind: 'unsent', message: 'later' };
      return good.kind === 'unanswered' ? { kind: 'accepted', httpStatus: 200 } : good;
    }),
    examples: {
      ...goodExamples,
      answers: { ...goodExamples.answers, failing: { status: 200, body: '{"later":true}' } },
    },
    breaks: ['where a success can be a refusal, nothing is accepted that can not be read'],
  },
  {
    mistake: 'accepts what is refused for a new reason',
    provider: answering((answer, good) =>
      good.kind === 'rejected' && answer.status === 200 && !answer.body.includes('no such town')
        ? { kind: 'accepted', httpStatus: 200 }
        : good,
    ),
    examples: refusedWith200,
    breaks: ['where a success can be a refusal, nothing is accepted that can not be read'],
  },
  ...[302, 404, 409].map((status) => ({
    mistake: `takes a ${status} for a success`,
    provider: answering((answer, good) =>
      answer.status === status ? { kind: 'accepted', httpStatus: status } : good,
    ),
    breaks: [
      ...['no 1xx, 3xx or 4xx is accepted, but that of an order that it has already'],
      ...(status === 404 ? ['a 4xx that can not be read is rejected, and a 401 or 403 unauthorized'] : []),
      ...(status === 409 ? [] : [WRONG_ADDRESS]),
    ],
  })),
  {
    mistake: 'sends again and again where its address is wrong',
    provider: answering((answer, good) =>
      answer.status === 404 ? { kind: 'unanswered', httpStatus: 404, message: 'not found' } : good,
    ),
    breaks: ['a 4xx that can not be read is rejected, and a 401 or 403 unauthorized', WRONG_ADDRESS],
  },
  ...[301, 405].map((status) => ({
    mistake: `rejects every order where its address is wrong (${status})`,
    provider: answering((answer, good) =>
      answer.status === status ? { kind: 'rejected', httpStatus: status, message: 'no' } : good,
    ),
    breaks: [WRONG_ADDRESS],
  })),
  {
    mistake: 'follows no redirect and tries again and again',
    provider: answering((answer, good) =>
      answer.status === 308 ? { kind: 'unanswered', httpStatus: 308, message: 'moved' } : good,
    ),
    breaks: [WRONG_ADDRESS],
  },
  ...[404, 410].map((status) => ({
    mistake: `takes every ${status} for the fault of an order`,
    provider: answering((answer, good) =>
      answer.status === status ? { kind: 'rejected', httpStatus: status, message: 'not found' } : good,
    ),
    breaks: [WRONG_ADDRESS],
  })),
  {
    mistake: 'rejects what it is not allowed to send',
    provider: answering((answer, good) =>
      answer.status === 401 ? { kind: 'rejected', httpStatus: 401, message: 'not allowed' } : good,
    ),
    breaks: ['a 4xx that can not be read is rejected, and a 401 or 403 unauthorized'],
  },
  {
    mistake: 'takes a gateway that failed for an order that was not taken',
    provider: answering((answer, good) =>
      answer.status === 502 ? { kind: 'unsent', message: 'HTTP 502' } : good,
    ),
    breaks: ['a 5xx is unanswered, unless it says that the order was not taken'],
  },
  {
    mistake: 'takes whatever fails for a request to wait',
    provider: answering((answer, good) =>
      answer.status > 500
        ? { kind: 'throttled', httpStatus: answer.status, retryAfterSeconds: null, message: 'busy' }
        : good,
    ),
    breaks: ['a 5xx is unanswered, unless it says that the order was not taken'],
  },
  {
    mistake: 'believes a body more than a status',
    provider: answering((answer, good) =>
      answer.body.includes('no such town') && answer.status === 503
        ? { kind: 'rejected', httpStatus: 503, message: answer.body }
        : good,
    ),
    breaks: [
      'no 408, 425, 429 or 5xx is accepted or rejected',
      'a 5xx is unanswered, unless it says that the order was not taken',
    ],
  },
  {
    mistake: 'throws at an answer that breaks off',
    provider: answering((answer, good) => {
      if (answer.body.startsWith('{"par')) JSON.parse(answer.body);
      return good;
    }),
    breaks: ['any answer has a meaning, and a message where something went wrong'],
  },
  {
    mistake: 'says nothing where it was told nothing',
    provider: answering((answer, good) => (answer.status === 418 ? { ...good, message: '' } : good)),
    breaks: ['any answer has a meaning, and a message where something went wrong'],
  },
];

/** The good provider, but for what it makes of some answers. */
function answering(change: (answer: HttpAnswer, good: Outcome) => Outcome): Provider {
  return {
    ...goodProvider,
    outcome: (answer, ...rest) => change(answer, goodProvider.outcome(answer, ...rest)),
  };
}
