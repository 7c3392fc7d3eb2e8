-- Uploaded files by the hash of their content, and which records name them.
create table files (
  sha256 text primary key not null,
  size bigint not null,
  media_type text not null,
  created_at timestamptz not null
);

create table file_uses (
  id uuid primary key not null,
  sha256 text not null references files (sha256),
  subject_kind text not null,
  subject uuid not null,
  name text not null,
  created_at timestamptz not null,
  created_by uuid
);
create index file_uses_of_file on file_uses (sha256);
create index file_uses_of_subject on file_uses (subject, created_at);
