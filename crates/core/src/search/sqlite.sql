create table if not exists search_state (version bigint primary key not null, built_at timestamptz not null);
create table if not exists search_entries (number integer primary key not null, subject uuid not null unique, kind text not null, at timestamptz not null);
create index if not exists search_entries_newest on search_entries (kind, at, subject);
create table if not exists search_keys (key text not null, number bigint not null, primary key (key, number)) without rowid;
create index if not exists search_keys_of_entry on search_keys (number);
create virtual table if not exists search_text using fts5(words, content='', contentless_delete=1);
