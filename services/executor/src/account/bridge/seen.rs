//! What the exchange says of orders, fills, positions and money: of its own accord or when asked.

use super::super::mandate::Market;
use super::ours;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::info::{
    self, ClearinghouseState, Direction, FrontendOrder, OrderStatusAnswer, UserFunding,
};
use sixbtc_exchange::wire::status::Stage;
use sixbtc_exchange::wire::ws::OrderUpdate;
use sixbtc_exchange::wire::{Address, OrderStatus};
use sixbtc_live::desk::{Event, OpenOrder, Seen};
use sixbtc_live::ident::Cloid;
use sixbtc_live::money::float;
use sixbtc_live::order::{Fill, Told};
use std::collections::BTreeSet;

/// No price or size is larger: products of them are far from what a `Decimal` cannot hold.
const MOST: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);
/// Nor any money that changes hands at once.
const MONEY: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// Whether a price can be counted with.
pub fn is_price(price: Decimal) -> bool {
    price > Decimal::ZERO && price <= MOST
}

/// Whether a number of units, or 0, can be counted with.
pub fn is_size(size: Decimal) -> bool {
    size >= Decimal::ZERO && size <= MOST
}

/// Something that cannot be what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Odd {
    /// A state of an order that nobody has taught us: it counts as alive, and a person looks.
    #[error("order {oid} is in a state that is not known: `{status}`")]
    Status {
        /// Which.
        oid: u64,
        /// As it was named.
        status: String,
    },
    /// A number that makes no sense where it stands.
    #[error("{what} of {of} is {value}")]
    Number {
        /// What.
        what: &'static str,
        /// Of what.
        of: String,
        /// The number.
        value: Decimal,
    },
}

/// What a state means for an order that wanted `asked` units at first and still wants `left`.
pub fn told(status: &OrderStatus, asked: Decimal, left: Decimal) -> Option<Told> {
    Some(match status.stage() {
        Stage::Live => Told::Open,
        // of a reduce-only order only what there was to reduce: the desk knows what it asked for
        Stage::Filled if asked > Decimal::ZERO && is_size(asked) && left.is_zero() => {
            Told::Filled(Some(asked))
        }
        Stage::Filled => Told::Filled(None),
        Stage::Canceled => Told::Ended {
            why: status.to_string(),
            // sizes of orders over a whole position are 0
            filled: (asked > Decimal::ZERO
                && is_size(asked)
                && left >= Decimal::ZERO
                && left <= asked)
                .then(|| asked - left),
        },
        Stage::Rejected => Told::Refused(status.to_string()),
        Stage::Unknown => return None,
    })
}

fn seen(
    oid: u64,
    status: &OrderStatus,
    (asked, left): (Decimal, Decimal),
    stamp: i64,
) -> Result<Seen, Odd> {
    let told = told(status, asked, left).ok_or_else(|| Odd::Status {
        oid,
        status: status.to_string(),
    })?;
    Ok(Seen { oid, told, stamp })
}

/// A change of an order, as it is pushed. `known` finds our name of an order by the exchange's number; none for an order that
/// is not ours.
pub fn update(
    update: &OrderUpdate,
    known: impl Fn(u64) -> Option<Cloid>,
) -> Option<(Cloid, Result<Seen, Odd>)> {
    let order = &update.order;
    let cloid = order.cloid.map(ours).or_else(|| known(order.oid))?;
    let sizes = (order.orig_sz, order.sz);
    let seen = seen(order.oid, &update.status, sizes, update.status_timestamp);
    Some((cloid, seen))
}

/// What became of an order that was asked for; none when the exchange does not know it.
pub fn status(answer: &OrderStatusAnswer) -> Result<Option<Seen>, Odd> {
    match answer {
        OrderStatusAnswer::UnknownOid => Ok(None),
        OrderStatusAnswer::Order { order: found } => {
            let order = &found.order;
            let sizes = (order.orig_sz, order.sz);
            seen(order.oid, &found.status, sizes, found.status_timestamp).map(Some)
        }
    }
}

/// A fill of `user`; none in a market that is not traded.
pub fn fill(fill: &info::Fill, markets: &[Market], user: Address) -> Result<Option<Fill>, Odd> {
    let Some(symbol) = index(markets, &fill.coin) else {
        return Ok(None);
    };
    let paid = fill.px.checked_mul(fill.sz).unwrap_or(Decimal::MAX);
    for (what, value, good) in [
        ("price", fill.px, is_price(fill.px)),
        ("size", fill.sz, is_price(fill.sz)),
        ("value", paid, paid <= MONEY),
        ("fee", fill.fee, fill.fee.abs() <= MOST),
    ] {
        if !good {
            return Err(Odd::Number {
                what,
                of: format!("fill {} in {}", fill.tid, fill.coin),
                value,
            });
        }
    }
    // the other side of somebody's liquidation is an ordinary trade
    let ours_taken = fill
        .liquidation
        .as_ref()
        .is_some_and(|l| l.liquidated_user.is_none_or(|whose| whose == user));
    let reduced = matches!(
        fill.dir,
        Direction::AutoDeleveraging
            | Direction::LiquidatedCrossLong
            | Direction::LiquidatedCrossShort
            | Direction::LiquidatedIsolatedLong
            | Direction::LiquidatedIsolatedShort
    );
    Ok(Some(Fill {
        tid: fill.tid,
        oid: fill.oid,
        cloid: fill.cloid.map(ours),
        symbol,
        buys: fill.side.is_buy(),
        size: fill.sz,
        price: fill.px,
        fee: fill.fee,
        time: fill.time,
        liquidates: ours_taken || reduced,
    }))
}

/// Signed units of each market, and what is held in others, by coin.
pub type Holdings = (Vec<Decimal>, Vec<(String, Decimal)>);

/// Signed units of each market, and what the account holds beside them.
pub fn positions(state: &ClearinghouseState, markets: &[Market]) -> Result<Holdings, Odd> {
    let mut held = vec![Decimal::ZERO; markets.len()];
    let mut others = Vec::new();
    for row in &state.asset_positions {
        let position = &row.position;
        if !is_size(position.szi.abs()) {
            return Err(Odd::Number {
                what: "position",
                of: position.coin.clone(),
                value: position.szi,
            });
        }
        match index(markets, &position.coin) {
            Some(at) => held[at] = position.szi,
            None if position.szi.is_zero() => {}
            None => others.push((position.coin.clone(), position.szi)),
        }
    }
    Ok((held, others))
}

/// All open orders, those that wait for another among them, each once.
pub fn orders(rows: &[FrontendOrder], markets: &[Market]) -> Vec<OpenOrder> {
    let mut seen = BTreeSet::new();
    let children = rows.iter().flat_map(|row| &row.children);
    let one = |row: &FrontendOrder| {
        seen.insert(row.oid).then(|| OpenOrder {
            oid: row.oid,
            cloid: row.cloid.map(ours),
            symbol: index(markets, &row.coin).unwrap_or(usize::MAX),
        })
    };
    rows.iter().chain(children).filter_map(one).collect()
}

/// A payment of funding; none in a market that is not traded.
pub fn funding(row: &UserFunding, markets: &[Market]) -> Option<Event> {
    if row.delta.usdc.abs() > MOST {
        return None;
    }
    Some(Event::Funding {
        symbol: index(markets, &row.delta.coin)?,
        // the exchange counts what the account gets, the desk what it pays
        amount: float(-row.delta.usdc),
        time: row.time,
    })
}

fn index(markets: &[Market], coin: &str) -> Option<usize> {
    markets.iter().position(|m| m.asset.coin == coin)
}
