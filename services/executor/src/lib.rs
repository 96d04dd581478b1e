//! Trades the strategies that are live.
//!
//! The trades of a strategy follow from its [deployment](sixbtc_core::live::Deployment) and the bars that have closed: [`ledger()`]
//! makes them with the engine that tested it, [`steps()`] says what account and store lack, and [`Trader`] does it. There is no
//! other state, so a kill at any point loses nothing and a restart makes the same trades.

pub mod account;
pub mod clock;
pub mod deploy;
pub mod disk;
mod events;
pub mod feed;
pub mod funds;
pub mod gate;
pub mod gateway;
pub mod guard;
pub mod halts;
pub mod journal_file;
pub mod keeper;
pub mod ledger;
pub mod lock;
pub mod moves;
pub mod office;
pub mod program;
pub mod snapshot_file;
pub mod steps;
pub mod task;
pub mod trade_sync;
pub mod twin;
pub mod vault;
mod worker;

pub use guard::Guard;
pub use ledger::{Ledger, Lot, Part, ledger};
pub use steps::{Step, Steps, steps};
pub use worker::{LEASE, Trader};

use async_trait::async_trait;
use office::{LiveTrader, UnlockSource};
use sixbtc_core::daemon::{Context, Service, ServiceError, ServiceName, Worker};
use sixbtc_core::settings::VenueName;
use std::sync::Arc;

/// The service. One instance has the lease and trades, others with directories of their own wait for it. At an exchange, a second one
/// on the same directory of accounts ends with the reason.
#[derive(Clone, Default)]
pub struct Executor {
    unlock: Option<UnlockSource>,
}

impl Executor {
    /// The service, for simulated accounts and local venues.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with what opens the key file.
    #[must_use]
    pub fn keys(mut self, unlock: UnlockSource) -> Self {
        self.unlock = Some(unlock);
        self
    }
}

#[async_trait]
impl Service for Executor {
    fn name(&self) -> ServiceName {
        ServiceName::Executor
    }

    async fn start(&self, cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        let venue = cx.settings.borrow().trading.venue;
        let trader: Box<dyn Worker> = match venue {
            VenueName::Simulated => Box::new(Trader::default()),
            VenueName::Hyperliquid => {
                let none: UnlockSource = Arc::new(|_| Ok(None));
                Box::new(LiveTrader::new(self.unlock.clone().unwrap_or(none)))
            }
        };
        Ok(vec![trader, Box::new(Guard::default())])
    }
}
