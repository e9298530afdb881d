import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Answer } from './answer.ts';
import type { EventSender } from './events.ts';
import type { Fault } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { readBody } from './request-body.ts';
import type { Role } from './role.ts';

/** Takes orders and tells what was taken, with the faults that were asked for. */
export interface OrderDesk {
  role: Role;
  ledger: Ledger;
  /** Undefined where nobody wants events. */
  events: EventSender | undefined;
  nextFault: (nowMs: number) => Fault;
  latencyMs: number;
  clock: Clock;
}

/** The answer to an order; undefined where it gets none. */
export async function takeOrder(desk: OrderDesk, request: IncomingMessage): Promise<Answer | undefined> {
  const { role, ledger, events, clock } = desk;
  const body = await readBody(request);
  if (body === 'aborted') return undefined;
  const reading = role.readOrder(request.headers, body);
  const orderId = reading.kind === 'order' ? reading.orderId : undefined;
  const { fault, answer } = await meetFault(desk, orderId);
  if (answer) return answer;
  if (reading.kind === 'refused') return reading.answer;

  const taking = ledger.take(reading.orderId, reading.json, clock.now());
  const parcelName = role.parcelName(reading.orderId, ledger.times(reading.orderId));
  if (taking === 'new' || role.takesRepeats) events?.begin(reading.orderId, parcelName);
  // Without an answer its sender is left in doubt only about an order that is here.
  const isHere = taking !== 'conflict' || role.takesRepeats;
  if (fault === 'drop' && isHere) return undefined;
  return role.answers.taken(taking, { orderId: reading.orderId, parcelName });
}

/** The answer to a question for an order. */
export async function lookUpOrder(
  desk: OrderDesk,
  lookUp: NonNullable<Role['lookUp']>,
  query: URLSearchParams,
): Promise<Answer> {
  const { answer } = await meetFault(desk, undefined);
  const parcelNames = (orderId: string) =>
    Array.from({ length: desk.ledger.times(orderId) }, (_, index) =>
      desk.role.parcelName(orderId, index + 1),
    );
  return answer ?? lookUp(query, parcelNames);
}

/** Waits as long as answers take; `answer` where the fault leaves nothing to be done but to give it. */
async function meetFault(
  { role, nextFault, latencyMs, clock }: OrderDesk,
  orderId: string | undefined,
): Promise<{ fault: Fault; answer?: Answer }> {
  if (latencyMs > 0) await clock.sleep(latencyMs);
  const fault = nextFault(clock.monotonic());
  if (fault === 'throttle') return { fault, answer: role.answers.throttled };
  if (fault === 'fail') return { fault, answer: role.answers.failing(orderId) };
  return { fault };
}
