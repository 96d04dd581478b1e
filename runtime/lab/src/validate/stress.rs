//! What is left of the result when something small changes: late entries, higher costs, noise on prices, other orders and
//! draws of the trades.

use super::bench::Bench;
use super::stage::{Asked, Stage, StageName};
use crate::delay::Delayed;
use crate::error::LabError;
use rayon::prelude::*;
use sixbtc_engine::{Metrics, RunSettings, Trade};
use sixbtc_judgement::monte_carlo::{
    Drawing, MonteCarlo, MonteCarloOptions, Outcomes, monte_carlo as draw_trades,
};
use sixbtc_judgement::noise::{Noise, NoiseOptions};
use sixbtc_judgement::pipeline::gates::{Gate, Unit};
use sixbtc_judgement::pipeline::tightening::StatisticalGate;
use sixbtc_judgement::sensitivity::{Decay, Sensitivity, decay, sensitivity};
use sixbtc_market::Ticks;

/// Other orders and draws of the trades.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Resampled {
    /// The same trades in other orders.
    pub shuffled: MonteCarlo,
    /// As many trades drawn with replacement.
    pub drawn: MonteCarlo,
}

pub(super) fn monte_carlo(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::MonteCarlo;
    let plan = bench.plan;
    let capital = bench.subject.settings.capital;
    let growth = growth(&bench.run()?.trades, capital);
    let options = MonteCarloOptions {
        outcomes: Outcomes::Growth,
        capital,
        runs: plan.monte_carlo,
        seed: plan.seed,
        ..MonteCarloOptions::default()
    };
    let drawn = MonteCarloOptions {
        drawing: Drawing::Bootstrap(1.0),
        ..options
    };
    let fall = Asked::at_most(
        name,
        "drawdown",
        "the 95th percentile of the drawdown over other orders of the trades",
        Unit::Percent,
    );
    let loss = Asked::at_most(
        name,
        "loss",
        "the share of lists drawn from the trades that lose",
        Unit::Percent,
    );
    let limits = &plan.limits;
    let both = draw_trades(&growth, &options)
        .and_then(|shuffled| Ok((shuffled, draw_trades(&growth, &drawn)?)));
    let gates = match both {
        Err(e) => vec![
            fall.judge(f64::NAN, limits.max_drawdown, &e.to_string()),
            loss.judge(f64::NAN, limits.max_loss, &e.to_string()),
        ],
        Ok((shuffled, drawn)) => {
            let gates = vec![
                fall.judge(
                    shuffled.max_drawdown.p95,
                    limits.max_drawdown,
                    &format!(
                        "the real order fell by {}; {} of the others fell deeper",
                        Unit::Percent.write(shuffled.real.max_drawdown),
                        Unit::Percent.write(shuffled.deeper)
                    ),
                ),
                loss.judge(
                    drawn.loss,
                    limits.max_loss,
                    &format!("{} lists of {} trades", drawn.runs, drawn.trades),
                ),
            ];
            bench.evidence.resampled = Some(Resampled { shuffled, drawn });
            gates
        }
    };
    Ok(Stage::run(name, gates))
}

/// Profits as fractions of the realised equity before each trade closed.
fn growth(trades: &[Trade], capital: f64) -> Vec<f64> {
    let mut equity = capital;
    trades
        .iter()
        .map(|t| {
            let growth = if equity > 0.0 { t.pnl / equity } else { 0.0 };
            equity += t.pnl;
            growth
        })
        .collect()
}

/// The objective when entries come late.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Late {
    /// Strengths are bars.
    pub decay: Decay,
}

pub(super) fn delay(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::Delay;
    let kernel = bench.subject.kernel;
    if let Err(e) = Delayed::new(kernel, 1) {
        return Ok(Stage::not_applicable(name, e.to_string()));
    }
    let point = bench.point()?;
    let real = bench.run()?;
    let real = real.metrics;
    let base = bench.fit.score(&|n| real.get(n).unwrap_or(f64::NAN));
    let span = bench.examined();
    let settings = bench.quiet();
    let (subject, fit) = (bench.subject, bench.fit);
    let figures = [1_usize, 2]
        .into_par_iter()
        .map(|bars| {
            let late = Delayed::new(kernel, bars)?;
            let run = subject
                .with_kernel(&late)
                .run_with(&point, span, &settings)?;
            let worth = fit.score(&|n| run.metrics.get(n).unwrap_or(f64::NAN));
            Ok((bars as f64, if worth.is_finite() { worth } else { 0.0 }))
        })
        .collect::<Result<Vec<(f64, f64)>, LabError>>()?;
    let least = bench.plan.limits.min_kept_late;
    let gate = |bars: usize, figure: f64| {
        let (title, what) = if bars == 1 {
            (
                "one_bar",
                "the share of the objective kept when entries come one bar late",
            )
        } else {
            (
                "two_bars",
                "the share of the objective kept when entries come two bars late",
            )
        };
        let limit = least / bars as f64;
        let kept = if base > 0.0 { figure / base } else { f64::NAN };
        Asked::at_least(name, title, what, Unit::Percent).judge(
            kept,
            limit,
            &format!("{} {figure:.3} instead of {base:.3}", fit.objective()),
        )
    };
    let gates = figures.iter().map(|f| gate(f.0 as usize, f.1)).collect();
    bench.evidence.late = decay(base, &figures).ok().map(|decay| Late { decay });
    Ok(Stage::run(name, gates))
}

/// Figures under higher costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Costly {
    /// As it was.
    pub base: Metrics,
    /// What was raised, and the figures then.
    pub raised: Vec<(String, Metrics)>,
}

pub(super) fn costs(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::Costs;
    let point = bench.point()?;
    let base = bench.run()?.metrics;
    let span = bench.examined();
    let quiet = bench.quiet();
    let stress = bench.plan.statistics.stress;
    let slipping = |times: f64| RunSettings {
        slippage: (quiet.slippage * times).min(0.49),
        ..quiet.clone()
    };
    let dear = RunSettings {
        taker_fee: (quiet.taker_fee * 2.0).min(0.099),
        maker_fee: (quiet.maker_fee * 2.0).min(0.099),
        ..quiet.clone()
    };
    let cases = [
        (format!("slippage × {stress}"), slipping(stress)),
        (
            format!("slippage × {}", stress + 1.0),
            slipping(stress + 1.0),
        ),
        ("fees × 2".to_owned(), dear),
    ];
    let subject = bench.subject;
    let raised = cases
        .par_iter()
        .map(|(title, settings)| {
            let run = subject.run_with(&point, span, settings)?;
            Ok((title.clone(), run.metrics))
        })
        .collect::<Result<Vec<_>, LabError>>()?;
    let least = bench.plan.limits.min_return_costly;
    let before = Unit::Percent.write(base.total_return);
    let mut gates: Vec<Gate> = Vec::with_capacity(3);
    if let [(_, slipped), (more, further), (_, dear)] = raised.as_slice() {
        let expectancy = slipped.reference_expectancy;
        bench.evidence.statistics.stressed_expectancy =
            (!expectancy.is_nan()).then_some(expectancy);
        gates.push(bench.statistical(
            StatisticalGate::CostStress,
            &format!(
                "the return is {} instead of {before}",
                Unit::Percent.write(slipped.total_return)
            ),
        ));
        let asked = |id| {
            Asked::at_least(
                name,
                id,
                "the total return under higher costs",
                Unit::Percent,
            )
        };
        let meaning = |title: &str| format!("{title}, instead of {before}");
        gates.push(asked("slippage").inform(further.total_return, least, &meaning(more)));
        gates.push(asked("fees").judge(dear.total_return, least, &meaning("fees × 2")));
    }
    bench.evidence.costly = Some(Costly { base, raised });
    Ok(Stage::run(name, gates))
}

/// The objective on noisy prices.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct NoiseEvidence {
    /// Of each noisy market; a run without trades counts as 0.
    pub figures: Vec<f64>,
    /// The judgement.
    pub sensitivity: Sensitivity,
}

pub(super) fn noise(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::Noise;
    let point = bench.point()?;
    let plan = bench.plan;
    let span = bench.examined();
    let settings = bench.quiet();
    let subject = bench.coarse();
    let base = bench.worth(&subject.run_with(&point, span, &settings)?);
    bench.watch.begin("noisy prices", plan.noisy as u64);
    let asked = Asked::at_least(
        name,
        "kept",
        "the share of noisy markets that keep half of the objective",
        Unit::Percent,
    );
    let limit = plan.limits.min_kept_noisy;
    let options = NoiseOptions {
        seed: plan.seed,
        ..plan.noise
    };
    let (fit, watch) = (bench.fit, bench.watch);
    // what is sealed or beyond is not read, and need not be made noisy
    let known: Vec<_> = subject
        .market
        .bars
        .iter()
        .map(|b| b.between(None, Some(span.to)))
        .collect();
    let noises = known
        .iter()
        .zip(&subject.market.specs)
        .map(|(bars, spec)| Noise::new(bars, Ticks::new(spec.tick), &options))
        .collect::<Result<Vec<_>, _>>();
    let noises = match noises {
        Ok(noises) => noises,
        Err(e) => {
            let gate = asked.judge(f64::NAN, limit, &e.to_string());
            return Ok(Stage::run(name, vec![gate]));
        }
    };
    let figures = (0..plan.noisy as u64)
        .into_par_iter()
        .map(|number| {
            if watch.stopped() {
                return Err(LabError::Stopped);
            }
            let market = subject.market;
            let market = market.like(noises.iter().map(|noise| noise.copy(number)).collect());
            let run = subject.over(&market).run_with(&point, span, &settings)?;
            let worth = fit.score(&|n| run.metrics.get(n).unwrap_or(f64::NAN));
            watch.advance(1);
            Ok(if worth.is_finite() { worth } else { 0.0 })
        })
        .collect::<Result<Vec<f64>, LabError>>()?;
    let gate = match sensitivity(base, &figures, base / 2.0) {
        Err(e) => asked.judge(f64::NAN, limit, &e.to_string()),
        Ok(s) => {
            // half of a loss is no achievement
            let kept = if base > 0.0 { s.share_kept } else { f64::NAN };
            let meaning = format!(
                "{} {:.3} in the median instead of {base:.3}, with noise of {} of the average true range",
                fit.objective(),
                s.changed.p50,
                Unit::Percent.write(options.size)
            );
            bench.evidence.noise = Some(NoiseEvidence {
                figures,
                sensitivity: s,
            });
            asked.judge(kept, limit, &meaning)
        }
    };
    Ok(Stage::run(name, vec![gate]))
}
