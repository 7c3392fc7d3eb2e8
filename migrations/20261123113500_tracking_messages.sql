-- What a reporter follows and is told: private links, one-time codes, released lines, messages.

-- A private link to a report. Only the hash of its secret is kept.
create table tracking_links (
  id uuid primary key not null,
  report uuid not null references reports (id),
  secret_hash text not null unique,
  created_at timestamptz not null
);
create index tracking_links_of_report on tracking_links (report, created_at);

-- Codes that open more than the link alone: sent to the safe contact, or, where none is known, given
-- once for keeping.
create table tracking_codes (
  id uuid primary key not null,
  report uuid not null references reports (id),
  kind text not null check (kind in ('sent', 'kept')),
  code_hash text not null,
  -- How often something wrong was entered.
  tries bigint not null,
  created_at timestamptz not null,
  -- A kept code has no end.
  ends_at timestamptz,
  used_at timestamptz
);
create index tracking_codes_of_report on tracking_codes (report, created_at);

-- A browser that entered a code, by the hash of its token.
create table tracking_sessions (
  id uuid primary key not null,
  report uuid not null references reports (id),
  owner text not null,
  started_at timestamptz not null,
  ends_at timestamptz not null
);
create index tracking_sessions_of_owner on tracking_sessions (owner, report);
create index tracking_sessions_by_end on tracking_sessions (ends_at);

-- Lines that the page shows: released by an officer, or of a template marked safe for victims.
create table tracking_lines (
  id uuid primary key not null,
  matter uuid not null references matters (id),
  -- Only whoever sent this report sees it; everybody who reported the matter where none is named.
  report uuid references reports (id),
  words text not null,
  template text,
  released_by uuid,
  released_at timestamptz not null,
  withdrawn_by uuid,
  withdrawn_at timestamptz
);
create index tracking_lines_of_matter on tracking_lines (matter, released_at);

-- Matters whose page and notifications an officer switched off.
create table tracking_switches (
  matter uuid primary key not null references matters (id),
  switched_off boolean not null,
  reason text not null,
  by_user uuid not null,
  at timestamptz not null,
  version bigint not null
);

-- Which satisfaction questions a reporter opened from the page.
create table tracking_asked (
  report uuid not null references reports (id),
  wave text not null,
  at timestamptz not null,
  primary key (report, wave)
);

create table messages (
  id uuid primary key not null,
  -- Whose sender it is to or from: two reporters of one matter never share a thread.
  report uuid not null references reports (id),
  direction text not null check (direction in ('out', 'in', 'note')),
  channel text not null check (channel in ('email', 'text', 'letter', 'telephone', 'page')),
  template text,
  subject text not null,
  body text not null,
  -- Whether the person reads it on the tracking page.
  on_page boolean not null,
  state text not null check (state in ('waiting', 'queued', 'sent', 'failed', 'held', 'page', 'to_print', 'printed',
    'received', 'noted')),
  -- Why it waits, is held or failed, in words without personal data.
  why text,
  -- Not before: the hours in which the person may be reached.
  send_after timestamptz,
  -- The row of the outbox.
  delivery uuid,
  -- Names what was sent, so that the same twice is one message.
  dedup text unique,
  by_user uuid,
  at timestamptz not null,
  -- When the other side opened it.
  seen_at timestamptz,
  -- When somebody dealt with a failure or an answer.
  handled_at timestamptz,
  handled_by uuid
);
create index messages_of_report on messages (report, at);
create index messages_by_state on messages (state, send_after);
create index messages_by_delivery on messages (delivery);

-- A lost link is found by the contact that somebody gave.
create index party_contacts_by_value on party_contacts (value);
