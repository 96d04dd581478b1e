//! Chooses which strategies of the pool trade.
//!
//! [`choose`](choose::choose) says who, [`capital`] with how much: both are pure. [`Rotator`] is the service, one round of which
//! is [`round`].

pub mod capital;
pub mod choose;
mod worker;

pub use worker::{LEASE, Rotated, Rounds, round};

use async_trait::async_trait;
use sixbtc_core::daemon::{Context, Service, ServiceError, ServiceName, Worker};
use sixbtc_core::venue::OpenVenue;
use std::sync::Arc;

/// The service. Any number of instances may run: one has the lease and acts.
#[derive(Clone, Default)]
pub struct Rotator {
    opens: Option<Arc<dyn OpenVenue>>,
}

impl Rotator {
    /// The service.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with what opens a venue beside the simulated one.
    #[must_use]
    pub fn venue(mut self, opens: Arc<dyn OpenVenue>) -> Self {
        self.opens = Some(opens);
        self
    }
}

#[async_trait]
impl Service for Rotator {
    fn name(&self) -> ServiceName {
        ServiceName::Rotator
    }

    async fn start(&self, _: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        Ok(vec![Box::new(Rounds::new(self.opens.clone()))])
    }
}
