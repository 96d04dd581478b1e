//! Answers about markets.

use super::{RATES, span};
use crate::engine::exchange::Exchange;
use crate::engine::ident::{Asset, HOUR, Millis, Side};
use crate::engine::market::Market;
use rust_decimal::{Decimal, RoundingStrategy};
use sixbtc_exchange::wire::info::{
    AllMids, AssetCtx, AssetMeta, FundingRate, L2Book, L2Level, MarginTable, MarginTier, Meta,
    PredictedFunding, Trade,
};
use std::collections::BTreeMap;

/// Levels of a side that an answer holds.
const LEVELS: usize = 20;
/// Prints that `recentTrades` holds.
const TRADES: usize = 10;
/// What each venue is predicted to charge.
pub type ByVenue = Vec<(String, Option<PredictedFunding>)>;

/// Name of this venue among those that funding is predicted for.
const VENUE: &str = "HlPerp";

impl Exchange {
    /// The list of markets, and the margin tables that they name.
    pub fn meta(&self) -> Meta {
        let mut tables = BTreeMap::new();
        for market in &self.markets {
            let instrument = &market.instrument;
            if instrument.margin_table >= 50 || instrument.tiers.len() > 1 {
                let margin_tiers = instrument
                    .tiers
                    .iter()
                    .map(|tier| MarginTier {
                        lower_bound: tier.lower_bound,
                        max_leverage: tier.max_leverage,
                    })
                    .collect();
                let description = format!("tiered {}x", instrument.max_leverage);
                tables.insert(
                    instrument.margin_table,
                    MarginTable {
                        description,
                        margin_tiers,
                    },
                );
            }
        }
        Meta {
            universe: self.markets.iter().map(asset_meta).collect(),
            margin_tables: tables.into_iter().collect(),
            collateral_token: 0,
        }
    }

    /// State of each market, in the order of the list.
    pub fn asset_ctxs(&self) -> Vec<AssetCtx> {
        (0..self.markets.len() as Asset)
            .filter_map(|asset| self.asset_ctx(asset))
            .collect()
    }

    /// State of one market.
    pub fn asset_ctx(&self, asset: Asset) -> Option<AssetCtx> {
        let market = self.market(asset)?;
        let (prev_day_px, day_ntl_vlm, day_base_vlm) = market.day(self.now);
        let (bid, ask) = self.impact(market);
        Some(AssetCtx {
            funding: market.funding_rate(),
            open_interest: market.open_interest,
            prev_day_px,
            day_ntl_vlm,
            day_base_vlm: Some(day_base_vlm),
            premium: (bid.is_some() && ask.is_some()).then(|| self.premium(asset)),
            oracle_px: market.oracle_px,
            mark_px: market.mark_px,
            mid_px: market.book.mid(),
            impact_pxs: bid
                .zip(ask)
                .map(|(bid, ask)| [bid.round_dp(8).into(), ask.round_dp(8).into()]),
        })
    }

    /// Middle prices; the mark where a side of the book is empty.
    pub fn all_mids(&self) -> AllMids {
        self.markets
            .iter()
            .map(|market| {
                let mid = market.book.mid().unwrap_or(market.mark_px);
                (market.instrument.name.clone(), mid.into())
            })
            .collect()
    }

    /// Best bid and ask with their sizes.
    pub fn bbo(&self, asset: Asset) -> [Option<L2Level>; 2] {
        [Side::Buy, Side::Sell].map(|side| self.levels(asset, side, None, 1).first().copied())
    }

    /// The book; `None` for an unknown coin. `n_sig_figs` 2 to 5 rounds prices away from the middle and sums levels, `mantissa`
    /// 2 or 5 makes the last of five figures a multiple of it.
    pub fn l2_book(
        &self,
        coin: &str,
        n_sig_figs: Option<u8>,
        mantissa: Option<u8>,
    ) -> Option<L2Book> {
        let asset = self.asset(coin)?;
        let figures = n_sig_figs.map(|n| {
            (
                u32::from(n.clamp(2, 5)),
                mantissa.filter(|m| [2, 5].contains(m)).unwrap_or(1),
            )
        });
        let levels = [Side::Buy, Side::Sell].map(|side| self.levels(asset, side, figures, LEVELS));
        let spread = figures.and_then(|_| Some(levels[1].first()?.px - levels[0].first()?.px));
        Some(L2Book {
            coin: coin.to_owned(),
            time: self.now,
            levels,
            spread: spread.map(Into::into),
        })
    }

    /// Levels of one side, best first.
    pub fn levels(
        &self,
        asset: Asset,
        side: Side,
        figures: Option<(u32, u8)>,
        most: usize,
    ) -> Vec<L2Level> {
        let Some(market) = self.market(asset) else {
            return Vec::new();
        };
        let size_of = |oid| {
            self.orders
                .get(&oid)
                .map_or(Decimal::ZERO, |order| order.sz)
        };
        let mut levels: Vec<L2Level> = Vec::new();
        for (px, sz, n) in market.book.depth(side, size_of) {
            let px = figures.map_or(px, |figures| coarse(px, side, figures));
            let full = levels.len() == most;
            match levels.last_mut() {
                Some(level) if level.px == px => {
                    level.sz += sz;
                    level.n += n;
                }
                _ if full => break,
                _ => levels.push(L2Level { px, sz, n }),
            }
        }
        levels
    }

    /// The newest prints, newest first; `None` for an unknown coin.
    pub fn recent_trades(&self, coin: &str) -> Option<Vec<Trade>> {
        let market = self.market(self.asset(coin)?)?;
        Some(
            market
                .prints
                .iter()
                .rev()
                .take(TRADES)
                .map(|print| self.trade_row(print))
                .collect(),
        )
    }

    /// Rates that were paid, ascending; `None` for an unknown coin.
    pub fn funding_history(
        &self,
        coin: &str,
        start: Millis,
        end: Option<Millis>,
    ) -> Option<Vec<FundingRate>> {
        let market = self.market(self.asset(coin)?)?;
        let rates = span(&market.rates, |row| row.time, start, end).take(RATES);
        Some(
            rates
                .map(|row| FundingRate {
                    coin: coin.to_owned(),
                    funding_rate: row.rate,
                    premium: row.premium,
                    time: row.time,
                })
                .collect(),
        )
    }

    /// What the running hour would cost as it stands.
    pub fn predicted_fundings(&self) -> Vec<(String, ByVenue)> {
        let next = self.now - self.now.rem_euclid(HOUR) + HOUR;
        self.markets
            .iter()
            .map(|market| {
                let here = PredictedFunding {
                    funding_rate: market.funding_rate(),
                    next_funding_time: next,
                    funding_interval_hours: Some(1),
                };
                (
                    market.instrument.name.clone(),
                    vec![(VENUE.to_owned(), Some(here))],
                )
            })
            .collect()
    }
}

fn asset_meta(market: &Market) -> AssetMeta {
    let instrument = &market.instrument;
    AssetMeta {
        name: instrument.name.clone(),
        sz_decimals: instrument.sz_decimals,
        max_leverage: instrument.max_leverage,
        margin_table_id: instrument.margin_table,
        only_isolated: instrument.only_isolated.then_some(true),
        margin_mode: instrument.only_isolated.then(|| "noCross".to_owned()),
        is_delisted: instrument.delisted.then_some(true),
    }
}

/// A price with so many figures, the last a multiple: bids down, asks up.
fn coarse(px: Decimal, side: Side, (figures, multiple): (u32, u8)) -> Decimal {
    let mut step = Decimal::ONE;
    let most = Decimal::from(10_u64.pow(figures));
    // Smallest power of ten with at most that many figures before the point of px / step.
    while px / step >= most {
        step *= Decimal::TEN;
    }
    while step > Decimal::new(1, 10) && px / step * Decimal::TEN < most {
        step /= Decimal::TEN;
    }
    let step = if figures == 5 {
        step * Decimal::from(multiple)
    } else {
        step
    };
    let way = match side {
        Side::Buy => RoundingStrategy::ToZero,
        Side::Sell => RoundingStrategy::AwayFromZero,
    };
    ((px / step).round_dp_with_strategy(0, way) * step).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_coarsened_away_from_the_middle() {
        let d = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(coarse(d("80459"), Side::Buy, (3, 1)), d("80400"));
        assert_eq!(coarse(d("80459"), Side::Sell, (3, 1)), d("80500"));
        assert_eq!(coarse(d("80459"), Side::Buy, (5, 5)), d("80455"));
        assert_eq!(coarse(d("80459"), Side::Sell, (5, 2)), d("80460"));
        assert_eq!(coarse(d("0.012345"), Side::Buy, (2, 1)), d("0.012"));
        assert_eq!(coarse(d("0.012345"), Side::Sell, (4, 1)), d("0.01235"));
        assert_eq!(coarse(d("100"), Side::Sell, (2, 1)), d("100"));
    }
}
