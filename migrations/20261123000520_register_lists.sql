-- What lists are sorted by: for each record one row a question that is marked list = true, and one
-- for its title (question '@title'). key sorts as bytes; a record without an answer has the row of
-- the question's name with '?' behind it, so that both kinds are read in order by one index.
create table answer_sort (
  record uuid not null references form_records (id),
  definition text not null,
  question text not null,
  key text not null,
  primary key (record, question)
);
create index answer_sort_by_key on answer_sort (definition, question, key, record);

-- Search knows a record twice where it holds personal data: under its own id without personal
-- answers, and under this one with all.
alter table form_records add column personal_entry uuid;
create index form_records_by_personal_entry on form_records (personal_entry);
create index form_records_of_agency on form_records (definition, agency, created_at, id);
create index form_records_owned on form_records (definition, owner, created_at, id);
create index form_records_closed on form_records (closed_at);
