/**
 * Dates are `YYYY-MM-DD` text, times epoch milliseconds. `date(x) = x` holds for real calendar dates only.
 */
export const initial = `
-- The words that columns below may hold: a later migration adds one by a row.
create table shipping_intervals (name text primary key) strict, without rowid;
insert into shipping_intervals values ('weekly'), ('monthly');
create table delivery_services (name text primary key) strict, without rowid;
insert into delivery_services values ('standard'), ('express');
create table event_names (name text primary key) strict, without rowid;
insert into event_names values ('waiting-for-collection'), ('in-transit'), ('failed-to-deliver'), ('delivered');
create table shipment_statuses (name text primary key) strict, without rowid;
insert into shipment_statuses values ('pending'), ('sending'), ('sent'), ('rejected'), ('uncertain'), ('cancelled'),
  ('waiting-for-collection'), ('in-transit'), ('failed-to-deliver'), ('delivered');
create table attempt_outcomes (name text primary key) strict, without rowid;
insert into attempt_outcomes values ('accepted'), ('rejected'), ('unanswered'), ('unsent'), ('interrupted');
create table decision_names (name text primary key) strict, without rowid;
insert into decision_names values ('sent'), ('not-sent'), ('retry');

create table customer_orders (
  id integer primary key,
  order_id text not null unique check (length(order_id) between 1 and 35),
  provider text not null,
  delivery_service text not null references delivery_services (name),
  shipping_interval text not null references shipping_intervals (name),
  starts_on text not null check (date(starts_on) = starts_on),
  next_due_on text not null check (date(next_due_on) = next_due_on and next_due_on >= starts_on),
  last_due_on text check (last_due_on is null or last_due_on < next_due_on),
  active integer not null default 1 check (active in (0, 1)),
  problem text,
  -- Goes up with each change: a shipment notes under which it was planned.
  version integer not null default 1 check (version >= 1),
  -- What was due up to then is not shipped any more: the order was not active until later due dates had come.
  missed_up_to text check (missed_up_to <= last_due_on),
  recipient text not null check (length(recipient) between 1 and 35),
  line_1 text not null check (length(line_1) between 1 and 35),
  line_2 text not null check (length(line_2) <= 35),
  city text not null check (length(city) between 1 and 35),
  postcode text not null check (length(postcode) between 1 and 35),
  country text not null check (length(country) = 2)
) strict;

-- What is due: one range per provider and interval, in the order in which it is planned.
create index customer_orders_due on customer_orders (provider, shipping_interval, next_due_on)
  where active = 1 and problem is null;

-- What an order's address was up to a version.
create table former_addresses (
  customer_order integer not null references customer_orders (id),
  version integer not null,
  recipient text not null,
  line_1 text not null,
  line_2 text not null,
  city text not null,
  postcode text not null,
  country text not null,
  primary key (customer_order, version)
) strict, without rowid;

create table customer_order_items (
  customer_order integer not null references customer_orders (id),
  position integer not null check (position >= 0),
  item_id text not null check (length(item_id) between 1 and 35),
  quantity integer not null check (quantity > 0),
  weight_grams integer not null check (weight_grams > 0),
  primary key (customer_order, item_id)
) strict, without rowid;

create table runs (
  id integer primary key,
  run_id text not null unique,
  shipping_interval text references shipping_intervals (name),
  as_of text not null check (date(as_of) = as_of),
  started_at integer not null,
  lease_ms integer not null check (lease_ms > 0),
  lease_until integer not null,
  finished_at integer
) strict;

-- Alive, or dead with shipments to take over.
create index runs_unfinished on runs (id) where finished_at is null;

create table shipments (
  id integer primary key,
  customer_order integer not null references customer_orders (id),
  due_on text not null check (date(due_on) = due_on),
  shipment_id text not null check (length(shipment_id) between 1 and 35),
  provider text not null,
  body text not null,
  order_version integer not null default 1,
  status text not null references shipment_statuses (name),
  -- Where the status is that of an event, its time; of one that lay in the future the moment when it came.
  status_at integer,
  -- Whose turn a pending shipment is: the run's that holds it, when its pause is over (retrying); any run's, since the one
  -- that claimed it gave it back (released) or has tried often enough (given-up).
  pending_for text check (pending_for in ('retrying', 'released', 'given-up')),
  skipped_periods integer not null check (skipped_periods >= 0),
  claim integer not null check (claim >= 0),
  run integer references runs (id),
  next_attempt_at integer,
  crash_count integer not null default 0 check (crash_count >= 0),
  settled_claim integer not null default 0 check (settled_claim between 0 and claim),
  -- Attempts up to this claim went to another provider, which surely does not have it.
  moved_claim integer not null default 0 check (moved_claim between 0 and claim),
  sent_at integer,
  last_error text,
  -- From 2 on: planned in place of one that the provider rejected and may have all the same.
  edition integer not null default 1 check (edition >= 1),
  -- Of the editions of a due date one counts.
  is_current integer not null default 1 check (is_current in (0, 1)),
  -- The claim under which a request for this edition began; kept for later editions only, which others may cancel.
  begun_claim integer not null default 0 check (begun_claim between 0 and claim),
  tracking_number text check (length(tracking_number) between 1 and 100),
  tracked_by_number integer not null default 0 check (tracked_by_number in (0, 1)),
  -- How the provider's events name it; null as long as the provider has not said so.
  reference text generated always as (iif(tracked_by_number = 1, tracking_number, shipment_id)) virtual,
  unique (shipment_id, provider),
  check (status <> 'sending' or run is not null),
  check ((pending_for is not null) = (status = 'pending')),
  check ((next_attempt_at is not null) = (pending_for is not null and pending_for = 'retrying')),
  check ((sent_at is null) = (status in ('pending', 'sending', 'rejected', 'uncertain', 'cancelled')))
) strict;

-- A due date is shipped once: of the editions for it one counts, and no two others are the same.
create unique index shipments_of_order on shipments
  (customer_order, due_on, case when is_current = 1 then 0 else edition end);
-- What an event is about, where events carry the provider's number: not unique, since that is not ours to say.
create index shipments_tracked on shipments (tracking_number, provider) where tracked_by_number = 1;
-- Left by earlier runs, in the order of their ids.
create index shipments_pending on shipments (provider) where status = 'pending';
-- Quarantined, since the process may have died of it: sent last, and alone.
create index shipments_quarantined on shipments (provider) where status = 'pending' and crash_count >= 2;
-- Claimed by a run: to give back, or to take over once its lease has ended.
create index shipments_sending on shipments (run, provider) where status = 'sending';
-- To be tried again by the run that holds it.
create index shipments_retrying on shipments (run, provider, next_attempt_at) where status = 'pending';

-- To be corrected and sent again, in the order of their ids.
create index shipments_rejected on shipments (is_current) where status = 'rejected';

create table attempts (
  shipment integer not null references shipments (id),
  claim integer not null check (claim > 0),
  run integer not null references runs (id),
  started_at integer not null,
  duration_ms integer check (duration_ms >= 0),
  outcome text not null references attempt_outcomes (name),
  http_status integer,
  reason text,
  primary key (shipment, claim)
) strict, without rowid;

-- The key is what makes two deliveries the same event, and finds a shipment's events by its reference.
create table tracking_events (
  provider text not null,
  reference text not null check (length(reference) >= 1),
  event_at integer not null,
  code text not null check (length(code) between 1 and 100),
  -- Null where it is none of ours.
  event_name text references event_names (name),
  received_at integer not null,
  shipment integer references shipments (id),
  -- Which claim of the shipment was its newest when the event came: what a provider says before the first attempt is about
  -- something else. Null where the shipment was not known by this name then.
  claim integer,
  raw text not null,
  primary key (provider, reference, event_at, code)
) strict, without rowid;

create index tracking_events_unmatched on tracking_events (provider, reference) where shipment is null;

-- What a person decided about a shipment.
create table decisions (
  id integer primary key,
  shipment integer not null references shipments (id),
  decided_at integer not null,
  decided_by text not null,
  decision text not null references decision_names (name),
  reason text not null check (length(reason) >= 1),
  status_before text not null
) strict;

create index decisions_of_shipment on decisions (shipment);

create table provider_pauses (
  provider text primary key,
  paused_until integer not null
) strict, without rowid;

-- How many orders, shipments and unmatched events there are of each kind. Triggers keep these, so that whatever changes a row changes
-- its count with it, and nobody has to count millions of rows.
create table order_counts (
  provider text not null,
  shipping_interval text not null,
  active integer not null,
  blocked integer not null,
  next_due_on text not null,
  orders integer not null,
  primary key (provider, shipping_interval, active, blocked, next_due_on)
) strict, without rowid;

create trigger customer_orders_count_insert after insert on customer_orders begin
  insert into order_counts
    values (new.provider, new.shipping_interval, new.active, new.problem is not null, new.next_due_on, 1)
    on conflict do update set orders = orders + 1;
end;

create trigger customer_orders_count_delete after delete on customer_orders begin
  update order_counts set orders = orders - 1
    where provider = old.provider and shipping_interval = old.shipping_interval and active = old.active
      and blocked = (old.problem is not null) and next_due_on = old.next_due_on;
end;

create trigger customer_orders_count_update
after update of provider, shipping_interval, active, problem, next_due_on on customer_orders begin
  update order_counts set orders = orders - 1
    where provider = old.provider and shipping_interval = old.shipping_interval and active = old.active
      and blocked = (old.problem is not null) and next_due_on = old.next_due_on;
  insert into order_counts
    values (new.provider, new.shipping_interval, new.active, new.problem is not null, new.next_due_on, 1)
    on conflict do update set orders = orders + 1;
end;

-- Of several shipments for one due date the one that counts, and whatever a provider has or may still get.
create table shipment_counts (
  provider text not null,
  status text not null,
  shipments integer not null,
  primary key (provider, status)
) strict, without rowid;

create trigger shipments_count_insert after insert on shipments
when new.is_current = 1 or new.status not in ('rejected', 'cancelled') begin
  insert into shipment_counts values (new.provider, new.status, 1)
    on conflict do update set shipments = shipments + 1;
end;

create trigger shipments_count_delete after delete on shipments
when old.is_current = 1 or old.status not in ('rejected', 'cancelled') begin
  update shipment_counts set shipments = shipments - 1 where provider = old.provider and status = old.status;
end;

create trigger shipments_count_update after update of provider, status, is_current on shipments begin
  update shipment_counts set shipments = shipments - 1
    where provider = old.provider and status = old.status and (old.is_current = 1 or old.status not in ('rejected', 'cancelled'));
  insert into shipment_counts select new.provider, new.status, 1
    where new.is_current = 1 or new.status not in ('rejected', 'cancelled')
    on conflict do update set shipments = shipments + 1;
end;

create table unmatched_event_counts (
  provider text primary key,
  events integer not null
) strict, without rowid;

create trigger tracking_events_count_insert after insert on tracking_events when new.shipment is null begin
  insert into unmatched_event_counts values (new.provider, 1) on conflict do update set events = events + 1;
end;

create trigger tracking_events_count_delete after delete on tracking_events when old.shipment is null begin
  update unmatched_event_counts set events = events - 1 where provider = old.provider;
end;

create trigger tracking_events_count_update after update of shipment on tracking_events
when (old.shipment is null) <> (new.shipment is null) begin
  insert into unmatched_event_counts values (new.provider, iif(new.shipment is null, 1, -1))
    on conflict do update set events = events + excluded.events;
end;
`;
