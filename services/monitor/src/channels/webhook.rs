//! A message posted to an address.

use super::{Channel, ChannelError, ChannelSettingsError, answered, client};
use async_trait::async_trait;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use sixbtc_core::alerts::Waiting;
use std::time::Duration;

/// Posts alerts as JSON: `cause`, `level`, `title`, `text`, `times`, `at` (ms), and an `Idempotency-Key` that stays the same
/// over all attempts. The address is a secret: whoever knows it can post.
pub struct Webhook {
    client: reqwest::Client,
    url: SecretString,
}

impl Webhook {
    /// A webhook of an address.
    pub fn new(url: SecretString, timeout: Duration) -> Result<Self, ChannelSettingsError> {
        let wrong = |why: &str| ChannelSettingsError {
            channel: "webhook",
            why: why.into(),
        };
        let parsed = Url::parse(url.expose_secret())
            .map_err(|_| wrong("its address is no address; it begins with https://"))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(wrong(
                "its address begins with neither http:// nor https://",
            ));
        }
        Ok(Self {
            client: client("webhook", timeout)?,
            url,
        })
    }
}

#[async_trait]
impl Channel for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    async fn tell(&self, alert: &Waiting) -> Result<(), ChannelError> {
        let body = serde_json::json!({
            "cause": alert.alert.cause,
            "level": alert.alert.level,
            "title": alert.alert.title,
            "text": alert.alert.text,
            "times": alert.times,
            "at": alert.at,
        });
        let request = self
            .client
            .post(self.url.expose_secret())
            .header("Idempotency-Key", format!("{}-{}", alert.number, alert.at))
            .json(&body);
        answered(request.send().await)
    }
}
