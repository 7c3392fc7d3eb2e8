-- Which file an area came from: a set may be put together from several.
alter table areas add column import uuid references imports (id);

-- Rows of files that are being read; they reach `postcodes` and `figures` in one transaction.
create table staged_postcodes (
  import uuid not null references imports (id),
  postcode text not null,
  longitude double precision not null,
  latitude double precision not null,
  lsoa2011 text,
  lsoa2021 text,
  in_use boolean not null,
  primary key (import, postcode)
);

create table staged_figures (
  import uuid not null references imports (id),
  measure text not null,
  period text not null,
  area_code text not null,
  value double precision not null,
  primary key (import, measure, period, area_code)
);

create index postcodes_of_import on postcodes (import);
create index figures_of_import on figures (import);

-- Which column is what in somebody's CSV, saved for the next file.
create table import_profiles (
  id uuid primary key not null,
  name text not null unique,
  profile jsonb not null,
  version bigint not null,
  saved_at timestamptz not null,
  by_user uuid
);

-- A file that was sent through the page: the file itself lies in the spool folder under its
-- id until it has been imported or dropped. States: waiting, running, done, failed.
create table import_uploads (
  id uuid primary key not null,
  kind text not null,
  name text not null,
  bytes bigint not null,
  state text not null,
  answers jsonb not null,
  result jsonb not null,
  rows bigint not null,
  lease_until timestamptz,
  by_user uuid not null,
  created_at timestamptz not null
);
create index import_uploads_by_time on import_uploads (created_at);
