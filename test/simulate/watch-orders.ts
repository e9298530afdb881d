import type BetterSqlite3 from 'better-sqlite3';
import type { ShippingInterval } from '../../src/vocabulary.ts';

export interface OrderState {
  fromMs: number;
  interval: ShippingInterval;
  active: boolean;
}

/** What orders were, one commit after the other. */
export interface OrderWatch {
  see(): void;
  /** Oldest first. */
  statesOf(orderId: string): readonly OrderState[];
  /** The first lines of its address, oldest first. */
  addressesOf(orderId: string): readonly string[];
}

interface OrderRow {
  orderId: string;
  interval: ShippingInterval;
  active: number;
  address: string;
}

export function watchOrders(sqlite: BetterSqlite3.Database, nowMs: () => number): OrderWatch {
  const orders = sqlite.prepare<[], OrderRow>(
    'select order_id as orderId, shipping_interval as interval, active, line_1 as address from customer_orders order by id',
  );
  const states = new Map<string, OrderState[]>();
  const addresses = new Map<string, string[]>();
  return {
    see() {
      for (const { orderId, interval, address, ...row } of orders.all()) {
        const active = row.active === 1;
        const last = states.get(orderId)?.at(-1);
        if (last?.interval !== interval || last.active !== active)
          append(states, orderId, { fromMs: nowMs(), interval, active });
        if (addresses.get(orderId)?.at(-1) !== address) append(addresses, orderId, address);
      }
    },
    statesOf: (orderId) => states.get(orderId) ?? [],
    addressesOf: (orderId) => addresses.get(orderId) ?? [],
  };
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
