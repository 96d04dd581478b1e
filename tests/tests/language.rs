//! What the checker infers: first rows, settling, units, clocks, intervals. Each line is a rule of the language.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_driver::{NoFiles, check, expression};
use sbt_hir::unit::Type;
use std::collections::HashMap;

const HOUR: i64 = 3_600_000;

/// First row and settled row of an expression on hourly bars, and its unit.
fn facts(text: &str) -> (f64, f64, String) {
    let (e, diagnostics, _) = expression(text, HOUR);
    let e = e.unwrap_or_else(|| panic!("{text}: {diagnostics:?}"));
    let id = e.values[0].1;
    let node = e.graph.node(id);
    let row = |n| match &e.graph.node(n).kind {
        sbt_hir::NodeKind::Number(v) => v.get(),
        // row numbers of recurrences go through a patched node
        sbt_hir::NodeKind::Prim(_, args) => e.graph.as_const(args[0]).unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    let unit = match node.ty {
        Type::Num(d) => d.to_string(),
        Type::Bool => "bool".into(),
        _ => "other".into(),
    };
    (row(node.lookback), row(node.settled), unit)
}

fn codes(text: &str) -> Vec<&'static str> {
    let c = check(&NoFiles, "t.sbt", text, &HashMap::new());
    c.diagnostics.iter().map(|d| d.code.0).collect()
}

fn strategy(body: &str) -> String {
    format!(
        "#sbt 1\n\nstrategy t {{\n  on 1h\n{body}\n  enter long when close > open\n  exit long when close < open\n}}\n"
    )
}

#[test]
fn lookback_is_inferred_by_the_rules() {
    for (text, lookback, settled) in [
        ("close", 0.0, 0.0),
        ("close[3]", 3.0, 3.0),
        ("close[3][2]", 5.0, 5.0),
        ("close - close[1]", 1.0, 1.0),
        ("sma(close, 20)", 19.0, 19.0),
        ("sma(close, 20)[1]", 20.0, 20.0),
        ("sma(sma(close, 5), 5)", 8.0, 8.0),
        ("sum(i in 0..<7: close[i])", 6.0, 6.0),
        ("sum(i in 0..7: close[7 - i])", 7.0, 7.0),
        ("max(i in 2..<4: high[i + 1])", 4.0, 4.0),
        // as TA-Lib: EMA at n − 1, RSI and ATR at n; orders wait for the start-up bias to fade
        ("ema(close, 20)", 19.0, 99.0),
        ("fma(close[2], 2, sma(close, 5))", 4.0, 4.0),
        ("rsi(close, 14)", 14.0, 126.0),
        ("atr(14)", 14.0, 126.0),
        ("close crosses above sma(close, 10)", 10.0, 10.0),
        // a coarser bar must be whole and confirmed wherever in it the run begins
        ("on 4h: close", 6.0, 6.0),
        ("on 4h: sma(close, 3)", 14.0, 14.0),
        ("forming(1d).high", 0.0, 24.0),
    ] {
        let (l, s, _) = facts(text);
        assert_eq!((l, s), (lookback, settled), "{text}");
    }
}

#[test]
fn units_follow_the_arithmetic() {
    for (text, unit) in [
        ("close - open", "price"),
        ("close * 2", "price"),
        ("close / open", "float"),
        ("close * volume", "money"),
        ("close * volume / close", "quantity"),
        ("close * close", "price^2"),
        ("sqrt(close * close)", "price"),
        ("close * 2%", "price"),
        ("close * (1 + 2%)", "price"),
        ("2% + 3%", "percent"),
        ("max(close - open, 0)", "price"),
        ("sma(volume, 3)", "quantity"),
        ("rsi(close, 14)", "float"),
        ("highest_ago(high, 5)", "bars"),
        ("close > open", "bool"),
        ("if close > open then close else open", "price"),
        ("fma(close, 2, open)", "price"),
        ("fma(0.5, close * volume, volume * open)", "money"),
        ("fma(close, 2%, open)", "price"),
        ("fma(2, 3, 4)", "int"),
    ] {
        assert_eq!(facts(text).2, unit, "{text}");
    }
}

#[test]
fn expressions_that_mix_units_are_refused() {
    for (text, code) in [
        ("close > 70", "E0401"),
        ("close + 1%", "E0402"),
        ("close + volume", "E0401"),
        ("close + 5", "E0401"),
        ("rsi(close, 14) > 2%", "E0401"),
        ("fma(close, volume, close)", "E0401"),
        ("fma(close, 2, 1)", "E0401"),
        ("fma(time, 2, time)", "E0401"),
        ("fma(close, 2)", "E0106"),
        ("log(close)", "E0404"),
        ("sqrt(close)", "E0404"),
        ("sma(close, 2.5)", "E0303"),
        ("if close > open then close else volume", "E0201"),
        ("close and open", "E0204"),
        ("nosuch + 1", "E0101"),
        ("sma(close)[1.5]", "E0303"),
    ] {
        let (e, d, _) = expression(text, HOUR);
        assert!(e.is_none(), "{text} was accepted");
        assert_eq!(d[0].code.0, code, "{text}: {d:?}");
    }
}

#[test]
fn mutual_recurrences_need_a_delay_somewhere() {
    let fine = strategy("  rec a = b[1] + 1 init 0\n  rec b = a[1] * 2 init 1\n  plot a, b");
    assert_eq!(codes(&fine), Vec::<&str>::new());
    let order = strategy("  rec a = b + a[1] init 0\n  rec b = b[1] + 1 init 1\n  plot a, b");
    assert_eq!(
        codes(&order),
        Vec::<&str>::new(),
        "a body may use a later recurrence of the same bar"
    );
    let looped = strategy("  rec a = b + 1 init 0\n  rec b = a + b[1] init 1\n  plot a, b");
    assert_eq!(codes(&looped), vec!["E0311"]);
}

#[test]
fn levels_must_move_with_the_market() {
    let leg = |l: &str| {
        format!(
            "#sbt 1\n\nstrategy t {{\n  on 1h\n  enter long when close > open {{\n    {l}\n  }}\n  size 100% of equity\n}}\n"
        )
    };
    for (text, expected) in [
        ("stop entry - 2 * atr(14)", vec![]),
        ("stop lowest(low, 10) - 0.5 * atr(14)", vec![]),
        ("stop ema(close, 20)", vec![]),
        ("stop close * 0.98", vec![]),
        ("stop 2 * atr(14)", vec!["E0605"]),
        ("stop atr(14)", vec!["E0605"]),
        ("stop close - open", vec!["E0605"]),
        // a weighted mean moves with what it is of, so the distance to it does not
        ("stop close - ema(close, 20)", vec!["E0605"]),
        ("stop fma(2, atr(14), high - low)", vec!["E0605"]),
        ("stop fma(-2, atr(14), entry)", vec![]),
        ("stop fma(atr(14), 2, entry)", vec!["E0607"]),
        ("stop entry + 2 * atr(14)", vec!["E0607"]),
        ("stop 2", vec!["E0604"]),
        ("target 2R", vec!["E0609"]),
        ("target entry - atr(14)", vec!["E0607"]),
        ("stop position.entry - atr(14)", vec!["E0617"]),
    ] {
        assert_eq!(codes(&leg(text)), expected, "{text}");
    }
}

#[test]
fn parameters_are_checked_against_their_ranges_and_each_other() {
    for (body, expected) in [
        (
            "  param n: bars = 70 in 5..60\n  plot sma(close, n)",
            "E0501",
        ),
        (
            "  param n: bars = 20 in 60..5\n  plot sma(close, n)",
            "E0502",
        ),
        (
            "  param n: bars = 20 in 5..60 step 0\n  plot sma(close, n)",
            "E0503",
        ),
        (
            "  param a: int = 3 in 1..5\n  param b: int = 7 in 6..9\n  require a > b\n  plot close * a * b",
            "E0504",
        ),
        (
            "  param a: int = 9 in 1..9\n  param b: int = 7 in 6..9\n  require a < b\n  plot close * a * b",
            "E0506",
        ),
        (
            "  param n: bars = 20 in 0..60\n  plot sma(close, n)",
            "E0306",
        ),
        ("  param n: int = 0 in -5..5\n  plot close[n]", "E0301"),
    ] {
        assert_eq!(codes(&strategy(body)), vec![expected], "{body}");
    }
}

#[test]
fn conditions_decided_by_bounds_are_pointed_out() {
    assert_eq!(
        codes(&strategy("  plot if rsi(close, 14) > 120 then 1 else 0")),
        vec!["W1201"]
    );
    // a weighted mean stays between its parts, whatever its length
    for mean in [
        "ema(rsi(close, 14), 9)",
        "rma(rsi(close, 14), n)",
        "smooth(rsi(close, n), n)",
    ] {
        let text = format!("  param n: bars = 9 in 2..60\n  plot if {mean} > 120 then n else 0");
        assert_eq!(codes(&strategy(&text)), vec!["W1201"], "{mean}");
    }
    assert_eq!(
        codes(&strategy("  plot if high - low >= 0 then 1 else 0")),
        vec!["W1202"]
    );
    assert_eq!(
        codes(&strategy("  plot if close - open >= 0 then 1 else 0")),
        Vec::<&str>::new()
    );
    assert_eq!(codes(&strategy("  let never_read = close")), vec!["W1101"]);
}

#[test]
fn one_mistake_makes_one_message() {
    // the names of a broken statement stay known
    assert_eq!(
        codes(&strategy(
            "  let a = nosuch(close)\n  let b = a + 1\n  plot b > 2"
        )),
        vec!["E0102"]
    );
    let broken = "#sbt 1\n\nindicator f(x num) -> num {\n  give x\n}\n\nstrategy t {\n  on 1h\n  enter long when close > f(close)\n  exit long when close < open\n}\n";
    assert!(
        codes(broken).iter().all(|c| c.starts_with("E00")),
        "{:?}",
        codes(broken)
    );
}

#[test]
fn a_recurrence_takes_its_unit_from_its_annotation() {
    let text = |ty: &str, init: &str| {
        format!(
            "#sbt 1\n\nindicator kept_high(x: num) -> num {{\n  rec h{ty} = if x > h[1] then x else h[1] init {init}\n  give h\n}}\n"
        )
    };
    assert_eq!(codes(&text(": num", "0")), Vec::<&str>::new());
    assert_eq!(codes(&text(": num", "x")), Vec::<&str>::new());
    // a price is no plain number: the start does not fit what the call makes of `num`
    assert_eq!(codes(&text(": num", "1")), ["E0403"]);
    assert_eq!(codes(&text(": float", "x")), ["E0403"]);
}

#[test]
fn kinds_of_averages_are_chosen_by_name() {
    // only the chosen average is waited for
    let first = |text: &str| facts(text).0.to_string();
    assert_eq!(first("ma(close, 20)"), "19");
    assert_eq!(first("ma(close, 20, MaType.ema)"), "19");
    assert_eq!(first("ma(close, 20, MaType.none)"), "0");
    assert_eq!(codes("#sbt 1\n\nenum MaType { fast, slow }\n"), ["E0105"]);
}
