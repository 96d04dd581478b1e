//! The engine: bars and kernel outputs in, fills and equity out.
//!
//! The order of events on a bar, for all symbols of one open time together:
//! 1. at the open: exits due, then entries due (a position can be reversed on one open);
//! 2. within the bar: liquidation, stops, trailing stops, targets, resting entries;
//! 3. at the close: funding due in the bar, trailing levels moved, the strategy's position phase, its decisions.
//!
//! With several symbols each step is taken for all of them, in the order of the symbol list, before the next: nothing that
//! happens within one symbol's bar can free a slot or margin for another symbol's open.

use crate::account::{Account, Fill};
use crate::book::{Book, Order, Resting, SymbolSetup, in_scope};
use crate::curve::EquityCurve;
use crate::lot::Candle;
use crate::orders::{Plan, PlanError, Route, Seen, Trigger, whole};
use crate::settings::{EquityMode, FillAt, RunSettings, SettingError};
use crate::skip::Digest;
use crate::together::aligned;
use crate::trade::{Counters, LevelPoint, SkipReason, Skips, Trade};
use sixbtc_abi::{Cond, Constants, ExitReason, Kernel, KernelError, Phase, PositionInputs, State};
use sixbtc_market::Timeframe;

/// Why a run cannot go on. Data never causes this.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// A setting makes no sense.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The order plan does not fit its kernel.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The kernel refused.
    #[error("the kernel refused: {0}")]
    Kernel(#[from] KernelError),
    /// Blocks of unequal columns, times that do not rise, or a symbol that does not exist.
    #[error("the rows fed to the engine do not fit: {0}")]
    Rows(&'static str),
}

/// Rows of one symbol: bars and the signal outputs of the kernel for them.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Index into the run's symbols.
    pub symbol: usize,
    /// Open times, ms, rising.
    pub time: &'a [i64],
    /// First prices.
    pub open: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
    /// Signal flags; may be longer than `time`.
    pub flags: &'a [u64],
    /// Signal value columns; each may be longer than `time`.
    pub values: &'a [Vec<f64>],
}

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Closed trades in the order of closing.
    pub trades: Vec<Trade>,
    /// Levels over time, sorted by lot, then by time.
    pub levels: Vec<LevelPoint>,
    /// Equity at every base bar.
    pub curve: EquityCurve,
    /// Times of the samples when the run had several symbols; empty for one, whose samples are its bars.
    pub clock: Vec<i64>,
    /// Entries not taken.
    pub skipped: Skips,
    /// Counts and costs.
    pub counters: Counters,
}

impl Outcome {
    /// Stop and target of a trade over time.
    pub fn levels_of(&self, trade: &Trade) -> &[LevelPoint] {
        let start = self.levels.partition_point(|p| p.lot < trade.lot);
        let end = self.levels.partition_point(|p| p.lot <= trade.lot);
        &self.levels[start..end]
    }
}

/// A row of a block with its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bar {
    pub time: i64,
    pub candle: Candle,
}

/// Executes the order plan of a kernel over rows in time order.
///
/// Feed it with [`Engine::advance`] block by block; any cut into blocks gives the same bits. [`Engine::finish`] closes what
/// is open at the last close.
pub struct Engine<'a> {
    pub(crate) kernel: &'a dyn Kernel,
    pub(crate) constants: &'a Constants,
    pub(crate) settings: RunSettings,
    pub(crate) plan: Plan,
    pub(crate) timeframe: Timeframe,
    /// 1 when decisions fill at the next open, 0 when at the same close.
    pub(crate) lead: usize,
    pub(crate) books: Vec<Book<'a>>,
    pub(crate) account: Account,
    pub(crate) curve: EquityCurve,
    pub(crate) clock: Vec<i64>,
    skips_bars: bool,
    pub(crate) digest: Digest,
    /// Signal values of the row at hand.
    signal: Vec<f64>,
    /// Bracket values of the entry at hand.
    pub(crate) bracket: Vec<f64>,
    /// Positions of the blocks while they are merged.
    cursors: Vec<usize>,
    /// Index of each symbol's block while they are merged.
    at_time: Vec<(usize, usize)>,
}

impl<'a> Engine<'a> {
    /// An engine before its first row. `constants` come from `kernel.bind`.
    pub fn new(
        kernel: &'a dyn Kernel,
        constants: &'a Constants,
        settings: &RunSettings,
        timeframe: Timeframe,
        symbols: &[SymbolSetup<'a>],
    ) -> Result<Self, EngineError> {
        settings.check()?;
        if symbols.is_empty() || symbols.len() > usize::from(u16::MAX) {
            return Err(EngineError::Rows("a run has from 1 to 65 535 symbols"));
        }
        let plan = Plan::new(kernel.manifest(), constants)?;
        Ok(Self {
            kernel,
            constants,
            timeframe,
            lead: usize::from(settings.fill == FillAt::NextOpen),
            books: symbols
                .iter()
                .map(|&s| Book::new(s, settings, plan.position_values))
                .collect(),
            account: Account::new(settings.capital, settings.record_levels),
            curve: EquityCurve::new(settings.capital),
            clock: Vec::new(),
            skips_bars: true,
            digest: Digest::default(),
            signal: vec![0.0; plan.values],
            bracket: vec![0.0; plan.bracket_values],
            cursors: Vec::new(),
            at_time: Vec::new(),
            settings: settings.clone(),
            plan,
        })
    }

    /// Makes room for so many samples, so that the curve and the trades need not move while they grow. Memory that is not
    /// used is not touched.
    #[must_use]
    pub fn with_room(mut self, rows: usize) -> Self {
        self.curve.reserve(rows);
        self.account.trades.reserve(rows / 32);
        self
    }

    /// Handles every bar step by step instead of skipping those on which nothing can happen. Same bits, slower: the
    /// straightforward path that tests compare with.
    #[must_use]
    pub fn without_skipping(mut self) -> Self {
        self.skips_bars = false;
        self
    }

    /// Realised equity.
    pub fn cash(&self) -> f64 {
        self.account.cash
    }

    /// Realised equity plus unrealised profit at the last closes.
    pub fn equity(&self) -> f64 {
        let mut equity = self.account.cash;
        for book in self.books.iter().filter(|b| !b.lots.is_empty()) {
            equity += book.unrealised();
        }
        equity
    }

    /// Feeds rows. `blocks` hold at most one block a symbol, `states` one state a symbol (the position phase keeps its
    /// memory there). All rows of a later call must open after all rows of this one.
    pub fn advance(
        &mut self,
        states: &mut [State],
        blocks: &[Block<'_>],
    ) -> Result<(), EngineError> {
        if states.len() != self.books.len() {
            return Err(EngineError::Rows("one kernel state for each symbol"));
        }
        for block in blocks {
            check(block, self.books.len(), self.plan.values)?;
        }
        match (self.books.len(), blocks) {
            (_, []) => Ok(()),
            (1, [block]) => self.advance_one(&mut states[0], block),
            (1, _) => Err(EngineError::Rows("one block a symbol")),
            _ => self.advance_many(states, blocks),
        }
    }

    fn advance_one(&mut self, state: &mut State, block: &Block<'_>) -> Result<(), EngineError> {
        let rows = block.time.len();
        if rows > 0 && block.time[0] < self.books[0].end {
            return Err(EngineError::Rows("times must rise from block to block"));
        }
        self.account.counters.rows += rows as u64;
        let Some(last) = rows.checked_sub(1) else {
            return Ok(());
        };
        let length = self.timeframe.ms();
        // Without gaps a row's time is known from the first one's, and the column is not read at all.
        let gapless = block.time[last] - block.time[0] == last as i64 * length;
        let mut i = if self.skips_bars && self.digest(block) {
            rows
        } else {
            0
        };
        while i < rows {
            if self.skips_bars {
                i += self.skip(block, i);
                if i == rows {
                    break;
                }
            }
            let time = if gapless {
                block.time[0] + i as i64 * length
            } else {
                block.time[i]
            };
            let bar = Bar {
                time,
                ..row(block, i)
            };
            self.gather(block, i);
            self.open_exits(0, bar);
            self.open_entries(0, bar)?;
            self.within(0, bar)?;
            self.confirm(0, bar);
            self.decide(0, bar, block.flags[i], state)?;
            self.books[0].row += 1;
            self.sample_one();
            i += 1;
        }
        // Bars that were passed over have left no trace of their own.
        self.books[0].close = block.close[last];
        self.books[0].end = block.time[last] + length;
        Ok(())
    }

    fn advance_many(
        &mut self,
        states: &mut [State],
        blocks: &[Block<'_>],
    ) -> Result<(), EngineError> {
        let mut order: Vec<usize> = (0..blocks.len()).collect();
        order.sort_by_key(|&b| blocks[b].symbol);
        if order
            .windows(2)
            .any(|w| blocks[w[0]].symbol == blocks[w[1]].symbol)
        {
            return Err(EngineError::Rows("one block a symbol"));
        }
        if self.skips_bars && !self.plan.position_phase && aligned(blocks) {
            let blocks = order.iter().map(|&b| &blocks[b]).collect();
            return self.advance_together(states, blocks);
        }
        let mut cursors = std::mem::take(&mut self.cursors);
        let mut present = std::mem::take(&mut self.at_time);
        cursors.clear();
        cursors.resize(blocks.len(), 0);
        let next = |cursors: &[usize]| {
            blocks
                .iter()
                .zip(cursors)
                .filter_map(|(b, &c)| b.time.get(c))
                .min()
                .copied()
        };
        while let Some(time) = next(&cursors) {
            if self.clock.last().is_some_and(|&last| time <= last) {
                return Err(EngineError::Rows("times must rise from block to block"));
            }
            present.clear();
            for &b in &order {
                if blocks[b].time.get(cursors[b]) == Some(&time) {
                    present.push((b, cursors[b]));
                    cursors[b] += 1;
                }
            }
            self.account.counters.rows += present.len() as u64;
            for &(b, i) in &present {
                self.open_exits(blocks[b].symbol, row(&blocks[b], i));
            }
            for &(b, i) in &present {
                self.open_entries(blocks[b].symbol, row(&blocks[b], i))?;
            }
            for &(b, i) in &present {
                self.within(blocks[b].symbol, row(&blocks[b], i))?;
            }
            for &(b, i) in &present {
                self.gather(&blocks[b], i);
                self.confirm(blocks[b].symbol, row(&blocks[b], i));
            }
            for &(b, i) in &present {
                let symbol = blocks[b].symbol;
                self.gather(&blocks[b], i);
                self.decide(
                    symbol,
                    row(&blocks[b], i),
                    blocks[b].flags[i],
                    &mut states[symbol],
                )?;
                self.books[symbol].row += 1;
            }
            self.sample_many(time);
        }
        self.cursors = cursors;
        self.at_time = present;
        Ok(())
    }

    /// Closes what is open at the last close of its symbol and gives the outcome.
    pub fn finish(mut self) -> Outcome {
        let mut closed = false;
        for s in 0..self.books.len() {
            let waiting = self.books[s].entries_due.len() + self.books[s].resting.len();
            self.account
                .skips
                .add(SkipReason::EndOfData, waiting as u64);
            if self.books[s].lots.is_empty() {
                continue;
            }
            closed = true;
            let book = &mut self.books[s];
            let (time, close) = (book.end - self.timeframe.ms(), book.close);
            book.row -= 1;
            self.close_all(s, close, time, true, ExitReason::EndOfData);
        }
        if closed {
            self.curve.settle(self.account.cash);
        }
        self.account.levels.sort_by_key(|p| p.lot);
        Outcome {
            trades: self.account.trades,
            levels: self.account.levels,
            curve: self.curve,
            clock: self.clock,
            skipped: self.account.skips,
            counters: self.account.counters,
        }
    }

    /// Copies the signal values of a row to where numbers of the plan are read.
    #[inline]
    pub(crate) fn gather(&mut self, block: &Block<'_>, i: usize) {
        if self.plan.reads_values || self.plan.position_phase {
            for (out, column) in self.signal.iter_mut().zip(block.values) {
                *out = column[i];
            }
        }
    }

    /// Step 1a: funding due in a gap before this bar, then exits due.
    #[inline]
    pub(crate) fn open_exits(&mut self, s: usize, bar: Bar) {
        self.fund(s, bar.time);
        if self.books[s].lots.iter().any(|lot| lot.due.is_some()) {
            self.leave_at_open(s, bar);
        }
    }

    fn leave_at_open(&mut self, s: usize, bar: Bar) {
        let book = &self.books[s];
        let signed = bar.candle.signed(book.sign());
        if signed.open <= book.liquidation {
            // The exchange was there first.
            self.liquidate(s, bar.candle.open, bar.time, f64::INFINITY);
            return;
        }
        self.close_due(s, bar.candle.open, bar.time, false);
    }

    /// Closes all lots that are due at a price, before slippage.
    fn close_due(&mut self, s: usize, due: f64, time: i64, at_close: bool) {
        let book = &mut self.books[s];
        let mut i = 0;
        while i < book.lots.len() {
            let Some(reason) = book.lots[i].due else {
                i += 1;
                continue;
            };
            let fill = market_exit(&self.settings, book, book.lots[i].sign, due, time, at_close);
            let lot = &mut book.lots[i];
            self.account
                .close(lot, s as u16, f64::INFINITY, &fill, reason, false);
            book.discard(i);
        }
        self.lots_changed(s);
    }

    /// Closes all lots at a price, before slippage.
    pub(crate) fn close_all(
        &mut self,
        s: usize,
        due: f64,
        time: i64,
        at_close: bool,
        reason: ExitReason,
    ) {
        for lot in &mut self.books[s].lots {
            lot.due = Some(reason);
        }
        self.close_due(s, due, time, at_close);
    }

    /// Step 1b: market entries due.
    #[inline]
    pub(crate) fn open_entries(&mut self, s: usize, bar: Bar) -> Result<(), EngineError> {
        if self.books[s].entries_due.is_empty() {
            return Ok(());
        }
        self.take_entries(s, bar.candle.open, bar.time)
    }

    fn take_entries(&mut self, s: usize, due: f64, time: i64) -> Result<(), EngineError> {
        let mut orders = std::mem::take(&mut self.books[s].entries_due);
        for order in &orders {
            self.enter(s, order, due, time, crate::fills::Entering::Market)?;
        }
        orders.clear();
        // Gives the memory back, unless a new decision has come up meanwhile.
        if self.books[s].entries_due.is_empty() {
            self.books[s].entries_due = orders;
        }
        Ok(())
    }

    /// Step 3a: the bar is confirmed; extremes, funding, stops that follow.
    #[inline]
    pub(crate) fn confirm(&mut self, s: usize, bar: Bar) {
        let end = bar.time + self.timeframe.ms();
        let book = &mut self.books[s];
        book.close = bar.candle.close;
        book.end = end;
        if book.lots.is_empty() {
            // Payments of this bar are none of a position that opens at its close.
            self.fund(s, end);
            return;
        }
        self.confirm_held(s, bar, end);
    }

    fn confirm_held(&mut self, s: usize, bar: Bar, end: i64) {
        let book = &mut self.books[s];
        let (row, signed) = (book.row, bar.candle.signed(book.sign()));
        for lot in &mut book.lots {
            if !(lot.inside && lot.row == row) {
                lot.see(signed.best, signed.worst);
            }
        }
        self.fund(s, end);
        let book = &mut self.books[s];
        let seen = Seen {
            signal: &self.signal,
            position: &book.position,
            bracket: &[],
        };
        let mut moved = false;
        for lot in &mut book.lots {
            let before = lot.next_move();
            let followed = lot.follow(seen, book.orders);
            if followed {
                self.account.level(lot, end);
            }
            // The trail's next move depends on the best extreme, which moves on more bars than the level does.
            moved |= followed || before.to_bits() != lot.next_move().to_bits();
        }
        if moved {
            book.refresh(&self.plan, self.settings.liquidation, self.lead);
        }
    }

    /// Charges funding that is due up to `until` and has not been charged; the mark is the last close.
    #[inline]
    fn fund(&mut self, s: usize, until: i64) {
        if self.books[s].setup.funding.is_some() && self.settings.funding {
            self.charge_funding(s, until);
        }
    }

    fn charge_funding(&mut self, s: usize, until: i64) {
        let book = &mut self.books[s];
        let Some(funding) = book.setup.funding else {
            return;
        };
        while let (Some(&time), Some(&rate)) = (
            funding.time.get(book.next_funding),
            funding.rate.get(book.next_funding),
        ) {
            if time > until {
                break;
            }
            book.next_funding += 1;
            for lot in &mut book.lots {
                let paid = lot.sign * rate * (lot.size * book.close);
                self.account.cash -= paid;
                self.account.counters.funding += paid;
                lot.funding += paid;
            }
        }
    }

    /// Step 3b: the strategy's position phase and its decisions.
    #[inline]
    pub(crate) fn decide(
        &mut self,
        s: usize,
        bar: Bar,
        flags: u64,
        state: &mut State,
    ) -> Result<(), EngineError> {
        if self.skips_bars && self.nothing_to_decide(s, flags) {
            return Ok(());
        }
        self.decide_fully(s, bar, flags, state)
    }

    fn decide_fully(
        &mut self,
        s: usize,
        bar: Bar,
        flags: u64,
        state: &mut State,
    ) -> Result<(), EngineError> {
        let mut position_flags = 0;
        if self.plan.position_phase {
            let inputs = self.position_inputs(s);
            position_flags = self.kernel.position(
                (flags, &self.signal),
                &inputs,
                self.constants,
                state,
                &mut self.books[s].position,
            )?;
        }
        if self.books[s].row < self.books[s].setup.warmup {
            return Ok(());
        }
        let on = |cond: Cond| {
            let word = if cond.phase == Phase::Position {
                position_flags
            } else {
                flags
            };
            word >> cond.bit & 1 == 1
        };
        let book = &mut self.books[s];
        if !book.lots.is_empty() {
            let position = std::mem::take(&mut book.position);
            let seen = Seen {
                signal: &self.signal,
                position: &position,
                bracket: &[],
            };
            decide_exits(&self.plan, book, bar.candle.close, self.lead, seen, on);
            book.position = position;
            if self.plan.exits_at_price {
                book.refresh(&self.plan, self.settings.liquidation, self.lead);
            }
        }
        self.decide_entries(s, bar.candle.close, on);
        if self.lead == 0 {
            if self.books[s].lots.iter().any(|lot| lot.due.is_some()) {
                self.close_due(s, bar.candle.close, bar.time, true);
            }
            if !self.books[s].entries_due.is_empty() {
                self.take_entries(s, bar.candle.close, bar.time)?;
            }
        }
        Ok(())
    }

    /// Whether no flag of this bar, no time exit and no exit at a price concerns the symbol.
    fn nothing_to_decide(&self, s: usize, flags: u64) -> bool {
        let (plan, book) = (&self.plan, &self.books[s]);
        if plan.position_phase {
            return false;
        }
        if book.lots.is_empty() {
            return flags & (plan.entry_bits[0] | plan.entry_bits[1]) == 0;
        }
        flags & (book.wake | book.refused) == 0 && book.row < book.time_exit && !plan.exits_at_price
    }

    fn decide_entries(&mut self, s: usize, close: f64, on: impl Fn(Cond) -> bool) {
        let (book, account) = (&mut self.books[s], &mut self.account);
        let position = std::mem::take(&mut book.position);
        let seen = Seen {
            signal: &self.signal,
            position: &position,
            bracket: &[],
        };
        let mut market_sign = 0.0;
        for (i, entry) in self.plan.entries.iter().enumerate() {
            if !on(entry.when) {
                continue;
            }
            let sign = entry.side.sign();
            if let Err(reason) = may_add(&self.plan, book, sign, close, seen) {
                account.skip(reason);
                continue;
            }
            let order = || {
                let keep = |values: &[f64]| {
                    if self.plan.reads_values {
                        values.to_vec()
                    } else {
                        Vec::new()
                    }
                };
                Order {
                    entry: i as u16,
                    signal: keep(seen.signal),
                    position: seen.position.to_vec(),
                }
            };
            let (price, bars, limit) = match entry.route {
                Route::Market => {
                    if opposite(market_sign, sign) {
                        account.skip(SkipReason::Conflict);
                    } else {
                        market_sign = sign;
                        book.entries_due.push(order());
                    }
                    continue;
                }
                Route::Limit { price, bars } => (price.of(seen), bars.of(seen), true),
                Route::Stop { price, bars } => (price.of(seen), bars.of(seen), false),
            };
            let price = book.orders.against(price, sign > 0.0);
            if !(price.is_finite() && price > 0.0) {
                account.skip(SkipReason::PriceNotFinite);
                continue;
            }
            let until = book.row.saturating_add(whole(bars).max(1));
            let resting = Resting {
                order: order(),
                price,
                limit,
                decided: book.end,
                until,
            };
            match book
                .resting
                .iter_mut()
                .find(|r| usize::from(r.order.entry) == i)
            {
                Some(old) => {
                    account.skip(SkipReason::Replaced);
                    *old = resting;
                }
                None => book.resting.push(resting),
            }
        }
        book.position = position;
    }

    /// What the position phase sees.
    fn position_inputs(&self, s: usize) -> PositionInputs {
        let book = &self.books[s];
        let Some(first) = book.lots.first() else {
            return PositionInputs::default();
        };
        let size: f64 = book.lots.iter().map(|lot| lot.size).sum();
        PositionInputs {
            side: first.sign,
            bars: (book.row - first.row) as f64,
            entry: book.cost / size,
            profit: book.unrealised() / book.cost,
            size,
            equity: self.equity(),
        }
    }

    /// Equity that sizes the next order.
    pub(crate) fn sizing_equity(&self) -> f64 {
        match self.settings.equity_mode {
            EquityMode::Marked => self.equity(),
            EquityMode::Realised => self.account.cash,
        }
    }

    /// After lots were closed: notes when the position was left and refreshes what is derived.
    pub(crate) fn lots_changed(&mut self, s: usize) {
        let book = &mut self.books[s];
        if book.lots.is_empty() {
            book.left = Some(book.row);
        }
        book.refresh(&self.plan, self.settings.liquidation, self.lead);
    }

    #[inline]
    fn sample_one(&mut self) {
        let book = &self.books[0];
        match book.lots.first() {
            None => self.curve.push_flat(1, self.account.cash),
            Some(lot) => {
                let equity = self.account.cash + book.unrealised();
                self.curve
                    .push_held(1, self.account.cash, lot.sign, book.cost)
                    .push(equity);
            }
        }
    }

    pub(crate) fn sample_many(&mut self, time: i64) {
        self.clock.push(time);
        if self.books.iter().all(|b| b.lots.is_empty()) {
            self.curve.push_flat(1, self.account.cash);
            return;
        }
        let mut exposure = 0.0;
        for book in &self.books {
            for lot in &book.lots {
                exposure += lot.size * book.close;
            }
        }
        let equity = self.equity();
        self.curve
            .push_portfolio(self.account.cash, equity, exposure);
    }
}

/// A market exit of a side at a price: slippage and the tick, against the order.
pub(crate) fn market_exit(
    settings: &RunSettings,
    book: &Book<'_>,
    sign: f64,
    due: f64,
    time: i64,
    at_close: bool,
) -> Fill {
    let price = due * (1.0 - sign * settings.slippage);
    Fill {
        price: book.tick.against(price, sign < 0.0),
        due,
        fee: settings.taker_fee,
        fee_most: f64::INFINITY,
        time,
        row: book.row,
        at_close,
    }
}

/// Whether two signs are of opposite sides; no side is opposite to none.
pub(crate) fn opposite(a: f64, b: f64) -> bool {
    a * b < 0.0
}

/// Whether an entry of a side is not refused for what will still be held at the next open.
fn may_add(
    plan: &Plan,
    book: &Book<'_>,
    sign: f64,
    close: f64,
    seen: Seen<'_>,
) -> Result<(), SkipReason> {
    let mut staying = book
        .lots
        .iter()
        .filter(|lot| !opposite(lot.sign, sign) && lot.due.is_none());
    let Some(last) = staying.next_back() else {
        return Ok(());
    };
    let held = 1 + staying.count();
    let most = plan.caps.pyramid.map_or(1, |n| whole(n.of(seen)).max(1));
    if held >= most {
        return Err(SkipReason::InPosition);
    }
    if let Some(every) = plan.caps.every {
        let travelled = sign * (close - last.price);
        let least = every.distance(seen, last.price, last.risk);
        if least.is_nan() || travelled < least {
            return Err(SkipReason::PyramidDistance);
        }
    }
    Ok(())
}

fn decide_exits(
    plan: &Plan,
    book: &mut Book<'_>,
    close: f64,
    lead: usize,
    seen: Seen<'_>,
    on: impl Fn(Cond) -> bool,
) {
    let row = book.row;
    if plan.exits_at_price {
        for lot in &mut book.lots {
            lot.at_stop = f64::NEG_INFINITY;
            lot.at_limit = f64::INFINITY;
        }
    }
    for exit in &plan.exits {
        match exit.trigger {
            Trigger::When(cond, reason) => {
                if on(cond) {
                    for lot in book
                        .lots
                        .iter_mut()
                        .filter(|lot| lot.due.is_none() && in_scope(exit.scope, lot))
                    {
                        lot.due = Some(reason);
                    }
                }
            }
            // Known at the entry: `Lot::time_exit`.
            Trigger::After(_) => {}
            Trigger::At(price) => {
                let price = price.of(seen);
                if !(price.is_finite() && price > 0.0) {
                    continue;
                }
                for lot in book.lots.iter_mut().filter(|lot| in_scope(exit.scope, lot)) {
                    let beyond = lot.sign * price > lot.sign * close;
                    let level = book.orders.exit(lot.sign, lot.sign * price);
                    if beyond {
                        lot.at_limit = lot.at_limit.min(level);
                    } else {
                        lot.at_stop = lot.at_stop.max(level);
                    }
                }
            }
        }
    }
    for lot in &mut book.lots {
        if lot.due.is_none() && row + lead >= lot.time_exit {
            lot.due = Some(ExitReason::Time);
        }
    }
}

#[inline]
pub(crate) fn row(block: &Block<'_>, i: usize) -> Bar {
    Bar {
        time: block.time[i],
        candle: Candle {
            open: block.open[i],
            high: block.high[i],
            low: block.low[i],
            close: block.close[i],
        },
    }
}

pub(crate) fn check(block: &Block<'_>, symbols: usize, values: usize) -> Result<(), EngineError> {
    let rows = block.time.len();
    if block.symbol >= symbols {
        return Err(EngineError::Rows(
            "a block names a symbol that the run does not have",
        ));
    }
    if [block.open, block.high, block.low, block.close]
        .iter()
        .any(|c| c.len() != rows)
        || block.flags.len() < rows
    {
        return Err(EngineError::Rows("columns of a block must be equally long"));
    }
    if block.values.len() < values || block.values.iter().take(values).any(|c| c.len() < rows) {
        return Err(EngineError::Rows(
            "a block lacks value columns of the kernel",
        ));
    }
    Ok(())
}
