//! Several symbols whose bars open at the same times: only those with something to do are looked at.
//!
//! A symbol sleeps while nothing can happen to it: it waits for nothing, no flag that matters is set and, while it holds
//! something, no level is reached or moved. The row on which it wakes up is known when it falls asleep, since the block is
//! there; then all that it slept through is made up for at once.

use crate::engine::{Bar, Block, Engine, EngineError, row};
use crate::skip::{Quiet, Wake};
use sixbtc_abi::State;

/// The blocks of one call, in the order of their symbols.
struct March<'b, 'a> {
    blocks: Vec<&'b Block<'a>>,
    rows: usize,
    /// Those with something to do, rising.
    awake: Vec<usize>,
    /// Of the others: since when they sleep, and what they sleep through.
    asleep: Vec<Option<Sleep>>,
    /// Symbol and bar of those that are awake, on the row at hand.
    bars: Vec<(usize, Bar)>,
}

/// The sleep of a symbol.
#[derive(Debug, Clone, Copy)]
struct Sleep {
    from: usize,
    wakes: usize,
    /// Extremes meanwhile, in the sense of what is held.
    quiet: Quiet,
    holds: bool,
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
            awake: (0..blocks.len()).collect(),
            asleep: vec![None; blocks.len()],
            bars: Vec::with_capacity(blocks.len()),
            blocks,
        };
        self.lie_down(&mut march, 0);
        let mut i = 0;
        while i < rows {
            if march.awake.is_empty() {
                let wakes = march.asleep.iter().flatten().map(|sleep| sleep.wakes);
                let next = wakes.min().unwrap_or(rows);
                if next > i {
                    self.sample_asleep(&march, i, next);
                    i = next;
                    continue;
                }
            }
            self.step_together(states, &mut march, i)?;
            self.sample_many(time[i]);
            self.lie_down(&mut march, i + 1);
            i += 1;
        }
        let end = last + self.timeframe.ms();
        for b in 0..march.blocks.len() {
            self.get_up(&mut march, b);
            let block = march.blocks[b];
            let book = &mut self.books[block.symbol];
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
            if march.asleep[b].is_some_and(|sleep| sleep.wakes == i) {
                self.get_up(march, b);
                if let Err(at) = march.awake.binary_search(&b) {
                    march.awake.insert(at, b);
                }
            }
        }
        if i > 0 {
            self.mark_asleep(march, i - 1);
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
        self.mark_asleep(march, i);
        for (b, &(s, bar)) in march.awake.iter().zip(&march.bars) {
            self.gather(march.blocks[*b], i);
            self.decide(s, bar, march.blocks[*b].flags[i], &mut states[s])?;
            self.books[s].row += 1;
        }
        Ok(())
    }

    /// Gives what sleeping symbols hold the close of a row: other orders are sized by all equity.
    fn mark_asleep(&mut self, march: &March<'_, '_>, i: usize) {
        for (block, sleep) in march.blocks.iter().zip(&march.asleep) {
            if sleep.is_some_and(|sleep| sleep.holds) {
                self.books[block.symbol].close = block.close[i];
            }
        }
    }

    /// Lets those that are awake and have nothing to do from a row on fall asleep.
    fn lie_down(&mut self, march: &mut March<'_, '_>, from: usize) {
        let mut awake = std::mem::take(&mut march.awake);
        awake.retain(|&b| {
            march.asleep[b] = self.sleep(march.blocks[b], from, march.rows);
            march.asleep[b].is_none()
        });
        march.awake = awake;
    }

    /// The sleep of a symbol from a row on, if it can sleep through that row or the block ends there.
    fn sleep(&self, block: &Block<'_>, from: usize, rows: usize) -> Option<Sleep> {
        let book = &self.books[block.symbol];
        if from < rows && !book.idle(&self.plan) {
            return None;
        }
        let holds = !book.lots.is_empty();
        let quiet = if holds {
            let until = self.quiet_until(block, from);
            Wake::of(book).quiet(block, from..until.max(from), book.sign())
        } else {
            let entries = self.plan.entry_bits[0] | self.plan.entry_bits[1];
            let rest = block.flags.get(from..rows).unwrap_or_default();
            let next = rest.iter().position(|flags| flags & entries != 0);
            Quiet::rows(next.unwrap_or(rows - from))
        };
        let wakes = from + quiet.rows;
        (wakes > from || from == rows).then_some(Sleep {
            from,
            wakes,
            quiet,
            holds,
        })
    }

    /// Ends the sleep of a symbol, if it sleeps, and makes up for it.
    fn get_up(&mut self, march: &mut March<'_, '_>, b: usize) {
        let Some(sleep) = march.asleep[b].take() else {
            return;
        };
        let block = march.blocks[b];
        let slept = sleep.from..sleep.wakes;
        if sleep.holds {
            self.count_refused(block, slept.clone());
        }
        let book = &mut self.books[block.symbol];
        book.row += slept.len();
        if !slept.is_empty() {
            for lot in &mut book.lots {
                lot.see(sleep.quiet.best, sleep.quiet.worst);
            }
            book.close = block.close[slept.end - 1];
        }
    }

    /// Samples of rows on which all sleep.
    fn sample_asleep(&mut self, march: &March<'_, '_>, from: usize, to: usize) {
        self.clock
            .extend_from_slice(&march.blocks[0].time[from..to]);
        let cash = self.account.cash;
        if self.books.iter().all(|book| book.lots.is_empty()) {
            self.curve.push_flat(to - from, cash);
            return;
        }
        let (mut equity, mut exposure) = (vec![cash; to - from], vec![0.0; to - from]);
        for (s, book) in self.books.iter().enumerate() {
            if book.lots.is_empty() {
                continue;
            }
            let mut mark = |row: usize, close: f64| {
                let mut unrealised = 0.0;
                for lot in &book.lots {
                    unrealised += lot.profit(close);
                    exposure[row] += lot.size * close;
                }
                equity[row] += unrealised;
            };
            // a symbol without a bar in this stretch keeps its last close
            match march.blocks.binary_search_by_key(&s, |b| b.symbol) {
                Ok(b) => {
                    let close = &march.blocks[b].close[from..to];
                    (0..).zip(close).for_each(|(row, close)| mark(row, *close));
                }
                Err(_) => (0..to - from).for_each(|row| mark(row, book.close)),
            }
        }
        self.curve.push_portfolios(cash, &equity, &exposure);
    }
}
