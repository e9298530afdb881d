import type { HttpAnswer, LookUp, Outcome, Provider } from '../../src/providers/provider.ts';
import { goodExamples, goodLookUp, goodProvider, type Mistake } from './contract-subject.ts';

const { webhook: _webhook, ...WITHOUT_WEBHOOK } = goodProvider;
const { lookUp: _lookUp, ...WITHOUT_LOOK_UP } = goodExamples;

/** What can go wrong on the way of an order to its provider. */
export const SENDING_MISTAKES: readonly Mistake[] = [
  {
    mistake: 'has a name that is no part of a URL',
    provider: { ...goodProvider, name: 'Good Post' },
    breaks: ['it has all that a provider must have'],
  },
  {
    mistake: 'takes longer fields than there are',
    provider: { ...goodProvider, limits: { recipient: 36 } },
    breaks: ['it has all that a provider must have'],
  },
  {
    mistake: 'recognises repeated orders, of which there is no example',
    provider: { ...goodProvider, repeatedOrders: { kind: 'recognised' } },
    breaks: ['the examples are of all that it does, and of nothing else'],
  },
  {
    mistake: 'has no webhook, of which there is an example',
    provider: WITHOUT_WEBHOOK,
    breaks: ['the examples are of all that it does, and of nothing else'],
  },
  {
    mistake: 'calls a field otherwise than recorded',
    provider: {
      ...goodProvider,
      body: (shipment) => goodProvider.body(shipment).replace('"recipient"', '"name"'),
    },
    breaks: ['the recorded shipment becomes the recorded request'],
  },
  {
    mistake: 'counts its requests in them',
    provider: { ...goodProvider, body: counting() },
    breaks: [
      'the recorded shipment becomes the recorded request',
      'the same shipment becomes the same bytes, and is left as it was',
    ],
  },
  {
    mistake: 'changes the shipment that it is given',
    provider: {
      ...goodProvider,
      body(shipment) {
        const body = goodProvider.body(shipment);
        Object.assign(shipment.deliveryAddress, { line2: '-' });
        return body;
      },
    },
    breaks: ['the same shipment becomes the same bytes, and is left as it was'],
  },
  {
    mistake: 'has one service only',
    provider: {
      ...goodProvider,
      body: (shipment) => goodProvider.body({ ...shipment, deliveryService: 'standard' }),
    },
    breaks: ['every part of a shipment reaches the request'],
  },
  {
    mistake: 'rounds weights',
    provider: {
      ...goodProvider,
      body: (shipment) => {
        const items = shipment.items.map((item) => ({
          ...item,
          weightGrams: Math.floor(item.weightGrams / 10) * 10,
        }));
        return goodProvider.body({ ...shipment, items });
      },
    },
    breaks: ['every part of a shipment reaches the request'],
  },
  {
    mistake: 'cuts what is too long',
    provider: {
      ...goodProvider,
      body: (shipment) => {
        const { deliveryAddress } = shipment;
        const line1 = deliveryAddress.line1.slice(0, 30);
        return goodProvider.body({ ...shipment, deliveryAddress: { ...deliveryAddress, line1 } });
      },
    },
    breaks: ['the largest fields arrive whole, in every script'],
  },
  {
    mistake: 'writes JSON by hand',
    provider: {
      ...goodProvider,
      body: (shipment) => {
        const { recipient } = shipment.deliveryAddress;
        return goodProvider.body(shipment).replace(JSON.stringify(recipient), `"${recipient}"`);
      },
    },
    breaks: ['the largest fields arrive whole, in every script'],
  },
  {
    mistake: 'sends its key in a header that is not there without one',
    provider: {
      ...goodProvider,
      request: (shipmentId, credentials) => ({
        ...goodProvider.request(shipmentId, credentials),
        headers: { 'x-key': String(credentials.apiKey).replace(/x{500}/, '\n') },
      }),
    },
    breaks: ['its requests can be sent, with any key and with none'],
  },
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
    breaks: ['an order that was refused is rejected, with what it said'],
  },
  {
    mistake: 'keeps to itself why an order was refused',
    provider: answering((_answer, good) =>
      good.kind === 'rejected' ? { ...good, message: 'refused' } : good,
    ),
    breaks: ['an order that was refused is rejected, with what it said'],
  },
  {
    mistake: 'does not wait as long as it is asked to',
    provider: answering((_answer, good) =>
      good.kind === 'throttled' ? { ...good, retryAfterSeconds: null } : good,
    ),
    breaks: ['an answer that asks for peace is throttled for as long as it says'],
  },
  {
    mistake: 'rejects every order while its key is wrong',
    provider: answering((_answer, good) =>
      good.kind === 'unauthorized' ? { ...good, kind: 'rejected' } : good,
    ),
    breaks: ['wrong credentials are unauthorized'],
  },
  {
    mistake: 'asks for other credentials when it fails',
    provider: answering((answer, good) =>
      answer.status === 500 ? { kind: 'unauthorized', httpStatus: 500, message: 'failed' } : good,
    ),
    breaks: ['an answer of a failing provider is unanswered or unsent'],
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
    mistake: 'believes a body more than a status',
    provider: answering((answer, good) =>
      answer.body.includes('no such town') && answer.status === 503
        ? { kind: 'rejected', httpStatus: 503, message: answer.body }
        : good,
    ),
    breaks: ['no 408, 429 or 5xx is accepted or rejected'],
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
  {
    mistake: 'asks for another order',
    provider: {
      ...goodProvider,
      repeatedOrders: { ...goodLookUp, request: (_id, key) => goodLookUp.request('co-2', key) },
    },
    breaks: ['asking for an order is the recorded request'],
  },
  {
    mistake: 'does not read the tracking number of an order that was found',
    provider: lookingUp((_answer, good) => (good.kind === 'has-it' ? { kind: 'has-it' } : good)),
    breaks: ['an answer that has the order says so, with its tracking number'],
  },
  {
    mistake: 'does not know what it has not',
    provider: lookingUp((_answer, good) => (good.kind === 'has-it-not' ? { kind: 'unclear' } : good)),
    breaks: ['an answer that does not have the order says so'],
  },
  {
    mistake: 'sends again what it could not find out',
    provider: lookingUp((answer, good) => (answer.status === 503 ? { kind: 'has-it-not' } : good)),
    breaks: ['an answer that does not tell is unclear'],
  },
  {
    mistake: 'takes a page to log in to for an order that it does not have',
    provider: lookingUp((answer, good) => (answer.body.startsWith('<') ? { kind: 'has-it-not' } : good)),
    breaks: ['an answer that does not tell is unclear'],
  },
  {
    mistake: 'throws at being told nothing',
    provider: lookingUp((answer, good) => {
      if (answer.status === 204) throw new SyntaxError('Unexpected end of JSON input');
      return good;
    }),
    breaks: ['any answer to being asked has a meaning'],
  },
];

/** The good provider, but for what it makes of some answers. */
function answering(change: (answer: HttpAnswer, good: Outcome) => Outcome): Provider {
  return {
    ...goodProvider,
    outcome: (answer, ...rest) => change(answer, goodProvider.outcome(answer, ...rest)),
  };
}

type Reading = ReturnType<LookUp['reading']>;

function lookingUp(change: (answer: HttpAnswer, good: Reading) => Reading): Provider {
  const reading = (answer: HttpAnswer) => change(answer, goodLookUp.reading(answer));
  return { ...goodProvider, repeatedOrders: { ...goodLookUp, reading } };
}

function counting(): Provider['body'] {
  let count = 0;
  return (shipment) => {
    count += 1;
    return JSON.stringify({ count, ...shipment });
  };
}
