//! Watches what trades, retires it, raises alarms.
//!
//! [`Watcher`] reads money and figures of every live strategy and asks for the end of those that are no longer what was tested;
//! [`Postman`] carries [alerts](sixbtc_core::alerts) to the [channels](Channel).

mod channels;
mod figures;
mod parity;
mod postman;
mod watch;

pub use channels::{Channel, ChannelError, ChannelSettingsError, Email, Telegram, Webhook};
pub use figures::{Verdict, kept, live_figures, promise, verdict};
pub use parity::beyond;
pub use postman::{Postman, deliver, make_channels};
pub use watch::{LEASE, Watcher};

use async_trait::async_trait;
use sixbtc_core::daemon::{Context, Service, ServiceError, ServiceName, Worker};
use sixbtc_core::settings::Secrets;
use sixbtc_core::venue::OpenVenue;
use std::sync::Arc;

/// The service. Any number of instances may run: one has the lease and watches.
#[derive(Clone, Default)]
pub struct Monitor {
    secrets: Arc<Secrets>,
    opens: Option<Arc<dyn OpenVenue>>,
}

impl Monitor {
    /// The service, with the secrets of its channels.
    pub fn new(secrets: Arc<Secrets>) -> Self {
        Self {
            secrets,
            opens: None,
        }
    }

    /// The same, with what opens a venue beside the simulated one.
    #[must_use]
    pub fn venue(mut self, opens: Arc<dyn OpenVenue>) -> Self {
        self.opens = Some(opens);
        self
    }
}

#[async_trait]
impl Service for Monitor {
    fn name(&self) -> ServiceName {
        ServiceName::Monitor
    }

    async fn start(&self, _: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        Ok(vec![
            Box::new(Watcher::new(self.opens.clone())),
            Box::new(Postman::new(Arc::clone(&self.secrets))),
        ])
    }
}
