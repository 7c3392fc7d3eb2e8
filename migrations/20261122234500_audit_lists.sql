-- The audit as people look at it: newest first, of one person, of one record.
create index audit_entries_by_time on audit_entries (at, id);
create index audit_entries_of_actor on audit_entries (actor, at, id);
create index audit_entries_of_subject on audit_entries (subject_id, at, id);
