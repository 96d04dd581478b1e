//! Answers about orders and fills.

use super::{ROWS, span};
use crate::engine::exchange::Exchange;
use crate::engine::history::Fill;
use crate::engine::ident::Millis;
use crate::engine::order::Order;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::info::{
    self, FrontendOrder, HistoricalOrder, OpenOrder, OrderFound, OrderStatusAnswer,
};
use sixbtc_exchange::wire::{Address, OrderRef, OrderStatus};

impl Exchange {
    fn open_of(&self, user: Address) -> impl Iterator<Item = &Order> {
        let oids = self.accounts.get(&user).map(|account| &account.open);
        oids.into_iter()
            .flatten()
            .rev()
            .filter_map(|oid| self.orders.get(oid))
    }

    /// Orders that are not finished, newest first; children that wait for their parent are rows of their own.
    pub fn open_orders(&self, user: Address) -> Vec<OpenOrder> {
        self.open_of(user)
            .map(|order| self.open_row(order))
            .collect()
    }

    /// The same with everything that front ends show.
    pub fn frontend_orders(&self, user: Address) -> Vec<FrontendOrder> {
        self.open_of(user)
            .map(|order| self.frontend_row(order))
            .collect()
    }

    /// What became of an order, by its number or by its newest name.
    pub fn order_status(&self, user: Address, which: OrderRef) -> OrderStatusAnswer {
        self.find_order(user, which)
            .map_or(OrderStatusAnswer::UnknownOid, |order| {
                OrderStatusAnswer::Order { order }
            })
    }

    fn find_order(&self, user: Address, which: OrderRef) -> Option<OrderFound> {
        let account = self.accounts.get(&user)?;
        let oid = match which {
            OrderRef::Oid(oid) => oid,
            OrderRef::Cloid(cloid) => *account.cloids.get(&cloid)?,
        };
        if let Some(finished) = account.finished.get(&oid) {
            return Some(self.history_row(&finished.row));
        }
        let order = self.orders.get(&oid).filter(|order| order.user == user)?;
        let status = if order.fired {
            OrderStatus::Triggered
        } else {
            OrderStatus::Open
        };
        let since = account.history.iter().rfind(|row| row.order.oid == oid);
        Some(OrderFound {
            order: self.frontend_row(order),
            status,
            status_timestamp: since.map_or(order.timestamp, |row| row.time),
        })
    }

    /// One row per state, newest first.
    pub fn historical_orders(&self, user: Address) -> Vec<HistoricalOrder> {
        let rows = self.accounts.get(&user).map(|account| &account.history);
        rows.into_iter()
            .flatten()
            .rev()
            .take(ROWS)
            .map(|row| self.history_row(row))
            .collect()
    }

    /// The newest fills, newest first.
    pub fn user_fills(&self, user: Address, aggregate: bool) -> Vec<info::Fill> {
        let mut fills = self.user_fills_by_time(user, 0, None, aggregate, true);
        fills.truncate(ROWS);
        fills
    }

    /// Fills of a span of time, ascending unless `reversed`; all that are kept, so a server cuts them.
    pub fn user_fills_by_time(
        &self,
        user: Address,
        start: Millis,
        end: Option<Millis>,
        aggregate: bool,
        reversed: bool,
    ) -> Vec<info::Fill> {
        let rows = self.accounts.get(&user).map(|account| &account.fills);
        let rows = rows.into_iter().flatten();
        let mut fills: Vec<info::Fill> = if aggregate {
            let mut joined: Vec<(Fill, Decimal)> = Vec::new();
            for fill in span(rows, |fill| fill.time, start, end) {
                match joined.last_mut() {
                    Some((last, notional))
                        if last.oid == fill.oid
                            && last.time == fill.time
                            && last.crossed
                            && fill.crossed =>
                    {
                        *notional += fill.px * fill.sz;
                        last.sz += fill.sz;
                        last.px = (*notional / last.sz).round_dp(8);
                        last.closed_pnl += fill.closed_pnl;
                        last.fee += fill.fee;
                        last.builder_fee =
                            last.builder_fee.zip(fill.builder_fee).map(|(a, b)| a + b);
                    }
                    _ => joined.push((fill.clone(), fill.px * fill.sz)),
                }
            }
            joined.iter().map(|(fill, _)| self.fill_row(fill)).collect()
        } else {
            span(rows, |fill| fill.time, start, end)
                .map(|fill| self.fill_row(fill))
                .collect()
        };
        if reversed {
            fills.reverse();
        }
        fills
    }
}
