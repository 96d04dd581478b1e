//! Taking from the book (facts §5.3 to §5.5): price, then time; margin of the resting side looked at again at each match;
//! nobody trades with himself.

use super::account::{Class, push_bounded};
use super::book::Maker;
use super::effect::Effect;
use super::exchange::{BACKSTOP, Exchange, HOUSE};
use super::fees::{self, day_of};
use super::history::{Fill, FillLiquidation, Print};
use super::ident::{Asset, Oid, Side, Tid, reaches};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::order::Builder;
use sixbtc_exchange::wire::{Address, Cloid, OrderStatus, TxHash};

/// Prints kept of a market: `recentTrades` and the start of a stream need a few.
const PRINTS: usize = 100;

/// Somebody's part in a match.
#[derive(Debug, Clone, Copy)]
pub(super) struct Party {
    pub user: Address,
    pub oid: Oid,
    pub cloid: Option<Cloid>,
    pub builder: Option<Builder>,
    /// Whether it took.
    pub crossed: bool,
}

/// An order on its way through the book.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taker {
    pub party: Party,
    pub asset: Asset,
    pub side: Side,
    pub limit: Decimal,
    pub left: Decimal,
    pub liquidation: Option<FillLiquidation>,
}

/// Why it came out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// All of it was filled.
    Filled,
    /// Nothing more within its limit.
    OutOfReach,
    /// Its own margin did not suffice for the next match.
    Margin,
    /// Open interest is at its cap.
    Interest,
}

/// What it got.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worked {
    pub filled: Decimal,
    pub notional: Decimal,
    pub stop: Stop,
}

impl Worked {
    /// It did not look.
    pub const NOTHING: Self = Self {
        filled: Decimal::ZERO,
        notional: Decimal::ZERO,
        stop: Stop::OutOfReach,
    };
}

/// A fill of one account, before its fee is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    pub party: Party,
    pub asset: Asset,
    pub side: Side,
    pub px: Decimal,
    pub sz: Decimal,
    pub tid: Tid,
    pub liquidation: Option<FillLiquidation>,
    /// Forced transfers bear no fee.
    pub free: bool,
}

impl Exchange {
    /// Lets an order take what it can.
    pub(super) fn work_order(&mut self, taker: Taker) -> Worked {
        let mut done = Worked {
            filled: Decimal::ZERO,
            notional: Decimal::ZERO,
            stop: Stop::Filled,
        };
        while done.filled < taker.left {
            let Some((px, maker)) = self
                .market_of(taker.asset)
                .book
                .front(taker.side.opposite())
            else {
                done.stop = Stop::OutOfReach;
                break;
            };
            if !reaches(taker.side, taker.limit, px) {
                done.stop = Stop::OutOfReach;
                break;
            }
            let left = taker.left - done.filled;
            let (maker, most) = match maker {
                Maker::House(sz) => (house(), sz),
                Maker::User(oid) => match self.ready_maker(oid, taker.party.user, px, left) {
                    Some(ready) => ready,
                    None => continue,
                },
            };
            let sz = left.min(most);
            if let Some(stop) = self.taker_stops(&taker, px, sz) {
                done.stop = stop;
                break;
            }
            self.trade(&taker, maker, px, sz);
            done.filled += sz;
            done.notional += px * sz;
        }
        done
    }

    /// The resting order next in turn, with the size it can give; `None` when it had to be cancelled instead.
    pub(super) fn ready_maker(
        &mut self,
        oid: Oid,
        taker: Address,
        px: Decimal,
        wanted: Decimal,
    ) -> Option<(Party, Decimal)> {
        let order = self.orders.get(&oid)?;
        let (user, asset, side) = (order.user, order.asset, order.side);
        let party = Party {
            user,
            oid,
            cloid: order.cloid,
            builder: order.builder,
            crossed: false,
        };
        let (size, reduce_only) = (order.sz, order.reduce_only);
        if user == taker {
            self.close(oid, &OrderStatus::SelfTradeCanceled);
            return None;
        }
        let most = if reduce_only {
            size.min(self.closable(user, asset, side))
        } else {
            size
        };
        if most.is_zero() {
            self.close(oid, &OrderStatus::ReduceOnlyCanceled);
            return None;
        }
        let sz = most.min(wanted);
        let account = self.accounts.get(&user)?;
        let fee = fees::fee(px * sz, self.rates(user).1);
        if !self.fill_is_covered(account, asset, side, px, sz, fee) {
            self.close(oid, &OrderStatus::MarginCanceled);
            return None;
        }
        if self.interest_is_capped(asset) && self.grows(user, asset, side, px, sz) {
            self.close(oid, &OrderStatus::OpenInterestCapCanceled);
            return None;
        }
        Some((party, most))
    }

    fn taker_stops(&self, taker: &Taker, px: Decimal, sz: Decimal) -> Option<Stop> {
        if taker.liquidation.is_some() {
            return None;
        }
        let user = taker.party.user;
        let account = self.accounts.get(&user)?;
        let fee = fees::fee(px * sz, self.rates(user).0);
        if !self.fill_is_covered(account, taker.asset, taker.side, px, sz, fee) {
            return Some(Stop::Margin);
        }
        (self.interest_is_capped(taker.asset) && self.grows(user, taker.asset, taker.side, px, sz))
            .then_some(Stop::Interest)
    }

    /// Whether a fill would make somebody's position larger, or turn it.
    pub(super) fn grows(
        &self,
        user: Address,
        asset: Asset,
        side: Side,
        px: Decimal,
        sz: Decimal,
    ) -> bool {
        let position = self
            .accounts
            .get(&user)
            .and_then(|account| account.positions.get(&asset));
        position
            .copied()
            .unwrap_or_default()
            .preview(side, px, sz)
            .increases()
    }

    /// Whether open interest has reached its cap.
    pub(super) fn interest_is_capped(&self, asset: Asset) -> bool {
        let market = self.market_of(asset);
        market
            .instrument
            .open_interest_cap
            .is_some_and(|cap| market.open_interest * market.oracle_px >= cap)
    }

    /// One match between an order that came and one that rested.
    pub(super) fn trade(&mut self, taker: &Taker, maker: Party, px: Decimal, sz: Decimal) {
        let tid = self.next_tid();
        let leg = |party, side| Leg {
            party,
            asset: taker.asset,
            side,
            px,
            sz,
            tid,
            liquidation: taker.liquidation,
            free: false,
        };
        self.fill(&leg(taker.party, taker.side));
        self.fill(&leg(maker, taker.side.opposite()));
        if maker.user == HOUSE {
            self.market_mut(taker.asset)
                .book
                .take_house(taker.side.opposite(), px, sz);
            self.emit(Effect::Book(taker.asset));
        } else {
            self.reduce_resting(maker.oid, sz);
        }
        let (buyer, seller) = match taker.side {
            Side::Buy => (taker.party.user, maker.user),
            Side::Sell => (maker.user, taker.party.user),
        };
        let hash = self.hash;
        self.print(Print {
            asset: taker.asset,
            side: taker.side,
            px,
            sz,
            time: self.now,
            tid,
            hash,
            buyer,
            seller,
        });
    }

    /// Takes a fill off a resting order; ends it when nothing is left.
    fn reduce_resting(&mut self, oid: Oid, sz: Decimal) {
        let Some(order) = self.orders.get_mut(&oid) else {
            return;
        };
        order.sz -= sz;
        let asset = order.asset;
        if order.sz.is_zero() {
            self.close(oid, &OrderStatus::Filled);
        } else {
            self.emit(Effect::Book(asset));
        }
    }

    /// Publishes a print.
    pub(super) fn print(&mut self, print: Print) {
        let now = self.now;
        let market = self.market_mut(print.asset);
        market.last_px = Some(print.px);
        market.count_volume(now, print.px, print.sz);
        push_bounded(&mut market.prints, print.clone(), PRINTS);
        self.emit(Effect::Trade(print));
    }

    /// Books a fill of one account: position, money, fee, volume, row.
    pub(super) fn fill(&mut self, leg: &Leg) {
        let Leg {
            party,
            asset,
            side,
            px,
            sz,
            tid,
            liquidation,
            free,
        } = *leg;
        let user = party.user;
        let notional = px * sz;
        let (taker_rate, maker_rate) = self.rates(user);
        let (hash, now, keep) = (self.hash, self.now, self.settings.keep_fills);
        let Some(account) = self.accounts.get(&user) else {
            return;
        };
        let customer = account.is_customer();
        let leverage = self.leverage_of(account, asset);
        let (position, cash, change) = account.after_fill(asset, leverage, side, px, sz);
        let charged = customer && !free;
        let fee = if charged {
            fees::fee(
                notional,
                if party.crossed {
                    taker_rate
                } else {
                    maker_rate
                },
            )
        } else {
            Decimal::ZERO
        };
        let builder = party.builder.filter(|_| charged);
        let builder_fee =
            builder.map(|builder| fees::fee(notional, Decimal::new(builder.f as i64, 5)));
        let cost = fee + builder_fee.unwrap_or_default();

        let twap = self.twap.filter(|_| party.crossed);
        let account = self.account_mut(user);
        account.set_position(asset, position);
        account.cash = cash - cost;
        account.realized += change.pnl - cost;
        if customer {
            account.volumes.add(day_of(now), notional, party.crossed);
            let row = Fill {
                asset,
                px,
                sz,
                side,
                time: now,
                start_position: change.start,
                dir: direction(
                    leg,
                    &change,
                    position.isolated.is_some() || !leverage.is_cross,
                ),
                closed_pnl: change.pnl.round_dp(6),
                hash: if liquidation.is_some() || twap.is_some() {
                    TxHash::ZERO
                } else {
                    hash
                },
                oid: party.oid,
                cloid: party.cloid,
                crossed: party.crossed,
                fee: cost,
                builder_fee,
                tid,
                liquidation,
                twap,
            };
            push_bounded(&mut account.fills, row.clone(), keep);
            self.emit(Effect::Fill { user, fill: row });
        }
        self.pots.fees += fee;
        if let (Some(builder), Some(fee)) = (builder, builder_fee) {
            self.account_mut(builder.b).cash += fee;
        }
        let long = |szi: Decimal| szi.max(Decimal::ZERO);
        self.market_mut(asset).open_interest += long(change.end) - long(change.start);
        self.work.touched.insert((user, asset));
        self.emit(Effect::Account(user));
        self.cover_deficit(user);
    }

    /// An account without positions cannot owe: what is missing after an isolated loss, or a fee beyond the last cent, is the
    /// backstop's.
    fn cover_deficit(&mut self, user: Address) {
        let Some(account) = self.accounts.get_mut(&user) else {
            return;
        };
        if !account.is_customer() || !account.positions.is_empty() || account.cash >= Decimal::ZERO
        {
            return;
        }
        let owed = std::mem::take(&mut account.cash);
        self.account_mut(BACKSTOP).cash += owed;
    }

    /// The account that a sub-account belongs to; others belong to themselves.
    pub(super) fn master_of(&self, user: Address) -> Address {
        match self.accounts.get(&user).map(|account| account.class) {
            Some(Class::Sub { master }) => master,
            _ => user,
        }
    }

    /// The fee that a builder may take of an account's orders, tenths of a basis point. What a master approved holds for its
    /// sub-accounts, which cannot sign.
    pub(super) fn builder_fee(&self, user: Address, builder: Address) -> Option<u32> {
        let account = self.accounts.get(&self.master_of(user))?;
        account.builders.get(&builder).copied()
    }

    /// Rates of an account, taker and maker: by the volume of its master with all sub-accounts.
    pub fn rates(&self, user: Address) -> (Decimal, Decimal) {
        let day = day_of(self.now);
        let master = self.master_of(user);
        let family = std::iter::once(&master).chain(self.subs.get(&master).into_iter().flatten());
        let volume = family
            .filter_map(|user| self.accounts.get(user))
            .map(|account| account.volumes.assessed(day))
            .sum();
        let tier = fees::tier(&self.settings, volume);
        (tier.taker, tier.maker)
    }
}

/// The house as maker.
pub(super) fn house() -> Party {
    Party {
        user: HOUSE,
        oid: 0,
        cloid: None,
        builder: None,
        crossed: false,
    }
}

/// The word for a fill: forced ones of the liquidated side have their own.
fn direction(leg: &Leg, change: &super::position::Change, isolated: bool) -> String {
    let Some(liquidation) = leg.liquidation else {
        return change.dir(leg.side).to_owned();
    };
    if liquidation.method == super::history::Method::Adl {
        return "Auto-Deleveraging".to_owned();
    }
    if liquidation.user != leg.party.user {
        return change.dir(leg.side).to_owned();
    }
    let mode = if isolated { "Isolated" } else { "Cross" };
    let side = if change.start > Decimal::ZERO {
        "Long"
    } else {
        "Short"
    };
    format!("Liquidated {mode} {side}")
}
