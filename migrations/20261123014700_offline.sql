-- What devices sent: a delivery's key, with the user's id before it, and the hash of what arrived
-- with it, so that a device may compare before it lets go of its own copy. written_at: when it was
-- entered, by the device's clock put right by ours. No reference: the record may be removed first.
create table offline_deliveries (
  delivery text primary key not null,
  user_id uuid not null references users (id),
  record uuid not null,
  received text not null,
  written_at timestamptz not null,
  received_at timestamptz not null
);
create index offline_deliveries_age on offline_deliveries (received_at);
