//! Keeps a claim alive while it is computed on.

use sixbtc_core::model::Claim;
use sixbtc_core::store::{Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Renews a lease from a task of its own, until it is dropped or the lease is lost.
pub struct Keeper {
    lost: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Renews every third of the lease.
    pub fn start(store: Store, claim: Claim, lease: Duration) -> Self {
        let lost = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&lost);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(lease / 3).await;
                match store.renew(&claim, lease).await {
                    Err(StoreError::LeaseLost { .. }) => {
                        flag.store(true, Ordering::Relaxed);
                        return;
                    }
                    Err(e) => {
                        tracing::warn!(strategy = %claim.strategy.made.name, "the lease could not be renewed: {e}");
                    }
                    Ok(_) => {}
                }
            }
        });
        Self { lost, task }
    }

    /// Whether another may have the claim.
    pub fn lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// The same for another thread.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.lost)
    }

    /// Renews no more.
    pub fn end(self) {
        drop(self);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}
