//! What a draft has to pass before it is handed on: it compiles, can hold and can fail to, takes the sides it was asked for,
//! enters neither too often nor too rarely, and is not what was made before.

use crate::behaviour::{self, Behaviour, BehaviourError};
use crate::intervals::{Truth, truth};
use crate::recipe::Recipe;
use crate::source::{Draft, SourceError};
use crate::write::{Written, write};
use serde::{Deserialize, Serialize};
use sixbtc_core::model::{Side, SourceName, StrategyType};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// A program that passed.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// `Prefix_TYPE_8hex`.
    pub name: String,
    /// What it does.
    pub sentence: String,
    /// What it lives on.
    pub kind: StrategyType,
    /// From which it is made again.
    pub recipe: Recipe,
    /// The program.
    pub text: String,
    /// Hash of its normal form.
    pub normal_hash: String,
    /// What it did on the fixed data.
    pub behaviour: Behaviour,
}

/// Why a draft was refused, as a word to count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The source found no parts that go together.
    NothingSuits,
    /// It does not compile.
    DoesNotCompile,
    /// It enters on a side that was not asked for, or lacks one that was.
    WrongSide,
    /// By the bounds of its values its condition can never hold.
    NeverHolds,
    /// By the bounds of its values its condition always holds.
    AlwaysHolds,
    /// It needs too many bars to warm up.
    LongWarmUp,
    /// It could not be run, or asks for too much.
    CannotRun,
    /// It never enters on the fixed data.
    NeverFires,
    /// It enters on too few bars.
    TooRare,
    /// It enters on too many bars.
    TooOften,
    /// It cannot make enough trades in the history there is.
    TooFewTrades,
    /// A program of the same normal form was made before.
    SameProgram,
    /// A program that trades alike was made before.
    SameBehaviour,
}

impl Reason {
    /// As it stands in events and summaries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingSuits => "nothing_suits",
            Self::DoesNotCompile => "does_not_compile",
            Self::WrongSide => "wrong_side",
            Self::NeverHolds => "never_holds",
            Self::AlwaysHolds => "always_holds",
            Self::LongWarmUp => "long_warm_up",
            Self::CannotRun => "cannot_run",
            Self::NeverFires => "never_fires",
            Self::TooRare => "too_rare",
            Self::TooOften => "too_often",
            Self::TooFewTrades => "too_few_trades",
            Self::SameProgram => "same_program",
            Self::SameBehaviour => "same_behaviour",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal: the word, and a sentence for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// What was found.
    pub says: String,
}

/// Thresholds of the pre-screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screen {
    /// Least share of bars on which an entry's condition holds.
    pub least_frequency: f64,
    /// Largest such share.
    pub most_frequency: f64,
    /// Bars of history that a strategy is judged on, of one coin.
    pub history_bars: f64,
    /// Coins that it is judged on.
    pub coins: f64,
    /// Entries that the history must have room for, counted as bars on which a condition holds.
    pub least_trades: f64,
}

impl Screen {
    /// The documented thresholds, over a history of so many days of a clock with that period.
    pub fn over(days: f64, period_ms: i64, least_trades: f64) -> Self {
        Self {
            least_frequency: 0.001,
            most_frequency: 0.25,
            history_bars: days * 86_400_000.0 / period_ms.max(1) as f64,
            coins: 1.0,
            least_trades,
        }
    }

    /// Judged on so many coins.
    #[must_use]
    pub fn on_coins(mut self, coins: usize) -> Self {
        self.coins = coins.max(1) as f64;
        self
    }

    /// Without thresholds: only what never enters is refused.
    pub fn off() -> Self {
        Self {
            least_frequency: 0.0,
            most_frequency: 1.0,
            history_bars: f64::MAX,
            coins: 1.0,
            least_trades: 0.0,
        }
    }

    fn judge(&self, b: &Behaviour) -> Result<(), Refusal> {
        let fired = b.fired();
        let frequency = b.frequency();
        let refuse = |reason, says| Err(Refusal { reason, says });
        if fired == 0 {
            return refuse(
                Reason::NeverFires,
                format!("it never enters on {} bars", b.rows),
            );
        }
        if frequency < self.least_frequency {
            return refuse(
                Reason::TooRare,
                format!(
                    "it enters on {:.3} % of bars, less than {} %",
                    100.0 * frequency,
                    100.0 * self.least_frequency
                ),
            );
        }
        if frequency > self.most_frequency {
            return refuse(
                Reason::TooOften,
                format!(
                    "it enters on {:.1} % of bars, more than {} %",
                    100.0 * frequency,
                    100.0 * self.most_frequency
                ),
            );
        }
        let room = frequency * (self.history_bars - b.warmup as f64).max(0.0) * self.coins;
        if room < self.least_trades {
            return refuse(
                Reason::TooFewTrades,
                format!(
                    "about {room:.0} entries are possible, fewer than {:.0}",
                    self.least_trades
                ),
            );
        }
        Ok(())
    }
}

/// Hashes of programs made before.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    programs: HashSet<u128>,
    behaviours: HashSet<u128>,
}

impl Seen {
    /// Whether neither was seen; remembers them then.
    pub fn admit(&mut self, candidate: &Candidate) -> Result<(), Refusal> {
        self.check(&candidate.normal_hash, &candidate.behaviour.hash)?;
        self.note(&candidate.normal_hash, &candidate.behaviour.hash);
        Ok(())
    }

    /// Whether neither was seen.
    pub fn check(&self, normal_hash: &str, behaviour_hash: &str) -> Result<(), Refusal> {
        let refuse = |reason, says: &str| {
            Err(Refusal {
                reason,
                says: says.to_owned(),
            })
        };
        if self.programs.contains(&key(normal_hash)) {
            return refuse(Reason::SameProgram, "the same program was made before");
        }
        if self.behaviours.contains(&key(behaviour_hash)) {
            return refuse(
                Reason::SameBehaviour,
                "a program that trades alike was made before",
            );
        }
        Ok(())
    }

    /// Remembers a program.
    pub fn note(&mut self, normal_hash: &str, behaviour_hash: &str) {
        self.programs.insert(key(normal_hash));
        self.behaviours.insert(key(behaviour_hash));
    }

    /// Programs remembered.
    pub fn len(&self) -> usize {
        self.programs.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.programs.is_empty()
    }
}

/// A hash of 32 hexadecimal digits in half the room; another text keeps its identity by a hash of its own.
fn key(hash: &str) -> u128 {
    u128::from_str_radix(hash, 16).unwrap_or_else(|_| {
        let mut first = [0; 16];
        first.copy_from_slice(&blake3::hash(hash.as_bytes()).as_bytes()[..16]);
        u128::from_le_bytes(first)
    })
}

/// How many drafts came to what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Drafts asked for.
    pub drawn: u64,
    /// Those that passed.
    pub accepted: u64,
    /// The others, by reason.
    pub refused: BTreeMap<Reason, u64>,
}

impl Tally {
    /// Counts one refusal.
    pub fn refuse(&mut self, reason: Reason) {
        *self.refused.entry(reason).or_insert(0) += 1;
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.drawn += other.drawn;
        self.accepted += other.accepted;
        for (reason, count) in &other.refused {
            *self.refused.entry(*reason).or_insert(0) += count;
        }
    }

    /// All refusals.
    pub fn refused(&self) -> u64 {
        self.refused.values().sum()
    }
}

/// Writes a draft down and asks everything but whether it is new.
pub fn examine(draft: &Draft, screen: &Screen) -> Result<Candidate, Refusal> {
    let written = write(draft).map_err(|e| Refusal::of(&e))?;
    examine_written(draft, written, screen)
}

/// As [`examine`], of a draft that is written down already.
pub fn examine_written(
    draft: &Draft,
    written: Written,
    screen: &Screen,
) -> Result<Candidate, Refusal> {
    let refuse = |reason, says: String| Err(Refusal { reason, says });
    if let Err(says) = sides(draft.recipe.side, &written.strategy) {
        return refuse(Reason::WrongSide, says);
    }
    for entry in &written.strategy.entries {
        match truth(&written.strategy.graph, entry.when) {
            Truth::Open => {}
            Truth::Never => {
                return refuse(
                    Reason::NeverHolds,
                    format!(
                        "by the bounds of its values the condition of `{}` can never hold",
                        entry.tag
                    ),
                );
            }
            Truth::Always => {
                return refuse(
                    Reason::AlwaysHolds,
                    format!(
                        "by the bounds of its values the condition of `{}` always holds",
                        entry.tag
                    ),
                );
            }
        }
    }
    let timeframe = draft.recipe.timeframe().map_err(|e| Refusal::of(&e))?;
    let behaviour = behaviour::of(&written.normal, timeframe).map_err(|e| Refusal {
        reason: match e {
            BehaviourError::WarmUp { .. } => Reason::LongWarmUp,
            BehaviourError::Run(_) => Reason::CannotRun,
        },
        says: e.to_string(),
    })?;
    screen.judge(&behaviour)?;
    Ok(Candidate {
        name: written.name,
        sentence: crate::body::plain(&draft.sentence),
        kind: draft.kind,
        recipe: draft.recipe.clone(),
        text: written.text,
        normal_hash: written.normal.hash,
        behaviour,
    })
}

impl Refusal {
    /// What a source's error counts as. [`SourceError::Unavailable`] and [`SourceError::UsedUp`] are no refusals of a draft;
    /// they count as nothing that suits.
    pub fn of(error: &SourceError) -> Self {
        Self {
            reason: match error {
                SourceError::Wrong(_) | SourceError::Recipe(_) => Reason::DoesNotCompile,
                _ => Reason::NothingSuits,
            },
            says: error.to_string(),
        }
    }
}

/// Whether a program takes the sides it is to take.
fn sides(asked: Side, strategy: &sbt_hir::Strategy) -> Result<(), String> {
    let has = |side| strategy.entries.iter().any(|e| e.side == side);
    let (long, short) = (has(sixbtc_abi::Side::Long), has(sixbtc_abi::Side::Short));
    let wanted = match asked {
        Side::Long => (true, false),
        Side::Short => (false, true),
        Side::Both => (true, true),
    };
    if (long, short) == wanted {
        Ok(())
    } else {
        Err(format!(
            "asked for {asked}, it enters {}",
            match (long, short) {
                (true, true) => "on both sides",
                (true, false) => "long only",
                (false, true) => "short only",
                (false, false) => "nowhere",
            }
        ))
    }
}

/// The source of a candidate.
impl Candidate {
    /// Who made it.
    pub fn source(&self) -> SourceName {
        self.recipe.source
    }
}
