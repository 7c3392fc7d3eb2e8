-- What the public report keeps beside reports: where their places lie, what was added to them, and, apart
-- from all of it, how much came from one network address within a day.

-- What whoever sent a report is told about its place.
create table report_outcomes (
  report uuid primary key not null references reports (id),
  record uuid not null references form_records (id),
  outside boolean not null,
  -- Whose place it is, where it is not ours and that is known.
  whose text,
  -- When the private link was shown: it is shown once.
  link_shown_at timestamptz
);

-- Forms that add to a report after it was sent.
create table report_additions (
  record uuid primary key not null references form_records (id),
  report uuid not null references reports (id),
  added_at timestamptz not null
);
create index report_additions_of_report on report_additions (report, added_at);

-- Counts under keyed hashes of network addresses, and questions that were answered. Nothing refers to a
-- report; nothing is older than a day.
create table report_floods (
  key text primary key not null,
  since timestamptz not null,
  count bigint not null
);
create index report_floods_by_time on report_floods (since);
create table report_flood_keys (
  secret text primary key not null,
  made_at timestamptz not null
);
