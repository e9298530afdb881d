import { expect, it } from 'vitest';
import { fictional } from '../../src/providers/fictional.ts';
import type { Provider, Webhook } from '../../src/providers/provider.ts';
import { untyped } from '../dispatch/shop.ts';
import { anEvent, aReceiver, countEvents, deliver } from './support.ts';

const EVENT = {
  reference: 'co-1',
  code: 'in-transit',
  eventName: 'in-transit',
  eventTimeMs: Date.parse('2026-05-28T12:00:00Z'),
  timePointer: '/event_time',
};

it.each<[string, () => unknown, string]>([
  ['undefined', () => undefined, 'it returned undefined'],
  ['a promise that fails', () => Promise.reject(new Error('no')), 'it returned a promise'],
  ['another kind', () => ({ kind: 'nothing' }), 'its kind is a string that does not fit'],
  ['no list of events', () => ({ kind: 'events' }), 'its events is undefined'],
  ['an event that is none', () => eventsOf(null), 'its event is null'],
  [
    'a name of ours that is none',
    () => eventsOf({ ...EVENT, eventName: 'lost' }),
    'its eventName is a string',
  ],
  ['a time that is none', () => eventsOf({ ...EVENT, eventTimeMs: Number.NaN }), 'its eventTimeMs is NaN'],
  ['a reference that is no text', () => eventsOf({ ...EVENT, reference: 5 }), 'its reference is 5'],
  ['half of a surrogate pair', () => eventsOf({ ...EVENT, code: '\ud83d' }), 'its code is a string'],
  ['a problem that is none', () => ({ kind: 'invalid', problems: [{ pointer: 1 }] }), 'its pointer is 1'],
  [
    'nothing, since it throws',
    () => {
      throw new RangeError('no such code');
    },
    'RangeError: no such code',
  ],
])(
  'an event is answered with 500 where its provider makes of it %s, and says whose it is',
  async (_what, value, problem) => {
    const { url, db, lines } = await aReceiver({ providers: [fictional, reading(value)] });

    const odd = await deliver(url, anEvent(), {}, 'oddly');
    const other = await deliver(url, anEvent());

    expect(odd).toMatchObject({ status: 500, body: { title: 'Internal Server Error' } });
    expect(other).toMatchObject({ status: 200 });
    expect(await countEvents(db)).toBe(1);
    expect(lines.join('')).toContain('provider oddly could not read it');
    expect(lines.join('')).toContain(problem);
  },
);

function eventsOf(event: unknown) {
  return { kind: 'events', events: [event] };
}

function reading(value: () => unknown): Provider {
  const webhook: Webhook = {
    tracks: 'shipment-id',
    signature: fictional.webhook?.signature ?? untyped(undefined),
    read: () => untyped(value()),
  };
  return { ...fictional, name: 'oddly', webhook };
}
