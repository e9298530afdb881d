import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { createDueQueue } from './due-queue.ts';
import { eventTime, type ParcelEvent, parcelLife } from './parcel-life.ts';
import type { Role } from './role.ts';
import type { Signer } from './sign.ts';
import { createWebhookClient } from './webhook-client.ts';

export interface EventSettings {
  role: Pick<Role, 'lives' | 'eventBody'>;
  url: URL;
  /** Between the events of one parcel. */
  delayMs: number;
  /** Before the second try of an event; it doubles for each one after. */
  firstPauseMs: number;
  seed: number;
  /** Undefined: the events go unsigned. */
  sign: Signer | undefined;
}

export interface EventCounts {
  delivered: number;
  dropped: number;
}

/** Plays the lives of parcels and tells the webhook of each event, one after the other for each parcel. */
export interface EventSender {
  begin(orderId: string, parcelName: string): void;
  counts(): EventCounts;
  /** Waits a moment for the deliveries under way and drops the rest. */
  close(): Promise<void>;
}

interface Parcel {
  orderId: string;
  name: string;
  life: readonly string[];
  /** The events that are over, and told or dropped. */
  past: ParcelEvent[];
  /** What is being told: every try sends the same. */
  delivery: { event: ParcelEvent; id: string; body: string; tries: number } | undefined;
  dueAtMs: number;
}

const MAX_UNDER_WAY = 8;
const MAX_TRIES = 10;
const LONGEST_PAUSE_MS = 30_000;
const WARNING_PAUSE_MS = 30_000;
const CLOSING_MS = 2_000;

export function startEvents(
  { role, url, delayMs, firstPauseMs, seed, sign }: EventSettings,
  { clock, log }: { clock: Clock; log: Log },
): EventSender {
  const webhook = createWebhookClient({ url, connections: MAX_UNDER_WAY, sign }, clock);
  const target = url.origin + url.pathname;
  // Every parcel that waits is in here, whatever it waits for, so one timer is enough.
  const waiting = createDueQueue<Parcel>();
  const underWay = new Set<Promise<void>>();
  let timer: { at: number; cancel: () => void } | undefined;
  let closing = false;
  let quietUntil = 0;
  let outstanding = 0;
  let delivered = 0;
  let dropped = 0;

  function deliverDue(): void {
    while (!closing && underWay.size < MAX_UNDER_WAY) {
      const parcel = waiting.first();
      if (!parcel) return;
      if (parcel.dueAtMs > clock.monotonic()) {
        wakeAt(parcel.dueAtMs);
        return;
      }
      waiting.pop();
      const delivery = deliver(parcel).then(() => {
        underWay.delete(delivery);
        deliverDue();
      });
      underWay.add(delivery);
    }
  }

  function wakeAt(at: number): void {
    if (timer && timer.at <= at) return;
    timer?.cancel();
    const cancel = clock.after(at - clock.monotonic(), () => {
      timer = undefined;
      deliverDue();
    });
    timer = { at, cancel };
  }

  function waitFor(parcel: Parcel, pauseMs: number): void {
    parcel.dueAtMs = clock.monotonic() + pauseMs;
    waiting.push(parcel);
  }

  async function deliver(parcel: Parcel): Promise<void> {
    parcel.delivery ??= nextDelivery(parcel);
    const { delivery } = parcel;
    const failure = await webhook.post(delivery);
    if (failure === undefined) {
      delivered += 1;
      moveOn(parcel, delivery.event);
      return;
    }
    if (closing) return;
    delivery.tries += 1;
    if (delivery.tries < MAX_TRIES) {
      warnNowAndThen(failure);
      waitFor(parcel, Math.min(LONGEST_PAUSE_MS, firstPauseMs * 2 ** (delivery.tries - 1)));
      return;
    }
    const { code } = delivery.event;
    const fields = { order_id: parcel.orderId, event_name: code, tries: delivery.tries, reason: failure };
    log.warn('sandbox: event dropped', fields);
    dropped += 1;
    moveOn(parcel, delivery.event);
  }

  function warnNowAndThen(reason: string): void {
    if (clock.monotonic() < quietUntil) return;
    quietUntil = clock.monotonic() + WARNING_PAUSE_MS;
    log.warn('sandbox: events do not arrive and are tried again', { url: target, reason });
  }

  function nextDelivery({ name, life, past }: Parcel): NonNullable<Parcel['delivery']> {
    const event = { code: life[past.length] ?? '', atMs: eventTime(clock.now(), past.at(-1)?.atMs) };
    const body = role.eventBody(name, event, past);
    return { event, id: `msg_${randomUUID()}`, body, tries: 0 };
  }

  function moveOn(parcel: Parcel, event: ParcelEvent): void {
    outstanding -= 1;
    parcel.delivery = undefined;
    parcel.past.push(event);
    if (parcel.past.length < parcel.life.length) waitFor(parcel, delayMs);
  }

  return {
    begin(orderId, name) {
      const life = parcelLife(role.lives, name, seed);
      outstanding += life.length;
      waitFor({ orderId, name, life, past: [], delivery: undefined, dueAtMs: 0 }, 0);
      deliverDue();
    },
    counts: () => ({ delivered, dropped }),
    async close() {
      closing = true;
      timer?.cancel();
      const settled = Promise.all(underWay);
      const isOver = new AbortController();
      await Promise.race([settled, clock.sleep(CLOSING_MS, isOver.signal)]);
      isOver.abort();
      await webhook.destroy();
      await settled;
      if (outstanding > 0) log.warn('sandbox: events dropped, since it stops', { events: outstanding });
      dropped += outstanding;
      outstanding = 0;
    },
  };
}
