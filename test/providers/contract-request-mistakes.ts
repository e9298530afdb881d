import type { Provider, ShipmentRequest } from '../../src/providers/provider.ts';
import { goodExamples, goodProvider, type Mistake } from './contract-subject.ts';

const { webhook: _webhook, ...WITHOUT_WEBHOOK } = goodProvider;

/** What can be wrong with what a provider says of itself, and with its requests. */
export const REQUEST_MISTAKES: readonly Mistake[] = [
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
      'neither the time nor chance is in a request',
    ],
  },
  {
    mistake: 'writes the day into express orders',
    provider: {
      ...goodProvider,
      body: (shipment) => {
        const day = shipment.deliveryService === 'express' ? new Date().toISOString().slice(0, 10) : '';
        return goodProvider.body(shipment) + ' '.repeat(Number(day.slice(8)));
      },
    },
    breaks: ['the recorded shipment becomes the recorded request'],
  },
  {
    mistake: 'writes the time into heavy orders',
    provider: {
      ...goodProvider,
      body: (shipment) =>
        goodProvider.body(shipment) +
        (shipment.items[0]?.weightGrams === 70_000 ? ' '.repeat(Date.now() % 1000) : ''),
    },
    breaks: ['neither the time nor chance is in a request'],
  },
  {
    mistake: 'draws lots for express orders',
    provider: {
      ...goodProvider,
      body: (shipment) =>
        goodProvider.body(shipment) +
        (shipment.deliveryService === 'express' ? ' '.repeat(1 + Math.random() * 100) : ''),
    },
    breaks: [
      'the recorded shipment becomes the recorded request',
      'neither the time nor chance is in a request',
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
    breaks: [
      'the recorded shipment becomes the recorded request',
      'every part of a shipment reaches the request',
    ],
  },
  {
    mistake: 'rounds weights',
    provider: itemsWith((items) =>
      items.map((item) => ({ ...item, weightGrams: Math.floor(item.weightGrams / 10) * 10 })),
    ),
    breaks: ['every part of a shipment reaches the request'],
  },
  {
    mistake: 'sends the first four items',
    provider: itemsWith((items) => items.slice(0, 4)),
    breaks: ['every part of a shipment reaches the request'],
  },
  {
    mistake: 'sends at most nine of an item',
    provider: itemsWith((items) => items.map((item) => ({ ...item, quantity: Math.min(item.quantity, 9) }))),
    breaks: ['every part of a shipment reaches the request'],
  },
  {
    mistake: 'has ten bits for weights',
    provider: itemsWith((items) => items.map((item) => ({ ...item, weightGrams: item.weightGrams % 1024 }))),
    breaks: ['every part of a shipment reaches the request'],
  },
  {
    mistake: 'cuts the ids of shipments',
    provider: {
      ...goodProvider,
      body: (shipment) => goodProvider.body({ ...shipment, shipmentId: shipment.shipmentId.slice(0, 20) }),
    },
    breaks: ['the longest ids of shipments arrive whole'],
  },
  {
    mistake: 'cuts the ids of shipments in its path',
    provider: {
      ...goodProvider,
      request: (shipmentId, credentials) => ({
        ...goodProvider.request(shipmentId, credentials),
        path: `/parcels/${shipmentId.slice(0, 20)}`,
      }),
    },
    examples: {
      ...goodExamples,
      request: { ...goodExamples.request, path: '/parcels/co-1' },
      otherService: { ...goodExamples.otherService, path: '/parcels/co-1' },
    },
    breaks: ['the longest ids of shipments arrive whole'],
  },
  {
    mistake: 'knows no capitals in the ids of shipments',
    provider: {
      ...goodProvider,
      body: (shipment) => goodProvider.body({ ...shipment, shipmentId: shipment.shipmentId.toLowerCase() }),
    },
    breaks: ['the longest ids of shipments arrive whole'],
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
];

/** The good provider, but for the items that it sends. */
function itemsWith(change: (items: ShipmentRequest['items']) => ShipmentRequest['items']): Provider {
  return {
    ...goodProvider,
    body: (shipment) => goodProvider.body({ ...shipment, items: change(shipment.items) }),
  };
}

function counting(): Provider['body'] {
  let count = 0;
  return (shipment) => {
    count += 1;
    return JSON.stringify({ count, ...shipment });
  };
}
