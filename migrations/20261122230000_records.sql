-- Where incidents come from, what they are, where and when they were.
create table sources (
  id bigint primary key not null,
  code text not null unique,
  name text not null,
  agency uuid
);

create table categories (
  id bigint primary key not null,
  code text not null unique,
  label text not null,
  asb boolean not null,
  known boolean not null
);

create table outcomes (
  id bigint primary key not null,
  label text not null unique
);

-- A point that a source publishes, with the name and the LSOA that the source gave it.
-- The key is a hash of all four, so that loading needs no look-up.
create table locations (
  id bigint primary key not null,
  longitude double precision,
  latitude double precision,
  cell bigint,
  name text not null,
  lsoa text
);

-- A file that somebody imported.
create table imports (
  id uuid primary key not null,
  kind text not null,
  name text not null,
  sha256 text not null,
  state text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  by_user uuid,
  lease_until timestamptz,
  rows bigint not null,
  rejected bigint not null,
  notes jsonb not null
);
create index imports_by_content on imports (kind, sha256);
create index imports_by_time on imports (started_at);

-- What a file holds of one source and month: the unit that a later file replaces.
create table import_parts (
  part bigint primary key not null,
  import uuid not null references imports (id),
  source bigint not null references sources (id),
  month bigint not null,
  state text not null,
  rows bigint not null,
  asb_rows bigint not null,
  no_place bigint not null,
  duplicates bigint not null,
  unknown_category bigint not null,
  visible_at timestamptz,
  replaced_at timestamptz
);
create index import_parts_of_import on import_parts (import);
create index import_parts_of_month on import_parts (source, month);

create table import_rejects (
  import uuid not null references imports (id),
  number bigint not null,
  row bigint not null,
  column_name text not null,
  reason text not null,
  value text not null,
  primary key (import, number)
);

-- No key but (part, row): rows are only ever read by the part.
create table incidents (
  part bigint not null,
  row bigint not null,
  category bigint not null,
  qualifier bigint,
  precision bigint not null,
  occurred_at timestamptz,
  location bigint not null,
  outcome bigint,
  source_key bytea,
  primary key (part, row)
);

-- A set of areas of one kind and vintage, such as LSOA 2021.
create table area_sets (
  id uuid primary key not null,
  kind text not null,
  vintage text not null,
  state text not null,
  areas bigint not null,
  import uuid not null references imports (id),
  valid_from date,
  valid_to date,
  unique (id, kind)
);
create index area_sets_by_kind on area_sets (kind, vintage);

create table areas (
  area_set uuid not null references area_sets (id),
  number bigint not null,
  code text not null,
  name text not null,
  geometry text not null,
  west double precision not null,
  south double precision not null,
  east double precision not null,
  north double precision not null,
  primary key (area_set, number)
);
create index areas_by_code on areas (code);

create table postcodes (
  postcode text primary key not null,
  longitude double precision not null,
  latitude double precision not null,
  lsoa2011 text,
  lsoa2021 text,
  in_use boolean not null,
  import uuid not null references imports (id)
);

-- Context figures: population, deprivation, tenure. The newest import of a figure counts.
create table figures (
  area_code text not null,
  measure text not null,
  period text not null,
  value double precision not null,
  import uuid not null references imports (id),
  primary key (measure, period, area_code)
);
