//! Emergency stops as values: what they concern, what raised them, what they do, what lifts them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What a stop concerns. In the order in which an entry asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything that trades.
    Portfolio,
    /// The program and its data.
    System,
    /// One subaccount, by number.
    Subaccount(i64),
    /// One strategy, by its identity as text.
    Strategy(String),
}

impl Scope {
    /// Its name without which one.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Portfolio => "portfolio",
            Self::System => "system",
            Self::Subaccount(_) => "subaccount",
            Self::Strategy(_) => "strategy",
        }
    }

    /// Which one; empty where there is only one.
    pub fn id(&self) -> String {
        match self {
            Self::Portfolio | Self::System => String::new(),
            Self::Subaccount(number) => number.to_string(),
            Self::Strategy(id) => id.clone(),
        }
    }

    /// The scope that is written with this word and this identity; `None` when there is none such.
    pub fn read(word: &str, id: &str) -> Option<Self> {
        match word {
            "portfolio" => Some(Self::Portfolio),
            "system" => Some(Self::System),
            "subaccount" => id.parse().ok().map(Self::Subaccount),
            "strategy" if !id.is_empty() => Some(Self::Strategy(id.to_owned())),
            _ => None,
        }
    }

    /// Whether it concerns a strategy on a subaccount.
    pub fn concerns(&self, subaccount: i64, strategy: &str) -> bool {
        match self {
            Self::Portfolio | Self::System => true,
            Self::Subaccount(number) => *number == subaccount,
            Self::Strategy(id) => id == strategy,
        }
    }
}

/// What raised a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Loss since midnight UTC.
    DailyLoss,
    /// Drawdown from the highest equity.
    Drawdown,
    /// Losing trades in a row.
    LosingStreak,
    /// Market data is too old.
    StaleData,
    /// A live bar was decided otherwise than its replay.
    Replay,
    /// The file that stops everything.
    KillFile,
    /// A person.
    Operator,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::DailyLoss,
        Self::Drawdown,
        Self::LosingStreak,
        Self::StaleData,
        Self::Replay,
        Self::KillFile,
        Self::Operator,
    ];

    /// As a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::DailyLoss => "daily_loss",
            Self::Drawdown => "drawdown",
            Self::LosingStreak => "losing_streak",
            Self::StaleData => "stale_data",
            Self::Replay => "replay",
            Self::KillFile => "kill_file",
            Self::Operator => "operator",
        }
    }

    /// The one that is written with this word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.word() == word)
    }
}

/// What a stop does, the milder first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing new is opened; what is open is managed as ever: stops, targets, time exits, trailing.
    HaltEntries,
    /// Orders are cancelled and everything is closed.
    ForceClose,
}

/// What lifts a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// The next midnight UTC.
    Midnight,
    /// The strategies that lost are gone, and the wait is over.
    Rotation,
    /// The wait is over.
    Cooldown,
    /// Data is fresh again.
    FreshData,
    /// The file is gone.
    FileGone,
    /// A person.
    Operator,
}

impl Reset {
    /// As a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Midnight => "midnight",
            Self::Rotation => "rotation",
            Self::Cooldown => "cooldown",
            Self::FreshData => "fresh_data",
            Self::FileGone => "file_gone",
            Self::Operator => "operator",
        }
    }
}

/// Which stop: by scope, identity *and* trigger, so that a mild one never hides a severe one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// What it concerns.
    pub scope: Scope,
    /// What raised it.
    pub trigger: Trigger,
}

impl Key {
    /// A key.
    pub fn new(scope: Scope, trigger: Trigger) -> Self {
        Self { scope, trigger }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (word, id, trigger) = (self.scope.word(), self.scope.id(), self.trigger.word());
        if id.is_empty() {
            write!(f, "{word} {trigger}")
        } else {
            write!(f, "{word} {id} {trigger}")
        }
    }
}

/// The numbers behind a stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// What was measured: a share, a count, seconds.
    pub value: Decimal,
    /// The limit that it reached.
    pub limit: Decimal,
    /// What it was measured from: equity at midnight or at the peak, quote currency; 0 where there is no such thing.
    pub anchor: Decimal,
}

/// A stop in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Which.
    pub key: Key,
    /// What it does.
    pub action: Action,
    /// For people.
    pub reason: String,
    /// Since when, ms of market time.
    pub since: i64,
    /// Not lifted before this, ms of market time.
    pub until: Option<i64>,
    /// What lifts it.
    pub reset: Reset,
    /// The numbers.
    pub figures: Figures,
    /// Who has to be gone before it is lifted: occupants of subaccounts that lost, as
    /// [`crate::emergency::Occupant::name`].
    pub losers: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let scopes = [
            Scope::Portfolio,
            Scope::System,
            Scope::Subaccount(3),
            Scope::Strategy("s".into()),
        ];
        for scope in &scopes {
            assert_eq!(Scope::read(scope.word(), &scope.id()).as_ref(), Some(scope));
        }
        assert!(scopes.windows(2).all(|w| w[0] < w[1]), "the order of gates");
        for (word, id) in [("galaxy", ""), ("subaccount", "x"), ("strategy", "")] {
            assert_eq!(Scope::read(word, id), None);
        }
        for trigger in Trigger::ALL {
            assert_eq!(Trigger::read(trigger.word()), Some(trigger));
        }
        assert_eq!(Trigger::read("boredom"), None);
        assert!(Action::HaltEntries < Action::ForceClose);
        let key = Key::new(Scope::Subaccount(3), Trigger::Drawdown);
        assert_eq!(key.to_string(), "subaccount 3 drawdown");
    }
}
