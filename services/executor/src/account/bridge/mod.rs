//! Between the exchange's wire and the words of a desk: pure functions, each item checked on its own, unknown ones told apart
//! from refused ones.

mod answers;
mod seen;

pub use answers::{Heard, Notice, heard};
pub use seen::{
    Holdings, Odd, fill, funding, is_price, is_size, orders, positions, status, told, update,
};

use super::mandate::Market;
use sixbtc_exchange::wire::action::CancelByCloid;
use sixbtc_exchange::wire::{self, Action, Grouping, OrderKind, OrderWire, Tif, Tpsl};
use sixbtc_live::desk::{self, Batch, Work};
use sixbtc_live::ident::Cloid;
use sixbtc_live::order::{Kind, Plan};

/// Our name of an order, as the wire has it.
pub fn cloid(ours: Cloid) -> wire::Cloid {
    wire::Cloid(ours.0)
}

/// A name of the wire, as ours.
pub fn ours(cloid: wire::Cloid) -> Cloid {
    Cloid(cloid.0)
}

/// A market that a request names and the mandate has not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("market {0} is none of the mandate's")]
pub struct NoMarket(pub usize);

/// A request of the desk as the exchange takes it. Its `expiresAfter` is the batch's.
pub fn action(batch: &Batch, markets: &[Market], isolated: bool) -> Result<Action, NoMarket> {
    let market = |symbol: usize| markets.get(symbol).ok_or(NoMarket(symbol));
    Ok(match &batch.work {
        Work::Orders { grouping, orders } => {
            let grouping = match grouping {
                desk::Grouping::None => Grouping::Na,
                desk::Grouping::Entry => Grouping::NormalTpsl,
            };
            let orders = orders
                .iter()
                .map(|plan| Ok(order(plan, market(plan.symbol)?.asset.number)))
                .collect::<Result<_, _>>()?;
            Action::grouped(orders, grouping)
        }
        Work::Cancel(cancels) => {
            let one = |(symbol, name): &(usize, Cloid)| {
                Ok(CancelByCloid {
                    asset: market(*symbol)?.asset.number,
                    cloid: cloid(*name),
                })
            };
            Action::cancel_by_cloid(cancels.iter().map(one).collect::<Result<_, _>>()?)
        }
        Work::Leverage { symbol, leverage } => {
            let asset = &market(*symbol)?.asset;
            Action::UpdateLeverage {
                asset: asset.number,
                is_cross: !(isolated || asset.only_isolated),
                leverage: *leverage,
            }
        }
    })
}

/// An order as the exchange takes it.
pub fn order(plan: &Plan, asset: u32) -> OrderWire {
    let (limit, kind) = match plan.kind {
        Kind::Now { limit } => (limit, OrderKind::Limit { tif: Tif::Ioc }),
        Kind::Rest { limit } => {
            let tif = if plan.post_only { Tif::Alo } else { Tif::Gtc };
            (limit, OrderKind::Limit { tif })
        }
        // fires when the price moves against who sells, or away from who buys: entries on a break-out too
        Kind::Stop { trigger, limit } => {
            let kind = OrderKind::Trigger {
                is_market: true,
                trigger_px: trigger,
                tpsl: Tpsl::Sl,
            };
            (limit, kind)
        }
    };
    OrderWire {
        a: asset,
        b: plan.buys,
        p: limit,
        s: plan.size,
        r: plan.reduces,
        t: kind,
        c: Some(cloid(plan.cloid)),
    }
}

#[cfg(test)]
mod tests;
