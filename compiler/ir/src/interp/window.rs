//! Sliding windows, each computed from its rows alone.

use super::scalar::{binary, canonical, count};
use crate::op::{BinaryOp, UnaryOp, WindowKind};

/// The rows a window looks at.
pub(super) struct Rows<'a> {
    /// Value of the operand at a row.
    pub value: &'a dyn Fn(usize) -> f64,
    /// Open times of the rows, ms; at least up to the current one when the window is anchored.
    pub time: &'a [i64],
    /// Length of a bar, ms.
    pub period: i64,
    /// Ticks a unit of price.
    pub scale: f64,
}

/// The value of a window of `n` rows at row `t`; `k` is the rank asked for.
pub(super) fn window(
    kind: WindowKind,
    exact: bool,
    rows: &Rows<'_>,
    t: usize,
    n: usize,
    k: f64,
) -> f64 {
    let first = (t + 1).saturating_sub(n);
    let x = |row: usize| canonical((rows.value)(row));
    match kind {
        WindowKind::Sum | WindowKind::Mean => {
            let anchor = rows.anchor(t, n);
            let length = n as f64;
            let ticks = |row: usize| super::scalar::unary(UnaryOp::Round, x(row) * rows.scale);
            let sum = if exact {
                rows.anchored(first, t, anchor, &ticks)
            } else {
                rows.anchored(first, t, anchor, &x)
            };
            match (kind, exact) {
                (WindowKind::Sum, false) => sum,
                (WindowKind::Sum, true) => sum / rows.scale,
                (_, false) => sum / length,
                (_, true) => sum / (length * rows.scale),
            }
        }
        WindowKind::SquaredDeviations => {
            let anchor = rows.anchor(t, n);
            let centre = x(rows.time[..=t].partition_point(|time| *time < anchor));
            let deviation = |row: usize| x(row) - centre;
            let square = |row: usize| {
                let d = x(row) - centre;
                d * d
            };
            let s1 = rows.anchored(first, t, anchor, &deviation);
            let s2 = rows.anchored(first, t, anchor, &square);
            let correction = s1 * s1 / n as f64;
            binary(BinaryOp::Max, s2 - correction, 0.0)
        }
        WindowKind::Max | WindowKind::Min | WindowKind::MaxAgo | WindowKind::MinAgo => {
            let largest = matches!(kind, WindowKind::Max | WindowKind::MaxAgo);
            let mut best: Option<(f64, usize)> = None;
            for row in first..=t {
                let v = x(row) + 0.0;
                let attains = match best {
                    None => !v.is_nan(),
                    Some((b, _)) if largest => v >= b,
                    Some((b, _)) => v <= b,
                };
                if attains {
                    best = Some((v, row));
                }
            }
            let nothing = if largest {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            };
            match kind {
                WindowKind::Max | WindowKind::Min => best.map_or(nothing, |b| b.0),
                _ => best.map_or(0.0, |b| (t - b.1) as f64),
            }
        }
        WindowKind::Kth => {
            let mut sorted: Vec<f64> = (first..=t).map(|row| canonical(x(row) + 0.0)).collect();
            // the canonical NaN is positive, so that the total order has it last; there is no −0
            sorted.sort_by(f64::total_cmp);
            sorted[count(k, 0, sorted.len() - 1)]
        }
    }
}

impl Rows<'_> {
    /// The start of the block of row `t` for windows of `n` rows.
    fn anchor(&self, t: usize, n: usize) -> i64 {
        let block = self.period.saturating_mul(n as i64).max(1);
        self.time[t].div_euclid(block) * block
    }

    fn anchored(&self, first: usize, t: usize, anchor: i64, x: &dyn Fn(usize) -> f64) -> f64 {
        let cut = self.time[..=t]
            .partition_point(|time| *time < anchor)
            .max(first);
        let prefix = (cut..=t).fold(0.0, |sum, row| sum + x(row));
        let suffix = (first..cut).rev().fold(0.0, |sum, row| sum + x(row));
        suffix + prefix
    }
}
