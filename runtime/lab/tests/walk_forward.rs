//! Walking forward over random walks with a compiled strategy.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod support;

use sixbtc_engine::RunSettings;
use sixbtc_lab::{
    ByRuns, BySweep, Delayed, Evaluators, Lengths, Scheme, Seeking, Span, Subject, Tried,
    Unwatched, WindowPlan, walk_forward,
};
use sixbtc_sweep::{Objective, Search, Space};
use support::{CROSS, grid, market, program};

fn plan(scheme: Scheme) -> WindowPlan {
    WindowPlan {
        scheme,
        lengths: Lengths::Count {
            windows: 5,
            ratio: 2.0,
        },
        ..WindowPlan::default()
    }
}

#[test]
fn tests_are_plain_runs_of_what_was_chosen_before_them() {
    let compiled = program(CROSS);
    let (market, settings) = (market(3_000, 4), RunSettings::default());
    let subject = Subject::new(&*compiled.kernel, &market, &settings);
    let points = grid(&compiled);
    let fit = Seeking {
        tried: Tried::These(points.clone()),
        objective: Objective::parse("sharpe").unwrap(),
        least_trades: 3,
    };
    let span = subject.span().unwrap();
    let walked = walk_forward(
        &subject,
        span,
        &plan(Scheme::Rolling),
        &fit,
        &ByRuns,
        &Unwatched,
    )
    .unwrap();
    assert_eq!(walked.windows.len(), 5);
    assert_eq!(walked.trials.points, 5 * 6);
    let mut capital = settings.capital;
    for w in &walked.windows {
        let chosen = points
            .iter()
            .filter(|p| subject.kernel.bind(p).is_ok())
            .map(|p| (p, subject.run(p, w.window.in_sample).unwrap().metrics))
            .filter(|(_, m)| m.trades >= 3.0)
            .fold(None, |best: Option<(&Vec<f64>, f64)>, (p, m)| match best {
                Some((_, s)) if m.sharpe <= s => best,
                _ => Some((p, m.sharpe)),
            })
            .unwrap();
        assert_eq!(&w.params, chosen.0);
        assert_eq!(w.objective_in, chosen.1);
        let own = RunSettings {
            capital,
            ..settings.clone()
        };
        let run = subject.run_with(&w.params, w.window.test, &own).unwrap();
        assert_eq!(run.metrics.sharpe.to_bits(), w.test.sharpe.to_bits());
        capital = run.metrics.final_equity;
    }
    assert_eq!(walked.metrics.final_equity, capital);
    assert_eq!(walked.stitched.curve.last(), capital);
    let bars = (span.to - walked.windows[0].window.test.from) / 3_600_000;
    assert_eq!(walked.stitched.time.len() as i64, bars);
    assert_eq!(walked.stitched.curve.len() as i64, bars);
    assert!(walked.stitched.time.windows(2).all(|t| t[0] < t[1]));
    let pnl: f64 = walked.stitched.trades.iter().map(|t| t.pnl).sum();
    assert!((capital - settings.capital - pnl).abs() < 1e-6);
    assert!(
        walked
            .stitched
            .trades
            .iter()
            .zip(1..)
            .all(|(t, id)| t.id == id && t.exit_row < bars as u32)
    );
    assert_eq!(walked.stability.len(), 2);
}

#[test]
fn threads_change_nothing() {
    let compiled = program(CROSS);
    let (market, settings) = (market(2_000, 9), RunSettings::default());
    let subject = Subject::new(&*compiled.kernel, &market, &settings);
    let fit = Seeking {
        tried: Tried::These(grid(&compiled)),
        objective: Objective::parse("sharpe").unwrap(),
        least_trades: 0,
    };
    let span = subject.span().unwrap();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let walked = pool.install(|| {
            walk_forward(
                &subject,
                span,
                &plan(Scheme::Anchored),
                &fit,
                &ByRuns,
                &Unwatched,
            )
            .unwrap()
        });
        format!("{walked:?}")
    };
    assert_eq!(with(1), with(7));
}

#[test]
fn a_delay_of_nothing_changes_nothing_and_a_delay_of_one_enters_a_bar_later() {
    let compiled = program(CROSS);
    let (market, settings) = (market(2_000, 5), RunSettings::default());
    let subject = Subject::new(&*compiled.kernel, &market, &settings);
    let span = Span {
        from: market.bars[0].time[500],
        ..subject.span().unwrap()
    };
    let point = subject.defaults();
    let plain = subject.run(&point, span).unwrap();
    let runs: Vec<_> = (0..3)
        .map(|bars| {
            let late = Delayed::new(subject.kernel, bars).unwrap();
            subject.with_kernel(&late).run(&point, span).unwrap()
        })
        .collect();
    assert_eq!(
        format!("{:?}", runs[0].trades),
        format!("{:?}", plain.trades)
    );
    assert_eq!(runs[0].curve, plain.curve);
    assert!(plain.trades.len() > 10);
    let mut later = 0;
    for t in &plain.trades {
        if runs[2]
            .trades
            .iter()
            .any(|l| l.entry_row == t.entry_row + 2)
        {
            later += 1;
        }
    }
    // a cross that ends within the delay is entered after its own exit, or not at all
    assert!(
        later * 10 >= plain.trades.len() * 8,
        "{later} of {}",
        plain.trades.len()
    );
    assert!(runs[1].curve != plain.curve);
}

#[test]
fn a_sweep_and_plain_runs_walk_alike() {
    let split = support::split(CROSS);
    let (market, settings) = (market(2_500, 11), RunSettings::default());
    let subject = Subject::new(&*split.whole, &market, &settings);
    let space = Space::grid(&split.whole.manifest().params, &[]).unwrap();
    let fit = |search| Seeking {
        tried: Tried::Space(space.clone(), search),
        objective: Objective::parse("sharpe - max_drawdown").unwrap(),
        least_trades: 3,
    };
    let span = subject.span().unwrap();
    let plan = plan(Scheme::Rolling);
    let walk = |search, evaluators: &dyn Evaluators| {
        walk_forward(&subject, span, &plan, &fit(search), evaluators, &Unwatched).unwrap()
    };
    let (runs, sweep) = (ByRuns, BySweep::new(&split, &settings));
    let whole = walk(Search::Grid, &runs);
    assert_eq!(
        format!("{whole:?}"),
        format!("{:?}", walk(Search::Grid, &sweep))
    );
    let random = Search::Random { budget: 4, seed: 3 };
    let drawn = walk(random.clone(), &runs);
    assert_eq!(drawn.trials.points, 5 * 4);
    assert_eq!(format!("{drawn:?}"), format!("{:?}", walk(random, &sweep)));
    assert_eq!(
        walk(Search::Sobol { budget: 3 }, &sweep).trials.points,
        5 * 3
    );
}

#[test]
fn a_strategy_without_parameters_walks_too() {
    let text = "#sbt 1

strategy plain {
  on 1h

  enter long when close > sma(close, 20)
  exit long when close < sma(close, 20)
  size 100% of equity
}
";
    let compiled = program(text);
    let (market, settings) = (market(1_500, 12), RunSettings::default());
    let subject = Subject::new(&*compiled.kernel, &market, &settings);
    let fit = Seeking {
        tried: Tried::These(vec![Vec::new()]),
        objective: Objective::parse("total_return").unwrap(),
        least_trades: 0,
    };
    let span = subject.span().unwrap();
    let plan = plan(Scheme::Rolling);
    let walked = walk_forward(&subject, span, &plan, &fit, &ByRuns, &Unwatched).unwrap();
    assert_eq!((walked.trials.points, walked.stability.len()), (5, 0));
    for w in &walked.windows {
        assert_eq!(w.objective_in, w.in_sample.total_return);
    }
}
