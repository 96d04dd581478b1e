//! What the services say: to the console, and each to a file of its own.
//!
//! One line is one event: time, level, service, the work it belongs to (`strategy id:attempt`), the module, the message, fields.
//! Who wrote a line is told by the span it stands in, so that many services can share a process and still have a log each.

mod file;
mod levels;
mod line;
mod lines;
mod scrub;

pub use file::LogFile;
pub use lines::Console;
pub use scrub::hide;

use crate::daemon::ServiceName;
use crate::model::Claim;
use crate::settings::{Logging, Settings};
use lines::Lines;
use std::sync::Arc;
use tokio::sync::watch;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, reload};

/// The log of this process could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// It already has one.
    #[error("this process has a log already")]
    Twice,
}

/// The log of this process.
#[derive(Debug, Clone)]
pub struct Telemetry {
    levels: reload::Handle<Targets, Registry>,
}

impl Telemetry {
    /// Sets up the log of this process for these services. Files that cannot be written are no error: it says so, and writes to
    /// the console alone.
    ///
    /// # Errors
    /// When there is a log already.
    pub fn install(
        logging: &Logging,
        services: &[ServiceName],
        console: Console,
    ) -> Result<Self, TelemetryError> {
        let (filter, handle) = reload::Layer::new(levels::levels(logging));
        Registry::default()
            .with(filter)
            .with(Lines::new(logging, services, console))
            .try_init()
            .map_err(|_| TelemetryError::Twice)?;
        Ok(Self { levels: handle })
    }

    /// Takes the levels of these settings from now on.
    pub fn set_levels(&self, logging: &Logging) {
        if let Err(e) = self.levels.reload(levels::levels(logging)) {
            tracing::warn!("levels of the log could not be changed: {e}");
        }
    }

    /// Follows the levels in the settings, until whoever sends them is gone.
    pub async fn follow(self, mut settings: watch::Receiver<Arc<Settings>>) {
        let mut now = settings.borrow().logging.clone();
        while settings.changed().await.is_ok() {
            let new = settings.borrow_and_update().logging.clone();
            if (&new.level, &new.modules) != (&now.level, &now.modules) {
                self.set_levels(&new);
                tracing::info!(level = ?new.level, modules = ?new.modules, "levels of the log have changed");
            }
            now = new;
        }
    }
}

/// The span of the work on a claim: every line in it carries `work=strategy:attempt`.
pub fn work(claim: &Claim) -> tracing::Span {
    tracing::error_span!(
        "work",
        work = %format_args!("{}:{}", claim.strategy.made.id, claim.attempt),
    )
}
