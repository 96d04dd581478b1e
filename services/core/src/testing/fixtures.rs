//! Rows to put into a store.

use crate::model::{
    Completion, Gate, NewEvent, NewStrategy, Outcome, Side, SourceName, Stage, Status, StrategyType,
};
use sixbtc_judgement::pipeline::ledger::TrialRecord;
use uuid::Uuid;

/// The `n`-th strategy: all of them different.
pub fn draft(n: u32) -> NewStrategy {
    NewStrategy {
        id: Uuid::from_u128(0x6000_0000_0000_0000_0000_0000_0000_0000 + u128::from(n)),
        name: format!("PtaStrat_MOM_{n:08x}"),
        sentence: "Buys when the 14-bar RSI is under 30.".to_owned(),
        source: SourceName::PandasTa,
        bred: false,
        kind: StrategyType::Momentum,
        side: Side::Long,
        timeframe: "15m".to_owned(),
        symbols: vec!["BTC".to_owned(), "ETH".to_owned()],
        text: format!("#sbt 1\nstrategy S{n} {{}}\n"),
        normal_hash: format!("normal{n}"),
        behaviour_hash: format!("behaviour{n}"),
        recipe: serde_json::json!({ "seed": n }),
        parents: Vec::new(),
    }
}

/// An event of a strategy.
pub fn event(strategy: &NewStrategy, stage: Stage, what: &str) -> NewEvent {
    NewEvent {
        strategy: Some(strategy.id),
        name: strategy.name.clone(),
        stage,
        what: what.to_owned(),
        outcome: Outcome::Passed,
        took_ms: Some(3),
        data: serde_json::json!({ "n": 1 }),
    }
}

/// A gate.
pub fn gate(name: &str, figure: f64, threshold: f64) -> Gate {
    let passed = figure >= threshold;
    Gate {
        name: name.to_owned(),
        figure: Some(figure),
        threshold,
        passed,
        says: format!("{name} is {figure}"),
    }
}

/// A run of a sweep with three points.
pub fn trial(run: &str, data: &str) -> TrialRecord {
    TrialRecord::of(run, "lineage", "program", data, [0.01, 0.02, 0.04])
}

/// A completion that only changes the status.
pub fn completion(status: Status) -> Completion {
    Completion {
        status: Some(status),
        ..Completion::default()
    }
}
