//! Ids, clock, database, events, audit, jobs, files, mail, search, errors and configuration.
