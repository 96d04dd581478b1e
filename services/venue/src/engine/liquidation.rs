//! Liquidation (facts §8.3): below maintenance at the mark, first into the book, then to the backstop, at last against the
//! winners of the other side.

use super::account::Account;
use super::effect::Effect;
use super::exchange::{BACKSTOP, Exchange};
use super::history::{Delta, FillLiquidation, Method};
use super::ident::{Asset, Side, position_side};
use super::margin::Summary;
use super::matching::{Leg, Party, Taker};
use super::order::{Group, Kind, NewOrder};
use super::place::Context;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::{Address, OrderStatus, Tif};

/// What is liquidated: the cross account, or one isolated position.
type Scope = Option<Asset>;

impl Exchange {
    /// Looks at every account, and liquidates those that are below maintenance.
    pub(super) fn liquidate(&mut self) {
        let users: Vec<Address> = self
            .accounts
            .iter()
            .filter(|(_, account)| account.is_customer() && !account.positions.is_empty())
            .map(|(user, _)| *user)
            .collect();
        for user in users {
            let Some(account) = self.accounts.get(&user) else {
                continue;
            };
            let isolated: Vec<Asset> = account
                .positions
                .iter()
                .filter(|(_, position)| position.isolated.is_some())
                .map(|(asset, _)| *asset)
                .collect();
            for scope in isolated.into_iter().map(Some).chain([None]) {
                if self.is_below(user, scope) {
                    self.liquidate_one(user, scope);
                    self.settle_up();
                }
            }
        }
    }

    /// Lets the backstop trade away what it took over, as far as the book gives it a fair price.
    pub(super) fn unwind_backstop(&mut self) {
        let slippage = self.settings.backstop_slippage;
        if slippage <= Decimal::ZERO {
            return;
        }
        for (asset, szi) in self.positions_in(BACKSTOP, None) {
            let Some(side) = position_side(szi).map(Side::opposite) else {
                continue;
            };
            let limit = self.mark(asset) * (Decimal::ONE + side.sign() * slippage);
            if !self.crosses(asset, side, limit) {
                continue;
            }
            let oid = self.next_oid();
            self.work_order(Taker {
                party: party(BACKSTOP, oid, true),
                asset,
                side,
                limit,
                left: szi.abs(),
                liquidation: None,
            });
            self.settle_up();
        }
    }

    /// Value and maintenance of what is to be liquidated.
    fn state(&self, account: &Account, scope: Scope) -> Summary {
        let Some(asset) = scope else {
            return self.cross(account);
        };
        let Some(position) = account.positions.get(&asset) else {
            return Summary::default();
        };
        let market = self.market_of(asset);
        let notional = position.notional(market.mark_px);
        Summary {
            value: position.isolated_equity(market.mark_px).unwrap_or_default(),
            notional,
            maintenance: market.instrument.maintenance(notional),
            ..Summary::default()
        }
    }

    fn is_below(&self, user: Address, scope: Scope) -> bool {
        let Some(account) = self.accounts.get(&user) else {
            return false;
        };
        let state = self.state(account, scope);
        !state.notional.is_zero() && state.value < state.maintenance
    }

    /// Positions of the scope, the largest first.
    fn positions_in(&self, user: Address, scope: Scope) -> Vec<(Asset, Decimal)> {
        let Some(account) = self.accounts.get(&user) else {
            return Vec::new();
        };
        let mut found: Vec<(Asset, Decimal)> = account
            .positions
            .iter()
            .filter(|(asset, position)| match scope {
                Some(only) => **asset == only,
                None => position.isolated.is_none(),
            })
            .map(|(asset, position)| (*asset, position.szi))
            .collect();
        found.sort_by_key(|(asset, szi)| std::cmp::Reverse(szi.abs() * self.mark(*asset)));
        found
    }

    fn liquidate_one(&mut self, user: Address, scope: Scope) {
        let Some(account) = self.accounts.get(&user) else {
            return;
        };
        let before = self.state(account, scope);
        let positions = self.positions_in(user, scope);
        match scope {
            Some(asset) => self.cancel_all(user, Some(asset), &OrderStatus::LiquidatedCanceled),
            None => self.cancel_all(user, None, &OrderStatus::LiquidatedCanceled),
        }
        self.settle_up();
        let floor = before.maintenance * self.settings.backstop_below;
        if before.value >= floor {
            for (asset, szi) in &positions {
                if self.is_below(user, scope) {
                    self.sell_off(user, scope, *asset, *szi);
                }
            }
        }
        let Some(account) = self.accounts.get(&user) else {
            return;
        };
        let state = self.state(account, scope);
        if !state.notional.is_zero()
            && state.value < state.maintenance * self.settings.backstop_below
        {
            self.hand_to_backstop(user, scope, state.value);
        }
        self.tell_liquidation(user, scope, before, &positions);
    }

    /// A market order of the exchange for a position: large ones a fifth first, then, after a wait, all.
    fn sell_off(&mut self, user: Address, scope: Scope, asset: Asset, szi: Decimal) {
        let mark = self.mark(asset);
        let Some(account) = self.accounts.get(&user) else {
            return;
        };
        let mut sz = szi.abs();
        match account.cooldown.get(&asset) {
            Some(until) if self.now < *until => return,
            None if sz * mark > self.settings.partial_liquidation_above => {
                let decimals = self.market_of(asset).instrument.sz_decimals;
                let part =
                    (sz * self.settings.partial_liquidation_share).trunc_with_scale(decimals);
                sz = if part.is_zero() { sz } else { part };
                let until = self.now + self.settings.liquidation_cooldown_ms;
                self.account_mut(user).cooldown.insert(asset, until);
            }
            Some(_) | None => {}
        }
        let Some(side) = position_side(szi).map(Side::opposite) else {
            return;
        };
        let Some(account) = self.accounts.get(&user) else {
            return;
        };
        // Not below the price at which nothing would be left: what the book does not give there is the backstop's.
        let equity = self.state(account, scope).value.max(Decimal::ZERO);
        let room = equity / szi.abs();
        let limit = match side {
            Side::Sell => (mark - room).max(Decimal::ZERO),
            Side::Buy => mark + room,
        };
        let new = NewOrder {
            asset,
            side,
            px: limit.round_dp(8),
            sz,
            reduce_only: true,
            kind: Kind::Limit(Tif::LiquidationMarket),
            cloid: None,
        };
        let mut order = self.make(
            Context {
                user,
                group: Group::Na,
                builder: None,
            },
            &new,
            sz,
        );
        let worked = self.work_order(Taker {
            party: party(user, order.oid, true),
            asset,
            side,
            limit,
            left: sz,
            liquidation: Some(FillLiquidation {
                user,
                mark_px: mark,
                method: Method::Market,
            }),
        });
        order.sz -= worked.filled;
        let status = if order.sz.is_zero() {
            OrderStatus::Filled
        } else {
            OrderStatus::Canceled
        };
        self.record(&order, status);
        self.settle_up();
    }

    /// The backstop takes positions at the mark, and the margin. When it cannot bear the loss, the winners do.
    fn hand_to_backstop(&mut self, user: Address, scope: Scope, value: Decimal) {
        let backing = self
            .accounts
            .get(&BACKSTOP)
            .map_or(Decimal::ZERO, |account| self.cross(account).value);
        if value < Decimal::ZERO && backing + value < Decimal::ZERO {
            self.deleverage(user, scope, value);
        }
        let before = self
            .accounts
            .get(&user)
            .map_or(Decimal::ZERO, |account| account.cash);
        for (asset, szi) in self.positions_in(user, scope) {
            let mark_px = self.mark(asset);
            self.transfer(user, BACKSTOP, asset, szi, mark_px, Method::Backstop);
        }
        // Of a cross account everything is left over as cash; of an isolated position its equity has become cash.
        let Some(account) = self.accounts.get_mut(&user) else {
            return;
        };
        let rest = match scope {
            None => account.cash,
            Some(_) => account.cash - before,
        };
        account.cash -= rest;
        account.realized -= rest;
        self.account_mut(BACKSTOP).cash += rest;
    }

    /// Moves (a part of) a position from one account to another at a price, without fees.
    fn transfer(
        &mut self,
        user: Address,
        to: Address,
        asset: Asset,
        szi: Decimal,
        px: Decimal,
        method: Method,
    ) {
        let Some(side) = position_side(szi).map(Side::opposite) else {
            return;
        };
        let tid = self.next_tid();
        let oid = self.next_oid();
        let liquidation = Some(FillLiquidation {
            user,
            mark_px: self.mark(asset),
            method,
        });
        let leg = |user, side| Leg {
            party: party(user, oid, user == to),
            asset,
            side,
            px,
            sz: szi.abs(),
            tid,
            liquidation,
            free: true,
        };
        self.fill(&leg(user, side));
        self.fill(&leg(to, side.opposite()));
    }

    /// Closes positions against the other side at the price that leaves the account with nothing: the loss `value` is borne by
    /// those who gain most with most leverage; the house comes last.
    fn deleverage(&mut self, user: Address, scope: Scope, value: Decimal) {
        let positions = self.positions_in(user, scope);
        let notional: Decimal = positions
            .iter()
            .map(|(asset, szi)| szi.abs() * self.mark(*asset))
            .sum();
        if notional.is_zero() {
            return;
        }
        for (asset, szi) in positions {
            let mark = self.mark(asset);
            // Each position bears its share of the loss: (px − mark) · szi = −value · share.
            let px = (mark + -value * mark / notional * szi / szi.abs()).round_dp(8);
            let mut left = szi.abs();
            for (other, theirs) in self.winners(user, asset, szi) {
                let sz = left.min(theirs);
                let signed = if szi > Decimal::ZERO { sz } else { -sz };
                self.transfer(user, other, asset, signed, px, Method::Adl);
                left -= sz;
                if left.is_zero() {
                    break;
                }
            }
        }
    }

    /// Holders of the other side with their sizes, ranked by profit times leverage.
    fn winners(&self, user: Address, asset: Asset, szi: Decimal) -> Vec<(Address, Decimal)> {
        let mark = self.mark(asset);
        let mut found: Vec<(bool, Decimal, Address, Decimal)> = Vec::new();
        for (other, account) in &self.accounts {
            let Some(position) = account.positions.get(&asset) else {
                continue;
            };
            if *other == user || (position.szi > Decimal::ZERO) == (szi > Decimal::ZERO) {
                continue;
            }
            let last = !account.is_customer();
            let score = if last {
                Decimal::ZERO
            } else {
                let cost = position.entry_px * position.szi.abs();
                let profit = position
                    .unrealized(mark)
                    .checked_div(cost)
                    .unwrap_or_default();
                let value = self.summary(account).value.max(Decimal::ONE);
                profit * position.notional(mark) / value
            };
            found.push((last, -score, *other, position.szi.abs()));
        }
        found.sort_unstable();
        found
            .into_iter()
            .map(|(_, _, other, sz)| (other, sz))
            .collect()
    }

    fn tell_liquidation(
        &mut self,
        user: Address,
        scope: Scope,
        before: Summary,
        positions: &[(Asset, Decimal)],
    ) {
        let Some(account) = self.accounts.get(&user) else {
            return;
        };
        let taken: Vec<(Asset, Decimal)> = positions
            .iter()
            .map(|(asset, szi)| (*asset, szi - account.szi(*asset)))
            .filter(|(_, sz)| !sz.is_zero())
            .collect();
        if taken.is_empty() {
            return;
        }
        let notional: Decimal = taken
            .iter()
            .map(|(asset, sz)| sz.abs() * self.mark(*asset))
            .sum();
        self.last_lid += 1;
        let lid = self.last_lid;
        self.ledger(
            user,
            Delta::Liquidation {
                notional,
                account_value: before.value,
                is_cross: scope.is_none(),
                positions: taken,
            },
        );
        self.emit(Effect::Liquidated {
            user,
            lid,
            notional,
            value: before.value,
        });
    }
}

fn party(user: Address, oid: super::ident::Oid, crossed: bool) -> Party {
    Party {
        user,
        oid,
        cloid: None,
        builder: None,
        crossed,
    }
}
