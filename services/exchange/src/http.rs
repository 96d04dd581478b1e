//! One request, made as often as it takes.
//!
//! Tried again, with growing pauses that differ by chance: no connection, a broken connection, no answer in time, 5xx, a body
//! that is cut short, too long or not what was asked for. Waited for as told: 429 and 418. Not tried again: any other refusal.

mod budget;

pub use budget::Budget;

use crate::decode::{Wrong, shortened};
use crate::{ExchangeError, Pace};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, Url};
use serde_json::Value;
use sixbtc_web::why;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How patient we are.
#[derive(Debug, Clone, PartialEq)]
pub struct Patience {
    /// Requests a minute, where that is less than the exchange allows.
    pub requests_per_minute: u32,
    /// Tries of one request in all.
    pub tries: u32,
    /// Until a connection stands.
    pub connect: Duration,
    /// Until an answer has arrived whole.
    pub answer: Duration,
    /// Bytes of an answer, unpacked.
    pub body: usize,
    /// Pause before the second try; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest such pause.
    pub longest_pause: Duration,
    /// The longest pause that an exchange may ask for; above it the request fails.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            requests_per_minute: u32::MAX,
            tries: 6,
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            body: 32 << 20,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            longest_wait: Duration::from_mins(5),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    /// Path below the base address.
    pub path: &'a str,
    /// After the question mark.
    pub query: Vec<(&'static str, String)>,
    /// JSON to post; a plain read without it.
    pub body: Option<Value>,
    /// What it costs of the budget.
    pub weight: u32,
}

/// A refusal that the caller may understand better than we.
pub(crate) struct Refusal {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Connections to one host, with its budget.
pub(crate) struct Http {
    client: Client,
    base: Url,
    host: String,
    patience: Patience,
    pace: Arc<dyn Pace>,
    budget: Mutex<Budget>,
    /// What a request costs at least, so that no more of them are made than wished.
    least_weight: u32,
    /// Header in which the host says how much of the minute's budget is used.
    used_header: Option<&'static str>,
}

/// What came of one try.
enum Tried<T> {
    Done(T),
    /// Why not, and whether the host could not even be reached.
    Again {
        why: String,
        unreachable: bool,
    },
    /// The host tells when.
    Wait {
        status: u16,
        told: Option<Duration>,
    },
    Refused(Refusal),
}

impl Http {
    pub(crate) fn new(
        base: &str,
        patience: Patience,
        pace: Arc<dyn Pace>,
        weight_per_minute: u32,
        used_header: Option<&'static str>,
    ) -> Result<Self, ExchangeError> {
        let no_address = |reason: String| ExchangeError::Address {
            url: base.to_owned(),
            reason,
        };
        let url = Url::parse(base).map_err(|error| no_address(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(no_address("it must begin with https:// or http://".into()));
        }
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => return Err(no_address("it names no host".into())),
        };
        let client = sixbtc_web::builder(patience.answer)
            .connect_timeout(patience.connect)
            .build()
            .map_err(|error| ExchangeError::Setup(why(&error)))?;
        let least_weight = weight_per_minute.div_ceil(patience.requests_per_minute.max(1));
        Ok(Self {
            client,
            base: url,
            host,
            patience,
            pace,
            budget: Mutex::new(Budget::per_minute(weight_per_minute)),
            least_weight,
            used_header,
        })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// An answer that `read` understands.
    pub(crate) async fn ask<T>(
        &self,
        question: &Question<'_>,
        stop: &CancellationToken,
        read: impl Fn(&[u8]) -> Result<T, Wrong> + Send + Sync,
    ) -> Result<T, ExchangeError> {
        match self.ask_or_refusal(question, stop, read).await? {
            Ok(answer) => Ok(answer),
            Err(refusal) => Err(self.refused(&refusal)),
        }
    }

    /// A refusal as an error.
    pub(crate) fn refused(&self, refusal: &Refusal) -> ExchangeError {
        ExchangeError::Refused {
            host: self.host.clone(),
            status: refusal.status,
            says: said(refusal.status, &refusal.body),
        }
    }

    /// The same, with refusals handed out.
    pub(crate) async fn ask_or_refusal<T>(
        &self,
        question: &Question<'_>,
        stop: &CancellationToken,
        read: impl Fn(&[u8]) -> Result<T, Wrong> + Send + Sync,
    ) -> Result<Result<T, Refusal>, ExchangeError> {
        let mut tries = 0;
        loop {
            self.turn(question.weight.max(self.least_weight), stop)
                .await?;
            tries += 1;
            let tried = tokio::select! {
                biased;
                () = stop.cancelled() => return Err(ExchangeError::Stopped),
                tried = self.once(question, &read) => tried,
            };
            let spent = tries >= self.patience.tries.max(1);
            let failure = match tried {
                Tried::Done(answer) => return Ok(Ok(answer)),
                Tried::Refused(refusal) => return Ok(Err(refusal)),
                Tried::Wait { status, told } => {
                    let wait = told.unwrap_or_else(|| self.untold(status));
                    if wait > self.patience.longest_wait || spent {
                        return Err(ExchangeError::Limited {
                            host: self.host.clone(),
                            status,
                            wait,
                        });
                    }
                    tracing::warn!(
                        host = self.host,
                        status,
                        wait_s = wait.as_secs(),
                        "asked to slow down"
                    );
                    // The ban is for all of us, so all requests wait.
                    self.budget()
                        .close_until(self.pace.elapsed().saturating_add(wait));
                    continue;
                }
                Tried::Again { why, unreachable } if spent => {
                    let host = self.host.clone();
                    return Err(if unreachable {
                        ExchangeError::Unreachable { host, reason: why }
                    } else {
                        ExchangeError::Failing {
                            host,
                            tries,
                            last: why,
                        }
                    });
                }
                Tried::Again { why, .. } => why,
            };
            let pause = self.pause_after(tries);
            tracing::debug!(
                host = self.host,
                tries,
                pause_ms = pause.as_millis() as u64,
                failure,
                "trying again"
            );
            self.pause(pause, stop).await?;
        }
    }

    /// Waits until the budget allows the request.
    async fn turn(&self, weight: u32, stop: &CancellationToken) -> Result<(), ExchangeError> {
        let mut wait = self.budget().take(self.pace.elapsed(), weight);
        loop {
            if stop.is_cancelled() {
                return Err(ExchangeError::Stopped);
            }
            if wait.is_zero() {
                return Ok(());
            }
            self.pause(wait, stop).await?;
            // While we waited the host may have closed its doors.
            wait = self.budget().closed_for(self.pace.elapsed());
        }
    }

    async fn pause(&self, wait: Duration, stop: &CancellationToken) -> Result<(), ExchangeError> {
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(ExchangeError::Stopped),
            () = self.pace.pause(wait) => Ok(()),
        }
    }

    /// Between half of the pause and the whole: clients that failed together do not come back together.
    fn pause_after(&self, tries: u32) -> Duration {
        let doubled = self.patience.first_pause.saturating_mul(
            1u32.checked_shl(tries.saturating_sub(1))
                .unwrap_or(u32::MAX),
        );
        doubled
            .min(self.patience.longest_pause)
            .mul_f64(0.5 + 0.5 * self.pace.chance().clamp(0.0, 1.0))
    }

    /// How long to wait when the host does not say: the window of the budget, for a ban twice that.
    fn untold(&self, status: u16) -> Duration {
        let minutes = if status == 418 { 2 } else { 1 };
        Duration::from_mins(minutes).min(self.patience.longest_wait)
    }

    async fn once<T>(
        &self,
        question: &Question<'_>,
        read: &(impl Fn(&[u8]) -> Result<T, Wrong> + Send + Sync),
    ) -> Tried<T> {
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}{}",
            self.base.path().trim_end_matches('/'),
            question.path
        ));
        let mut request = match &question.body {
            Some(body) => self.client.post(url).json(body),
            None => self.client.get(url),
        };
        if !question.query.is_empty() {
            request = request.query(&question.query);
        }
        let again = |error: &reqwest::Error| Tried::Again {
            why: why(error),
            unreachable: error.is_connect(),
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return again(&error),
        };
        let status = response.status();
        self.note_used(response.headers());
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::IM_A_TEAPOT {
            return Tried::Wait {
                status: status.as_u16(),
                told: retry_after(response.headers()),
            };
        }
        let body = match sixbtc_web::body(response, self.patience.body).await {
            Ok(body) => body,
            Err(broken) => {
                return Tried::Again {
                    why: broken.to_string(),
                    unreachable: false,
                };
            }
        };
        if status.is_success() {
            return match read(&body) {
                Ok(answer) => Tried::Done(answer),
                Err(why) => Tried::Again {
                    why,
                    unreachable: false,
                },
            };
        }
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            return Tried::Again {
                why: format!(
                    "status {}: {}",
                    status.as_u16(),
                    said(status.as_u16(), &body)
                ),
                unreachable: false,
            };
        }
        Tried::Refused(Refusal {
            status: status.as_u16(),
            body,
        })
    }

    fn note_used(&self, headers: &HeaderMap) {
        let used = self
            .used_header
            .and_then(|name| headers.get(name)?.to_str().ok()?.trim().parse().ok());
        if let Some(used) = used {
            self.budget().note_used(self.pace.elapsed(), used);
        }
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whole seconds; the other form, a date, is not sent by exchanges.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// What a refusal says: the message of a JSON body, else its text.
fn said(status: u16, body: &[u8]) -> String {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let message = json
        .as_ref()
        .and_then(|v| v.get("msg").or_else(|| v.get("error"))?.as_str());
    match (status, message) {
        (451, _) => "it does not serve this country; choose another source".to_owned(),
        (_, Some(message)) => shortened(message),
        (_, None) if body.is_empty() => "no reason given".to_owned(),
        (_, None) => shortened(&String::from_utf8_lossy(body)),
    }
}
