//! An order as the engine holds it, from the request to the last state.

use super::ident::{Asset, Millis, Oid, Side};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_exchange::wire::order::Builder;
use sixbtc_exchange::wire::{Address, Cloid, Tif, Tpsl};

/// What makes a trigger order fire, and what it becomes (facts §5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Mark price at which it fires.
    pub px: Decimal,
    /// Becomes an Ioc; else a Gtc at the limit price.
    pub is_market: bool,
    /// Which way it fires.
    pub tpsl: Tpsl,
}

impl Trigger {
    /// Whether an order of `side` fires when the mark rises to the trigger (else: when it falls to it).
    pub fn fires_above(self, side: Side) -> bool {
        (side == Side::Sell) == (self.tpsl == Tpsl::Tp)
    }

    /// Whether `mark` fires it.
    pub fn is_met(self, side: Side, mark: Decimal) -> bool {
        if self.fires_above(side) {
            mark >= self.px
        } else {
            mark <= self.px
        }
    }
}

/// What kind of order is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Into the book at once.
    Limit(Tif),
    /// Into the book when the mark price comes there.
    Trigger(Trigger),
}

/// An order as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// Market.
    pub asset: Asset,
    /// Buy or sell.
    pub side: Side,
    /// Limit price.
    pub px: Decimal,
    /// Size; 0 in the grouping `positionTpsl` means the whole position at the time it fires.
    pub sz: Decimal,
    /// May only make a position smaller.
    pub reduce_only: bool,
    /// Limit or trigger.
    pub kind: Kind,
    /// The client's name for it.
    pub cloid: Option<Cloid>,
}

/// How the orders of one request belong together (facts §5.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Group {
    /// Not at all.
    Na,
    /// The first is the parent, the rest its take-profit and stop-loss.
    NormalTpsl,
    /// Bound to the position.
    PositionTpsl,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// On its way into the book: not listed anywhere yet.
    Incoming,
    /// Rests in the book.
    Book,
    /// Waits for the mark price.
    Trigger,
    /// Waits for its parent to be filled.
    Child,
}

/// A live order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub oid: Oid,
    /// Whose it is.
    pub user: Address,
    /// Market.
    pub asset: Asset,
    /// Buy or sell.
    pub side: Side,
    /// Limit price.
    pub px: Decimal,
    /// What is left to fill.
    pub sz: Decimal,
    /// What was asked for; of a reduce-only order, no more than it could close when it went to the book.
    pub orig_sz: Decimal,
    /// May only make a position smaller.
    pub reduce_only: bool,
    /// Limit or trigger, as asked for.
    pub kind: Kind,
    /// A trigger that has fired.
    pub fired: bool,
    /// Bound to the position; with `orig_sz` 0, the whole of it.
    pub is_position_tpsl: bool,
    /// The client's name for it.
    pub cloid: Option<Cloid>,
    /// When it was accepted.
    pub timestamp: Millis,
    /// Where it stands.
    pub place: Place,
    /// The order it waits for, or was born of.
    pub parent: Option<Oid>,
    /// Orders that wait for it.
    pub children: Vec<Oid>,
    /// Orders that are cancelled when this one is filled.
    pub siblings: Vec<Oid>,
    /// Who else is paid.
    pub builder: Option<Builder>,
}

impl Order {
    /// Tif while it is in the book: fired triggers are Ioc or Gtc, waiting ones have none.
    pub fn tif(&self) -> Option<Tif> {
        match self.kind {
            Kind::Limit(tif) => Some(tif),
            Kind::Trigger(trigger) if self.fired => Some(if trigger.is_market {
                Tif::Ioc
            } else {
                Tif::Gtc
            }),
            Kind::Trigger(_) => None,
        }
    }

    /// The trigger, fired or not.
    pub fn trigger(&self) -> Option<Trigger> {
        match self.kind {
            Kind::Trigger(trigger) => Some(trigger),
            Kind::Limit(_) => None,
        }
    }

    /// The name that front ends show.
    pub fn order_type(&self) -> &'static str {
        match self.kind {
            Kind::Limit(Tif::FrontendMarket | Tif::LiquidationMarket) => "Market",
            Kind::Limit(_) => "Limit",
            Kind::Trigger(Trigger {
                is_market, tpsl, ..
            }) => match (tpsl, is_market) {
                (Tpsl::Sl, true) => "Stop Market",
                (Tpsl::Sl, false) => "Stop Limit",
                (Tpsl::Tp, true) => "Take Profit Market",
                (Tpsl::Tp, false) => "Take Profit Limit",
            },
        }
    }

    /// Whether it stands for the whole position, whatever that is.
    pub fn is_whole_position(&self) -> bool {
        self.is_position_tpsl && self.orig_sz.is_zero()
    }

    /// The size that rows list as left: those of the whole position list none at any time (facts §5.8).
    pub fn listed_sz(&self) -> Decimal {
        if self.is_whole_position() {
            Decimal::ZERO
        } else {
            self.sz
        }
    }

    /// How much of it was filled; of one for the whole position only its fills say so.
    pub fn filled(&self) -> Decimal {
        if self.is_whole_position() {
            Decimal::ZERO
        } else {
            self.orig_sz - self.sz
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_fire_on_the_side_the_facts_say() {
        let trigger = |tpsl| Trigger {
            px: Decimal::from(100),
            is_market: true,
            tpsl,
        };
        let at = |n: i64| Decimal::from(n);
        assert!(trigger(Tpsl::Tp).is_met(Side::Sell, at(100)));
        assert!(!trigger(Tpsl::Tp).is_met(Side::Sell, at(99)));
        assert!(trigger(Tpsl::Sl).is_met(Side::Sell, at(99)));
        assert!(!trigger(Tpsl::Sl).is_met(Side::Sell, at(101)));
        assert!(trigger(Tpsl::Tp).is_met(Side::Buy, at(99)));
        assert!(!trigger(Tpsl::Tp).is_met(Side::Buy, at(101)));
        assert!(trigger(Tpsl::Sl).is_met(Side::Buy, at(100)));
        assert!(!trigger(Tpsl::Sl).is_met(Side::Buy, at(99)));
    }
}
