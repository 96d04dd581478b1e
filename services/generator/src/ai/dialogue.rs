//! Question, answer, repair.

use super::{AiError, Message, Provider, Request, Role, Task, Written, prompt, read};
use serde::{Deserialize, Serialize};

/// How long a dialogue may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// Questions after the first that an answer is repaired with.
    pub repairs: u32,
    /// Most tokens of an answer.
    pub tokens: u32,
}

impl Default for Length {
    /// Three repairs, and tokens for a program of the largest size.
    fn default() -> Self {
        Self {
            repairs: 3,
            tokens: 8_192,
        }
    }
}
/// What of a refused answer goes back, in characters: an endless one must not make the next question endless.
const MAX_ECHO: usize = 40_000;

/// One question and its answer, for the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Hash of the question.
    pub request: String,
    /// The answer.
    pub answer: String,
    /// Tokens of the question.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// What was wrong with it; absent for the last one of a success.
    pub refused: Option<String>,
}

/// How a dialogue ended.
pub struct Finished {
    /// The program, when there is one.
    pub written: Option<Written>,
    /// All answers.
    pub given: Vec<Given>,
}

/// A dialogue with a provider about one task. Each question is made by [`Dialogue::ask`], so that whoever drives it can count
/// the question against the budget first and stop between questions.
pub struct Dialogue {
    task: Task,
    repairs: u32,
    request: Request,
    given: Vec<Given>,
}

impl Dialogue {
    /// Begins.
    pub fn new(task: Task, length: Length) -> Self {
        Self {
            request: Request {
                system: prompt::system(),
                messages: vec![Message {
                    role: Role::User,
                    text: prompt::task(&task),
                }],
                max_tokens: length.tokens,
            },
            task,
            repairs: length.repairs,
            given: Vec::new(),
        }
    }

    /// Answers so far.
    pub fn given(&self) -> &[Given] {
        &self.given
    }

    /// Asks once; the end when the program is good or the rounds are used up, else nothing: ask again.
    ///
    /// # Errors
    /// When there is no answer. The dialogue may go on later.
    pub async fn ask(&mut self, provider: &dyn Provider) -> Result<Option<Finished>, AiError> {
        let answer = provider.ask(&self.request).await?;
        let outcome = read(&answer.text, &self.task);
        let mut given = Given {
            request: self.request.hash(),
            answer: shortened(&answer.text).to_owned(),
            input_tokens: answer.input_tokens,
            output_tokens: answer.output_tokens,
            refused: None,
        };
        let written = match outcome {
            Ok(written) => Some(written),
            Err(why) => {
                given.refused = Some(why.0.clone());
                self.request.messages.push(Message {
                    role: Role::Assistant,
                    text: given.answer.clone(),
                });
                self.request.messages.push(Message {
                    role: Role::User,
                    text: shortened(&why.0).to_owned(),
                });
                None
            }
        };
        self.given.push(given);
        if written.is_some() || self.given.len() > self.repairs as usize {
            return Ok(Some(Finished {
                written,
                given: std::mem::take(&mut self.given),
            }));
        }
        Ok(None)
    }
}

fn shortened(text: &str) -> &str {
    match text.char_indices().nth(MAX_ECHO) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}
