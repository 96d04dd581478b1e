//! Figures that may not exist: NaN in memory, `null` in JSON.

use serde::{Deserialize, Deserializer};

/// Reads a number, `null` as NaN. (NaN is written as `null` by the serialiser itself.)
pub(crate) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Option::<f64>::deserialize(from).map(|n| n.unwrap_or(f64::NAN))
}

/// `x` within 0..=1; 0 when it does not exist.
pub(crate) fn share(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_bounded() {
        for (x, y) in [
            (f64::NAN, 0.0),
            (f64::INFINITY, 1.0),
            (-3.0, 0.0),
            (0.4, 0.4),
        ] {
            assert_eq!(share(x), y);
        }
    }
}
