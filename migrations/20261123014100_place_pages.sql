-- Public pages of places: who wants to hear of changes, what residents say, links that staff keep.

-- Where one click ends what a mail was sent for (RFC 8058).
alter table outbox add column unsubscribe text;

-- A wish to hear of something. It does not say whose: the address lies apart and goes first.
create table subscriptions (
  id uuid primary key not null,
  -- What it is about, such as place:elvet-ward.
  topic text not null,
  title text not null,
  state text not null check (state in ('asked', 'confirmed')),
  -- Secrets are kept as SHA-256.
  confirm_hash text not null unique,
  end_hash text not null unique,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  -- Up to when its subscriber knows what is new.
  told_until timestamptz not null
);
create index subscriptions_of_topic on subscriptions (topic, state);
create index subscriptions_by_time on subscriptions (state, told_until);

create table subscription_addresses (
  subscription uuid primary key not null references subscriptions (id),
  address text not null,
  -- The secret of the link that ends it, which stands in each mail.
  end_secret text not null
);
create index subscription_addresses_by_address on subscription_addresses (address);

-- What somebody unknown did lately, as hashes, so that nobody does it a thousand times. For a day.
create table flood_marks (
  id uuid primary key not null,
  key text not null,
  at timestamptz not null
);
create index flood_marks_by_key on flood_marks (key, at);

-- Lines of public pages, as they came and went: what feeds and digests tell of.
create table place_news (
  id uuid primary key not null,
  place text not null,
  heading text not null,
  digest text not null,
  text text not null,
  note text,
  href text,
  happens date,
  seen_at timestamptz not null,
  gone_at timestamptz,
  unique (place, digest)
);
create index place_news_by_time on place_news (place, seen_at);

-- Links to local community platforms, checked by staff.
create table place_links (
  id uuid primary key not null,
  place text not null,
  title text not null,
  url text not null,
  created_at timestamptz not null,
  created_by uuid,
  version bigint not null
);
create index place_links_of_place on place_links (place, title);

-- What residents say about a place. Nothing shows before somebody has read it.
create table place_contributions (
  id uuid primary key not null,
  place text not null,
  place_name text not null,
  kind text not null check (kind in ('comment', 'offer')),
  text text not null,
  state text not null check (state in ('waiting', 'approved', 'refused', 'withdrawn')),
  reason text,
  secret_hash text not null unique,
  created_at timestamptz not null,
  decided_at timestamptz,
  decided_by uuid,
  version bigint not null
);
create index place_contributions_by_state on place_contributions (state, created_at);
create index place_contributions_of_place on place_contributions (place, state, decided_at);

-- How to reach somebody who offers help: apart, so that it goes without the words.
create table place_contribution_contacts (
  contribution uuid primary key not null references place_contributions (id),
  contact text not null
);
