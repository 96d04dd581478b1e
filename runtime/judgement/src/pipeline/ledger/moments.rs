//! Mean and variance that can be built in parts.

use serde::{Deserialize, Serialize};

/// Number, mean and sum of squared deviations of numbers seen. Parts merge by the update of Chan, Golub and `LeVeque` (1979), so
/// threads and sessions each keep their own.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moments {
    count: u64,
    mean: f64,
    /// Σ (x − mean)².
    m2: f64,
}

impl Moments {
    /// Of numbers; those that are not finite are passed over.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut moments = Self::default();
        for x in numbers {
            moments.push(x);
        }
        moments
    }

    /// From number, mean and variance (n − 1); `None` where no numbers could have them.
    pub fn from_parts(count: u64, mean: f64, variance: f64) -> Option<Self> {
        let m2 = variance * count.saturating_sub(1) as f64;
        let moments = if count < 2 {
            Self {
                count,
                mean: if count == 0 { 0.0 } else { mean },
                m2: 0.0,
            }
        } else {
            Self { count, mean, m2 }
        };
        moments.is_sound().then_some(moments)
    }

    /// Takes another number; passes over one that is not finite.
    pub fn push(&mut self, x: f64) {
        if x.is_finite() {
            self.count += 1;
            let off = x - self.mean;
            self.mean += off / self.count as f64;
            self.m2 += off * (x - self.mean);
        }
    }

    /// Both together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if other.count == 0 {
            return self;
        }
        if self.count == 0 {
            return other;
        }
        let count = self.count + other.count;
        let (n, m) = (self.count as f64, other.count as f64);
        let off = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + off * (m / count as f64),
            m2: self.m2 + other.m2 + off * off * (n * m / count as f64),
        }
    }

    /// Numbers seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; NaN without any.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.mean }
    }

    /// Their variance (n − 1); NaN under two.
    pub fn variance(&self) -> f64 {
        if self.count < 2 {
            f64::NAN
        } else {
            self.m2 / (self.count - 1) as f64
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.mean.is_finite() && self.m2.is_finite() && self.m2 >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let moments = Moments::of([2.0, f64::NAN, 4.0, 4.0, 6.0]);
        assert_eq!((moments.count(), moments.mean()), (4, 4.0));
        assert!((moments.variance() - 8.0 / 3.0).abs() < 1e-15);
        assert!(Moments::default().mean().is_nan());
        assert!(Moments::of([1.0]).variance().is_nan());
        assert_eq!(
            Moments::from_parts(4, 4.0, 8.0 / 3.0).unwrap().variance(),
            8.0 / 3.0
        );
        assert_eq!(Moments::from_parts(4, f64::NAN, 1.0), None);
        assert_eq!(Moments::from_parts(4, 0.0, -1.0), None);
        assert_eq!(
            Moments::from_parts(0, f64::NAN, f64::NAN),
            Some(Moments::default())
        );
    }

    fn close(a: Moments, b: Moments) -> bool {
        let near = |x: f64, y: f64| (x - y).abs() <= 1e-9 * (1.0 + x.abs());
        a.count == b.count && near(a.mean, b.mean) && near(a.m2, b.m2)
    }

    proptest! {
        #[test]
        fn merging_is_associative_and_commutative_and_sees_all(
            x in prop::collection::vec(-10f64..10.0, 0..20),
            y in prop::collection::vec(-10f64..10.0, 0..20),
            z in prop::collection::vec(-10f64..10.0, 0..20),
        ) {
            let [a, b, c] = [&x, &y, &z].map(|v| Moments::of(v.iter().copied()));
            let all = Moments::of(x.iter().chain(&y).chain(&z).copied());
            prop_assert!(close(a.merge(b).merge(c), a.merge(b.merge(c))));
            prop_assert!(close(a.merge(b), b.merge(a)));
            prop_assert!(close(a.merge(b).merge(c), all));
            prop_assert_eq!(a.merge(Moments::default()), a);
        }
    }
}
