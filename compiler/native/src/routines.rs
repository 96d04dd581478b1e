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

// for processors without an instruction for it
extern "C" fn fma(x: f64, y: f64, z: f64) -> f64 {
    libm::fma(x, y, z)
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
pub enum Routine {
    /// `f64 → f64`
    One(One),
    /// `f64, f64 → f64`
    Two(Two),
    /// `f64, f64, f64 → f64`
    Fma,
    /// [`slide`]
    Slide,
    /// [`sum_of_ticks`]
    SumOfTicks,
    /// [`sum_of_values`]
    SumOfValues,
    /// [`seed_of_ticks`]
    SeedOfTicks,
}

/// One-operand routines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum One {
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
pub enum Two {
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
            Self::Fma,
            Self::Slide,
            Self::SumOfTicks,
            Self::SumOfValues,
            Self::SeedOfTicks,
        ];
        one.into_iter().map(Self::One).chain(rest)
    }

    /// Name of the symbol and the address behind it.
    #[must_use]
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
            Self::Fma => ("sbt_fma", fma as *const u8),
            Self::Slide => ("sbt_slide", slide as *const u8),
            Self::SumOfTicks => ("sbt_sum_of_ticks", sum_of_ticks as *const u8),
            Self::SumOfValues => ("sbt_sum_of_values", sum_of_values as *const u8),
            Self::SeedOfTicks => ("sbt_seed_of_ticks", seed_of_ticks as *const u8),
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

/// Operands and result of a sum over the rows of a window.
#[repr(C)]
pub struct LongSum {
    /// Values of the rows, at `row & mask`. Biased: only together with a row of the window a pointer into the column.
    values: *const f64,
    mask: i64,
    /// Distance of values of neighbouring rows: 1, or the number of lanes.
    stride: i64,
    /// Open times, at the row; biased too.
    times: *const i64,
    row: i64,
    n: i64,
    period: i64,
    scale: f64,
    /// A sum to go on from ([`seed_of_ticks`] only).
    running: *mut f64,
    /// The result; before that, room for a value that is the same on all rows.
    sum: f64,
}

impl LongSum {
    /// Its size, in bytes.
    pub const BYTES: u32 = size_of::<Self>() as u32;
    /// Offset of the result.
    pub const RESULT: i32 = std::mem::offset_of!(Self, sum) as i32;

    /// # Safety
    /// `row` is a row of the window.
    unsafe fn value(&self, row: i64) -> f64 {
        let at = ((row & self.mask) * self.stride) as isize;
        // SAFETY: the columns or the ring hold the rows of the window
        unsafe { self.values.wrapping_offset(at).read() }
    }

    /// # Safety
    /// As [`LongSum::value`].
    unsafe fn ticks(&self, row: i64) -> f64 {
        // SAFETY: as here
        (unsafe { self.value(row) } * self.scale).round_ties_even()
    }

    /// The block-anchored sum as it is defined.
    ///
    /// # Safety
    /// The pointers hold the rows of the window.
    unsafe fn anchored(&self, of: unsafe fn(&Self, i64) -> f64) -> f64 {
        // SAFETY: `row` is a row of the window
        let time = |row: i64| unsafe { self.times.wrapping_offset(row as isize).read() };
        let length = self.n * self.period;
        let anchor = time(self.row).div_euclid(length).wrapping_mul(length);
        let oldest = (self.row - self.n + 1).max(0);
        let mut first = self.row;
        while first > oldest && time(first - 1) >= anchor {
            first -= 1;
        }
        let mut suffix = 0.0;
        for row in (oldest..first).rev() {
            // SAFETY: a row of the window
            suffix += unsafe { of(self, row) };
        }
        let mut prefix = 0.0;
        for row in first..=self.row {
            // SAFETY: a row of the window
            prefix += unsafe { of(self, row) };
        }
        suffix + prefix
    }
}

/// The sum of whole ticks where the order of adding can be seen: with a value that is not finite, or too large.
///
/// # Safety
/// `args` points to a [`LongSum`] whose columns hold the rows of the window.
unsafe extern "C" fn sum_of_ticks(args: *mut LongSum) {
    // SAFETY: see above
    unsafe { (*args).sum = (*args).anchored(LongSum::ticks) };
}

/// The sum of a window that only seeds a recurrence.
///
/// # Safety
/// As [`sum_of_ticks`].
unsafe extern "C" fn sum_of_values(args: *mut LongSum) {
    // SAFETY: see above
    unsafe { (*args).sum = (*args).anchored(LongSum::value) };
}

/// The sum of whole ticks of a window that only seeds a recurrence. Called on every row from the first on.
///
/// # Safety
/// As [`sum_of_ticks`], and `running` points to a word of state, 0 at first, with the row before the window still held.
unsafe extern "C" fn seed_of_ticks(args: *mut LongSum) {
    let sum = {
        // SAFETY: see above; nothing is written while this is borrowed, for `values` may point to the result's own place
        let args = unsafe { &*args };
        // SAFETY: the row under way, and the one that has just left the window
        let (now, left) = unsafe {
            let left = if args.row >= args.n {
                args.ticks(args.row - args.n)
            } else {
                0.0
            };
            (args.ticks(args.row), left)
        };
        // SAFETY: see above
        let running = unsafe { &mut *args.running };
        // whole numbers whose sums stay below 2⁵³ add the same in any order; NaN marks that one of them was not
        let limit = (1u64 << 52) as f64 / args.n as f64;
        *running = if now.abs() <= limit {
            *running + (now - left)
        } else {
            f64::NAN
        };
        if running.is_nan() {
            // SAFETY: see above
            unsafe { args.anchored(LongSum::ticks) }
        } else {
            *running
        }
    };
    // SAFETY: see above
    unsafe { (*args).sum = sum };
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
