//! A live trade beside its twin of the simulation.
//!
//! The twin is the trade that the test engine makes of the same program over the venue's own candles, with the costs that the
//! tests assume. Differences of a pair are what execution costs; a trade without a twin, or a twin without a trade, is a
//! difference of decisions.

use super::strategy::words;
use super::{Millis, Side};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

words! {
    /// What is known of a pair.
    ParityState {
        /// The trade is closed, the simulation has not come so far yet.
        Waiting = "waiting",
        /// Both are there.
        Paired = "paired",
        /// A trade that the simulation does not make.
        NoTwin = "no_twin",
        /// A trade of the simulation that was not made.
        NoTrade = "no_trade",
    }
}

/// One side of a pair: a closed trade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParityLeg {
    /// When it was entered; of a twin, the open of the bar.
    pub entry_time: Millis,
    /// Price.
    pub entry_price: Decimal,
    /// When it was left; of a twin, the open of the bar, or its end when it was left at its close.
    pub exit_time: Millis,
    /// Price.
    pub exit_price: Decimal,
    /// Units.
    pub size: Decimal,
    /// Fees of both sides, quote currency.
    pub fees: Decimal,
    /// Funding, above 0 when received, as in the rows of trades.
    pub funding: Decimal,
    /// Result after all costs, quote currency.
    pub pnl: Decimal,
    /// Why it was left.
    pub reason: String,
}

/// A live trade, its twin, or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parity {
    /// What it is: the position's identity of a live trade, else what the simulation calls it.
    pub key: String,
    /// Of which strategy.
    pub strategy: Uuid,
    /// On which subaccount.
    pub subaccount: i64,
    /// What was traded.
    pub symbol: String,
    /// `Long` or `Short`.
    pub side: Side,
    /// What is known.
    pub state: ParityState,
    /// When the trade was closed, or that of the simulation.
    pub at: Millis,
    /// What the entry cost against the price it was due at, 1/100 %; above 0 when it was worse. Absent when nobody knows.
    pub entry_bps: Option<f64>,
    /// The same of the exit.
    pub exit_bps: Option<f64>,
    /// The live trade.
    pub live: Option<ParityLeg>,
    /// Its twin.
    pub twin: Option<ParityLeg>,
}

/// Which pairs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParityFilter {
    /// Of this strategy alone.
    pub strategy: Option<Uuid>,
    /// Closed at this instant or later.
    pub since: Option<Millis>,
    /// At most so many, the newest; 0 means 1,000.
    pub limit: u32,
}

/// Sums over pairs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ParityStats {
    /// Pairs with both sides.
    pub paired: usize,
    /// Trades without a twin.
    pub no_twin: usize,
    /// Twins without a trade.
    pub no_trade: usize,
    /// Trades whose twin is not known yet.
    pub waiting: usize,
    /// Fills whose slippage is known.
    pub fills: usize,
    /// Their mean slippage, bps; absent without fills.
    pub slippage_mean_bps: Option<f64>,
    /// What 95 % of them stay under, bps.
    pub slippage_p95_bps: Option<f64>,
    /// Result of the live trades of pairs, quote currency.
    pub live_pnl: Decimal,
    /// Result of their twins.
    pub twin_pnl: Decimal,
    /// Fees of the live trades of pairs, and of their twins.
    pub fees: (Decimal, Decimal),
    /// Funding of the live trades of pairs, and of their twins; above 0 when received.
    pub funding: (Decimal, Decimal),
    /// The sum of what twins won and lost, without sign: what a gap is measured by.
    pub turnover: Decimal,
}

impl ParityStats {
    /// Sums.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Parity>) -> Self {
        let mut all = Self::default();
        let mut slipped = Vec::new();
        for row in rows {
            slipped.extend(row.entry_bps.into_iter().chain(row.exit_bps));
            match row.state {
                ParityState::Waiting => all.waiting += 1,
                ParityState::NoTwin => all.no_twin += 1,
                ParityState::NoTrade => all.no_trade += 1,
                ParityState::Paired => {
                    all.paired += 1;
                    let (Some(live), Some(twin)) = (&row.live, &row.twin) else {
                        continue;
                    };
                    all.live_pnl += live.pnl;
                    all.twin_pnl += twin.pnl;
                    all.turnover += twin.pnl.abs();
                    all.fees = (all.fees.0 + live.fees, all.fees.1 + twin.fees);
                    all.funding = (all.funding.0 + live.funding, all.funding.1 + twin.funding);
                }
            }
        }
        slipped.retain(|bps| bps.is_finite());
        slipped.sort_by(f64::total_cmp);
        all.fills = slipped.len();
        if let Some(last) = slipped.len().checked_sub(1) {
            all.slippage_mean_bps = Some(slipped.iter().sum::<f64>() / slipped.len() as f64);
            // the nearest rank
            let rank = (slipped.len() as f64 * 0.95).ceil() as usize;
            all.slippage_p95_bps = slipped.get(rank.saturating_sub(1).min(last)).copied();
        }
        all
    }

    /// Decided trades and twins.
    pub fn decided(&self) -> usize {
        self.paired + self.no_twin + self.no_trade
    }

    /// Which share of them stands alone; absent when there are none.
    pub fn unpaired(&self) -> Option<f64> {
        let all = self.decided();
        (all > 0).then(|| (self.no_twin + self.no_trade) as f64 / all as f64)
    }

    /// How much less the pairs brought than their twins, as a share of what the twins won and lost; absent without pairs.
    pub fn shortfall(&self) -> Option<f64> {
        let gap = (self.twin_pnl - self.live_pnl).to_f64()?;
        let by = self.turnover.to_f64().filter(|by| *by > 0.0)?;
        Some(gap / by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(pnl: i64) -> ParityLeg {
        ParityLeg {
            entry_time: 0,
            entry_price: Decimal::from(100),
            exit_time: 10,
            exit_price: Decimal::from(101),
            size: Decimal::ONE,
            fees: Decimal::ONE,
            funding: -Decimal::ONE,
            pnl: Decimal::from(pnl),
            reason: "signal".into(),
        }
    }

    fn row(state: ParityState, bps: [Option<f64>; 2], live: i64, twin: i64) -> Parity {
        Parity {
            key: "k".into(),
            strategy: Uuid::nil(),
            subaccount: 1,
            symbol: "BTC".into(),
            side: Side::Long,
            state,
            at: 10,
            entry_bps: bps[0],
            exit_bps: bps[1],
            live: Some(leg(live)),
            twin: Some(leg(twin)),
        }
    }

    #[test]
    fn pairs_are_summed_and_loners_counted() {
        let none = ParityStats::of(&[]);
        assert_eq!(
            (none.unpaired(), none.shortfall(), none.slippage_mean_bps),
            (None, None, None)
        );
        let rows = [
            row(ParityState::Paired, [Some(1.0), Some(3.0)], 8, 10),
            row(ParityState::Paired, [Some(-2.0), None], -11, -10),
            row(ParityState::NoTwin, [Some(f64::NAN), None], 5, 0),
            row(ParityState::NoTrade, [None, None], 0, 7),
            row(ParityState::Waiting, [Some(2.0), None], 7, 0),
        ];
        let all = ParityStats::of(&rows);
        assert_eq!(
            (all.paired, all.no_twin, all.no_trade, all.waiting),
            (2, 1, 1, 1)
        );
        assert_eq!((all.fills, all.slippage_mean_bps), (4, Some(1.0)));
        assert_eq!(all.slippage_p95_bps, Some(3.0));
        assert_eq!(
            (all.live_pnl, all.twin_pnl),
            (Decimal::from(-3), Decimal::ZERO)
        );
        assert_eq!((all.unpaired(), all.shortfall()), (Some(0.5), Some(0.15)));
        assert_eq!(all.fees, (Decimal::TWO, Decimal::TWO));
    }
}
