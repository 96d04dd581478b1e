//! What the page takes of a sweep's points.
//!
//! Up to about a million points the page holds whole columns, so that any slice can be shown: laid out over the grid when the
//! points fill it, else with their places. Figures that no longer fit, and all of them beyond that, are held as the best, the
//! median and the mean of every cell of every pair of parameters, counted here from all points. A sample of the points serves
//! the pictures that draw points; the rows of the tables are exact.

use super::number;
use super::packed::{Halves, halves, places};
use super::sweep::{FigureColumn, Sweep};
use crate::data::MetricKind;
use crate::error::ReportError;
use crate::figures;
use crate::written::{Num, equal};
use serde::Serialize;

/// Bytes that whole columns may take, before base64.
const WHOLE_BYTES: usize = 1_500_000;
/// Cells of a grid beyond which not even one column is held whole.
const MOST_WHOLE: usize = 1_200_000;
/// Bytes that the cells of pairs may take, before base64.
const PAIR_BYTES: usize = 400_000;
/// Steps of an axis in a picture; longer axes share steps.
const MOST_BINS: usize = 64;
/// Points of the sample: the best, and others picked evenly.
const SAMPLE_BEST: usize = 400;
const SAMPLE_OTHERS: usize = 1_600;
/// Figures of the sample.
const SAMPLE_FIGURES: usize = 12;
/// Rows of the table of the best, of the front, and of the plateau.
const MOST_TOP: usize = 200;
const MOST_FRONT: usize = 300;
const MOST_PLATEAU: usize = 20_000;

/// The part of the JSON that describes a sweep.
#[derive(Serialize)]
pub(crate) struct Points<'a> {
    axes: Vec<AxisPart<'a>>,
    figures: Vec<FigurePart<'a>>,
    objective: ObjectivePart<'a>,
    evaluated: usize,
    space: u64,
    pruned: u64,
    undefined: u64,
    path: &'a str,
    search: &'a str,
    #[serde(with = "number")]
    elapsed_ms: f64,
    #[serde(with = "number")]
    ns_per_bar_point: f64,
    plan: &'a str,
    layout: Layout,
    sample: Sample,
    top: Vec<Row>,
    front: Vec<Row>,
    front_figures: &'a [usize],
    plateau: Option<PlateauPart<'a>>,
    chosen: Option<Row>,
}

#[derive(Serialize)]
struct AxisPart<'a> {
    name: &'a str,
    unit: &'a str,
    values: &'a [String],
    /// Steps of the axis in a picture.
    bins: usize,
}

#[derive(Serialize)]
struct FigurePart<'a> {
    name: &'a str,
    label: String,
    kind: MetricKind,
    less: bool,
    about: &'a str,
    /// Lowest and highest finite value.
    range: Option<(Num, Num)>,
    /// Of every point in the order of the layout.
    whole: Option<Halves>,
    /// Best, median and mean of every cell of every pair of axes.
    pairs: Option<[Halves; 3]>,
}

#[derive(Serialize)]
struct ObjectivePart<'a> {
    expression: &'a str,
    figure: usize,
    constraints: &'a [String],
}

/// In which order whole columns stand.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Layout {
    /// One place for every combination of values, the last axis fastest.
    Grid,
    /// The points in any order, with their places on every axis.
    Rows(Vec<String>),
    /// No column is held whole; the points of every cell of every pair of axes, counted.
    Cells,
}

#[derive(Serialize)]
struct Sample {
    size: usize,
    places: Vec<String>,
    /// Places among the figures, and their values.
    figures: Vec<(usize, Halves)>,
}

#[derive(Serialize)]
struct Row {
    places: Vec<u32>,
    #[serde(with = "number::column")]
    figures: Vec<f64>,
}

#[derive(Serialize)]
struct PlateauPart<'a> {
    #[serde(with = "number")]
    score: f64,
    about: &'a str,
    points: usize,
    /// Places on each axis; fewer than `points` when there were too many.
    places: Vec<String>,
}

/// The part of the JSON that describes `sweep`.
pub(crate) fn points(sweep: &Sweep) -> Result<Points<'_>, ReportError> {
    let rows = check(sweep)?;
    let sizes: Vec<usize> = sweep.axes.iter().map(|a| a.values.len()).collect();
    let grid = sizes.iter().try_fold(1usize, |all, n| all.checked_mul(*n));
    let order = held_first(sweep);
    let (layout, whole) = whole_columns(sweep, rows, &sizes, grid, &order);
    let held = whole.iter().filter(|w| w.is_some()).count();
    let pairs = pair_columns(sweep, rows, &sizes, &order[held.min(order.len())..]);
    let figures = sweep
        .figures
        .iter()
        .zip(whole)
        .zip(pairs)
        .map(|((figure, whole), pairs)| FigurePart {
            name: &figure.name,
            label: label(figure),
            kind: figure.kind,
            less: figure.less_is_better,
            about: &figure.about,
            range: range(&figure.values),
            whole,
            pairs,
        })
        .collect();
    let ranked = ranked(sweep, rows);
    let row = |&at: &usize| Row {
        places: sweep.places.iter().map(|axis| axis[at]).collect(),
        figures: sweep.figures.iter().map(|f| exact(f.values[at])).collect(),
    };
    let top = if sweep.top.is_empty() {
        &ranked
    } else {
        &sweep.top
    };
    Ok(Points {
        axes: sweep
            .axes
            .iter()
            .map(|axis| AxisPart {
                name: &axis.name,
                unit: &axis.unit,
                values: &axis.values,
                bins: bins(axis.values.len()),
            })
            .collect(),
        figures,
        objective: ObjectivePart {
            expression: &sweep.objective.expression,
            figure: sweep.objective.figure,
            constraints: &sweep.objective.constraints,
        },
        evaluated: rows,
        space: sweep.space,
        pruned: sweep.pruned,
        undefined: sweep.undefined,
        path: &sweep.path,
        search: &sweep.search,
        elapsed_ms: sweep.elapsed_ms,
        ns_per_bar_point: sweep.ns_per_bar_point,
        plan: &sweep.plan,
        layout,
        sample: sample(sweep, rows, &ranked, &order),
        top: top.iter().take(MOST_TOP).map(row).collect(),
        front: sweep.front.iter().take(MOST_FRONT).map(row).collect(),
        front_figures: &sweep.front_figures,
        plateau: sweep.plateau.as_ref().map(|plateau| PlateauPart {
            score: plateau.score,
            about: &plateau.about,
            points: plateau.rows.len(),
            places: sweep
                .places
                .iter()
                .map(|axis| places(plateau.rows.iter().take(MOST_PLATEAU).map(|&r| axis[r])))
                .collect(),
        }),
        chosen: sweep.chosen.as_ref().map(row),
    })
}

/// What a figure is called: a composed objective goes by its formula.
fn label(figure: &FigureColumn) -> String {
    if figure.name.starts_with("objective") && !figure.about.is_empty() {
        return figure.about.clone();
    }
    figures::describe(&figure.name).1
}

/// Steps of an axis in a picture.
fn bins(values: usize) -> usize {
    values.min(MOST_BINS)
}

/// Six significant digits: what a table shows, and no more of the file than that.
fn exact(value: f64) -> f64 {
    if !value.is_finite() || value.abs() < f64::MIN_POSITIVE {
        return value;
    }
    let decimals = 6 - value.abs().log10().floor() as i32;
    if !(0..=12).contains(&decimals) {
        return value;
    }
    Num::round(value, decimals).0
}

/// Columns of one length, places on their axes, rows that exist. Gives the number of points.
fn check(sweep: &Sweep) -> Result<usize, ReportError> {
    equal("axes of the sweep", sweep.axes.len(), sweep.places.len())?;
    let rows = sweep
        .places
        .first()
        .map(Vec::len)
        .or(sweep.figures.first().map(|f| f.values.len()))
        .unwrap_or(0);
    for (axis, places) in sweep.axes.iter().zip(&sweep.places) {
        equal(&axis.name, rows, places.len())?;
        if let Some(&place) = places.iter().find(|p| **p as usize >= axis.values.len()) {
            return Err(ReportError::Place {
                what: axis.name.clone(),
                place: place as usize,
                size: axis.values.len(),
            });
        }
    }
    for figure in &sweep.figures {
        equal(&figure.name, rows, figure.values.len())?;
    }
    let inside = |what: &str, list: &[usize], size: usize| match list.iter().find(|r| **r >= size) {
        Some(&place) => Err(ReportError::Place {
            what: what.into(),
            place,
            size,
        }),
        None => Ok(()),
    };
    inside("best points", &sweep.top, rows)?;
    inside("front", &sweep.front, rows)?;
    inside("chosen point", sweep.chosen.as_slice(), rows)?;
    if let Some(plateau) = &sweep.plateau {
        inside("plateau", &plateau.rows, rows)?;
    }
    inside(
        "figures of the front",
        &sweep.front_figures,
        sweep.figures.len(),
    )?;
    if !sweep.figures.is_empty() {
        inside("objective", &[sweep.objective.figure], sweep.figures.len())?;
    }
    Ok(rows)
}

/// Figures that tell most beside an objective.
const TELLING: [&str; 7] = [
    "max_drawdown",
    "trades",
    "profit_factor",
    "sharpe",
    "total_return",
    "annual_return",
    "win_rate",
];

/// Figures by how much the page needs them whole: the objective, those of the front, those that tell most, then as they come.
fn held_first(sweep: &Sweep) -> Vec<usize> {
    let mut order = Vec::new();
    let wanted = std::iter::once(sweep.objective.figure)
        .chain(sweep.front_figures.iter().copied())
        .chain(
            TELLING
                .iter()
                .filter_map(|name| sweep.figures.iter().position(|f| f.name == *name)),
        )
        .chain(0..sweep.figures.len());
    for figure in wanted {
        if figure < sweep.figures.len() && !order.contains(&figure) {
            order.push(figure);
        }
    }
    order
}

fn range(values: &[f64]) -> Option<(Num, Num)> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for v in values.iter().copied().filter(|v| v.is_finite()) {
        low = low.min(v);
        high = high.max(v);
    }
    (low <= high).then(|| (Num(exact(low)), Num(exact(high))))
}

fn whole_columns(
    sweep: &Sweep,
    rows: usize,
    sizes: &[usize],
    grid: Option<usize>,
    order: &[usize],
) -> (Layout, Vec<Option<Halves>>) {
    let mut held = vec![None; sweep.figures.len()];
    // A grid that is mostly holes takes more room than its points.
    let cells = grid.filter(|cells| *cells <= MOST_WHOLE && *cells <= rows.saturating_mul(4));
    let (layout, length) = match cells {
        Some(cells) => (Layout::Grid, cells),
        None if rows * 2 * (sizes.len() + 1) <= WHOLE_BYTES => (
            Layout::Rows(
                sweep
                    .places
                    .iter()
                    .map(|axis| places(axis.iter().copied()))
                    .collect(),
            ),
            rows,
        ),
        None => return (Layout::Cells, held),
    };
    let spent = match layout {
        Layout::Rows(_) => rows * 2 * sizes.len(),
        _ => 0,
    };
    let fit = ((WHOLE_BYTES - spent.min(WHOLE_BYTES)) / (2 * length.max(1))).max(1);
    let at = cells.map(|cells| {
        let mut row_at = vec![usize::MAX; cells];
        for row in 0..rows {
            let cell = sizes
                .iter()
                .zip(&sweep.places)
                .fold(0, |cell, (size, axis)| cell * size + axis[row] as usize);
            row_at[cell] = row;
        }
        row_at
    });
    for &figure in order.iter().take(fit) {
        let values = &sweep.figures[figure].values;
        held[figure] = Some(match &at {
            Some(row_at) => halves(row_at.iter().map(|row| values.get(*row).copied())),
            None => halves(values.iter().map(|v| Some(*v))),
        });
    }
    (layout, held)
}

/// Best, median and mean of every cell of every pair of axes, for the figures of `order` that fit.
fn pair_columns(
    sweep: &Sweep,
    rows: usize,
    sizes: &[usize],
    order: &[usize],
) -> Vec<Option<[Halves; 3]>> {
    let mut out: Vec<Option<[Halves; 3]>> = vec![const { None }; sweep.figures.len()];
    let mut pairs: Vec<(usize, Option<usize>)> = (0..sizes.len())
        .flat_map(|x| (x + 1..sizes.len()).map(move |y| (x, Some(y))))
        .collect();
    if sizes.len() == 1 {
        pairs.push((0, None));
    }
    let shape = |(x, y): (usize, Option<usize>)| (bins(sizes[x]), y.map_or(1, |y| bins(sizes[y])));
    let cells: usize = pairs.iter().map(|&p| shape(p).0 * shape(p).1).sum();
    let fit = PAIR_BYTES / (6 * cells.max(1));
    let wanted: Vec<usize> = order.iter().copied().take(fit).collect();
    let mut columns = vec![[const { Vec::<Option<f64>>::new() }; 3]; wanted.len()];
    for &(x, y) in &pairs {
        let (wide, high) = shape((x, y));
        let bin = |axis: usize, row: usize| {
            sweep.places[axis][row] as usize * bins(sizes[axis]) / sizes[axis]
        };
        let cell_of = |row: usize| y.map_or(0, |y| bin(y, row)) * wide + bin(x, row);
        // Rows sorted by their cell, by counting.
        let mut starts = vec![0usize; wide * high + 1];
        for row in 0..rows {
            starts[cell_of(row) + 1] += 1;
        }
        for cell in 0..wide * high {
            starts[cell + 1] += starts[cell];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0usize; rows];
        for row in 0..rows {
            let slot = &mut next[cell_of(row)];
            sorted[*slot] = row;
            *slot += 1;
        }
        for (column, &figure) in columns.iter_mut().zip(&wanted) {
            for cell in 0..wide * high {
                let of_cell = &sorted[starts[cell]..starts[cell + 1]];
                let found = aggregates(&sweep.figures[figure], of_cell);
                for (column, value) in column.iter_mut().zip(found) {
                    column.push(value);
                }
            }
        }
    }
    for (column, figure) in columns.into_iter().zip(wanted) {
        out[figure] = Some(column.map(|c| halves(c.iter().copied())));
    }
    out
}

/// Best, median and mean over those rows at which the figure exists; `None` without a point at all.
fn aggregates(figure: &FigureColumn, rows: &[usize]) -> [Option<f64>; 3] {
    if rows.is_empty() {
        return [None; 3];
    }
    let mut values: Vec<f64> = rows
        .iter()
        .map(|row| figure.values[*row])
        .filter(|v| !v.is_nan())
        .collect();
    if values.is_empty() {
        return [Some(f64::NAN); 3];
    }
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let best = if figure.less_is_better {
        values[0]
    } else {
        values[values.len() - 1]
    };
    [Some(best), Some(median), Some(mean)]
}

/// Rows by the objective, best first, those without it left out; as many as the page needs.
fn ranked(sweep: &Sweep, rows: usize) -> Vec<usize> {
    let Some(figure) = sweep.figures.get(sweep.objective.figure) else {
        return Vec::new();
    };
    let mut order: Vec<usize> = (0..rows)
        .filter(|row| !figure.values[*row].is_nan())
        .collect();
    let better = |a: &usize, b: &usize| {
        let by = figure.values[*a].total_cmp(&figure.values[*b]);
        let by = if figure.less_is_better {
            by
        } else {
            by.reverse()
        };
        by.then(a.cmp(b))
    };
    let most = SAMPLE_BEST.max(MOST_TOP);
    if order.len() > most {
        order.select_nth_unstable_by(most, better);
        order.truncate(most);
    }
    order.sort_by(better);
    order
}

fn sample(sweep: &Sweep, rows: usize, ranked: &[usize], order: &[usize]) -> Sample {
    let mut taken: Vec<usize> = ranked.iter().copied().take(SAMPLE_BEST).collect();
    taken.sort_unstable();
    // Picked by a scrambled row number: a fixed stride would walk along one axis of the grid.
    let mut others: Vec<(u64, usize)> = (0..rows)
        .filter(|row| taken.binary_search(row).is_err())
        .map(|row| ((row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15), row))
        .collect();
    if others.len() > SAMPLE_OTHERS {
        others.select_nth_unstable(SAMPLE_OTHERS);
        others.truncate(SAMPLE_OTHERS);
    }
    taken.extend(others.into_iter().map(|(_, row)| row));
    taken.sort_unstable();
    Sample {
        size: taken.len(),
        places: sweep
            .places
            .iter()
            .map(|axis| places(taken.iter().map(|&r| axis[r])))
            .collect(),
        figures: order
            .iter()
            .take(SAMPLE_FIGURES)
            .map(|&figure| {
                let values = &sweep.figures[figure].values;
                (figure, halves(taken.iter().map(|&r| Some(values[r]))))
            })
            .collect(),
    }
}

#[cfg(test)]
#[path = "points_tests.rs"]
mod tests;
