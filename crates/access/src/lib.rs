//! Policies, scopes, sessions, sign-in and the access log.
