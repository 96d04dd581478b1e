//! Interval arithmetic on the values an expression can take. Conservative: a result always contains every finite value.

/// A closed interval; infinities mean "no bound".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub lo: f64,
    /// Upper bound.
    pub hi: f64,
}

// named like the operations of the field: operators on intervals would hide that nothing is rounded outward
#[allow(clippy::should_implement_trait)]
impl Interval {
    /// Anything.
    pub const ALL: Self = Self {
        lo: f64::NEG_INFINITY,
        hi: f64::INFINITY,
    };
    /// Not negative.
    pub const NON_NEGATIVE: Self = Self {
        lo: 0.0,
        hi: f64::INFINITY,
    };

    /// One value.
    pub fn point(v: f64) -> Self {
        if v.is_nan() {
            Self::ALL
        } else {
            Self { lo: v, hi: v }
        }
    }

    /// From bounds.
    pub fn new(lo: f64, hi: f64) -> Self {
        if lo.is_nan() || hi.is_nan() {
            Self::ALL
        } else {
            Self { lo, hi }
        }
    }

    /// The only value, if there is one.
    pub fn single(self) -> Option<f64> {
        (self.lo.to_bits() == self.hi.to_bits()).then_some(self.lo)
    }

    /// The smallest interval with both.
    #[must_use]
    pub fn hull(self, o: Self) -> Self {
        Self {
            lo: self.lo.min(o.lo),
            hi: self.hi.max(o.hi),
        }
    }

    /// Whether 0 is possible.
    pub fn has_zero(self) -> bool {
        self.lo <= 0.0 && self.hi >= 0.0
    }

    /// Sum.
    #[must_use]
    pub fn add(self, o: Self) -> Self {
        Self::new(self.lo + o.lo, self.hi + o.hi)
    }

    /// Negation.
    #[must_use]
    pub fn neg(self) -> Self {
        Self {
            lo: -self.hi,
            hi: -self.lo,
        }
    }

    /// Difference.
    #[must_use]
    pub fn sub(self, o: Self) -> Self {
        self.add(o.neg())
    }

    /// Product.
    #[must_use]
    pub fn mul(self, o: Self) -> Self {
        let zero_safe = |a: f64, b: f64| if a == 0.0 || b == 0.0 { 0.0 } else { a * b };
        let p = [
            zero_safe(self.lo, o.lo),
            zero_safe(self.lo, o.hi),
            zero_safe(self.hi, o.lo),
            zero_safe(self.hi, o.hi),
        ];
        Self::new(
            p.iter().copied().fold(f64::INFINITY, f64::min),
            p.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        )
    }

    /// Quotient; a divisor that only touches 0 at its end keeps the sign, one that crosses it gives everything.
    #[must_use]
    pub fn div(self, o: Self) -> Self {
        if o.lo < 0.0 && o.hi > 0.0 || (o.lo == 0.0 && o.hi == 0.0) {
            return Self::ALL;
        }
        let inv = |v: f64, toward: f64| if v == 0.0 { toward } else { 1.0 / v };
        if o.lo >= 0.0 {
            self.mul(Self {
                lo: inv(o.hi, f64::INFINITY),
                hi: inv(o.lo, f64::INFINITY),
            })
        } else {
            self.mul(Self {
                lo: inv(o.hi, f64::NEG_INFINITY),
                hi: inv(o.lo, f64::NEG_INFINITY),
            })
        }
    }

    /// Absolute value.
    #[must_use]
    pub fn abs(self) -> Self {
        if self.lo >= 0.0 {
            self
        } else if self.hi <= 0.0 {
            self.neg()
        } else {
            Self {
                lo: 0.0,
                hi: self.hi.max(-self.lo),
            }
        }
    }

    /// Applies a rising function to both ends.
    #[must_use]
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self::new(f(self.lo), f(self.hi))
    }

    /// Smaller of two.
    #[must_use]
    pub fn min(self, o: Self) -> Self {
        Self {
            lo: self.lo.min(o.lo),
            hi: self.hi.min(o.hi),
        }
    }

    /// Larger of two.
    #[must_use]
    pub fn max(self, o: Self) -> Self {
        Self {
            lo: self.lo.max(o.lo),
            hi: self.hi.max(o.hi),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotient_by_a_length_keeps_its_bounds() {
        let q = Interval::point(2.0).div(Interval::new(3.0, 21.0));
        assert_eq!((q.lo, q.hi), (2.0 * (1.0 / 21.0), 2.0 * (1.0 / 3.0)));
        assert_eq!(
            Interval::point(1.0).div(Interval::new(-1.0, 1.0)),
            Interval::ALL
        );
        assert_eq!(
            Interval::NON_NEGATIVE.mul(Interval::point(-1.0)),
            Interval {
                lo: f64::NEG_INFINITY,
                hi: 0.0
            }
        );
    }
}
