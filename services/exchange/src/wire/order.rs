//! An order as a request carries it.

use super::number::as_wire;
use super::{Address, Cloid, Oid};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Buy or sell, as answers name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side {
    /// Bid.
    #[serde(rename = "B")]
    Buy,
    /// Ask.
    #[serde(rename = "A")]
    Sell,
}

impl Side {
    /// Of a request's `b`.
    pub fn of(is_buy: bool) -> Self {
        if is_buy { Self::Buy } else { Self::Sell }
    }

    /// Whether it is `B`.
    pub fn is_buy(self) -> bool {
        self == Self::Buy
    }

    /// The other side.
    #[must_use]
    pub fn opposite(self) -> Self {
        Self::of(!self.is_buy())
    }

    /// +1 for a buy, −1 for a sell.
    pub fn sign(self) -> Decimal {
        if self.is_buy() {
            Decimal::ONE
        } else {
            Decimal::NEGATIVE_ONE
        }
    }
}

/// How long a limit order lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tif {
    /// Rests until it is filled or cancelled.
    Gtc,
    /// Fills what it can at once; the rest is cancelled.
    Ioc,
    /// Rests, or is refused if it would be filled at once (post-only).
    Alo,
    /// [`Tif::Ioc`] that is shown as a market order.
    FrontendMarket,
    /// [`Tif::Ioc`] by the liquidation.
    LiquidationMarket,
}

impl Tif {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gtc => "Gtc",
            Self::Ioc => "Ioc",
            Self::Alo => "Alo",
            Self::FrontendMarket => "FrontendMarket",
            Self::LiquidationMarket => "LiquidationMarket",
        }
    }

    /// Whether what is not filled at once is cancelled.
    pub fn is_immediate(self) -> bool {
        matches!(
            self,
            Self::Ioc | Self::FrontendMarket | Self::LiquidationMarket
        )
    }
}

impl fmt::Display for Tif {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which end a trigger order guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tpsl {
    /// Take profit: sells when the mark has risen to the trigger.
    Tp,
    /// Stop loss: sells when the mark has fallen to the trigger.
    Sl,
}

impl Tpsl {
    /// Whether an order of that side fires at this mark price. Sell tp and buy sl fire at or above the trigger, the other two at
    /// or below it.
    pub fn fires(self, side: Side, mark: Decimal, trigger: Decimal) -> bool {
        let above = (self == Self::Tp) == (side == Side::Sell);
        if above {
            mark >= trigger
        } else {
            mark <= trigger
        }
    }
}

/// Limit, or waiting for a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderKind {
    /// Into the book at once.
    Limit {
        /// For how long.
        tif: Tif,
    },
    /// Sleeps until the mark price reaches the trigger.
    #[serde(rename_all = "camelCase")]
    Trigger {
        /// Then an Ioc within the limit price; else a Gtc at it.
        is_market: bool,
        /// The mark price at which it wakes.
        #[serde(with = "as_wire")]
        trigger_px: Decimal,
        /// From which side.
        tpsl: Tpsl,
    },
}

/// One order. The members' names and their order are those that are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderWire {
    /// Number of the asset: place in the universe for perpetuals, 10000 + index for spot.
    pub a: u32,
    /// Whether it buys.
    pub b: bool,
    /// Limit price.
    #[serde(with = "as_wire")]
    pub p: Decimal,
    /// Size in coins; 0 in a positionTpsl means the whole position.
    #[serde(with = "as_wire")]
    pub s: Decimal,
    /// Whether it may only reduce a position.
    pub r: bool,
    /// Limit or trigger.
    pub t: OrderKind,
    /// Our name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<Cloid>,
}

impl OrderWire {
    /// An order without a name of ours, which may open a position.
    pub fn new(asset: u32, side: Side, price: Decimal, size: Decimal, kind: OrderKind) -> Self {
        Self {
            a: asset,
            b: side.is_buy(),
            p: price,
            s: size,
            r: false,
            t: kind,
            c: None,
        }
    }

    /// An order with a limit.
    pub fn limit(asset: u32, side: Side, price: Decimal, size: Decimal, tif: Tif) -> Self {
        Self::new(asset, side, price, size, OrderKind::Limit { tif })
    }

    /// The same, only to reduce a position.
    #[must_use]
    pub fn reducing(self) -> Self {
        Self { r: true, ..self }
    }

    /// The same under our name.
    #[must_use]
    pub fn named(self, cloid: Cloid) -> Self {
        Self {
            c: Some(cloid),
            ..self
        }
    }

    /// Buy or sell.
    pub fn side(&self) -> Side {
        Side::of(self.b)
    }

    /// Whether it sleeps until a price is reached.
    pub fn is_trigger(&self) -> bool {
        matches!(self.t, OrderKind::Trigger { .. })
    }
}

/// How the orders of one action belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Grouping {
    /// Not at all.
    #[default]
    Na,
    /// The first is an entry, the others its take-profit and stop-loss, of fixed size.
    NormalTpsl,
    /// Take-profit and stop-loss of the position, whatever its size.
    PositionTpsl,
    /// Not at all, with a fee for precedence.
    #[serde(untagged)]
    Priority {
        /// The fee, in the exchange's unit.
        p: u64,
    },
}

/// Who built the front end, and what he takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Builder {
    /// His address.
    pub b: Address,
    /// Fee in tenths of a basis point.
    pub f: u64,
}

/// An order by the exchange's number or by our name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OrderRef {
    /// The exchange's number.
    Oid(Oid),
    /// Our name.
    Cloid(Cloid),
}

impl From<Oid> for OrderRef {
    fn from(oid: Oid) -> Self {
        Self::Oid(oid)
    }
}

impl From<Cloid> for OrderRef {
    fn from(cloid: Cloid) -> Self {
        Self::Cloid(cloid)
    }
}

impl fmt::Display for OrderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oid(oid) => write!(f, "{oid}"),
            Self::Cloid(cloid) => write!(f, "{cloid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_fire_from_their_side() {
        let (mark, low, high) = (Decimal::from(100), Decimal::from(99), Decimal::from(101));
        assert!(Tpsl::Tp.fires(Side::Sell, mark, low) && !Tpsl::Tp.fires(Side::Sell, mark, high));
        assert!(Tpsl::Sl.fires(Side::Sell, mark, high) && !Tpsl::Sl.fires(Side::Sell, mark, low));
        assert!(Tpsl::Tp.fires(Side::Buy, mark, high) && !Tpsl::Tp.fires(Side::Buy, mark, low));
        assert!(Tpsl::Sl.fires(Side::Buy, mark, low) && !Tpsl::Sl.fires(Side::Buy, mark, high));
        for (tpsl, side) in [
            (Tpsl::Tp, Side::Buy),
            (Tpsl::Sl, Side::Buy),
            (Tpsl::Tp, Side::Sell),
            (Tpsl::Sl, Side::Sell),
        ] {
            assert!(tpsl.fires(side, mark, mark));
        }
    }

    #[test]
    fn groupings_have_their_four_spellings() {
        for (text, grouping) in [
            (r#""na""#, Grouping::Na),
            (r#""normalTpsl""#, Grouping::NormalTpsl),
            (r#""positionTpsl""#, Grouping::PositionTpsl),
            (r#"{"p":5}"#, Grouping::Priority { p: 5 }),
        ] {
            assert_eq!(serde_json::from_str::<Grouping>(text).unwrap(), grouping);
            assert_eq!(serde_json::to_string(&grouping).unwrap(), text);
        }
        assert!(serde_json::from_str::<Grouping>(r#""tpsl""#).is_err());
    }
}
