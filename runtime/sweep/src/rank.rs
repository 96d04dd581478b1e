//! The best points, in one order whatever the order they came in.

use std::cmp::Ordering;

/// A point with what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Its number in the space.
    pub number: u64,
    /// Its values, in the order of the manifest.
    pub point: Vec<f64>,
    /// What it is worth by each objective, more is better; NaN when missing.
    pub worth: Vec<f64>,
    /// Its figures.
    pub figures: Vec<f64>,
}

/// Better first: the larger worth, then the smaller number; what has no worth comes last.
pub fn better_first(a: (f64, u64), b: (f64, u64)) -> Ordering {
    match (a.0.is_nan(), b.0.is_nan()) {
        (false, true) => Ordering::Less,
        (true, false) => Ordering::Greater,
        // equal or both missing: the number decides, also between 0 and −0
        _ => b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal),
    }
    .then(a.1.cmp(&b.1))
}

/// The best of a stream, by the first objective.
#[derive(Debug, Clone)]
pub struct Top {
    keep: usize,
    best: Vec<Ranked>,
}

impl Top {
    /// Keeps so many.
    pub fn new(keep: usize) -> Self {
        Self {
            keep,
            best: Vec::new(),
        }
    }

    /// Whether a point of this worth and number would be kept.
    pub fn takes(&self, worth: f64, number: u64) -> bool {
        self.best.len() < self.keep
            || self
                .best
                .last()
                .is_some_and(|worst| better_first((worth, number), key(worst)) == Ordering::Less)
    }

    /// Takes a point if it is among the best so far.
    pub fn add(&mut self, ranked: Ranked) {
        if self.keep == 0 || !self.takes(key(&ranked).0, ranked.number) {
            return;
        }
        let at = self
            .best
            .partition_point(|b| better_first(key(b), key(&ranked)) == Ordering::Less);
        self.best.insert(at, ranked);
        self.best.truncate(self.keep);
    }

    /// The best, best first.
    pub fn into_best(self) -> Vec<Ranked> {
        self.best
    }

    /// The best one.
    pub fn first(&self) -> Option<&Ranked> {
        self.best.first()
    }
}

fn key(r: &Ranked) -> (f64, u64) {
    (r.worth.first().copied().unwrap_or(f64::NAN), r.number)
}

/// The points that no other beats in all objectives (the Pareto front) of a stream.
#[derive(Debug, Clone, Default)]
pub struct Front {
    points: Vec<Ranked>,
}

impl Front {
    /// Takes a point unless another is at least as good by every objective and better by one. Points that lack an objective
    /// do not take part.
    pub fn add(&mut self, ranked: Ranked) {
        if ranked.worth.iter().any(|w| w.is_nan()) || self.points.iter().any(|p| beats(p, &ranked))
        {
            return;
        }
        self.points.retain(|p| !beats(&ranked, p));
        self.points.push(ranked);
    }

    /// The front, best by the first objective first.
    pub fn into_points(mut self) -> Vec<Ranked> {
        self.points.sort_by(|a, b| better_first(key(a), key(b)));
        self.points
    }
}

fn beats(a: &Ranked, b: &Ranked) -> bool {
    let pairs = || a.worth.iter().zip(&b.worth);
    pairs().all(|(x, y)| x >= y) && pairs().any(|(x, y)| x > y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ranked(number: u64, worth: &[f64]) -> Ranked {
        Ranked {
            number,
            point: vec![],
            worth: worth.to_vec(),
            figures: vec![],
        }
    }

    fn worths() -> impl Strategy<Value = Vec<(i8, i8, bool)>> {
        proptest::collection::vec((0_i8..6, 0_i8..6, proptest::bool::weighted(0.1)), 0..60)
    }

    fn points(list: &[(i8, i8, bool)]) -> Vec<Ranked> {
        let worth = |missing: bool, v: i8| if missing { f64::NAN } else { f64::from(v) };
        list.iter()
            .enumerate()
            .map(|(i, (a, b, m))| ranked(i as u64, &[worth(*m, *a), f64::from(*b)]))
            .collect()
    }

    proptest! {
        #[test]
        fn the_best_are_those_of_sorting_all(list in worths(), keep in 0_usize..12, turn in 0_usize..60) {
            let all = points(&list);
            let mut sorted = all.clone();
            sorted.sort_by(|a, b| better_first(key(a), key(b)));
            sorted.truncate(keep);
            let mut turned = all;
            let by = turn % turned.len().max(1);
            turned.rotate_left(by);
            let mut top = Top::new(keep);
            for p in turned {
                top.add(p);
            }
            let numbers = |v: &[Ranked]| v.iter().map(|r| r.number).collect::<Vec<_>>();
            prop_assert_eq!(numbers(&top.into_best()), numbers(&sorted));
        }

        #[test]
        fn the_front_is_what_nothing_beats(list in worths(), turn in 0_usize..60) {
            let all = points(&list);
            let whole = |r: &&Ranked| r.worth.iter().all(|w| !w.is_nan());
            let mut wanted: Vec<u64> = all
                .iter()
                .filter(whole)
                .filter(|r| !all.iter().filter(whole).any(|o| beats(o, r)))
                .map(|r| r.number)
                .collect();
            let mut turned = all.clone();
            let by = turn % turned.len().max(1);
            turned.rotate_left(by);
            let mut front = Front::default();
            for p in turned {
                front.add(p);
            }
            let mut got: Vec<u64> = front.into_points().iter().map(|r| r.number).collect();
            wanted.sort_unstable();
            got.sort_unstable();
            prop_assert_eq!(got, wanted);
        }
    }

    #[test]
    fn what_has_no_worth_comes_last() {
        let mut top = Top::new(3);
        for (n, w) in [
            (0, f64::NAN),
            (1, -5.0),
            (2, f64::NAN),
            (3, f64::INFINITY),
            (4, 0.0),
            (5, -0.0),
        ] {
            top.add(ranked(n, &[w]));
        }
        let numbers: Vec<u64> = top.into_best().iter().map(|r| r.number).collect();
        assert_eq!(numbers, [3, 4, 5]);
    }
}
