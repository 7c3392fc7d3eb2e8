-- One copy of the application at a time.
select pg_advisory_xact_lock(7305);
create table if not exists search_state (version bigint primary key not null, built_at timestamptz not null);
create table if not exists search_entries (number bigint generated always as identity primary key, subject uuid not null unique, kind text not null, at timestamptz not null, words tsvector);
create index if not exists search_entries_newest on search_entries (kind, at, subject);
create table if not exists search_keys (key text not null, number bigint not null, primary key (key, number));
create index if not exists search_keys_of_entry on search_keys (number);
create index if not exists search_entries_words on search_entries using gin (words);
