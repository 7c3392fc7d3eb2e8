-- Records of forms and registers. What a definition says lies in content (kinds forms, registers);
-- its grants are repeated here, where policies and scopes read them.
create table definition_grants (
  definition text not null,
  role text not null,
  act text not null,
  reach text not null check (reach in ('all', 'own_agency', 'own')),
  primary key (definition, role, act, reach)
);
create index definition_grants_of_role on definition_grants (role, act);

-- agency: whose record it is. owner: who answers for it. parent: the record that it belongs to.
-- due_on: the first open due date. place: WGS84 degrees, and the H3 cell of resolution 9.
-- delivery: names what a device sent, so that it arrives once. erased_at: personal answers gone.
create table form_records (
  id uuid primary key not null,
  definition text not null,
  definition_version bigint not null,
  reference text not null unique,
  state text not null,
  title text not null,
  answers jsonb not null,
  agency uuid references agencies (id),
  owner uuid references users (id),
  created_by uuid references users (id),
  parent uuid references form_records (id),
  wave text,
  channel text not null,
  delivery text unique,
  latitude double precision,
  longitude double precision,
  cell bigint,
  due_on date,
  state_since timestamptz,
  closed_at timestamptz,
  erased_at timestamptz,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  version bigint not null
);
create index form_records_newest on form_records (definition, created_at, id);
create index form_records_changed on form_records (definition, changed_at, id);
create index form_records_state on form_records (definition, state, created_at, id);
create index form_records_due on form_records (definition, due_on, id);
create index form_records_of_owner on form_records (owner, due_on);
create index form_records_of_parent on form_records (parent);
create index form_records_in_cell on form_records (cell);

-- The answers of questions marked list = true, one row a value; number holds numbers, pence, yes (1)
-- and no (0); linked the id of an agency, person or record.
create table answer_index (
  record uuid not null references form_records (id),
  definition text not null,
  question text not null,
  position bigint not null,
  text text,
  number double precision,
  date date,
  linked uuid,
  primary key (record, question, position)
);
create index answer_index_text on answer_index (definition, question, text, record);
create index answer_index_number on answer_index (definition, question, number, record);
create index answer_index_date on answer_index (definition, question, date, record);
create index answer_index_linked on answer_index (linked, definition, question);

-- Answers that are not sent yet. owner: 'user:…' or 'visit:…'. record: where an existing record is
-- edited, with the version that was read. resume: the hash of a link's secret. sent: the record
-- that it became, so that a second press of the button shows the same confirmation.
create table form_drafts (
  id uuid primary key not null,
  definition text not null,
  definition_version bigint not null,
  owner text not null,
  record uuid references form_records (id),
  record_version bigint,
  move text,
  parent uuid references form_records (id),
  invitation uuid,
  answers jsonb not null,
  resume text unique,
  sent uuid references form_records (id),
  created_at timestamptz not null,
  changed_at timestamptz not null,
  expires_at timestamptz not null,
  version bigint not null
);
create index form_drafts_of_owner on form_drafts (owner, changed_at);
create index form_drafts_expiry on form_drafts (expires_at);

-- What people write beside the answers.
create table form_notes (
  id uuid primary key not null,
  record uuid not null references form_records (id),
  text text not null,
  written_by uuid,
  written_at timestamptz not null
);
create index form_notes_of_record on form_notes (record, written_at);

-- Dates by which something is to be done; done_at empty while it is open.
create table form_dues (
  record uuid not null references form_records (id),
  due text not null,
  due_on date not null,
  done_at timestamptz,
  reminded_on date,
  primary key (record, due)
);
create index form_dues_open on form_dues (done_at, due_on);

-- Filters and order of a list under a name; agency where it is shared with colleagues.
create table form_views (
  id uuid primary key not null,
  definition text not null,
  name text not null,
  query text not null,
  user_id uuid not null references users (id),
  agency uuid references agencies (id),
  created_at timestamptz not null,
  version bigint not null
);
create index form_views_of on form_views (definition, user_id);

-- People asked to answer. secret: the hash of the link's secret. record: the answers, once sent.
create table form_invitations (
  id uuid primary key not null,
  definition text not null,
  wave text,
  secret text not null unique,
  party uuid,
  subject_kind text,
  subject uuid,
  agency uuid references agencies (id),
  due_on date not null,
  sent_at timestamptz,
  answered_at timestamptz,
  record uuid references form_records (id),
  created_by uuid,
  created_at timestamptz not null
);
create index form_invitations_of on form_invitations (definition, wave, created_at);
