-- Who may sign in, and what they may see and do.
create table agencies (
  id uuid primary key not null,
  name text not null unique,
  kind text not null,
  active boolean not null,
  created_at timestamptz not null,
  version bigint not null
);

create table users (
  id uuid primary key not null,
  name text not null,
  -- In lower case: it is what people sign in with.
  email text not null unique,
  agency uuid not null references agencies (id),
  active boolean not null,
  password text,
  password_set_at timestamptz,
  totp_secret bytea,
  -- The last 30-second step whose code was used, so that no code is used twice.
  totp_step bigint,
  created_at timestamptz not null,
  last_sign_in timestamptz,
  version bigint not null
);
create index users_of_agency on users (agency);

create table roles (
  key text primary key not null,
  name text not null,
  description text not null,
  purpose text not null,
  position bigint not null,
  -- SHA-256 of the shipped file that it came from; none for the partnership's own.
  shipped text
);

create table role_grants (
  role text not null references roles (key),
  action text not null,
  reach text not null,
  primary key (role, action, reach)
);

create table user_roles (
  user_id uuid not null references users (id),
  role text not null references roles (key),
  primary key (user_id, role)
);

-- Tokens are kept as SHA-256 only: whoever reads this table cannot sign in with it.
create table sessions (
  id uuid primary key not null,
  token text not null unique,
  user_id uuid not null references users (id),
  purpose text not null,
  browser text not null,
  method text not null,
  created_at timestamptz not null,
  used_at timestamptz not null,
  idle_until timestamptz not null,
  ends_at timestamptz not null,
  ended_at timestamptz,
  flash text
);
create index sessions_of_user on sessions (user_id, used_at);
create index sessions_by_end on sessions (ends_at);

-- What somebody typed when the sign-in or the form had expired: for 24 hours, for them alone.
create table kept_forms (
  id uuid primary key not null,
  owner text not null,
  path text not null,
  body text not null,
  created_at timestamptz not null
);
create index kept_forms_by_time on kept_forms (created_at);

-- Failed sign-ins by account and by address, both as hashes.
create table sign_in_attempts (
  key text primary key not null,
  failures bigint not null,
  last_at timestamptz not null,
  locked_until timestamptz
);
create index sign_in_attempts_by_time on sign_in_attempts (last_at);

create table recovery_codes (
  id uuid primary key not null,
  user_id uuid not null references users (id),
  code text not null,
  used_at timestamptz
);
create index recovery_codes_of_user on recovery_codes (user_id);

-- Links that work once: the first administrator's, and to set a new password.
create table one_time_links (
  token text primary key not null,
  kind text not null,
  user_id uuid references users (id),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table passkeys (
  id uuid primary key not null,
  user_id uuid not null references users (id),
  credential_id text not null unique,
  name text not null,
  credential jsonb not null,
  created_at timestamptz not null,
  used_at timestamptz
);
create index passkeys_of_user on passkeys (user_id);

-- Steps of a sign-in that wait for the next: second factor, passkey, OpenID Connect.
create table sign_in_steps (
  owner text not null,
  kind text not null,
  user_id uuid,
  state jsonb not null,
  expires_at timestamptz not null,
  primary key (owner, kind)
);
create index sign_in_steps_by_end on sign_in_steps (expires_at);

-- Who an identity provider's subject is here.
create table identities (
  issuer text not null,
  subject text not null,
  user_id uuid not null references users (id),
  created_at timestamptz not null,
  primary key (issuer, subject)
);

-- Reads of personal data: one row per request, written before the answer goes.
create table access_log (
  id uuid primary key not null,
  at timestamptz not null,
  user_id uuid not null,
  session uuid not null,
  action text not null,
  purpose text not null,
  path text not null,
  subjects jsonb not null
);
create index access_log_of_user on access_log (user_id, at);
create index access_log_by_time on access_log (at);
