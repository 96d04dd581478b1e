//! The proof by experiment that a strategy does not look ahead: decisions before a cut must not change by a bit whatever comes
//! after it.

use crate::error::LabError;
use crate::subject::Subject;
use crate::watch::Watch;
use rayon::prelude::*;
use sixbtc_abi::{Outputs, run_whole};
use sixbtc_judgement::draw::Draw;
use sixbtc_market::symbol::is_named;
use sixbtc_market::{Bars, FrameSet};

/// What the experiment found for one symbol.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PrefixFindings {
    /// The symbol.
    pub symbol: String,
    /// Cuts tried.
    pub cuts: usize,
    /// Runs with another future.
    pub runs: usize,
    /// The first decision that changed, if one did.
    pub breach: Option<Breach>,
}

/// A decision that knew the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Breach {
    /// Row of the decision.
    pub row: usize,
    /// Row from which on the future was another.
    pub cut: usize,
}

/// Futures tried at each cut.
const FUTURES: usize = 3;

/// Runs the signals of each symbol over its bars with the bars after some cuts removed, shuffled and replaced, and compares
/// all decisions before the cut, bit by bit. The cuts lie at equal distances.
///
/// # Errors
/// [`LabError::Plan`] for a portfolio, whose symbols cannot be cut one at a time; what the kernel refuses.
pub fn prefix_invariance(
    subject: &Subject<'_>,
    point: &[f64],
    cuts: usize,
    seed: u64,
    watch: &dyn Watch,
) -> Result<Vec<PrefixFindings>, LabError> {
    if subject.kernel.manifest().portfolio.is_some() {
        return Err(LabError::Plan {
            name: "what is cut",
            value: "a portfolio".into(),
            right: "a strategy, one symbol at a time",
        });
    }
    watch.begin(
        "other futures",
        (subject.market.bars.len() * cuts * FUTURES) as u64,
    );
    let mut all = Vec::with_capacity(subject.market.bars.len());
    for (symbol, bars) in subject.market.bars.iter().enumerate() {
        let scale = subject.market.scales.get(symbol).copied();
        let whole = signals(subject, bars, scale, point)?;
        let breaches = (0..cuts * FUTURES)
            .into_par_iter()
            .map(|run| -> Result<Option<Breach>, LabError> {
                if watch.stopped() {
                    return Err(LabError::Stopped);
                }
                let cut = bars.len() * (run / FUTURES + 1) / (cuts + 1);
                if cut == 0 {
                    return Ok(None);
                }
                let mut draw = Draw::new(seed, (symbol * cuts * FUTURES + run) as u64);
                let other = match run % FUTURES {
                    0 => bars.slice(0..cut),
                    1 => shuffled(bars, cut, &mut draw),
                    _ => replaced(bars, cut, scale.unwrap_or(100.0), &mut draw),
                };
                let got = signals(subject, &other, scale, point)?;
                watch.advance(1);
                Ok(first_difference(&whole, &got, cut).map(|row| Breach { row, cut }))
            })
            .collect::<Result<Vec<_>, _>>()?;
        all.push(PrefixFindings {
            symbol: bars.symbol.clone(),
            cuts,
            runs: cuts * FUTURES,
            breach: breaches.into_iter().flatten().next(),
        });
    }
    Ok(all)
}

/// Signals over all bars. The price scale belongs to the symbol, not to the future.
fn signals(
    subject: &Subject<'_>,
    bars: &Bars,
    scale: Option<f64>,
    point: &[f64],
) -> Result<Outputs, LabError> {
    let all = subject.others.iter().chain(&subject.market.bars);
    let others = |name: &str| {
        all.clone()
            .find(|b| b.symbol == name)
            .or_else(|| all.clone().find(|b| is_named(&b.symbol, name)))
    };
    let frames = FrameSet::build_scaled(subject.kernel.manifest(), bars, &others, scale)
        .map_err(sixbtc_backtest::BacktestError::from)?;
    Ok(run_whole(subject.kernel, &frames.input(), point)?.1)
}

fn first_difference(a: &Outputs, b: &Outputs, rows: usize) -> Option<usize> {
    (0..rows).find(|&i| {
        a.flags[i] != b.flags[i]
            || a.values
                .iter()
                .zip(&b.values)
                .any(|(x, y)| x[i].to_bits() != y[i].to_bits())
    })
}

/// The bars after the cut in another order, their times kept.
fn shuffled(bars: &Bars, cut: usize, draw: &mut Draw) -> Bars {
    let mut order: Vec<usize> = (cut..bars.len()).collect();
    draw.shuffle(&mut order);
    let mut other = bars.slice(0..cut);
    for (row, source) in (cut..bars.len()).zip(order) {
        if let Some(bar) = bars.get(source) {
            other.push(sixbtc_market::Bar {
                time: bars.time[row],
                ..bar
            });
        }
    }
    other
}

/// The bars after the cut at other prices, in whole ticks.
fn replaced(bars: &Bars, cut: usize, scale: f64, draw: &mut Draw) -> Bars {
    let mut other = bars.clone();
    for i in cut..other.len() {
        let factor = 0.5 + draw.uniform();
        for column in [
            &mut other.open,
            &mut other.high,
            &mut other.low,
            &mut other.close,
            &mut other.volume,
        ] {
            column[i] = (column[i] * factor * scale).round().max(1.0) / scale;
        }
    }
    other
}
