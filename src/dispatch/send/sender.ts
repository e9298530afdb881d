import type { Clock } from '../../clock.ts';
import type { ProviderSettings } from '../../config.ts';
import { printable } from '../../log.ts';
import { isName } from '../../providers/json.ts';
import { outcomeByStatus } from '../../providers/outcome.ts';
import type { HttpAnswer, HttpRequest, LookUp, Outcome, Provider } from '../../providers/provider.ts';
import type { ClaimedShipment } from '../claims/claim.ts';
import { type Connect, isImpossible, NotBegun } from './http.ts';
import { outcomeOfFailure } from './transport-failure.ts';

export interface Attempt {
  outcome: Outcome;
  startedAt: number;
  durationMs: number;
}

type ShipmentToSend = Pick<ClaimedShipment, 'shipmentId' | 'body' | 'mayBeAccepted'>;

export interface Sender {
  /**
   * Sends one shipment, once; asks first where that is the provider's way. Every failure is an outcome.
   * @param mayBegin - whether it is still ours to send: asked just before the first byte of each request.
   */
  send(shipment: ShipmentToSend, mayBegin: () => boolean): Promise<Attempt>;
  close(): Promise<void>;
}

/** One provider's connections. */
export function createSender(
  provider: Provider,
  settings: ProviderSettings,
  { clock, userAgent, connect }: { clock: Clock; userAgent: string; connect: Connect },
): Sender {
  const { url, timeoutMs, apiKey } = settings;
  const basePath = url.pathname.replace(/\/$/, '');
  const http = connect(url.origin, { concurrency: settings.concurrency, timeoutMs, clock });

  const ask = (
    { method, path, headers }: HttpRequest,
    body: string | null,
    mayBegin: () => boolean,
  ): Promise<HttpAnswer> =>
    http.exchange(
      { method, path: `${basePath}${path}`, headers: { ...headers, 'user-agent': userAgent } },
      body,
      { timeoutMs, mayBegin },
    );

  /** A request of the provider's code; where it fails nothing was sent. */
  const make = (request: () => HttpRequest): HttpRequest | { failed: string } => {
    try {
      return request();
    } catch (error) {
      return { failed: printable(`provider ${provider.name} could not make its request: ${error}`) };
    }
  };

  /** What the provider's code makes of an answer; one that it fails at says nothing. */
  const read = <T>({ status }: HttpAnswer, reading: () => T): T | (Outcome & { kind: 'unanswered' }) => {
    try {
      return reading();
    } catch (error) {
      const message = printable(`HTTP ${status}, which provider ${provider.name} could not read: ${error}`);
      return { kind: 'unanswered', httpStatus: status, message };
    }
  };

  /** What asking came to; undefined where the provider surely does not have the shipment. */
  const lookUp = async (
    lookUp: LookUp,
    shipmentId: string,
    mayBegin: () => boolean,
  ): Promise<Outcome | undefined> => {
    const request = make(() => lookUp.request(shipmentId, { apiKey }));
    if ('failed' in request) return { kind: 'unanswered', httpStatus: null, message: request.failed };
    const answer = await ask(request, null, mayBegin);
    const general = outcomeByStatus(answer, clock.now());
    if (general.kind === 'throttled' || general.kind === 'unauthorized') return general;
    const reading = read(answer, () => lookUp.reading(answer, shipmentId));
    switch (reading.kind) {
      case 'has-it-not':
        return undefined;
      case 'has-it':
        return { ...reading, kind: 'accepted', httpStatus: answer.status };
      case 'unclear': {
        const message = `asked whether it has the order, it answered HTTP ${answer.status}`;
        return { kind: 'unanswered', httpStatus: answer.status, message };
      }
      default:
        return reading;
    }
  };

  const attempt = async (
    { shipmentId, body, mayBeAccepted }: ShipmentToSend,
    mayBegin: () => boolean,
  ): Promise<Outcome> => {
    const { repeatedOrders } = provider;
    const request = make(() => provider.request(shipmentId, { apiKey }));
    if ('failed' in request) return { kind: 'unsent', message: request.failed };
    let answer: HttpAnswer;
    try {
      if (mayBeAccepted && repeatedOrders.kind === 'look-up') {
        const found = await lookUp(repeatedOrders, shipmentId, mayBegin);
        if (found) return found;
      }
      answer = await ask(request, body, mayBegin);
    } catch (error) {
      // A header that can't be sent, say: it would fail for every shipment, so the run ends.
      if (isImpossible(error)) throw error;
      if (error instanceof NotBegun) return { kind: 'unsent', message: error.message };
      return outcomeOfFailure(error, timeoutMs);
    }
    return read(answer, () => provider.outcome(answer, clock.now(), shipmentId));
  };

  return {
    async send(shipment, mayBegin) {
      const startedAt = clock.now();
      const started = clock.monotonic();
      const outcome = redacted(storable(await attempt(shipment, mayBegin)), apiKey);
      return { outcome, startedAt, durationMs: Math.round(clock.monotonic() - started) };
    },
    close: () => http.close(),
  };
}

/** A tracking number that can't be stored must not keep the rest of what was answered from it. */
function storable(outcome: Outcome): Outcome {
  if (outcome.kind !== 'accepted' || outcome.trackingNumber === undefined) return outcome;
  const { trackingNumber, ...accepted } = outcome;
  return isName(trackingNumber) ? outcome : accepted;
}

/** A provider may repeat our credentials in its answer, as they are or as HTTP Basic has them: they are neither stored nor shown. */
function redacted(outcome: Outcome, apiKey: string | undefined): Outcome {
  if (apiKey === undefined || !('message' in outcome)) return outcome;
  const basic = Buffer.from(apiKey).toString('base64');
  return { ...outcome, message: outcome.message.replaceAll(apiKey, '***').replaceAll(basic, '***') };
}
