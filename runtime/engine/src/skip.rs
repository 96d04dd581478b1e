//! Passing over bars on which nothing can happen.
//!
//! A bar may be passed over when no flag that matters is set on it, its range reaches no level, no level would move at its
//! close, no funding is due and no time exit is in sight. Then all that the step-by-step path would do is to take the bar's
//! extremes, count refused entries and sample the equity: that is done here for many bars at once, with the same operations
//! on the same numbers, so the bits are the same.

use crate::engine::{Block, Engine};
use crate::trade::SkipReason;

/// Bars looked at before a decision to go on: enough for the loop to run in lanes, few enough to waste little.
const CHUNK: usize = 16;

/// What ends a stretch of bars while something is held.
#[derive(Debug, Clone, Copy)]
struct Wake {
    flags: u64,
    /// Signed extreme against the position.
    adverse: f64,
    /// Signed extreme in favour of it.
    favourable: f64,
}

impl Engine<'_> {
    /// Passes over rows of the only symbol's block from `from` on, and returns how many.
    #[inline]
    pub(crate) fn skip(&mut self, block: &Block<'_>, from: usize) -> usize {
        if !self.books[0].idle(&self.plan) {
            return 0;
        }
        if self.books[0].lots.is_empty() {
            self.skip_flat(block, from)
        } else {
            self.skip_held(block, from)
        }
    }

    fn skip_flat(&mut self, block: &Block<'_>, from: usize) -> usize {
        let book = &mut self.books[0];
        let rows = block.time.len();
        let cold = book.setup.warmup.saturating_sub(book.row).min(rows - from);
        let wanted = self.plan.entry_bits[0] | self.plan.entry_bits[1];
        let flags = &block.flags[from + cold..rows];
        let n = cold + find_flag(flags, wanted);
        if n > 0 {
            let last = from + n - 1;
            book.row += n;
            book.close = block.close[last];
            book.end = block.time[last] + self.timeframe.ms();
            self.curve.push_flat(n, self.account.cash);
        }
        n
    }

    fn skip_held(&mut self, block: &Block<'_>, from: usize) -> usize {
        let book = &self.books[0];
        // A decision that sees a time exit coming is taken step by step.
        let mut rows = block
            .time
            .len()
            .min(from + book.time_exit.saturating_sub(book.row));
        if self.settings.funding
            && let Some(&due) = book
                .setup
                .funding
                .and_then(|f| f.time.get(book.next_funding))
        {
            let length = self.timeframe.ms();
            rows = rows.min(from + block.time[from..].partition_point(|&t| t + length < due));
        }
        if rows <= from {
            return 0;
        }
        let wake = Wake {
            flags: book.wake,
            adverse: book.adverse,
            favourable: book.favourable.min(book.moves),
        };
        let sign = book.sign();
        let (high, low, flags) = (
            &block.high[from..rows],
            &block.low[from..rows],
            &block.flags[from..rows],
        );
        let (n, best, worst) = if sign > 0.0 {
            quiet::<true>(high, low, flags, wake)
        } else {
            quiet::<false>(high, low, flags, wake)
        };
        if n == 0 {
            return 0;
        }
        if book.refused != 0 {
            let mask = book.refused;
            let refused: u64 = if mask.is_power_of_two() {
                let bit = mask.trailing_zeros();
                flags[..n].iter().map(|f| f >> bit & 1).sum()
            } else {
                flags[..n]
                    .iter()
                    .map(|f| u64::from((f & mask).count_ones()))
                    .sum()
            };
            self.account.skips.add(SkipReason::InPosition, refused);
        }
        let close = &block.close[from..from + n];
        let cash = self.account.cash;
        let held = self.curve.push_held(n, cash, sign, book.cost);
        if let [lot] = book.lots.as_slice() {
            let (price, size) = (lot.price, lot.size);
            // Adding to 0 first is what `Book::unrealised` does; it turns −0 into 0.
            held.extend(
                close
                    .iter()
                    .map(|&c| cash + (0.0 + sign * (c - price) * size)),
            );
        } else {
            held.extend(close.iter().map(|&c| {
                let mut unrealised = 0.0;
                for lot in &book.lots {
                    unrealised += lot.profit(c);
                }
                cash + unrealised
            }));
        }
        let book = &mut self.books[0];
        for lot in &mut book.lots {
            lot.see(best, worst);
        }
        book.row += n;
        book.close = close[n - 1];
        book.end = block.time[from + n - 1] + self.timeframe.ms();
        n
    }
}

/// Rows before the first with one of the flags.
fn find_flag(flags: &[u64], wanted: u64) -> usize {
    let mut n = 0;
    for chunk in flags.chunks_exact(CHUNK) {
        let mut any = 0;
        for &f in chunk {
            any |= f;
        }
        if any & wanted != 0 {
            break;
        }
        n += CHUNK;
    }
    n + flags[n..].iter().take_while(|&f| f & wanted == 0).count()
}

/// Rows before the first that wakes, and the signed extremes of those rows.
fn quiet<const LONG: bool>(
    high: &[f64],
    low: &[f64],
    flags: &[u64],
    wake: Wake,
) -> (usize, f64, f64) {
    let signed = |high: f64, low: f64| if LONG { (high, low) } else { (-low, -high) };
    let (mut best, mut worst) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut n = 0;
    let chunks = high
        .chunks_exact(CHUNK)
        .zip(low.chunks_exact(CHUNK))
        .zip(flags.chunks_exact(CHUNK));
    for ((high, low), flags) in chunks {
        let (mut top, mut bottom, mut any) = (f64::NEG_INFINITY, f64::INFINITY, 0);
        for k in 0..CHUNK {
            let (b, w) = signed(high[k], low[k]);
            top = if b > top { b } else { top };
            bottom = if w < bottom { w } else { bottom };
            any |= flags[k];
        }
        if any & wake.flags != 0 || top >= wake.favourable || bottom <= wake.adverse {
            break;
        }
        best = if top > best { top } else { best };
        worst = if bottom < worst { bottom } else { worst };
        n += CHUNK;
    }
    for ((&high, &low), &flags) in high[n..].iter().zip(&low[n..]).zip(&flags[n..]) {
        let (b, w) = signed(high, low);
        if flags & wake.flags != 0 || b >= wake.favourable || w <= wake.adverse {
            break;
        }
        best = if b > best { b } else { best };
        worst = if w < worst { w } else { worst };
        n += 1;
    }
    (n, best, worst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_first_row_that_wakes() {
        let n = 100;
        let high: Vec<f64> = (0..n).map(|i| 100.0 + f64::from(i)).collect();
        let low: Vec<f64> = high.iter().map(|h| h - 5.0).collect();
        let mut flags = vec![0u64; high.len()];
        let never = Wake {
            flags: 0,
            adverse: f64::NEG_INFINITY,
            favourable: f64::INFINITY,
        };
        assert_eq!(
            quiet::<true>(&high, &low, &flags, never),
            (100, 199.0, 95.0)
        );
        assert_eq!(
            quiet::<false>(&high, &low, &flags, never),
            (100, -95.0, -199.0)
        );
        assert_eq!(
            quiet::<true>(
                &high,
                &low,
                &flags,
                Wake {
                    favourable: 137.0,
                    ..never
                }
            )
            .0,
            37
        );
        assert_eq!(
            quiet::<false>(
                &high,
                &low,
                &flags,
                Wake {
                    adverse: -137.0,
                    ..never
                }
            )
            .0,
            37
        );
        flags[50] = 2;
        assert_eq!(
            quiet::<true>(&high, &low, &flags, Wake { flags: 2, ..never }).0,
            50
        );
        assert_eq!(
            quiet::<true>(&high, &low, &flags, Wake { flags: 1, ..never }).0,
            100
        );
        assert_eq!(
            (
                find_flag(&flags, 2),
                find_flag(&flags, 4),
                find_flag(&flags[..3], 1)
            ),
            (50, 100, 3)
        );
    }
}
