-- The house's own tables: events and audit.
create table events (
  id uuid primary key not null,
  subject_kind text not null,
  subject_id uuid not null,
  kind text not null,
  valid_at timestamptz not null,
  recorded_at timestamptz not null,
  actor uuid,
  purpose text not null,
  data jsonb not null
);
create index events_of_subject on events (subject_id, recorded_at);

create table audit_entries (
  id uuid primary key not null,
  at timestamptz not null,
  actor uuid,
  action text not null,
  purpose text not null,
  subject_kind text not null,
  subject_id uuid,
  fields text not null,
  event_id uuid,
  block bigint
);
create index audit_entries_unsealed on audit_entries (at, id) where block is null;
create index audit_entries_of_block on audit_entries (block, id);

create table audit_blocks (
  number bigint primary key not null,
  sealed_at timestamptz not null,
  entries bigint not null,
  previous text not null,
  hash text not null
);
