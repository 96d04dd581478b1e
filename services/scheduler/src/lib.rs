//! Runs each task when it is due, once.
//!
//! When a task is due, who is at it and what became of it stands in the store: a restart neither skips nor repeats one, and of
//! several schedulers only one runs it. A task that fails is tried again later and later and holds up no other, since several
//! workers take tasks; a worker that vanishes loses its lease, and the task is taken again.

pub mod plan;
mod run;
pub mod schedule;
mod tasks;

pub use plan::Task;
pub use tasks::Exchanges;

use async_trait::async_trait;
use run::Runner;
use sixbtc_core::daemon::{Context, Service, ServiceError, ServiceName, Worker};
use sixbtc_core::settings::Settings;
use std::sync::Arc;

/// Tasks that may run at the same time: a long download leaves room for the others.
const WORKERS: usize = 3;

/// Makes the clients of the exchanges that the settings name.
pub type Connect = Arc<dyn Fn(&Settings) -> Result<Exchanges, String> + Send + Sync>;

/// The service.
pub struct Scheduler {
    connect: Connect,
}

impl Default for Scheduler {
    fn default() -> Self {
        Self::new()
    }
}

impl Scheduler {
    /// With the exchanges that the settings name.
    pub fn new() -> Self {
        Self::with_exchanges(Arc::new(Exchanges::of))
    }

    /// With exchanges of one's own.
    pub fn with_exchanges(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl Service for Scheduler {
    fn name(&self) -> ServiceName {
        ServiceName::Scheduler
    }

    async fn start(&self, _cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        let worker = |_| Box::new(Runner::new(Arc::clone(&self.connect))) as Box<dyn Worker>;
        Ok((0..WORKERS).map(worker).collect())
    }
}
