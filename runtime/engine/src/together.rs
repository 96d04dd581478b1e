//! Several symbols whose bars open at the same times: only those with something to do are looked at.
//!
//! A symbol that holds nothing, waits for nothing and shows no flag of an entry leaves no trace on a bar but its number. The
//! flags of a block are known before it is walked, so the next row on which such a symbol wakes up is known too.

use crate::engine::{Bar, Block, Engine, EngineError, row};
use sixbtc_abi::State;

/// The blocks of one call, in the order of their symbols.
struct March<'b, 'a> {
    blocks: Vec<&'b Block<'a>>,
    rows: usize,
    /// Row on which an idle symbol wakes up.
    wakes: Vec<usize>,
    /// Rows of each that its book has counted.
    counted: Vec<usize>,
    /// Those with something to do, rising.
    awake: Vec<usize>,
    /// Of these: symbol and bar of the row at hand.
    bars: Vec<(usize, Bar)>,
}

/// Whether all blocks open at the same times.
pub(crate) fn aligned(blocks: &[Block<'_>]) -> bool {
    let Some((first, rest)) = blocks.split_first() else {
        return false;
    };
    rest.iter().all(|b| b.time == first.time)
}

impl Engine<'_> {
    /// [`Engine::advance`] for [`aligned`] blocks of different symbols, in their order, of a strategy without a position
    /// phase. Gives the same bits as walking every bar.
    pub(crate) fn advance_together(
        &mut self,
        states: &mut [State],
        blocks: Vec<&Block<'_>>,
    ) -> Result<(), EngineError> {
        let time = blocks[0].time;
        let Some((&first, &last)) = time.first().zip(time.last()) else {
            return Ok(());
        };
        if self.clock.last().is_some_and(|&before| first <= before)
            || time.windows(2).any(|w| w[0] >= w[1])
        {
            return Err(EngineError::Rows("times must rise from block to block"));
        }
        let rows = time.len();
        self.account.counters.rows += (rows * blocks.len()) as u64;
        let mut march = March {
            rows,
            wakes: vec![rows; blocks.len()],
            counted: vec![0; blocks.len()],
            awake: Vec::with_capacity(blocks.len()),
            bars: Vec::with_capacity(blocks.len()),
            blocks,
        };
        self.wake_next(&mut march, 0);
        let mut i = 0;
        while i < rows {
            if march.awake.is_empty() {
                let next = march.wakes.iter().copied().min().unwrap_or(rows);
                if next > i {
                    self.clock.extend_from_slice(&time[i..next]);
                    self.curve.push_flat(next - i, self.account.cash);
                    i = next;
                    continue;
                }
            }
            self.step_together(states, &mut march, i)?;
            self.wake_next(&mut march, i + 1);
            self.sample_awake(time[i], &march);
            i += 1;
        }
        let end = last + self.timeframe.ms();
        for (block, counted) in march.blocks.iter().zip(&march.counted) {
            let book = &mut self.books[block.symbol];
            book.row += rows - counted;
            book.close = block.close[rows - 1];
            book.end = end;
        }
        Ok(())
    }

    /// One row of all symbols with something to do.
    fn step_together(
        &mut self,
        states: &mut [State],
        march: &mut March<'_, '_>,
        i: usize,
    ) -> Result<(), EngineError> {
        for b in 0..march.blocks.len() {
            if march.wakes[b] == i {
                if let Err(at) = march.awake.binary_search(&b) {
                    march.awake.insert(at, b);
                }
                self.books[march.blocks[b].symbol].row += i - march.counted[b];
                march.counted[b] = i;
            }
        }
        let (blocks, awake) = (&march.blocks, &march.awake);
        march.bars.clear();
        let bar = |b: &usize| (blocks[*b].symbol, row(blocks[*b], i));
        march.bars.extend(awake.iter().map(bar));
        for &(s, bar) in &march.bars {
            self.open_exits(s, bar);
        }
        for &(s, bar) in &march.bars {
            self.open_entries(s, bar)?;
        }
        for &(s, bar) in &march.bars {
            self.within(s, bar)?;
        }
        for (b, &(s, bar)) in awake.iter().zip(&march.bars) {
            self.gather(blocks[*b], i);
            self.confirm(s, bar);
        }
        for (b, &(s, bar)) in awake.iter().zip(&march.bars) {
            self.gather(blocks[*b], i);
            self.decide(s, bar, blocks[*b].flags[i], &mut states[s])?;
            self.books[s].row += 1;
            march.counted[*b] = i + 1;
        }
        Ok(())
    }

    /// Sorts the symbols into those with something to do and those that wake up on a row from `from` on.
    fn wake_next(&self, march: &mut March<'_, '_>, from: usize) {
        let entries = self.plan.entry_bits[0] | self.plan.entry_bits[1];
        // at the beginning all are looked at; later a symbol that slept on sleeps on
        let looked = if from == 0 {
            (0..march.blocks.len()).collect()
        } else {
            std::mem::take(&mut march.awake)
        };
        for b in looked {
            let block = march.blocks[b];
            let book = &self.books[block.symbol];
            if !(book.lots.is_empty() && book.entries_due.is_empty() && book.resting.is_empty()) {
                march.awake.push(b);
                march.wakes[b] = march.rows;
                continue;
            }
            let rest = block.flags.get(from..march.rows).unwrap_or_default();
            let next = rest.iter().position(|flags| flags & entries != 0);
            march.wakes[b] = next.map_or(march.rows, |n| from + n);
        }
    }

    /// A sample of the equity. Symbols that sleep hold nothing.
    fn sample_awake(&mut self, time: i64, march: &March<'_, '_>) {
        self.clock.push(time);
        let (mut held, mut exposure, mut equity) = (false, 0.0, self.account.cash);
        for &b in &march.awake {
            let book = &self.books[march.blocks[b].symbol];
            if book.lots.is_empty() {
                continue;
            }
            held = true;
            equity += book.unrealised();
            for lot in &book.lots {
                exposure += lot.size * book.close;
            }
        }
        let cash = self.account.cash;
        if held {
            self.curve.push_portfolio(cash, equity, exposure);
        } else {
            self.curve.push_flat(1, cash);
        }
    }
}
