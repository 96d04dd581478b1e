//! The examination of one program: pure, the same text gives the same gates.

use crate::fixed::FixedBars;
use crate::limits::Limits;
use sbt_driver::{Backend, CompileError, NoFiles, check, compile};
use sixbtc_abi::{Kernel, Outputs, Phase, run_whole};
use sixbtc_backtest::{BacktestInput, run_backtest};
use sixbtc_core::model::{Gate, NewStrategy};
use sixbtc_engine::RunSettings;
use sixbtc_market::{Bars, FrameSet, Timeframe};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Lengths of history that every program must bear.
pub const LENGTHS: [usize; 7] = [0, 1, 5, 10, 50, 100, 500];

/// What was found of one program.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// Every gate that was asked, in order; the last one decided when it refuses.
    pub gates: Vec<Gate>,
}

impl Examined {
    /// The gate that refused, if one did.
    pub fn refused(&self) -> Option<&Gate> {
        self.gates.iter().find(|g| !g.passed)
    }
}

/// Gates in the making: the first that refuses ends the examination.
struct Asking {
    gates: Vec<Gate>,
}

/// Ends an examination that was refused.
struct Refused;

impl Asking {
    fn at_most(
        &mut self,
        name: &str,
        figure: f64,
        most: f64,
        says: impl FnOnce() -> String,
    ) -> Result<(), Refused> {
        self.gate(name, figure, most, figure <= most, says)
    }

    fn at_least(
        &mut self,
        name: &str,
        figure: f64,
        least: f64,
        says: impl FnOnce() -> String,
    ) -> Result<(), Refused> {
        self.gate(name, figure, least, figure >= least, says)
    }

    fn gate(
        &mut self,
        name: &str,
        figure: f64,
        threshold: f64,
        passed: bool,
        says: impl FnOnce() -> String,
    ) -> Result<(), Refused> {
        self.gates.push(Gate {
            name: format!("validation.{name}"),
            figure: figure.is_finite().then_some(figure),
            threshold,
            passed,
            says: says(),
        });
        if passed { Ok(()) } else { Err(Refused) }
    }
}

/// Examines a program. Whatever the text is, an answer comes back: a panic of the compiler or of a run is a gate that refuses.
pub fn examine(made: &NewStrategy, limits: &Limits, fixed: &FixedBars) -> Examined {
    let mut asking = Asking { gates: Vec::new() };
    // what a panic leaves behind are gates that were answered: nothing half made
    let ended = catch_unwind(AssertUnwindSafe(|| ask(made, limits, fixed, &mut asking)));
    if let Err(panic) = ended {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("without a word");
        let says = format!("the compiler or a run panicked, which is a defect of ours: {said}");
        // it refuses, as it should
        let _ = asking.at_most("panics", 1.0, 0.0, || says);
    }
    Examined {
        gates: asking.gates,
    }
}

fn ask(
    made: &NewStrategy,
    limits: &Limits,
    fixed: &FixedBars,
    asking: &mut Asking,
) -> Result<(), Refused> {
    let text = &made.text;
    asking.at_most("bytes", text.len() as f64, limits.bytes as f64, || {
        format!(
            "the text has {} bytes, at most {} are allowed",
            text.len(),
            limits.bytes
        )
    })?;
    let checked = check(&NoFiles, "strategy.sbt", text, &HashMap::new());
    let errors: Vec<_> = checked
        .diagnostics
        .iter()
        .filter(|d| d.is_error())
        .collect();
    asking.at_most("errors", errors.len() as f64, 0.0, || {
        errors.first().map_or_else(
            || "the program has no errors".to_owned(),
            |d| format!("{}: {}", d.code.0, d.message),
        )
    })?;
    let strategies = &checked.hir.strategies;
    asking.gate(
        "strategies",
        strategies.len() as f64,
        1.0,
        strategies.len() == 1,
        || {
            format!(
                "the text holds {} strategies, exactly one is asked",
                strategies.len()
            )
        },
    )?;
    let Some(strategy) = strategies.first() else {
        return Err(Refused);
    };
    let clock = strategy
        .frames
        .first()
        .and_then(|f| Timeframe::from_ms(f.period_ms));
    let on = clock.map_or_else(|| "none".to_owned(), |c| c.to_string());
    let differs = usize::from(strategy.name != made.name) + usize::from(on != made.timeframe);
    asking.at_most("contract", differs as f64, 0.0, || {
        if differs == 0 {
            format!("`{}` on {on}, as its row says", strategy.name)
        } else {
            format!(
                "the program is `{}` on {on}, its row says `{}` on {}",
                strategy.name, made.name, made.timeframe
            )
        }
    })?;
    match clock {
        Some(clock) => compiled(strategy, clock, limits, fixed, asking),
        None => Err(Refused),
    }
}

/// The gates of the compiled program, and after them those that need bars.
fn compiled(
    strategy: &sbt_hir::Strategy,
    clock: Timeframe,
    limits: &Limits,
    fixed: &FixedBars,
    asking: &mut Asking,
) -> Result<(), Refused> {
    let compiled = match compile(strategy, Backend::Cranelift) {
        Ok(compiled) => compiled,
        Err(e @ CompileError::Limit(_)) => {
            return asking.at_most("limits", 1.0, 0.0, || e.to_string());
        }
        Err(e) => return asking.at_most("compiles", 1.0, 0.0, || e.to_string()),
    };
    let kernel = &*compiled.kernel;
    let manifest = kernel.manifest();
    let ops = manifest.ops_per_bar;
    asking.at_most("operations", ops as f64, limits.operations as f64, || {
        format!(
            "it takes up to {ops} operations a bar, at most {} are allowed",
            limits.operations
        )
    })?;
    let state = manifest.state_bytes;
    asking.at_most("state", state as f64, limits.state as f64, || {
        format!(
            "it keeps {state} bytes of state, at most {} are allowed",
            limits.state
        )
    })?;
    let params: Vec<f64> = manifest.params.iter().map(|p| p.default).collect();
    let constants = match kernel.bind(&params) {
        Ok(constants) => constants,
        Err(e) => return asking.at_most("defaults", 1.0, 0.0, || e.to_string()),
    };
    let most = limits.warm_up(clock);
    asking.at_most("warm_up", constants.warmup as f64, most as f64, || {
        format!(
            "its values settle after {} bars, at most {most} may pass",
            constants.warmup
        )
    })?;
    tried(kernel, &params, clock, limits, fixed, asking)
}

/// The gates that need bars.
fn tried(
    kernel: &dyn Kernel,
    params: &[f64],
    clock: Timeframe,
    limits: &Limits,
    fixed: &FixedBars,
    asking: &mut Asking,
) -> Result<(), Refused> {
    let bars = match fixed.of(clock) {
        Ok(bars) => bars,
        Err(e) => return asking.at_most("bars", 1.0, 0.0, || e.to_string()),
    };
    let whole = match signals(kernel, &bars, &bars, params) {
        Ok(whole) => whole,
        Err(why) => return asking.at_most("runs", 1.0, 0.0, || why),
    };
    let mut first = None;
    for length in LENGTHS {
        let part = bars.slice(0..length);
        match signals(kernel, &part, &bars, params) {
            Err(why) => {
                return asking.at_most("short_history", length as f64, 0.0, || {
                    format!("it cannot be run over {length} bars: {why}")
                });
            }
            Ok(got) => {
                let row = difference(&whole, &got, length);
                first = first.or(row.map(|row| (row, length)));
            }
        }
    }
    asking.at_most(
        "prefix",
        f64::from(u8::from(first.is_some())),
        0.0,
        || match first {
            None => format!(
                "over the first {} bars every decision is the same to the bit as with {} more",
                LENGTHS.map(|l| l.to_string()).join(", "),
                bars.len()
            ),
            Some((row, length)) => {
                format!("with {length} bars the decision on bar {row} is another than with more")
            }
        },
    )?;
    let plan = &kernel.manifest().plan;
    let bits = plan
        .entries
        .iter()
        .filter(|e| e.when.phase == Phase::Signal)
        .fold(0_u64, |bits, e| bits | 1 << e.when.bit);
    if bits != 0 {
        let asked = whole.flags.iter().filter(|f| **f & bits != 0).count();
        let share = asked as f64 / bars.len().max(1) as f64;
        let says = |limit: f64, word: &str| {
            format!(
                "an entry is asked for on {:.2} % of {} fixed bars, {word} {:.1} %",
                share * 100.0,
                bars.len(),
                limit * 100.0
            )
        };
        let (least, most) = (limits.least_frequency, limits.most_frequency);
        asking.at_least("frequency", share, least, || says(least, "at least"))?;
        asking.at_most("too_often", share, most, || says(most, "at most"))?;
    }
    let settings = RunSettings {
        record_levels: false,
        max_positions: 1,
        ..RunSettings::default()
    };
    let data = [(*bars).clone()];
    let others = named(kernel, &bars);
    let run = run_backtest(&BacktestInput {
        others: &others,
        ..BacktestInput::new(kernel, params, &data, &settings)
    });
    match run {
        Err(e) => asking.at_most("runs", 1.0, 0.0, || e.to_string()),
        Ok(run) => {
            let least = limits.least_trades;
            let trades = run.trades.len();
            asking.at_least("trades", trades as f64, least as f64, || {
                format!(
                    "{trades} trades over {} fixed bars, at least {least} asked; {} entries were not taken",
                    bars.len(),
                    run.skipped.total()
                )
            })
        }
    }
}

/// The fixed bars under the names of other symbols that a program reads.
fn named(kernel: &dyn Kernel, bars: &Bars) -> Vec<Bars> {
    let frames = &kernel.manifest().frames;
    let mut all: Vec<Bars> = Vec::new();
    for name in frames.iter().filter_map(|f| f.symbol.as_ref()) {
        if all.iter().all(|b| b.symbol != *name) {
            all.push(Bars {
                symbol: name.clone(),
                ..bars.clone()
            });
        }
    }
    all
}

/// Signals over bars; `known` stands for every other symbol and gives the tick.
fn signals(
    kernel: &dyn Kernel,
    bars: &Bars,
    known: &Bars,
    params: &[f64],
) -> Result<Outputs, String> {
    let others = |_: &str| Some(known);
    let frames =
        FrameSet::build_scaled(kernel.manifest(), bars, &others, Some(known.price_scale()))
            .map_err(|e| e.to_string())?;
    run_whole(kernel, &frames.input(), params)
        .map(|(_, outputs)| outputs)
        .map_err(|e| e.to_string())
}

/// The first row on which two runs decide otherwise.
fn difference(a: &Outputs, b: &Outputs, rows: usize) -> Option<usize> {
    (0..rows).find(|&i| {
        a.flags.get(i) != b.flags.get(i)
            || a.values
                .iter()
                .zip(&b.values)
                .any(|(x, y)| x.get(i).map(|v| v.to_bits()) != y.get(i).map(|v| v.to_bits()))
    })
}
