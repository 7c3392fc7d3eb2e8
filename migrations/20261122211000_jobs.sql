-- Numbers that copies of the application follow, and what only one of them may do at a time.
create table generations (
  name text primary key not null,
  number bigint not null
);

create table leases (
  name text primary key not null,
  holder uuid not null,
  expires_at timestamptz not null
);

-- Work in the background. due_at: when somebody may next take the job; while it runs, when
-- its lease ends; null when it is over.
create table jobs (
  id uuid primary key not null,
  kind text not null,
  unique_key text unique,
  every_seconds bigint,
  payload jsonb not null,
  state text not null check (state in ('waiting', 'running', 'done', 'failed')),
  due_at timestamptz,
  attempts bigint not null,
  holder uuid,
  last_error text,
  created_at timestamptz not null,
  finished_at timestamptz
);
create index jobs_due on jobs (due_at) where due_at is not null;
create index jobs_by_state on jobs (state, created_at);
