import { expect, it } from 'vitest';
import { startRawProvider } from '../support/raw-server.ts';
import { aProvider, LOOK_UP, shipmentOf, shopWith } from './shop.ts';
import { sendDue } from './support.ts';

const CREATED = 'HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n';

it.each([
  ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n'],
  ['several of them', 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n'],
])('accepts what is answered after %s', async (_what, before) => {
  const db = await shopWith('co-1', 'co-2');
  const { url, requests } = await startRawProvider((socket) => {
    socket.write(before, () => setImmediate(() => socket.write(CREATED)));
  });

  const run = await sendDue(db, [{ provider: aProvider({ kind: 'unrecognised' }), url }]);

  expect(run.counts).toMatchObject({ due: 2, accepted: 2 });
  expect(requests).toHaveLength(2);
});

it('100 Continue may have arrived: one that is not recognised again is sent once', async () => {
  const db = await shopWith('co-1');
  const { url, requests } = await startRawProvider((socket) => {
    socket.write(`HTTP/1.1 100 Continue\r\n\r\n${CREATED}`);
  });

  const run = await sendDue(db, [{ provider: aProvider({ kind: 'unrecognised' }), url }]);

  expect(run.counts).toMatchObject({ due: 1, uncertain: 1 });
  expect(requests).toHaveLength(1);
  expect(await shipmentOf(db, 'co-1')).toMatchObject({ attempts: [{ outcome: 'unanswered' }] });
});

it('100 Continue may have arrived: a provider that can be asked gets the order once', async () => {
  const db = await shopWith('co-1');
  const { url, requests } = await startRawProvider((socket, request) => {
    const isOrder = request.startsWith('POST ');
    socket.write(
      isOrder ? `HTTP/1.1 100 Continue\r\n\r\n${CREATED}` : 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    );
  });

  const run = await sendDue(db, [{ provider: aProvider(LOOK_UP), url }]);

  expect(run.counts).toMatchObject({ due: 1, accepted: 1 });
  expect(requests.map((request) => request.slice(0, 4))).toEqual(['POST', 'GET ']);
});
