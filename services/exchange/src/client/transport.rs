//! What carries requests.

use crate::ExchangeError;
use crate::decode::shortened;
use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Url};
use std::time::Duration;

/// Carries one request, once.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Posts JSON to `/info` or `/exchange`.
    async fn post(&self, path: &str, body: Vec<u8>) -> Result<HttpAnswer, TransportError>;
}

/// An answer of whatever status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpAnswer {
    /// Its status.
    pub status: u16,
    /// Of the body, as it was announced.
    pub content_type: Option<String>,
    /// How long we are asked to wait.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// An answer with JSON.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: Some("application/json".to_owned()),
            retry_after: None,
            body: body.into(),
        }
    }

    /// Whether the body is announced as JSON.
    pub fn is_json(&self) -> bool {
        self.content_type.as_deref().is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("application/json")
        })
    }
}

/// No answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection was made: the request has surely not arrived.
    #[error("no connection: {0}")]
    NotConnected(String),
    /// No answer in time: the request may have arrived.
    #[error("no answer in time")]
    TimedOut,
    /// The connection broke, or the answer did: the request may have arrived.
    #[error("{0}")]
    Broken(String),
}

/// How patient the connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until an answer has arrived whole.
    pub answer: Duration,
    /// Bytes of an answer, unpacked.
    pub body: usize,
    /// A connection that was idle for so long is not used again: its end may be gone without our knowing.
    pub idle: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            answer: Duration::from_secs(10),
            body: 32 << 20,
            idle: Duration::from_secs(20),
        }
    }
}

/// HTTP to one host.
pub struct Http {
    client: Client,
    base: Url,
    body: usize,
}

impl Http {
    /// To an address such as [`Network::url`](crate::Network::url).
    pub fn new(base: &str, settings: &HttpSettings) -> Result<Self, ExchangeError> {
        let no_address = |reason: String| ExchangeError::Address {
            url: base.to_owned(),
            reason,
        };
        let url = Url::parse(base).map_err(|error| no_address(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(no_address("it must begin with https:// or http://".into()));
        }
        // The second time it is there already, and that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(settings.connect)
            .timeout(settings.answer)
            .pool_idle_timeout(settings.idle)
            .tcp_nodelay(true)
            .http1_only()
            // Whether a request is sent again is for us to decide, and never for an action.
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("sixbtc/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ExchangeError::Setup(deepest(&error)))?;
        Ok(Self {
            client,
            base: url,
            body: settings.body,
        })
    }
}

#[async_trait]
impl Transport for Http {
    async fn post(&self, path: &str, body: Vec<u8>) -> Result<HttpAnswer, TransportError> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let mut response = request.send().await.map_err(|error| failed(&error))?;
        let header = |name| response.headers().get(name)?.to_str().ok();
        let mut answer = HttpAnswer {
            status: response.status().as_u16(),
            content_type: header(CONTENT_TYPE).map(str::to_owned),
            // Whole seconds; the other form, a date, is not sent by exchanges.
            retry_after: header(RETRY_AFTER)
                .and_then(|text| text.trim().parse().ok())
                .map(Duration::from_secs),
            body: Vec::new(),
        };
        let too_long =
            || TransportError::Broken(format!("the answer is longer than {} bytes", self.body));
        if response
            .content_length()
            .is_some_and(|n| n > self.body as u64)
        {
            return Err(too_long());
        }
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if answer.body.len() + chunk.len() > self.body => {
                    return Err(too_long());
                }
                Ok(Some(chunk)) => answer.body.extend_from_slice(&chunk),
                Ok(None) => return Ok(answer),
                Err(error) => {
                    return Err(if error.is_timeout() {
                        TransportError::TimedOut
                    } else {
                        TransportError::Broken(format!(
                            "the answer breaks off: {}",
                            deepest(&error)
                        ))
                    });
                }
            }
        }
    }
}

fn failed(error: &reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() {
        TransportError::NotConnected(deepest(error))
    } else if error.is_timeout() {
        TransportError::TimedOut
    } else {
        TransportError::Broken(deepest(error))
    }
}

/// The cause of an error. Addresses are left out.
fn deepest(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    shortened(&deepest.to_string())
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
