//! Whether good parameters have good neighbours.
//!
//! A result that falls off when a length goes from 20 to 21 is a coincidence of that history. A plateau is a region of
//! parameters that are all good: take its middle, not the highest peak. Nothing here needs derivatives or a complete grid:
//! points that `require` forbids are simply not there.

use crate::distribution::{mean_and_deviation, median, quantile};
use crate::error::{JudgementError, enough, equal, finite, require};
use crate::pipeline::number;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// An axis of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// Values in an order (numbers); so many of them. Neighbours differ by a step or a few.
    Ordered(usize),
    /// Values without an order (names, yes and no); so many of them. Neighbours have the same one.
    Named(usize),
}

impl Axis {
    fn len(self) -> usize {
        match self {
            Self::Ordered(len) | Self::Named(len) => len,
        }
    }
}

/// How to look at the neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlateauOptions {
    /// Steps to a neighbour on each ordered axis at most; all corners of that box count.
    pub radius: usize,
    /// Part of the best result: a neighbour not more than this below it counts as good; 0.1 is 10 %.
    pub near: f64,
    /// Share of a point's possible neighbours that must exist for the point to be recommended.
    pub least_present: f64,
}

impl Default for PlateauOptions {
    /// One step, within 10 % of the best, half of the neighbours present.
    fn default() -> Self {
        Self {
            radius: 1,
            near: 0.1,
            least_present: 0.5,
        }
    }
}

/// A point of the grid with its neighbourhood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlateauPoint {
    /// Its place in the list of points.
    pub point: usize,
    /// Its result.
    pub value: f64,
    /// Neighbours that have a result.
    pub neighbours: usize,
    /// Neighbours that would fit onto the grid.
    pub possible: usize,
    /// Median of the results of the point and its neighbours.
    pub median: f64,
    /// The worst of them.
    pub worst: f64,
    /// Standard deviation (n − 1) of them.
    pub deviation: f64,
    /// How much worse the neighbours are: `(value − median of neighbours) / |value|`; 0.3: they keep 70 %. Negative when
    /// they are better. NaN without neighbours or for a value of 0.
    #[serde(deserialize_with = "number::read")]
    pub drop: f64,
    /// Share of neighbours within [`PlateauOptions::near`] of the best result of the whole grid; NaN without neighbours.
    #[serde(deserialize_with = "number::read")]
    pub share_near_best: f64,
    /// Share of neighbours within [`PlateauOptions::near`] of this point's own result; NaN without neighbours.
    #[serde(deserialize_with = "number::read")]
    pub share_near_own: f64,
}

/// The judgement over a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// The point with the best result.
    pub best: PlateauPoint,
    /// The point to take: the best median of a neighbourhood among those with enough neighbours (of equals the one
    /// whose worst neighbour is better, then whose own result is); none when no point has enough.
    pub recommended: Option<PlateauPoint>,
    /// Share of all points within [`PlateauOptions::near`] of the best.
    pub share_near_best: f64,
    /// Points that are joined with the best by steps of one along an axis, all of them near the best (itself included).
    pub plateau_size: usize,
    /// `1 − Σ (difference of neighbours on an axis)² / (2 × pairs × variance)`: 1 for a flat slope, 0 for results without
    /// any order, below 0 when good and bad alternate (1 − the contiguity ratio of Geary 1954). NaN when no two points
    /// are neighbours or all results are alike.
    #[serde(deserialize_with = "number::read")]
    pub smoothness: f64,
    /// The same for each axis alone: a low value names the parameter that was fitted to noise. None where it does not exist,
    /// as on axes without an order.
    pub axis_smoothness: Vec<Option<f64>>,
    /// All points, in the order given.
    pub points: Vec<PlateauPoint>,
}

/// Neighbours of a point at most: (2 radius + 1)^axes grows fast.
const MOST_NEIGHBOURS: usize = 20_000;

/// Judges a grid: `points` are places on the axes (from 0) with a result (more is better). Points may be missing, in any
/// order, but not twice.
pub fn plateau(
    axes: &[Axis],
    points: &[(Vec<usize>, f64)],
    options: &PlateauOptions,
) -> Result<Plateau, JudgementError> {
    let grid = Grid::new(axes, points, options)?;
    let best = (1..points.len()).fold(0, |best, i| {
        if points[i].1 > points[best].1 {
            i
        } else {
            best
        }
    });
    let limit = points[best].1 - options.near * points[best].1.abs();
    let judged: Vec<PlateauPoint> = (0..points.len())
        .map(|point| grid.judge(point, limit, options))
        .collect();
    let recommended = judged
        .iter()
        .filter(|p| {
            p.possible == 0 || p.neighbours as f64 >= options.least_present * p.possible as f64
        })
        .max_by(|a, b| {
            (a.median.total_cmp(&b.median))
                .then(a.worst.total_cmp(&b.worst))
                .then(a.value.total_cmp(&b.value))
                .then(b.point.cmp(&a.point))
        })
        .copied();
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let near = values.iter().filter(|value| **value >= limit).count();
    let variance = mean_and_deviation(&values).1.powi(2);
    let smooth = |(squares, pairs): (f64, f64)| {
        if pairs > 0.0 && variance > 0.0 {
            1.0 - squares / (2.0 * pairs * variance)
        } else {
            f64::NAN
        }
    };
    let steps: Vec<(f64, f64)> = (0..axes.len()).map(|axis| grid.steps(axis)).collect();
    Ok(Plateau {
        best: judged[best],
        recommended,
        share_near_best: near as f64 / points.len() as f64,
        plateau_size: grid.joined(best, limit),
        smoothness: smooth(steps.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1))),
        axis_smoothness: steps
            .into_iter()
            .map(|of_axis| Some(smooth(of_axis)).filter(|s| !s.is_nan()))
            .collect(),
        points: judged,
    })
}

struct Grid<'p> {
    axes: &'p [Axis],
    points: &'p [(Vec<usize>, f64)],
    /// Point at a place, by the place's number in a complete grid.
    at: HashMap<u128, usize>,
    /// Steps to all neighbours, on all axes.
    offsets: Vec<Vec<isize>>,
}

impl<'p> Grid<'p> {
    fn new(
        axes: &'p [Axis],
        points: &'p [(Vec<usize>, f64)],
        options: &PlateauOptions,
    ) -> Result<Self, JudgementError> {
        enough("axes of a grid", 1, axes.len())?;
        enough("points of a grid", 1, points.len())?;
        require(options.radius >= 1, "neighbours are 1 step away or more")?;
        require(
            options.near >= 0.0 && (0.0..=1.0).contains(&options.least_present),
            "shares of a plateau lie between 0 and 1",
        )?;
        let complete = axes
            .iter()
            .try_fold(1u128, |n, axis| n.checked_mul(axis.len() as u128));
        require(
            complete.is_some(),
            "a grid of more points than can be numbered",
        )?;
        let ordered = axes
            .iter()
            .filter(|axis| matches!(axis, Axis::Ordered(_)))
            .count();
        let most = (2 * options.radius + 1)
            .checked_pow(ordered as u32)
            .filter(|n| *n <= MOST_NEIGHBOURS);
        require(
            most.is_some(),
            "more than 20,000 neighbours: take a smaller radius",
        )?;
        let mut at = HashMap::with_capacity(points.len());
        for (number, (place, value)) in points.iter().enumerate() {
            equal("axes of a point", axes.len(), place.len())?;
            finite("result of a point", &[*value])?;
            require(
                place.iter().zip(axes).all(|(i, axis)| *i < axis.len()),
                "a point lies outside the grid",
            )?;
            require(
                at.insert(key(axes, place), number).is_none(),
                "two results for one point",
            )?;
        }
        Ok(Self {
            axes,
            points,
            at,
            offsets: offsets(axes, options.radius as isize),
        })
    }

    /// The place some steps away, if it is on the grid.
    fn place(&self, from: usize, offset: &[isize]) -> Option<Vec<usize>> {
        self.points[from]
            .0
            .iter()
            .zip(offset)
            .zip(self.axes)
            .map(|((i, step), axis)| i.checked_add_signed(*step).filter(|i| *i < axis.len()))
            .collect()
    }

    fn judge(&self, point: usize, limit: f64, options: &PlateauOptions) -> PlateauPoint {
        let value = self.points[point].1;
        let (mut possible, mut around) = (0, Vec::new());
        for offset in &self.offsets {
            if let Some(place) = self.place(point, offset) {
                possible += 1;
                if let Some(&neighbour) = self.at.get(&key(self.axes, &place)) {
                    around.push(self.points[neighbour].1);
                }
            }
        }
        let share = |least: f64| {
            around.iter().filter(|x| **x >= least).count() as f64 / around.len() as f64
        };
        let (share_near_best, share_near_own) =
            (share(limit), share(value - options.near * value.abs()));
        let of_neighbours = median(&around);
        let neighbours = around.len();
        around.push(value);
        around.sort_by(f64::total_cmp);
        PlateauPoint {
            point,
            value,
            neighbours,
            possible,
            median: quantile(&around, 0.5),
            worst: around[0],
            deviation: mean_and_deviation(&around).1,
            drop: if value.abs() > 0.0 {
                (value - of_neighbours) / value.abs()
            } else {
                f64::NAN
            },
            share_near_best,
            share_near_own,
        }
    }

    /// Neighbour one step up an axis.
    fn next(&self, point: usize, axis: usize, step: isize) -> Option<usize> {
        let mut offset = vec![0; self.axes.len()];
        offset[axis] = step;
        let place = self.place(point, &offset)?;
        self.at.get(&key(self.axes, &place)).copied()
    }

    /// Σ of squared differences between points a step apart on an axis, and their number. Names have no steps.
    fn steps(&self, axis: usize) -> (f64, f64) {
        let (mut squares, mut pairs) = (0.0, 0.0);
        if matches!(self.axes[axis], Axis::Ordered(_)) {
            for point in 0..self.points.len() {
                if let Some(other) = self.next(point, axis, 1) {
                    let difference = self.points[point].1 - self.points[other].1;
                    squares += difference * difference;
                    pairs += 1.0;
                }
            }
        }
        (squares, pairs)
    }

    /// Points joined with one, all at or above a limit.
    fn joined(&self, from: usize, limit: f64) -> usize {
        let mut seen = vec![false; self.points.len()];
        let mut open = vec![from];
        let mut size = 0;
        seen[from] = true;
        while let Some(point) = open.pop() {
            size += 1;
            for (axis, kind) in self.axes.iter().enumerate() {
                if matches!(kind, Axis::Named(_)) {
                    continue;
                }
                for step in [-1, 1] {
                    if let Some(other) = self.next(point, axis, step)
                        && !seen[other]
                        && self.points[other].1 >= limit
                    {
                        seen[other] = true;
                        open.push(other);
                    }
                }
            }
        }
        size
    }
}

/// Number of a place in a complete grid.
fn key(axes: &[Axis], place: &[usize]) -> u128 {
    place
        .iter()
        .zip(axes)
        .fold(0, |key, (i, axis)| key * axis.len() as u128 + *i as u128)
}

/// All steps within the radius but standing still.
fn offsets(axes: &[Axis], radius: isize) -> Vec<Vec<isize>> {
    let mut all = vec![Vec::with_capacity(axes.len())];
    for axis in axes {
        let steps = match axis {
            Axis::Ordered(_) => -radius..=radius,
            Axis::Named(_) => 0..=0,
        };
        all = all
            .iter()
            .flat_map(|offset| {
                steps.clone().map(move |step| {
                    let mut longer = offset.clone();
                    longer.push(step);
                    longer
                })
            })
            .collect();
    }
    all.retain(|offset| offset.iter().any(|step| *step != 0));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use proptest::prelude::*;

    fn square(n: usize, result: impl Fn(usize, usize) -> f64) -> Vec<(Vec<usize>, f64)> {
        (0..n * n)
            .map(|i| (vec![i / n, i % n], result(i / n, i % n)))
            .collect()
    }

    const PLANE: [Axis; 2] = [Axis::Ordered(9), Axis::Ordered(9)];

    #[test]
    fn the_middle_of_the_plateau_beats_the_peak() {
        // a plateau of 1.0 on rows and columns 4 to 6, a lonely peak of 2.0 in a corner of nothing
        let points = square(9, |a, b| match (a, b) {
            (1, 1) => 2.0,
            (4..=6, 4..=6) => 1.0,
            _ => 0.0,
        });
        let p = plateau(&PLANE, &points, &PlateauOptions::default()).unwrap();
        assert_eq!((p.best.point, p.best.value, p.best.drop), (10, 2.0, 1.0));
        assert_eq!((p.best.share_near_best, p.plateau_size), (0.0, 1));
        let middle = p.recommended.unwrap();
        assert_eq!(
            (
                points[middle.point].0.as_slice(),
                middle.median,
                middle.drop
            ),
            (&[5, 5][..], 1.0, 0.0)
        );
        assert_eq!(
            (
                middle.neighbours,
                middle.share_near_own,
                middle.share_near_best
            ),
            (8, 1.0, 0.0)
        );
        assert_eq!(p.points[0].possible, 3);
    }

    #[test]
    fn smoothness_tells_a_hill_from_noise() {
        let hill = square(9, |a, b| {
            -((a as f64 - 4.0).powi(2) + (b as f64 - 3.0).powi(2))
        });
        let hill = plateau(&PLANE, &hill, &PlateauOptions::default()).unwrap();
        assert!(hill.smoothness > 0.85, "{}", hill.smoothness);
        let of = |x: usize, y: usize| Draw::new(2, (9 * x + y) as u64).normal();
        let noise = plateau(&PLANE, &square(9, of), &PlateauOptions::default()).unwrap();
        assert!(noise.smoothness.abs() < 0.25, "{}", noise.smoothness);
        // good and bad alternate: every squared difference is 4, the variance 81/80
        let chess = square(9, |a, b| if (a + b) % 2 == 0 { 1.0 } else { -1.0 });
        let chess = plateau(&PLANE, &chess, &PlateauOptions::default()).unwrap();
        assert!(chess.smoothness < -0.9);
        // one parameter is fitted to noise, the other is a slope
        let mixed = square(9, |a, b| a as f64 + 5.0 * Draw::new(4, b as u64).normal());
        let mixed = plateau(&PLANE, &mixed, &PlateauOptions::default()).unwrap();
        assert!(
            mixed.axis_smoothness[0] > Some(0.9) && mixed.axis_smoothness[1] < Some(0.5),
            "{:?}",
            mixed.axis_smoothness
        );
        let flat = plateau(&PLANE, &square(9, |_, _| 1.0), &PlateauOptions::default()).unwrap();
        assert!(flat.smoothness.is_nan());
        assert_eq!(flat.plateau_size, 81);
    }

    #[test]
    fn points_that_do_not_exist() {
        // only fast < slow: the diagonal's neighbours are half missing
        let mut points = square(9, |a, b| (a * b) as f64);
        points.retain(|(place, _)| place[0] < place[1]);
        let p = plateau(&PLANE, &points, &PlateauOptions::default()).unwrap();
        let of = |a, b| {
            p.points[points
                .iter()
                .position(|(place, _)| place == &[a, b])
                .unwrap()]
        };
        assert_eq!((of(3, 4).neighbours, of(3, 4).possible), (5, 8));
        assert_eq!((of(7, 8).neighbours, of(7, 8).possible), (2, 5));
        assert_eq!(points[p.best.point].0, [7, 8]);
        let strict = PlateauOptions {
            least_present: 0.6,
            ..PlateauOptions::default()
        };
        let recommended = plateau(&PLANE, &points, &strict)
            .unwrap()
            .recommended
            .unwrap();
        assert!(recommended.neighbours as f64 >= 0.6 * recommended.possible as f64);
        // nothing around a lonely point
        let lonely = plateau(&PLANE, &points[..1], &PlateauOptions::default()).unwrap();
        assert_eq!((lonely.recommended, lonely.best.neighbours), (None, 0));
        assert!(lonely.best.drop.is_nan() && lonely.best.share_near_best.is_nan());
    }

    #[test]
    fn names_are_no_neighbours() {
        let axes = [Axis::Ordered(5), Axis::Named(2)];
        let points: Vec<(Vec<usize>, f64)> = (0..10)
            .map(|i| (vec![i / 2, i % 2], if i % 2 == 0 { 1.0 } else { -50.0 }))
            .collect();
        let p = plateau(&axes, &points, &PlateauOptions::default()).unwrap();
        assert_eq!((p.best.possible, p.recommended.unwrap().worst), (1, 1.0));
        assert_eq!(p.plateau_size, 5);
        assert_eq!(p.axis_smoothness[1], None);
        // a grid of names alone: every point stands for itself
        let points: Vec<(Vec<usize>, f64)> = (0..3).map(|i| (vec![i], i as f64)).collect();
        let p = plateau(&[Axis::Named(3)], &points, &PlateauOptions::default()).unwrap();
        assert_eq!(p.recommended.unwrap().point, 2);
    }

    #[test]
    fn nonsense_is_refused() {
        let good = square(3, |_, _| 1.0);
        let options = PlateauOptions::default();
        let axes = [Axis::Ordered(3), Axis::Ordered(3)];
        assert!(plateau(&axes, &[], &options).is_err());
        assert!(plateau(&[], &good, &options).is_err());
        assert!(plateau(&axes[..1], &good, &options).is_err());
        assert!(plateau(&[Axis::Ordered(2); 2], &good, &options).is_err());
        assert!(plateau(&axes, &[good.clone(), good.clone()].concat(), &options).is_err());
        assert!(plateau(&axes, &[(vec![0, 0], f64::NAN)], &options).is_err());
        assert!(
            plateau(
                &axes,
                &good,
                &PlateauOptions {
                    radius: 0,
                    ..options
                }
            )
            .is_err()
        );
        assert!(
            plateau(
                &axes,
                &good,
                &PlateauOptions {
                    radius: 1_000,
                    ..options
                }
            )
            .is_err()
        );
        assert!(plateau(&[Axis::Ordered(usize::MAX); 3], &good, &options).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn figures_stay_in_their_bounds(
            results in prop::collection::vec(prop::option::weighted(0.8, -5.0f64..5.0), 27), radius in 1usize..3,
        ) {
            let points: Vec<(Vec<usize>, f64)> = results.iter().enumerate()
                .filter_map(|(i, r)| r.map(|r| (vec![i / 9, i / 3 % 3, i % 3], r))).collect();
            prop_assume!(!points.is_empty());
            let options = PlateauOptions { radius, ..PlateauOptions::default() };
            let p = plateau(&[Axis::Ordered(3); 3], &points, &options).unwrap();
            prop_assert!(p.plateau_size >= 1 && p.plateau_size <= points.len());
            prop_assert!(p.smoothness.is_nan() || p.smoothness <= 1.0);
            for point in &p.points {
                prop_assert!(point.neighbours <= point.possible && point.worst <= point.value);
                prop_assert!(point.value <= p.best.value && point.worst <= point.median);
            }
            if let Some(recommended) = p.recommended {
                let beaten = p.points.iter().all(|q| {
                    (q.neighbours as f64) < 0.5 * q.possible as f64 || q.median <= recommended.median
                });
                prop_assert!(beaten);
            }
        }
    }
}
