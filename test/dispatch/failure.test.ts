import { createServer } from 'node:net';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { outcomeOfFailure } from '../../src/dispatch/send/transport-failure.ts';

describe('outcomeOfFailure', () => {
  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_CONNECT_TIMEOUT',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('knows that nothing was sent after %s', (code) => {
    expect(outcomeOfFailure(errorWith({ code }), 1000)).toMatchObject({ kind: 'unsent' });
  });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'HPE_INVALID_CONSTANT', undefined])(
    'assumes nothing after %s',
    (code) => {
      expect(outcomeOfFailure(errorWith({ code }), 1000)).toMatchObject({
        kind: 'unanswered',
        httpStatus: null,
      });
    },
  );

  it.each(['EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'])('looks at when %s came', (code) => {
    expect(outcomeOfFailure(errorWith({ code, syscall: 'connect' }), 1000)).toMatchObject({ kind: 'unsent' });
    expect(outcomeOfFailure(errorWith({ code, syscall: 'read' }), 1000)).toMatchObject({
      kind: 'unanswered',
    });
  });

  it('knows a refused connection when several addresses were tried', () => {
    const error = new AggregateError([
      errorWith({ code: 'ECONNREFUSED' }),
      errorWith({ code: 'ECONNREFUSED' }),
    ]);

    expect(outcomeOfFailure(error, 1000)).toMatchObject({ kind: 'unsent' });
  });

  it("knows the time-out of undici's request by its name, since its code is a number", async () => {
    const port = await listen((socket) => socket.resume());

    const error = await request(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(50) }).catch(
      (thrown) => thrown,
    );

    expect(outcomeOfFailure(error, 50)).toEqual({
      kind: 'unanswered',
      httpStatus: null,
      message: 'no answer within 50 ms',
    });
  });

  it('assumes nothing when the connection is cut before an answer', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.destroy()));

    const error = await request(`http://127.0.0.1:${port}`, { method: 'POST', body: '{}' }).catch(
      (thrown) => thrown,
    );

    expect(outcomeOfFailure(error, 1000)).toMatchObject({ kind: 'unanswered' });
  });
});

function errorWith(properties: object): Error {
  return Object.assign(new Error('it failed'), properties);
}

async function listen(handle: (socket: import('node:net').Socket) => void): Promise<number> {
  const server = createServer((socket) => handle(socket.on('error', () => {})));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
