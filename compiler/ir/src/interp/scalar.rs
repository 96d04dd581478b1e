//! The scalar operations. A truth value is 1.0 or 0.0 here; every NaN that leaves is canonical.

use crate::op::{BinaryOp, CmpOp, UnaryOp};

/// The one NaN that may be seen: quiet, positive, no payload.
pub fn canonical(x: f64) -> f64 {
    if x.is_nan() { f64::NAN } else { x }
}

/// A truth value as a number.
pub fn truth(b: bool) -> f64 {
    if b { 1.0 } else { 0.0 }
}

/// A number as a truth value: all but 0 is true.
pub fn is_true(x: f64) -> bool {
    x.to_bits() << 1 != 0
}

/// One-operand operations.
pub fn unary(op: UnaryOp, x: f64) -> f64 {
    let y = match op {
        UnaryOp::Neg => -x,
        UnaryOp::Abs => x.abs(),
        UnaryOp::Sqrt => x.sqrt(),
        UnaryOp::Floor => x.floor(),
        UnaryOp::Ceil => x.ceil(),
        UnaryOp::Round => x.round_ties_even(),
        UnaryOp::Trunc => x.trunc(),
        UnaryOp::Sign => {
            if x > 0.0 {
                1.0
            } else if x < 0.0 {
                -1.0
            } else {
                0.0
            }
        }
        UnaryOp::Exp => libm::exp(x),
        UnaryOp::Log => libm::log(x),
        UnaryOp::Log10 => libm::log10(x),
        UnaryOp::Sin => libm::sin(x),
        UnaryOp::Cos => libm::cos(x),
        UnaryOp::Tan => libm::tan(x),
        UnaryOp::Asin => libm::asin(x),
        UnaryOp::Acos => libm::acos(x),
        UnaryOp::Atan => libm::atan(x),
        UnaryOp::Sinh => libm::sinh(x),
        UnaryOp::Cosh => libm::cosh(x),
        UnaryOp::Tanh => libm::tanh(x),
        UnaryOp::Not => truth(!is_true(x)),
        UnaryOp::ToFloat => x,
        UnaryOp::IsFinite => truth(x.is_finite()),
    };
    canonical(y)
}

/// Two-operand operations.
pub fn binary(op: BinaryOp, a: f64, b: f64) -> f64 {
    let y = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        BinaryOp::Mod => {
            let whole = (a / b).floor();
            let multiple = b * whole;
            a - multiple
        }
        BinaryOp::Min => {
            if a < b {
                a
            } else {
                b
            }
        }
        BinaryOp::Max => {
            if a > b {
                a
            } else {
                b
            }
        }
        BinaryOp::Pow => libm::pow(a, b),
        BinaryOp::Atan2 => libm::atan2(a, b),
        BinaryOp::And => truth(is_true(a) & is_true(b)),
        BinaryOp::Or => truth(is_true(a) | is_true(b)),
        BinaryOp::Xor => truth(is_true(a) ^ is_true(b)),
    };
    canonical(y)
}

/// `a × b + c`, rounded once. Where the processor has no such instruction it is the system's correctly rounded routine.
pub fn fma(a: f64, b: f64, c: f64) -> f64 {
    canonical(a.mul_add(b, c))
}

/// Comparisons.
#[allow(clippy::float_cmp)] // equality is what `Eq` means
pub fn compare(op: CmpOp, a: f64, b: f64) -> bool {
    match op {
        CmpOp::Eq => a == b,
        CmpOp::Ne => a != b,
        CmpOp::Lt => a < b,
        CmpOp::Le => a <= b,
        CmpOp::Gt => a > b,
        CmpOp::Ge => a >= b,
    }
}

/// A row number, delay or length: rounded toward zero and clamped to `least..=max`; NaN is `least`.
pub fn count(x: f64, least: usize, max: usize) -> usize {
    // a cast saturates and takes NaN to 0
    (x as usize).clamp(least, max.max(least))
}

/// The first index of a fold and how many there are.
pub fn indices(lo: f64, hi: f64, max: u32) -> (f64, u32) {
    let first = lo.trunc();
    let distance = hi.trunc() - first;
    let many = if distance > 0.0 {
        (distance as u64).min(u64::from(max)) as u32
    } else {
        0
    };
    (first, many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_total() {
        assert_eq!(count(f64::NAN, 1, 5), 1);
        assert_eq!(count(-3.0, 0, 5), 0);
        assert_eq!(count(f64::INFINITY, 0, 5), 5);
        assert_eq!(count(2.9, 0, 5), 2);
        assert_eq!(count(2.9, 1, 0), 1);
        assert_eq!(indices(-1.5, 2.9, 10).1, 3);
        assert_eq!(indices(0.0, f64::INFINITY, 7).1, 7);
        assert_eq!(indices(f64::NAN, 3.0, 7).1, 0);
        assert_eq!(indices(3.0, 3.0, 7).1, 0);
    }

    #[test]
    fn a_fused_product_is_rounded_once() {
        // (1 + ε)² = 1 + 2ε + ε²: the last term is lost when the product is rounded by itself
        let x = 1.0 + f64::EPSILON;
        let rest = f64::EPSILON * f64::EPSILON;
        let bits = |a, b, c| fma(a, b, c).to_bits();
        assert_eq!(bits(x, x, -(1.0 + 2.0 * f64::EPSILON)), rest.to_bits());
        assert_eq!(bits(0.0, 1.0, -0.0), 0.0f64.to_bits());
        let infinite = f64::NEG_INFINITY;
        assert_eq!(bits(1e300, 1e300, infinite), infinite.to_bits());
        assert_eq!(bits(infinite, 0.0, 1.0), f64::NAN.to_bits());
    }

    #[test]
    fn the_systems_fused_product_agrees_with_a_routine_of_its_own() {
        let mut rng = crate::testing::Rng::new(7);
        for _ in 0..20_000 {
            let mut any = || f64::from_bits(rng.bits());
            let (a, b, c) = (any(), any(), any());
            // the sum cancels, or is a little more or less than half a step of the product
            let near = -(a * b);
            let half = a * b * f64::EPSILON * 0.25;
            for c in [c, near, half, near.next_up()] {
                assert_eq!(
                    fma(a, b, c).to_bits(),
                    canonical(libm::fma(a, b, c)).to_bits(),
                    "{a:e} × {b:e} + {c:e}"
                );
            }
        }
    }

    #[test]
    fn nan_takes_the_second_operand_of_min_and_max() {
        assert_eq!(
            binary(BinaryOp::Max, f64::NAN, 2.0).to_bits(),
            2.0f64.to_bits()
        );
        assert_eq!(
            binary(BinaryOp::Min, f64::NAN, 2.0).to_bits(),
            2.0f64.to_bits()
        );
        assert!(binary(BinaryOp::Max, 2.0, f64::NAN).is_nan());
        assert_eq!(binary(BinaryOp::Max, -0.0, 0.0).to_bits(), 0.0f64.to_bits());
        assert_eq!(unary(UnaryOp::Neg, f64::NAN).to_bits(), f64::NAN.to_bits());
    }
}
