//! Trades the strategies that are live.
//!
//! The trades of a strategy follow from its [deployment](sixbtc_core::live::Deployment) and the bars that have closed: [`ledger()`]
//! makes them with the engine that tested it, [`steps()`] says what account and store lack, and [`Trader`] does it. There is no
//! other state, so a kill at any point loses nothing and a restart makes the same trades.

pub mod account;
pub mod clock;
pub mod deploy;
pub mod disk;
pub mod feed;
pub mod halts;
pub mod journal_file;
pub mod ledger;
pub mod lock;
pub mod program;
pub mod snapshot_file;
pub mod steps;
mod worker;

pub use ledger::{Ledger, Lot, Part, ledger};
pub use steps::{Step, Steps, steps};
pub use worker::{LEASE, Trader};

use async_trait::async_trait;
use sixbtc_core::daemon::{Context, Service, ServiceError, ServiceName, Worker};

/// The service. Any number of instances may run: one has the lease and trades.
#[derive(Debug, Clone, Copy, Default)]
pub struct Executor;

impl Executor {
    /// The service.
    pub fn new() -> Self {
        Self
    }
}

#[async_trait]
impl Service for Executor {
    fn name(&self) -> ServiceName {
        ServiceName::Executor
    }

    async fn start(&self, _: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        Ok(vec![Box::new(Trader::default())])
    }
}
