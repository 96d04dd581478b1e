//! The generator as a service: takes turns among the sources, examines what they draw, hands it to the store.

mod author;
mod bandit;
mod coins;
mod facts;
mod finder;
mod handover;
mod ledger;
mod pressure;
mod providers;
mod sources;
mod turns;
mod worker;

pub use bandit::{Arm, Bandit};
pub use coins::{Group, Rules, by_regime, largest};
pub use pressure::Pressure;
pub use sources::{by_name, own, sides};
pub use turns::{STATE, State};

use crate::examine::Seen;
use crate::pattern::Patterns;
use crate::source::Source;
use async_trait::async_trait;
use secrecy::SecretString;
use sixbtc_core::daemon::{Context, Service, ServiceError, ServiceName, Worker};
use sixbtc_core::model::SourceName;
use sixbtc_core::settings::{SecretName, Secrets};
use std::sync::{Arc, Mutex};

/// The service.
#[derive(Default)]
pub struct Generator {
    more: Vec<Arc<dyn Source>>,
    /// Of the endpoint of language models.
    key: Option<SecretString>,
}

impl Generator {
    /// With the sources that need nothing but themselves.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the secrets of the settings: an endpoint of language models may need one.
    #[must_use]
    pub fn secrets(mut self, secrets: &Secrets) -> Self {
        self.key = secrets.get(SecretName::AiKey).cloned();
        self
    }

    /// With a source beside them, or instead of the one of its name: one that asks a service.
    #[must_use]
    pub fn with(mut self, source: Arc<dyn Source>) -> Self {
        self.more.push(source);
        self
    }
}

#[async_trait]
impl Service for Generator {
    fn name(&self) -> ServiceName {
        ServiceName::Generator
    }

    async fn start(&self, cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        let threads = cx.settings.borrow().generation.parallel_threads.max(1);
        // what one worker made, another must not make again
        let seen = Arc::new(Mutex::new(Seen::default()));
        let mut sources = self.more.clone();
        let patterns = sources
            .iter()
            .all(|s| s.name() != SourceName::Pattern)
            .then(|| {
                let ratio = cx.settings.borrow().pattern_discovery.stop_ratio;
                Arc::new(Patterns::new(ratio))
            });
        sources.extend(patterns.clone().map(|p| p as Arc<dyn Source>));
        let mut workers: Vec<Box<dyn Worker>> = Vec::new();
        for _ in 0..threads {
            workers.push(Box::new(worker::Maker::new(
                sources.clone(),
                Arc::clone(&seen),
            )));
        }
        workers.push(Box::new(author::Author::new(seen, self.key.clone())));
        if let Some(patterns) = patterns {
            workers.push(Box::new(finder::Finder::new(patterns)));
        }
        Ok(workers)
    }
}
