-- What differs between partnerships: forms, letters, measures, texts. Versions are kept for ever.
-- origin: shipped with the program, or the partnership's own. state: published; offered is a
-- shipped version that waits beside the partnership's own; withdrawn is no longer in force.
create table content (
  id uuid primary key not null,
  kind text not null,
  key text not null,
  version bigint not null,
  body text not null,
  sha256 text not null,
  origin text not null check (origin in ('shipped', 'own')),
  state text not null check (state in ('published', 'offered', 'withdrawn')),
  effective_from date not null,
  created_at timestamptz not null,
  created_by uuid,
  unique (kind, key, version)
);
create index content_in_force on content (kind, key, state, effective_from);
