//! W4 by hand: crosses of 100 × 100 simple averages, filled as W1.
//!
//! The 200 averages of a block of rows are taken once from prefix sums of whole ticks; each pair is then compared eight rows
//! at a time into a mask of 64, and only crosses cost more.

use crate::money::{Figures, Market, TAKER, Tally};
use pulp::{Arch, Simd, WithSimd};

pub const ROWS: usize = 512;
/// Fast averages whose blocks stay in the first cache together.
const TILE: usize = 4;
/// Ticks a unit of price.
pub const TICKS: f64 = 100.0;

/// A pair's place in time.
#[derive(Clone, Copy)]
struct Pair {
    tally: Tally,
    /// 0 while flat.
    units: f64,
    price: f64,
    /// Whether fast was above and below slow on the last row.
    above: bool,
    below: bool,
}

/// The sweep with what it reads.
struct Sweep<'a> {
    market: Market<'a>,
    fast: &'a [usize],
    slow: &'a [usize],
    years: f64,
}

impl WithSimd for Sweep<'_> {
    type Output = Vec<Figures>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Figures> {
        run(&self)
    }
}

/// Figures of all pairs, slow fastest. Every slow average is longer than every fast one.
pub fn sweep(market: Market<'_>, fast: &[usize], slow: &[usize], years: f64) -> Vec<Figures> {
    Arch::new().dispatch(Sweep {
        market,
        fast,
        slow,
        years,
    })
}

/// Averages of a block of rows, 0 where there is none yet.
#[inline(always)]
fn averages(sums: &[f64], from: usize, lengths: &[usize], out: &mut [[f64; ROWS]]) {
    let rows = ROWS.min(sums.len() - 1 - from);
    for (&n, out) in lengths.iter().zip(out) {
        let start = n.saturating_sub(from + 1).min(rows);
        out[..start].fill(0.0);
        let newest = &sums[from + 1 + start..from + 1 + rows];
        let oldest = &sums[(from + 1 + start).saturating_sub(n)..];
        for ((out, new), old) in out[start..rows].iter_mut().zip(newest).zip(oldest) {
            *out = (new - old) / n as f64;
        }
        out[rows..].fill(0.0);
    }
}

#[inline(always)]
fn run(w: &Sweep<'_>) -> Vec<Figures> {
    let Market { open, close, .. } = w.market;
    let n = close.len();
    let mut sums = Vec::with_capacity(n + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for c in close {
        sum += (c * TICKS).round();
        sums.push(sum);
    }
    let start = Pair {
        tally: Tally::START,
        units: 0.0,
        price: 0.0,
        above: false,
        below: false,
    };
    let mut pairs = vec![start; w.fast.len() * w.slow.len()];
    let mut fast = vec![[0.0; ROWS]; w.fast.len()];
    let mut slow = vec![[0.0; ROWS]; w.slow.len()];
    for from in (0..n).step_by(ROWS) {
        averages(&sums, from, w.fast, &mut fast);
        averages(&sums, from, w.slow, &mut slow);
        for tile in (0..fast.len()).step_by(TILE) {
            for (s, slow) in slow.iter().enumerate() {
                for f in tile..(tile + TILE).min(fast.len()) {
                    let pair = &mut pairs[f * w.slow.len() + s];
                    // the first row that has a row before it with both averages
                    let first = w.slow[s];
                    block(pair, &fast[f], slow, from, first, open);
                }
            }
        }
    }
    for pair in &mut pairs {
        if pair.units > 0.0 {
            leave(pair, close[n - 1]);
        }
    }
    pairs.iter().map(|p| p.tally.figures(w.years)).collect()
}

/// Crosses of a pair in a block.
#[inline(always)]
fn block(
    pair: &mut Pair,
    fast: &[f64; ROWS],
    slow: &[f64; ROWS],
    from: usize,
    first: usize,
    open: &[f64],
) {
    let (mut was_above, mut was_below) = (pair.above, pair.below);
    let (fast, _) = fast.as_chunks::<64>();
    let (slow, _) = slow.as_chunks::<64>();
    for (k, (f, s)) in fast.iter().zip(slow).enumerate() {
        let (mut above, mut below) = (0_u64, 0_u64);
        for i in 0..64 {
            above |= u64::from(f[i] > s[i]) << i;
            below |= u64::from(f[i] < s[i]) << i;
        }
        let up = above & !(above << 1 | u64::from(was_above));
        let down = below & !(below << 1 | u64::from(was_below));
        (was_above, was_below) = (above >> 63 == 1, below >> 63 == 1);
        let mut crosses = up | down;
        while crosses != 0 {
            let bit = crosses.trailing_zeros();
            crosses &= crosses - 1;
            let row = from + 64 * k + bit as usize;
            if row < first || row + 1 >= open.len() {
                continue;
            }
            if down >> bit & 1 == 1 {
                if pair.units > 0.0 {
                    leave(pair, open[row + 1]);
                }
            } else if pair.units == 0.0 {
                pair.price = open[row + 1];
                pair.units = pair.tally.cash / pair.price;
                pair.tally.cash -= pair.units * pair.price * TAKER;
            }
        }
    }
    (pair.above, pair.below) = (was_above, was_below);
}

/// Sells all.
#[inline(always)]
fn leave(pair: &mut Pair, price: f64) {
    let (t, size) = (&mut pair.tally, pair.units);
    let entry_fee = size * pair.price * TAKER;
    let gross = (price - pair.price) * size;
    let fee = size * price * TAKER;
    t.cash = t.cash + gross - fee;
    t.add(gross - entry_fee - fee, size * pair.price);
    pair.units = 0.0;
}

/// Lengths of the fast and the slow averages; every `thin`-th of them.
pub fn lengths(thin: usize) -> (Vec<usize>, Vec<usize>) {
    let fast = (2..=101).step_by(thin).collect();
    let slow = (105..=600).step_by(5 * thin).collect();
    (fast, slow)
}
