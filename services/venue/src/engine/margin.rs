//! What an account is worth, what its positions bind, what is left (facts §8.1, §8.2).

use super::account::{Account, Leverage};
use super::exchange::Exchange;
use super::ident::{Asset, Side};
use super::order::{Order, Place};
use super::position::{Position, initial_margin, liquidation_px};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Address;

/// Sums over positions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Money and worth of the positions.
    pub value: Decimal,
    /// Σ |size| · mark.
    pub notional: Decimal,
    /// Money without the positions' worth.
    pub raw_usd: Decimal,
    /// Margin bound by positions.
    pub used: Decimal,
    /// Maintenance margin; only of cross positions.
    pub maintenance: Decimal,
}

/// An order that does not exist yet, for asking what it would bind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub asset: Asset,
    pub side: Side,
    pub px: Decimal,
    pub sz: Decimal,
}

/// Margin that orders of one market bind, by side, and how much of the position is left for each side to close.
///
/// An order binds size · price / leverage, at the price it would be filled at as the mark stands: a buy at the lower of limit
/// and mark, a sale at the higher. What closes the position binds nothing.
struct Bound {
    mark: Decimal,
    leverage: u32,
    margin: [Decimal; 2],
    closing: [Decimal; 2],
}

impl Bound {
    fn index(side: Side) -> usize {
        usize::from(side == Side::Sell)
    }

    fn add(&mut self, side: Side, px: Decimal, sz: Decimal) {
        let i = Self::index(side);
        let px = match side {
            Side::Buy => px.min(self.mark),
            Side::Sell => px.max(self.mark),
        };
        let opens = (sz - self.closing[i]).max(Decimal::ZERO);
        self.closing[i] = (self.closing[i] - sz).max(Decimal::ZERO);
        self.margin[i] += initial_margin(px, opens, self.leverage);
    }

    /// The dearer side: not both can be filled without one closing the other.
    fn held(&self) -> Decimal {
        self.margin[0].max(self.margin[1])
    }
}

impl Exchange {
    /// The cross account: all of the cash, and the positions that share it.
    pub fn cross(&self, account: &Account) -> Summary {
        self.cross_with(account, account.cash, None)
    }

    /// The cross account with another cash, and perhaps another position in one market.
    pub(super) fn cross_with(
        &self,
        account: &Account,
        cash: Decimal,
        other: Option<(Asset, Position)>,
    ) -> Summary {
        let mut sum = Summary {
            value: cash,
            raw_usd: cash,
            ..Summary::default()
        };
        let replaced = other.map(|(asset, _)| asset);
        let held = account
            .positions
            .iter()
            .filter(|(asset, _)| Some(**asset) != replaced);
        for (asset, position) in held.map(|(a, p)| (*a, *p)).chain(other) {
            if position.isolated.is_some() || position.szi.is_zero() {
                continue;
            }
            let market = self.market_of(asset);
            let notional = position.notional(market.mark_px);
            let leverage = self.leverage_of(account, asset);
            sum.value += position.szi * market.mark_px;
            sum.notional += notional;
            sum.used += initial_margin(market.mark_px, position.szi.abs(), leverage.value);
            sum.maintenance += market.instrument.maintenance(notional);
        }
        sum
    }

    /// The whole perpetual account: cross and isolated.
    pub fn summary(&self, account: &Account) -> Summary {
        let mut sum = self.cross(account);
        for (asset, position) in &account.positions {
            let mark = self.mark(*asset);
            if let (Some(raw), Some(equity)) = (position.isolated, position.isolated_equity(mark)) {
                sum.value += equity;
                sum.notional += position.notional(mark);
                sum.raw_usd += raw;
                sum.used += equity;
            }
        }
        sum
    }

    /// Margin that open orders hold: for each market the dearer of its two sides, reducing parts left out.
    pub fn held(&self, account: &Account) -> Decimal {
        let mut assets: Vec<Asset> = self.booked(account).map(|order| order.asset).collect();
        assets.sort_unstable();
        assets.dedup();
        assets
            .iter()
            .map(|asset| self.bound_in(account, *asset).held())
            .sum()
    }

    fn booked<'a>(&'a self, account: &'a Account) -> impl Iterator<Item = &'a Order> + 'a {
        account
            .open
            .iter()
            .filter_map(|oid| self.orders.get(oid))
            .filter(|order| order.place == Place::Book && !order.reduce_only)
    }

    /// What the orders of one market bind.
    fn bound_in(&self, account: &Account, asset: Asset) -> Bound {
        let szi = account.szi(asset);
        let mut bound = Bound {
            mark: self.mark(asset),
            leverage: self.leverage_of(account, asset).value,
            margin: [Decimal::ZERO; 2],
            closing: [(-szi).max(Decimal::ZERO), szi.max(Decimal::ZERO)],
        };
        for order in self.booked(account).filter(|order| order.asset == asset) {
            bound.add(order.side, order.px, order.sz);
        }
        bound
    }

    /// Whether the free margin suffices for one more order. What only reduces needs none; what turns a position has the margin
    /// that its closing part sets free.
    pub(super) fn affords(&self, account: &Account, wish: Wish) -> bool {
        let mut bound = self.bound_in(account, wish.asset);
        let before = bound.held();
        let closes = wish.sz.min(bound.closing[Bound::index(wish.side)]);
        let released = initial_margin(bound.mark, closes, bound.leverage);
        bound.add(wish.side, wish.px, wish.sz);
        let more = bound.held() - before;
        more <= Decimal::ZERO || self.free_margin(account) + released >= more
    }

    /// Cross equity that neither positions nor orders bind; may be negative.
    pub fn free_margin(&self, account: &Account) -> Decimal {
        let cross = self.cross(account);
        cross.value - cross.used - self.held(account)
    }

    /// Whether a fill would leave the account with its initial margin. Positions that get smaller are always let.
    pub(super) fn fill_is_covered(
        &self,
        account: &Account,
        asset: Asset,
        side: Side,
        px: Decimal,
        sz: Decimal,
        fee: Decimal,
    ) -> bool {
        if !account.is_customer() {
            return true;
        }
        let leverage = self.leverage_of(account, asset);
        let (position, cash, change) = account.after_fill(asset, leverage, side, px, sz);
        if !change.increases() {
            return true;
        }
        let after = self.cross_with(account, cash - fee, Some((asset, position)));
        after.value >= after.used
    }

    /// What can be taken out: value − max(margin used, a tenth of notional) − margin held by orders, at least 0, and not more
    /// than the cross account has free.
    pub fn withdrawable(&self, account: &Account) -> Decimal {
        let tenth = |sum: &Summary| sum.used.max(sum.notional / Decimal::TEN);
        let all = self.summary(account);
        let cross = self.cross(account);
        let held = self.held(account);
        let free = (all.value - tenth(&all)).min(cross.value - tenth(&cross)) - held;
        free.max(Decimal::ZERO)
    }

    /// Mark at which a position is liquidated; `None` when no mark does it.
    pub fn liquidation_price(&self, account: &Account, asset: Asset) -> Option<Decimal> {
        let position = account.positions.get(&asset)?;
        let market = self.market_of(asset);
        let (rate, deduction) = market
            .instrument
            .maintenance_rate(position.notional(market.mark_px));
        let raw = match position.isolated {
            Some(raw) => raw,
            None => {
                // What the rest of the cross account adds at today's marks, less what it needs itself.
                let cross = self.cross(account);
                let own = market
                    .instrument
                    .maintenance(position.notional(market.mark_px));
                cross.value - position.szi * market.mark_px - (cross.maintenance - own)
            }
        };
        liquidation_px(position.szi, raw, rate, deduction)
    }

    /// Leverage and margin mode of an account in a market, for reads.
    pub fn leverage(&self, user: Address, asset: Asset) -> Option<Leverage> {
        self.market(asset)?;
        Some(self.leverage_of(self.accounts.get(&user)?, asset))
    }
}
