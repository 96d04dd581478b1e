//! Every point of every sweep is bit for bit the plain run of that point: on whatever path its orders are filled, whatever
//! points lie beside it in a batch, on any thread.
//!
//! A thousand points here; more of them with `SIXBTC_SWEEP_POINTS`, from another place with `SIXBTC_SWEEP_SEED`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "sweeps/maker.rs"]
mod maker;
#[path = "sweeps/market.rs"]
mod market;

use market::Stage;
use sbt_driver::{Backend, NoFiles, check, compile_split};
use sbt_ir::testing::Rng;
use sixbtc_abi::{ParamKind, ParamSpec, Split};
use sixbtc_backtest::{BacktestError, Sweep, SweepInput};
use sixbtc_engine::Metrics;
use sixbtc_sweep::{Admitted, Evaluate, Points};
use sixbtc_tests::{Dice, programs};
use std::collections::{BTreeMap, HashMap};

/// Figures that trades alone determine.
const OF_TRADES: [&str; 8] = [
    "total_return",
    "trades",
    "win_rate",
    "expectancy",
    "profit_factor",
    "reference_sharpe",
    "reference_expectancy",
    "reference_drawdown",
];

/// What was tried.
#[derive(Debug, Default)]
struct Tried {
    programs: usize,
    refused: usize,
    points: usize,
    /// Points with at least one trade.
    traded: usize,
    /// Points by the path that filled their orders.
    paths: BTreeMap<&'static str, usize>,
}

/// Whether the program of a seed, and what it runs on, leave out what must be watched from bar to bar.
fn plain(seed: u64) -> bool {
    seed % 4 > 1
}

/// A random program: of the generator of all programs, or of the one that thinks of sweeps.
fn text(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    if seed.is_multiple_of(4) {
        programs::program(&mut dice)
    } else {
        maker::strategy(&mut dice, plain(seed))
    }
}

/// Splits a program by some of its parameters. `None` where the checker or a limit refuses it.
fn split(text: &str, rng: &mut Rng) -> Option<Split> {
    let checked = check(&NoFiles, "sweep.sbt", text, &HashMap::new());
    if !checked.is_ok() {
        return None;
    }
    let strategy = checked.hir.strategies.first()?;
    let sweepable = |p: &ParamSpec| p.kind != ParamKind::Timeframe && p.values.len() > 1;
    let swept: Vec<u16> = (0..strategy.params.len() as u16)
        .filter(|&p| sweepable(&strategy.params[usize::from(p)]))
        .filter(|_| !rng.once_in(4))
        .collect();
    compile_split(strategy, &swept, Backend::Cranelift).ok()
}

/// Points with many equal coordinates, as grids have them, in order or shuffled; the defaults first.
fn points(split: &Split, rng: &mut Rng, most: usize) -> Vec<Vec<f64>> {
    let params = &split.whole.manifest().params;
    let mut points = vec![params.iter().map(|p| p.default).collect::<Vec<f64>>()];
    for &swept in &split.swept {
        let at = usize::from(swept);
        let mut more = points.clone();
        for _ in 0..2 {
            let value = rng.pick(&params[at].values).unwrap();
            more.extend(points.iter().map(|point| {
                let mut point = point.clone();
                point[at] = value;
                point
            }));
        }
        points = more;
        // keep the product small, and any part of it
        while points.len() > most {
            points.remove(1 + rng.below(points.len() - 1));
        }
    }
    points.sort_by(|a, b| {
        let pairs = a.iter().zip(b);
        pairs.fold(std::cmp::Ordering::Equal, |o, (a, b)| {
            o.then(a.total_cmp(b))
        })
    });
    points.dedup();
    if rng.once_in(2) {
        for i in (1..points.len()).rev() {
            points.swap(i, rng.below(i + 1));
        }
    }
    points
}

fn bits(figures: &[f64]) -> Vec<u64> {
    // a figure that does not exist is one NaN or another
    let canonical = |f: &f64| if f.is_nan() { u64::MAX } else { f.to_bits() };
    figures.iter().map(canonical).collect()
}

fn evaluate(sweep: &Sweep<'_>, points: &[Vec<f64>]) -> Result<Vec<f64>, String> {
    let width = points.first().map_or(0, Vec::len);
    let values = points.concat();
    let mut out = vec![0.0; points.len() * sweep.figures().len()];
    let points = Points {
        values: &values,
        width,
    };
    sweep
        .evaluate(points, &mut out)
        .map_err(|e| format!("refused: {e}"))?;
    Ok(out)
}

/// One sweep of one program. An error says which point differs and how.
fn examine(seed: u64, text: &str, tried: &mut Tried) -> Result<(), String> {
    let mut rng = Rng::new(seed ^ 0x5eed);
    tried.programs += 1;
    let Some(split) = split(text, &mut rng) else {
        tried.refused += 1;
        return Ok(());
    };
    let stage = Stage::random(&mut rng, split.whole.manifest(), plain(seed));
    let figures: Vec<String> = if rng.once_in(2) {
        OF_TRADES.map(str::to_owned).into()
    } else {
        let all = Metrics::NONE.list();
        all.iter().map(|m| m.name.to_owned()).collect()
    };
    let input = SweepInput {
        // now and then hardly anything may be kept
        memory: if rng.once_in(5) { 4_096 } else { 64 << 20 },
        ..SweepInput::new(&split, stage.run(&*split.whole), &figures)
    };
    let sweep = match Sweep::new(input) {
        Ok(sweep) => sweep,
        // the span asked for may lie in a hole
        Err(BacktestError::NoBars { .. }) => return Ok(()),
        Err(e) => return Err(format!("refused: {e}")),
    };
    // a program without parameters has one point, which no slice of values can hold
    let mut points = points(&split, &mut rng, 12);
    points.retain(|p| !p.is_empty() && matches!(sweep.admits(p), Ok(Admitted::Yes)));
    if points.is_empty() {
        return Ok(());
    }
    let path = sweep.path().name();
    let width = figures.len();
    let trades = figures.iter().position(|f| f == "trades").unwrap();
    let whole = evaluate(&sweep, &points)?;
    for (point, found) in points.iter().zip(whole.chunks_exact(width)) {
        let plain = sweep.plain(point).map_err(|e| format!("refused: {e}"))?;
        let plain: Vec<f64> = figures.iter().map(|f| plain.get(f).unwrap()).collect();
        for ((name, a), b) in figures.iter().zip(found).zip(&plain) {
            if bits(&[*a]) != bits(&[*b]) {
                let settings = stage.describe();
                return Err(format!(
                    "{name} of {point:?} is {a:e} by {path}, {b:e} in its plain run\n{settings}"
                ));
            }
        }
        tried.points += 1;
        tried.traded += usize::from(plain[trades] > 0.0);
        *tried.paths.entry(path).or_default() += 1;
    }
    same_however(&sweep, &points, &whole, width)
}

/// One by one backwards on a fresh look, and in halves on two threads: the same bits.
fn same_however(
    sweep: &Sweep<'_>,
    points: &[Vec<f64>],
    whole: &[f64],
    width: usize,
) -> Result<(), String> {
    for (at, point) in points.iter().enumerate().rev() {
        let alone = evaluate(sweep, std::slice::from_ref(point))?;
        if bits(&alone) != bits(&whole[at * width..][..width]) {
            return Err(format!("{point:?} alone yields other bits than in a batch"));
        }
    }
    let half = points.len() / 2;
    let (first, second) = points.split_at(half);
    let halves = std::thread::scope(|scope| {
        let other = scope.spawn(|| evaluate(sweep, second));
        let mut all = evaluate(sweep, first)?;
        all.extend(other.join().expect("the thread ends")?);
        Ok::<_, String>(all)
    })?;
    if bits(&halves) != bits(whole) {
        return Err("two threads yield other bits than one".to_owned());
    }
    Ok(())
}

fn setting(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// Sweeps until so many points have been compared.
fn compare(first: u64, wanted: usize) -> Tried {
    let mut tried = Tried::default();
    let mut seed = first;
    while tried.points < wanted {
        let text = text(seed);
        if let Err(why) = examine(seed, &text, &mut tried) {
            panic!("seed {seed}: {why}\n{text}");
        }
        seed += 1;
    }
    println!("{tried:?}");
    tried
}

#[test]
fn points_are_their_plain_runs_to_the_bit() {
    let wanted = setting("SIXBTC_SWEEP_POINTS", 1_000) as usize;
    let tried = compare(setting("SIXBTC_SWEEP_SEED", 0), wanted);
    assert!(
        tried.refused * 5 < tried.programs,
        "the makers write what is refused: {tried:?}"
    );
    assert!(
        tried.traded * 2 > tried.points,
        "too few points trade: {tried:?}"
    );
    for path in ["events", "bars"] {
        let share = tried.paths.get(path).copied().unwrap_or(0) * 4;
        assert!(share > tried.points, "too few points by {path}: {tried:?}");
    }
}

#[test]
#[ignore = "takes minutes"]
fn fifty_thousand_points_are_their_plain_runs_to_the_bit() {
    compare(1 << 32, 50_000);
}
