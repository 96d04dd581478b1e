//! Strategies written by language models.
//!
//! A provider is asked with the language on one page and a task, and answers with a program. The compiler's diagnostics go
//! back to it, three times unless the settings say otherwise. Nothing that comes from a provider is trusted: an answer has a largest size and a longest
//! time, only a program that the checker accepts goes on, and what it costs is counted before it is asked.

mod adopt;
mod answer;
mod anthropic;
mod assigned;
mod budget;
mod dialogue;
mod http;
mod openai;
mod prompt;
mod provider;
mod recorded;

pub use adopt::{Adopted, adopt};
pub use answer::{AnswerError, MAX_PROGRAM, Written, program_of, read};
pub use anthropic::Anthropic;
pub use assigned::{Combination, Combinator, GROUPS, Group};
pub use budget::{Budget, Spent, Tariff};
pub use dialogue::{Dialogue, Finished, Given, Length};
pub use openai::{Constrain, OpenAi};
pub use prompt::{Task, system, task};
pub use provider::{AiError, Answer, Message, Provider, Request, Role};
pub use recorded::{Recorded, Recorder};
