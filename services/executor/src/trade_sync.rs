//! Trades of the store against the fills of the exchange, which are the truth: what was closed there and stands in no trade.
//!
//! A trade holds the closing fills of its order; one that somebody else closed holds those of its time. What nobody holds is told,
//! and entered as a trade under a name made from the fill itself, so that it is entered once whoever does it, and however often.

use rust_decimal::Decimal;
use sixbtc_core::model::{Millis, NewTrade, Side as Way, TradeExit, TradeRow};
use sixbtc_core::venue::DECIMALS;
use sixbtc_exchange::wire::info::Fill;
use sixbtc_exchange::wire::{Address, Side};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How far apart, ms, a trade and fills may lie that nothing else joins.
const NEAR: Millis = 3_600_000;
/// Beginning of the names of trades that were made from fills.
const PREFIX: &str = "fills/";

/// A part of a position that a fill closed.
#[derive(Debug, Clone)]
struct Closing<'f> {
    fill: &'f Fill,
    /// Units that it closed.
    size: Decimal,
    /// Of those, units that no trade holds.
    left: Decimal,
    /// When the position was opened, ms; the fill's own time when that is not known.
    opened: Millis,
    /// Fee of the entry for each unit.
    entry_fee: Decimal,
}

impl Closing<'_> {
    /// What was closed: selling closes what is long.
    fn way(&self) -> Way {
        match self.fill.side {
            Side::Sell => Way::Long,
            Side::Buy => Way::Short,
        }
    }
}

/// What fills opened so far of a position that is not closed.
#[derive(Debug, Clone, Copy, Default)]
struct Opened {
    at: Option<Millis>,
    size: Decimal,
    fees: Decimal,
}

/// The closing parts of fills, which are in order.
fn closings(fills: &[Fill]) -> Vec<Closing<'_>> {
    let mut open: BTreeMap<&str, Opened> = BTreeMap::new();
    let mut all = Vec::new();
    for fill in fills.iter().filter(|f| f.sz > Decimal::ZERO) {
        let known = open.entry(fill.coin.as_str()).or_default();
        let start = fill.start_position;
        let against = !start.is_zero() && start.is_sign_negative() == (fill.side == Side::Buy);
        let size = if against {
            fill.sz.min(start.abs())
        } else {
            Decimal::ZERO
        };
        if !size.is_zero() {
            all.push(Closing {
                fill,
                size,
                left: size,
                opened: known.at.unwrap_or(fill.time),
                entry_fee: known.fees.checked_div(known.size).unwrap_or_default(),
            });
        }
        let opens = fill.sz - size;
        if size == start.abs() {
            *known = Opened::default();
        }
        if !opens.is_zero() {
            known.at = known.at.or(Some(fill.time));
            known.size += opens;
            known.fees += fill.fee * opens / fill.sz;
        }
    }
    all
}

/// A closed trade that the store does not have.
#[derive(Debug, Clone, PartialEq)]
pub struct Missing {
    /// Name that it would have, the same whenever it is found.
    pub position_id: String,
    /// The coin.
    pub coin: String,
    /// What was held.
    pub way: Way,
    /// When it was opened, as far as fills tell, ms.
    pub opened_at: Millis,
    /// When it was closed, ms.
    pub closed_at: Millis,
    /// Units.
    pub size: Decimal,
    /// Average entry.
    pub entry: Decimal,
    /// Average exit.
    pub exit: Decimal,
    /// Fee of the entry.
    pub entry_fee: Decimal,
    /// Fee of the exit.
    pub exit_fee: Decimal,
    /// Result before fees.
    pub gained: Decimal,
    /// The name of the order, when it had one: those of accounts have.
    pub order: Option<String>,
    /// Whether the exchange liquidated it.
    pub liquidated: bool,
}

/// Who it is entered for.
#[derive(Debug, Clone, PartialEq)]
pub struct Owner {
    /// The strategy.
    pub strategy: Uuid,
    /// Its name.
    pub name: String,
    /// The subaccount.
    pub subaccount: i64,
}

impl Missing {
    /// As rows of the store.
    pub fn rows(&self, owner: &Owner, symbol: &str) -> (NewTrade, TradeExit) {
        let new = NewTrade {
            strategy: owner.strategy,
            strategy_name: owner.name.clone(),
            subaccount: owner.subaccount,
            position_id: self.position_id.clone(),
            symbol: symbol.to_owned(),
            side: self.way,
            opened_at: self.opened_at,
            entry_price: self.entry,
            size: self.size,
            entry_order: None,
            stop: None,
            target: None,
            leverage: 1,
            entry_fee: self.entry_fee,
            why: String::new(),
        };
        let exit = TradeExit {
            closed_at: self.closed_at,
            exit_price: self.exit,
            exit_order: self.order.clone(),
            reason: if self.liquidated {
                "liquidation"
            } else {
                "external"
            }
            .to_owned(),
            exit_fee: self.exit_fee,
            funding: Decimal::ZERO,
            slippage: Decimal::ZERO,
            pnl: (self.gained - self.entry_fee - self.exit_fee).round_dp(DECIMALS),
        };
        (new, exit)
    }
}

/// What a trade still may hold.
struct Holder<'r> {
    row: &'r TradeRow,
    coin: &'r str,
    closed: Millis,
    left: Decimal,
}

impl Holder<'_> {
    /// Takes what it can of a closing.
    fn hold(&mut self, closing: &mut Closing<'_>) {
        let taken = self.left.min(closing.left);
        self.left -= taken;
        closing.left -= taken;
    }
}

/// What fills of an account closed until `until` and no trade holds. `fills`: in order, each once. `rows`: its closed
/// trades, among them all that were closed by these fills. `coin_of`: the exchange's name of a symbol.
pub fn missing<'r>(
    user: Address,
    fills: &[Fill],
    rows: &'r [TradeRow],
    coin_of: impl Fn(&'r str) -> &'r str,
    until: Millis,
) -> Vec<Missing> {
    let mut closings = closings(fills);
    let mut holders: Vec<Holder<'r>> = Vec::new();
    for row in rows {
        if let Some(exit) = &row.exit {
            holders.push(Holder {
                row,
                coin: coin_of(&row.entry.symbol),
                closed: exit.closed_at,
                left: row.entry.size,
            });
        }
    }
    holders.sort_by_key(|h| (h.closed, h.row.id));
    let same = |h: &Holder<'_>, c: &Closing<'_>| {
        h.coin == c.fill.coin && h.row.entry.side == c.way() && !c.left.is_zero()
    };
    // those that were made of fills hold theirs, from the one that they are named after on
    for h in &mut holders {
        let Some(name) = h.row.entry.position_id.strip_prefix(PREFIX) else {
            continue;
        };
        let from = closings.iter().position(|c| named(c.fill) == name);
        let Some(from) = from else { continue };
        let order = closings[from].fill.oid;
        for c in closings[from..].iter_mut().filter(|c| c.fill.oid == order) {
            h.hold(c);
        }
    }
    let is_own = |h: &Holder<'_>| !h.row.entry.position_id.starts_with(PREFIX);
    holders.retain(is_own);
    for h in &mut holders {
        let order = h.row.exit.as_ref().and_then(|e| e.exit_order.clone());
        let Some(order) = order else { continue };
        let is = |c: &&mut Closing<'_>| c.fill.cloid.is_some_and(|n| n.to_string() == order);
        for c in closings.iter_mut().filter(is) {
            if same(h, c) {
                h.hold(c);
            }
        }
    }
    for near in [0, NEAR] {
        for h in holders.iter_mut().filter(|h| !h.left.is_zero()) {
            let closed = h.closed;
            let is = |c: &&mut Closing<'_>| (c.fill.time - closed).abs() <= near;
            for c in closings.iter_mut().filter(is) {
                if same(h, c) {
                    h.hold(c);
                }
            }
        }
    }
    // sizes of trades went through binary numbers
    let some = |c: &Closing<'_>| c.left > c.size * Decimal::new(1, 6);
    let mut found: Vec<Vec<&Closing<'_>>> = Vec::new();
    for c in closings.iter().filter(|c| some(c)) {
        match found.last_mut() {
            Some(group) if group[0].fill.oid == c.fill.oid => group.push(c),
            _ => found.push(vec![c]),
        }
    }
    let whole = |group: &Vec<&Closing<'_>>| group.iter().all(|c| c.fill.time <= until);
    found.retain(whole);
    found.iter().filter_map(|group| told(group, user)).collect()
}

/// The name of a fill.
fn named(fill: &Fill) -> String {
    format!("{}/{}/{}", fill.coin, fill.oid, fill.tid)
}

fn told(group: &[&Closing<'_>], user: Address) -> Option<Missing> {
    let (first, last) = (group.first()?, group.last()?);
    let sum = |of: &dyn Fn(&Closing<'_>) -> Decimal| group.iter().map(|c| of(c)).sum::<Decimal>();
    let size = sum(&|c| c.left);
    let exit = sum(&|c| c.left * c.fill.px).checked_div(size)?;
    let gained = sum(&|c| c.fill.closed_pnl * c.left / c.size);
    let sign = match first.way() {
        Way::Short => Decimal::NEGATIVE_ONE,
        _ => Decimal::ONE,
    };
    // the exchange's own average
    let entry = exit - sign * gained.checked_div(size)?;
    Some(Missing {
        position_id: format!("{PREFIX}{}", named(first.fill)),
        coin: first.fill.coin.clone(),
        way: first.way(),
        opened_at: first.opened,
        closed_at: last.fill.time,
        size,
        entry: entry.round_dp(DECIMALS),
        exit: exit.round_dp(DECIMALS),
        entry_fee: sum(&|c| c.entry_fee * c.left).round_dp(DECIMALS),
        exit_fee: sum(&|c| c.fill.fee * c.left / c.fill.sz).round_dp(DECIMALS),
        gained,
        order: first.fill.cloid.map(|c| c.to_string()),
        liquidated: group.iter().any(|c| {
            // whoever took the other side of it is told as well
            let of = c.fill.liquidation.as_ref();
            of.is_some_and(|l| l.liquidated_user.is_none_or(|whose| whose == user))
        }),
    })
}

#[cfg(test)]
#[path = "trade_sync_tests.rs"]
mod tests;
