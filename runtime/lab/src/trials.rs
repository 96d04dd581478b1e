//! What a ledger of trials is told.

use crate::subject::{Span, Subject};
use sixbtc_judgement::pipeline::ledger::{Tally, TrialRecord};

/// Under which names trials are entered.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Naming {
    /// What the strategy descends from: all its changed versions share it.
    pub lineage: String,
    /// Which market, the same as bars are added: what all that was ever tried on it shares.
    pub data: String,
}

impl Naming {
    /// A strategy by its own name, a market by its symbols.
    pub fn of(subject: &Subject<'_>) -> Self {
        let symbols: Vec<&str> = subject
            .market
            .bars
            .iter()
            .map(|b| b.symbol.as_str())
            .collect();
        Self {
            lineage: subject.kernel.manifest().name.clone(),
            data: symbols.join("+"),
        }
    }

    /// The record of a choice among points. Its identity is the hash of program, compiler, data, span, settings, points and
    /// what they yielded: another search over the same span that tried other points is another run.
    pub fn record(
        &self,
        subject: &Subject<'_>,
        span: Span,
        points: &[Vec<f64>],
        sharpes: &[f64],
    ) -> TrialRecord {
        let mut hasher = blake3::Hasher::new();
        let mut piece = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        piece(b"sixbtc-trials-1");
        piece(subject.source.as_bytes());
        piece(subject.compiler.as_bytes());
        for hash in &subject.market.hashes {
            piece(hash.as_bytes());
        }
        piece(&span.from.to_le_bytes());
        piece(&span.to.to_le_bytes());
        // numbers and names: serialising them cannot fail
        piece(&serde_json::to_vec(subject.settings).unwrap_or_default());
        for point in points {
            for value in point {
                piece(&value.to_bits().to_le_bytes());
            }
        }
        for sharpe in sharpes {
            piece(&sharpe.to_bits().to_le_bytes());
        }
        TrialRecord::of(
            hasher.finalize().to_hex().to_string(),
            self.lineage.clone(),
            if subject.source.is_empty() {
                subject.kernel.manifest().name.clone()
            } else {
                subject.source.to_owned()
            },
            self.data.clone(),
            sharpes.iter().copied(),
        )
    }
}

/// Annual Sharpe ratios a bar.
pub(crate) fn a_bar(annual: &[f64], root_of_year: f64) -> Vec<f64> {
    annual.iter().map(|s| s / root_of_year).collect()
}

/// Two tallies of different runs as one.
#[must_use]
pub fn together(a: Tally, b: Tally) -> Tally {
    Tally {
        runs: a.runs + b.runs,
        points: a.points.saturating_add(b.points),
        sharpe: a.sharpe.merge(b.sharpe),
    }
}
