import type { Generated, GeneratedAlways } from 'kysely';
import type {
  AttemptOutcome,
  Decision,
  DeliveryService,
  EventName,
  PendingFor,
  ShipmentStatus,
  ShippingInterval,
} from '../vocabulary.ts';

/** Dates are `YYYY-MM-DD` text, times epoch milliseconds (columns named `_at`), truth values 0 or 1. */
export interface Tables {
  customer_orders: CustomerOrdersTable;
  customer_order_items: CustomerOrderItemsTable;
  former_addresses: FormerAddressesTable;
  shipments: ShipmentsTable;
  attempts: AttemptsTable;
  tracking_events: TrackingEventsTable;
  runs: RunsTable;
  decisions: DecisionsTable;
  provider_pauses: ProviderPausesTable;
  order_counts: OrderCountsTable;
  shipment_counts: ShipmentCountsTable;
  unmatched_event_counts: UnmatchedEventCountsTable;
  shipping_intervals: WordsTable;
  delivery_services: WordsTable;
  event_names: WordsTable;
  shipment_statuses: WordsTable;
  attempt_outcomes: WordsTable;
  decision_names: WordsTable;
}

/** The words that columns of other tables may hold. */
export interface WordsTable {
  name: string;
}

export interface CustomerOrdersTable extends AddressColumns {
  id: Generated<number>;
  order_id: string;
  provider: string;
  delivery_service: DeliveryService;
  shipping_interval: ShippingInterval;
  starts_on: string;
  next_due_on: string;
  /** Due date of the newest shipment; null before the first. */
  last_due_on: Generated<string | null>;
  active: Generated<number>;
  /** Why no run can plan it; null where all is well. */
  problem: Generated<string | null>;
  /** Goes up with each change. */
  version: Generated<number>;
  /** What was due up to then is not shipped any more. */
  missed_up_to: Generated<string | null>;
}

interface AddressColumns {
  recipient: string;
  line_1: string;
  line_2: string;
  city: string;
  postcode: string;
  country: string;
}

/** What an order's address was up to a version. */
export interface FormerAddressesTable extends AddressColumns {
  customer_order: number;
  version: number;
}

export interface CustomerOrderItemsTable {
  customer_order: number;
  position: number;
  item_id: string;
  quantity: number;
  weight_grams: number;
}

export interface ShipmentsTable {
  id: Generated<number>;
  customer_order: number;
  due_on: string;
  shipment_id: string;
  provider: string;
  /** The request body, fixed when the shipment is planned. */
  body: string;
  /** Of the order, when the body was made. */
  order_version: Generated<number>;
  status: ShipmentStatus;
  /** The time of the event that the status is that of; null where it is none's. */
  status_at: Generated<number | null>;
  /** Whose turn it is; null unless it is pending. */
  pending_for: Generated<PendingFor | null>;
  skipped_periods: number;
  /** How often the shipment was claimed: the fence against a process that lost it. */
  claim: number;
  /** The run that holds it, or held it last. */
  run: number | null;
  /** When its run tries again; null unless it is retrying. */
  next_attempt_at: Generated<number | null>;
  /** How often in a row the process died while the shipment was being sent. */
  crash_count: Generated<number>;
  /** Attempts up to this claim leave no doubt: a person has settled what became of them. */
  settled_claim: Generated<number>;
  /** Attempts up to this claim went to another provider, which surely does not have it. */
  moved_claim: Generated<number>;
  /** Of several shipments for one due date: each later one was planned in place of a rejected one. */
  edition: Generated<number>;
  /** Whether it is the edition that counts. */
  is_current: Generated<number>;
  /** The claim under which a request for it began; known of later editions only. */
  begun_claim: Generated<number>;
  /** The provider's own name for it, where it gave one. */
  tracking_number: Generated<string | null>;
  /** Whether the provider's events name it by its tracking number; otherwise by our id. */
  tracked_by_number: Generated<0 | 1>;
  /** The name that events use: null as long as it is not known. */
  reference: GeneratedAlways<string | null>;
  sent_at: Generated<number | null>;
  last_error: Generated<string | null>;
}

export interface AttemptsTable {
  shipment: number;
  claim: number;
  run: number;
  started_at: number;
  duration_ms: number | null;
  outcome: AttemptOutcome;
  http_status: number | null;
  reason: string | null;
}

export interface TrackingEventsTable {
  provider: string;
  /** The shipment in the provider's words, as received. */
  reference: string;
  /** The event in the provider's word. */
  code: string;
  /** Null where it is none of ours. */
  event_name: EventName | null;
  event_at: number;
  received_at: number;
  /** Null as long as we know no such shipment. */
  shipment: number | null;
  /** The newest claim of the shipment when it came; null where the shipment was not known then. */
  claim: number | null;
  /** The delivery as received. */
  raw: string;
}

export interface RunsTable {
  id: Generated<number>;
  run_id: string;
  shipping_interval: ShippingInterval | null;
  as_of: string;
  started_at: number;
  /** How long a lease lasts that is not renewed. */
  lease_ms: number;
  /** Until then what the run has claimed is its own. */
  lease_until: number;
  finished_at: Generated<number | null>;
}

export interface DecisionsTable {
  id: Generated<number>;
  shipment: number;
  decided_at: number;
  decided_by: string;
  decision: Decision;
  reason: string;
  status_before: ShipmentStatus;
}

/** A provider that throttled (`Retry-After`), so that the next run keeps it too. */
export interface ProviderPausesTable {
  provider: string;
  paused_until: number;
}

/** How many orders there are of each kind. Kept by triggers: read only. */
export interface OrderCountsTable {
  provider: string;
  shipping_interval: ShippingInterval;
  active: number;
  blocked: number;
  next_due_on: string;
  orders: number;
}

/** How many shipments there are of each status. Kept by triggers: read only. */
export interface ShipmentCountsTable {
  provider: string;
  status: ShipmentStatus;
  shipments: number;
}

export interface UnmatchedEventCountsTable {
  provider: string;
  events: number;
}
