import type { HttpAnswer, LookUp, Provider } from '../../src/providers/provider.ts';
import { goodLookUp, goodProvider, type Mistake } from './contract-subject.ts';

/** What can go wrong when a provider is asked for an order. */
export const LOOK_UP_MISTAKES: readonly Mistake[] = [
  {
    mistake: 'states a settling time that is none',
    provider: { ...goodProvider, repeatedOrders: { ...goodLookUp, settleSeconds: -1 } },
    breaks: ['it has all that a provider must have'],
  },
  {
    mistake: 'asks for another order',
    provider: {
      ...goodProvider,
      repeatedOrders: { ...goodLookUp, request: (_id, key) => goodLookUp.request('co-2', key) },
    },
    breaks: ['asking for an order is the recorded request', 'asking names an order by its whole id'],
  },
  {
    mistake: 'asks for the start of an id',
    provider: {
      ...goodProvider,
      repeatedOrders: { ...goodLookUp, request: (id, key) => goodLookUp.request(id.slice(0, 20), key) },
    },
    breaks: ['asking names an order by its whole id'],
  },
  {
    mistake: 'takes another order for the one that it asked for',
    provider: {
      ...goodProvider,
      repeatedOrders: { ...goodLookUp, reading: (answer) => goodLookUp.reading(answer, 'co-1') },
    },
    breaks: ['an answer that has another order does not have this one'],
  },
  {
    mistake: 'takes any page that is not found for an order that it does not have',
    provider: lookingUp((answer, good) => (answer.status === 404 ? { kind: 'has-it-not' } : good)),
    breaks: ['an answer that does not tell is unclear'],
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
    breaks: ['an answer that does not tell is unclear', 'any answer to being asked has a meaning'],
  },
];

type Reading = ReturnType<LookUp['reading']>;

function lookingUp(change: (answer: HttpAnswer, good: Reading) => Reading): Provider {
  const reading = (answer: HttpAnswer, id: string) => change(answer, goodLookUp.reading(answer, id));
  return { ...goodProvider, repeatedOrders: { ...goodLookUp, reading } };
}
