//! The tables of `docs/guide/pipeline.md` are what the code says. Update them with
//! `UPDATE_DOCS=1 cargo test -p sixbtc-judgement --test pipeline_page`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_engine::Trials;
use sixbtc_judgement::pipeline::gates::{
    self, Comparison, Examination, Figures, Gate, GateThresholds, Gates, SharpeKind, Unit,
};
use sixbtc_judgement::pipeline::score::{
    RankFigures, RobustnessWeights, ScoreFigures, ScoreWeights, rank, robustness, score,
};
use sixbtc_judgement::pipeline::spaces::{
    Census, LeverageContext, LeverageRole, Space, StopForm, TIMEFRAMES, TargetForm, safe_leverage,
};
use sixbtc_judgement::pipeline::tightening::{
    Evidence, StatisticalGate, StatisticalThresholds, judge, required_sharpe,
};
use sixbtc_market::Timeframe;
use std::fmt::Write;
use std::path::Path;

fn row(table: &mut String, cells: &[String]) {
    writeln!(table, "| {} |", cells.join(" | ")).unwrap();
}

fn head(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|c| (*c).to_owned()).collect();
    let mut table = String::new();
    row(&mut table, &cells);
    row(&mut table, &vec!["---".to_owned(); cells.len()]);
    table
}

fn spaces() -> String {
    let mut table = head(&[
        "space",
        "product",
        "endless",
        "documented",
        "target not above stop",
        "unsafe leverage",
        "tried",
        "same leverage, one symbol",
        "tried, one symbol",
    ]);
    let mut counted = |name: String, space: &Space| {
        let Census {
            raw,
            endless,
            target_not_above_stop,
            unsafe_leverage,
            kept,
            ..
        } = space.census();
        let single = space
            .clone()
            .without_same_leverage(LeverageContext::single())
            .census();
        let numbers = [
            raw,
            endless,
            raw - endless,
            target_not_above_stop,
            unsafe_leverage,
            kept,
            single.same_leverage,
            single.kept,
        ];
        let mut cells = vec![name];
        cells.extend(numbers.map(|n| n.to_string()));
        row(&mut table, &cells);
    };
    for timeframe in TIMEFRAMES {
        let space = Space::percentage(timeframe).unwrap();
        counted(format!("percentage, {timeframe}"), &space);
    }
    counted(
        "touch, 2 % in 10 bars".into(),
        &Space::touch(0.02, 10.0).unwrap(),
    );
    counted(
        "close, ATR 0.5 %, 10 bars".into(),
        &Space::close(0.005, 10.0).unwrap(),
    );
    for stop in StopForm::ALL {
        for target in TargetForm::ALL {
            if (stop, target) == (StopForm::Fraction, TargetForm::Fraction) {
                continue; // the percentage space
            }
            let space = Space::typed(Timeframe::H1, stop, target).unwrap();
            let name = format!("typed, 1h: {stop:?} stop, {target:?} target").to_lowercase();
            counted(name, &space);
        }
    }
    table
}

fn leverage() -> String {
    let mut table = head(&["stop", "safe", "1", "2", "3", "5", "10", "20"]);
    let one = LeverageContext::single();
    for stop in [
        0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.10,
    ] {
        let safe = safe_leverage(stop, 20.0);
        let mut cells = vec![Unit::Percent.write(stop), safe.to_string()];
        cells.extend([1, 2, 3, 5, 10, 20].map(|leverage| {
            if leverage > safe {
                return "–".to_owned();
            }
            match one.role((stop, stop), leverage) {
                LeverageRole::Capped => "cap",
                LeverageRole::Liquidated => "liquidation",
                LeverageRole::Crowded => "crowded",
                LeverageRole::Immaterial => "same",
            }
            .to_owned()
        }));
        row(&mut table, &cells);
    }
    table
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::AtLeast => "≥",
        Comparison::AtMost => "≤",
    }
}

fn asked(gate: &Gate) -> String {
    format!(
        "{} {}",
        sign(gate.comparison),
        gate.unit.write(gate.threshold)
    )
}

const NOTHING: Figures = Figures {
    bars: 0,
    coins: 0,
    trades: 0,
    equity_sharpe: f64::NAN,
    trade_sharpe: f64::NAN,
    win_rate: f64::NAN,
    expectancy: f64::NAN,
    drawdown: f64::NAN,
};

fn gate_table() -> String {
    let thresholds = GateThresholds::default();
    let timeframes = [Timeframe::M15, Timeframe::M30, Timeframe::H1, Timeframe::H2];
    let pair = Examination {
        in_sample: NOTHING,
        out_of_sample: NOTHING,
    };
    let of = |timeframe| -> Vec<Gate> {
        let mut all: Gates = gates::in_sample(&NOTHING, timeframe, &thresholds);
        all.extend(gates::out_of_sample(&pair, timeframe, &thresholds));
        all.extend(gates::sealed(&NOTHING, timeframe, &thresholds));
        all.0.extend([
            gates::score(f64::NAN, &thresholds),
            gates::robustness(f64::NAN, &thresholds),
        ]);
        all.0
    };
    let lists = timeframes.map(of);
    let mut table = head(&["gate", "figure", "15m", "30m", "1h", "2h"]);
    for (i, gate) in lists[0].iter().enumerate() {
        let mut cells = vec![format!("`{}`", gate.name), gate.what.clone()];
        let informs = gate.weight == gates::Weight::Informing;
        cells.extend(lists.iter().map(|list| {
            let text = asked(&list[i]);
            if informs { format!("({text})") } else { text }
        }));
        row(&mut table, &cells);
    }
    table
}

fn statistics() -> String {
    let thresholds = StatisticalThresholds::default();
    let gates = judge(&Evidence::default(), &thresholds);
    let mut table = head(&["gate", "figure", "default", "why"]);
    for (gate, which) in gates.0.iter().zip(StatisticalGate::ALL) {
        let cells = [
            format!("`{}`", gate.name),
            gate.what.clone(),
            asked(gate),
            which.reason().to_owned(),
        ];
        row(&mut table, &cells);
    }
    table
}

fn demanded() -> String {
    let mut table = head(&["trials", "120 days", "1 year", "3 years"]);
    for count in [1, 10, 100, 1_015, 10_000, 1_000_000] {
        let mut cells = vec![count.to_string()];
        cells.extend([120.0, 365.0, 1_095.0].map(|days| {
            let bars = days * 24.0;
            let trials = Trials {
                count,
                variance: 1.0 / bars,
            };
            format!("{:.2}", required_sharpe(trials, bars, Timeframe::H1, 0.95))
        }));
        row(&mut table, &cells);
    }
    table
}

fn example() -> String {
    let pair = Examination {
        in_sample: Figures {
            bars: 11_520,
            coins: 8,
            trades: 210,
            equity_sharpe: 1.8,
            trade_sharpe: 2.3,
            win_rate: 0.48,
            expectancy: 0.012,
            drawdown: 0.14,
        },
        out_of_sample: Figures {
            bars: 5_760,
            coins: 8,
            trades: 84,
            equity_sharpe: 0.8,
            trade_sharpe: 1.1,
            win_rate: 0.44,
            expectancy: 0.007,
            drawdown: 0.17,
        },
    };
    let thresholds = GateThresholds::default();
    let kind = SharpeKind::Equity;
    let mut all = gates::in_sample(&pair.in_sample, Timeframe::M15, &thresholds);
    all.extend(gates::out_of_sample(&pair, Timeframe::M15, &thresholds));
    let weights = ScoreWeights::default();
    let figures = ScoreFigures::of(&pair, kind);
    let points = score(&figures, &weights);
    let robust = robustness(&pair, 2, kind, &RobustnessWeights::default());
    all.0.push(gates::score(points, &thresholds));
    all.0.push(gates::robustness(robust, &thresholds));
    let mut text = String::from("```text\n");
    for gate in &all.0 {
        let mark = match (gate.weight, gate.passes()) {
            (gates::Weight::Informing, _) => "(info)",
            (_, true) => "pass",
            (_, false) => "FAIL",
        };
        writeln!(text, "{mark:<6}  {:<31}  {}", gate.name, gate.explanation).unwrap();
    }
    let combined = pair.combined(kind);
    let rank = rank(&RankFigures {
        edge: pair.in_sample.expectancy,
        sharpe: pair.in_sample.equity_sharpe,
        win_rate: pair.in_sample.win_rate,
        drawdown: pair.in_sample.drawdown,
    });
    writeln!(
        text,
        "\ndegradation {:.4}   bonus {:.4}   figure of merit {:.4}\nscore {points:.2}   without recency {:.2}   robustness \
         {robust:.4}   rank {rank:.4}\n```",
        pair.degradation(kind),
        pair.bonus(kind),
        combined.figure_of_merit,
        score(&figures.without_recency(), &weights),
    )
    .unwrap();
    text
}

/// The page with each marked part written anew.
fn page(old: &str) -> String {
    let mut page = old.to_owned();
    for (name, text) in [
        ("spaces", spaces()),
        ("leverage", leverage()),
        ("gates", gate_table()),
        ("statistics", statistics()),
        ("demanded", demanded()),
        ("example", example()),
    ] {
        let (open, close) = (
            format!("<!-- begin {name} -->\n"),
            format!("<!-- end {name} -->"),
        );
        let start = page.find(&open).expect(name) + open.len();
        let end = page.find(&close).expect(name);
        page.replace_range(start..end, &format!("\n{text}\n"));
    }
    page
}

#[test]
fn the_tables_of_the_page_are_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/pipeline.md");
    let old = std::fs::read_to_string(&path).unwrap();
    let new = page(&old);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &new).unwrap();
    } else {
        assert_eq!(old, new);
    }
}
