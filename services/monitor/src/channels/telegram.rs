//! A message of a Telegram bot.

use super::{Channel, ChannelError, ChannelSettingsError, answered, client, plain};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use sixbtc_core::alerts::Waiting;
use std::time::Duration;

/// Characters of a message, at most; Telegram refuses longer ones.
const LONGEST: usize = 4_096;

/// Sends alerts by the bot API's `sendMessage`. The token stands in the address, so no error shows it.
pub struct Telegram {
    client: reqwest::Client,
    api: String,
    token: SecretString,
    chat: String,
}

impl Telegram {
    /// A bot of a token that writes to a chat.
    pub fn new(
        api: &str,
        token: SecretString,
        chat: &str,
        timeout: Duration,
    ) -> Result<Self, ChannelSettingsError> {
        if chat.is_empty() {
            return Err(ChannelSettingsError {
                channel: "telegram",
                why: "`alerts.telegram.chat_id` is empty".into(),
            });
        }
        Ok(Self {
            client: client("telegram", timeout)?,
            api: api.trim_end_matches('/').to_owned(),
            token,
            chat: chat.to_owned(),
        })
    }
}

#[async_trait]
impl Channel for Telegram {
    fn name(&self) -> &'static str {
        "telegram"
    }

    async fn tell(&self, alert: &Waiting) -> Result<(), ChannelError> {
        let text: String = plain(alert).chars().take(LONGEST).collect();
        let url = format!("{}/bot{}/sendMessage", self.api, self.token.expose_secret());
        let body = serde_json::json!({ "chat_id": self.chat, "text": text });
        answered(self.client.post(url).json(&body).send().await)
    }
}
