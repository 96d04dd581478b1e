//! Trigger orders that the mark price fires (facts §5.7).

use super::exchange::Exchange;
use super::ident::{Asset, Oid};
use super::order::{Kind, Place};
use sixbtc_exchange::wire::OrderStatus;

impl Exchange {
    /// Fires what the mark of a market meets, the oldest first.
    pub(super) fn fire_triggers(&mut self, asset: Asset) {
        // One that fires may arm others (the children of what it fills): they are looked at again, and each fires once.
        loop {
            let market = self.market_of(asset);
            if market.asleep {
                return;
            }
            let met = market.triggers.met(market.mark_px);
            if met.is_empty() {
                return;
            }
            for oid in met {
                self.fire(oid);
                self.settle_up();
            }
        }
    }

    fn fire(&mut self, oid: Oid) {
        // One before it may have cancelled it.
        let Some(mut order) = self.delist(oid) else {
            return;
        };
        self.record(&order, OrderStatus::Triggered);
        order.fired = true;
        order.place = Place::Incoming;
        if order.reduce_only {
            let closable = self.closable(order.user, order.asset, order.side);
            if closable.is_zero() {
                self.finish(&order, &OrderStatus::ReduceOnlyCanceled);
                return;
            }
            if order.is_whole_position() {
                order.sz = closable;
            } else {
                // What it is capped to is what it asks for from here on, as it is of a limit order (§5.5): else its rows would
                // say that it got what it never could.
                order.sz = order.sz.min(closable);
                order.orig_sz = order.sz;
            }
        } else {
            let wish = super::order::NewOrder {
                asset: order.asset,
                side: order.side,
                px: order.px,
                sz: order.sz,
                reduce_only: false,
                kind: Kind::Limit(sixbtc_exchange::wire::Tif::Gtc),
                cloid: order.cloid,
            };
            if let Err(refusal) = self.check_margin(order.user, &wish, order.sz) {
                self.finish(&order, &refusal.kind().order_status());
                return;
            }
        }
        // What became of it stands in its history; nobody waits for an answer.
        let _ = self.work(order);
    }
}
