//! Results of a laboratory that has no market: smooth landscapes and random walks with a fixed seed.
#![allow(dead_code)] // Each user takes its part.

use sixbtc_report::data::{EquityCurve, Fact, Metric, MetricKind};
use sixbtc_report::lab::{
    Axis, ChosenValue, DataDescription, Deflated, Distribution, Fan, FigureColumn, FixedCurve,
    Gate, GateVerdict, Judgement, Objective, Overfitting, Part, Permutation, Plateau, Span, Stress,
    Stretch, StretchKind, Subject, Sweep, SweepPage, ValidationPage, WalkForward, WalkForwardPage,
    Window, WindowFigure,
};

const DAY: i64 = 86_400_000;
/// 1 January 2021.
const START: i64 = 1_609_459_200_000;

/// Numbers that look random and are the same every time (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    /// Evenly in 0..1.
    pub fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Nearly normal, mean 0 and variance 1.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }
}

/// The subject of all three pages.
pub fn subject(text: &str) -> Subject {
    Subject {
        title: text.into(),
        strategy: "sma_cross".into(),
        source: "strategy \"Trend following\" {\n  param fast: bars = 24 in 5..=100\n  param slow: bars = 160 in 50..=400\n  param stop: percent = 2% in 0.5%..=5%\n\n  enter long when cross_over(sma(close, fast), sma(close, slow))\n    stop stop\n}\n".into(),
        data: DataDescription {
            symbols: vec!["BTCUSD".into()],
            timeframe: "30m".into(),
            timeframe_ms: 1_800_000,
            bars: 52_560,
            span: Some(Span {
                from: START,
                to: START + 1_095 * DAY,
            }),
            hash: "b3:5f0d7c1e9a".into(),
            note: String::new(),
        },
        currency: "USDC".into(),
        settings: [
            ("costs.taker_fee", "0.045 %"),
            ("costs.slippage", "1 tick"),
            ("capital.initial", "10,000 USDC"),
            ("fill", "open of the next bar"),
        ]
        .map(|(name, value)| Fact {
            name: name.into(),
            value: value.into(),
        })
        .into(),
        warnings: vec![],
        hash: "b3:8c2f64d1a7e05b93".into(),
        compiler: "sixbtc 0.1.0".into(),
    }
}

/// A grid of four parameters; `sizes` are how many values each has.
pub fn sweep(sizes: [usize; 4]) -> Sweep {
    let mut dice = Dice(7);
    let spread = |n: usize, low: f64, high: f64, digits: usize| -> Vec<String> {
        (0..n)
            .map(|i| {
                format!(
                    "{:.digits$}",
                    low + (high - low) * i as f64 / (n.max(2) - 1) as f64
                )
            })
            .collect()
    };
    let axis = |name: &str, unit: &str, values| Axis {
        name: name.into(),
        unit: unit.into(),
        values,
    };
    let names = ["crossing", "above", "slope", "both", "none"];
    let axes = vec![
        axis("fast", "bars", spread(sizes[0], 5.0, 83.0, 0)),
        axis("slow", "bars", spread(sizes[1], 20.0, 265.0, 0)),
        axis("stop", "%", spread(sizes[2], 0.5, 5.0, 1)),
        axis(
            "filter",
            "",
            names.iter().take(sizes[3]).map(|n| (*n).into()).collect(),
        ),
    ];
    let mut places = vec![Vec::new(); 4];
    let mut columns = vec![Vec::new(); 6];
    let (mut space, mut pruned, mut undefined) = (0, 0, 0);
    for a in 0..sizes[0] {
        for b in 0..sizes[1] {
            for c in 0..sizes[2] {
                for d in 0..sizes[3] {
                    space += 1;
                    let share = |i: usize, n: usize| i as f64 / n.max(2) as f64;
                    let (x, y, z) = (share(a, sizes[0]), share(b, sizes[1]), share(c, sizes[2]));
                    if x * 78.0 + 5.0 >= y * 245.0 + 20.0 {
                        pruned += 1;
                        continue;
                    }
                    let hill = |cx: f64, cy: f64, w: f64| {
                        (-((x - cx).powi(2) + (y - cy).powi(2)) / w).exp()
                    };
                    let landscape = 1.7 * hill(0.32, 0.62, 0.05) + 2.3 * hill(0.82, 0.9, 0.003)
                        - 0.9 * hill(0.1, 0.2, 0.03)
                        - (z - 0.45).powi(2) * 1.6
                        + [0.2, 0.0, 0.12, -0.15, -0.3][d]
                        - 0.2;
                    let sharpe = landscape + dice.normal() * 0.09;
                    let trades = (900.0 * (1.1 - y) * (1.2 - x) * (0.5 + z) + 4.0).floor();
                    let defined = trades >= 30.0;
                    undefined += u64::from(!defined);
                    for (column, place) in places.iter_mut().zip([a, b, c, d]) {
                        column.push(place as u32);
                    }
                    let drawdown = 0.34 - 0.07 * sharpe + 0.05 * dice.even() + 0.08 * z;
                    let row = [
                        sharpe,
                        drawdown,
                        (0.31 * sharpe).exp(),
                        trades,
                        0.22 * sharpe,
                        0.44 + 0.04 * sharpe,
                    ];
                    for (column, value) in columns.iter_mut().zip(row) {
                        column.push(if defined { value } else { f64::NAN });
                    }
                }
            }
        }
    }
    let kinds = [
        ("sharpe", MetricKind::Ratio, false),
        ("max_drawdown", MetricKind::Fraction, true),
        ("profit_factor", MetricKind::Ratio, false),
        ("trades", MetricKind::Count, false),
        ("annual_return", MetricKind::Fraction, false),
        ("win_rate", MetricKind::Fraction, false),
    ];
    let figures: Vec<_> = kinds
        .into_iter()
        .zip(columns)
        .map(|((name, kind, less), values)| FigureColumn {
            name: name.into(),
            kind,
            less_is_better: less,
            about: String::new(),
            values,
        })
        .collect();
    let rows = figures[0].values.len();
    let mut best: Vec<usize> = (0..rows)
        .filter(|r| !figures[0].values[*r].is_nan())
        .collect();
    best.sort_by(|a, b| figures[0].values[*b].total_cmp(&figures[0].values[*a]));
    // Points that none before them, in falling order of one figure, beats in the other.
    let mut least = f64::INFINITY;
    let front = best
        .iter()
        .copied()
        .filter(|r| {
            let drawdown = figures[1].values[*r];
            let kept = drawdown < least;
            least = least.min(drawdown);
            kept
        })
        .collect();
    let place = |axis: usize, row: usize| f64::from(places[axis][row]);
    let plateau: Vec<usize> = (0..rows)
        .filter(|&row| {
            let off = (place(0, row) / sizes[0] as f64 - 0.32).powi(2)
                + (place(1, row) / sizes[1] as f64 - 0.62).powi(2);
            off < 0.012
                && (place(2, row) / sizes[2] as f64 - 0.45).abs() < 0.21
                && places[3][row] < 3
        })
        .collect();
    let chosen = plateau
        .iter()
        .copied()
        .max_by(|a, b| figures[0].values[*a].total_cmp(&figures[0].values[*b]));
    Sweep {
        axes,
        places,
        figures,
        objective: Objective {
            expression: "sharpe".into(),
            figure: 0,
            constraints: vec!["trades >= 30".into()],
        },
        top: best.into_iter().take(100).collect(),
        front,
        front_figures: vec![0, 1],
        plateau: (!plateau.is_empty()).then(|| Plateau {
            score: 0.83,
            rows: plateau,
            about: "The median Sharpe ratio among neighbours is 83 % of the point's own: it stands on broad ground.".into(),
        }),
        chosen,
        space,
        pruned,
        undefined,
        path: "batched native code, 4 lanes".into(),
        search: "grid".into(),
        elapsed_ms: 6_420.0,
        ns_per_bar_point: 1.31,
        plan: "once per sweep   8 columns: close, high, low …\nonce per fast   40 × sma(close, fast)\nonce per slow   50 × sma(close, slow)\nper point       entry, stop, account\n".into(),
    }
}

/// The page of a sweep of about `sizes` points.
pub fn sweep_page(sizes: [usize; 4]) -> SweepPage {
    SweepPage {
        subject: subject("Trend following with a trailing stop"),
        sweep: sweep(sizes),
    }
}

/// A walk of equity with drift a day.
fn curve(dice: &mut Dice, from: i64, days: i64, drift: f64) -> EquityCurve {
    let mut equity = 10_000.0;
    let mut out = EquityCurve::default();
    for step in 0..days * 4 {
        equity *= 1.0 + drift / 4.0 + 0.004 * dice.normal();
        out.time.push(from + step * DAY / 4);
        out.equity.push(equity);
    }
    out
}

fn metric(name: &str, kind: MetricKind, value: f64) -> Metric {
    Metric {
        name: name.into(),
        value: Some(value),
        kind,
        about: String::new(),
    }
}

/// Figures of a curve, as far as a curve alone has them.
fn metrics(curve: &EquityCurve) -> Vec<Metric> {
    let mut peak = 10_000.0f64;
    let mut deepest = 0.0f64;
    for &equity in &curve.equity {
        peak = peak.max(equity);
        deepest = deepest.max(1.0 - equity / peak);
    }
    let total = curve
        .equity
        .last()
        .map_or(0.0, |last| last / 10_000.0 - 1.0);
    let years = curve.time.len() as f64 / 1_461.0;
    vec![
        metric("total_return", MetricKind::Fraction, total),
        metric(
            "annual_return",
            MetricKind::Fraction,
            if years > 0.0 {
                (1.0 + total).powf(1.0 / years) - 1.0
            } else {
                0.0
            },
        ),
        metric("sharpe", MetricKind::Ratio, 1.04),
        metric("max_drawdown", MetricKind::Fraction, deepest),
        metric("profit_factor", MetricKind::Ratio, 1.31),
        metric("win_rate", MetricKind::Fraction, 0.437),
        metric("trades", MetricKind::Count, 412.0),
        metric("exposure", MetricKind::Fraction, 0.38),
    ]
}

/// A walk-forward of `count` windows.
pub fn walk(count: usize) -> WalkForward {
    let mut dice = Dice(11);
    let (train, test) = (180 * DAY, 60 * DAY);
    let windows: Vec<Window> = (0..count as i64)
        .map(|i| {
            let from = START + i * test;
            let inside = 1.6 + 0.3 * dice.normal();
            let outside = inside * (0.62 + 0.45 * dice.normal());
            let steps = 20.0 + 4.0 * (i as f64 * 0.7).sin() + (2.0 * dice.normal()).round();
            let slow = 150.0 + 10.0 * (3.0 * dice.normal()).round();
            let number = |v: f64| ChosenValue {
                value: v,
                shown: format!("{v:.0}"),
            };
            let filter = usize::from(dice.even() > 0.7);
            Window {
                train: Span {
                    from,
                    to: from + train,
                },
                test: Span {
                    from: from + train + DAY,
                    to: from + train + test,
                },
                params: vec![
                    number(steps.round()),
                    number(slow),
                    ChosenValue {
                        value: filter as f64,
                        shown: ["crossing", "above"][filter].into(),
                    },
                ],
                in_sample: vec![
                    inside,
                    inside * 0.12,
                    140.0 + (20.0 * dice.normal()).round(),
                ],
                out_of_sample: vec![
                    outside,
                    outside * 0.03,
                    41.0 + (6.0 * dice.normal()).round(),
                ],
                efficiency: outside / inside,
                note: if i == 3 {
                    "No point met the constraints; the defaults were used.".into()
                } else {
                    String::new()
                },
            }
        })
        .collect();
    let days = count as i64 * 60;
    // Each window's return, spread over its days with noise that cancels out.
    let mut stitched = EquityCurve::default();
    let mut equity = 10_000.0;
    for (i, window) in windows.iter().enumerate() {
        let noise: Vec<f64> = (0..240).map(|_| 0.004 * dice.normal()).collect();
        let mean = noise.iter().sum::<f64>() / 240.0;
        for (step, noise) in noise.iter().enumerate() {
            equity *= 1.0 + window.out_of_sample[1] / 240.0 + noise - mean * 0.8;
            stitched
                .time
                .push(START + train + (i * 240 + step) as i64 * DAY / 4);
            stitched.equity.push(equity);
        }
    }
    let fixed = curve(&mut dice, START + train, days, 0.000_2);
    WalkForward {
        scheme: "rolling, 180 days trained, 60 days tested, 24 bars purged".into(),
        objective: "sharpe".into(),
        params: vec!["fast".into(), "slow".into(), "filter".into()],
        figures: [
            ("sharpe", MetricKind::Ratio),
            ("total_return", MetricKind::Fraction),
            ("trades", MetricKind::Count),
        ]
        .map(|(name, kind)| WindowFigure {
            name: name.into(),
            kind,
        })
        .into(),
        judged_by: 0,
        initial_equity: 10_000.0,
        metrics: metrics(&stitched),
        stitched,
        fixed: Some(FixedCurve {
            label: "Defaults throughout".into(),
            curve: fixed,
        }),
        efficiency: windows.iter().map(|w| w.efficiency).sum::<f64>() / count.max(1) as f64,
        windows,
    }
}

/// The page of a walk-forward.
pub fn walk_forward_page(count: usize) -> WalkForwardPage {
    WalkForwardPage {
        subject: subject("Trend following with a trailing stop"),
        walk: walk(count),
    }
}

fn gate(
    stage: &str,
    name: &str,
    kind: MetricKind,
    value: f64,
    comparison: &str,
    threshold: f64,
    sentence: &str,
) -> Gate {
    let passed = if comparison.starts_with('>') {
        value >= threshold
    } else {
        value <= threshold
    };
    let off = (value - threshold)
        / if threshold == 0.0 {
            1.0
        } else {
            threshold.abs()
        };
    Gate {
        stage: stage.into(),
        name: name.into(),
        figure: String::new(),
        kind,
        value,
        threshold,
        comparison: comparison.into(),
        verdict: if value.is_nan() {
            GateVerdict::NotRun
        } else if passed {
            GateVerdict::Pass
        } else {
            GateVerdict::Fail
        },
        distance: if comparison.starts_with('>') {
            off
        } else {
            -off
        },
        sentence: sentence.into(),
    }
}

fn fan(dice: &mut Dice) -> Fan {
    let at: Vec<u64> = (0..=412).step_by(4).collect();
    let probabilities = vec![0.05, 0.25, 0.5, 0.75, 0.95];
    let bands = [-1.645, -0.674, 0.0, 0.674, 1.645]
        .iter()
        .map(|z| {
            at.iter()
                .map(|&n| 10_000.0 * (0.000_9 * n as f64 + z * 0.011 * (n as f64).sqrt()).exp())
                .collect()
        })
        .collect();
    let mut equity = 10_000.0;
    let real = at
        .iter()
        .map(|&n| {
            if n > 0 {
                equity *= 1.0 + 0.003_4 + 0.019 * dice.normal();
            }
            equity
        })
        .collect();
    Fan {
        title: "Trades drawn with replacement".into(),
        step: "trades".into(),
        at,
        probabilities,
        bands,
        real,
        runs: 5_000,
        about: "Each run draws as many trades from the real ones, with replacement, and plays them in the order drawn.".into(),
    }
}

/// The page of a validation in which everything was run.
pub fn validation_page() -> ValidationPage {
    let mut dice = Dice(23);
    let spread = |dice: &mut Dice, n: usize, middle: f64, width: f64| -> Vec<f64> {
        (0..n).map(|_| middle + width * dice.normal()).collect()
    };
    let ratio = MetricKind::Ratio;
    let fraction = MetricKind::Fraction;
    let gates = vec![
        gate(
            "Screening",
            "Trades in sample",
            MetricKind::Count,
            412.0,
            ">=",
            100.0,
            "Enough trades to say something.",
        ),
        gate(
            "Screening",
            "Profit factor",
            ratio,
            1.31,
            ">=",
            1.15,
            "Gains are 1.31 times the losses, costs included.",
        ),
        gate(
            "Luck",
            "Permutation p-value",
            fraction,
            0.014,
            "<=",
            0.05,
            "14 in 1,000 permuted markets did as well.",
        ),
        gate(
            "Luck",
            "Deflated Sharpe ratio",
            fraction,
            0.913,
            ">=",
            0.95,
            "With 3,200 trials behind it the ratio is not beyond chance.",
        ),
        gate(
            "Robustness",
            "Profit factor at double costs",
            ratio,
            1.12,
            ">=",
            1.0,
            "Still a gain when fees and slippage double.",
        ),
        gate(
            "Robustness",
            "Drawdown, 95th percentile",
            fraction,
            0.262,
            "<=",
            0.3,
            "",
        ),
        gate(
            "Robustness",
            "Share of noisy markets in profit",
            fraction,
            0.94,
            ">=",
            0.8,
            "",
        ),
        gate(
            "Overfitting",
            "Probability of overfitting",
            fraction,
            0.21,
            "<=",
            0.3,
            "",
        ),
        gate(
            "Overfitting",
            "Walk-forward efficiency",
            fraction,
            0.62,
            ">=",
            0.5,
            "",
        ),
        Gate {
            verdict: GateVerdict::Reported,
            ..gate(
                "Overfitting",
                "Share of windows above zero",
                fraction,
                0.9,
                ">=",
                0.6,
                "For information.",
            )
        },
        gate(
            "Last question",
            "Profit factor, sealed data",
            ratio,
            f64::NAN,
            ">=",
            1.1,
            "The seal stays closed because an earlier gate failed.",
        ),
    ];
    let start = START;
    let stretch = |kind, from: i64, to: i64, note: &str| Stretch {
        kind,
        span: Span {
            from: start + from * DAY,
            to: start + to * DAY,
        },
        bars: (to - from) as u64 * 48,
        note: note.into(),
    };
    let figure = || "profit_factor".to_owned();
    let judged = curve(&mut dice, start, 930, 0.000_4);
    ValidationPage {
        subject: subject("Trend following with a trailing stop"),
        verdict: Judgement::Fail,
        sentence: "One of ten gates failed and one was not run: the Sharpe ratio is not beyond what 3,200 trials bring by chance.".into(),
        gates,
        timeline: vec![
            stretch(StretchKind::InSample, 0, 700, ""),
            stretch(StretchKind::Purged, 700, 712, "longest trade"),
            stretch(StretchKind::OutOfSample, 712, 930, ""),
            stretch(StretchKind::Sealed, 930, 1_095, "never opened"),
        ],
        metrics: metrics(&judged),
        curve: Part::Shown(judged),
        initial_equity: 10_000.0,
        permutations: Part::Shown(vec![Permutation {
            title: "Bars of the training part".into(),
            figure: figure(),
            kind: ratio,
            values: spread(&mut dice, 1_000, 0.98, 0.14),
            real: 1.31,
            p_value: 0.014,
            interval: Some((0.008, 0.024)),
            about: "The order of the bars is shuffled, their distribution kept: whatever the strategy still finds is luck.".into(),
        }]),
        monte_carlo: Part::Shown(vec![fan(&mut dice)]),
        drawdown: Part::Shown(Distribution {
            figure: "max_drawdown".into(),
            kind: fraction,
            less_is_better: true,
            values: spread(&mut dice, 5_000, 0.18, 0.045),
            real: 0.148,
            limit: 0.3,
            about: "In 95 of 100 orders of the same trades the deepest fall stays under 26.2 %.".into(),
        }),
        costs: Part::Shown(Stress {
            figure: figure(),
            kind: ratio,
            labels: ["no costs", "1× costs", "1.5×", "2×", "3×"].map(Into::into).into(),
            values: vec![1.49, 1.31, 1.21, 1.12, 0.94],
            limit: 1.0,
            about: "The profit is gone at 2.7 times the costs.".into(),
        }),
        delay: Part::Shown(Stress {
            figure: figure(),
            kind: ratio,
            labels: ["none", "1 bar", "2 bars", "3 bars"].map(Into::into).into(),
            values: vec![1.31, 1.27, 1.18, 1.16],
            limit: 1.0,
            about: "Entries that come late cost little: the idea does not live on the first bar.".into(),
        }),
        noise: Part::Shown(Distribution {
            figure: figure(),
            kind: ratio,
            less_is_better: false,
            values: spread(&mut dice, 300, 1.24, 0.15),
            real: 1.31,
            limit: 1.0,
            about: "Every price is moved by a random tenth of the bar's range.".into(),
        }),
        overfitting: Part::Shown(Overfitting {
            probability: 0.21,
            logits: spread(&mut dice, 924, 0.9, 1.1),
            figure: "sharpe".into(),
            kind: ratio,
            in_sample: spread(&mut dice, 924, 1.9, 0.25),
            out_of_sample: spread(&mut dice, 924, 0.7, 0.5),
            blocks: 12,
            points: 3_200,
            about: "In 21 of 100 splits the point that was best in one half is below the median of the other.".into(),
        }),
        deflated: Part::Shown(Deflated {
            sharpe: 0.021,
            trials: 3_200,
            effective_trials: 240.0,
            variance: 0.000_04,
            expected_max: 0.0178,
            observations: 44_640,
            skewness: -0.3,
            kurtosis: 7.9,
            probability: 0.913,
            about: "The best of 3,200 tries without skill would show 0.0178 a bar; 0.0210 is above that with a probability of 91.3 %.".into(),
        }),
        walk_forward: Part::Shown(walk(10)),
        plateau: Part::Shown(sweep([20, 24, 6, 3])),
    }
}
