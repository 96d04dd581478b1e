//! The standard library against the values of TA-Lib and of pandas-ta, without Python: `tests/oracles/talib_golden.py` and
//! `tests/oracles/pandasta_golden.py` wrote them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_driver::Backend;
use sixbtc_abi::{Kernel, Outputs};
use sixbtc_market::{Bars, FrameSet, Timeframe};
use std::path::Path;

/// The bars of a golden file, its expressions, and the other program's value of each on each bar.
struct Golden {
    bars: Bars,
    columns: Vec<(String, Vec<Option<f64>>)>,
}

fn golden(file: &str) -> Golden {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/golden")
        .join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names = cells(lines.next().unwrap());
    let half_hour: Timeframe = "30m".parse().unwrap();
    let mut bars = Bars::new("BTCUSD", half_hour);
    let mut columns: Vec<(String, Vec<Option<f64>>)> =
        names[6..].iter().map(|n| (n.clone(), Vec::new())).collect();
    for (row, line) in lines.enumerate() {
        let values = cells(line);
        let number = |i: usize| values[i].parse::<f64>().unwrap();
        // the stretch has no gap, so its times can be counted
        bars.time
            .push(1_500_000 * 1_000_000 + row as i64 * half_hour.ms());
        bars.open.push(number(1));
        bars.high.push(number(2));
        bars.low.push(number(3));
        bars.close.push(number(4));
        bars.volume.push(number(5));
        for (column, cell) in columns.iter_mut().zip(&values[6..]) {
            column.1.push(cell.parse().ok());
        }
    }
    Golden { bars, columns }
}

/// Cells of a CSV line; quotes keep commas together.
fn cells(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            _ => out.last_mut().unwrap().push(c),
        }
    }
    out
}

/// Our values of an expression and the row of the first.
fn evaluate(expression: &str, bars: &Bars, backend: Backend) -> (Vec<f64>, usize) {
    let (checked, diagnostics, _) = sbt_driver::expression(expression, bars.timeframe.ms());
    let checked = checked.unwrap_or_else(|| panic!("{expression}: {diagnostics:#?}"));
    let module = sbt_ir::lower::expression(&checked.graph, &checked.frames, &checked.values);
    let compiled = sbt_driver::compile_module(module, backend).unwrap();
    let kernel: &dyn Kernel = compiled.kernel.as_ref();
    let frames = FrameSet::build(kernel.manifest(), bars, &|_| None).unwrap();
    let constants = kernel.bind(&[]).unwrap();
    let mut state = kernel.new_state(&constants);
    let mut outputs = Outputs::new(kernel.manifest(), bars.len());
    let offset = vec![0; kernel.manifest().frames.len()];
    kernel
        .run(
            &frames.input(),
            &offset,
            0..bars.len(),
            &constants,
            &mut state,
            &mut outputs,
        )
        .unwrap();
    (outputs.values.swap_remove(0), constants.lookback[0])
}

/// Compares every column; tells all that differ at once.
fn compare(file: &str, backend: Backend) {
    let golden = golden(file);
    let mut wrong = Vec::new();
    let price = golden.bars.high.iter().copied().fold(0.0, f64::max);
    for (expression, theirs) in &golden.columns {
        let (ours, first) = evaluate(expression, &golden.bars, backend);
        let present = theirs.iter().position(Option::is_some).unwrap();
        if first > present {
            wrong.push(format!(
                "{expression}: first value on bar {first}, theirs on {present}"
            ));
        }
        // 12 digits are kept; sums of prices leave rounding of the price's size
        let largest = theirs.iter().flatten().fold(price, |a, v| a.max(v.abs()));
        let differs = ours
            .iter()
            .zip(theirs)
            .enumerate()
            .find(|(_, (ours, theirs))| {
                theirs.is_some_and(|t| {
                    ours.is_nan() || (*ours - t).abs() > 1e-9 * t.abs() + 1e-12 * largest
                })
            });
        if let Some((row, (ours, theirs))) = differs {
            wrong.push(format!(
                "{expression}: {ours} on bar {row}, theirs {theirs:?}"
            ));
        }
    }
    assert!(golden.columns.len() > 150, "the golden file is cut short");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn compiled_values_are_those_of_talib() {
    compare("talib.csv", Backend::Cranelift);
}

#[test]
fn interpreted_values_are_those_of_talib() {
    compare("talib.csv", Backend::Interpreter);
}

#[test]
fn compiled_values_are_those_of_pandas_ta() {
    compare("pandasta.csv", Backend::Cranelift);
}

#[test]
fn interpreted_values_are_those_of_pandas_ta() {
    compare("pandasta.csv", Backend::Interpreter);
}
