//! The part of the JSON that describes a walk-forward.

use super::number;
use super::walk_forward::WalkForward;
use crate::data::MetricKind;
use crate::error::ReportError;
use crate::figures;
use crate::written::{Equity, Figure, Num, equal, equity, rising, seconds, written_figures};
use serde::Serialize;

/// A walk-forward as the page reads it.
#[derive(Serialize)]
pub(crate) struct Walk<'a> {
    scheme: &'a str,
    objective: &'a str,
    params: &'a [String],
    figures: Vec<FigurePart<'a>>,
    judged_by: usize,
    windows: Vec<WindowPart<'a>>,
    initial: Num,
    stitched: Equity,
    fixed: Option<(&'a str, Equity)>,
    metrics: Vec<Figure<'a>>,
    #[serde(with = "number")]
    efficiency: f64,
}

#[derive(Serialize)]
struct FigurePart<'a> {
    name: &'a str,
    label: String,
    kind: MetricKind,
}

#[derive(Serialize)]
struct WindowPart<'a> {
    train: (Num, Num),
    test: (Num, Num),
    #[serde(with = "number::column")]
    params: Vec<f64>,
    shown: Vec<&'a str>,
    #[serde(with = "number::column")]
    inside: &'a [f64],
    #[serde(with = "number::column")]
    outside: &'a [f64],
    #[serde(with = "number")]
    efficiency: f64,
    note: &'a str,
}

/// The part of the JSON that describes `walk`.
pub(crate) fn walk(walk: &WalkForward) -> Result<Walk<'_>, ReportError> {
    for window in &walk.windows {
        equal(
            "parameters of a window",
            walk.params.len(),
            window.params.len(),
        )?;
        equal(
            "figures of a window",
            walk.figures.len(),
            window.in_sample.len(),
        )?;
        equal(
            "figures of a window",
            walk.figures.len(),
            window.out_of_sample.len(),
        )?;
    }
    let curves = std::iter::once(("stitched curve", &walk.stitched))
        .chain(walk.fixed.iter().map(|f| ("fixed curve", &f.curve)));
    for (name, curve) in curves {
        equal(name, curve.time.len(), curve.equity.len())?;
        rising(name, &curve.time)?;
    }
    if !walk.figures.is_empty() && walk.judged_by >= walk.figures.len() {
        return Err(ReportError::Place {
            what: "figure of the efficiency".into(),
            place: walk.judged_by,
            size: walk.figures.len(),
        });
    }
    Ok(Walk {
        scheme: &walk.scheme,
        objective: &walk.objective,
        params: &walk.params,
        figures: walk
            .figures
            .iter()
            .map(|f| FigurePart {
                name: &f.name,
                label: figures::describe(&f.name).1,
                kind: f.kind,
            })
            .collect(),
        judged_by: walk.judged_by,
        windows: walk
            .windows
            .iter()
            .map(|w| WindowPart {
                train: (seconds(w.train.from), seconds(w.train.to)),
                test: (seconds(w.test.from), seconds(w.test.to)),
                params: w.params.iter().map(|p| p.value).collect(),
                shown: w.params.iter().map(|p| p.shown.as_str()).collect(),
                inside: &w.in_sample,
                outside: &w.out_of_sample,
                efficiency: w.efficiency,
                note: &w.note,
            })
            .collect(),
        initial: Num(walk.initial_equity),
        stitched: equity(&walk.stitched, walk.initial_equity),
        fixed: walk
            .fixed
            .as_ref()
            .map(|f| (f.label.as_str(), equity(&f.curve, walk.initial_equity))),
        metrics: written_figures(&walk.metrics),
        efficiency: walk.efficiency,
    })
}
