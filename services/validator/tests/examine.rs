//! Programs that pass, and one for each way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_core::model::{NewStrategy, Side, SourceName, StrategyType};
use sixbtc_validator::{Examined, FixedBars, Limits, examine};
use uuid::Uuid;

fn made(body: &str) -> NewStrategy {
    let text = format!("#sbt 1\n\nstrategy Try_MOM_00000000 {{\n  on 30m\n{body}\n}}\n");
    row(&text)
}

fn row(text: &str) -> NewStrategy {
    NewStrategy {
        id: Uuid::from_u128(7),
        name: "Try_MOM_00000000".into(),
        sentence: String::new(),
        source: SourceName::PandasTa,
        bred: false,
        kind: StrategyType::Momentum,
        side: Side::Long,
        timeframe: "30m".into(),
        symbols: vec!["BTC".into()],
        text: text.into(),
        normal_hash: String::new(),
        behaviour_hash: String::new(),
        recipe: serde_json::json!({}),
        parents: Vec::new(),
    }
}

fn judged(made: &NewStrategy) -> Examined {
    examine(made, &Limits::default(), &FixedBars::default())
}

fn refusing(body: &str) -> (String, Option<f64>, f64) {
    let found = judged(&made(body));
    let gate = found.refused().expect("refused").clone();
    assert!(!gate.says.is_empty());
    assert_eq!(found.gates.last(), Some(&gate), "the first refusal ends it");
    (gate.name, gate.figure, gate.threshold)
}

const GOOD: &str = "
  param sl: percent = 2% in 0.5%..30%
  param tp: percent = 5% in 0.5%..1000%
  param hold: bars = 20 in 1..100000
  param lev: float = 3 in 1..40
  enter long when rsi(close, 14) < 30 {
    stop sl
    target tp
    exit after hold
  }
  size risk 2%
  limit leverage lev";

#[test]
fn a_good_program_is_let_through_and_the_same_twice() {
    let found = judged(&made(GOOD));
    assert_eq!(found.refused(), None, "{found:?}");
    assert_eq!(found, judged(&made(GOOD)));
    let names: Vec<&str> = found.gates.iter().map(|g| g.name.as_str()).collect();
    for name in [
        "validation.prefix",
        "validation.frequency",
        "validation.trades",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn each_gate_refuses_with_figure_and_threshold() {
    let size = "\n  size 100% of equity";
    let (name, figure, _) = refusing(&format!("  enter long when closes > 3{size}"));
    assert_eq!((name.as_str(), figure), ("validation.errors", Some(1.0)));
    let (name, figure, threshold) = refusing(&format!("  enter long when close < 0{size}"));
    assert_eq!(
        (name.as_str(), figure, threshold),
        ("validation.frequency", Some(0.0), 0.001)
    );
    let (name, figure, threshold) = refusing(&format!("  enter long when close > 0{size}"));
    assert_eq!(name, "validation.too_often");
    assert!(figure.unwrap() > threshold);
    let (name, figure, threshold) = refusing(&format!(
        "  enter long when close crosses above sma(close, 5000){size}"
    ));
    assert_eq!((name.as_str(), threshold), ("validation.warm_up", 1440.0));
    assert!(figure.unwrap() >= 4_999.0);
}

#[test]
fn a_row_must_say_what_the_program_is() {
    let mut other = made(GOOD);
    other.timeframe = "1h".into();
    assert_eq!(
        judged(&other).refused().unwrap().name,
        "validation.contract"
    );
    let mut other = made(GOOD);
    other.name = "Another_MOM_00000000".into();
    assert_eq!(
        judged(&other).refused().unwrap().name,
        "validation.contract"
    );
}

#[test]
fn hostile_texts_are_answered() {
    let deep = format!(
        "#sbt 1\nstrategy s {{ on 30m enter long when {}1{} > 0 }}",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    let long = "a".repeat(1_000_000);
    let nested = "{".repeat(20_000);
    for text in [
        "",
        "\0\0\0",
        "strategy",
        "#sbt 1",
        "#sbt 99\nstrategy x {}",
        "🦀".repeat(9_000).as_str(),
        &deep,
        &long,
        &nested,
    ] {
        let found = judged(&row(text));
        assert!(found.refused().is_some(), "{text:.40}");
    }
}
