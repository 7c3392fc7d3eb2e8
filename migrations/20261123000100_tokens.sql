-- What programs show instead of a sign-in. Secrets are kept as SHA-256 only: whoever reads these
-- tables cannot use them.
create table api_tokens (
  id uuid primary key not null,
  user_id uuid not null references users (id),
  name text not null,
  token text not null unique,
  purpose text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_tokens_of_user on api_tokens (user_id, created_at);
create index api_tokens_by_end on api_tokens (expires_at);

-- Addresses that calendar programs and feed readers subscribe to: each opens one feed.
create table feed_secrets (
  id uuid primary key not null,
  user_id uuid not null references users (id),
  feed text not null,
  secret text not null unique,
  purpose text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index feed_secrets_of_user on feed_secrets (user_id, created_at);
