//! Trial ledger: every combination that was ever evaluated counts, because the best of many is good by luck.
//!
//! A [`TrialRecord`] stands for one run of a sweep: how many points it evaluated and how their Sharpe ratios spread. A run is
//! known by its identity – the hash of program, parameters, data and settings –, so the same run repeated is one trial and the
//! ledger is a set: merging two ledgers is their union, in any order. What the deflated Sharpe needs comes out as [`Trials`].

pub mod lines;
mod moments;

pub use lines::LineError;
pub use moments::Moments;

use serde::{Deserialize, Serialize};
use sixbtc_engine::Trials;
use std::collections::BTreeMap;

/// Version of the line format.
const FORMAT: u32 = 1;

/// One run and what it tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialRecord {
    /// Version of the format, 1.
    pub format: u32,
    /// Identity of the run: hash of program, parameter points, data and settings.
    pub run: String,
    /// Lineage: what the strategy descends from. All that was tried on the way to a strategy shares it.
    pub lineage: String,
    /// Hash of the program.
    pub program: String,
    /// Hash of the data.
    pub data: String,
    /// Points evaluated, those without a Sharpe ratio included.
    pub points: u64,
    /// Sharpe ratios *a bar* (not annualised) of the points that have one.
    pub sharpe: Moments,
}

/// What a record or a ledger cannot be.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A field of a record makes no sense.
    #[error("trial record of run `{run}`: `{field}` {reason}")]
    Record {
        /// Identity of the run.
        run: String,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Two different results under one identity: one of them is not reproducible.
    #[error(
        "run `{run}` stands in the ledger with other results: the same run must give the same bits"
    )]
    Conflict {
        /// Identity of the run.
        run: String,
    },
    /// A line cannot be read or written.
    #[error(transparent)]
    Line(#[from] LineError),
}

impl TrialRecord {
    /// A record of a run whose points had these Sharpe ratios a bar; NaN for a point that has none.
    pub fn of(
        run: impl Into<String>,
        lineage: impl Into<String>,
        program: impl Into<String>,
        data: impl Into<String>,
        sharpes: impl IntoIterator<Item = f64>,
    ) -> Self {
        let mut points = 0;
        let sharpe = Moments::of(sharpes.into_iter().inspect(|_| points += 1));
        Self {
            format: FORMAT,
            run: run.into(),
            lineage: lineage.into(),
            program: program.into(),
            data: data.into(),
            points,
            sharpe,
        }
    }

    /// Checks what a file could have broken.
    pub fn check(&self) -> Result<(), LedgerError> {
        let wrong = |field, reason: String| {
            Err(LedgerError::Record {
                run: self.run.clone(),
                field,
                reason,
            })
        };
        if self.format != FORMAT {
            let reason = format!("is {}, this program reads {FORMAT}", self.format);
            return wrong("format", reason);
        }
        for (field, value) in [
            ("run", &self.run),
            ("lineage", &self.lineage),
            ("program", &self.program),
            ("data", &self.data),
        ] {
            if value.is_empty() {
                return wrong(field, "is empty".to_owned());
            }
        }
        if !self.sharpe.is_sound() {
            return wrong("sharpe", "is not a number or spreads negatively".to_owned());
        }
        if self.sharpe.count() > self.points {
            let reason = format!("{} are fewer than their Sharpe ratios", self.points);
            return wrong("points", reason);
        }
        Ok(())
    }
}

/// Which runs are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// All of the ledger.
    All,
    /// All of a lineage, on whatever data.
    Lineage(&'a str),
    /// All on a data set, of whatever lineage: what a pool is selected from.
    Data(&'a str),
    /// A lineage on a data set.
    Both {
        /// The lineage.
        lineage: &'a str,
        /// The data set.
        data: &'a str,
    },
}

impl Scope<'_> {
    fn holds(&self, record: &TrialRecord) -> bool {
        match *self {
            Self::All => true,
            Self::Lineage(lineage) => record.lineage == lineage,
            Self::Data(data) => record.data == data,
            Self::Both { lineage, data } => record.lineage == lineage && record.data == data,
        }
    }
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entered {
    /// It counts from now on.
    New,
    /// The same run stands already.
    Known,
}

/// All runs, by identity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrialLedger {
    runs: BTreeMap<String, TrialRecord>,
}

impl TrialLedger {
    /// Takes a record. The caller appends [`lines::encode`] of it to the file when it is [`Entered::New`].
    pub fn enter(&mut self, record: TrialRecord) -> Result<Entered, LedgerError> {
        record.check()?;
        if let Some(known) = self.runs.get(&record.run) {
            return if *known == record {
                Ok(Entered::Known)
            } else {
                Err(LedgerError::Conflict { run: record.run })
            };
        }
        self.runs.insert(record.run.clone(), record);
        Ok(Entered::New)
    }

    /// Takes all records of another ledger; on a conflict none.
    pub fn merge(&mut self, other: Self) -> Result<(), LedgerError> {
        for (run, record) in &other.runs {
            if self.runs.get(run).is_some_and(|known| known != record) {
                return Err(LedgerError::Conflict { run: run.clone() });
            }
        }
        self.runs.extend(other.runs);
        Ok(())
    }

    /// The ledger of a file, and how much of the file holds whole lines.
    pub fn decode(text: &str) -> Result<(Self, lines::Read<TrialRecord>), LedgerError> {
        let read = lines::decode::<TrialRecord>(text)?;
        let mut ledger = Self::default();
        for record in &read.values {
            ledger.enter(record.clone())?;
        }
        Ok((ledger, read))
    }

    /// Points and spread of all runs in scope.
    pub fn tally(&self, scope: Scope<'_>) -> Tally {
        let mut tally = Tally::default();
        // by identity, so the bits do not depend on the order of entering
        for record in self.runs.values().filter(|r| scope.holds(r)) {
            tally.runs += 1;
            tally.points = tally.points.saturating_add(record.points);
            tally.sharpe = tally.sharpe.merge(record.sharpe);
        }
        tally
    }

    /// Records in the order of their identity.
    pub fn records(&self) -> impl Iterator<Item = &TrialRecord> {
        self.runs.values()
    }
}

/// Sum over runs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Distinct runs.
    pub runs: u64,
    /// Points evaluated.
    pub points: u64,
    /// Sharpe ratios a bar.
    pub sharpe: Moments,
}

impl Tally {
    /// What the deflated Sharpe allows for: at least the run itself.
    ///
    /// Under two Sharpe ratios their variance is unknown; then 1 / `bars` stands for it, the variance of an estimate from that
    /// many bars without skill. A variance of 0 would deflate nothing.
    pub fn trials(&self, bars: u64) -> Trials {
        let variance = self.sharpe.variance();
        Trials {
            count: self.points.max(1),
            variance: if variance.is_nan() {
                1.0 / bars.max(1) as f64
            } else {
                variance
            },
        }
    }
}

#[cfg(test)]
mod tests;
