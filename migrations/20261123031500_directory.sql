-- The 'go to' directory: services, organisations and locations, each as the Open Referral UK
-- standard shapes it; what is filtered by stands in columns of its own.
create table directory_entries (
  id uuid primary key not null,
  kind text not null,
  reference text not null unique,
  name text not null,
  state text not null,
  -- Who keeps it: the agency, and in it a person.
  agency uuid,
  owner uuid,
  -- Of a service: who runs it, and when and by whom it was last read through and found right.
  organisation uuid references directory_entries (id),
  assured_on date,
  assured_by uuid,
  reminded_at timestamptz,
  body jsonb not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  version bigint not null
);
create index directory_entries_by_kind on directory_entries (kind, state);
create index directory_entries_of_organisation on directory_entries (organisation);
create index directory_entries_of_owner on directory_entries (owner);

-- What a service helps with: keys of the taxonomy in data/directory/needs.toml.
create table directory_terms (
  entry uuid not null references directory_entries (id),
  term text not null,
  primary key (entry, term)
);
create index directory_terms_by_term on directory_terms (term);

-- Searches of the public, for 24 hours: words and postcodes stay out of addresses.
create table directory_searches (
  id uuid primary key not null,
  question jsonb not null,
  created_at timestamptz not null
);
create index directory_searches_by_time on directory_searches (created_at);

-- Other directories that entries came from, and each entry as it last came.
create table directory_sources (
  id uuid primary key not null,
  name text not null unique,
  created_at timestamptz not null
);
create table directory_imported (
  source uuid not null references directory_sources (id),
  kind text not null,
  key text not null,
  entry uuid not null references directory_entries (id),
  body jsonb not null,
  primary key (source, kind, key)
);
create index directory_imported_of_entry on directory_imported (entry);

-- Files that wait for somebody to look at the preview, for 24 hours.
create table directory_uploads (
  id uuid primary key not null,
  by_user uuid not null,
  source text not null,
  name text not null,
  body text not null,
  created_at timestamptz not null
);
create index directory_uploads_by_time on directory_uploads (created_at);
