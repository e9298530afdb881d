import type { DeliveryReading, Provider, TrackingEvent } from '../../src/providers/provider.ts';
import type {
  ReceivedHeaders,
  SignatureClaim,
  SignatureScheme,
} from '../../src/providers/signature/scheme.ts';
import { staticToken } from '../../src/providers/signature/static-token.ts';
import { goodExamples, goodProvider, goodWebhook, type Mistake, trackedById } from './contract-subject.ts';

const NO_NEWS: DeliveryReading = { kind: 'events', events: [] };

/** What can go wrong on the way of an event to us. */
export const WEBHOOK_MISTAKES: readonly Mistake[] = [
  {
    mistake: 'signs another text than the body',
    provider: claiming((claim) => ({
      ...claim,
      isBy: (key, body) => claim.isBy(key, Buffer.concat([body, Buffer.from('.')])),
    })),
    breaks: ['a signed delivery is verified'],
  },
  {
    mistake: 'takes seconds for milliseconds',
    provider: claiming((claim) => ({ ...claim, signedAtMs: 1_684_502_325 })),
    breaks: ['a signed delivery is verified'],
  },
  {
    mistake: 'believes what is sent with a token',
    provider: signing(staticToken('x-signature')),
    examples: {
      ...goodExamples,
      webhook: { ...goodExamples.webhook, sign: (_body, secret) => ({ 'x-signature': secret }) },
    },
    breaks: ['a delivery changed by one byte is not verified'],
  },
  {
    mistake: 'believes the first of two signatures',
    provider: signing({
      readClaim: (headers) =>
        goodWebhook.signature.readClaim({ 'x-signature': headers['x-signature']?.slice(0, 1) }),
    }),
    breaks: ['a header that is missing or doubled is no claim'],
  },
  {
    mistake: 'believes whoever signs at all',
    provider: claiming((claim) => ({
      ...claim,
      isBy: (_key, body) =>
        [goodExamples.webhook.secret, goodExamples.webhook.otherSecret].some((secret) =>
          claim.isBy(Buffer.from(secret), body),
        ),
    })),
    breaks: ['a delivery signed with another secret is not verified'],
  },
  {
    mistake: 'takes any secret',
    provider: {
      ...goodProvider,
      webhook: {
        ...goodWebhook,
        signature: { ...goodWebhook.signature, readKey: (secret) => Buffer.from(secret) },
      },
    },
    breaks: ['a secret that is too short is refused, and no message shows it'],
  },
  {
    mistake: 'shows the secret that it refuses',
    provider: signing({
      readKey: (secret) =>
        secret.length < 24 ? { problem: `"${secret}" is too short` } : Buffer.from(secret),
    }),
    breaks: ['a secret that is too short is refused, and no message shows it'],
  },
  {
    mistake: 'believes a signature that is empty',
    provider: signing({
      readClaim: (headers) =>
        headers['x-signature']?.[0] === '' ? { isBy: () => true } : goodWebhook.signature.readClaim(headers),
    }),
    breaks: ['no odd header proves anything'],
  },
  {
    mistake: 'names a parcel otherwise than it does',
    provider: eventsWith((event) => ({ ...event, reference: `${event.reference}-1` })),
    breaks: [
      'the recorded deliveries are read as recorded',
      'events name a parcel as its order or the answer to it did',
    ],
  },
  {
    mistake: 'takes a parcel in a shop for one that was delivered',
    provider: eventsWith((event) => (event.code === 'SHOP' ? { ...event, eventName: 'delivered' } : event)),
    breaks: ['every code of its vocabulary means what it should'],
  },
  {
    mistake: 'never says that a delivery failed',
    provider: eventsWith((event) => (event.code === 'MISSED' ? { ...event, eventName: null } : event)),
    examples: {
      ...goodExamples,
      webhook: {
        ...goodExamples.webhook,
        vocabulary: { ...goodExamples.webhook.vocabulary, MISSED: null },
      },
    },
    breaks: ['each of the four events comes up, but for those that it never reports'],
  },
  {
    mistake: 'reads the first event of several',
    provider: reading((good) =>
      good.kind === 'events' ? { ...good, events: good.events.slice(0, 1) } : good,
    ),
    breaks: ['a delivery that lists several events is read whole'],
  },
  {
    mistake: 'reads at most ten events',
    provider: reading((good) =>
      good.kind === 'events' ? { ...good, events: good.events.slice(0, 10) } : good,
    ),
    breaks: ['a delivery that lists several events is read whole'],
  },
  {
    mistake: 'cuts the ids in its events',
    provider: trackingById((event) => ({ ...event, reference: event.reference.slice(0, 20) })),
    examples: trackedById,
    breaks: ['events name a parcel as its order or the answer to it did'],
  },
  {
    mistake: 'knows no capitals in ids',
    provider: trackingById((event) => ({ ...event, reference: event.reference.toLowerCase() })),
    examples: trackedById,
    breaks: ['events name a parcel as its order or the answer to it did'],
  },
  {
    mistake: 'leaves out of its ids what follows a dot',
    provider: trackingById((event) => ({ ...event, reference: event.reference.replace(/\..*/, '') })),
    examples: trackedById,
    breaks: ['events name a parcel as its order or the answer to it did'],
  },
  {
    mistake: 'knows one zone only',
    provider: reading((_good, body) => goodWebhook.read(body, 'Europe/London')),
    breaks: ['times are those of its zone, on both sides of a clock change'],
  },
  {
    mistake: 'takes its local time for UTC',
    provider: reading((_good, body) => goodWebhook.read(body, 'UTC')),
    breaks: [
      'the recorded deliveries are read as recorded',
      'times are those of its zone, on both sides of a clock change',
    ],
  },
  {
    mistake: 'guesses what a new code means',
    provider: eventsWith((event) =>
      event.eventName === null && event.code !== 'SHOP' ? { ...event, eventName: 'in-transit' } : event,
    ),
    breaks: ['a code that it never used before is kept'],
  },
  {
    mistake: 'looks for what it knows within a code',
    provider: eventsWith((event) =>
      event.code.includes('DONE') ? { ...event, eventName: 'delivered' } : event,
    ),
    breaks: ['a code that it never used before is kept'],
  },
  {
    mistake: 'does not tell small letters from capitals in codes',
    provider: eventsWith((event) => (event.code === 'done' ? { ...event, eventName: 'delivered' } : event)),
    breaks: ['a code that it never used before is kept'],
  },
  {
    mistake: 'looks codes up in an object that inherits others',
    provider: eventsWith((event) => ({
      ...event,
      eventName: Reflect.get(goodExamples.webhook.vocabulary, event.code) ?? null,
    })),
    breaks: ['a code that it never used before is kept'],
  },
  {
    mistake: 'takes what it can not read for no news',
    provider: reading((good) => (good.kind === 'invalid' ? NO_NEWS : good)),
    breaks: ['what is no delivery is invalid, with pointers to what is wrong'],
  },
  {
    mistake: 'points with a path that is no JSON pointer',
    provider: reading((good) =>
      good.kind === 'invalid'
        ? { kind: 'invalid', problems: [{ pointer: '$.at', message: 'is wrong' }] }
        : good,
    ),
    breaks: [
      'what is no delivery is invalid, with pointers to what is wrong',
      'any delivery has a meaning, however it was spoiled',
    ],
  },
  {
    mistake: 'points beside the time of an event',
    provider: eventsWith((event) => ({ ...event, timePointer: '/time' })),
    breaks: ['any delivery has a meaning, however it was spoiled'],
  },
  {
    mistake: 'throws where a field holds another type',
    provider: reading((good, body) => {
      if (JSON.stringify(body).includes('"status":null'))
        throw new TypeError("Cannot read properties of null (reading 'code')");
      return good;
    }),
    breaks: ['any delivery has a meaning, however it was spoiled'],
  },
];

/** The good provider, but for its signatures. */
function signing(signature: Partial<SignatureScheme>): Provider {
  return {
    ...goodProvider,
    webhook: { ...goodWebhook, signature: { ...goodWebhook.signature, ...signature } },
  };
}

function claiming(change: (good: SignatureClaim) => SignatureClaim): Provider {
  return signing({
    readClaim(headers: ReceivedHeaders) {
      const claim = goodWebhook.signature.readClaim(headers);
      return claim && change(claim);
    },
  });
}

/** The good provider, but for what it makes of some deliveries. */
function reading(change: (good: DeliveryReading, body: unknown) => DeliveryReading): Provider {
  const read = (body: unknown, timezone: string) => change(goodWebhook.read(body, timezone), body);
  return { ...goodProvider, webhook: { ...goodWebhook, read } };
}

/** The good provider, if its events named parcels by our ids, but for its events. */
function trackingById(change: (event: TrackingEvent) => TrackingEvent): Provider {
  const provider = eventsWith(change);
  const { read } = provider.webhook ?? goodWebhook;
  return { ...provider, webhook: { ...goodWebhook, tracks: 'shipment-id', read } };
}

function eventsWith(change: (event: TrackingEvent) => TrackingEvent): Provider {
  return reading((good) => (good.kind === 'events' ? { ...good, events: good.events.map(change) } : good));
}
