//! Fills as a simulation assumes them: prices that come from a bar instead of a book.
//!
//! A simulation of a strategy fills an order at market at a price of the bar, moved against it by a fixed slippage and rounded
//! to a tick, whatever its size; a stop at its own level; a limit that the bar reached at its own price, or at the open. Real
//! books know nothing of it. With [`Feed::Around`], [`Feed::Walk`] and [`Feed::Take`] the house trades like that, so that what
//! a venue fills can be held against what a simulation says.

use super::exchange::{Exchange, HOUSE, InputError, check_number};
use super::feed::Feed;
use super::ident::{Asset, Side, reaches};
use super::matching::{Taker, house};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Quotes of the house around a price: one bid and one ask, each moved against who takes it and rounded against him.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumed {
    /// Fraction by which a fill is worse than the price: 0.0005 is 0.05 %.
    pub slippage: Decimal,
    /// Step to which fills are rounded; 0 = eight decimals.
    pub tick: Decimal,
    /// Size of each quote, coins.
    pub size: Decimal,
}

/// How near to a step (in steps) counts as on it: what binary arithmetic would lose counts as nothing here too.
const NEAR: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

/// Finest step of a price.
const FINEST: Decimal = Decimal::from_parts(1, 0, 0, false, 8);

impl Assumed {
    /// What an order at market pays or gets when `px` is the price.
    pub fn fill(&self, px: Decimal, side: Side) -> Decimal {
        let px = px * (Decimal::ONE + side.sign() * self.slippage);
        let step = if self.tick > Decimal::ZERO {
            self.tick
        } else {
            FINEST
        };
        let steps = px / step;
        let near = steps.round();
        let steps = if (steps - near).abs() <= NEAR {
            near
        } else if side == Side::Buy {
            steps.ceil()
        } else {
            steps.floor()
        };
        (steps * step).normalize()
    }

    fn check(&self, coin: &str) -> Result<(), InputError> {
        check_number(coin, "size of a quote", self.size)?;
        let bad = |what, value| {
            Err(InputError::Number {
                coin: coin.to_owned(),
                what,
                value,
            })
        };
        if self.slippage < Decimal::ZERO || self.slippage >= Decimal::ONE {
            return bad("slippage", self.slippage);
        }
        if self.tick < Decimal::ZERO || self.tick > Decimal::from(1_000_000) {
            return bad("tick", self.tick);
        }
        Ok(())
    }
}

impl Feed {
    /// What [`Feed::clean`] does for the feeds of this module; the others are given back as they are.
    pub(super) fn clean_assumed(&self) -> Result<Self, InputError> {
        let coin = self.coin();
        let mut clean = self.clone();
        match &mut clean {
            Self::Around { px, quotes, .. } | Self::Walk { to: px, quotes, .. } => {
                *px = px.round_dp(8);
                check_number(coin, "price", *px)?;
                quotes.check(coin)?;
            }
            Self::Take { limit, at, .. } => {
                for px in std::iter::once(limit).chain(at) {
                    *px = px.round_dp(8);
                    check_number(coin, "price", *px)?;
                }
            }
            Self::Rate {
                rate: Some(rate), ..
            } => {
                *rate = rate.round_dp(12);
                let most = Decimal::new(4, 2);
                if rate.abs() > most {
                    return Err(InputError::Number {
                        coin: coin.to_owned(),
                        what: "rate of funding",
                        value: *rate,
                    });
                }
            }
            _ => {}
        }
        Ok(clean)
    }
}

impl Exchange {
    /// Lets the oracle walk to a price. At each trigger on its way it stops, with quotes around it, so that what fires fills as
    /// if the market had been there.
    pub(super) fn walk(&mut self, asset: Asset, to: Decimal, quotes: &Assumed) {
        loop {
            let market = self.market_of(asset);
            let from = market.oracle_px;
            let px = market.triggers.next(from, to).unwrap_or(to);
            self.market_mut(asset).oracle_px = px;
            self.quote_around(asset, px, quotes, false);
            self.settle_up();
            self.update_marks([asset]);
            if px == to {
                return;
            }
        }
    }

    /// Replaces the quotes of the house by one on each side of `px`. Orders of users that they would meet stay where they are:
    /// those trade by [`Feed::Take`] alone. Such a quote stands all the same when the book may be `crossed`, and is left out
    /// otherwise.
    pub(super) fn quote_around(
        &mut self,
        asset: Asset,
        px: Decimal,
        quotes: &Assumed,
        crossed: bool,
    ) {
        let market = self.market_of(asset);
        let size = quotes
            .size
            .trunc_with_scale(market.instrument.sz_decimals)
            .max(Decimal::new(1, market.instrument.sz_decimals));
        let bid = quotes.fill(px, Side::Sell);
        let mut ask = quotes.fill(px, Side::Buy);
        if ask <= bid {
            // without slippage both would be the same
            ask = bid + quotes.tick.max(FINEST);
        }
        let alone = |side: Side, quote: Decimal| {
            let user = market.book.front_user(side.opposite());
            quote > Decimal::ZERO
                && (crossed || user.is_none_or(|(px, _)| !reaches(side, quote, px)))
        };
        let bids = alone(Side::Buy, bid).then_some((bid, size));
        let asks = alone(Side::Sell, ask).then_some((ask, size));
        self.replace_quotes(asset, bids.as_slice(), asks.as_slice());
    }

    /// Lets the house take what rests on `side` at `limit` or better for it; at `at`, or at each order's own price.
    pub(super) fn take_resting(
        &mut self,
        asset: Asset,
        side: Side,
        limit: Decimal,
        at: Option<Decimal>,
        reducing: Option<bool>,
    ) {
        let taker = side.opposite();
        for oid in self.market_of(asset).book.oids(side) {
            // what was filled before may have cancelled it
            let Some(order) = self.orders.get(&oid) else {
                continue;
            };
            let (own, wanted, reduces) = (order.px, order.sz, order.reduce_only);
            if !reaches(taker, limit, own) {
                break;
            }
            if reducing.is_some_and(|only| only != reduces) {
                continue;
            }
            let px = at.unwrap_or(own);
            let Some((maker, sz)) = self.ready_maker(oid, HOUSE, px, wanted) else {
                self.settle_up();
                continue;
            };
            let mut party = house();
            party.crossed = true;
            let taker = Taker {
                party,
                asset,
                side: taker,
                limit,
                left: sz,
                liquidation: None,
            };
            self.trade(&taker, maker, px, sz);
            self.settle_up();
        }
    }
}
