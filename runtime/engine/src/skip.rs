//! Passing over bars on which nothing can happen.
//!
//! A bar may be passed over when no flag that matters is set on it, its range reaches no level, no level would move at its
//! close, no funding is due and no time exit is in sight. Then all that the step-by-step path would do is to take the bar's
//! extremes, count refused entries and sample the equity: that is done here for many bars at once, with the same operations
//! on the same numbers, so the bits are the same.

use crate::book::Book;
use crate::engine::{Block, Engine};
use crate::trade::SkipReason;
use std::ops::Range;

/// Bars that are judged at once.
const CHUNK: usize = 8;

/// What ends a stretch of bars while something is held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wake {
    flags: u64,
    /// Signed extreme against the position.
    adverse: f64,
    /// Signed extreme in favour of it.
    favourable: f64,
}

/// A stretch of bars on which nothing happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quiet {
    /// How many.
    pub rows: usize,
    /// Signed extremes; infinite the other way round without bars.
    pub best: f64,
    pub worst: f64,
}

impl Quiet {
    /// Bars whose extremes concern nobody.
    pub fn rows(rows: usize) -> Self {
        Self {
            rows,
            best: f64::NEG_INFINITY,
            worst: f64::INFINITY,
        }
    }
}

impl Wake {
    /// Of what a book holds.
    pub fn of(book: &Book<'_>) -> Self {
        Self {
            flags: book.wake,
            adverse: book.adverse,
            favourable: book.favourable.min(book.moves),
        }
    }

    /// The bars of a range before the first that wakes.
    pub fn quiet(self, block: &Block<'_>, range: Range<usize>, sign: f64) -> Quiet {
        let (rows, best, worst) = if sign > 0.0 {
            scan::<true>(block, range, self)
        } else {
            scan::<false>(block, range, self)
        };
        Quiet { rows, best, worst }
    }
}

/// What is known of a block before the walk through it.
///
/// Made in sweeps over whole columns: memory comes in streams then, while a walk from fill to fill would wait for it at
/// every turn.
#[derive(Debug, Default)]
pub(crate) struct Digest {
    /// Flags of each chunk.
    any: Vec<u64>,
    /// Rows with a flag that some order of the plan waits for, rising.
    marked: Vec<u32>,
    /// The first of them that has not been passed.
    next: usize,
    /// Extremes of each chunk; empty until a level asks for them.
    top: Vec<f64>,
    bottom: Vec<f64>,
}

impl Digest {
    /// Gathers the flags of a block, and marks the rows of those in `waited`.
    fn flags(&mut self, block: &Block<'_>, waited: u64) -> u64 {
        self.top.clear();
        self.bottom.clear();
        self.any.clear();
        self.next = 0;
        let mut all = 0;
        let flags = &block.flags[..block.time.len()];
        let (chunks, rest) = flags.as_chunks::<CHUNK>();
        let gather = |flags: &[u64]| flags.iter().fold(0, |any, f| any | f);
        self.any.extend(chunks.iter().map(|chunk| gather(chunk)));
        if !rest.is_empty() {
            self.any.push(gather(rest));
        }
        for any in &self.any {
            all |= any;
        }
        self.mark(flags, waited);
        all
    }

    fn mark(&mut self, flags: &[u64], waited: u64) {
        // Every row is written to the next place, which moves on only behind a row that counts: no branch to guess wrong.
        self.marked.resize(flags.len() + 1, 0);
        let mut marked = 0;
        for (chunk, any) in self.any.iter().enumerate() {
            if any & waited == 0 {
                continue;
            }
            let start = chunk * CHUNK;
            for (row, f) in flags.iter().enumerate().skip(start).take(CHUNK) {
                self.marked[marked] = row as u32;
                marked += usize::from(f & waited != 0);
            }
        }
        self.marked.truncate(marked);
    }

    /// The first row from `from` on, and before `rows`, with one of the flags; `rows` when there is none. Rows before `from`
    /// are not asked for again.
    fn find(&mut self, flags: &[u64], from: usize, rows: usize, wanted: u64) -> usize {
        let passed = |row: u32| (row as usize) < from;
        while self.marked.get(self.next).is_some_and(|&row| passed(row)) {
            self.next += 1;
        }
        for &row in &self.marked[self.next..] {
            let row = row as usize;
            if row >= rows {
                break;
            }
            if flags[row] & wanted != 0 {
                return row;
            }
        }
        rows
    }

    /// Brings the opens near at which orders may fill: they are read here and there, each at the end of a wait otherwise.
    fn fetch_opens(&self, open: &[f64]) {
        let mut sum = 0.0;
        for &row in &self.marked {
            if let Some(open) = open.get(row as usize + 1) {
                sum += open;
            }
        }
        std::hint::black_box(sum);
    }

    /// Gathers the extremes of the block, once.
    fn extremes(&mut self, block: &Block<'_>) {
        if !self.top.is_empty() {
            return;
        }
        // What remains behind the last whole chunk is looked at row by row.
        let (high, low) = (block.high.as_chunks().0, block.low.as_chunks().0);
        self.top
            .extend(high.iter().map(|chunk| extreme(chunk, |a, b| a > b)));
        self.bottom
            .extend(low.iter().map(|chunk| extreme(chunk, |a, b| a < b)));
    }
}

/// The extreme of a chunk, in four lanes that are brought together at the end: a shape that processors do at once.
#[inline]
fn extreme(chunk: &[f64; CHUNK], beyond: impl Fn(f64, f64) -> bool) -> f64 {
    let pick = |a: f64, b: f64| if beyond(a, b) { a } else { b };
    let mut lanes = [chunk[0], chunk[1], chunk[2], chunk[3]];
    for (lane, &x) in lanes.iter_mut().zip(&chunk[4..]) {
        *lane = pick(*lane, x);
    }
    pick(pick(lanes[0], lanes[2]), pick(lanes[1], lanes[3]))
}

impl Engine<'_> {
    /// Prepares a block of the only symbol. Whether the whole block passes without anything happening, in which case it has
    /// been passed over.
    pub(crate) fn digest(&mut self, block: &Block<'_>) -> bool {
        if self.plan.position_phase {
            // No bar will be passed over.
            return false;
        }
        let wanted = self.plan.entry_bits[0] | self.plan.entry_bits[1];
        let all = self.digest.flags(block, wanted | self.plan.exit_bits);
        let book = &self.books[0];
        if book.lots.is_empty() && all & wanted == 0 && book.idle(&self.plan) {
            self.skip_flat(block, 0);
            return true;
        }
        self.digest.fetch_opens(block.open);
        false
    }

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
        let n = self.digest.find(block.flags, from + cold, rows, wanted) - from;
        book.row += n;
        self.curve.push_flat(n, self.account.cash);
        n
    }

    /// Row before which neither a time exit nor a payment of funding concerns what a symbol holds.
    pub(crate) fn quiet_until(&self, block: &Block<'_>, from: usize) -> usize {
        let book = &self.books[block.symbol];
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
        rows
    }

    /// Counts the entries that what is held refuses.
    pub(crate) fn count_refused(&mut self, block: &Block<'_>, rows: Range<usize>) {
        let mask = self.books[block.symbol].refused;
        if mask == 0 {
            return;
        }
        let flags = &block.flags[rows];
        let refused: u64 = if mask.is_power_of_two() {
            let bit = mask.trailing_zeros();
            flags.iter().map(|f| f >> bit & 1).sum()
        } else {
            flags
                .iter()
                .map(|f| u64::from((f & mask).count_ones()))
                .sum()
        };
        self.account.skips.add(SkipReason::InPosition, refused);
    }

    fn skip_held(&mut self, block: &Block<'_>, from: usize) -> usize {
        let book = &self.books[0];
        let rows = self.quiet_until(block, from);
        if rows <= from {
            return 0;
        }
        let wake = Wake::of(book);
        let sign = book.sign();
        // Without a stop and a target, flags say when the stretch ends, and one look at its extremes whether the liquidation
        // price really is out of reach.
        let unguarded = wake.favourable >= f64::INFINITY && book.adverse <= book.liquidation;
        let whole = unguarded.then(|| {
            let end = self.digest.find(block.flags, from, rows, wake.flags);
            let (top, bottom) = span(&block.high[from..end], &block.low[from..end]);
            let (best, worst) = if sign > 0.0 {
                (top, bottom)
            } else {
                (-bottom, -top)
            };
            (end - from, best, worst)
        });
        let (n, best, worst) = match whole {
            Some(whole) if whole.1 < wake.favourable && whole.2 > wake.adverse => whole,
            _ => {
                self.digest.extremes(block);
                if sign > 0.0 {
                    quiet::<true>(block, &self.digest, from..rows, wake)
                } else {
                    quiet::<false>(block, &self.digest, from..rows, wake)
                }
            }
        };
        if n == 0 {
            return 0;
        }
        self.count_refused(block, from..from + n);
        let book = &self.books[0];
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
        // Marks the position for the next order's size and for funding in a gap.
        book.close = close[n - 1];
        book.row += n;
        n
    }
}

/// Highest high and lowest low of rows.
#[inline]
fn span(high: &[f64], low: &[f64]) -> (f64, f64) {
    let (highs, high_rest) = high.as_chunks::<4>();
    let (lows, low_rest) = low.as_chunks::<4>();
    let mut top = [f64::NEG_INFINITY; 4];
    let mut bottom = [f64::INFINITY; 4];
    for (h, l) in highs.iter().zip(lows) {
        for k in 0..4 {
            top[k] = if h[k] > top[k] { h[k] } else { top[k] };
            bottom[k] = if l[k] < bottom[k] { l[k] } else { bottom[k] };
        }
    }
    let more = |a: f64, b: f64| if a > b { a } else { b };
    let less = |a: f64, b: f64| if a < b { a } else { b };
    let mut best = more(more(top[0], top[1]), more(top[2], top[3]));
    let mut worst = less(less(bottom[0], bottom[1]), less(bottom[2], bottom[3]));
    for (&h, &l) in high_rest.iter().zip(low_rest) {
        best = more(h, best);
        worst = less(l, worst);
    }
    (best, worst)
}

/// Rows of a range before the first that wakes, and the signed extremes of those rows.
fn quiet<const LONG: bool>(
    block: &Block<'_>,
    digest: &Digest,
    range: Range<usize>,
    wake: Wake,
) -> (usize, f64, f64) {
    let signed = |high: f64, low: f64| if LONG { (high, low) } else { (-low, -high) };
    let (mut best, mut worst) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut row = range.start;
    while row < range.end {
        let (flags, (b, w), rows) = if row.is_multiple_of(CHUNK) && row + CHUNK <= range.end {
            let chunk = row / CHUNK;
            (
                digest.any[chunk],
                signed(digest.top[chunk], digest.bottom[chunk]),
                CHUNK,
            )
        } else {
            (block.flags[row], signed(block.high[row], block.low[row]), 1)
        };
        if flags & wake.flags != 0 || b >= wake.favourable || w <= wake.adverse {
            if rows == 1 {
                break;
            }
            // The chunk holds the row that wakes: it is among the next ones.
            let (n, top, bottom) = scan::<LONG>(block, row..row + CHUNK, wake);
            best = if top > best { top } else { best };
            worst = if bottom < worst { bottom } else { worst };
            row += n;
            break;
        }
        best = if b > best { b } else { best };
        worst = if w < worst { w } else { worst };
        row += rows;
    }
    (row - range.start, best, worst)
}

/// [`quiet`], row by row.
fn scan<const LONG: bool>(block: &Block<'_>, range: Range<usize>, wake: Wake) -> (usize, f64, f64) {
    let signed = |high: f64, low: f64| if LONG { (high, low) } else { (-low, -high) };
    let (mut best, mut worst) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut n = 0;
    let rows = block.high[range.clone()]
        .iter()
        .zip(&block.low[range.clone()])
        .zip(&block.flags[range]);
    for ((&high, &low), &flags) in rows {
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
        let time = vec![0i64; high.len()];
        let mut flags = vec![0u64; high.len()];
        flags[50] = 2;
        let block = Block {
            symbol: 0,
            time: &time,
            open: &low,
            high: &high,
            low: &low,
            close: &low,
            flags: &flags,
            values: &[],
        };
        let mut d = Digest::default();
        assert_eq!(
            extreme(&[3.0, 1.0, 9.0, 2.0, 4.0, 8.0, 5.0, 6.0], |a, b| a > b),
            9.0
        );
        assert_eq!(d.flags(&block, 2), 2);
        d.extremes(&block);
        let never = Wake {
            flags: 0,
            adverse: f64::NEG_INFINITY,
            favourable: f64::INFINITY,
        };
        assert_eq!(quiet::<true>(&block, &d, 0..100, never), (100, 199.0, 95.0));
        assert_eq!(
            quiet::<false>(&block, &d, 3..100, never),
            (97, -98.0, -199.0)
        );
        for from in [0, 1, 15, 16, 17, 36] {
            let up = Wake {
                favourable: 137.0,
                ..never
            };
            assert_eq!(
                quiet::<true>(&block, &d, from..100, up),
                (
                    37 - from,
                    if from == 37 { 0.0 } else { 136.0 },
                    95.0 + from as f64
                )
            );
            assert_eq!(
                quiet::<false>(
                    &block,
                    &d,
                    from..100,
                    Wake {
                        adverse: -137.0,
                        ..never
                    }
                )
                .0,
                37 - from
            );
            assert_eq!(
                quiet::<true>(&block, &d, from..100, Wake { flags: 2, ..never }).0,
                50 - from
            );
            assert_eq!(
                quiet::<true>(&block, &d, from..40, Wake { flags: 2, ..never }).0,
                40 - from
            );
            assert_eq!(d.find(&flags, from, 100, 2), 50);
            assert_eq!(d.find(&flags, from, 40, 2), 40);
            assert_eq!(d.find(&flags, from, 100, 1), 100);
            assert_eq!(
                span(&block.high[from..], &block.low[from..]),
                (199.0, 95.0 + from as f64)
            );
        }
        assert_eq!(
            quiet::<true>(
                &block,
                &d,
                37..100,
                Wake {
                    favourable: 137.0,
                    ..never
                }
            )
            .0,
            0
        );
    }
}
