//! Whole runs with a scripted kernel.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

use sixbtc_abi::*;
use sixbtc_backtest::{BacktestError, BacktestInput, Report, compare, run_backtest, write_files};
use sixbtc_engine::{FillAt, RunSettings};
use sixbtc_market::{Bar, Bars, Funding, SymbolSpec, Timeframe};
use std::ops::Range;

/// Long when the close is above the mean of the last `n`, out when below. Its state is a count of rows, so that a run that
/// skips or repeats a row is found out.
struct AboveMean(Manifest);

impl AboveMean {
    fn new(period: Timeframe) -> Self {
        let cond = |bit| Cond {
            phase: Phase::Signal,
            bit,
        };
        let entry = EntryPlan {
            side: Side::Long,
            tag: "up, \"fast\"".into(),
            when: cond(0),
            order: EntryOrder::Market,
            size: None,
            bracket: Bracket {
                stops: vec![Level::Percent(Value::Scalar(0))],
                ..Bracket::default()
            },
        };
        let exit = ExitTrigger::When {
            cond: cond(1),
            reason: ExitReason::Signal,
        };
        Self(Manifest {
            name: "above_mean".into(),
            title: "Above its mean".into(),
            frames: vec![FrameSpec {
                symbol: None,
                period_ms: period.ms(),
                columns: vec![Column::Close],
            }],
            params: vec![ParamSpec {
                name: "n".into(),
                kind: ParamKind::Whole(Unit::Bars),
                default: 5.0,
                range: (1.0, 100.0),
                values: vec![],
            }],
            flags: vec!["enter".into(), "exit".into()],
            values: vec![OutputSpec {
                name: "mean".into(),
                unit: Unit::Price,
            }],
            plots: vec![0],
            plan: OrderPlan {
                entries: vec![entry],
                exits: vec![ExitPlan {
                    scope: ExitScope::All,
                    trigger: exit,
                }],
                size: Some(Sizing::Equity(Value::Const(0.5))),
                ..OrderPlan::default()
            },
            history: vec![100],
            ..Manifest::default()
        })
    }
}

impl Kernel for AboveMean {
    fn manifest(&self) -> &Manifest {
        &self.0
    }
    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        let n = params[0];
        if n < 1.0 {
            return Err(KernelError::Param {
                name: "n".into(),
                reason: "must be 1 or more".into(),
            });
        }
        Ok(Constants {
            params: params.to_vec(),
            scalars: vec![0.02],
            warmup: n as usize - 1,
            lookback: vec![n as usize - 1],
            ..Constants::default()
        })
    }
    fn new_state(&self, _: &Constants) -> State {
        State { words: vec![0] }
    }
    fn run(
        &self,
        input: &Input<'_>,
        _: &[usize],
        rows: Range<usize>,
        constants: &Constants,
        state: &mut State,
        out: &mut Outputs,
    ) -> Result<(), KernelError> {
        if state.words[0] as usize != rows.start || out.flags.len() != rows.len() {
            return Err(KernelError::Shape("rows must follow each other".into()));
        }
        let n = constants.params[0] as usize;
        let close = input.frames[0].columns[0];
        for (k, t) in rows.clone().enumerate() {
            let from = (t + 1).saturating_sub(n);
            let mean = close[from..=t].iter().sum::<f64>() / (t + 1 - from) as f64;
            out.values[0][k] = mean;
            out.flags[k] = u64::from(close[t] > mean) | u64::from(close[t] < mean) << 1;
        }
        state.words[0] = rows.end as u64;
        Ok(())
    }
    fn position(
        &self,
        _: (u64, &[f64]),
        _: &PositionInputs,
        _: &Constants,
        _: &mut State,
        _: &mut [f64],
    ) -> Result<u64, KernelError> {
        Ok(0)
    }
    fn bracket(&self, _: &[f64], _: f64, _: &Constants, _: &mut [f64]) -> Result<(), KernelError> {
        Ok(())
    }
}

/// Waves of whole ticks, gapless in time.
fn waves(symbol: &str, timeframe: Timeframe, n: usize, seed: u64) -> Bars {
    let mut bars = Bars::new(symbol, timeframe);
    let (mut price, mut x) = (1_000i64, seed | 1);
    for i in 0..n {
        let mut roll = || {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            (x % 21) as i64 - 10
        };
        let open = price + roll() / 4;
        let close = (open + roll()).max(100);
        let high = open.max(close) + roll().abs();
        let low = open.min(close) - roll().abs() / 2;
        price = close;
        let p = |ticks: i64| ticks as f64 / 10.0;
        bars.push(Bar {
            time: 1_704_067_200_000 + i as i64 * timeframe.ms(),
            open: p(open),
            high: p(high),
            low: p(low),
            close: p(close),
            volume: 1.0,
        });
    }
    bars
}

fn data() -> Vec<Bars> {
    vec![waves("AAA", Timeframe::H1, 9_000, 7)]
}

#[test]
fn a_run_reports_what_it_did() {
    let kernel = AboveMean::new(Timeframe::H1);
    let (data, settings) = (data(), RunSettings::default());
    let input = BacktestInput {
        source: "abc",
        compiler: "0.1.0",
        plots: true,
        ..BacktestInput::new(&kernel, &[5.0], &data, &settings)
    };
    let r = run_backtest(&input).unwrap();
    assert!(r.trades.len() > 500);
    assert_eq!(r.curve.len(), 9_000);
    let pnl: f64 = r.trades.iter().map(|t| t.pnl).sum();
    assert!((r.metrics.final_equity - 10_000.0 - pnl).abs() < 1e-6);
    assert_eq!(r.metrics.trades as usize, r.trades.len());
    assert_eq!(
        (r.warmup.bars, r.warmup.first_tradable[0]),
        (4, Some(data[0].time[4]))
    );
    assert_eq!(r.run.params, vec![("n".to_owned(), 5.0)]);
    assert_eq!(r.run.data[0].hash, data[0].hash());
    assert_eq!(r.symbols[0].tick, 0.1);
    assert!(r.warnings.iter().any(|w| w.contains("funding")));
    assert!(r.warnings.iter().any(|w| w.contains("shrunk")));
    assert_eq!(r.plots.len(), 1);
    assert_eq!(r.plots[0].values.len(), 9_000);
    assert!(r.plots[0].values[3].is_nan() && !r.plots[0].values[4].is_nan());
    let t = &r.trades[0];
    assert_eq!(r.levels_of(t)[0].time, t.entry_time);
    assert!((r.levels_of(t)[0].stop - t.entry_price * 0.98).abs() < 1e-9);
    // A decision at the close of the first tradable bar fills at the next open at the earliest.
    assert!(t.entry_row >= 5);
}

#[test]
fn from_and_to_cut_the_run_and_history_before_warms_it_up() {
    let kernel = AboveMean::new(Timeframe::H1);
    let (data, settings) = (data(), RunSettings::default());
    let times = &data[0].time;
    let input = BacktestInput {
        from: Some(times[3_000]),
        to: Some(times[5_000]),
        ..BacktestInput::new(&kernel, &[50.0], &data, &settings)
    };
    let r = run_backtest(&input).unwrap();
    assert_eq!(r.rows, vec![3_000..5_000]);
    assert_eq!(r.curve.len(), 2_000);
    assert_eq!(r.warmup.first_tradable[0], Some(times[3_000]));
    assert!(
        r.trades
            .iter()
            .all(|t| t.entry_time > times[3_000] && t.exit_time < times[5_000])
    );
    assert_eq!(r.equity(&data)[0].time, times[3_000]);
    // Without history before it, the same span starts later.
    let cut = vec![data[0].slice(3_000..5_000)];
    let late = run_backtest(&BacktestInput::new(&kernel, &[50.0], &cut, &settings)).unwrap();
    assert_eq!(late.warmup.first_tradable[0], Some(times[3_049]));
    let none = BacktestInput {
        from: Some(i64::MAX),
        ..BacktestInput::new(&kernel, &[5.0], &data, &settings)
    };
    assert!(matches!(
        run_backtest(&none),
        Err(BacktestError::NoBars { .. })
    ));
}

#[test]
fn the_same_run_has_the_same_hash_and_bits_and_another_has_not() {
    let kernel = AboveMean::new(Timeframe::H1);
    let (data, settings) = (data(), RunSettings::default());
    let base = BacktestInput {
        source: "abc",
        compiler: "1",
        ..BacktestInput::new(&kernel, &[5.0], &data, &settings)
    };
    let a = run_backtest(&base).unwrap();
    let b = run_backtest(&base).unwrap();
    assert_eq!(a.run, b.run);
    assert_eq!(format!("{:?}", a.trades), format!("{:?}", b.trades));
    assert_eq!(a.curve, b.curve);
    let dear = RunSettings {
        taker_fee: 0.001,
        ..settings.clone()
    };
    let funding = [Some(Funding {
        time: vec![data[0].time[10]],
        rate: vec![1e-5],
    })];
    for other in [
        BacktestInput {
            source: "abd",
            ..base
        },
        BacktestInput {
            compiler: "2",
            ..base
        },
        BacktestInput {
            params: &[6.0],
            ..base
        },
        BacktestInput {
            settings: &dear,
            ..base
        },
        BacktestInput {
            from: Some(data[0].time[1]),
            ..base
        },
        BacktestInput {
            funding: &funding,
            ..base
        },
    ] {
        assert_ne!(run_backtest(&other).unwrap().run.hash, a.run.hash);
    }
    let given = [data[0].hash()];
    assert_eq!(
        run_backtest(&BacktestInput {
            data_hashes: &given,
            ..base
        })
        .unwrap()
        .run
        .hash,
        a.run.hash
    );
}

#[test]
fn finer_bars_are_resampled_to_the_clock() {
    let kernel = AboveMean::new(Timeframe::H1);
    let settings = RunSettings::default();
    let fine = vec![waves("AAA", Timeframe::M15, 8_000, 3)];
    let hourly = vec![sixbtc_market::resample(&fine[0], Timeframe::H1).unwrap()];
    let a = run_backtest(&BacktestInput::new(&kernel, &[5.0], &fine, &settings)).unwrap();
    let b = run_backtest(&BacktestInput::new(&kernel, &[5.0], &hourly, &settings)).unwrap();
    assert_eq!(format!("{:?}", a.trades), format!("{:?}", b.trades));
    assert_eq!(a.bars(&fine, 0), Some(&hourly[0]));
    assert_eq!(a.time(&fine), b.time(&hourly));
    // The same bars tell what happened first within an hour.
    let with = BacktestInput {
        intrabar: &fine,
        ..BacktestInput::new(&kernel, &[5.0], &fine, &settings)
    };
    assert!(run_backtest(&with).is_ok());
    let wrong = BacktestInput {
        intrabar: &hourly,
        ..BacktestInput::new(&kernel, &[5.0], &hourly, &settings)
    };
    assert!(matches!(
        run_backtest(&wrong),
        Err(BacktestError::Intrabar { .. })
    ));
}

#[test]
fn several_symbols_share_one_account() {
    let kernel = AboveMean::new(Timeframe::H1);
    let settings = RunSettings {
        max_positions: 2,
        ..RunSettings::default()
    };
    let mut data = vec![
        waves("AAA", Timeframe::H1, 9_000, 7),
        waves("BBB", Timeframe::H1, 8_000, 9),
        waves("CCC", Timeframe::H1, 50, 11),
    ];
    // A hole in one series.
    let hole = data[1].slice(0..3_000);
    let rest = data[1].slice(3_100..8_000);
    data[1] = hole;
    data[1].append(&rest);
    let r = run_backtest(&BacktestInput::new(&kernel, &[5.0], &data, &settings)).unwrap();
    assert_eq!(r.clock, data[0].time);
    assert_eq!(r.time(&data).len(), r.curve.len());
    assert!(
        [0, 1, 2]
            .iter()
            .all(|s| r.trades.iter().any(|t| t.symbol == *s))
    );
    let pnl: f64 = r.trades.iter().map(|t| t.pnl).sum();
    assert!((r.curve.last() - 10_000.0 - pnl).abs() < 1e-6);
    assert!(r.skipped.total() > 0);
}

#[test]
fn wrong_use_is_told_apart() {
    let kernel = AboveMean::new(Timeframe::H1);
    let (data, settings) = (data(), RunSettings::default());
    let base = BacktestInput::new(&kernel, &[5.0], &data, &settings);
    assert!(matches!(
        run_backtest(&BacktestInput { data: &[], ..base }),
        Err(BacktestError::NoSymbols)
    ));
    assert!(matches!(
        run_backtest(&BacktestInput {
            params: &[0.0],
            ..base
        }),
        Err(BacktestError::Kernel(_))
    ));
    let specs = [SymbolSpec::new("A", 0.1), SymbolSpec::new("B", 0.1)];
    assert!(matches!(
        run_backtest(&BacktestInput {
            specs: &specs,
            ..base
        }),
        Err(BacktestError::Parallel { .. })
    ));
    let bad = RunSettings {
        capital: -1.0,
        ..RunSettings::default()
    };
    let error = run_backtest(&BacktestInput {
        settings: &bad,
        ..base
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "setting `capital` is -1, it must be an amount above 0"
    );
    let daily = vec![waves("AAA", Timeframe::D1, 50, 1)];
    assert!(matches!(
        run_backtest(&BacktestInput {
            data: &daily,
            ..base
        }),
        Err(BacktestError::Market(_))
    ));
}

#[test]
fn too_short_data_warns() {
    let kernel = AboveMean::new(Timeframe::H1);
    let (data, settings) = (
        vec![waves("AAA", Timeframe::H1, 20, 7)],
        RunSettings {
            fill: FillAt::Close,
            ..RunSettings::default()
        },
    );
    let r = run_backtest(&BacktestInput::new(&kernel, &[50.0], &data, &settings)).unwrap();
    assert_eq!(r.warmup.first_tradable, vec![None]);
    assert!(r.trades.is_empty());
    assert!(
        r.warnings.iter().any(|w| w.contains("warm-up"))
            && r.warnings.iter().any(|w| w.contains("close"))
    );
}

#[test]
fn files_have_the_stable_columns_and_read_back() {
    let kernel = AboveMean::new(Timeframe::H1);
    let (data, settings) = (
        vec![waves("AAA", Timeframe::H1, 60, 7)],
        RunSettings::default(),
    );
    let input = BacktestInput {
        source: "abc",
        compiler: "0.1.0",
        ..BacktestInput::new(&kernel, &[5.0], &data, &settings)
    };
    let r = run_backtest(&input).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("runs/one");
    write_files(&r, &data, &out).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(&out)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["equity.csv", "report.json", "trades.csv"]);
    let trades = std::fs::read_to_string(out.join("trades.csv")).unwrap();
    let equity = std::fs::read_to_string(out.join("equity.csv")).unwrap();
    assert_eq!(trades.lines().count(), r.trades.len() + 1);
    assert_eq!(equity.lines().count(), 61);
    insta::assert_snapshot!(
        "trades",
        trades.lines().take(6).collect::<Vec<_>>().join("\n")
    );
    insta::assert_snapshot!(
        "equity",
        equity.lines().take(12).collect::<Vec<_>>().join("\n")
    );
    let report = Report::read(&out.join("report.json")).unwrap();
    assert_eq!(report, Report::of(&r));
    insta::assert_snapshot!(
        "report",
        std::fs::read_to_string(out.join("report.json")).unwrap()
    );

    let dear = RunSettings {
        slippage: 0.002,
        ..settings
    };
    let other = run_backtest(&BacktestInput {
        settings: &dear,
        ..input
    })
    .unwrap();
    let second = dir.path().join("two");
    write_files(&other, &data, &second).unwrap();
    let c = compare(&[out.clone(), second.join("report.json")]).unwrap();
    assert_eq!(c.runs.len(), 2);
    assert_eq!(
        c.differences
            .iter()
            .map(|d| d.name.as_str())
            .collect::<Vec<_>>(),
        ["settings.slippage"]
    );
    assert_eq!(c.metrics[0].name, "final_equity");
    assert_eq!(
        c.metrics[0].values,
        vec![
            Some(r.metrics.final_equity),
            Some(other.metrics.final_equity)
        ]
    );
    std::fs::write(out.join("report.json"), "{}").unwrap();
    assert!(matches!(compare(&[out]), Err(BacktestError::Report { .. })));
    assert!(matches!(
        compare(&[dir.path().join("nowhere.json")]),
        Err(BacktestError::Io { .. })
    ));
}
