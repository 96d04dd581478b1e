//! Columns of numbers as base64: two bytes a number, which a page of a hundred thousand points can afford.
//!
//! A figure is a half-precision float after division by the column's typical size: three significant digits at any size,
//! with infinities and NaN. Tables get their numbers exactly, not from here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use half::f16;
use serde::Serialize;

/// A NaN of its own: there is no point here, as opposed to a point whose figure does not exist.
const ABSENT: u16 = 0x7e01;
/// The largest finite half.
const LARGEST: f64 = 65_504.0;

/// A packed column of figures.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Halves {
    /// What the halves are to be multiplied by.
    scale: f64,
    /// Halves, little endian, base64.
    data: String,
}

/// Packs figures; `None` is where there is no point.
pub(crate) fn halves(values: impl Iterator<Item = Option<f64>> + Clone) -> Halves {
    // A power of two of the typical size: dividing by it loses nothing.
    let mut sizes: Vec<f64> = values
        .clone()
        .flatten()
        .filter(|v| v.is_finite() && v.abs() > f64::MIN_POSITIVE)
        .map(f64::abs)
        .collect();
    let middle = sizes.len() / 2;
    let typical = if sizes.is_empty() {
        1.0
    } else {
        *sizes.select_nth_unstable_by(middle, f64::total_cmp).1
    };
    let scale = typical.log2().round().clamp(-1_000.0, 1_000.0).exp2();
    let mut bytes = Vec::new();
    for value in values {
        let bits = match value {
            None => ABSENT,
            Some(v) if v.is_nan() => f16::NAN.to_bits(),
            Some(v) if v.is_infinite() => f16::from_f64(v).to_bits(),
            Some(v) => f16::from_f64((v / scale).clamp(-LARGEST, LARGEST)).to_bits(),
        };
        bytes.extend_from_slice(&bits.to_le_bytes());
    }
    Halves {
        scale,
        data: STANDARD.encode(bytes),
    }
}

/// Packs places on an axis, which has at most 65,536 of them.
pub(crate) fn places(values: impl Iterator<Item = u32>) -> String {
    let mut bytes = Vec::new();
    for value in values {
        bytes.extend_from_slice(&u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes());
    }
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `assets/lab_data.js` does.
    fn read(packed: &Halves) -> Vec<Option<f64>> {
        STANDARD
            .decode(&packed.data)
            .unwrap()
            .chunks_exact(2)
            .map(|b| u16::from_le_bytes([b[0], b[1]]))
            .map(|bits| {
                (bits != ABSENT).then(|| f64::from(f16::from_bits(bits).to_f32()) * packed.scale)
            })
            .collect()
    }

    #[test]
    fn what_is_no_number_stays() {
        let values = [
            Some(1.5),
            None,
            Some(f64::NAN),
            Some(f64::INFINITY),
            Some(f64::NEG_INFINITY),
            Some(0.0),
        ];
        let back = read(&halves(values.into_iter()));
        assert_eq!(back[0], Some(1.5));
        assert_eq!(back[1], None);
        assert!(back[2].unwrap().is_nan());
        assert_eq!(&back[3..], &values[3..]);
    }

    proptest! {
        #[test]
        fn three_digits_survive(values in prop::collection::vec(-1e3f64..1e3, 1..40), power in -9i32..9) {
            let values: Vec<f64> = values.iter().map(|v| v * 10f64.powi(power)).collect();
            let mut sizes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
            sizes.sort_by(f64::total_cmp);
            let typical = sizes[sizes.len() / 2];
            for (value, back) in values.iter().zip(read(&halves(values.iter().map(|v| Some(*v))))) {
                // Half a step of eleven bits; far below the typical size steps no longer shrink.
                prop_assert!((value - back.unwrap()).abs() <= value.abs() * 4.9e-4 + typical * 1e-7);
            }
        }
    }
}
