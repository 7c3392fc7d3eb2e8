-- Tables that were sent to be imported and wait for their confirmation. sheet holds headings and
-- rows until then, matching which column is which question, result what became of it.
create table form_imports (
  id uuid primary key not null,
  definition text not null,
  name text not null,
  sheet jsonb not null,
  matching jsonb not null,
  result jsonb not null,
  state text not null check (state in ('waiting', 'done', 'dropped')),
  by_user uuid not null references users (id),
  created_at timestamptz not null,
  changed_at timestamptz not null,
  version bigint not null
);
create index form_imports_of_user on form_imports (by_user, definition, created_at);
create index form_imports_waiting on form_imports (state, created_at);
