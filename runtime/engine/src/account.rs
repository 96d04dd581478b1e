//! Cash, and what leaves a trace: closing lots, skips, counts, levels over time.

use crate::lot::Lot;
use crate::trade::{Counters, LevelPoint, SkipReason, Skips, Trade};
use sixbtc_abi::{ExitReason, Side};

/// How a fill happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fill {
    pub price: f64,
    /// The price before slippage and tick rounding.
    pub due: f64,
    /// Fee as a fraction of the notional.
    pub fee: f64,
    /// Bound of the fee in money: a liquidated position cannot pay more than its margin holds.
    pub fee_most: f64,
    pub time: i64,
    pub row: usize,
    pub at_close: bool,
}

/// What closing a position, or a part of one, comes to in money.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settled {
    /// Size × exit price.
    pub notional: f64,
    /// Fee of the exit.
    pub fee: f64,
    /// Profit before costs.
    pub gross: f64,
    /// Cost of slippage and tick rounding at the exit.
    pub slippage: f64,
}

impl Settled {
    /// Of `size` units entered at a price.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub fn of(sign: f64, entry: f64, size: f64, fill: &Fill) -> Self {
        Self::at(
            sign,
            entry,
            size,
            (fill.price, fill.due),
            (fill.fee, fill.fee_most),
        )
    }

    /// Of `size` units entered at a price and left at another one, with the price that was due; fee and the most it may be.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub fn at(
        sign: f64,
        entry: f64,
        size: f64,
        (price, due): (f64, f64),
        (fee, fee_most): (f64, f64),
    ) -> Self {
        let notional = size * price;
        let wanted = notional * fee;
        Self {
            notional,
            fee: if wanted < fee_most { wanted } else { fee_most },
            gross: sign * (price - entry) * size,
            slippage: sign * (due - price) * size,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Account {
    /// Realised equity.
    pub cash: f64,
    pub trades: Vec<Trade>,
    pub levels: Vec<LevelPoint>,
    pub record_levels: bool,
    pub skips: Skips,
    pub counters: Counters,
    pub next_lot: u32,
}

impl Account {
    pub fn new(capital: f64, record_levels: bool) -> Self {
        Self {
            cash: capital,
            trades: Vec::new(),
            levels: Vec::new(),
            record_levels,
            skips: Skips::default(),
            counters: Counters::default(),
            next_lot: 1,
        }
    }

    pub fn skip(&mut self, reason: SkipReason) {
        self.skips.add(reason, 1);
    }

    /// Closes `size` units of a lot (all when that is more than it holds) and books the trade. Returns the fee.
    pub fn close(
        &mut self,
        lot: &mut Lot,
        symbol: u16,
        size: f64,
        fill: &Fill,
        reason: ExitReason,
        ambiguous: bool,
    ) -> f64 {
        let all = size >= lot.size;
        let size = if all { lot.size } else { size };
        let share = size / lot.size;
        let part = |held: &mut f64| {
            let taken = if all { *held } else { *held * share };
            *held -= taken;
            taken
        };
        let (entry_fee, funding, entry_slippage) = (
            part(&mut lot.fees),
            part(&mut lot.funding),
            part(&mut lot.slippage),
        );
        part(&mut lot.margin);
        lot.size -= size;
        let Settled {
            notional,
            fee,
            gross,
            slippage,
        } = Settled::of(lot.sign, lot.price, size, fill);
        self.cash += gross;
        self.cash -= fee;
        lot.see(lot.sign * fill.price, lot.sign * fill.price);

        let pnl = gross - entry_fee - fee - funding;
        let entry_notional = size * lot.price;
        let excursion = |signed: f64| (100.0 * (signed / lot.price)).max(0.0);
        let entry = lot.sign * lot.price;
        self.counters.fees += fee;
        self.counters.traded += notional;
        self.counters.slippage += slippage;
        let ambiguous = ambiguous || lot.ambiguous;
        self.counters.ambiguous += u64::from(ambiguous);
        self.trades.push(Trade {
            id: self.trades.len() as u32 + 1,
            lot: lot.serial,
            symbol,
            entry: lot.entry,
            side: if lot.sign > 0.0 {
                Side::Long
            } else {
                Side::Short
            },
            entry_time: lot.time,
            entry_row: lot.row as u32,
            entry_price: lot.price,
            exit_time: fill.time,
            exit_row: fill.row as u32,
            exit_price: fill.price,
            exit_at_close: fill.at_close,
            size,
            notional: entry_notional,
            leverage: lot.leverage,
            fees: entry_fee + fee,
            funding,
            slippage: entry_slippage + slippage,
            pnl,
            pnl_pct: 100.0 * pnl / entry_notional,
            return_r: pnl / (lot.risk * size),
            bars: (fill.row - lot.row) as u32,
            mae_pct: excursion(entry - lot.worst),
            mfe_pct: excursion(lot.best - entry),
            exit_reason: reason,
            ambiguous,
        });
        fee
    }

    /// Notes the stop and target in force from `time` on.
    pub fn level(&mut self, lot: &Lot, time: i64) {
        if !self.record_levels {
            return;
        }
        let price = |signed: f64| {
            if signed.is_finite() {
                lot.sign * signed
            } else {
                f64::NAN
            }
        };
        let (stop, target) = (price(lot.floor()), price(lot.next_target().level));
        if stop.is_nan() && target.is_nan() {
            return;
        }
        self.levels.push(LevelPoint {
            lot: lot.serial,
            time,
            stop,
            target,
        });
    }
}
