//! Graceful shutdown: one signal that everything long-lived listens to.

use tokio::sync::watch;

/// Asks everything that holds a [`Stop`] to finish.
#[derive(Debug)]
pub struct Trigger(watch::Sender<bool>);

/// Tells whether the application is to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A trigger and what listens to it. Dropping the trigger stops as well.
#[must_use]
pub fn channel() -> (Trigger, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Trigger(sender), Stop(receiver))
}

impl Trigger {
    /// Asks all to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether stopping was asked for.
    #[must_use]
    pub fn requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until it is.
    pub async fn wait(&mut self) {
        // An error means that the trigger is gone, which stops as well.
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Waits for a time, or less where stopping is asked for.
    pub async fn sleep(&mut self, time: std::time::Duration) {
        tokio::select! {
            () = self.wait() => {}
            () = tokio::time::sleep(time) => {}
        }
    }
}
