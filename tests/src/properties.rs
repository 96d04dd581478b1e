//! Laws that hold for every program.

use crate::data::Market;
use sbt_driver::{Backend, Checked, Compiled, NoFiles, check, compile};
use sbt_ir::InterpKernel;
use sbt_ir::testing::{Drive, Rng, drive, random_bars, random_drive};
use sixbtc_abi::{Input, Kernel, KernelError, Manifest, Outputs, PositionInputs, State};
use sixbtc_backtest::{BacktestInput, BacktestResult, run_backtest};
use sixbtc_engine::{RunSettings, Trials};
use sixbtc_market::{FrameSet, SymbolSpec, Timeframe};
use std::collections::HashMap;

/// A law that a program broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{law}: {what}")]
pub struct Difference {
    /// Which law.
    pub law: &'static str,
    /// What was seen.
    pub what: String,
}

pub(crate) fn broken(law: &'static str, what: impl Into<String>) -> Difference {
    Difference {
        law,
        what: what.into(),
    }
}

/// How far a program came.
// Each is a station passed.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reached {
    /// Without a syntax error.
    pub parsed: bool,
    /// Without any error.
    pub checked: bool,
    /// To kernels of both backends.
    pub compiled: bool,
    /// With a flag raised on random bars.
    pub signalled: bool,
    /// Closed trades of its backtest.
    pub trades: usize,
    /// First error code, when it did not pass.
    pub code: Option<&'static str>,
    /// The first error in words.
    pub message: String,
}

/// How many bars to run a program over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// For backends against each other, on wild bars.
    pub wild: usize,
    /// For causality and blocks, on market-like bars.
    pub market: usize,
    /// For the backtests of both backends.
    pub backtest: usize,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            wild: 90,
            market: 260,
            backtest: 320,
        }
    }
}

/// Checks a program.
pub fn checked(text: &str) -> Checked {
    check(&NoFiles, "random.sbt", text, &HashMap::new())
}

/// Whatever the text: parsing, checking and what follows from them answer.
pub fn answers(text: &str) {
    let checked = checked(text);
    let _ = sbt_driver::expression(text, 3_600_000);
    if checked.is_ok() {
        for strategy in &checked.hir.strategies {
            let _ = compile(strategy, Backend::Interpreter);
        }
    }
}

/// Formatting twice changes nothing more, and what is formatted means the same.
pub fn format_keeps(text: &str) -> Result<(), Difference> {
    const LAW: &str = "format";
    let before = checked(text);
    let once = match sbt_syntax::format(text) {
        Ok(t) => t,
        Err(d) if before.is_ok() => {
            return Err(broken(LAW, format!("refuses a correct program: {d:?}")));
        }
        Err(_) => return Ok(()),
    };
    match sbt_syntax::format(&once) {
        Ok(twice) if twice == once => {}
        Ok(twice) => {
            return Err(broken(
                LAW,
                format!("differs the second time:\n{once}\n---\n{twice}"),
            ));
        }
        Err(d) => {
            return Err(broken(
                LAW,
                format!("what it wrote does not parse: {d:?}\n{once}"),
            ));
        }
    }
    let after = checked(&once);
    let codes =
        |c: &Checked| -> Vec<&'static str> { c.diagnostics.iter().map(|d| d.code.0).collect() };
    if codes(&before) != codes(&after) {
        return Err(broken(
            LAW,
            format!("{:?} became {:?}\n{once}", codes(&before), codes(&after)),
        ));
    }
    if before.is_ok() && meaning(&before) != meaning(&after) {
        return Err(broken(LAW, format!("means something else now:\n{once}")));
    }
    Ok(())
}

/// The modules of all strategies as text; space apart, which titles of outputs take over from the source.
fn meaning(c: &Checked) -> Vec<String> {
    let text = |s: &sbt_hir::Strategy| match sbt_ir::lower::portfolio(s) {
        Some((stages, last, plan)) => format!("{stages:?} {last} {plan:?}"),
        None => sbt_ir::lower::strategy(s).to_string(),
    };
    c.hir
        .strategies
        .iter()
        .map(|s| text(s).chars().filter(|c| !c.is_whitespace()).collect())
        .collect()
}

/// A program compiled by both backends.
pub struct Pair {
    /// Native code.
    pub native: Compiled,
    /// The oracle.
    pub oracle: InterpKernel,
}

/// Compiles the only strategy of a program. `None` when the program asks for more than kernels may use.
pub fn pair(checked: &Checked) -> Result<Option<Pair>, Difference> {
    const LAW: &str = "compile";
    let Some(strategy) = checked.hir.strategies.first() else {
        return Ok(None);
    };
    let native = match compile(strategy, Backend::Cranelift) {
        Ok(c) => c,
        Err(sbt_driver::CompileError::Limit(_)) => return Ok(None),
        Err(e) => return Err(broken(LAW, e.to_string())),
    };
    let oracle =
        InterpKernel::new(native.program.clone()).map_err(|e| broken(LAW, e.to_string()))?;
    // how much of the past is kept, and where, is each backend's own affair
    let apart = |m: &Manifest| Manifest {
        state_bytes: 0,
        history: Vec::new(),
        ..m.clone()
    };
    if apart(native.manifest()) != apart(oracle.manifest()) {
        return Err(broken(
            LAW,
            format!(
                "manifests differ:\n{:?}\n{:?}",
                native.manifest(),
                oracle.manifest()
            ),
        ));
    }
    Ok(Some(Pair { native, oracle }))
}

/// A point of the sweep that `require` admits: the defaults, or a random one.
pub(crate) fn point(kernel: &dyn Kernel, rng: &mut Rng) -> Result<Vec<f64>, Difference> {
    let manifest = kernel.manifest();
    let defaults: Vec<f64> = manifest.params.iter().map(|p| p.default).collect();
    let whole = |p: &sixbtc_abi::ParamSpec| matches!(p.kind, sixbtc_abi::ParamKind::Timeframe);
    let params: Vec<f64> = manifest
        .params
        .iter()
        .map(|p| {
            if whole(p) || rng.once_in(2) {
                p.default
            } else {
                rng.pick(&p.values).unwrap_or(p.default)
            }
        })
        .collect();
    match kernel.bind(&params) {
        Ok(_) => Ok(params),
        Err(KernelError::Require { .. }) => {
            kernel
                .bind(&defaults)
                .map_err(|e| broken("bind", format!("the defaults are refused: {e}")))?;
            Ok(defaults)
        }
        Err(e) => Err(broken(
            "bind",
            format!("{params:?} of the parameters' own values are refused: {e}"),
        )),
    }
}

/// Interpreter and native code agree bit for bit in all phases, at any cut into blocks. Returns whether a flag rose.
pub fn backends_agree(pair: &Pair, rng: &mut Rng, rows: usize) -> Result<bool, Difference> {
    const LAW: &str = "backends";
    let native = pair.native.kernel.as_ref();
    let params = point(native, rng)?;
    let wild = rng.once_in(3);
    let bars = random_bars(rng, &native.manifest().frames, rows, wild);
    let how = random_drive(rng, bars.rows());
    let whole = Drive {
        cuts: vec![],
        drop_rows: false,
        ..how.clone()
    };
    let steps = Drive {
        cuts: (1..rows).collect(),
        drop_rows: true,
        ..how.clone()
    };
    let run = |kernel: &dyn Kernel, how: &Drive| {
        drive(kernel, &bars, &params, how).map_err(|e| broken(LAW, format!("refused: {e}")))
    };
    let wanted = run(&pair.oracle, &whole)?;
    for (name, how) in [("whole", &whole), ("blocks", &how), ("steps", &steps)] {
        let got = run(native, how)?;
        if got != wanted {
            let row = (0..wanted.flags.len()).find(|r| {
                got.flags[*r] != wanted.flags[*r]
                    || got.values[*r] != wanted.values[*r]
                    || got.position_flags[*r] != wanted.position_flags[*r]
                    || got.position_values[*r] != wanted.position_values[*r]
                    || got.bracket_values[*r] != wanted.bracket_values[*r]
            });
            return Err(broken(
                LAW,
                format!("{name} differs first at row {row:?} with parameters {params:?}"),
            ));
        }
    }
    Ok(wanted.flags.iter().any(|f| *f != 0))
}

/// What a kernel did and remembers after some rows.
#[derive(PartialEq, Eq)]
struct Record {
    flags: Vec<u64>,
    values: Vec<Vec<u64>>,
    position: Vec<u64>,
    state: State,
}

impl Record {
    /// The same of the first rows only; the state is left out.
    fn same_until(&self, other: &Self, rows: usize) -> bool {
        let part = |a: &[u64], b: &[u64]| a.get(..rows) == b.get(..rows);
        part(&self.flags, &other.flags)
            && part(&self.position, &other.position)
            && self
                .values
                .iter()
                .zip(&other.values)
                .all(|(a, b)| part(a, b))
    }
}

/// Runs rows `from..to` from a state; both phases.
fn record(
    kernel: &dyn Kernel,
    input: &Input<'_>,
    params: &[f64],
    held: &[PositionInputs],
    start: (usize, Option<State>),
    to: usize,
) -> Result<Record, KernelError> {
    let constants = kernel.bind(params)?;
    let (from, state) = start;
    let mut state = state.unwrap_or_else(|| kernel.new_state(&constants));
    let manifest = kernel.manifest();
    let mut out = Outputs::new(manifest, to - from);
    let offset = vec![0; manifest.frames.len()];
    kernel.run(input, &offset, from..to, &constants, &mut state, &mut out)?;
    let mut position = Vec::with_capacity(to - from);
    let mut levels = vec![0.0; manifest.position_values];
    for row in from..to {
        let values: Vec<f64> = out.values.iter().map(|c| c[row - from]).collect();
        let now = held.get(row).copied().unwrap_or_default();
        position.push(kernel.position(
            (out.flags[row - from], &values),
            &now,
            &constants,
            &mut state,
            &mut levels,
        )?);
    }
    let values = out
        .values
        .iter()
        .map(|c| c.iter().map(|v| v.to_bits()).collect())
        .collect();
    Ok(Record {
        flags: out.flags,
        values,
        position,
        state,
    })
}

/// Decisions and state at the close of a bar do not depend on anything later; and a run continued from a state is the run.
pub fn causal(pair: &Pair, rng: &mut Rng, rows: usize) -> Result<(), Difference> {
    const LAW: &str = "causality";
    let kernel = pair.native.kernel.as_ref();
    let manifest = kernel.manifest();
    let params = point(kernel, rng)?;
    let Some(timeframe) = manifest
        .frames
        .first()
        .and_then(|f| Timeframe::from_ms(f.period_ms))
    else {
        return Err(broken(LAW, "no clock"));
    };
    let market = Market::random(rng, timeframe, rows);
    let t = rng.below(rows);
    let other = market.with_other_future(rng, t);
    let held = random_drive(rng, rows).positions;
    let refused = |e: KernelError| broken(LAW, format!("refused: {e}"));
    let known = FrameSet::build(manifest, &market.base, &|n| market.find(n))
        .map_err(|e| broken(LAW, e.to_string()))?;
    let scrambled = FrameSet::build(manifest, &other.base, &|n| other.find(n))
        .map_err(|e| broken(LAW, e.to_string()))?;
    let input = known.input();
    let mut future = scrambled.input();
    for (a, b) in future.frames.iter_mut().zip(&input.frames) {
        // the number of decimals belongs to the symbol, not to the bars that happen to be there
        a.price_scale = b.price_scale;
    }
    let until = t + 1;
    let here = record(kernel, &input, &params, &held, (0, None), until).map_err(refused)?;
    let there = record(kernel, &future, &params, &held, (0, None), until).map_err(refused)?;
    if here != there {
        let what = if here.same_until(&there, until) {
            let (a, b) = (&here.state.words, &there.state.words);
            let at: Vec<usize> = (0..a.len().max(b.len()))
                .filter(|k| a.get(*k) != b.get(*k))
                .collect();
            let bits = |w: &[u64]| {
                at.iter()
                    .take(4)
                    .map(|k| w.get(*k).copied().map(f64::from_bits))
                    .collect::<Vec<_>>()
            };
            format!(
                "the state (words {at:?} of {}: {:?} and {:?})",
                a.len(),
                bits(a),
                bits(b)
            )
        } else {
            "a decision".into()
        };
        return Err(broken(
            LAW,
            format!("{what} at row {t} depends on later bars, parameters {params:?}"),
        ));
    }
    let whole = record(kernel, &input, &params, &held, (0, None), rows).map_err(refused)?;
    if !here.same_until(&whole, until) {
        return Err(broken(
            LAW,
            format!("a run to row {t} and a longer one differ, parameters {params:?}"),
        ));
    }
    if until < rows {
        let saved = State {
            words: here.state.words.clone(),
        };
        let rest =
            record(kernel, &input, &params, &held, (until, Some(saved)), rows).map_err(refused)?;
        let tail = |all: &[u64], part: &[u64]| all.get(until..) == Some(part);
        let same = tail(&whole.flags, &rest.flags)
            && tail(&whole.position, &rest.position)
            && whole
                .values
                .iter()
                .zip(&rest.values)
                .all(|(a, b)| tail(a, b))
            && whole.state == rest.state;
        if !same {
            return Err(broken(
                "snapshot",
                format!("continued at row {until} it differs, parameters {params:?}"),
            ));
        }
    }
    Ok(())
}

/// Both backends make the same trades. Returns how many.
pub fn same_trades(pair: &Pair, rng: &mut Rng, rows: usize) -> Result<usize, Difference> {
    const LAW: &str = "trades";
    let native = pair.native.kernel.as_ref();
    let params = point(native, rng)?;
    let Some(timeframe) = native
        .manifest()
        .frames
        .first()
        .and_then(|f| Timeframe::from_ms(f.period_ms))
    else {
        return Err(broken(LAW, "no clock"));
    };
    let market = Market::random(rng, timeframe, rows);
    let settings = RunSettings::default();
    let data = [market.base];
    let others = [market.other];
    let specs = [SymbolSpec::of(&data[0])];
    let no_hash = [String::new()];
    let run = |kernel: &dyn Kernel| {
        let input = BacktestInput {
            data_hashes: &no_hash,
            others: &others,
            specs: &specs,
            trials: Trials::default(),
            ..BacktestInput::new(kernel, &params, &data, &settings)
        };
        run_backtest(&input).map_err(|e| broken(LAW, format!("refused: {e}")))
    };
    let (a, b) = (run(native)?, run(&pair.oracle)?);
    let shown = |r: &BacktestResult| {
        format!(
            "{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
            r.trades, r.levels, r.curve, r.skipped, r.counters
        )
    };
    let (x, y) = (shown(&a), shown(&b));
    if x != y {
        let at = x
            .bytes()
            .zip(y.bytes())
            .position(|(p, q)| p != q)
            .unwrap_or(0);
        let near = |s: &str| {
            s.get(at.saturating_sub(80)..(at + 80).min(s.len()))
                .unwrap_or("")
                .to_owned()
        };
        return Err(broken(
            LAW,
            format!("native …{}…\noracle …{}…", near(&x), near(&y)),
        ));
    }
    Ok(a.trades.len())
}

/// All laws for one program. `seed` chooses bars and parameters.
pub fn examine(text: &str, seed: u64, rows: Rows) -> Result<Reached, Difference> {
    let mut reached = Reached::default();
    format_keeps(text)?;
    let checked = checked(text);
    let first = checked.diagnostics.iter().find(|d| d.is_error());
    reached.parsed = first.is_none_or(|d| !d.code.0.starts_with("E00"));
    reached.checked = first.is_none();
    if let Some(d) = first {
        reached.code = Some(d.code.0);
        reached.message = format!("{} `{}`", d.message, checked.sources.slice(d.span()));
        return Ok(reached);
    }
    let Some(pair) = pair(&checked)? else {
        return Ok(reached);
    };
    reached.compiled = true;
    let mut rng = Rng::new(seed ^ 0x5eed);
    reached.signalled = backends_agree(&pair, &mut rng, rows.wild)?;
    #[cfg(feature = "llvm")]
    crate::lanes::llvm_agrees(&pair, &mut Rng::new(seed ^ 0x11c6), rows.wild)?;
    causal(&pair, &mut rng, rows.market)?;
    reached.trades = same_trades(&pair, &mut rng, rows.backtest)?;
    Ok(reached)
}
