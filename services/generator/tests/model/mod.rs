//! A language model that is none: it answers by chance, but for one seed always the same. It writes programs of the library's
//! indicators, and whatever else models, and those who pretend to be models, have been seen to write.
#![allow(dead_code)]

mod faults;
mod program;

use async_trait::async_trait;
use sixbtc_generator::Draw;
use sixbtc_generator::ai::{AiError, Answer, Provider, Request, Task};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Answers for one task.
pub struct Invented<'t> {
    seed: u64,
    task: &'t Task,
    /// What kinds of answers were given how often.
    pub given: &'t Mutex<BTreeMap<&'static str, u64>>,
}

impl<'t> Invented<'t> {
    pub fn new(seed: u64, task: &'t Task, given: &'t Mutex<BTreeMap<&'static str, u64>>) -> Self {
        Self { seed, task, given }
    }
}

#[async_trait]
impl Provider for Invented<'_> {
    fn name(&self) -> String {
        "an invented model".into()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, AiError> {
        // what a model answers follows from what it was told
        let draw = &mut Draw::new(self.seed, &request.hash(), 0, 0);
        let rounds = request.messages.len() / 2;
        let program = program::program(self.task, draw);
        // one dialogue in ten goes wrong for good; in the others half of the answers are bad at first, then fewer
        let hopeless = Draw::new(self.seed, &request.messages[0].text, 0, 0).chance(0.1);
        let bad = hopeless || draw.chance(0.5 / (1.0 + rounds as f64));
        let (kind, text) = if bad {
            faults::spoiled(&program, self.task, draw)?
        } else {
            ("good", program::wrapped(&program, draw))
        };
        *self.given.lock().unwrap().entry(kind).or_default() += 1;
        Ok(Answer {
            input_tokens: 4_000,
            output_tokens: text.len() as u64 / 4,
            text,
        })
    }
}
