//! Questions and actions over a [`Transport`].

use super::transport::{HttpAnswer, Transport, TransportError};
use super::weight::WeightBudget;
use super::{Http, HttpSettings, NotSent, Outcome, Ready, Unknown};
use crate::decode::shortened;
use crate::wire::InfoRequest;
use crate::wire::exchange::Response;
use crate::{ExchangeError, Pace, WallPace};
use backon::{ExponentialBuilder, Retryable};
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Patience and budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestSettings {
    /// Weight a minute that questions may use.
    pub read_weight: u32,
    /// Weight a minute that is kept for questions that cannot wait for others: see [`InfoRequest::is_urgent`].
    pub urgent_weight: u32,
    /// Weight a minute that is kept for actions. With the others at most the exchange's 1200.
    pub action_weight: u32,
    /// Tries of one question in all.
    pub tries: usize,
    /// Pause before the second try; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest such pause.
    pub longest_pause: Duration,
    /// The longest pause that the exchange, or our budget, may ask of a question; above it the question fails.
    pub longest_wait: Duration,
    /// How long we are silent after a 429 that does not say.
    pub silence: Duration,
}

impl Default for RestSettings {
    fn default() -> Self {
        Self {
            read_weight: 780,
            urgent_weight: 120,
            action_weight: 300,
            tries: 5,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(5),
            longest_wait: Duration::from_mins(2),
            silence: Duration::from_secs(10),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No connection.
    #[error("the exchange cannot be reached: {0}")]
    Unreachable(String),
    /// It does not answer as it should, as often as we were ready to ask.
    #[error("the exchange does not answer as it should: {0}")]
    Failing(String),
    /// It, or our own budget, asks us to wait.
    #[error("the exchange asks to wait for {} s", .0.as_secs())]
    Limited(Duration),
    /// It refuses the question.
    #[error("the exchange refuses `{question}` (status {status}): {says}")]
    Refused {
        /// Type of the question.
        question: String,
        /// Status of the answer.
        status: u16,
        /// What it said, shortened.
        says: String,
    },
    /// An answer that is JSON, but not to that question.
    #[error("the answer to `{question}` cannot be read: {reason}")]
    Shape {
        /// Type of the question.
        question: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl ReadError {
    /// Whether waiting may mend it.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Failing(_) | Self::Limited(_)
        )
    }
}

/// The exchange, over one IP address.
pub struct Rest {
    transport: Arc<dyn Transport>,
    pace: Arc<dyn Pace>,
    settings: RestSettings,
    reads: WeightBudget,
    urgent: WeightBudget,
    actions: WeightBudget,
    /// Until then the exchange wants to hear nothing.
    silent_until: Mutex<Duration>,
}

impl Rest {
    /// Over HTTP.
    pub fn http(
        base: &str,
        http: &HttpSettings,
        settings: RestSettings,
    ) -> Result<Self, ExchangeError> {
        let transport = Arc::new(Http::new(base, http)?);
        Ok(Self::new(
            transport,
            Arc::new(WallPace::default()),
            settings,
        ))
    }

    /// Over anything, at any pace.
    pub fn new(transport: Arc<dyn Transport>, pace: Arc<dyn Pace>, settings: RestSettings) -> Self {
        Self {
            reads: WeightBudget::per_minute(settings.read_weight, Arc::clone(&pace)),
            urgent: WeightBudget::per_minute(settings.urgent_weight, Arc::clone(&pace)),
            actions: WeightBudget::per_minute(settings.action_weight, Arc::clone(&pace)),
            transport,
            pace,
            settings,
            silent_until: Mutex::new(Duration::ZERO),
        }
    }

    /// Asks, and again if need be. The type must be the one that stands with the question, see [`InfoRequest`]; the methods
    /// with a question's name have it right.
    pub async fn info<T: DeserializeOwned>(&self, request: &InfoRequest) -> Result<T, ReadError> {
        let question = Question::of(request)?;
        let value = self.patiently(request, &question).await?;
        serde_json::from_value(value).map_err(|error| question.shape(&error))
    }

    /// Asks, and again if need be. In a box: so that whoever holds it across threads need not know what is in it.
    fn patiently<'a>(
        &'a self,
        request: &'a InfoRequest,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Value, ReadError>> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.settings.first_pause)
            .with_max_delay(self.settings.longest_pause)
            .with_max_times(self.settings.tries.saturating_sub(1))
            .with_jitter()
            // Clients that failed together do not come back together.
            .with_jitter_seed((self.pace.chance() * 1e15) as u64);
        let pace = Arc::clone(&self.pace);
        let sleeper = move |pause: Duration| -> BoxFuture<'static, ()> {
            let pace = Arc::clone(&pace);
            Box::pin(async move { pace.pause(pause).await })
        };
        let once = move || -> BoxFuture<'a, Result<Value, ReadError>> {
            Box::pin(self.ask(request, question))
        };
        let asked = once
            .retry(backoff)
            .sleep(sleeper)
            .when(|error: &ReadError| error.is_passing())
            .adjust(|error: &ReadError, pause: Option<Duration>| match (error, pause) {
                // Waited for as told, if the tries are not used up; longer waits end it.
                (ReadError::Limited(wait), Some(pause)) => {
                    (*wait <= self.settings.longest_wait).then(|| (*wait).max(pause))
                }
                (_, pause) => pause,
            })
            .notify(|error: &ReadError, pause: Duration| {
                tracing::debug!(question = question.kind, pause_ms = pause.as_millis() as u64, %error, "asking again");
            });
        Box::pin(asked)
    }

    async fn ask(&self, request: &InfoRequest, question: &Question) -> Result<Value, ReadError> {
        self.turn(request).await?;
        let answer = match self.transport.post("/info", question.body.clone()).await {
            Ok(answer) => answer,
            Err(TransportError::NotConnected(why)) => return Err(ReadError::Unreachable(why)),
            Err(error) => return Err(ReadError::Failing(error.to_string())),
        };
        match answer.status {
            200..=299 if answer.is_json() => {}
            200..=299 => {
                let kind = answer.content_type.unwrap_or_else(|| "nothing".to_owned());
                return Err(ReadError::Failing(format!(
                    "the answer is {}, not JSON",
                    shortened(&kind)
                )));
            }
            429 => return Err(ReadError::Limited(self.hush(&answer))),
            408 | 500.. => {
                return Err(ReadError::Failing(format!(
                    "status {}: {}",
                    answer.status,
                    said(&answer)
                )));
            }
            status => {
                return Err(ReadError::Refused {
                    question: question.kind.clone(),
                    status,
                    says: said(&answer),
                });
            }
        }
        // Cut short or garbled: another try may bring it whole.
        let value: Value = serde_json::from_slice(&answer.body)
            .map_err(|error| ReadError::Failing(format!("the answer is broken: {error}")))?;
        if let (Some(rows), Value::Array(list)) = (request.rows_per_weight(), &value) {
            self.reads.owe(list.len() as u32 / rows);
        }
        Ok(value)
    }

    /// Waits for silence to end and for the budget.
    async fn turn(&self, request: &InfoRequest) -> Result<(), ReadError> {
        let weight = request.weight();
        loop {
            let silence = self.silent_for();
            let wait = if silence.is_zero() {
                if request.is_urgent() && self.urgent.take(weight).is_ok() {
                    return Ok(());
                }
                match self.reads.take(weight) {
                    Ok(()) => return Ok(()),
                    Err(wait) => wait,
                }
            } else {
                silence
            };
            if wait > self.settings.longest_wait {
                return Err(ReadError::Limited(wait));
            }
            // Never nothing: a clock that counts coarsely would keep us here.
            self.pace.pause(wait.max(Duration::from_millis(1))).await;
        }
    }

    /// Sends an action, once. Never waits before sending, and never sends again: what came of it must be looked up.
    pub async fn exchange(&self, ready: &Ready) -> Outcome {
        let weight = ready.weight();
        let silence = self.silent_for();
        if ready.may_add_risk() {
            if !silence.is_zero() {
                return Outcome::NotSent(NotSent::Limited { wait: silence });
            }
            if let Err(wait) = self.actions.take(weight) {
                return Outcome::NotSent(NotSent::Budget { wait });
            }
        } else if self.actions.take(weight).is_err() {
            // What reduces risk goes out all the same; what comes after it pays.
            self.actions.owe(weight);
        }
        let answer = match self
            .transport
            .post("/exchange", ready.body().to_vec())
            .await
        {
            Ok(answer) => answer,
            Err(TransportError::NotConnected(why)) => {
                return Outcome::NotSent(NotSent::Unreachable(why));
            }
            Err(TransportError::TimedOut) => return Outcome::Unknown(Unknown::TimedOut),
            Err(TransportError::Broken(why)) => return Outcome::Unknown(Unknown::Broken(why)),
        };
        self.judge(&answer)
    }

    fn judge(&self, answer: &HttpAnswer) -> Outcome {
        let status = answer.status;
        match status {
            200..=299 if !answer.is_json() => Outcome::Unknown(Unknown::Unreadable(format!(
                "it is {}, not JSON",
                shortened(answer.content_type.as_deref().unwrap_or("nothing"))
            ))),
            200..=299 => match serde_json::from_slice::<Response>(&answer.body) {
                Ok(response) => Outcome::Answered(response),
                Err(error) => Outcome::Unknown(Unknown::Unreadable(shortened(&error.to_string()))),
            },
            429 => Outcome::NotSent(NotSent::Limited {
                wait: self.hush(answer),
            }),
            // A time-out in front of the exchange: the request may have gone through.
            408 => Outcome::Unknown(Unknown::Status {
                status,
                says: said(answer),
            }),
            400..=499 => Outcome::NotSent(NotSent::Refused {
                status,
                says: said(answer),
            }),
            _ => Outcome::Unknown(Unknown::Status {
                status,
                says: said(answer),
            }),
        }
    }

    /// Notes that the exchange wants silence, and for how long.
    fn hush(&self, answer: &HttpAnswer) -> Duration {
        let wait = answer.retry_after.unwrap_or(self.settings.silence);
        let until = self.pace.elapsed().saturating_add(wait);
        let mut silent = self
            .silent_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *silent = (*silent).max(until);
        tracing::warn!(wait_s = wait.as_secs(), "asked to slow down");
        wait
    }

    /// How long the exchange still wants to hear nothing.
    pub fn silent_for(&self) -> Duration {
        let until = *self
            .silent_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.saturating_sub(self.pace.elapsed())
    }
}

/// A question as it is sent.
struct Question {
    kind: String,
    body: Vec<u8>,
}

impl Question {
    fn of(request: &InfoRequest) -> Result<Self, ReadError> {
        let value = serde_json::to_value(request).unwrap_or_default();
        let kind = value["type"].as_str().unwrap_or_default().to_owned();
        match serde_json::to_vec(request) {
            Ok(body) => Ok(Self { kind, body }),
            Err(error) => Err(ReadError::Shape {
                question: kind,
                reason: error.to_string(),
            }),
        }
    }

    fn shape(&self, error: &serde_json::Error) -> ReadError {
        ReadError::Shape {
            question: self.kind.clone(),
            reason: shortened(&error.to_string()),
        }
    }
}

fn said(answer: &HttpAnswer) -> String {
    if answer.body.is_empty() {
        return "no reason given".to_owned();
    }
    // Only its beginning can matter.
    let head = answer.body.get(..500).unwrap_or(&answer.body);
    shortened(&String::from_utf8_lossy(head))
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
