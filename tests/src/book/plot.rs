//! A small picture of an expression over the sample bars, as SVG that follows the colours of the page.

use sbt_driver::{Backend, compile_module, expression};
use sbt_hir::unit::{Dim, Type};
use sixbtc_abi::run_whole;
use sixbtc_market::{Bars, FrameSet, ImportOptions, MarketError, Timeframe};
use std::fmt::Write;
use std::path::Path;

/// Bars shown.
const SHOWN: usize = 160;
/// Width of a picture in its own units.
const WIDTH: f64 = 640.0;
/// Height of the panel of prices.
const PRICES: f64 = 130.0;
/// Height of the panel below it.
const BELOW: f64 = 80.0;
/// Between the two.
const GAP: f64 = 10.0;
/// Lines are told apart by these, which hold on light and dark pages.
const COLOURS: [&str; 6] = [
    "#e8590c", "#1c7ed6", "#2b8a3e", "#9c36b5", "#c2255c", "#0b7285",
];

/// Four-hour bars of BTC from the sample data.
pub fn sample(repository: &Path) -> Result<Bars, MarketError> {
    let file = repository.join("tests/data/sample/BTCUSD-30m.csv.gz");
    let bars = sixbtc_market::import::open(file, &ImportOptions::default())?.bars;
    sixbtc_market::resample::resample(&bars, Timeframe::H4)
}

struct Line {
    name: String,
    values: Vec<f64>,
    /// A condition rather than a number.
    truth: bool,
    price: bool,
}

/// Draws an expression below, or upon, the close.
pub fn draw(call: &str, bars: &Bars) -> Result<String, String> {
    let (checked, diagnostics, _) = expression(call, bars.timeframe.ms());
    let e = checked.ok_or_else(|| {
        diagnostics
            .first()
            .map_or_else(String::new, |d| d.message.clone())
    })?;
    let module = sbt_ir::lower::expression(&e.graph, &e.frames, &e.values);
    let compiled = compile_module(module, Backend::Cranelift).map_err(|e| e.to_string())?;
    let frames =
        FrameSet::build(compiled.manifest(), bars, &|_| None).map_err(|e| e.to_string())?;
    let (constants, outputs) =
        run_whole(&*compiled.kernel, &frames.input(), &[]).map_err(|e| e.to_string())?;
    let rows = bars.len();
    let first = rows.saturating_sub(SHOWN);
    let lines: Vec<Line> = e
        .values
        .iter()
        .enumerate()
        .map(|(k, (name, node))| {
            let from = constants.lookback.get(k).copied().unwrap_or(0);
            let ty = e.graph.node(*node).ty;
            Line {
                name: name.clone(),
                values: (first..rows)
                    .map(|r| {
                        if r < from {
                            f64::NAN
                        } else {
                            outputs.values[k][r]
                        }
                    })
                    .collect(),
                truth: ty == Type::Bool,
                price: ty == Type::Num(Dim::PRICE),
            }
        })
        .collect();
    Ok(svg(&lines, &bars.close[first..]))
}

/// Lowest and highest finite value, widened so that a line at an edge is seen.
fn span<'v>(values: impl Iterator<Item = &'v f64>) -> (f64, f64) {
    let (lo, hi) = values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| {
            (lo.min(*v), hi.max(*v))
        });
    if lo > hi {
        return (0.0, 1.0);
    }
    let room = if hi > lo {
        0.04 * (hi - lo)
    } else {
        lo.abs().max(1.0) * 0.1
    };
    (lo - room, hi + room)
}

fn x(row: usize) -> f64 {
    (row as f64 + 0.5) * WIDTH / SHOWN as f64
}

/// A line through the finite values; a hole where one is missing.
fn path(values: &[f64], (lo, hi): (f64, f64), top: f64, height: f64) -> String {
    let mut out = String::new();
    let mut pen = false;
    for (row, v) in values.iter().enumerate() {
        if v.is_finite() {
            let y = top + height * (hi - v) / (hi - lo);
            let _ = write!(out, "{}{:.0} {:.1}", if pen { 'L' } else { 'M' }, x(row), y);
        }
        pen = v.is_finite();
    }
    out
}

fn svg(lines: &[Line], close: &[f64]) -> String {
    // levels lie upon the prices when they are near them; everything else has a panel of its own
    let (lo, hi) = span(close.iter());
    let near = |l: &Line| {
        let (a, b) = span(l.values.iter());
        l.price && a > lo - 2.0 * (hi - lo) && b < hi + 2.0 * (hi - lo) && b > lo && a < hi
    };
    let (upon, below): (Vec<usize>, Vec<usize>) = (0..lines.len()).partition(|i| near(&lines[*i]));
    let height = if below.is_empty() {
        PRICES
    } else {
        PRICES + GAP + BELOW
    };
    let all = close
        .iter()
        .chain(upon.iter().flat_map(|i| &lines[*i].values));
    let scale = span(all);
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" style=\"width:100%;max-width:{WIDTH}px;font:11px sans-serif\" fill=\"none\" stroke-width=\"1.4\">",
        height + 16.0
    );
    let _ = write!(
        out,
        "<path d=\"{}\" stroke=\"currentColor\" stroke-opacity=\".45\"/>",
        path(close, scale, 0.0, PRICES)
    );
    let colour = |i: usize| COLOURS[i % COLOURS.len()];
    for &i in &upon {
        let d = path(&lines[i].values, scale, 0.0, PRICES);
        let _ = write!(out, "<path d=\"{d}\" stroke=\"{}\"/>", colour(i));
    }
    if !below.is_empty() {
        let top = PRICES + GAP;
        let _ = write!(
            out,
            "<path d=\"M0 {top}H{WIDTH}\" stroke=\"currentColor\" stroke-opacity=\".2\"/>"
        );
        let truths = below.iter().all(|i| lines[*i].truth);
        let scale = if truths {
            (-0.1, 1.1)
        } else {
            span(below.iter().flat_map(|i| &lines[*i].values))
        };
        for &i in &below {
            let d = path(&lines[i].values, scale, top, BELOW);
            let _ = write!(out, "<path d=\"{d}\" stroke=\"{}\"/>", colour(i));
        }
        if !truths {
            for (y, v) in [(top + 9.0, scale.1), (top + BELOW - 1.0, scale.0)] {
                let _ = write!(
                    out,
                    "<text x=\"2\" y=\"{y}\" fill=\"currentColor\" fill-opacity=\".6\">{}</text>",
                    short(v)
                );
            }
        }
    }
    let mut at = 2.0;
    let names =
        std::iter::once(("close", "currentColor")).chain(lines.iter().enumerate().map(|(i, l)| {
            let name = if lines.len() == 1 {
                "value"
            } else {
                l.name.as_str()
            };
            (name, colour(i))
        }));
    for (name, colour) in names {
        let _ = write!(
            out,
            "<text x=\"{at}\" y=\"{}\" fill=\"{colour}\">{name}</text>",
            height + 12.0
        );
        at += 7.0 * name.len() as f64 + 14.0;
    }
    out + "</svg>"
}

/// A number with as many digits as a label can hold.
fn short(v: f64) -> String {
    let a = v.abs();
    if a >= 1e6 {
        format!("{v:.2e}")
    } else if a >= 100.0 {
        format!("{v:.0}")
    } else if a >= 1.0 {
        format!("{v:.2}")
    } else {
        format!("{v:.4}")
    }
}
