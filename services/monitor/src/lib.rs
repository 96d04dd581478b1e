//! Watches what trades, retires it, raises alarms.
//!
//! [`Watcher`] reads money and figures of every live strategy and asks for the end of those that are no longer what was tested;
//! [`Postman`] carries [alerts](sixbtc_core::alerts) to the [channels](Channel).

mod channels;
mod figures;
mod postman;
mod watch;

pub use channels::{Channel, ChannelError, ChannelSettingsError, Email, Telegram, Webhook};
pub use figures::{Verdict, kept, live_figures, promise, verdict};
pub use postman::{Postman, deliver, make_channels};
pub use watch::{LEASE, Watcher};

use async_trait::async_trait;
use sixbtc_core::daemon::{Context, Service, ServiceError, ServiceName, Worker};
use sixbtc_core::settings::Secrets;
use std::sync::Arc;

/// The service. Any number of instances may run: one has the lease and watches.
#[derive(Debug, Clone, Default)]
pub struct Monitor {
    secrets: Arc<Secrets>,
}

impl Monitor {
    /// The service, with the secrets of its channels.
    pub fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets }
    }
}

#[async_trait]
impl Service for Monitor {
    fn name(&self) -> ServiceName {
        ServiceName::Monitor
    }

    async fn start(&self, _: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        Ok(vec![
            Box::new(Watcher::default()),
            Box::new(Postman::new(Arc::clone(&self.secrets))),
        ])
    }
}
