//! What machine code calls: transcendental functions, order statistics, and the long way round a sum of ticks.

// part of the code generator: the two routines with pointers state what the emitted calls guarantee
#![allow(unsafe_code)]

use std::slice;

macro_rules! transcendental {
    ($($name:ident = $of:ident),*) => {
        $(extern "C" fn $name(x: f64) -> f64 {
            libm::$of(x)
        })*
    };
}

transcendental!(
    exp = exp,
    log = log,
    log10 = log10,
    sin = sin,
    cos = cos,
    tan = tan,
    asin = asin,
    acos = acos,
    atan = atan,
    sinh = sinh,
    cosh = cosh,
    tanh = tanh
);

extern "C" fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

extern "C" fn atan2(x: f64, y: f64) -> f64 {
    libm::atan2(x, y)
}

// for processors without a rounding instruction
extern "C" fn floor(x: f64) -> f64 {
    x.floor()
}

extern "C" fn ceil(x: f64) -> f64 {
    x.ceil()
}

extern "C" fn round(x: f64) -> f64 {
    x.round_ties_even()
}

extern "C" fn trunc(x: f64) -> f64 {
    x.trunc()
}

/// A routine that machine code calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Routine {
    /// `f64 → f64`
    One(One),
    /// `f64, f64 → f64`
    Two(Two),
    /// [`slide`]
    Slide,
    /// [`sum_of_ticks`]
    SumOfTicks,
}

/// One-operand routines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub(crate) enum One {
    Exp,
    Log,
    Log10,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Floor,
    Ceil,
    Round,
    Trunc,
}

/// Two-operand routines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub(crate) enum Two {
    Pow,
    Atan2,
}

impl Routine {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        use One::{
            Acos, Asin, Atan, Ceil, Cos, Cosh, Exp, Floor, Log, Log10, Round, Sin, Sinh, Tan, Tanh,
            Trunc,
        };
        let one = [
            Exp, Log, Log10, Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Tanh, Floor, Ceil, Round,
            Trunc,
        ];
        let rest = [
            Self::Two(Two::Pow),
            Self::Two(Two::Atan2),
            Self::Slide,
            Self::SumOfTicks,
        ];
        one.into_iter().map(Self::One).chain(rest)
    }

    /// Name of the symbol and the address behind it.
    pub fn symbol(self) -> (&'static str, *const u8) {
        let one = |name, f: extern "C" fn(f64) -> f64| (name, f as *const u8);
        let two = |name, f: extern "C" fn(f64, f64) -> f64| (name, f as *const u8);
        match self {
            Self::One(of) => match of {
                One::Exp => one("sbt_exp", exp),
                One::Log => one("sbt_log", log),
                One::Log10 => one("sbt_log10", log10),
                One::Sin => one("sbt_sin", sin),
                One::Cos => one("sbt_cos", cos),
                One::Tan => one("sbt_tan", tan),
                One::Asin => one("sbt_asin", asin),
                One::Acos => one("sbt_acos", acos),
                One::Atan => one("sbt_atan", atan),
                One::Sinh => one("sbt_sinh", sinh),
                One::Cosh => one("sbt_cosh", cosh),
                One::Tanh => one("sbt_tanh", tanh),
                One::Floor => one("sbt_floor", floor),
                One::Ceil => one("sbt_ceil", ceil),
                One::Round => one("sbt_round", round),
                One::Trunc => one("sbt_trunc", trunc),
            },
            Self::Two(Two::Pow) => two("sbt_pow", pow),
            Self::Two(Two::Atan2) => two("sbt_atan2", atan2),
            Self::Slide => ("sbt_slide", slide as *const u8),
            Self::SumOfTicks => ("sbt_sum_of_ticks", sum_of_ticks as *const u8),
        }
    }
}

/// An order of `f64` by integers: −∞ … ∞, NaN last; the two zeros are made one before.
fn rank(x: f64) -> i64 {
    if x.is_nan() {
        return i64::MAX;
    }
    let bits = x.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// Moves a sorted window on: takes out `old` when `full`, puts in `new`. `count` values are in it before.
///
/// # Safety
/// `sorted` points to at least `count + 1` values, or to `count ≥ 1` of them when `full`.
unsafe extern "C" fn slide(sorted: *mut f64, count: usize, full: u64, old: f64, new: f64) {
    let new = if new.is_nan() { f64::NAN } else { new + 0.0 };
    let old = old + 0.0;
    let full = full != 0 && count > 0;
    // SAFETY: see above
    let sorted = unsafe { slice::from_raw_parts_mut(sorted, if full { count } else { count + 1 }) };
    let end = sorted.len() - 1;
    let (from, to) = if full {
        // a state that was tampered with may not hold `old`: any place will do, none is out of bounds
        let from = sorted.partition_point(|v| rank(*v) < rank(old)).min(end);
        let to = sorted.partition_point(|v| rank(*v) < rank(new));
        (from, if to > from { to - 1 } else { to })
    } else {
        (end, sorted[..end].partition_point(|v| rank(*v) < rank(new)))
    };
    if from < to {
        sorted.copy_within(from + 1..=to, from);
    } else {
        sorted.copy_within(to..from, to + 1);
    }
    sorted[to] = new;
}

/// Operands and result of [`sum_of_ticks`].
#[repr(C)]
pub(crate) struct TickSum {
    /// Values of the rows, at `row & mask`.
    pub values: *const f64,
    pub mask: i64,
    /// Open times, at the row.
    pub times: *const i64,
    pub row: i64,
    pub n: i64,
    pub period: i64,
    pub scale: f64,
    /// The result; before that, room for a value that is the same on all rows.
    pub sum: f64,
}

/// Bytes of a [`TickSum`], and the offset of its result.
pub(crate) const TICK_SUM: (u32, i32) = (64, 56);

/// The block-anchored sum of whole ticks as it is defined, for windows where the order of adding can be seen: with a value
/// that is not finite, or too large.
///
/// # Safety
/// `args` points to a [`TickSum`] whose columns hold the rows of the window.
unsafe extern "C" fn sum_of_ticks(args: *mut TickSum) {
    // SAFETY: see above
    let args = unsafe { &mut *args };
    // pointers are biased so that a row is an index: only their sum with a row of the window points into the column
    let value = |row: i64| {
        // SAFETY: `row` is a row of the window
        let x = unsafe {
            args.values
                .wrapping_offset((row & args.mask) as isize)
                .read()
        };
        (x * args.scale).round_ties_even()
    };
    // SAFETY: `row` is a row of the window
    let time = |row: i64| unsafe { args.times.wrapping_offset(row as isize).read() };
    let length = args.n * args.period;
    let anchor = time(args.row).div_euclid(length) * length;
    let oldest = (args.row - args.n + 1).max(0);
    let mut first = args.row;
    while first > oldest && time(first - 1) >= anchor {
        first -= 1;
    }
    let mut suffix = 0.0;
    for row in (oldest..first).rev() {
        suffix += value(row);
    }
    let mut prefix = 0.0;
    for row in first..=args.row {
        prefix += value(row);
    }
    args.sum = suffix + prefix;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_orders_as_numbers_with_nan_last() {
        let rising = [
            f64::NEG_INFINITY,
            -1e300,
            -1.0,
            -5e-324,
            0.0,
            5e-324,
            1.0,
            f64::INFINITY,
            f64::NAN,
        ];
        assert!(rising.windows(2).all(|w| rank(w[0]) < rank(w[1])));
    }

    #[test]
    fn a_sorted_window_slides() {
        let series = [
            3.0,
            f64::NAN,
            -1.0,
            3.0,
            7.0,
            -0.0,
            f64::INFINITY,
            2.0,
            f64::NAN,
            f64::NAN,
            1.0,
        ];
        let n = 4;
        let mut sorted = vec![0.0; n];
        for t in 0..series.len() {
            let count = t.min(n);
            let old = if t >= n { series[t - n] } else { 0.0 };
            // SAFETY: `sorted` has room for `n`
            unsafe {
                slide(
                    sorted.as_mut_ptr(),
                    count,
                    u64::from(t >= n),
                    old,
                    series[t],
                );
            };
            let mut window: Vec<f64> = series[(t + 1).saturating_sub(n)..=t]
                .iter()
                .map(|x| x + 0.0)
                .collect();
            window.sort_by_key(|x| rank(*x));
            let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&sorted[..window.len()]), bits(&window), "row {t}");
        }
    }
}
