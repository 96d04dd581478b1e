//! One combination of a space: how a position is protected, when it is left, and with what leverage.

use serde::{Deserialize, Serialize};

/// Average true range taken as a fraction of price where a distance has to be estimated before anything ran.
pub const TYPICAL_ATR: f64 = 0.015;

/// Distance of a structure stop where it has to be estimated, a fraction of price.
pub const TYPICAL_STRUCTURE: f64 = 0.02;

/// A structure stop is never nearer than the first nor farther than the second, fractions of price.
pub const STRUCTURE_LIMITS: (f64, f64) = (0.005, 0.20);

/// A moved stop never lies worse than the entry by more than this fraction of it.
pub const BREAKEVEN_BUFFER: f64 = 0.002;

/// How the stop of a position is measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Stop {
    /// A fraction of the entry price.
    Fraction {
        /// Distance, a fraction of the entry price.
        distance: f64,
    },
    /// A multiple of the average true range at the decision.
    Atr {
        /// Multiple of ATR(14).
        multiple: f64,
    },
    /// A stop that follows the best price.
    Trailing {
        /// Distance from the best price, a fraction of it; sizes the position too.
        distance: f64,
        /// Profit from which it follows, a fraction of the entry price.
        activation: f64,
        /// Once it follows it is never worse than the entry by more than this fraction.
        breakeven: f64,
    },
    /// The lowest low (highest high for a short) of the last bars, clamped to [`STRUCTURE_LIMITS`].
    Structure {
        /// Bars looked back.
        bars: u32,
    },
}

impl Stop {
    /// The distance as a fraction of price where the stop itself says it; `None` where it depends on the market.
    pub fn exact(&self) -> Option<f64> {
        match *self {
            Self::Fraction { distance } | Self::Trailing { distance, .. } => Some(distance),
            Self::Atr { .. } | Self::Structure { .. } => None,
        }
    }

    /// The distance as a fraction of price, estimated by [`TYPICAL_ATR`] and [`TYPICAL_STRUCTURE`] where it depends on the
    /// market.
    pub fn estimate(&self) -> f64 {
        match *self {
            Self::Fraction { distance } | Self::Trailing { distance, .. } => distance,
            Self::Atr { multiple } => multiple * TYPICAL_ATR,
            Self::Structure { .. } => {
                TYPICAL_STRUCTURE.clamp(STRUCTURE_LIMITS.0, STRUCTURE_LIMITS.1)
            }
        }
    }

    /// The nearest and the farthest distance the stop can have, fractions of price; `None` without a bound.
    pub fn range(&self) -> Option<(f64, f64)> {
        match *self {
            Self::Fraction { distance } | Self::Trailing { distance, .. } => {
                Some((distance, distance))
            }
            Self::Structure { .. } => Some(STRUCTURE_LIMITS),
            Self::Atr { .. } => None,
        }
    }

    /// Whether the stop can also close a position with a profit.
    pub fn follows(&self) -> bool {
        matches!(self, Self::Trailing { .. })
    }
}

/// Where a position takes its profit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Target {
    /// Nowhere.
    None,
    /// A fraction of the entry price.
    Fraction {
        /// Distance, a fraction of the entry price.
        distance: f64,
    },
    /// A multiple of the average true range at the decision.
    Atr {
        /// Multiple of ATR(14).
        multiple: f64,
    },
    /// A multiple of the distance to the stop.
    Reward {
        /// Reward for one of risk.
        ratio: f64,
    },
}

impl Target {
    /// Whether the target is known to lie no farther than the stop. `false` where the two are measured by different things,
    /// for an estimate is no reason to drop a combination.
    pub fn not_above(&self, stop: &Stop) -> bool {
        match (*self, *stop) {
            (Self::Reward { ratio }, _) => ratio <= 1.0,
            (Self::Atr { multiple: up }, Stop::Atr { multiple: down }) => up <= down,
            (Self::Fraction { distance }, stop) => stop.exact().is_some_and(|s| distance <= s),
            (Self::None | Self::Atr { .. }, _) => false,
        }
    }
}

/// One combination of a space.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The protective stop.
    pub stop: Stop,
    /// Where profit is taken.
    pub target: Target,
    /// Bars after which the position is left; `None` never.
    pub exit_bars: Option<u32>,
    /// Leverage the strategy asks for.
    pub leverage: u32,
}

impl Point {
    /// Stop, target, bars until the exit and leverage, 0 for no target and no exit: what a program is bound with that has a
    /// parameter for each. `None` unless stop and target are fractions of price.
    pub fn fractions(&self) -> Option<[f64; 4]> {
        let Stop::Fraction { distance: stop } = self.stop else {
            return None;
        };
        let target = match self.target {
            Target::None => 0.0,
            Target::Fraction { distance } => distance,
            _ => return None,
        };
        let exit = f64::from(self.exit_bars.unwrap_or(0));
        Some([stop, target, exit, f64::from(self.leverage)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_exact_only_where_the_stop_says_them() {
        let atr = Stop::Atr { multiple: 2.0 };
        assert_eq!((atr.exact(), atr.range()), (None, None));
        assert_eq!(atr.estimate(), 0.03);
        let structure = Stop::Structure { bars: 10 };
        assert_eq!(structure.range(), Some((0.005, 0.2)));
        assert_eq!(structure.estimate(), 0.02);
        let fixed = Stop::Fraction { distance: 0.04 };
        assert_eq!(
            (fixed.exact(), fixed.range()),
            (Some(0.04), Some((0.04, 0.04)))
        );
    }

    #[test]
    fn a_target_is_compared_only_with_a_stop_of_its_measure() {
        let fixed = Stop::Fraction { distance: 0.03 };
        let atr = Stop::Atr { multiple: 3.0 };
        assert!(Target::Fraction { distance: 0.03 }.not_above(&fixed));
        assert!(!Target::Fraction { distance: 0.031 }.not_above(&fixed));
        assert!(!Target::Fraction { distance: 0.001 }.not_above(&atr));
        assert!(Target::Atr { multiple: 3.0 }.not_above(&atr));
        assert!(!Target::Atr { multiple: 1.0 }.not_above(&fixed));
        assert!(Target::Reward { ratio: 1.0 }.not_above(&atr));
        assert!(!Target::Reward { ratio: 1.5 }.not_above(&atr));
        assert!(!Target::None.not_above(&fixed));
    }

    #[test]
    fn a_point_of_fractions_is_four_numbers() {
        let point = Point {
            stop: Stop::Fraction { distance: 0.04 },
            target: Target::None,
            exit_bars: Some(8),
            leverage: 3,
        };
        assert_eq!(point.fractions(), Some([0.04, 0.0, 8.0, 3.0]));
        let typed = Point {
            target: Target::Reward { ratio: 2.0 },
            ..point
        };
        assert_eq!(typed.fractions(), None);
    }

    #[test]
    fn a_point_is_read_back() {
        let point = Point {
            stop: Stop::Trailing {
                distance: 0.02,
                activation: 0.01,
                breakeven: BREAKEVEN_BUFFER,
            },
            target: Target::Reward { ratio: 2.5 },
            exit_bars: None,
            leverage: 3,
        };
        let text = serde_json::to_string(&point).unwrap();
        assert_eq!(serde_json::from_str::<Point>(&text).unwrap(), point);
    }
}
