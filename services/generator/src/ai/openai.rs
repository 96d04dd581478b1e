//! Any endpoint that speaks the chat completions of `OpenAI`: vendors, and servers on one's own machine.

use super::http;
use super::{AiError, Answer, Provider, Request};
use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// How an endpoint is kept to the language's grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constrain {
    /// Not at all: the answer holds a program between fences.
    #[default]
    Off,
    /// By the field `grammar` with a GBNF, as llama.cpp's server has it: the answer is a program.
    Gbnf,
    /// By a JSON schema: the answer is an object whose `program` is one.
    Schema,
}

/// A client.
pub struct OpenAi {
    client: Client,
    url: Url,
    model: String,
    key: Option<SecretString>,
    constrain: Constrain,
    grammar: &'static str,
}

impl OpenAi {
    /// An endpoint by its base address, such as `http://127.0.0.1:8080/v1`. Servers on one's own machine need no key.
    ///
    /// # Errors
    /// [`AiError::Settings`] for a wrong address.
    pub fn new(
        base: &str,
        model: &str,
        key: Option<SecretString>,
        constrain: Constrain,
        timeout: Duration,
    ) -> Result<Self, AiError> {
        Ok(Self {
            client: http::client(timeout)?,
            url: http::address(base, "chat/completions")?,
            model: model.to_owned(),
            key,
            constrain,
            grammar: sbt_grammar::GBNF,
        })
    }

    fn body(&self, request: &Request) -> Value {
        let mut messages = vec![json!({"role": "system", "content": request.system})];
        messages.extend(
            request
                .messages
                .iter()
                .map(|m| json!({"role": m.role, "content": m.text})),
        );
        let mut body = json!({
            "model": self.model,
            "messages": messages,
            "max_tokens": request.max_tokens,
        });
        match self.constrain {
            Constrain::Off => {}
            Constrain::Gbnf => body["grammar"] = json!(self.grammar),
            Constrain::Schema => {
                body["response_format"] = json!({
                    "type": "json_schema",
                    "json_schema": {"name": "strategy", "strict": true, "schema": {
                        "type": "object",
                        "properties": {"program": {"type": "string"}},
                        "required": ["program"],
                        "additionalProperties": false,
                    }},
                });
            }
        }
        body
    }
}

/// The key as a header that no log shows.
pub(super) fn secret(prefix: &str, key: &SecretString) -> Result<HeaderValue, AiError> {
    let mut value = HeaderValue::from_str(&format!("{prefix}{}", key.expose_secret()))
        .map_err(|_| AiError::Settings("the AI key holds characters that no key has".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

#[async_trait]
impl Provider for OpenAi {
    fn name(&self) -> String {
        format!("{} at {}", self.model, self.url.host_str().unwrap_or("?"))
    }

    async fn ask(&self, request: &Request) -> Result<Answer, AiError> {
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            headers.insert(AUTHORIZATION, secret("Bearer ", key)?);
        }
        let got = http::post(&self.client, &self.url, headers, &self.body(request)).await?;
        let text = got["choices"][0]["message"]["content"]
            .as_str()
            .ok_or_else(|| AiError::Garbage("it holds no message".into()))?;
        let text = if self.constrain == Constrain::Schema {
            serde_json::from_str::<Value>(text)
                .ok()
                .and_then(|v| v["program"].as_str().map(str::to_owned))
                .ok_or_else(|| AiError::Garbage("it is not of the schema".into()))?
        } else {
            text.to_owned()
        };
        Ok(Answer {
            text,
            input_tokens: got["usage"]["prompt_tokens"].as_u64().unwrap_or(0),
            output_tokens: got["usage"]["completion_tokens"].as_u64().unwrap_or(0),
        })
    }
}
