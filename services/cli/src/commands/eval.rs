//! `sixbtc eval EXPR --data D`

use crate::args::DataArgs;
use crate::data;
use crate::failure::Failure;
use crate::{files, output};
use sbt_driver::Backend;
use sixbtc_abi::{Outputs, run_whole};
use sixbtc_market::FrameSet;
use std::path::Path;

/// Evaluates an expression and writes CSV: `time`, then a column for each output, one row a bar.
pub fn run(
    expr: &str,
    args: &DataArgs,
    out: Option<&Path>,
    backend: Backend,
) -> Result<u8, Failure> {
    let tf = args.which.tf.as_deref().map(data::timeframe).transpose()?;
    let series = data::load(args, tf)?;
    let Some(base) = series.bars.first() else {
        return Err(Failure::input("there are no bars"));
    };
    let base = match args.which.symbol.as_deref() {
        Some(s) => series.bars.iter().find(|b| b.symbol == s).unwrap_or(base),
        None => base,
    };
    let tf = tf.unwrap_or(base.timeframe);
    let (checked, diagnostics, sources) = sbt_driver::expression(expr, tf.ms());
    if !diagnostics.is_empty() {
        output::note(&sbt_diagnostics::terminal(
            &diagnostics,
            &sources,
            output::colour_err(),
        ));
    }
    let Some(e) = checked else { return Ok(1) };
    let module = sbt_ir::lower::expression(&e.graph, &e.frames, &e.values);
    let compiled =
        sbt_driver::compile_module(module, backend).map_err(|e| Failure::input(e.to_string()))?;
    let frames = FrameSet::build(compiled.manifest(), base, &|name| {
        series.bars.iter().find(|b| b.symbol == name)
    })
    .map_err(data::market)?;
    let (constants, outputs) = run_whole(&*compiled.kernel, &frames.input(), &[])
        .map_err(|e| Failure::defect(e.to_string()))?;
    let from = args.which.from.as_deref().map(data::instant).transpose()?;
    let to = args.which.to.as_deref().map(data::instant).transpose()?;
    let text = csv(
        &e,
        &frames,
        &outputs,
        &constants.lookback,
        frames.base().rows(from, to),
    );
    match out {
        Some(path) => files::write_whole(path, text.as_bytes())?,
        None => output::out(&text),
    }
    Ok(0)
}

fn csv(
    e: &sbt_hir::Expression,
    frames: &FrameSet<'_>,
    outputs: &Outputs,
    lookback: &[usize],
    rows: std::ops::Range<usize>,
) -> String {
    use std::fmt::Write;
    let mut text = String::from("time");
    for (name, _) in &e.values {
        let _ = write!(text, ",{name}");
    }
    text.push('\n');
    let time = &frames.base().time;
    for row in rows {
        text.push_str(&sixbtc_market::calendar::iso(time[row]));
        for (k, (_, node)) in e.values.iter().enumerate() {
            text.push(',');
            let v = outputs.values[k][row];
            if row < lookback.get(k).copied().unwrap_or(0) {
                continue;
            }
            if e.graph.node(*node).ty == sbt_hir::unit::Type::Bool {
                text.push_str(if v > 0.5 { "true" } else { "false" });
            } else if v.is_finite() {
                // Rust prints the shortest digits that read back to the same number
                let _ = write!(text, "{v}");
            } else if v.is_nan() {
                text.push_str("nan");
            } else {
                text.push_str(if v > 0.0 { "inf" } else { "-inf" });
            }
        }
        text.push('\n');
    }
    text
}
