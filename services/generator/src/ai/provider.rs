//! What every provider understands.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// We.
    User,
    /// The model.
    Assistant,
}

/// One turn of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who.
    pub role: Role,
    /// What.
    pub text: String,
}

/// What a provider is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What holds for the whole dialogue.
    pub system: String,
    /// The dialogue so far; ours is the last turn.
    pub messages: Vec<Message>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
}

impl Request {
    /// Identity of the question: the same words have the same.
    pub fn hash(&self) -> String {
        // texts and a number: serialising them cannot fail
        let text = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&text).to_hex().to_string()
    }
}

/// What it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Tokens of the question, as the provider counts them; 0 when it does not say.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AiError {
    /// The key is missing or wrong, the model unknown, the question refused: asking again changes nothing.
    #[error("the AI provider refuses ({status}): {why}")]
    Refused {
        /// Status of the answer.
        status: u16,
        /// What it said, shortened.
        why: String,
    },
    /// Too many questions, or the provider is overloaded.
    #[error("the AI provider is busy ({status}): ask again later")]
    Busy {
        /// Status of the answer.
        status: u16,
        /// Seconds to wait, when it says so.
        retry_after: Option<u64>,
    },
    /// No answer in time, or none at all.
    #[error("the AI provider cannot be reached: {0}")]
    Unreachable(String),
    /// An answer that is none: no JSON, the wrong shape, too long.
    #[error("the AI provider's answer is unusable: {0}")]
    Garbage(String),
    /// No answer to this question was recorded.
    #[error("no answer was recorded for the question {0}")]
    NotRecorded(String),
    /// The settings are wrong.
    #[error("{0}")]
    Settings(String),
}

impl AiError {
    /// Whether asking again later may help.
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::Unreachable(_) | Self::Garbage(_)
        )
    }
}

/// Someone who writes programs.
#[async_trait]
pub trait Provider: Send + Sync {
    /// For people: provider and model, without any secret.
    fn name(&self) -> String;

    /// Answers one question.
    async fn ask(&self, request: &Request) -> Result<Answer, AiError>;
}
