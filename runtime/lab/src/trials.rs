//! What a ledger of trials is told.

use crate::fit::Fitted;
use crate::subject::{Span, Subject};
use crate::walk_forward::WalkForward;
use sixbtc_judgement::pipeline::ledger::{TrialLedger, TrialRecord};

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
            program(subject),
            self.data.clone(),
            sharpes.iter().copied(),
        )
    }

    /// The record of all refits of a walk forward over a span.
    pub fn walk(&self, subject: &Subject<'_>, span: Span, walked: &WalkForward) -> TrialRecord {
        let chosen: Vec<Vec<f64>> = walked.windows.iter().map(|w| w.params.clone()).collect();
        let record = self.record(subject, span, &chosen, &walked.sharpes);
        TrialRecord {
            run: format!("{WALK}{}", record.run),
            ..record
        }
    }
}

/// Annual Sharpe ratios of all points of a choice; NaN where there is none, for a point counts whether it has one or not.
pub(crate) fn sharpes(fitted: &Fitted) -> Vec<f64> {
    let column = fitted.table.column("sharpe");
    column.unwrap_or_else(|| vec![f64::NAN; fitted.table.len()])
}

/// Annual Sharpe ratios a bar.
pub(crate) fn a_bar(annual: &[f64], root_of_year: f64) -> Vec<f64> {
    annual.iter().map(|s| s / root_of_year).collect()
}

/// A ledger without the walk forwards of the subject itself.
pub(crate) fn others(ledger: &TrialLedger, subject: &Subject<'_>) -> TrialLedger {
    let own = program(subject);
    let mut others = TrialLedger::default();
    for record in ledger.records() {
        if !(record.program == own && record.run.starts_with(WALK)) {
            // it stood in a ledger, so it can stand in one
            let _ = others.enter(record.clone());
        }
    }
    others
}

/// Begins the identity of a walk forward.
const WALK: &str = "walk-";

fn program(subject: &Subject<'_>) -> String {
    if subject.source.is_empty() {
        subject.kernel.manifest().name.clone()
    } else {
        subject.source.to_owned()
    }
}
