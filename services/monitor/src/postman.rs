//! Carries alerts from the queue to the channels. A task of its own, so that a channel that hangs never holds up the watching;
//! each channel goes its own way, so that none holds up another.

use crate::channels::{Channel, ChannelError, ChannelSettingsError, Email, Telegram, Webhook};
use async_trait::async_trait;
use sixbtc_core::alerts::{CONTROL_KEY, Queue, Waiting};
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker};
use sixbtc_core::settings::{Alerts, SecretName, Secrets};
use sixbtc_core::shared;
use sixbtc_core::store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The right that only one postman has.
pub const LEASE: &str = "monitor.alerts";

/// Time between looks into the queue.
const PACE: Duration = Duration::from_secs(5);
/// Alerts that one channel tries in a round.
const AT_ONCE: usize = 10;

type Channels = Vec<Arc<dyn Channel>>;

/// Carries alerts.
pub struct Postman {
    secrets: Arc<Secrets>,
    made: Option<(Alerts, Channels)>,
}

/// The channels that are switched on, and what is wrong with those that cannot work.
pub fn make_channels(
    settings: &Alerts,
    secrets: &Secrets,
) -> (Channels, Vec<ChannelSettingsError>) {
    let mut list: Channels = Vec::new();
    let mut wrong = Vec::new();
    let mut add = |made: Result<Arc<dyn Channel>, ChannelSettingsError>| match made {
        Ok(channel) => list.push(channel),
        Err(error) => wrong.push(error),
    };
    let missing = |channel, name: SecretName| ChannelSettingsError {
        channel,
        why: format!("the secret {} is missing", name.variable()),
    };
    let limit = |seconds: u64| Duration::from_secs(seconds);
    if settings.webhook.enabled {
        let name = SecretName::WebhookUrl;
        let url = secrets.get(name).ok_or_else(|| missing("webhook", name));
        let timeout = limit(settings.webhook.timeout_seconds);
        add(url
            .and_then(|url| Webhook::new(url.clone(), timeout))
            .map(|c| Arc::new(c) as _));
    }
    if settings.telegram.enabled {
        let name = SecretName::TelegramToken;
        let t = &settings.telegram;
        let token = secrets.get(name).ok_or_else(|| missing("telegram", name));
        let timeout = limit(t.timeout_seconds);
        add(token
            .and_then(|token| Telegram::new(&t.api_url, token.clone(), &t.chat_id, timeout))
            .map(|c| Arc::new(c) as _));
    }
    if settings.email.enabled {
        let password = secrets.get(SecretName::EmailPassword);
        add(Email::new(&settings.email, password).map(|c| Arc::new(c) as _));
    }
    (list, wrong)
}

impl Postman {
    /// A postman with these secrets.
    pub fn new(secrets: Arc<Secrets>) -> Self {
        Self {
            secrets,
            made: None,
        }
    }

    fn channels(&mut self, settings: &Alerts) -> Channels {
        if let Some((of, list)) = &self.made
            && of == settings
        {
            return list.clone();
        }
        let (list, wrong) = make_channels(settings, &self.secrets);
        for error in wrong {
            tracing::error!(%error, "alerts are not sent there");
        }
        self.made = Some((settings.clone(), list.clone()));
        list
    }
}

#[async_trait]
impl Worker for Postman {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let ttl = PACE * 24;
        if cx.store.lease(LEASE, &cx.identity, ttl).await?.is_some() {
            let settings = cx.settings.borrow().alerts.clone();
            let channels = self.channels(&settings);
            deliver(&cx.store, &channels, &cx.identity).await?;
        }
        Ok(Next::After(PACE))
    }

    async fn stop(&mut self, cx: &Context) {
        shared::give_back(&cx.store, LEASE, &cx.identity).await;
    }
}

/// One round: every channel tries what is due, all at the same time; what became of it is written as each is done. An alert
/// may reach a channel twice when the process dies between telling and writing, never less than once before it is given up.
pub async fn deliver(store: &Store, channels: &Channels, by: &str) -> Result<(), ServiceError> {
    let Some(queue) = shared::read::<Queue>(store, CONTROL_KEY).await? else {
        return Ok(());
    };
    let queue = Arc::new(queue.value);
    if queue.waiting.is_empty() {
        return Ok(());
    }
    let mut rounds = JoinSet::new();
    for channel in channels {
        let (channel, queue, now) = (Arc::clone(channel), Arc::clone(&queue), store.now());
        rounds.spawn(async move {
            let mut done = Vec::new();
            for number in queue.due(channel.name(), now).into_iter().take(AT_ONCE) {
                let Some(alert) = queue.waiting.iter().find(|w| w.number == number) else {
                    continue;
                };
                let outcome = channel.tell(alert).await;
                let away = matches!(&outcome, Err(e) if e.passing);
                done.push((number, outcome));
                if away {
                    break;
                }
            }
            (channel, done)
        });
    }
    while let Some(round) = rounds.join_next().await {
        // a channel that panics has told nothing; the others go on
        let Ok((channel, done)) = round else {
            tracing::error!("a channel of alerts panicked");
            continue;
        };
        note(store, &*channel, &done, by).await?;
    }
    let names: Vec<&str> = channels.iter().map(|c| c.name()).collect();
    let finished = shared::update(store, CONTROL_KEY, by, |queue: Option<Queue>| {
        let Some(mut queue) = queue else {
            return (None, Vec::new());
        };
        let finished = queue.finish(&names);
        ((!finished.is_empty()).then_some(queue), finished)
    })
    .await?;
    for alert in finished {
        log(&alert);
    }
    Ok(())
}

async fn note(
    store: &Store,
    channel: &dyn Channel,
    done: &[(u64, Result<(), ChannelError>)],
    by: &str,
) -> Result<(), ServiceError> {
    if done.is_empty() {
        return Ok(());
    }
    let now = store.now();
    shared::update(store, CONTROL_KEY, by, |queue: Option<Queue>| {
        let mut queue = queue.unwrap_or_default();
        for (number, outcome) in done {
            let outcome = outcome.clone().map_err(|e| (e.text, !e.passing));
            queue.tried(*number, channel.name(), outcome, now);
        }
        (Some(queue), ())
    })
    .await?;
    for (number, outcome) in done {
        if let Err(error) = outcome {
            metrics::counter!("alerts_failed", "channel" => channel.name()).increment(1);
            tracing::warn!(channel = channel.name(), alert = number, %error, "an alert was not told");
        }
    }
    Ok(())
}

/// Every alert is in the log too, also when no channel is switched on.
fn log(alert: &Waiting) {
    let told: Vec<&str> = alert
        .deliveries
        .iter()
        .filter(|(_, d)| d.error.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    tracing::warn!(cause = alert.alert.cause, level = ?alert.alert.level, times = alert.times, told = ?told, "{}: {}", alert.alert.title, alert.alert.text);
}
