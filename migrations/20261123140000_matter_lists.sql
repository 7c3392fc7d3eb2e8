-- Views of the queue: what is mine by its clock, what was closed or joined a case by its newest report.
create index matters_of_owner on matters (owner, state, due_at);
create index matters_by_state on matters (state, last_report_at);
