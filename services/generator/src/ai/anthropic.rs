//! Anthropic's messages API.

use super::http;
use super::openai::secret;
use super::{AiError, Answer, Provider, Request};
use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;

/// Version of the protocol that is spoken.
const VERSION: &str = "2023-06-01";

/// A client.
pub struct Anthropic {
    client: Client,
    url: Url,
    model: String,
    key: SecretString,
}

impl Anthropic {
    /// An endpoint by its base address, which ends with `/v1`.
    ///
    /// # Errors
    /// [`AiError::Settings`] for a wrong address.
    pub fn new(
        base: &str,
        model: &str,
        key: SecretString,
        timeout: Duration,
    ) -> Result<Self, AiError> {
        Ok(Self {
            client: http::client(timeout)?,
            url: http::address(base, "messages")?,
            model: model.to_owned(),
            key,
        })
    }
}

#[async_trait]
impl Provider for Anthropic {
    fn name(&self) -> String {
        format!("{} at {}", self.model, self.url.host_str().unwrap_or("?"))
    }

    async fn ask(&self, request: &Request) -> Result<Answer, AiError> {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", secret("", &self.key)?);
        headers.insert("anthropic-version", HeaderValue::from_static(VERSION));
        let messages: Vec<Value> = request
            .messages
            .iter()
            .map(|m| json!({"role": m.role, "content": m.text}))
            .collect();
        let body = json!({
            "model": self.model,
            "max_tokens": request.max_tokens,
            // the page on the language is the same for every question: the provider may keep it
            "system": [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}],
            "messages": messages,
        });
        let got = http::post(&self.client, &self.url, headers, &body).await?;
        let parts = got["content"]
            .as_array()
            .ok_or_else(|| AiError::Garbage("it holds no content".into()))?;
        let text: String = parts
            .iter()
            .filter(|p| p["type"] == "text")
            .filter_map(|p| p["text"].as_str())
            .collect();
        if text.is_empty() {
            return Err(AiError::Garbage("it holds no text".into()));
        }
        let tokens = |name: &str| got["usage"][name].as_u64().unwrap_or(0);
        Ok(Answer {
            text,
            input_tokens: tokens("input_tokens")
                + tokens("cache_read_input_tokens")
                + tokens("cache_creation_input_tokens"),
            output_tokens: tokens("output_tokens"),
        })
    }
}
