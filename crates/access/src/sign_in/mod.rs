//! How people prove who they are: passwords with codes, passkeys, their organisation's sign-in,
//! and links that work once.
//!
//! Whether an account exists cannot be learnt here: unknown, disabled and locked accounts get the
//! same answers in the same time.

pub mod codes;
pub mod link;
mod link_pages;
pub mod lockout;
pub mod organisation;
mod pages;
pub mod passkey;
pub mod password;
pub(crate) mod steps;

use std::sync::Arc;

use tokio::sync::Semaphore;

pub use link::first_run_link;
pub use organisation::{HttpClient, Organisation};

pub(crate) use link_pages::check_new_password;

use crate::web::{App, Routes};

/// How many passwords are hashed at a time: each takes 32 MB and a core for a tenth of a second.
const AT_A_TIME: usize = 4;

/// How people sign in here. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SignIn {
    hashing: Arc<Semaphore>,
    organisation: Option<Arc<organisation::Known>>,
}

impl SignIn {
    /// Passwords, codes and passkeys.
    #[must_use]
    pub fn new() -> Self {
        Self {
            hashing: Arc::new(Semaphore::new(AT_A_TIME)),
            organisation: None,
        }
    }

    /// Also with the organisation's own sign-in.
    #[must_use]
    pub fn with_organisation(mut self, organisation: Organisation) -> Self {
        self.organisation = Some(Arc::new(organisation::Known::new(organisation)));
        self
    }
}

impl Default for SignIn {
    fn default() -> Self {
        Self::new()
    }
}

/// All pages of signing in and out.
#[must_use]
pub fn routes() -> Routes<App> {
    pages::routes()
        .merge(link_pages::routes())
        .merge(organisation::routes())
        .merge(passkey::routes())
}

#[cfg(test)]
mod other_side_tests;
#[cfg(test)]
mod tests;
