//! Programs that once broke a law.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_tests::properties::{Rows, examine};

fn holds(body: &str) {
    let text = format!("#sbt 1\nstrategy s {{\n{body}}}\n");
    let reached = examine(&text, 1, Rows::default()).unwrap_or_else(|d| panic!("{d}\n{text}"));
    assert!(
        reached.compiled,
        "{} {}\n{text}",
        reached.code.unwrap_or_default(),
        reached.message
    );
}

#[test]
fn arithmetic_on_an_index_within_another_clock() {
    holds(
        "  on 15m\n  let v = on 4h: min(i in 0..<6: close[i] - close[i + 1])\n  enter short when v < price(1)\n",
    );
    holds(
        "  on 15m\n  on 1h {\n    let v = wma(close, 3) + sum(i in 0..2: max(j in 0..i: close[i + j]))\n  }\n  enter long when v < close\n",
    );
    holds(
        "  on 15m\n  let v = on 1h: sum(i in 0..<3: i * 2) * close\n  enter long when v < close\n",
    );
}

#[test]
fn a_recurrence_over_nested_folds_in_a_definition() {
    let text = "#sbt 1\nindicator f(x: num, n: bars = 5) -> num {\n  rec e = e[1] + (min(i in 0..<8: x[i] + max(j in 0..2: x[i + j])) - e[1]) / n init x\n  give e\n}\nstrategy s {\n  on 1h\n  enter long when close > f(close)\n}\n";
    let reached = examine(text, 1, Rows::default()).unwrap();
    assert!(reached.compiled, "{}", reached.message);
}

/// Rows until a value exists were followed along every path, of which there are as many as grains of sand.
#[test]
fn recurrences_of_recurrences_are_checked_at_once() {
    let nested = (0..8).fold("close".to_string(), |x, _| format!("mama({x}).fama"));
    holds(&format!(
        "  on 15m\n  rec r = (r[1] + r[4]) / 2 - 0.1 * {nested} init high\n  enter long when r > close\n"
    ));
}

/// The compiler could not order a claim about the position, of which a test has none.
#[test]
fn a_test_cannot_read_the_position() {
    let text = "#sbt 1\nindicator long_held() -> bool {\n  give position.bars > 3\n}\ntest \"t\" {\n  given close = [1, 2]\n  assert position.bars == 0\n  assert long_held() is [false, false]\n}\n";
    let checked = sbt_driver::check(
        &sbt_driver::NoFiles,
        "strategy.sbt",
        text,
        &std::collections::HashMap::new(),
    );
    let codes: Vec<&str> = checked.diagnostics.iter().map(|d| d.code.0).collect();
    assert_eq!(codes, ["E0902", "E0902"]);
}
