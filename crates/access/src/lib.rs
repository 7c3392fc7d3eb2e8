//! Who may sign in, and what they may see and do.
//!
//! * [`policy`]: Cedar policies over facts, and the same as SQL for lists ([`policy::Scope`]).
//! * [`web`]: the application's state, routes with their rules, error pages.
//! * [`session`]: sessions of our own. [`access_log`]: who read personal data.
//! * [`sign_in`]: passwords, codes, passkeys, OpenID Connect, one-time links.
//! * [`tokens`]: what programs show instead: access tokens and subscription addresses.
//! * [`account`], [`users`], [`agencies`]: the pages of one's own account and of administration,
//!   and what `commonweal user …` does ([`users::commands`]).
//!
//! Nothing here opens a socket: the HTTP client of OpenID Connect is handed in by the binary.

pub mod access_log;
pub mod account;
pub mod agencies;
pub mod policy;
pub mod session;
pub mod sign_in;
pub mod tokens;
pub mod users;
pub mod web;
