//! Which rows to learn from and which to test on, as plain index arithmetic.
//!
//! López de Prado, "Advances in Financial Machine Learning" (2018), chapters 7 and 12. A row's outcome is known only some
//! rows later (its **horizon**: a holding time, a label). A row whose outcome reaches into the test rows would tell the
//! training what the test asks: it is **purged**. Rows right after a test still move with it: the **embargo** takes them
//! from the training too.

// A fold of one range is a list of one range.
#![allow(clippy::single_range_in_vec_init)]

use crate::error::{JudgementError, enough, require};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Rows to learn from and rows to test on; ranges are not empty, rise, and do not touch one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Rows to learn from.
    pub train: Vec<Range<usize>>,
    /// Rows to test on.
    pub test: Vec<Range<usize>>,
}

/// Where the training of a walk-forward window begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// A window of one length moves along.
    Rolling,
    /// It always begins at the first row and grows.
    Anchored,
}

/// Walk-forward: learn on what came before, test on what follows, move on by the length of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkForward {
    /// Rows in all.
    pub rows: usize,
    /// Rows of the first training, before purging (of every training when rolling).
    pub train: usize,
    /// Rows of a test.
    pub test: usize,
    /// Where the training begins.
    pub window: Window,
    /// Rows until a row's outcome is known: as many are purged from the end of each training.
    pub horizon: usize,
    /// Further rows left out between training and test.
    pub embargo: usize,
    /// Whether a last test of fewer rows is made of what is left over.
    pub keep_rest: bool,
}

impl WalkForward {
    /// The folds in time order. Every row from `train` on is tested exactly once (with `keep_rest`, else but for the rest).
    pub fn folds(&self) -> Result<Vec<Fold>, JudgementError> {
        require(self.test >= 1, "a test has 1 row or more")?;
        let hole = self.horizon.saturating_add(self.embargo);
        require(
            self.train > hole,
            "purge and embargo leave nothing of the training",
        )?;
        let least = if self.keep_rest { 1 } else { self.test };
        enough("rows", self.train.saturating_add(least), self.rows)?;
        let mut folds = Vec::new();
        let mut start = self.train;
        while start < self.rows {
            let end = (start + self.test).min(self.rows);
            if end - start < least {
                break;
            }
            let begin = match self.window {
                Window::Rolling => start - self.train,
                Window::Anchored => 0,
            };
            folds.push(Fold {
                train: pieces([begin..start - hole]),
                test: pieces([start..end]),
            });
            start = end;
        }
        Ok(folds)
    }

    /// `folds` tests of equal length over all rows, the first training being `train_share` of a window of training and
    /// test: what a user means by "8 windows, 70 % in-sample".
    pub fn by_share(
        rows: usize,
        folds: usize,
        train_share: f64,
        window: Window,
        horizon: usize,
        embargo: usize,
    ) -> Result<Self, JudgementError> {
        require(folds >= 1, "1 window or more")?;
        require(
            train_share > 0.0 && train_share < 1.0,
            "the share of the training lies between 0 and 1",
        )?;
        // rows = train + folds × test, train = test × share / (1 − share)
        let ratio = train_share / (1.0 - train_share);
        let test = (rows as f64 / (ratio + folds as f64)).floor() as usize;
        enough("rows of a test", 1, test)?;
        Ok(Self {
            rows,
            train: rows - folds * test,
            test,
            window,
            horizon,
            embargo,
            keep_rest: false,
        })
    }
}

/// K folds: each part of the rows is tested once, all others but the purged train.
pub fn purged_k_fold(
    rows: usize,
    folds: usize,
    horizon: usize,
    embargo: usize,
) -> Result<Vec<Fold>, JudgementError> {
    Ok(CombinatorialPurged::new(rows, folds, 1, horizon, embargo)?.folds)
}

/// Combinatorial purged cross-validation: the rows are cut into groups, and each choice of some of them is a test. The
/// tests join into several whole paths through all rows, so that a result is a distribution and not one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CombinatorialPurged {
    /// Rows of each group.
    pub groups: Vec<Range<usize>>,
    /// Groups tested in each fold, in the order of the folds.
    pub tested: Vec<Vec<usize>>,
    /// One fold for each choice of test groups, `C(groups, tests)` many, in lexicographic order.
    pub folds: Vec<Fold>,
    /// Paths: for each, the fold that tests each group. `C(groups, tests) × tests / groups` many; every test of a group in
    /// a fold is in exactly one path.
    pub paths: Vec<Vec<usize>>,
}

/// More folds than anybody could run.
const MOST_FOLDS: usize = 100_000;

impl CombinatorialPurged {
    /// Cuts `rows` into `groups` and tests `tests` of them at a time. No fold may be left without rows to learn from.
    pub fn new(
        rows: usize,
        groups: usize,
        tests: usize,
        horizon: usize,
        embargo: usize,
    ) -> Result<Self, JudgementError> {
        require(groups >= 2, "2 groups of rows or more")?;
        require(
            tests >= 1 && tests < groups,
            "at least one group is tested and one trained on",
        )?;
        enough("rows", groups, rows)?;
        require(
            choices(groups, tests).is_some_and(|n| n <= MOST_FOLDS),
            "more than 100,000 folds",
        )?;
        // Lengths differ by one at most; the longer groups come first.
        let groups: Vec<Range<usize>> = (0..groups)
            .map(|i| {
                let start = |i: usize| i * (rows / groups) + i.min(rows % groups);
                start(i)..start(i + 1)
            })
            .collect();
        let tested = combinations(groups.len(), tests);
        let mut folds = Vec::with_capacity(tested.len());
        let mut paths: Vec<Vec<usize>> = Vec::new();
        let mut taken = vec![0; groups.len()];
        for (number, choice) in tested.iter().enumerate() {
            let tests: Vec<Range<usize>> = choice.iter().map(|&i| groups[i].clone()).collect();
            let fold = Fold {
                train: train_around(rows, &tests, horizon, embargo),
                test: pieces(tests),
            };
            require(
                !fold.train.is_empty(),
                "purge and embargo leave nothing of the training",
            )?;
            folds.push(fold);
            for &group in choice {
                // The k-th time a group is tested belongs to path k.
                let path = taken[group];
                taken[group] += 1;
                if paths.len() == path {
                    paths.push(vec![0; groups.len()]);
                }
                paths[path][group] = number;
            }
        }
        Ok(Self {
            groups,
            tested,
            folds,
            paths,
        })
    }
}

/// All rows that neither are tested, nor have an outcome within the tests, nor see the outcome of a test, nor are
/// embargoed.
fn train_around(
    rows: usize,
    tests: &[Range<usize>],
    horizon: usize,
    embargo: usize,
) -> Vec<Range<usize>> {
    let mut train = Vec::new();
    let mut from = 0;
    for test in tests {
        let until = test.start.saturating_sub(horizon);
        if until > from {
            train.push(from..until);
        }
        // A test row's outcome reaches `horizon` rows beyond it: training rows there share it.
        from = test.end.saturating_add(horizon).saturating_add(embargo);
    }
    if from < rows {
        train.push(from..rows);
    }
    pieces(train)
}

/// Joins ranges that touch; takes out empty ones.
fn pieces(ranges: impl IntoIterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ if range.is_empty() => {}
            _ => joined.push(range),
        }
    }
    joined
}

/// All choices of `k` out of `0..n`, in lexicographic order.
fn combinations(n: usize, k: usize) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    let mut choice: Vec<usize> = (0..k).collect();
    loop {
        all.push(choice.clone());
        let Some(at) = (0..k).rev().find(|&i| choice[i] < n - k + i) else {
            return all;
        };
        choice[at] += 1;
        for i in at + 1..k {
            choice[i] = choice[i - 1] + 1;
        }
    }
}

/// C(n, k), when it fits.
fn choices(n: usize, k: usize) -> Option<usize> {
    let k = k.min(n - k);
    (0..k).try_fold(1usize, |product, i| {
        Some(product.checked_mul(n - i)? / (i + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::FOLDS;
    use proptest::prelude::*;

    #[test]
    fn the_paths_of_the_book() {
        // six groups, two tested: 15 folds and 5 paths (figure 12.1)
        let cv = CombinatorialPurged::new(600, 6, 2, 0, 0).unwrap();
        assert_eq!((cv.folds.len(), cv.paths.len()), (15, 5));
        assert_eq!(cv.tested[0], [0, 1]);
        assert_eq!(cv.tested[14], [4, 5]);
        // path 1 of figure 12.2 takes groups 1 and 2 from fold 1, group 3 from fold 2, and so on
        assert_eq!(cv.paths[0], [0, 0, 1, 2, 3, 4]);
        assert_eq!(cv.paths[1], [1, 5, 5, 6, 7, 8]);
        assert_eq!(cv.folds[5].test, [100..300]);
        assert_eq!(cv.folds[5].train, [0..100, 300..600]);
    }

    #[test]
    fn folds_as_skfolio_makes_them() {
        for (rows, groups, tests, purge, embargo, paths, folds, trained, weighed) in FOLDS {
            let cv = CombinatorialPurged::new(rows, groups, tests, purge, embargo).unwrap();
            let trains: Vec<Vec<usize>> = cv.folds.iter().map(|f| rows_of(&f.train)).collect();
            assert_eq!((cv.paths.len(), trains.len()), (paths, folds));
            assert_eq!(trains.iter().map(Vec::len).sum::<usize>(), trained);
            let sums = trains.iter().map(|train| train.iter().sum::<usize>());
            assert_eq!(
                sums.enumerate()
                    .map(|(i, sum)| (i + 1) * sum)
                    .sum::<usize>(),
                weighed
            );
        }
    }

    #[test]
    fn purge_and_embargo_by_hand() {
        let folds = purged_k_fold(100, 5, 3, 2).unwrap();
        assert_eq!(folds[2].test, [40..60]);
        assert_eq!(folds[2].train, [0..37, 65..100]);
        assert_eq!(folds[0].train, [25..100]);
        assert_eq!(folds[4].train, [0..77]);
        assert!(purged_k_fold(100, 5, 90, 0).is_err());
    }

    #[test]
    fn windows_by_hand() {
        let mut walk = WalkForward {
            rows: 100,
            train: 40,
            test: 25,
            window: Window::Rolling,
            horizon: 3,
            embargo: 2,
            keep_rest: true,
        };
        let fold = |train, test| Fold {
            train: vec![train],
            test: vec![test],
        };
        assert_eq!(
            walk.folds().unwrap(),
            [
                fold(0..35, 40..65),
                fold(25..60, 65..90),
                fold(50..85, 90..100)
            ]
        );
        walk.window = Window::Anchored;
        walk.keep_rest = false;
        assert_eq!(
            walk.folds().unwrap(),
            [fold(0..35, 40..65), fold(0..60, 65..90)]
        );
        walk.horizon = 38;
        assert!(walk.folds().is_err());
        let eight = WalkForward::by_share(1_030, 8, 0.7, Window::Rolling, 0, 0).unwrap();
        assert_eq!((eight.train, eight.test), (238, 99));
        assert_eq!(eight.folds().unwrap().len(), 8);
        assert_eq!(eight.folds().unwrap()[7].test, [931..1_030]);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(CombinatorialPurged::new(100, 6, 6, 0, 0).is_err());
        assert!(CombinatorialPurged::new(100, 1, 1, 0, 0).is_err());
        assert!(CombinatorialPurged::new(5, 6, 1, 0, 0).is_err());
        assert!(CombinatorialPurged::new(1_000, 60, 30, 0, 0).is_err());
        assert!(WalkForward::by_share(5, 8, 0.7, Window::Rolling, 0, 0).is_err());
        assert!(purged_k_fold(usize::MAX, 2, usize::MAX, usize::MAX).is_err());
    }

    fn rows_of(ranges: &[Range<usize>]) -> Vec<usize> {
        ranges.iter().flat_map(Clone::clone).collect()
    }

    /// What must hold of any fold: a training row and its outcome and a test row and its outcome have no row in common,
    /// and no training row is within the embargo behind a test's outcome.
    fn sound(fold: &Fold, horizon: usize, embargo: usize) -> Result<(), TestCaseError> {
        for (side, others) in [(&fold.train, "train"), (&fold.test, "test")] {
            prop_assert!(!side.is_empty(), "{others}");
            prop_assert!(side.iter().all(|r| r.start < r.end));
            prop_assert!(side.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
        for &row in &rows_of(&fold.train) {
            for test in &fold.test {
                let before = row + horizon < test.start;
                let after = row >= test.end + horizon + embargo;
                prop_assert!(before || after, "{row} beside {test:?}");
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn walks_test_every_row_once(
            train in 1usize..80, test in 1usize..40, extra in 1usize..200, horizon in 0usize..10, embargo in 0usize..10,
            rolling in any::<bool>(),
        ) {
            let window = if rolling { Window::Rolling } else { Window::Anchored };
            let walk = WalkForward {
                rows: train + extra, train, test, window, horizon, embargo, keep_rest: true,
            };
            let Ok(folds) = walk.folds() else {
                prop_assert!(train <= horizon + embargo);
                return Ok(());
            };
            let tested: Vec<usize> = folds.iter().flat_map(|fold| rows_of(&fold.test)).collect();
            prop_assert_eq!(tested, (train..train + extra).collect::<Vec<_>>());
            for fold in &folds {
                sound(fold, horizon, embargo)?;
                prop_assert_eq!(fold.train[0].end + horizon + embargo, fold.test[0].start);
            }
        }

        #[test]
        fn combinatorial_folds_are_sound(
            rows in 40usize..200, groups in 2usize..8, tests in 1usize..7, horizon in 0usize..6, embargo in 0usize..6,
        ) {
            prop_assume!(tests < groups);
            let Ok(cv) = CombinatorialPurged::new(rows, groups, tests, horizon, embargo) else {
                return Ok(());
            };
            prop_assert_eq!(Some(cv.folds.len()), choices(groups, tests));
            prop_assert_eq!(cv.paths.len() * groups, cv.folds.len() * tests);
            for fold in &cv.folds {
                sound(fold, horizon, embargo)?;
            }
            // each path tests each group once, each test of a fold is in one path
            let mut used = std::collections::BTreeSet::new();
            for path in &cv.paths {
                for (group, &fold) in path.iter().enumerate() {
                    prop_assert!(cv.tested[fold].contains(&group));
                    prop_assert!(used.insert((group, fold)));
                }
            }
            prop_assert_eq!(used.len(), cv.folds.len() * tests);
            prop_assert_eq!(rows_of(&cv.groups), (0..rows).collect::<Vec<_>>());
        }

        #[test]
        fn folds_use_every_row_without_purge(rows in 10usize..100, folds in 2usize..10) {
            for fold in purged_k_fold(rows, folds, 0, 0).unwrap() {
                let mut all = [rows_of(&fold.train), rows_of(&fold.test)].concat();
                all.sort_unstable();
                prop_assert_eq!(all, (0..rows).collect::<Vec<_>>());
            }
        }
    }
}
