//! What may be spent on models in a day, and what was.

use serde::{Deserialize, Serialize};

/// What a million tokens cost, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Tariff {
    /// Of questions.
    pub input: f64,
    /// Of answers.
    pub output: f64,
}

impl Tariff {
    /// USD of so many tokens.
    pub fn cost(&self, input_tokens: u64, output_tokens: u64) -> f64 {
        (input_tokens as f64 * self.input + output_tokens as f64 * self.output) / 1e6
    }
}

/// Most of a day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Questions. Default 500.
    pub calls: u64,
    /// USD; absent: no bound but the questions.
    pub usd: Option<f64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            calls: 500,
            usd: None,
        }
    }
}

/// What a day's questions took. Kept in the store, so that a restart does not begin a new day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// The day: whole days since 1970-01-01 UTC.
    pub day: i64,
    /// Questions asked, also those without an answer.
    pub calls: u64,
    /// Tokens of questions.
    pub input_tokens: u64,
    /// Tokens of answers.
    pub output_tokens: u64,
    /// USD.
    pub usd: f64,
}

const DAY: i64 = 86_400_000;

impl Spent {
    /// The account at an instant, ms: a later day begins with nothing. A clock that went back does not.
    #[must_use]
    pub fn at(self, now: i64) -> Self {
        let day = now.div_euclid(DAY);
        if day > self.day {
            Self {
                day,
                ..Self::default()
            }
        } else {
            self
        }
    }

    /// Whether another question may be asked; else why not.
    ///
    /// # Errors
    /// The sentence for people.
    pub fn allows(&self, budget: &Budget) -> Result<(), String> {
        if self.calls >= budget.calls {
            return Err(format!(
                "the day's {} questions to AI are asked; it goes on at 00:00 UTC",
                budget.calls
            ));
        }
        match budget.usd {
            Some(most) if self.usd >= most => Err(format!(
                "the day's {most:.2} USD for AI are spent; it goes on at 00:00 UTC"
            )),
            _ => Ok(()),
        }
    }

    /// Counts a question before it is asked: one that is never answered costs too.
    pub fn asked(&mut self) {
        self.calls += 1;
    }

    /// Counts an answer.
    pub fn answered(&mut self, input_tokens: u64, output_tokens: u64, tariff: &Tariff) {
        self.input_tokens += input_tokens;
        self.output_tokens += output_tokens;
        self.usd += tariff.cost(input_tokens, output_tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_and_not_when_the_clock_goes_back() {
        let mut spent = Spent::default().at(10 * DAY + 5);
        for _ in 0..500 {
            assert!(spent.allows(&Budget::default()).is_ok());
            spent.asked();
        }
        assert!(
            spent
                .allows(&Budget::default())
                .unwrap_err()
                .contains("500")
        );
        assert_eq!(spent.at(9 * DAY).calls, 500);
        assert_eq!(spent.at(11 * DAY - 1).calls, 500);
        assert_eq!(spent.at(11 * DAY).calls, 0);
    }

    #[test]
    fn money_is_a_bound_too() {
        let tariff = Tariff {
            input: 3.0,
            output: 15.0,
        };
        let budget = Budget {
            calls: 500,
            usd: Some(0.01),
        };
        let mut spent = Spent::default();
        spent.asked();
        spent.answered(1_000, 500, &tariff);
        assert!((spent.usd - 0.0105).abs() < 1e-12);
        assert!(spent.allows(&budget).unwrap_err().contains("0.01 USD"));
    }
}
