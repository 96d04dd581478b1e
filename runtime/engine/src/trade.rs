//! What a run leaves behind: trades, what was skipped and why, counts.

use serde::{Deserialize, Serialize};
pub use sixbtc_abi::{ExitReason, Side};

/// One closed part of a position: an entry, or the part of it that a partial target closed.
///
/// Money is in quote currency, times are ms since the epoch (UTC) of the *open of the bar* on which the fill happened,
/// except for fills at a close ([`Trade::exit_at_close`], [`crate::FillAt::Close`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trade {
    /// 1, 2, 3 … in the order of closing.
    pub id: u32,
    /// Which entry fill it belongs to: parts of one entry share it. Key of [`crate::Outcome::levels_of`].
    pub lot: u32,
    /// Index into the run's symbols.
    pub symbol: u16,
    /// Index into [`sixbtc_abi::OrderPlan::entries`], or of what a portfolio holds into
    /// [`sixbtc_abi::PortfolioPlan::holds`]: its tag names the trade.
    pub entry: u16,
    /// Long or short.
    pub side: Side,
    /// Open time of the bar of the entry fill.
    pub entry_time: i64,
    /// Row of the entry fill, counted from the first row fed for the symbol.
    pub entry_row: u32,
    /// Entry fill price.
    pub entry_price: f64,
    /// Open time of the bar of the exit fill.
    pub exit_time: i64,
    /// Row of the exit fill.
    pub exit_row: u32,
    /// Exit fill price.
    pub exit_price: f64,
    /// Whether the exit filled at the close of its bar rather than at or after its open.
    pub exit_at_close: bool,
    /// Units of the base asset.
    pub size: f64,
    /// Size × entry price.
    pub notional: f64,
    /// Leverage of the entry.
    pub leverage: f64,
    /// Fees of entry and exit.
    pub fees: f64,
    /// Funding paid (negative: received).
    pub funding: f64,
    /// What slippage and tick rounding cost against the prices the fills were due at. Already inside the fill prices.
    pub slippage: f64,
    /// Profit after fees and funding.
    pub pnl: f64,
    /// `100 × pnl / notional`, in percent.
    pub pnl_pct: f64,
    /// Profit as a multiple of the initial risk `|entry − stop| × size`; NaN without a stop.
    pub return_r: f64,
    /// Bars from the entry bar to the exit bar, 0 when both are one.
    pub bars: u32,
    /// Largest adverse excursion from the entry price, in percent of it, 0 or more.
    pub mae_pct: f64,
    /// Largest favourable excursion from the entry price, in percent of it, 0 or more.
    pub mfe_pct: f64,
    /// Why it closed.
    pub exit_reason: ExitReason,
    /// Whether the worst-case assumption decided how or when it closed.
    pub ambiguous: bool,
}

/// The protective levels of an entry from a moment on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelPoint {
    /// Which entry fill.
    pub lot: u32,
    /// From this time on, ms; an entry's first point is the bar of its fill.
    pub time: i64,
    /// The stop or trailing stop in force; NaN when there is none.
    pub stop: f64,
    /// The nearest target; NaN when there is none.
    pub target: f64,
}

/// Why an entry was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum SkipReason {
    /// A position of that side is open and pyramiding allows no more.
    InPosition,
    /// The price has not travelled far enough since the last entry (`limit pyramid … every`).
    PyramidDistance,
    /// Another entry of the same bar already went to the other side.
    Conflict,
    /// Within the cooldown after an exit.
    Cooldown,
    /// `limit trades … per` is used up.
    TradesPerPeriod,
    /// As many symbols as allowed hold a position.
    MaxPositions,
    /// The margin exceeds the free equity.
    FreeEquity,
    /// The notional, after rounding the size down, is under the minimum.
    MinNotional,
    /// The size rounds down to nothing.
    ZeroSize,
    /// Equity is used up.
    NoEquity,
    /// The price or a level of the order is not a finite number above 0.
    PriceNotFinite,
    /// The size or a number it depends on is not a finite number of 0 or more.
    SizeNotFinite,
    /// Risk sizing without a stop.
    NoStop,
    /// The stop lies on the wrong side of the entry fill.
    StopSide,
    /// A resting order expired unfilled.
    Expired,
    /// A resting order was issued again before it filled.
    Replaced,
    /// The data ended before the order could fill.
    EndOfData,
    /// The weight of a symbol to be held is negative or not a finite number.
    WeightNotPositive,
}

impl SkipReason {
    /// All reasons, in the order of their discriminants.
    pub const ALL: [Self; 18] = [
        Self::InPosition,
        Self::PyramidDistance,
        Self::Conflict,
        Self::Cooldown,
        Self::TradesPerPeriod,
        Self::MaxPositions,
        Self::FreeEquity,
        Self::MinNotional,
        Self::ZeroSize,
        Self::NoEquity,
        Self::PriceNotFinite,
        Self::SizeNotFinite,
        Self::NoStop,
        Self::StopSide,
        Self::Expired,
        Self::Replaced,
        Self::EndOfData,
        Self::WeightNotPositive,
    ];

    /// The stable name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::InPosition => "in_position",
            Self::PyramidDistance => "pyramid_distance",
            Self::Conflict => "conflict",
            Self::Cooldown => "cooldown",
            Self::TradesPerPeriod => "trades_per_period",
            Self::MaxPositions => "max_positions",
            Self::FreeEquity => "free_equity",
            Self::MinNotional => "min_notional",
            Self::ZeroSize => "zero_size",
            Self::NoEquity => "no_equity",
            Self::PriceNotFinite => "price_not_finite",
            Self::SizeNotFinite => "size_not_finite",
            Self::NoStop => "no_stop",
            Self::StopSide => "stop_side",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::EndOfData => "end_of_data",
            Self::WeightNotPositive => "weight_not_positive",
        }
    }
}

/// How many entries were not taken, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skips([u64; SkipReason::ALL.len()]);

impl Skips {
    /// Counts `n` more.
    pub fn add(&mut self, reason: SkipReason, n: u64) {
        self.0[reason as usize] += n;
    }

    /// How many for one reason.
    pub fn get(&self, reason: SkipReason) -> u64 {
        self.0[reason as usize]
    }

    /// Reasons that occurred, with their counts, in stable order.
    pub fn counted(&self) -> impl Iterator<Item = (SkipReason, u64)> + '_ {
        SkipReason::ALL
            .into_iter()
            .map(|r| (r, self.get(r)))
            .filter(|&(_, n)| n > 0)
    }

    /// All together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// Counts and sums of a run beside its trades.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counters {
    /// Rows processed, over all symbols.
    pub rows: u64,
    /// Entry fills.
    pub entries: u64,
    /// Entries whose notional was shrunk so that the margin fits into `equity / max_positions`.
    pub capped: u64,
    /// Trades that the worst-case assumption decided.
    pub ambiguous: u64,
    /// Bars on which the order of events was unknown and finer bars decided it.
    pub decided_by_finer: u64,
    /// Positions liquidated.
    pub liquidations: u64,
    /// Notional of all fills, entries and exits, in quote currency.
    pub traded: f64,
    /// Fees paid, in quote currency.
    pub fees: f64,
    /// Funding paid, in quote currency; negative when received.
    pub funding: f64,
    /// Cost of slippage and tick rounding, in quote currency, contained in the fill prices.
    pub slippage: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_indexed_and_named_as_serialised() {
        for (i, reason) in SkipReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, i);
            assert_eq!(
                SkipReason::ALL
                    .iter()
                    .filter(|r| r.name() == reason.name())
                    .count(),
                1
            );
        }
        let mut skips = Skips::default();
        skips.add(SkipReason::Cooldown, 2);
        assert_eq!(
            skips.counted().collect::<Vec<_>>(),
            vec![(SkipReason::Cooldown, 2)]
        );
        assert_eq!((skips.get(SkipReason::Cooldown), skips.total()), (2, 2));
    }
}
