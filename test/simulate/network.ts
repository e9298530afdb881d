import { type Connect, type ExchangeOptions, NotBegun } from '../../src/dispatch/send/http.ts';
import type { HttpAnswer, HttpRequest } from '../../src/providers/provider.ts';
import type { Carrier, Reaction } from './carriers.ts';
import type { Process, World } from './world.ts';

/** The process's way to the providers, in place of sockets. */
export function networkOf(world: World, process: Process, carriers: ReadonlyMap<string, Carrier>): Connect {
  return (origin, { concurrency }) => {
    const carrier = carriers.get(origin);
    if (!carrier) throw new Error(`nothing listens at ${origin}`);
    return {
      exchange: (request, body, options) =>
        exchange({ world, process, carrier, concurrency }, request, body, options),
      close: async () => {},
    };
  };
}

interface Line {
  world: World;
  process: Process;
  carrier: Carrier;
  concurrency: number;
}

/** Like one over sockets: what was written goes its way, whatever becomes of the one who wrote it. */
function exchange(
  { world, process, carrier, concurrency }: Line,
  request: HttpRequest,
  body: string | null,
  { timeoutMs, mayBegin }: ExchangeOptions,
): Promise<HttpAnswer> {
  const fate = carrier.fateOf(request, body);
  const orders = () => ordersIn(request, body);
  return new Promise((resolve, reject) => {
    let over = false;
    let hasBegun = false;
    const timeout = new DOMException('no answer in time', 'TimeoutError');
    const end = (what: string, settle: () => void) => {
      if (over) return;
      over = true;
      stopTimer();
      world.tell(process.name, () => `${what} (${carrier.name})`, orders());
      settle();
    };
    const stopTimer = process.clock.after(timeoutMs, () =>
      end('waits no longer for an answer', () =>
        reject(hasBegun ? timeout : new NotBegun('no connection in time', { cause: timeout })),
      ),
    );
    const cut = (afterMs: number) =>
      process.later(afterMs, () => end('loses the connection', () => reject(lost('ECONNRESET'))));

    const react = (reaction: Reaction) => {
      if (reaction.kind === 'cut') cut(reaction.afterMs);
      if (reaction.kind !== 'answer') return;
      const { answer } = reaction;
      process.later(reaction.afterMs, () => {
        if (!over) carrier.answered(process, request, body, answer);
        end(`is answered ${answer.status} ${answer.body.slice(0, 80)}`, () => resolve(answer));
      });
    };
    process.later(fate.connectMs, () => {
      if (over) return;
      if (fate.trouble === 'refused-connections') {
        return end('gets no connection', () =>
          reject(new NotBegun('no connection', { cause: lost('ECONNREFUSED') })),
        );
      }
      if (!mayBegin()) return end('does not begin', () => reject(new NotBegun('not ours to send any more')));
      world.tell(
        process.name,
        () => `begins ${request.method} to ${carrier.name}: ${orders().join()}`,
        orders(),
      );
      hasBegun = true;
      carrier.begins(process, request, body, concurrency);
      const needsTheWriter = fate.random.chance(0.3);
      world.at(world.nowMs() + fate.arrivalMs, () => {
        const isCut = fate.trouble === 'cut-requests' || (needsTheWriter && process.wasKilled());
        if (isCut) cut(1);
        else react(carrier.arrives(request, body, fate, timeoutMs));
        carrier.settled(request, body);
      });
    });
  });
}

function lost(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The customer orders that are named in a request; `co-1.20260529.2` is of `co-1`. */
function ordersIn({ path }: HttpRequest, body: string | null): string[] {
  return [...(body ?? path).matchAll(/"(co-\d+(?:-long)?)[".]|clientReference=(co-\d+(?:-long)?)/g)].flatMap(
    ([, inBody, inPath]) => inBody ?? inPath ?? [],
  );
}
