import { type Connect, type ExchangeOptions, NotBegun } from '../../src/dispatch/send/http.ts';
import type { HttpAnswer, HttpRequest } from '../../src/providers/provider.ts';
import type { Carrier } from './carriers.ts';
import type { Reaction } from './reactions.ts';
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
  line: Line,
  request: HttpRequest,
  body: string | null,
  { timeoutMs, mayBegin }: ExchangeOptions,
): Promise<HttpAnswer> {
  const { world, process, carrier, concurrency } = line;
  const fate = carrier.fateOf(request, body);
  return new Promise((resolve, reject) => {
    const ended = () => carrier.ended(process, request, body);
    const waiting = waitForAnswer(line, ordersIn(request, body), timeoutMs, { resolve, reject, ended });
    const react = (reaction: Reaction) => {
      if (reaction.kind === 'cut') process.later(reaction.afterMs, waiting.cut);
      if (reaction.kind !== 'answer') return;
      const { answer } = reaction;
      process.later(reaction.afterMs, () => {
        if (!waiting.isOver()) carrier.answered(process, request, body, answer);
        waiting.answer(answer);
      });
    };
    process.later(fate.connectMs, () => {
      if (waiting.isOver()) return;
      if (fate.trouble === 'refused-connections') {
        return waiting.doNotBegin('gets no connection', 'no connection', lost('ECONNREFUSED'));
      }
      if (!mayBegin()) return waiting.doNotBegin('does not begin', 'not ours to send any more');
      waiting.begin(request.method);
      carrier.begins(process, request, body, concurrency);
      const needsTheWriter = fate.random.chance(0.3);
      world.at(world.nowMs() + fate.arrivalMs, () => {
        const isCut = fate.trouble === 'cut-requests' || (needsTheWriter && process.wasKilled());
        if (isCut) process.later(1, waiting.cut);
        else react(carrier.arrives(request, body, fate, timeoutMs));
        carrier.settled(request, body);
      });
    });
  });
}

/** The one who waits: whatever comes first ends it. */
function waitForAnswer(
  { world, process, carrier }: Line,
  orders: readonly string[],
  timeoutMs: number,
  {
    resolve,
    reject,
    ended,
  }: { resolve: (answer: HttpAnswer) => void; reject: (error: Error) => void; ended: () => void },
) {
  let over = false;
  let hasBegun = false;
  const end = (what: string, settle: () => void) => {
    if (over) return;
    over = true;
    stopTimer();
    if (hasBegun) ended();
    world.tell(process.name, () => `${what} (${carrier.name})`, orders);
    settle();
  };
  const stopTimer = process.clock.after(timeoutMs, () => {
    const timeout = new DOMException('no answer in time', 'TimeoutError');
    const error = hasBegun ? timeout : new NotBegun('no connection in time', { cause: timeout });
    end('waits no longer for an answer', () => reject(error));
  });
  return {
    isOver: () => over,
    begin(method: string) {
      hasBegun = true;
      world.tell(process.name, () => `begins ${method} to ${carrier.name}: ${orders.join()}`, orders);
    },
    doNotBegin: (what: string, why: string, cause?: Error) =>
      end(what, () => reject(new NotBegun(why, { cause }))),
    cut: () => end('loses the connection', () => reject(lost('ECONNRESET'))),
    answer: (answer: HttpAnswer) =>
      end(`is answered ${answer.status} ${answer.body.slice(0, 80)}`, () => resolve(answer)),
  };
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
