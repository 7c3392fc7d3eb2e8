-- Content that may be an indecent image of a child. While a row stands and is not released, nobody is
-- given the content, under whatever record it is named, and nothing deletes it: it is evidence.
create table blocked_files (
  -- No reference to `files`: a released file that no record names may be swept.
  sha256 text primary key not null,
  id uuid not null unique,
  reference text not null unique,
  marked_at timestamptz not null,
  marked_by uuid not null,
  -- Where it was seen: the use of the file, and the record that named it.
  file_use uuid not null,
  subject_kind text not null,
  subject uuid not null,
  -- How many data protection officers were alerted, and whether the police contact was.
  officers bigint not null,
  police boolean not null,
  released_at timestamptz,
  released_by uuid,
  reason text not null,
  version bigint not null
);
create index blocked_files_by_time on blocked_files (marked_at);
