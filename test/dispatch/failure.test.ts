import { describe, expect, it } from 'vitest';
import { NotBegun } from '../../src/dispatch/send/http.ts';
import { outcomeOfFailure } from '../../src/dispatch/send/transport-failure.ts';

const at = { provider: 'fictional', timeoutMs: 50 };

describe('outcomeOfFailure', () => {
  it.each([
    [{ code: 'EMFILE', syscall: 'getaddrinfo' }, 'no connection: it failed (EMFILE)'],
    [{ code: 'ECONNRESET', syscall: 'read' }, 'no connection: it failed (ECONNRESET)'],
    [{ name: 'TimeoutError' }, 'no connection within 50 ms'],
  ])(
    'knows that nothing was sent before the request began, whatever came in between: %j',
    (properties, message) => {
      const error = new NotBegun('no connection', { cause: errorWith(properties) });

      expect(outcomeOfFailure(error, at)).toEqual({ kind: 'unsent', message });
    },
  );

  it.each([
    [{ code: 'ECONNREFUSED', syscall: 'connect' }, 'connection lost: it failed (ECONNREFUSED)'],
    [{ code: 'UND_ERR_SOCKET' }, 'connection lost: it failed (UND_ERR_SOCKET)'],
    [{ name: 'TimeoutError' }, 'no answer within 50 ms'],
    [{}, 'connection lost: it failed'],
  ])('assumes nothing after that, whatever the code says: %j', (properties, message) => {
    expect(outcomeOfFailure(errorWith(properties), at)).toEqual({
      kind: 'unanswered',
      httpStatus: null,
      message,
    });
  });

  it('names one of the reasons when several addresses were tried', () => {
    const refused = [errorWith({ code: 'ECONNREFUSED' }), errorWith({ code: 'ECONNREFUSED' })];
    const error = new NotBegun('no connection', { cause: new AggregateError(refused) });

    expect(outcomeOfFailure(error, at)).toEqual({
      kind: 'unsent',
      message: 'no connection: AggregateError (ECONNREFUSED)',
    });
  });
});

function errorWith(properties: object): Error {
  return Object.assign(new Error('it failed'), properties);
}
