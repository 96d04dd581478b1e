//! Counts what the factory does.
//!
//! Every interval one snapshot of the pipeline goes into the store: what waits where, how much was made and judged in the last
//! hour, what was refused and why, how long it took, how good the pool is ([`measure`]). Snapshots thin out with age: raw, then
//! hourly, then daily means ([`thin`]). Figures that stay bad raise alerts, which end only when the figure is clearly better
//! ([`watch`]).

mod measure;
mod rollup;
mod watch;
mod window;
mod worker;

pub use measure::{Measured, Quality, Reading, Services, Success, Throughput, Timing, measure};
pub use rollup::{mean, thin};
pub use watch::{Change, Rule, Watch, rules, step};
pub use window::{Window, judged};
pub use worker::{ALERTS, LEASE, SUBJECT};

use async_trait::async_trait;
use sixbtc_core::daemon::{Context, Service, ServiceError, ServiceName, Worker};

/// The service.
#[derive(Debug, Default)]
pub struct Metrics;

impl Metrics {
    /// The service; its intervals are settings.
    pub fn new() -> Self {
        Self
    }
}

#[async_trait]
impl Service for Metrics {
    fn name(&self) -> ServiceName {
        ServiceName::Metrics
    }

    async fn start(&self, _cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        Ok(vec![Box::new(worker::Counter::default())])
    }
}
