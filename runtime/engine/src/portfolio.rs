//! Holds what a portfolio chooses: orders at every open that bring positions to their targets.
//!
//! The order of events at an instant, for all symbols with a bar together, each step in the order of symbols:
//! 1. at the open: funding due in a gap; positions that shrink or end, then positions that begin or grow;
//! 2. within the bar: liquidation;
//! 3. at the close: funding due in the bar; at a time of rebalancing the choice of what is held, which becomes orders.

use crate::account::Fill;
use crate::book::SymbolSetup;
use crate::engine::{Bar, Block, Engine, EngineError, Outcome, check, market_exit, opposite, row};
use crate::holdings::{Candidate, Closes, Hold, Rebalance, Share, choose, net};
use crate::lot::Lot;
use crate::orders::{PlanError, Seen, whole};
use crate::settings::RunSettings;
use crate::sizing::{SizeContext, SizeRule, size_order};
use crate::trade::SkipReason;
use sixbtc_abi::{Constants, ExitReason, Kernel, Manifest, Phase, Sizing, Value};
use sixbtc_market::Timeframe;

const NOTHING_SEEN: Seen<'static> = Seen {
    signal: &[],
    position: &[],
    bracket: &[],
};

/// A number of a `hold` statement.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Fixed(f64),
    /// A signal value column.
    Column(usize),
}

/// How much is held in all.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Gross {
    /// A fraction of equity.
    Equity(f64),
    /// An annual volatility.
    Volatility(f64),
    /// A notional in quote currency.
    Notional(f64),
}

/// What a symbol's position is to become.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Target {
    /// Notional as a fraction of equity, negative when short.
    part: f64,
    hold: u16,
}

/// Executes the `hold` statements of a portfolio over rows in time order.
pub struct PortfolioEngine<'a> {
    engine: Engine<'a>,
    holds: Vec<(Hold, Number, Number)>,
    gross: Gross,
    every: Timeframe,
    closes: Closes,
    /// End of the last instant; before the first, unknown.
    last_end: Option<i64>,
    /// Leverage of what is ordered: as much as the holding needs, at least 1 where that is allowed.
    leverage: f64,
    /// What has not been ordered yet, by symbol.
    due: Vec<Option<Target>>,
    decisions: Vec<Rebalance>,
}

impl<'a> PortfolioEngine<'a> {
    /// An engine before its first row. `constants` come from `kernel.bind`; the kernel is a portfolio's last.
    pub fn new(
        kernel: &'a dyn Kernel,
        constants: &'a Constants,
        settings: &RunSettings,
        timeframe: Timeframe,
        symbols: &[SymbolSetup<'a>],
    ) -> Result<Self, EngineError> {
        let manifest = kernel.manifest();
        let plan = manifest.portfolio.as_ref().ok_or(PlanError::Missing {
            what: "portfolio",
            index: 0,
            count: 0,
        })?;
        let mut holds = Vec::with_capacity(plan.holds.len());
        for h in &plan.holds {
            let hold = Hold {
                top: h.top,
                count: whole(fixed(h.count, constants)?).max(1),
                side: h.side,
            };
            let weight = h.weight.unwrap_or(Value::Const(1.0));
            holds.push((
                hold,
                number(h.score, manifest, constants)?,
                number(weight, manifest, constants)?,
            ));
        }
        let gross = match manifest.plan.size {
            None => Gross::Equity(1.0),
            Some(Sizing::Equity(v)) => Gross::Equity(fixed(v, constants)?),
            Some(Sizing::Notional(v)) => Gross::Notional(fixed(v, constants)?),
            Some(Sizing::TargetVol { target, .. }) => Gross::Volatility(fixed(target, constants)?),
            Some(Sizing::Risk(_) | Sizing::Units(_)) => {
                return Err(PlanError::Phase {
                    what: "a size that holdings cannot have",
                }
                .into());
            }
        };
        let every = match plan.every_ms {
            None => timeframe,
            Some(ms) => Timeframe::from_ms(ms).ok_or(PlanError::Phase {
                what: "a period of rebalancing that is no timeframe",
            })?,
        };
        Ok(Self {
            engine: Engine::new(kernel, constants, settings, timeframe, symbols)?,
            holds,
            gross,
            every,
            closes: Closes::default(),
            last_end: None,
            leverage: 1.0,
            due: vec![None; symbols.len()],
            decisions: Vec::new(),
        })
    }

    /// Makes room for so many samples.
    #[must_use]
    pub fn with_room(mut self, rows: usize) -> Self {
        self.engine = self.engine.with_room(rows);
        self
    }

    /// Tells of an instant before the first row: the last closes of all symbols, NaN for those that have none yet. What is
    /// told feeds the volatility of `size target vol`.
    pub fn remember(&mut self, closes: Vec<f64>) {
        self.closes.push(closes);
    }

    /// Realised equity plus unrealised profit at the last closes.
    pub fn equity(&self) -> f64 {
        self.engine.equity()
    }

    /// Feeds rows. `blocks` hold at most one block a symbol; `members` says for each block and row whether the symbol
    /// belonged to the universe. All rows of a later call must open after all rows of this one.
    pub fn advance(
        &mut self,
        blocks: &[Block<'_>],
        members: &[&[bool]],
    ) -> Result<(), EngineError> {
        if blocks.len() != members.len() {
            return Err(EngineError::Rows("one list of members for each block"));
        }
        for (block, members) in blocks.iter().zip(members) {
            check(block, self.due.len(), self.engine.plan.values)?;
            if members.len() < block.time.len() {
                return Err(EngineError::Rows("a block lacks its members"));
            }
        }
        let mut order: Vec<usize> = (0..blocks.len()).collect();
        order.sort_by_key(|&b| blocks[b].symbol);
        if order
            .windows(2)
            .any(|w| blocks[w[0]].symbol == blocks[w[1]].symbol)
        {
            return Err(EngineError::Rows("one block a symbol"));
        }
        let mut cursors = vec![0; blocks.len()];
        let mut present: Vec<(usize, usize)> = Vec::with_capacity(blocks.len());
        loop {
            let next = blocks
                .iter()
                .zip(&cursors)
                .filter_map(|(b, &c): (_, &usize)| b.time.get(c));
            let Some(&time) = next.min() else {
                return Ok(());
            };
            if self.engine.clock.last().is_some_and(|&last| time <= last) {
                return Err(EngineError::Rows("times must rise from block to block"));
            }
            present.clear();
            for &b in &order {
                if blocks[b].time.get(cursors[b]) == Some(&time) {
                    present.push((b, cursors[b]));
                    cursors[b] += 1;
                }
            }
            self.instant(time, blocks, members, &present)?;
        }
    }

    /// Closes what is open at the last close of its symbol and gives the outcome with every decision.
    pub fn finish(mut self) -> (Outcome, Vec<Rebalance>) {
        let waiting = self
            .due
            .iter()
            .flatten()
            .filter(|t| t.part.abs() > 0.0)
            .count();
        self.engine
            .account
            .skips
            .add(SkipReason::EndOfData, waiting as u64);
        (self.engine.finish(), self.decisions)
    }

    /// One instant: `present` are the blocks with a bar of this time and their rows, in the order of symbols.
    fn instant(
        &mut self,
        time: i64,
        blocks: &[Block<'_>],
        members: &[&[bool]],
        present: &[(usize, usize)],
    ) -> Result<(), EngineError> {
        let bars: Vec<(usize, Bar)> = present
            .iter()
            .map(|&(b, i)| (blocks[b].symbol, row(&blocks[b], i)))
            .collect();
        self.engine.account.counters.rows += bars.len() as u64;
        for &(s, bar) in &bars {
            self.engine.open_exits(s, bar);
        }
        if self.engine.lead == 1 {
            self.trade(&bars, false);
        }
        for &(s, bar) in &bars {
            self.engine.within(s, bar)?;
        }
        for &(s, bar) in &bars {
            self.engine.confirm(s, bar);
        }
        let known = |(s, book): (usize, &crate::book::Book<'_>)| {
            if book.close.is_nan() {
                self.closes.last(s)
            } else {
                book.close
            }
        };
        let closes = self.engine.books.iter().enumerate().map(known).collect();
        self.closes.push(closes);
        let length = self.engine.timeframe.ms();
        let end = time + length;
        let before = self.last_end.replace(end).unwrap_or(end - length);
        if self.every.floor(end) > self.every.floor(before) {
            self.decide(time, blocks, members, present);
            if self.engine.lead == 0 {
                self.trade(&bars, true);
            }
        }
        for &(s, _) in &bars {
            self.engine.books[s].row += 1;
        }
        self.engine.sample_many(time);
        Ok(())
    }

    /// Chooses what is held from now on.
    fn decide(
        &mut self,
        time: i64,
        blocks: &[Block<'_>],
        members: &[&[bool]],
        present: &[(usize, usize)],
    ) {
        let allowed: Vec<(usize, usize)> = present
            .iter()
            .copied()
            .filter(|&(b, i)| {
                let book = &self.engine.books[blocks[b].symbol];
                members[b][i] && book.row >= book.setup.warmup
            })
            .collect();
        let mut chosen = Vec::with_capacity(self.holds.len());
        for (hold, score, weight) in &self.holds {
            let of = |n: Number, b: usize, i: usize| match n {
                Number::Fixed(v) => v,
                Number::Column(k) => blocks[b].values[k][i],
            };
            let candidates: Vec<Candidate> = allowed
                .iter()
                .map(|&(b, i)| Candidate {
                    symbol: blocks[b].symbol,
                    score: of(*score, b, i),
                    weight: of(*weight, b, i),
                })
                .collect();
            let (shares, dropped) = choose(*hold, &candidates);
            let skips = &mut self.engine.account.skips;
            skips.add(SkipReason::WeightNotPositive, dropped);
            chosen.push(shares);
        }
        let holds: Vec<Hold> = self.holds.iter().map(|h| h.0).collect();
        let mut shares = net(&holds, &chosen);
        let exposure = self.exposure(&shares);
        if exposure.is_none() && !shares.is_empty() {
            self.engine.account.skip(SkipReason::SizeNotFinite);
            shares.clear();
        }
        let exposure = exposure.unwrap_or(0.0);
        // Equity that would lie idle protects positions from liquidation better as their margin.
        self.leverage = exposure.max(1.0).min(self.engine.leverage(NOTHING_SEEN));
        for (s, due) in self.due.iter_mut().enumerate() {
            let share = shares.iter().find(|x| usize::from(x.symbol) == s);
            *due = match share {
                Some(share) => Some(Target {
                    part: exposure * share.weight,
                    hold: share.hold,
                }),
                None if self.engine.books[s].lots.is_empty() => None,
                None => Some(Target { part: 0.0, hold: 0 }),
            };
        }
        self.decisions.push(Rebalance {
            time,
            exposure: if shares.is_empty() { 0.0 } else { exposure },
            shares,
        });
    }

    /// Gross notional as a fraction of equity; `None` when it is not known.
    fn exposure(&self, shares: &[Share]) -> Option<f64> {
        let wanted = match self.gross {
            Gross::Equity(part) => part,
            Gross::Notional(notional) => notional / self.engine.sizing_equity(),
            Gross::Volatility(target) => {
                let now = self
                    .closes
                    .volatility(shares, self.engine.timeframe.bars_per_year());
                target / now
            }
        };
        let most = self.engine.leverage(NOTHING_SEEN);
        (wanted.is_finite() && wanted >= 0.0).then_some(wanted.min(most))
    }

    /// Orders what is due for symbols with a bar, at its open or close.
    fn trade(&mut self, bars: &[(usize, Bar)], at_close: bool) {
        if bars.iter().all(|&(s, _)| self.due[s].is_none()) {
            return;
        }
        // A position whose margin is gone at the open is not the portfolio's to sell any more.
        if !at_close {
            for &(s, bar) in bars {
                let book = &self.engine.books[s];
                let gone = !book.lots.is_empty()
                    && bar.candle.signed(book.sign()).open <= book.liquidation;
                if self.due[s].is_some() && gone {
                    let open = bar.candle.open;
                    self.engine.liquidate(s, open, bar.time, f64::INFINITY);
                    self.due[s] = None;
                }
            }
        }
        let equity = self.engine.sizing_equity();
        for &(s, bar) in bars {
            if let Some(target) = self.due[s] {
                self.shrink(s, bar, at_close, equity * target.part);
            }
        }
        let equity = self.engine.sizing_equity();
        for &(s, bar) in bars {
            if let Some(target) = self.due[s].take()
                && target.part.abs() > 0.0
            {
                self.grow(s, bar, at_close, target, equity);
            }
        }
    }

    /// Closes what a position holds beyond its target notional, the oldest entries first.
    fn shrink(&mut self, s: usize, bar: Bar, at_close: bool, target: f64) {
        let engine = &mut self.engine;
        let book = &mut engine.books[s];
        let sign = book.sign();
        let held: f64 = book.lots.iter().map(|lot| lot.size).sum();
        if held <= 0.0 {
            return;
        }
        let due = if at_close {
            bar.candle.close
        } else {
            bar.candle.open
        };
        let fill = market_exit(&engine.settings, book, sign, due, bar.time, at_close);
        let keep = if opposite(sign, target) {
            0.0
        } else {
            target.abs() / fill.price
        };
        let mut rest = if keep > 0.0 {
            book.lot.down(held - keep)
        } else {
            f64::INFINITY
        };
        // `down` of a negative difference is negative: there is nothing to sell
        if rest <= 0.0 {
            return;
        }
        if rest * fill.price < engine.min_notional(s) {
            engine.account.skip(SkipReason::MinNotional);
            return;
        }
        let book = &mut engine.books[s];
        while rest > 0.0 && !book.lots.is_empty() {
            let lot = &mut book.lots[0];
            let size = lot.size;
            engine
                .account
                .close(lot, s as u16, rest, &fill, ExitReason::Rebalance, false);
            if rest < size {
                break;
            }
            rest -= size;
            book.discard(0);
        }
        engine.lots_changed(s);
    }

    /// Adds to a position what its target notional lacks.
    fn grow(&mut self, s: usize, bar: Bar, at_close: bool, target: Target, equity: f64) {
        let engine = &mut self.engine;
        let sign = target.part.signum();
        let due = if at_close {
            bar.candle.close
        } else {
            bar.candle.open
        };
        let book = &engine.books[s];
        if opposite(book.sign(), sign) {
            // Too small a rest to be sold; it stands in the way until it can be.
            return;
        }
        let slipped = due * (1.0 + sign * engine.settings.slippage);
        let price = book.tick.against(slipped, sign > 0.0);
        let held: f64 = book.lots.iter().map(|lot| lot.size).sum();
        let lacks = equity * target.part.abs() - held * price;
        if lacks <= 0.0 {
            return;
        }
        let leverage = self.leverage;
        let now = engine.sizing_equity();
        let free = now - engine.bound();
        let most = leverage.min(book.setup.spec.max_leverage);
        // What the costs of the orders before took away is not there to be bound.
        let mut room = (free * most).max(0.0);
        while room > 0.0 && room / most > free {
            room = room.next_down();
        }
        let context = SizeContext {
            price,
            equity: now,
            free_equity: free,
            leverage,
            max_leverage: book.setup.spec.max_leverage,
            max_positions: 1,
            lot: book.lot,
            min_notional: engine.min_notional(s),
        };
        let sized = match size_order(SizeRule::Notional(lacks.min(room)), &context) {
            Ok(sized) => sized,
            // A position that is as near to its target as the lot allows lacks nothing.
            Err(SkipReason::ZeroSize) if held > 0.0 => return,
            Err(reason) => {
                engine.account.skip(reason);
                return;
            }
        };
        let fill = Fill {
            price,
            due,
            fee: engine.settings.taker_fee,
            fee_most: f64::INFINITY,
            time: bar.time,
            row: book.row,
            at_close,
        };
        let lot = Lot::bare(target.hold, sign, &fill, &sized);
        engine.push_lot(s, lot, &fill, sized.capped);
    }
}

/// A number fixed for the run.
fn fixed(v: Value, constants: &Constants) -> Result<f64, PlanError> {
    match v {
        Value::Const(c) => Ok(c),
        Value::Scalar(k) => {
            constants
                .scalars
                .get(usize::from(k))
                .copied()
                .ok_or(PlanError::Missing {
                    what: "scalar",
                    index: usize::from(k),
                    count: constants.scalars.len(),
                })
        }
        Value::Out(..) => Err(PlanError::Phase {
            what: "a number of a portfolio that must be fixed",
        }),
    }
}

fn number(v: Value, manifest: &Manifest, constants: &Constants) -> Result<Number, PlanError> {
    match v {
        Value::Out(Phase::Signal, k) if usize::from(k) < manifest.values.len() => {
            Ok(Number::Column(usize::from(k)))
        }
        Value::Out(Phase::Signal, k) => Err(PlanError::Missing {
            what: "value",
            index: usize::from(k),
            count: manifest.values.len(),
        }),
        other => fixed(other, constants).map(Number::Fixed),
    }
}
