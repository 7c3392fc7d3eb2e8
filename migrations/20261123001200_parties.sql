-- People and organisations that every area shares. Other tables name a party by its id, so that one
-- can later be merged into another without touching them.
create table parties (
  id uuid primary key not null,
  reference text not null unique,
  kind text not null,
  -- The agency that added it: how far grants on the own agency reach.
  agency uuid not null references agencies (id),
  -- As shown, made of the names below.
  name text not null,
  given_name text,
  family_name text,
  known_as text,
  organisation_name text,
  born date,
  -- Where the date of birth is not known: about how old, on which day.
  about_age bigint,
  about_age_on date,
  pronouns text,
  language text,
  interpreter boolean not null,
  adjustments text,
  -- Wishes about safe contact.
  wishes jsonb not null,
  -- Where what is known comes from.
  source text not null,
  created_at timestamptz not null,
  created_by uuid,
  changed_at timestamptz not null,
  version bigint not null
);
create index parties_of_agency on parties (agency);

create table party_contacts (
  id uuid primary key not null,
  party uuid not null references parties (id),
  means text not null,
  label text not null,
  -- In its normal form: +44… for a telephone.
  value text not null,
  -- Whether it is in or at the person's home.
  home boolean not null,
  -- Whether the person agreed to be reached by it.
  agreed boolean not null,
  position bigint not null
);
create index party_contacts_of_party on party_contacts (party, position);

-- The words of searches that may name people: behind a link without words, for their owner alone,
-- for a day.
create table kept_searches (
  id uuid primary key not null,
  owner uuid not null references users (id),
  kind text not null,
  words text not null,
  created_at timestamptz not null
);
create index kept_searches_by_time on kept_searches (created_at);
