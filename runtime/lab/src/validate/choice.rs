//! The choice of parameters itself: their neighbours, and what choosing the best is worth.

use super::bench::{Bench, returns};
use super::stage::{Asked, Stage, StageName};
use crate::error::LabError;
use crate::fit::Fitted;
use rayon::prelude::*;
use sixbtc_abi::{ParamKind, ParamSpec};
use sixbtc_judgement::JudgementError;
use sixbtc_judgement::bootstrap::{Resamples, block_length};
use sixbtc_judgement::cscv::{Overfitting, cscv};
use sixbtc_judgement::pipeline::gates::{Unit, Weight};
use sixbtc_judgement::pipeline::tightening::StatisticalGate;
use sixbtc_judgement::plateau::{Axis, PlateauOptions, plateau as judge_plateau};
use sixbtc_judgement::reality_check::{RealityCheckResult, reality_check};
use sixbtc_judgement::sharpe::{EffectiveTrials, effective_trials};

/// Points beyond this many are not looked at for neighbours.
const MOST_POINTS: usize = 200_000;

pub(super) fn plateau(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::Plateau;
    let specs = bench.subject.kernel.manifest().params.clone();
    let fitted = bench.fitted()?;
    if fitted.table.len() < 2 {
        return Ok(Stage::not_applicable(
            name,
            "there was nothing to choose from",
        ));
    }
    if fitted.table.len() > MOST_POINTS {
        return Ok(Stage::not_run(
            name,
            "there are too many points to look at all neighbours",
        ));
    }
    let (places, rows, axes) = grid(&specs, fitted);
    let chosen = rows.iter().position(|r| *r == fitted.best);
    let judged = judge_plateau(&axes, &places, &PlateauOptions::default());
    let gates = match (judged, chosen) {
        (Ok(found), Some(chosen)) => {
            let point = found.points[chosen];
            if point.neighbours == 0 {
                return Ok(Stage::not_applicable(
                    name,
                    "no neighbour of the chosen parameters was tried",
                ));
            }
            let meaning = format!(
                "{} neighbours, their median {:.3} where the chosen one has {:.3}",
                point.neighbours, point.median, point.value
            );
            let smooth = Asked::at_least(
                name,
                "smoothness",
                "the smoothness of the objective over the grid",
                Unit::Number,
            );
            bench.evidence.statistics.neighbour_drop = (!point.drop.is_nan()).then_some(point.drop);
            let gates = vec![
                bench.statistical(StatisticalGate::Plateau, &meaning),
                smooth.inform(found.smoothness, 0.5, "1 is flat, 0 is without any order"),
            ];
            bench.evidence.plateau = Some(found);
            gates
        }
        (Err(e), _) => vec![bench.statistical(StatisticalGate::Plateau, &e.to_string())],
        (Ok(_), None) => vec![bench.statistical(
            StatisticalGate::Plateau,
            "the objective of the chosen parameters does not exist",
        )],
    };
    Ok(Stage::run(name, gates))
}

type Places = Vec<(Vec<usize>, f64)>;

/// Points with an objective by their places on axes, the rows they stand in, and the axes. The values of an axis are those
/// that occur.
fn grid(specs: &[ParamSpec], fitted: &Fitted) -> (Places, Vec<usize>, Vec<Axis>) {
    let values: Vec<Vec<f64>> = (0..specs.len())
        .map(|p| {
            let mut all: Vec<f64> = fitted.table.points.iter().map(|point| point[p]).collect();
            all.sort_by(f64::total_cmp);
            all.dedup_by(|a, b| a.to_bits() == b.to_bits());
            all
        })
        .collect();
    let axes = specs
        .iter()
        .zip(&values)
        .map(|(spec, values)| match spec.kind {
            ParamKind::Bool | ParamKind::Choice(_) => Axis::Named(values.len()),
            _ => Axis::Ordered(values.len()),
        })
        .collect();
    let (mut places, mut rows) = (Vec::new(), Vec::new());
    for (row, (point, score)) in fitted.table.points.iter().zip(&fitted.scores).enumerate() {
        if !score.is_finite() {
            continue;
        }
        let place = point
            .iter()
            .zip(&values)
            .map(|(v, all)| all.partition_point(|x| x.total_cmp(v).is_lt()))
            .collect();
        places.push((place, *score));
        rows.push(row);
    }
    (places, rows, axes)
}

/// Share of divisions in which the chosen candidate may lose outside for its rank there not to matter.
const HARDLY_EVER: f64 = 0.05;

/// What the choice of the best is worth.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Choosing {
    /// Rows of the table whose returns were compared.
    pub rows: Vec<usize>,
    /// Combinatorial cross-validation; absent for a single candidate.
    pub overfitting: Option<Overfitting>,
    /// White's and Hansen's tests.
    pub reality: RealityCheckResult,
    /// How many independent trials the candidates amount to.
    pub effective: EffectiveTrials,
}

pub(super) fn overfitting(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::Overfitting;
    let plan = bench.plan;
    let most = plan.candidates.max(2);
    let span = plan.split.in_sample;
    let (rows, points) = {
        let fitted = bench.fitted()?;
        let rows = candidates(fitted.table.len(), fitted.best, most);
        let points: Vec<Vec<f64>> = rows
            .iter()
            .map(|r| fitted.table.points[*r].clone())
            .collect();
        (rows, points)
    };
    bench
        .watch
        .begin("returns of candidates", points.len() as u64);
    let settings = bench.quiet();
    let subject = bench.subject;
    let watch = bench.watch;
    let series = points
        .par_iter()
        .map(|point| {
            if watch.stopped() {
                return Err(LabError::Stopped);
            }
            let run = subject.run_with(point, span, &settings)?;
            watch.advance(1);
            Ok(returns(&run.curve))
        })
        .collect::<Result<Vec<Vec<f64>>, LabError>>()?;
    let best = rows
        .iter()
        .position(|r| bench.evidence.fitted.as_ref().is_some_and(|f| f.best == *r));
    let max_p = plan.statistics.max_spa_p;
    let white = Asked::at_most(
        name,
        "reality_check_p_value",
        "the p-value of White's reality check",
        Unit::Number,
    );
    let loss = Asked::at_most(
        name,
        "loss",
        "the share of divisions in which the one chosen loses outside",
        Unit::Percent,
    );
    let gates = match judge(&series, best.unwrap_or(0), plan) {
        Err(e) => {
            let why = e.to_string();
            vec![
                bench.statistical(StatisticalGate::Spa, &why),
                white.inform(f64::NAN, max_p, &why),
            ]
        }
        Ok((over, reality, effective)) => {
            let meaning = format!(
                "of {} candidates, t {:.2}; {:.1} trials if they were independent",
                reality.candidates,
                reality.best_t,
                effective.independent().count
            );
            let found = &mut bench.evidence.statistics;
            found.spa_p = Some(reality.p_consistent);
            found.overfitting = over.as_ref().map(|o| o.pbo);
            let mut gates = vec![
                bench.statistical(StatisticalGate::Spa, &meaning),
                white.inform(
                    reality.p_white,
                    max_p,
                    "not studentised: a crowd of bad candidates makes it large",
                ),
            ];
            if let Some(o) = &over {
                let n = o.splits.len();
                let mut rank = bench.statistical(
                    StatisticalGate::Overfitting,
                    &format!("the best of one half of the blocks is below the median of the other in that share of {n} divisions"),
                );
                if o.probability_of_loss <= HARDLY_EVER {
                    // among candidates that all gain, a rank below the median is no harm: a broad plateau looks like this
                    rank.weight = Weight::Informing;
                    rank.explanation
                        .push_str("; it gains there all the same, so its rank decides nothing");
                }
                gates.push(rank);
                gates.push(loss.inform(
                    o.probability_of_loss,
                    0.5,
                    "by the Sharpe ratio of the other half",
                ));
            }
            if let Some(s) = bench.evidence.sharpe.as_mut() {
                s.effective = Some(effective);
            }
            bench.evidence.choosing = Some(Choosing {
                rows,
                overfitting: over,
                reality,
                effective,
            });
            gates
        }
    };
    Ok(Stage::run(name, gates))
}

/// Rows at equal distances, with the best among them.
fn candidates(len: usize, best: usize, most: usize) -> Vec<usize> {
    if len <= most {
        return (0..len).collect();
    }
    let mut rows: Vec<usize> = (0..most - 1).map(|i| i * len / (most - 1)).collect();
    if let Err(at) = rows.binary_search(&best) {
        rows.insert(at, best);
    }
    rows
}

type Judged = (Option<Overfitting>, RealityCheckResult, EffectiveTrials);

fn judge(
    series: &[Vec<f64>],
    best: usize,
    plan: &super::ValidatePlan,
) -> Result<Judged, JudgementError> {
    let Some(chosen) = series.get(best) else {
        return Err(JudgementError::TooFew {
            what: "candidates",
            needed: 1,
            got: 0,
        });
    };
    let block = block_length(chosen)?.stationary.max(1.0);
    let resamples = Resamples::stationary(chosen.len(), block, plan.resamples, plan.seed)?;
    let reality = reality_check(series, None, &resamples, block, true)?;
    let over = if series.len() >= 2 {
        Some(cscv(series, plan.blocks)?)
    } else {
        None
    };
    Ok((over, reality, effective_trials(series)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_always_a_candidate() {
        assert_eq!(candidates(3, 1, 5), vec![0, 1, 2]);
        for best in 0..1_000 {
            let rows = candidates(1_000, best, 50);
            assert!(rows.contains(&best) && rows.len() <= 50);
            assert!(rows.windows(2).all(|w| w[0] < w[1]) && rows[rows.len() - 1] < 1_000);
        }
    }
}
