//! Faults with a seed: which messages are lost, late, doubled, cut, refused, and when.
//!
//! A [`Plan`] is a list of rules. Each says what goes wrong ([`Fault`]), with which messages ([`Which`]), when ([`When`]), how
//! likely and how often. What happens to a message follows from the plan's seed and the message's number alone, so that the
//! same plan does the same to the same run; the plan prints itself as the JSON it is read from.
//!
//! ```json
//! {"seed": 7, "rules": [
//!   {"fault": "drop_answer", "path": "/exchange", "action": "order", "times": 1},
//!   {"fault": "answer", "status": 429, "retry_after": 1, "from": 60000, "until": 90000},
//!   {"fault": "close", "every": 20000},
//!   {"fault": "drop_frame", "channel": "userFills", "from": 5000},
//!   {"fault": "delay_frame", "low": 10, "high": 900, "chance": 0.3}
//! ]}
//! ```

mod plan;
mod random;
mod rule;

#[cfg(test)]
mod tests;

pub use plan::{Plan, PlanError};
pub use rule::{Fault, Rule, When, Which};
