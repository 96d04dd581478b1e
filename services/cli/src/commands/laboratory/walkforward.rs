//! `sixbtc walkforward FILE --data D`

use super::{Prepared, days, failure, json_metrics, pages, point, shown, table};
use crate::args::{Format, WalkforwardArgs, WindowArgs};
use crate::commands::backtest::number;
use crate::failure::Failure;
use crate::output;
use crate::progress::Progress;
use serde_json::{Value, json};
use sixbtc_engine::MetricKind;
use sixbtc_lab::{Lengths, Naming, Scheme, WalkForward, WindowPlan, walk_forward};
use sixbtc_market::Timeframe;
use std::path::Path;

/// Walks forward, prints the windows and the stitched figures.
pub fn run(args: &WalkforwardArgs, format: Format) -> Result<u8, Failure> {
    let Some(ready) = Prepared::of(&args.file, &args.data, &args.run)? else {
        return Ok(1);
    };
    let plan = plan(&args.windows, ready.clock)?;
    let subject = ready.subject();
    let fit = super::seeking(&ready, &args.fit)?;
    let evaluators = ready.evaluators(&args.fit);
    let progress = Progress::start();
    let walked = walk_forward(&subject, ready.span, &plan, &fit, &*evaluators, &progress)
        .map_err(failure)?;
    drop(progress);
    if let Some(books) = super::books(&args.ledger, &args.data) {
        let record = Naming::of(&subject).walk(&subject, ready.span, &walked);
        books.enter(&[record]).map_err(failure)?;
    }
    if let Some(path) = &args.report {
        let page = pages::walk_forward(&ready, &plan, &walked);
        sixbtc_report::lab::write_walk_forward(&page, path)
            .map_err(|e| Failure::outside(e.to_string()))?;
    }
    if format == Format::Json {
        output::json(&as_json(&ready, &plan, &walked));
    } else {
        show(&ready, &plan, &walked, args.report.as_deref());
    }
    Ok(0)
}

/// The windows as typed.
pub fn plan(args: &WindowArgs, clock: Timeframe) -> Result<WindowPlan, Failure> {
    let lengths = match (&args.train, &args.test) {
        (Some(train), Some(test)) => Lengths::Bars {
            in_sample: bars("--train", train, clock)?,
            test: bars("--test", test, clock)?,
        },
        _ => Lengths::Count {
            windows: args.windows,
            ratio: args.ratio,
        },
    };
    Ok(WindowPlan {
        scheme: if args.anchored {
            Scheme::Anchored
        } else {
            Scheme::Rolling
        },
        lengths,
        purge: args.purge,
        embargo: args.embargo,
    })
}

/// A length in bars: a number of them, or a time such as `30d`.
fn bars(option: &str, text: &str, clock: Timeframe) -> Result<u32, Failure> {
    let wrong = || {
        Failure::input(format!(
            "`{option} {text}` is no length; write bars (`5000`), hours (`36h`), days (`180d`) or weeks (`26w`)"
        ))
    };
    let unit = |c: char| match c {
        'h' => Some(3_600_000_i64),
        'd' => Some(86_400_000),
        'w' => Some(604_800_000),
        _ => None,
    };
    let (digits, ms) = match text.chars().last().and_then(unit) {
        Some(ms) => (&text[..text.len() - 1], ms),
        None => (text, clock.ms()),
    };
    let count: i64 = digits.trim().parse().map_err(|_| wrong())?;
    let bars = count.checked_mul(ms).ok_or_else(wrong)? / clock.ms();
    u32::try_from(bars)
        .ok()
        .filter(|b| *b > 0)
        .ok_or_else(wrong)
}

/// How the windows are laid, in words.
pub fn scheme(plan: &WindowPlan, walked: &WalkForward, clock: Timeframe) -> String {
    let Some(first) = walked.windows.first() else {
        return String::new();
    };
    let (train, test) = (first.window.in_sample, first.window.test);
    let gap = (test.from - train.to) / clock.ms();
    format!(
        "{}, {} windows: {} bars in-sample{}, {gap} purged, {} tested",
        match plan.scheme {
            Scheme::Rolling => "rolling",
            Scheme::Anchored => "anchored",
        },
        walked.windows.len(),
        train.bars(clock),
        match plan.scheme {
            Scheme::Rolling => "",
            Scheme::Anchored => " and growing",
        },
        test.bars(clock)
    )
}

fn show(ready: &Prepared, plan: &WindowPlan, walked: &WalkForward, report: Option<&Path>) {
    output::out(&output::bold(&ready.title()));
    output::out(&ready.data_line());
    output::out(&scheme(plan, walked, ready.clock));
    output::out(&format!(
        "parameters by largest {}, {} trials\n",
        walked.objective, walked.trials.points
    ));
    let ratio = |v| number(v, MetricKind::Ratio);
    let fraction = |v| number(v, MetricKind::Fraction);
    let rows = walked
        .windows
        .iter()
        .map(|w| {
            vec![
                days(w.window.test),
                point(ready.specs(), &w.params),
                ratio(w.objective_in),
                ratio(w.objective_out),
                fraction(w.in_sample.annual_return),
                fraction(w.test.annual_return),
                ratio(w.efficiency),
                number(w.test.trades, MetricKind::Count),
            ]
        })
        .collect();
    let head = [
        "test",
        "chosen",
        "objective in",
        "out",
        "return a year in",
        "out",
        "efficiency",
        "trades",
    ];
    output::out(&table(&head, rows, 2));
    if walked.stability.iter().any(|s| s.min < s.max) || walked.windows.len() > 1 {
        let rows: Vec<Vec<String>> = walked
            .stability
            .iter()
            .zip(ready.specs())
            .map(|(s, spec)| {
                vec![
                    s.name.clone(),
                    shown(spec, s.min),
                    shown(spec, s.max),
                    format!("{} ({:.0} %)", shown(spec, s.mode), s.mode_share * 100.0),
                    s.distinct.to_string(),
                    format!("{:.2}", s.steadiness),
                ]
            })
            .collect();
        if !rows.is_empty() {
            let head = [
                "parameter",
                "lowest",
                "highest",
                "most often",
                "values",
                "steadiness",
            ];
            output::out(&format!("\n{}", table(&head, rows, 1)));
        }
    }
    let m = &walked.metrics;
    output::out(&format!("\n{}", output::bold("out of sample, stitched")));
    let rows = [
        (
            "total return",
            fraction(m.total_return),
            "trades",
            number(m.trades, MetricKind::Count),
        ),
        (
            "annual return",
            fraction(m.annual_return),
            "win rate",
            fraction(m.win_rate),
        ),
        (
            "max drawdown",
            fraction(m.max_drawdown),
            "profit factor",
            ratio(m.profit_factor),
        ),
        (
            "sharpe",
            ratio(m.sharpe),
            "deflated sharpe",
            fraction(m.deflated_sharpe),
        ),
        (
            "efficiency",
            ratio(walked.efficiency),
            "tests with profit",
            fraction(walked.profitable),
        ),
    ];
    let rows = rows
        .into_iter()
        .map(|(a, b, c, d)| vec![a.to_owned(), b, format!("   {c}"), d])
        .collect();
    output::out(&table(&[], rows, 1));
    for r in &ready.remarks {
        output::out(&format!("warning: {r}"));
    }
    if let Some(path) = report {
        output::out(&format!("report: {}", path.display()));
    }
}

/// The answer for programs.
pub fn as_json(ready: &Prepared, plan: &WindowPlan, walked: &WalkForward) -> Value {
    let specs = ready.specs();
    let windows: Vec<Value> = walked
        .windows
        .iter()
        .map(|w| {
            let params: serde_json::Map<String, Value> = specs
                .iter()
                .zip(&w.params)
                .map(|(s, v)| (s.name.clone(), Value::from(*v)))
                .collect();
            json!({
                "in_sample": w.window.in_sample,
                "test": w.window.test,
                "params": params,
                "points": w.points,
                "objective_in": w.objective_in,
                "objective_out": w.objective_out,
                "efficiency": w.efficiency,
                "metrics_in": json_metrics(&w.in_sample),
                "metrics_out": json_metrics(&w.test),
            })
        })
        .collect();
    json!({
        "schema": 1,
        "strategy": ready.manifest().name,
        "source": ready.hash,
        "compiler": sbt_driver::VERSION,
        "span": ready.span,
        "plan": plan,
        "objective": walked.objective,
        "trials": walked.trials.points,
        "windows": windows,
        "stability": walked.stability,
        "metrics": json_metrics(&walked.metrics),
        "efficiency": walked.efficiency,
        "profitable": walked.profitable,
        "equity": {
            "time": walked.stitched.time,
            "equity": walked.stitched.curve.equity(),
        },
        "warnings": ready.remarks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::unwrap_used)]
    fn lengths_are_bars_or_times() {
        let of = |text| bars("--test", text, Timeframe::M30);
        assert_eq!(of("5000").unwrap(), 5000);
        assert_eq!(of("30d").unwrap(), 1440);
        assert_eq!(of("2w").unwrap(), 672);
        for wrong in ["", "d", "-3d", "0", "1y", "99999999999999999999w"] {
            assert_eq!(of(wrong).unwrap_err().code(), 2, "{wrong}");
        }
    }
}
