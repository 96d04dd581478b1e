//! What the searches find, and that they look at nothing twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod support;

use sixbtc_abi::ParamSpec;
use sixbtc_sweep::{Evaluate, Objective, Outcome, Search, Space, Sweep, SweepError};
use std::sync::atomic::Ordering;
use std::time::Instant;
use support::{Rosenbrock, identity, params};

fn sweep(
    params: &[ParamSpec],
    search: &Search,
    evaluator: &Rosenbrock,
    threads: usize,
) -> Result<Outcome, SweepError> {
    let space = Space::grid(params, &[])?;
    let evaluators: [&dyn Evaluate; 1] = [evaluator];
    let objectives = [Objective::parse("sharpe").unwrap()];
    let identity = identity("x");
    let mut sweep = Sweep::new(&space, &evaluators, &objectives, &identity);
    sweep.search = search;
    sweep.threads = threads;
    sweep.top = 5;
    sweep.run()
}

fn budgeted(budget: u64) -> Vec<Search> {
    vec![
        Search::Random { budget, seed: 3 },
        Search::Sobol { budget },
        Search::Genetic {
            budget,
            seed: 3,
            population: 20,
        },
    ]
}

#[test]
fn the_grid_finds_the_top_and_ranks_what_is_missing_last() {
    let evaluator = Rosenbrock::new(0, 16);
    let found = sweep(&params(&[21, 21]), &Search::Grid, &evaluator, 3).unwrap();
    assert_eq!(found.points, 441);
    assert_eq!(found.best[0].point, [15.0, 15.0]);
    assert_eq!(found.best[0].worth, [0.0]);
    let missing = (0..21)
        .flat_map(|a| (0..21).map(move |b| a + b))
        .filter(|s| s % 7 == 0)
        .count() as u64;
    assert_eq!(found.missing, [missing]);
    assert!(
        found
            .best
            .windows(2)
            .all(|w| w[0].worth[0] >= w[1].worth[0])
    );
}

#[test]
fn excluded_points_are_counted_and_not_evaluated() {
    let evaluator = Rosenbrock::new(3, 16);
    let found = sweep(&params(&[9, 9]), &Search::Grid, &evaluator, 2).unwrap();
    assert_eq!(found.pruned, 27);
    assert_eq!(found.points, 54);
    assert!(
        evaluator
            .seen
            .lock()
            .unwrap()
            .iter()
            .all(|p| p.iter().sum::<f64>() % 3.0 != 0.0)
    );
}

#[test]
fn a_contradiction_leaves_no_point_and_says_so() {
    for search in [vec![Search::Grid], budgeted(10)].concat() {
        let said = sweep(&params(&[9, 9]), &search, &Rosenbrock::new(1, 16), 2)
            .unwrap_err()
            .to_string();
        assert_eq!(
            said,
            "no point is left: all 81 points tried break `require sum % 1 != 0`. Widen a range or relax the condition",
            "{}",
            search.name()
        );
    }
}

#[test]
fn a_huge_grid_is_refused_at_once_and_drawn_from_gladly() {
    let begun = Instant::now();
    let huge = params(&[1000, 1000, 1000, 1000]);
    let said = sweep(&huge, &Search::Grid, &Rosenbrock::new(0, 16), 2)
        .unwrap_err()
        .to_string();
    assert!(
        said.starts_with("the space has 10^12 points; a grid of more than 1,000,000,000"),
        "{said}"
    );
    assert!(said.contains("--search random"), "{said}");
    for search in budgeted(200) {
        let evaluator = Rosenbrock::new(3, 16);
        assert_eq!(sweep(&huge, &search, &evaluator, 2).unwrap().points, 200);
    }
    assert!(begun.elapsed().as_secs() < 20, "this is to take a moment");
    let none = sweep(
        &huge,
        &Search::Random { budget: 0, seed: 1 },
        &Rosenbrock::new(0, 16),
        2,
    );
    assert!(none.unwrap_err().to_string().contains("budget of 0"));
}

#[test]
fn searches_evaluate_nothing_twice_and_exhaust_small_spaces() {
    for search in budgeted(5_000) {
        let evaluator = Rosenbrock::new(4, 16);
        // without output there is no calibration to tell apart: points that were only timed are evaluated again
        let found = sweep(&params(&[11, 13]), &search, &evaluator, 2).unwrap();
        let admitted = (0..11)
            .flat_map(|a| (0..13).map(move |b| a + b))
            .filter(|s| s % 4 != 0)
            .count() as u64;
        assert_eq!(found.points, admitted, "{}", search.name());
        assert_eq!(found.pruned, 143 - admitted, "{}", search.name());
        let space = Space::grid(&params(&[11, 13]), &[]).unwrap();
        assert!(space.count() == 143);
    }
}

#[test]
fn results_do_not_depend_on_threads_and_do_on_the_seed() {
    let lengths = params(&[15, 15, 15, 15]);
    for search in budgeted(300) {
        let of = |threads, batch| {
            sweep(&lengths, &search, &Rosenbrock::new(5, batch), threads)
                .unwrap()
                .best
        };
        assert_eq!(
            format!("{:?}", of(1, 16)),
            format!("{:?}", of(4, 3)),
            "{}",
            search.name()
        );
    }
    let drawn = |seed| {
        let found = sweep(
            &lengths,
            &Search::Random { budget: 300, seed },
            &Rosenbrock::new(5, 8),
            2,
        );
        found
            .unwrap()
            .best
            .iter()
            .map(|b| b.number)
            .collect::<Vec<_>>()
    };
    assert_ne!(drawn(1), drawn(2));
}

#[test]
fn the_genetic_search_climbs_higher_than_chance() {
    let lengths = params(&[21, 21, 21, 21]);
    let best = |search: &Search| {
        sweep(&lengths, search, &Rosenbrock::new(0, 16), 2)
            .unwrap()
            .best[0]
            .worth[0]
    };
    let mut wins = 0;
    for seed in 0..8 {
        let bred = best(&Search::Genetic {
            budget: 1_500,
            seed,
            population: 40,
        });
        let drawn = best(&Search::Random {
            budget: 1_500,
            seed,
        });
        wins += usize::from(bred > drawn);
    }
    assert!(wins >= 7, "{wins} of 8");
}

#[test]
fn sobol_covers_each_axis_evenly() {
    let evaluator = Rosenbrock::new(0, 16);
    sweep(
        &params(&[16, 16, 16]),
        &Search::Sobol { budget: 256 },
        &evaluator,
        1,
    )
    .unwrap();
    let seen = evaluator.seen.lock().unwrap();
    // the last 256 evaluations are the sweep, those before it the calibration
    let last = &seen[seen.len() - 256..];
    for axis in 0..3 {
        for v in 0..16 {
            let n = last.iter().filter(|p| p[axis] == f64::from(v)).count();
            assert_eq!(n, 16, "axis {axis}, value {v}");
        }
    }
}

#[test]
fn halving_spends_the_long_span_on_few_points() {
    let space = Space::grid(&params(&[21, 21]), &[]).unwrap();
    let spans: Vec<Rosenbrock> = (0..3).map(|_| Rosenbrock::new(0, 8)).collect();
    let evaluators: Vec<&dyn Evaluate> = spans.iter().map(|s| s as &dyn Evaluate).collect();
    let objectives = [Objective::parse("sharpe").unwrap()];
    let identity = identity("x");
    let search = Search::Halving {
        budget: 180,
        seed: 1,
        keep_one_in: 3,
    };
    let mut sweep = Sweep::new(&space, &evaluators, &objectives, &identity);
    sweep.search = &search;
    sweep.threads = 1;
    let found = sweep.run().unwrap();
    assert_eq!(found.points, 20);
    assert_eq!(found.evaluated, 180 + 60 + 20);
    assert_eq!(spans[1].count.load(Ordering::Relaxed), 60);
    assert_eq!(spans[2].count.load(Ordering::Relaxed), 20);
    let blind = [Objective::parse("sharpe / 0 * 0").unwrap()];
    let mut none = Sweep::new(&space, &evaluators, &blind, &identity);
    none.search = &search;
    let said = none.run().unwrap_err().to_string();
    assert!(
        said.contains("on span 1 of 3 of the data none of 180 points"),
        "{said}"
    );
    let mut one = Sweep::new(&space, &evaluators[..1], &objectives, &identity);
    one.search = &search;
    assert!(one.run().unwrap_err().to_string().contains("two spans"));
}

#[test]
fn several_objectives_make_a_front() {
    let space = Space::grid(&params(&[12, 12]), &[]).unwrap();
    let evaluator = Rosenbrock::new(0, 8);
    let evaluators: [&dyn Evaluate; 1] = [&evaluator];
    let objectives = ["sharpe", "min:max_drawdown"].map(|o| Objective::parse(o).unwrap());
    let identity = identity("x");
    let found = Sweep::new(&space, &evaluators, &objectives, &identity)
        .run()
        .unwrap();
    assert!(found.front.len() > 1);
    for a in &found.front {
        for b in &found.front {
            assert!(
                a == b || a.worth[0] > b.worth[0] || a.worth[1] > b.worth[1] || a.worth == b.worth
            );
        }
    }
    assert_eq!(found.front[0].number, found.best[0].number);
    let wrong = [Objective::parse("sharp").unwrap()];
    let said = Sweep::new(&space, &evaluators, &wrong, &identity)
        .run()
        .unwrap_err()
        .to_string();
    assert!(said.contains("did you mean `sharpe`?"), "{said}");
}
