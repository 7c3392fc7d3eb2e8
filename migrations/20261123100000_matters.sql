-- Three things, counted apart. A report: somebody told us. An incident: something happened at a place
-- and time. A matter: what is worked on.

-- A case, as far as every area knows it.
create table cases (
  id uuid primary key not null,
  reference text not null unique,
  state text not null check (state in ('open', 'closed')),
  -- Who leads it, and who there works it.
  agency uuid not null references agencies (id),
  owner uuid references users (id),
  kind text not null,
  -- A line without personal data.
  title text not null,
  opened_at timestamptz not null,
  opened_by uuid,
  closed_at timestamptz,
  version bigint not null
);
create index cases_of_agency on cases (agency, opened_at);

-- The agencies that take part; the lead agency is among them.
create table case_agencies (
  case_id uuid not null references cases (id),
  agency uuid not null references agencies (id),
  part text not null check (part in ('lead', 'member')),
  since timestamptz not null,
  primary key (case_id, agency)
);
create index case_agencies_of_agency on case_agencies (agency, case_id);

create table matters (
  id uuid primary key not null,
  reference text not null unique,
  state text not null check (state in ('new', 'accepted', 'in_case', 'closed', 'merged')),
  -- Whose it is at this moment: always somebody's.
  agency uuid not null references agencies (id),
  owner uuid references users (id),
  -- The type's key, from content.
  kind text not null,
  qualifier bigint,
  -- A line without personal data, such as 'Noise at a home, Peterlee'.
  title text not null,
  -- What a person recorded; nothing sets or lowers it by itself.
  band text check (band in ('standard', 'medium', 'high')),
  -- Whether it stands at the top: danger, or words that somebody must see now.
  urgent boolean not null,
  -- How many reports are joined in it.
  reports bigint not null,
  -- The first of its open clocks.
  due_at timestamptz,
  due_kind text,
  latitude double precision,
  longitude double precision,
  cell bigint,
  at_home boolean not null,
  opened_at timestamptz not null,
  last_report_at timestamptz not null,
  state_since timestamptz not null,
  case_id uuid references cases (id),
  merged_into uuid references matters (id),
  outcome text,
  closed_at timestamptz,
  version bigint not null
);
-- The queue: urgent first, then by clock.
create index matters_in_queue on matters (state, urgent, due_at, id);
create index matters_of_agency on matters (agency, state, due_at);
create index matters_of_case on matters (case_id);
create index matters_by_cell on matters (cell, last_report_at);

-- Every agency that may see a matter: whose it is, who took the report, whom it was referred to.
create table matter_agencies (
  matter uuid not null references matters (id),
  agency uuid not null references agencies (id),
  part text not null check (part in ('owner', 'received', 'referred', 'member')),
  since timestamptz not null,
  primary key (matter, agency)
);
create index matter_agencies_of_agency on matter_agencies (agency, matter);

create table reports (
  id uuid primary key not null,
  reference text not null unique,
  matter uuid not null references matters (id),
  -- The matter that it came with: what an undone merge goes back to.
  came_with uuid not null references matters (id),
  channel text not null,
  -- Names what arrived: the same again gives the report that it made.
  delivery text unique,
  -- The agency whose door it came by, and who took it there.
  agency uuid not null references agencies (id),
  taken_by uuid references users (id),
  -- What another system calls it.
  their_reference text,
  identity text not null check (identity in ('named', 'confidential', 'anonymous')),
  -- Never set for an anonymous report.
  reporter uuid references parties (id),
  for_whom text not null check (for_whom in ('self', 'other', 'business')),
  kind text not null,
  qualifier bigint,
  description text not null,
  happening text not null check (happening in ('once', 'repeated', 'now')),
  happened_from timestamptz,
  happened_to timestamptz,
  latitude double precision,
  longitude double precision,
  cell bigint,
  place text not null,
  at_home boolean not null,
  safe_now boolean,
  hate boolean,
  -- Words that somebody must see now, each with where it stands.
  hot_words jsonb not null,
  language text not null,
  -- All answers, where a form asked them.
  record uuid references form_records (id),
  -- The report that it goes on from: 'it happened again'.
  further_to uuid references reports (id),
  received_at timestamptz not null,
  version bigint not null
);
create index reports_of_matter on reports (matter, received_at);
create index reports_by_time on reports (received_at);
create index reports_by_cell on reports (cell, received_at);
create index reports_of_reporter on reports (reporter, received_at);
create index reports_of_record on reports (record);

create table reported_incidents (
  id uuid primary key not null,
  matter uuid not null references matters (id),
  kind text not null,
  qualifier bigint,
  -- The day, and the moment where it is known.
  happened_on date,
  happened_at timestamptz,
  latitude double precision,
  longitude double precision,
  cell bigint,
  at_home boolean not null,
  created_at timestamptz not null
);
create index reported_incidents_of_matter on reported_incidents (matter, happened_on);

create table report_incidents (
  report uuid not null references reports (id),
  incident uuid not null references reported_incidents (id),
  primary key (report, incident)
);
create index report_incidents_of_incident on report_incidents (incident);

-- A matter that one agency asked another to take. It stays the first's until the other accepts.
create table referrals (
  id uuid primary key not null,
  matter uuid not null references matters (id),
  from_agency uuid not null references agencies (id),
  to_agency uuid not null references agencies (id),
  reason text not null,
  state text not null check (state in ('offered', 'accepted', 'declined', 'withdrawn')),
  asked_by uuid not null,
  asked_at timestamptz not null,
  answer_due timestamptz not null,
  answered_by uuid,
  answered_at timestamptz,
  answer text,
  version bigint not null
);
create index referrals_of_matter on referrals (matter, asked_at);
create index referrals_to_agency on referrals (to_agency, state, answer_due);

-- Crime, hate, domestic abuse behind the noise, a home taken over, exploitation, safeguarding.
create table matter_flags (
  matter uuid not null references matters (id),
  flag text not null,
  state text not null check (state in ('suggested', 'confirmed', 'ruled_out')),
  reason text not null,
  by_user uuid,
  at timestamptz not null,
  -- What the police call it, once they recorded a crime.
  their_reference text,
  primary key (matter, flag)
);

create table matter_clocks (
  id uuid primary key not null,
  matter uuid not null references matters (id),
  kind text not null,
  started_at timestamptz not null,
  due_at timestamptz not null,
  met_at timestamptz,
  -- Ended without being met, such as by a merge.
  ended_at timestamptz,
  -- In words: what it was worked out from.
  basis text not null
);
create index matter_clocks_of_matter on matter_clocks (matter, due_at);

-- Matters that were found to be one, so that it can be undone.
create table matter_merges (
  id uuid primary key not null,
  kept uuid not null references matters (id),
  merged uuid not null references matters (id),
  reason text not null,
  was jsonb not null,
  by_user uuid not null,
  at timestamptz not null,
  undone_by uuid,
  undone_at timestamptz
);
create index matter_merges_of_kept on matter_merges (kept, at);
create index matter_merges_of_merged on matter_merges (merged, at);

-- Enquiries of councillors and members of Parliament.
create table enquiries (
  id uuid primary key not null,
  reference text not null unique,
  state text not null check (state in ('open', 'answered', 'closed')),
  -- Who answers it, and who there.
  agency uuid not null references agencies (id),
  owner uuid references users (id),
  matter uuid references matters (id),
  asked_by_name text not null,
  asked_by_user uuid references users (id),
  resident uuid references parties (id),
  -- How the resident's authority is known; without it no details may be told.
  authority text not null check (authority in ('none', 'own_words', 'in_writing')),
  authority_note text not null,
  question text not null,
  answer text,
  due_on date not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  version bigint not null
);
create index enquiries_of_agency on enquiries (agency, state, due_on);

-- What somebody knows and tells: apart from reports, with its own access.
create table intelligence (
  id uuid primary key not null,
  reference text not null unique,
  agency uuid not null references agencies (id),
  state text not null check (state in ('new', 'graded', 'closed')),
  channel text not null,
  told text not null,
  happened text not null,
  latitude double precision,
  longitude double precision,
  cell bigint,
  place text not null,
  -- The 3x5x2 grading: source 1 to 3, intelligence A to E, handling P or C.
  source_grade text,
  intelligence_grade text,
  handling text,
  handling_conditions text not null,
  sanitised text not null,
  review_on date,
  record uuid references form_records (id),
  delivery text unique,
  told_at timestamptz not null,
  graded_by uuid,
  graded_at timestamptz,
  version bigint not null
);
create index intelligence_of_agency on intelligence (agency, state, told_at);
