-- The outbox: mail is put here in the transaction that causes it, and delivered by a job.
create table outbox (
  id uuid primary key not null,
  kind text not null,
  to_address text not null,
  subject text not null,
  body text not null,
  state text not null check (state in ('waiting', 'sent', 'kept', 'failed')),
  created_at timestamptz not null,
  ended_at timestamptz,
  error text
);
create index outbox_by_state on outbox (state, created_at);
