//! The part of the JSON that describes a validation.

use super::number;
use super::packed::{Halves, halves};
use super::points::{Points, points};
use super::subject::Part;
use super::validation::{
    Deflated, Distribution, Fan, Gate, Judgement, Overfitting, Permutation, Stress, StretchKind,
    ValidationPage,
};
use super::walk::{Walk, walk};
use crate::data::MetricKind;
use crate::error::ReportError;
use crate::figures;
use crate::written::{Equity, Num, equal, equity, rising, seconds};
use serde::Serialize;

/// Values of a distribution beyond which every so-manieth of the sorted ones is kept.
const MOST_VALUES: usize = 50_000;

/// A validation as the page reads it. An absent part is `{absent: why}`.
#[derive(Serialize)]
pub(crate) struct Evidence<'a> {
    verdict: Judgement,
    sentence: &'a str,
    gates: &'a [Gate],
    timeline: Vec<(StretchKind, Num, Num, u64, &'a str)>,
    initial: Num,
    curve: Part<Equity>,
    permutations: Part<Vec<PermutationPart<'a>>>,
    monte_carlo: &'a Part<Vec<Fan>>,
    drawdown: Part<DistributionPart<'a>>,
    costs: Part<StressPart<'a>>,
    delay: Part<StressPart<'a>>,
    noise: Part<DistributionPart<'a>>,
    overfitting: Part<OverfittingPart<'a>>,
    deflated: &'a Part<Deflated>,
    walk_forward: Part<Walk<'a>>,
    plateau: Part<Points<'a>>,
}

#[derive(Serialize)]
struct PermutationPart<'a> {
    title: &'a str,
    label: String,
    kind: MetricKind,
    runs: usize,
    values: Halves,
    #[serde(with = "number")]
    real: f64,
    #[serde(with = "number")]
    p_value: f64,
    interval: Option<(f64, f64)>,
    about: &'a str,
}

#[derive(Serialize)]
struct DistributionPart<'a> {
    label: String,
    kind: MetricKind,
    less: bool,
    runs: usize,
    values: Halves,
    #[serde(with = "number")]
    real: f64,
    #[serde(with = "number")]
    limit: f64,
    about: &'a str,
}

#[derive(Serialize)]
struct StressPart<'a> {
    label: String,
    kind: MetricKind,
    labels: &'a [String],
    #[serde(with = "number::column")]
    values: &'a [f64],
    #[serde(with = "number")]
    limit: f64,
    about: &'a str,
}

#[derive(Serialize)]
struct OverfittingPart<'a> {
    #[serde(with = "number")]
    probability: f64,
    splits: usize,
    logits: Halves,
    label: String,
    kind: MetricKind,
    inside: Halves,
    outside: Halves,
    blocks: u64,
    points: u64,
    about: &'a str,
}

/// The part of the JSON that describes `page`.
pub(crate) fn evidence(page: &ValidationPage) -> Result<Evidence<'_>, ReportError> {
    if let Some(curve) = page.curve.shown() {
        equal("equity", curve.time.len(), curve.equity.len())?;
        rising("equity", &curve.time)?;
    }
    for fan in page.monte_carlo.shown().into_iter().flatten() {
        equal(&fan.title, fan.probabilities.len(), fan.bands.len())?;
        for band in &fan.bands {
            equal(&fan.title, fan.at.len(), band.len())?;
        }
        if !fan.real.is_empty() {
            equal(&fan.title, fan.at.len(), fan.real.len())?;
        }
    }
    for bars in [&page.costs, &page.delay]
        .into_iter()
        .filter_map(Part::shown)
    {
        equal(&bars.figure, bars.labels.len(), bars.values.len())?;
    }
    if let Some(found) = page.overfitting.shown() {
        equal(
            &found.figure,
            found.in_sample.len(),
            found.out_of_sample.len(),
        )?;
    }
    Ok(Evidence {
        verdict: page.verdict,
        sentence: &page.sentence,
        gates: &page.gates,
        timeline: page
            .timeline
            .iter()
            .map(|s| {
                (
                    s.kind,
                    seconds(s.span.from),
                    seconds(s.span.to),
                    s.bars,
                    s.note.as_str(),
                )
            })
            .collect(),
        initial: Num(page.initial_equity),
        curve: map(&page.curve, |curve| equity(curve, page.initial_equity)),
        permutations: map(&page.permutations, |all| {
            all.iter().map(permutation).collect()
        }),
        monte_carlo: &page.monte_carlo,
        drawdown: map(&page.drawdown, distribution),
        costs: map(&page.costs, stress),
        delay: map(&page.delay, stress),
        noise: map(&page.noise, distribution),
        overfitting: map(&page.overfitting, overfitting),
        deflated: &page.deflated,
        walk_forward: match &page.walk_forward {
            Part::Shown(part) => Part::Shown(walk(part)?),
            Part::Absent(why) => Part::Absent(why.clone()),
        },
        plateau: match &page.plateau {
            Part::Shown(part) => Part::Shown(points(part)?),
            Part::Absent(why) => Part::Absent(why.clone()),
        },
    })
}

fn map<'a, T, U>(part: &'a Part<T>, written: impl FnOnce(&'a T) -> U) -> Part<U> {
    match part {
        Part::Shown(part) => Part::Shown(written(part)),
        Part::Absent(why) => Part::Absent(why.clone()),
    }
}

/// Sorted values, NaN last; of very many an even choice.
fn column(values: &[f64]) -> Halves {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let every = sorted.len().div_ceil(MOST_VALUES).max(1);
    halves(
        sorted
            .iter()
            .skip(every / 2)
            .step_by(every)
            .map(|v| Some(*v)),
    )
}

/// Values in their order: they belong to those beside them.
fn paired(values: &[f64]) -> Halves {
    let every = values.len().div_ceil(MOST_VALUES).max(1);
    halves(values.iter().step_by(every).map(|v| Some(*v)))
}

fn label(figure: &str) -> String {
    figures::describe(figure).1
}

fn permutation(found: &Permutation) -> PermutationPart<'_> {
    PermutationPart {
        title: &found.title,
        label: label(&found.figure),
        kind: found.kind,
        runs: found.values.len(),
        values: column(&found.values),
        real: found.real,
        p_value: found.p_value,
        interval: found.interval,
        about: &found.about,
    }
}

fn distribution(found: &Distribution) -> DistributionPart<'_> {
    DistributionPart {
        label: label(&found.figure),
        kind: found.kind,
        less: found.less_is_better,
        runs: found.values.len(),
        values: column(&found.values),
        real: found.real,
        limit: found.limit,
        about: &found.about,
    }
}

fn stress(found: &Stress) -> StressPart<'_> {
    StressPart {
        label: label(&found.figure),
        kind: found.kind,
        labels: &found.labels,
        values: &found.values,
        limit: found.limit,
        about: &found.about,
    }
}

fn overfitting(found: &Overfitting) -> OverfittingPart<'_> {
    OverfittingPart {
        probability: found.probability,
        splits: found.logits.len(),
        logits: column(&found.logits),
        label: label(&found.figure),
        kind: found.kind,
        inside: paired(&found.in_sample),
        outside: paired(&found.out_of_sample),
        blocks: found.blocks,
        points: found.points,
        about: &found.about,
    }
}
