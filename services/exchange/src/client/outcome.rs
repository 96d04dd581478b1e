//! What is known of an action after it was to be sent.

use crate::wire::exchange::Response;
use std::time::Duration;

/// How sending ended. The three must be told apart: only the second may be sent again, and the third must be looked up.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "an action whose outcome is not looked at is lost"]
pub enum Outcome {
    /// The exchange answered. Single items may have been refused.
    Answered(Response),
    /// It surely did nothing.
    NotSent(NotSent),
    /// It may have been done, or may still be: until its `expiresAfter` has passed.
    Unknown(Unknown),
}

/// Why an action surely did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// No connection: not a byte left.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// Our own budget of weight does not allow it now.
    #[error("the budget of requests allows it in {} ms", .wait.as_millis())]
    Budget {
        /// How long until it does.
        wait: Duration,
    },
    /// The exchange asks for silence (429), for this action or for one before it.
    #[error("the exchange asks to wait for {} ms", .wait.as_millis())]
    Limited {
        /// For how long.
        wait: Duration,
    },
    /// Refused before it was looked at: it is no request (4xx).
    #[error("refused with status {status}: {says}")]
    Refused {
        /// The status.
        status: u16,
        /// What was said, shortened.
        says: String,
    },
}

/// Why nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// The connection broke after something may have left.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// A status that may come from in front of the exchange (5xx, redirections).
    #[error("status {status}: {says}")]
    Status {
        /// The status.
        status: u16,
        /// What was said, shortened.
        says: String,
    },
    /// An answer that is none.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}
