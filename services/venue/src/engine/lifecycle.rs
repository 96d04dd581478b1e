//! From accepted to finished: where an order is listed, and what its end means for those that hang on it (facts §5.8).

use super::account::{Finished, push_bounded};
use super::effect::Effect;
use super::exchange::Exchange;
use super::history::HistoryRow;
use super::ident::{Asset, Oid, position_side};
use super::order::{Kind, Order, Place};
use super::settings::TakenPart;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::{Address, OrderStatus};

impl Exchange {
    pub(super) fn next_oid(&mut self) -> Oid {
        self.last_oid += 1;
        self.last_oid
    }

    /// Writes down that an order is in a state now.
    pub(super) fn record(&mut self, order: &Order, status: OrderStatus) {
        let row = HistoryRow {
            order: order.clone(),
            status,
            time: self.now,
        };
        let (keep_history, keep_orders) = (self.settings.keep_history, self.settings.keep_orders);
        let account = self.account_mut(order.user);
        push_bounded(&mut account.history, row.clone(), keep_history);
        if let Some(cloid) = order.cloid {
            account.cloids.insert(cloid, order.oid);
        }
        if row.status.is_over() {
            account
                .finished
                .insert(order.oid, Finished { row: row.clone() });
            while account.finished.len() > keep_orders {
                if let Some((oid, old)) = account.finished.pop_first()
                    && let Some(cloid) = old.row.order.cloid
                    && account.cloids.get(&cloid) == Some(&oid)
                {
                    account.cloids.remove(&cloid);
                }
            }
        }
        self.emit(Effect::Order {
            user: order.user,
            row,
        });
    }

    /// Takes an order into the lists, where its `place` says.
    pub(super) fn enlist(&mut self, order: Order) {
        let market = &mut self.markets[order.asset as usize];
        match (order.place, order.kind) {
            (Place::Book, _) => market.book.insert(order.side, order.px, order.oid),
            (Place::Trigger, Kind::Trigger(trigger)) => {
                market
                    .triggers
                    .arm(trigger.fires_above(order.side), trigger.px, order.oid);
            }
            _ => {}
        }
        self.account_mut(order.user).open.insert(order.oid);
        if order.place == Place::Book {
            self.emit(Effect::Book(order.asset));
        }
        self.orders.insert(order.oid, order);
    }

    /// Takes an order out of all lists.
    pub(super) fn delist(&mut self, oid: Oid) -> Option<Order> {
        let order = self.orders.remove(&oid)?;
        let market = &mut self.markets[order.asset as usize];
        match (order.place, order.kind) {
            (Place::Book, _) => {
                market.book.remove(order.side, order.px, oid);
                self.effects.push(Effect::Book(order.asset));
            }
            (Place::Trigger, Kind::Trigger(trigger)) => {
                market
                    .triggers
                    .disarm(trigger.fires_above(order.side), trigger.px, oid);
            }
            _ => {}
        }
        self.account_mut(order.user).open.remove(&oid);
        Some(order)
    }

    /// Ends an order that is listed.
    pub(super) fn close(&mut self, oid: Oid, status: &OrderStatus) {
        if let Some(order) = self.delist(oid) {
            self.finish(&order, status);
        }
    }

    /// Ends an order that is in no list any more, and tells those that hang on it.
    pub(super) fn finish(&mut self, order: &Order, status: &OrderStatus) {
        self.record(order, status.clone());
        let by_owner = matches!(
            status,
            OrderStatus::Canceled | OrderStatus::Filled | OrderStatus::SiblingFilledCanceled
        );
        if !by_owner
            && status.is_over()
            && status.stage() == sixbtc_exchange::wire::status::Stage::Canceled
        {
            self.emit(Effect::NonUserCancel {
                user: order.user,
                asset: order.asset,
                oid: order.oid,
            });
        }
        if order.children.is_empty() && order.siblings.is_empty() {
            return;
        }
        if *status == OrderStatus::Filled {
            self.work.filled.push(order.clone());
            return;
        }
        // Facts §5.8 let children of an incomplete parent live in one case: it lost its margin, and they go live for the part.
        // What is cancelled of a parent that only takes is no such case, and children "do not arm until the parent is
        // complete" (§16, F12): no fill can complete it any more, so they go with it.
        let part = order.filled();
        let took = order
            .tif()
            .is_some_and(sixbtc_exchange::wire::Tif::is_immediate)
            && *status == OrderStatus::Canceled;
        let arms = part > Decimal::ZERO
            && (*status == OrderStatus::MarginCanceled
                || (took && self.settings.taken_part == TakenPart::ArmsChildren));
        for child in order.children.clone() {
            if arms {
                self.arm_child(child, Some(part));
            } else {
                self.close(child, &OrderStatus::Canceled);
            }
        }
    }

    /// A child goes live, perhaps for a part of its size.
    fn arm_child(&mut self, oid: Oid, part: Option<Decimal>) {
        let Some(mut child) = self.orders.remove(&oid) else {
            return;
        };
        if let Some(part) = part {
            child.sz = child.sz.min(part);
            child.orig_sz = child.orig_sz.min(part);
        }
        child.place = Place::Trigger;
        self.record(&child, OrderStatus::Open);
        self.enlist(child);
    }

    /// Does what fills have left to do: children go live, siblings and reduce-only orders without a reason go.
    pub(super) fn settle_up(&mut self) {
        loop {
            if let Some(order) = self.work.filled.pop() {
                for child in order.children {
                    self.arm_child(child, None);
                }
                for sibling in order.siblings {
                    self.close(sibling, &OrderStatus::SiblingFilledCanceled);
                }
            } else if let Some((user, asset)) = self.work.touched.pop_first() {
                self.sweep_reduce_only(user, asset);
            } else {
                return;
            }
        }
    }

    /// Cancels reduce-only orders that have nothing to reduce any more.
    fn sweep_reduce_only(&mut self, user: Address, asset: Asset) {
        let Some(account) = self.accounts.get(&user) else {
            return;
        };
        let reducing = position_side(account.szi(asset)).map(sixbtc_exchange::wire::Side::opposite);
        let gone: Vec<Oid> = account
            .open
            .iter()
            .filter_map(|oid| self.orders.get(oid))
            .filter(|order| {
                order.asset == asset && order.reduce_only && order.place != Place::Child
            })
            .filter(|order| Some(order.side) != reducing)
            .map(|order| order.oid)
            .collect();
        for oid in gone {
            self.close(oid, &OrderStatus::ReduceOnlyCanceled);
        }
    }

    /// How much of the position an order of that side could close.
    pub(super) fn closable(
        &self,
        user: Address,
        asset: Asset,
        side: sixbtc_exchange::wire::Side,
    ) -> Decimal {
        let szi = self
            .accounts
            .get(&user)
            .map_or(Decimal::ZERO, |account| account.szi(asset));
        if position_side(szi) == Some(side.opposite()) {
            szi.abs()
        } else {
            Decimal::ZERO
        }
    }
}
