//! Ways to reach a person.

mod email;
mod telegram;
mod webhook;

pub use email::Email;
pub use telegram::Telegram;
pub use webhook::Webhook;

use async_trait::async_trait;
use sixbtc_core::alerts::{Level, Waiting};
use std::time::Duration;

/// Why an alert was not told. The text holds no secrets: neither address of a webhook nor token nor password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ChannelError {
    /// What happened.
    pub text: String,
    /// Whether another attempt may help.
    pub passing: bool,
}

/// A way to reach a person.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Its name in the queue and in the log.
    fn name(&self) -> &'static str;

    /// Tells an alert. Ends within the channel's own time limit.
    async fn tell(&self, alert: &Waiting) -> Result<(), ChannelError>;
}

/// A channel whose settings make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {channel} channel is switched on but cannot work: {why}")]
pub struct ChannelSettingsError {
    /// Which.
    pub channel: &'static str,
    /// What is wrong or missing.
    pub why: String,
}

/// An HTTP client for channels.
fn client(
    channel: &'static str,
    timeout: Duration,
) -> Result<reqwest::Client, ChannelSettingsError> {
    sixbtc_web::client(timeout).map_err(|e| ChannelSettingsError {
        channel,
        why: sixbtc_web::why(&e),
    })
}

/// What an HTTP answer means. Addresses are cut out of errors: they are secrets.
fn answered(result: Result<reqwest::Response, reqwest::Error>) -> Result<(), ChannelError> {
    let response = result.map_err(|e| ChannelError {
        passing: !e.is_builder(),
        text: sixbtc_web::why(&e),
    })?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    Err(ChannelError {
        text: format!("the answer was {status}"),
        // too many, or the server's own trouble: later; else the request is wrong for good
        passing: status.is_server_error() || matches!(status.as_u16(), 408 | 429),
    })
}

/// An alert as a few lines of text.
fn plain(alert: &Waiting) -> String {
    let level = match alert.alert.level {
        Level::Info => "for your information",
        Level::Warning => "warning",
        Level::Critical => "CRITICAL",
    };
    let again = if alert.times > 1 {
        format!(" ({} times)", alert.times)
    } else {
        String::new()
    };
    format!(
        "[{level}] {}{again}\n{}",
        alert.alert.title, alert.alert.text
    )
}
