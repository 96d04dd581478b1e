//! Numbers, times and columns as they stand in the JSON of a page. `assets/base.js` reads them back.

use crate::data::{EquityCurve, Fact, Metric, MetricKind};
use crate::error::ReportError;
use crate::{figures, thin};
use serde::{Serialize, Serializer};
use sixbtc_market::Timeframe;

/// Whole numbers beyond this lose their last digit in an f64.
pub(crate) const EXACT: f64 = 9e15;

/// A number in its shortest form: whole without a point, what is not finite as `null`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Num(pub(crate) f64);

impl Num {
    /// Rounded to `decimals`.
    pub(crate) fn round(value: f64, decimals: i32) -> Self {
        let scale = 10f64.powi(decimals);
        let scaled = (value * scale).round();
        Self(if scaled.abs() < EXACT {
            scaled / scale
        } else {
            value
        })
    }
}

impl Serialize for Num {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let v = self.0;
        if !v.is_finite() {
            to.serialize_none()
        } else if v.fract().abs() < f64::MIN_POSITIVE && v.abs() < EXACT {
            to.serialize_i64(v as i64)
        } else {
            to.serialize_f64(v)
        }
    }
}

#[derive(Serialize)]
/// A named figure of a run.
pub(crate) struct Figure<'a> {
    name: &'a str,
    label: String,
    group: &'static str,
    kind: MetricKind,
    #[serde(with = "crate::data::value_or_infinity")]
    value: Option<f64>,
    about: &'a str,
}

#[derive(Serialize)]
/// A curve of equity.
pub(crate) struct Equity {
    /// Decimals of `value`.
    decimals: i32,
    time: Vec<Num>,
    value: Vec<Num>,
    /// Rows before thinning, when it was thinned.
    thinned: Option<usize>,
}

/// The figures of a run in the page's order.
pub(crate) fn written_figures(metrics: &[Metric]) -> Vec<Figure<'_>> {
    let mut metrics: Vec<_> = metrics
        .iter()
        .map(|metric| (figures::describe(&metric.name), metric))
        .collect();
    metrics.sort_by_key(|((group, _), _)| *group);
    metrics
        .into_iter()
        .map(|((group, label), metric)| Figure {
            name: &metric.name,
            label,
            group: group.title(),
            kind: metric.kind,
            value: metric.value,
            about: &metric.about,
        })
        .collect()
}

/// Names and values.
pub(crate) fn facts(facts: &[Fact]) -> Vec<(&str, &str)> {
    facts
        .iter()
        .map(|f| (f.name.as_str(), f.value.as_str()))
        .collect()
}

/// Milliseconds as seconds.
pub(crate) fn seconds(ms: i64) -> Num {
    Num(ms as f64 / 1e3)
}

/// A timeframe as people write it.
pub(crate) fn timeframe_name(ms: i64) -> String {
    Timeframe::from_ms(ms).map_or_else(|| format!("{ms}ms"), |tf| tf.to_string())
}

/// A curve of equity that began at `initial`, thinned when it is long.
pub(crate) fn equity(curve: &EquityCurve, initial: f64) -> Equity {
    // Seven figures of the capital: cents for 10,000.
    let magnitude = initial.abs().max(1e-9).log10().floor() as i32;
    let decimals = (6 - magnitude).clamp(0, 9);
    let rows = thin::equity_rows(curve, initial, thin::MOST_ROWS);
    let (time, equity) = match &rows {
        Some(rows) => (
            rows.iter().map(|&r| curve.time[r]).collect(),
            rows.iter().map(|&r| curve.equity[r]).collect(),
        ),
        None => (curve.time.clone(), curve.equity.clone()),
    };
    Equity {
        decimals,
        time: run_lengths(&time),
        value: differences(&whole(&equity, decimals)),
        thinned: rows.map(|_| curve.time.len()),
    }
}

/// Whole numbers of the last decimal.
pub(crate) fn whole(values: &[f64], decimals: i32) -> Vec<f64> {
    let scale = 10f64.powi(decimals);
    values.iter().map(|v| (v * scale).round()).collect()
}

/// Each value less the one before it.
pub(crate) fn differences(values: &[f64]) -> Vec<Num> {
    let mut before = 0.0;
    values
        .iter()
        .map(|&v| Num(v - std::mem::replace(&mut before, v)))
        .collect()
}

/// `[first, step, times, step, times, …]` in seconds.
pub(crate) fn run_lengths(times: &[i64]) -> Vec<Num> {
    let Some(&first) = times.first() else {
        return Vec::new();
    };
    let mut runs: Vec<(i64, u32)> = Vec::new();
    for pair in times.windows(2) {
        let step = pair[1] - pair[0];
        match runs.last_mut() {
            Some((last, count)) if *last == step => *count += 1,
            _ => runs.push((step, 1)),
        }
    }
    let mut out = vec![seconds(first)];
    for (step, count) in runs {
        out.push(seconds(step));
        out.push(Num(f64::from(count)));
    }
    out
}

/// Two columns of one length.
pub(crate) fn equal(what: &str, expected: usize, found: usize) -> Result<(), ReportError> {
    if expected == found {
        return Ok(());
    }
    Err(ReportError::Columns {
        what: what.to_owned(),
        expected,
        found,
    })
}

/// Times that rise.
pub(crate) fn rising(what: &str, times: &[i64]) -> Result<(), ReportError> {
    match times.windows(2).position(|w| w[0] >= w[1]) {
        Some(row) => Err(ReportError::Order {
            what: what.to_owned(),
            row: row + 1,
        }),
        None => Ok(()),
    }
}
