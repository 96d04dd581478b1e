//! What the services say: to the console, and each to a file of its own.
//!
//! One line is one event: time, level, service, the work it belongs to (`strategy id:attempt`), the module, the message, fields.
//! Who wrote a line is told by the span it stands in, so that many services can share a process and still have a log each.

mod file;
mod levels;
mod line;
mod lines;
mod scrub;
#[cfg(feature = "otel")]
mod traces;

pub use file::LogFile;
pub use lines::Console;
pub use scrub::hide;

use crate::daemon::ServiceName;
use crate::model::Claim;
use crate::settings::{Logging, Secrets, Settings};
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
    /// Traces were asked for, and how they are to be handed on is wrong.
    #[error("{0}")]
    Traces(String),
}

/// The log of this process.
#[derive(Debug, Clone)]
pub struct Telemetry {
    levels: reload::Handle<Targets, Registry>,
    #[cfg(feature = "otel")]
    traces: Option<traces::Traces>,
}

impl Telemetry {
    /// Sets up the log of this process for these services, and their traces if the settings name a collector. Files that cannot
    /// be written and a collector that does not answer are no errors: it says so, and does without.
    ///
    /// # Errors
    /// When there is a log already, and when the headers for the collector are none.
    pub fn install(
        settings: &Settings,
        secrets: &Secrets,
        services: &[ServiceName],
        console: Console,
    ) -> Result<Self, TelemetryError> {
        let logging = &settings.logging;
        let (filter, levels) = reload::Layer::new(levels::levels(logging));
        let log = Registry::default()
            .with(filter)
            .with(Lines::new(logging, services, console));
        let wanted = !settings.telemetry.otlp_endpoint.is_empty();
        #[cfg(feature = "otel")]
        if wanted {
            let traces = traces::Traces::new(&settings.telemetry, secrets, services)?;
            log.with(traces.layer())
                .try_init()
                .map_err(|_| TelemetryError::Twice)?;
            return Ok(Self {
                levels,
                traces: Some(traces),
            });
        }
        #[cfg(not(feature = "otel"))]
        let _ = secrets;
        log.try_init().map_err(|_| TelemetryError::Twice)?;
        if wanted {
            tracing::warn!(
                "`telemetry.otlp_endpoint` is set, but there are no traces: this program was built without `--features otel`"
            );
        }
        Ok(Self {
            levels,
            #[cfg(feature = "otel")]
            traces: None,
        })
    }

    /// Hands on the last traces, as long as the settings allow (`telemetry.flush_ms`). Not to be called by a task: it waits.
    pub fn flush(&self) {
        #[cfg(feature = "otel")]
        if let Some(traces) = &self.traces {
            traces.flush();
        }
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

/// The span of the work on a claim: every line in it carries `work=strategy:attempt`. To a collector it is one trace, named after
/// its stage.
pub fn work(claim: &Claim) -> tracing::Span {
    let stage = claim.queue.as_str();
    tracing::error_span!(
        "work",
        otel.name = stage,
        work = %format_args!("{}:{}", claim.strategy.made.id, claim.attempt),
        strategy = %claim.strategy.made.name,
        stage,
    )
}
