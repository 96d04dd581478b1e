//! A small picture of an equity curve, the same on every machine.

use std::fmt::Write;

/// Columns drawn: one point each.
const POINTS: usize = 240;
const WIDTH: f64 = 640.0;
const LEFT: f64 = 8.0;
const RIGHT: f64 = 632.0;
const TOP: f64 = 26.0;
const FLOOR: f64 = 168.0;
const DEPTH_TOP: f64 = 180.0;
const DEPTH_FLOOR: f64 = 222.0;
const HEIGHT: f64 = 230.0;

/// What is drawn.
pub struct Chart<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// First and last day.
    pub days: (&'a str, &'a str),
    /// Equity by bar.
    pub equity: &'a [f64],
    /// What the same capital would be worth in the coins themselves.
    pub held: &'a [f64],
}

/// The last value of each column.
fn thin(values: &[f64]) -> Vec<f64> {
    let n = POINTS.min(values.len());
    (1..=n).map(|k| values[values.len() * k / n - 1]).collect()
}

fn line(values: &[f64], place: impl Fn(f64) -> f64) -> String {
    let mut out = String::new();
    let last = (values.len() - 1).max(1) as f64;
    for (k, v) in values.iter().enumerate() {
        let x = LEFT + (RIGHT - LEFT) * k as f64 / last;
        let _ = write!(out, "{x:.0},{:.1} ", place(*v));
    }
    out.trim_end().to_string()
}

impl Chart<'_> {
    /// The picture. Colours follow the reader's light or dark setting.
    pub fn svg(&self) -> String {
        let equity = thin(self.equity);
        let held = thin(self.held);
        let mut peak = self.equity[0];
        let falls: Vec<f64> = self
            .equity
            .iter()
            .map(|e| {
                peak = peak.max(*e);
                1.0 - e / peak
            })
            .collect();
        // the deepest of each column, so that no fall is missed
        let n = equity.len();
        let falls: Vec<f64> = (0..n)
            .map(|k| {
                let rows = falls.len() * k / n..falls.len() * (k + 1) / n;
                falls[rows].iter().copied().fold(0.0, f64::max)
            })
            .collect();
        let deepest = falls.iter().copied().fold(0.0, f64::max);
        let all = || equity.iter().chain(&held).copied();
        // in logarithms: equal shares are equal heights
        let (low, high) = (
            all().fold(f64::INFINITY, f64::min).max(1.0),
            all().fold(0.0, f64::max),
        );
        let span = logarithm(high / low).max(1e-9);
        let height = |v: f64| FLOOR - (FLOOR - TOP) * logarithm(v.max(low) / low) / span;
        let depth = |f: f64| DEPTH_TOP + (DEPTH_FLOOR - DEPTH_TOP) * f / deepest.max(1e-9);
        let capital = height(self.equity[0]);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}: equity\">\n",
            self.title
        );
        out.push_str(
            "<style>text{font:11px sans-serif;fill:#7d8590}.e{stroke:#0969da}.h{stroke:#8c959f}.d{fill:#cf222e}\
             @media(prefers-color-scheme:dark){text{fill:#9ea7b3}.e{stroke:#58a6ff}.h{stroke:#6e7681}.d{fill:#f85149}}</style>\n",
        );
        let _ = writeln!(
            out,
            "<text x=\"{LEFT}\" y=\"14\">{}, {} to {}, log scale. Blue: equity. Grey: the coins held. Red: drawdown, deepest {:.1} %.</text>",
            self.title,
            self.days.0,
            self.days.1,
            deepest * 100.0
        );
        let _ = writeln!(
            out,
            "<path class=\"h\" d=\"M{LEFT} {capital:.1}H{RIGHT}\" stroke-dasharray=\"2 4\" fill=\"none\"/>"
        );
        for (class, values, width) in [("h", &held, 1.0), ("e", &equity, 1.6)] {
            let _ = writeln!(
                out,
                "<polyline class=\"{class}\" points=\"{}\" fill=\"none\" stroke-width=\"{width}\"/>",
                line(values, height)
            );
        }
        let _ = writeln!(
            out,
            "<polygon class=\"d\" points=\"{LEFT},{DEPTH_TOP} {} {RIGHT},{DEPTH_TOP}\" fill-opacity=\"0.45\"/>",
            line(&falls, depth)
        );
        out.push_str("</svg>\n");
        out
    }
}

/// Natural logarithm by series: the system's own differs from one C library to the next in the last digit.
fn logarithm(x: f64) -> f64 {
    let (mut mantissa, mut halvings) = (x, 0.0);
    while mantissa > 1.5 {
        mantissa /= 2.0;
        halvings += 1.0;
    }
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let (mut term, mut sum) = (t, 0.0);
    for k in 0..20_u32 {
        sum += term / f64::from(2 * k + 1);
        term *= t * t;
    }
    2.0 * sum + halvings * std::f64::consts::LN_2
}
