//! What an order must satisfy before it is let near the book (facts §4.1, §5.1, §5.5, §5.7).

use super::exchange::Exchange;
use super::ident::{Asset, Side, reaches};
use super::instrument::Instrument;
use super::margin::Wish;
use super::order::{Group, Kind, NewOrder, Place};
use super::settings::ReduceOnlyMinimum;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::errors::Refusal;
use sixbtc_exchange::wire::{Address, Tif};

impl Exchange {
    /// The market of an order, if it is traded.
    pub(super) fn tradable(&self, asset: Asset) -> Result<&Instrument, Refusal> {
        // Spot pairs begin at 10 000; there are none here, so nobody has the token to sell or the pair to buy with.
        if (10_000..110_000).contains(&asset) {
            return Err(Refusal::SpotBalance);
        }
        match self.market(asset) {
            Some(market) if !market.instrument.delisted => Ok(&market.instrument),
            _ => Err(Refusal::UnknownAsset),
        }
    }

    /// What can be said from the order alone.
    pub(super) fn check_form(&self, new: &NewOrder, group: Group) -> Result<(), Refusal> {
        let instrument = self.tradable(new.asset)?;
        if new.px <= Decimal::ZERO || new.px > Decimal::from(1_000_000_000_000_i64) {
            return Err(Refusal::InvalidPrice);
        }
        if !instrument.price_ok(new.px) {
            return Err(Refusal::Tick);
        }
        if !instrument.size_ok(new.sz) {
            return Err(Refusal::InvalidSize);
        }
        let whole_position = group == Group::PositionTpsl && matches!(new.kind, Kind::Trigger(_));
        if new.sz.is_zero() && !whole_position {
            return Err(Refusal::ZeroSize);
        }
        if let Kind::Trigger(trigger) = new.kind {
            if !instrument.price_ok(trigger.px) {
                return Err(Refusal::TriggerPrice);
            }
            if trigger.is_market && !reaches(new.side, new.px, trigger.px) {
                return Err(Refusal::TriggerPrice);
            }
        }
        let is_market =
            new.kind == Kind::Limit(Tif::FrontendMarket) || new.kind == Kind::Limit(Tif::Ioc);
        let max = instrument.most_order_value(is_market);
        if new.px.checked_mul(new.sz).is_none_or(|value| value > max) {
            return Err(Refusal::TooLarge { max });
        }
        Ok(())
    }

    /// The least value of an order.
    pub(super) fn check_value(&self, user: Address, new: &NewOrder) -> Result<(), Refusal> {
        if new.px * new.sz >= self.settings.min_notional || new.sz.is_zero() {
            return Ok(());
        }
        let exempt = new.reduce_only
            && match self.settings.reduce_only_minimum {
                ReduceOnlyMinimum::Always => true,
                ReduceOnlyMinimum::Never => false,
                ReduceOnlyMinimum::WholePosition => {
                    let closable = self.closable(user, new.asset, new.side);
                    !closable.is_zero() && new.sz >= closable
                }
            };
        if exempt {
            Ok(())
        } else {
            Err(Refusal::MinNotional)
        }
    }

    /// The band around the oracle; triggers wait outside of it if they like.
    pub(super) fn check_band(&self, new: &NewOrder) -> Result<(), Refusal> {
        if matches!(new.kind, Kind::Trigger(_)) {
            return Ok(());
        }
        let band = self.settings.price_band;
        let reference = self.market_of(new.asset).oracle_px;
        if (new.px - reference).abs() <= reference * band {
            return Ok(());
        }
        let percent = u32::try_from((band * Decimal::ONE_HUNDRED).trunc().mantissa()).unwrap_or(80);
        Err(Refusal::PriceBand { percent })
    }

    /// How many more orders may be open; above the free number none that waits or reduces.
    pub(super) fn check_count(&self, user: Address, new: &NewOrder) -> Result<(), Refusal> {
        let Some(account) = self.accounts.get(&user) else {
            return Ok(());
        };
        let settings = &self.settings;
        let per = settings.volume_per_open_order;
        let earned = if per > Decimal::ZERO {
            (account.volumes.total / per).trunc()
        } else {
            Decimal::ZERO
        };
        let earned = usize::try_from(earned.mantissa()).unwrap_or(usize::MAX);
        let most = settings
            .open_orders
            .saturating_add(earned)
            .min(settings.open_orders_most.max(settings.open_orders));
        let open = account.open.len();
        let waits = new.reduce_only || matches!(new.kind, Kind::Trigger(_));
        if open >= most || (waits && open >= settings.open_orders) {
            return Err(Refusal::TooManyOpenOrders);
        }
        Ok(())
    }

    /// Reduce-only orders need something to reduce. The size that may be worked: capped at the position.
    pub(super) fn check_reduce_only(
        &self,
        user: Address,
        new: &NewOrder,
    ) -> Result<Decimal, Refusal> {
        if !new.reduce_only {
            return Ok(new.sz);
        }
        let closable = self.closable(user, new.asset, new.side);
        if closable.is_zero() {
            return Err(Refusal::ReduceOnly);
        }
        Ok(if matches!(new.kind, Kind::Trigger(_)) {
            new.sz
        } else {
            new.sz.min(closable)
        })
    }

    /// Post-only orders must rest.
    pub(super) fn check_post_only(&self, new: &NewOrder) -> Result<(), Refusal> {
        if new.kind != Kind::Limit(Tif::Alo) || !self.crosses(new.asset, new.side, new.px) {
            return Ok(());
        }
        let book = &self.market_of(new.asset).book;
        let best = |side| book.best(side).unwrap_or_default();
        Err(Refusal::PostOnly {
            bid: best(Side::Buy),
            ask: best(Side::Sell),
        })
    }

    /// Margin, tiers and open interest: for what makes a position larger.
    pub(super) fn check_margin(
        &self,
        user: Address,
        new: &NewOrder,
        sz: Decimal,
    ) -> Result<(), Refusal> {
        if new.reduce_only {
            return Ok(());
        }
        let Some(account) = self.accounts.get(&user) else {
            return Err(Refusal::Margin);
        };
        let wish = Wish {
            asset: new.asset,
            side: new.side,
            px: new.px,
            sz,
        };
        if !self.affords(account, wish) {
            return Err(Refusal::Margin);
        }
        if !self.grows(user, new.asset, new.side, new.px, sz) {
            return Ok(());
        }
        self.check_tier(user, new, sz)?;
        self.check_interest(user, new, sz)
    }

    fn check_tier(&self, user: Address, new: &NewOrder, sz: Decimal) -> Result<(), Refusal> {
        let Some(account) = self.accounts.get(&user) else {
            return Ok(());
        };
        let market = self.market_of(new.asset);
        let leverage = self.leverage_of(account, new.asset);
        let booked: Decimal = account
            .open
            .iter()
            .filter_map(|oid| self.orders.get(oid))
            .filter(|o| {
                o.asset == new.asset
                    && o.side == new.side
                    && o.place == Place::Book
                    && !o.reduce_only
            })
            .map(|o| o.sz)
            .sum();
        let szi = account.szi(new.asset) + new.side.sign() * (sz + booked);
        match market.instrument.most_notional(leverage.value) {
            Some(most) if szi.abs() * market.mark_px > most => Err(Refusal::MaxPosition),
            _ => Ok(()),
        }
    }

    fn check_interest(&self, user: Address, new: &NewOrder, sz: Decimal) -> Result<(), Refusal> {
        let market = self.market_of(new.asset);
        if self.interest_is_capped(new.asset) {
            let aggressive = match new.side {
                Side::Buy => new.px > market.oracle_px,
                Side::Sell => new.px < market.oracle_px,
            };
            if self.crosses(new.asset, new.side, new.px) {
                return Err(Refusal::OpenInterestCapped);
            }
            if aggressive {
                return Err(Refusal::TooAggressiveAtCap);
            }
        }
        if let Some(step) = market.instrument.open_interest_step
            && self.crosses(new.asset, new.side, new.px)
        {
            let growth = sz - self.closable(user, new.asset, new.side);
            if (market.open_interest + growth - market.interest_window.1) * market.oracle_px > step
            {
                return Err(Refusal::OpenInterestTooQuick);
            }
        }
        Ok(())
    }

    /// Whether an order with that limit would meet something at once.
    pub(super) fn crosses(&self, asset: Asset, side: Side, px: Decimal) -> bool {
        let best = self.market_of(asset).book.best(side.opposite());
        best.is_some_and(|best| reaches(side, px, best))
    }
}

/// A trigger must not be met already, at `reference`.
pub(super) fn check_trigger(new: &NewOrder, reference: Decimal) -> Result<(), Refusal> {
    match new.kind {
        Kind::Trigger(trigger) if trigger.is_met(new.side, reference) => Err(Refusal::TriggerPrice),
        _ => Ok(()),
    }
}
