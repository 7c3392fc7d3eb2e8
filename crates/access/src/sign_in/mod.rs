//! How people prove who they are.

pub mod password;

use std::sync::Arc;

use tokio::sync::Semaphore;

/// How many passwords are hashed at a time: each takes 32 MB and a core for a tenth of a second.
const AT_A_TIME: usize = 4;

/// How people sign in here. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SignIn {
    hashing: Arc<Semaphore>,
}

impl SignIn {
    /// Passwords, codes and passkeys.
    #[must_use]
    pub fn new() -> Self {
        Self {
            hashing: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }
}

impl Default for SignIn {
    fn default() -> Self {
        Self::new()
    }
}
