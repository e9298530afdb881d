import type { Clock } from '../../clock.ts';
import type { ProviderSettings } from '../../config.ts';
import { printable } from '../../log.ts';
import { copyOf, readLookUp, readOutcome, readRequest, reasonOf } from '../../providers/door.ts';
import { isName } from '../../providers/json.ts';
import { outcomeByStatus } from '../../providers/outcome.ts';
import type { HttpAnswer, HttpRequest, LookUp, Outcome, Provider } from '../../providers/provider.ts';
import { createRedactor, type Redactor } from '../../secrets.ts';
import type { ClaimedShipment } from '../claims/claim.ts';
import type { AnswerRoom } from './answer-room.ts';
import type { Connect, Http } from './http.ts';
import { createSettling, type Settling, settlingMs } from './settling.ts';
import { outcomeOfFailure } from './transport-failure.ts';

/** As it is stored and shown; what a provider's code says is cut to it. */
const MAX_MESSAGE_LENGTH = 2_000;

/** Answers that say nothing of an order, whatever was asked. */
const ENDS_ASKING: ReadonlySet<Outcome['kind']> = new Set(['throttled', 'unauthorized', 'wrong-address']);

export interface Attempt {
  outcome: Outcome;
  /** When its order began to be sent; where it only asked, when it asked. */
  startedAt: number;
  durationMs: number;
}

type ShipmentToSend = Pick<ClaimedShipment, 'id' | 'claim' | 'shipmentId' | 'body' | 'mayBeAccepted'>;

/** Every failure is an outcome. `mayBegin` says whether it is still ours to send, and is asked just before the first byte. */
export interface Sender {
  /** Whether the provider has to say first that it does not have it. */
  asksFirst(shipment: ShipmentToSend): boolean;
  /** Asks whether the provider has it; `not-there` where it can be sent. */
  ask(shipment: ShipmentToSend, mayBegin: () => boolean): Promise<Attempt | 'not-there'>;
  /** Sends one shipment, once. */
  order(shipment: ShipmentToSend, mayBegin: () => boolean): Promise<Attempt>;
  close(): Promise<void>;
}

/** A provider and all that is needed to ask it. */
interface Line {
  provider: Provider;
  settings: ProviderSettings;
  http: Http;
  clock: Clock;
  userAgent: string;
  redactor: Redactor;
  settling: Settling;
}

/** One provider's connections. */
export function createSender(
  provider: Provider,
  settings: ProviderSettings,
  {
    clock,
    userAgent,
    connect,
    room,
  }: { clock: Clock; userAgent: string; connect: Connect; room: AnswerRoom },
): Sender {
  const { url, timeoutMs, apiKey, concurrency } = settings;
  const line: Line = {
    provider,
    settings,
    http: connect(url.origin, { concurrency, timeoutMs, clock, room }),
    clock,
    userAgent,
    redactor: createRedactor(apiKey === undefined ? [] : [apiKey]),
    settling: createSettling(clock, settlingMs(provider.repeatedOrders, timeoutMs)),
  };
  const { repeatedOrders } = provider;
  return {
    asksFirst: ({ mayBeAccepted }) => mayBeAccepted && repeatedOrders.kind === 'look-up',
    async ask(shipment, mayBegin) {
      if (repeatedOrders.kind !== 'look-up') return 'not-there';
      const { outcome, ...times } = await timed(clock, () => ask(line, repeatedOrders, shipment, mayBegin));
      return outcome === 'not-there' ? outcome : { outcome, ...times };
    },
    async order(shipment, mayBegin) {
      const began = clock.monotonic();
      const attempt = await timed(clock, () => order(line, shipment, mayBegin));
      if (attempt.outcome.kind === 'unanswered') line.settling.began(shipment, began);
      return attempt;
    },
    close: () => line.http.close(),
  };
}

async function timed<T>(clock: Clock, attempt: () => Promise<T>) {
  const startedAt = clock.now();
  const started = clock.monotonic();
  const outcome = await attempt();
  return { outcome, startedAt, durationMs: Math.round(clock.monotonic() - started) };
}

/** Sends the order. */
async function order(line: Line, shipment: ShipmentToSend, mayBegin: () => boolean): Promise<Outcome> {
  const { provider, settings, clock } = line;
  const { shipmentId, body } = shipment;
  const request = make(line, () => provider.request(shipmentId, { apiKey: settings.apiKey }));
  if ('failed' in request) return { kind: 'unsent', message: request.failed };
  const answer = await exchange(line, request, body, mayBegin);
  if ('kind' in answer) return answer;
  return said(
    line,
    answer,
    read(line, answer, () => readOutcome(provider.outcome(copyOf(answer), clock.now(), shipmentId))),
  );
}

/**
 * Asks whether the provider has it. Whatever else that comes to, the order itself was not sent by it: `unsent`, which
 * leaves open what became of the attempts before.
 */
async function ask(
  line: Line,
  lookUp: LookUp,
  shipment: ShipmentToSend,
  mayBegin: () => boolean,
): Promise<Outcome | 'not-there'> {
  const { settings, clock, settling } = line;
  const { shipmentId } = shipment;
  const request = make(line, () => lookUp.request(shipmentId, { apiKey: settings.apiKey }));
  if ('failed' in request) return { kind: 'unsent', message: request.failed };
  // Before it is asked: what it answers may be older than when the answer comes.
  const leftMs = settling.leftMs(shipment);
  const answer = await exchange(line, request, null, mayBegin);
  if ('kind' in answer) return { kind: 'unsent', message: answer.message };
  const general = outcomeByStatus(answer, clock.now());
  if (ENDS_ASKING.has(general.kind)) return said(line, answer, general);
  const reading = read(line, answer, () => readLookUp(lookUp.reading(copyOf(answer), shipmentId)));
  switch (reading.kind) {
    case 'has-it-not':
      return leftMs > 0 ? notYet(leftMs) : 'not-there';
    case 'has-it':
      return said(line, answer, { ...reading, kind: 'accepted', httpStatus: answer.status });
    case 'unclear': {
      const message = `asked whether it has the order, it answered HTTP ${answer.status}`;
      return { kind: 'unsent', message };
    }
    default:
      return said(line, answer, { kind: 'unsent', message: reading.message });
  }
}

function notYet(leftMs: number): Outcome {
  const seconds = Math.ceil(leftMs / 1000);
  return {
    kind: 'unsent',
    message: `asked, it does not have the order, which may still come up: it is asked again in ${seconds} s`,
    retryAfterSeconds: leftMs / 1000,
  };
}

/** A request of the provider's code; where it fails nothing was sent. */
function make({ provider, redactor }: Line, request: () => HttpRequest): HttpRequest | { failed: string } {
  try {
    return readRequest(request());
  } catch (error) {
    const failed = printable(`provider ${provider.name} could not make its request: ${reasonOf(error)}`);
    return { failed: shortened(redactor.redact(failed)) };
  }
}

/** The answer, or what it means that none came. */
async function exchange(
  { provider, settings, http, userAgent, redactor }: Line,
  { method, path, headers }: HttpRequest,
  body: string | null,
  mayBegin: () => boolean,
): Promise<HttpAnswer | (Outcome & { kind: 'unsent' | 'unanswered' })> {
  const { url, timeoutMs } = settings;
  const basePath = url.pathname.replace(/\/$/, '');
  try {
    return await http.exchange(
      { method, path: `${basePath}${path}`, headers: { ...headers, 'user-agent': userAgent } },
      body,
      { timeoutMs, mayBegin },
    );
  } catch (error) {
    const failure = outcomeOfFailure(error, { provider: provider.name, timeoutMs });
    return { ...failure, message: shortened(redactor.redact(failure.message)) };
  }
}

/** What the provider's code makes of an answer; one that it fails at says nothing. */
function read<T>(
  { provider }: Line,
  { status }: HttpAnswer,
  reading: () => T,
): T | (Outcome & { kind: 'unanswered' }) {
  try {
    return reading();
  } catch (error) {
    const message = `HTTP ${status}, which provider ${provider.name} could not read: ${reasonOf(error)}`;
    return { kind: 'unanswered', httpStatus: status, message };
  }
}

/** An outcome as it can be stored and shown: without our credentials, should the answer repeat them. */
function said({ redactor }: Line, { body, headers }: HttpAnswer, outcome: Outcome): Outcome {
  if (outcome.kind === 'accepted') {
    const { trackingNumber, ...accepted } = outcome;
    // One that can't be stored must not keep the rest of what was answered from it.
    const isKept = isName(trackingNumber) && redactor.redact(trackingNumber) === trackingNumber;
    return isKept ? outcome : accepted;
  }
  const texts = () => [body, ...Object.values(headers).flatMap((value) => value ?? [])];
  const message = outcome.message.slice(0, 2 * MAX_MESSAGE_LENGTH);
  return { ...outcome, message: shortened(printable(redactor.redact(message, texts))) };
}

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
