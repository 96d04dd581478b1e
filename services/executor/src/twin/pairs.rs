//! Live trades and those of the simulation, brought together.

use super::simulated::Simulated;
use sixbtc_core::model::{
    Millis, NewTrade, Parity, ParityLeg, ParityState, Side, TradeExit, TradeRow,
};
use sixbtc_core::venue::amount;
use sixbtc_engine::{ExitReason, Trade};
use sixbtc_live::desk::Closed;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Bars that the simulation may be ahead before a trade without its like is told.
const PATIENCE: i64 = 2;

/// A trade of the simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct Twin {
    /// What it is called, as long as no live trade is found.
    pub key: String,
    /// Symbol.
    pub symbol: String,
    /// Long or short.
    pub side: Side,
    /// Label of the entry.
    pub tag: String,
    /// Open of the bar of its entry, ms.
    pub entered: Millis,
    /// The trade; absent while it is open.
    pub leg: Option<ParityLeg>,
}

impl Twin {
    /// Of the simulation's trades. `length` of a bar in ms.
    pub fn all(made: &Simulated, desk: &str, tags: &[String], length: i64) -> Vec<Self> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut one = |t: &Trade| {
            let symbol = made.symbols.get(usize::from(t.symbol))?.clone();
            let name = format!("twin/{desk}/{symbol}/{}/{}", t.entry_time, t.entry);
            let count = counts.entry(name.clone()).or_default();
            let key = format!("{name}/{count}");
            *count += 1;
            Some(Self {
                key,
                symbol,
                side: side(t.side),
                tag: tags.get(usize::from(t.entry)).cloned().unwrap_or_default(),
                entered: t.entry_time,
                leg: match t.exit_reason {
                    ExitReason::EndOfData if !made.over => None,
                    _ => Some(leg(t, length)?),
                },
            })
        };
        made.trades.iter().filter_map(&mut one).collect()
    }
}

fn side(side: sixbtc_abi::Side) -> Side {
    match side {
        sixbtc_abi::Side::Long => Side::Long,
        sixbtc_abi::Side::Short => Side::Short,
    }
}

fn leg(t: &Trade, length: i64) -> Option<ParityLeg> {
    Some(ParityLeg {
        entry_time: t.entry_time,
        entry_price: amount(t.entry_price)?,
        exit_time: t.exit_time + if t.exit_at_close { length } else { 0 },
        exit_price: amount(t.exit_price)?,
        size: amount(t.size)?,
        fees: amount(t.fees)?,
        funding: -amount(t.funding)?,
        pnl: amount(t.pnl)?,
        reason: t.exit_reason.name().to_owned(),
    })
}

/// A live trade that was just closed, before its twin is known.
pub fn booked(entry: &NewTrade, exit: &TradeExit, closed: &Closed) -> Parity {
    let sign = match entry.side {
        Side::Short => -1.0,
        _ => 1.0,
    };
    let bps = |due: f64, worse: f64| (due > 0.0).then_some(worse / due * 1e4);
    let opening = closed.opening.as_ref();
    let entered = opening.map_or(entry.opened_at, |o| o.time);
    Parity {
        entry_bps: opening.and_then(|o| bps(o.due, sign * (o.price - o.due))),
        exit_bps: bps(closed.due, sign * (closed.due - closed.trade.exit_price)),
        ..alone(entry, exit, entered)
    }
}

/// A closed live trade without a twin so far. `entered`: when it filled, as well as it is known.
fn alone(entry: &NewTrade, exit: &TradeExit, entered: Millis) -> Parity {
    Parity {
        key: entry.position_id.clone(),
        strategy: entry.strategy,
        subaccount: entry.subaccount,
        symbol: entry.symbol.clone(),
        side: entry.side,
        state: ParityState::Waiting,
        at: exit.closed_at,
        entry_bps: None,
        exit_bps: None,
        live: Some(ParityLeg {
            entry_time: entered,
            entry_price: entry.entry_price,
            exit_time: exit.closed_at,
            exit_price: exit.exit_price,
            size: entry.size,
            fees: entry.entry_fee + exit.exit_fee,
            funding: exit.funding,
            pnl: exit.pnl,
            reason: exit.reason.clone(),
        }),
        twin: None,
    }
}

/// What is compared, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The strategy.
    pub strategy: Uuid,
    /// Its subaccount.
    pub subaccount: i64,
    /// Length of a bar, ms.
    pub length: i64,
    /// End of the last bar of the simulation, ms.
    pub through: Millis,
    /// What is open live: symbol and side.
    pub held: &'a [(String, Side)],
}

/// All that is known now: closed live trades with their twins, and twins that nobody traded. `live` are the closed trades of one
/// stretch of trading, `twins` what the simulation of the same stretch has made so far.
pub fn pairs(live: &[TradeRow], twins: &[Twin], scene: Scene<'_>) -> Vec<Parity> {
    let mut order: Vec<&TradeRow> = live.iter().filter(|r| r.exit.is_some()).collect();
    let closed = |r: &TradeRow| r.exit.as_ref().map_or(0, |e| e.closed_at);
    order.sort_by_key(|r| (r.entry.opened_at, closed(r), r.id));
    let mut free: Vec<&Twin> = twins.iter().collect();
    let ended = |t: &Twin| t.leg.as_ref().map_or(Millis::MAX, |l| l.exit_time);
    free.sort_by_key(|t| (t.entered, ended(t)));
    let mut matched: Vec<(&TradeRow, Option<&Twin>)> =
        order.into_iter().map(|r| (r, None)).collect();
    // the same bar first, so that a neighbour takes nothing away
    for reach in [0, scene.length] {
        for (row, found) in matched.iter_mut().filter(|m| m.1.is_none()) {
            let entry = &row.entry;
            let fits = |t: &&Twin| {
                (&t.symbol, t.side, &t.tag) == (&entry.symbol, entry.side, &entry.why)
                    && (t.entered - entry.opened_at).abs() <= reach
            };
            if let Some(at) = free.iter().position(fits) {
                *found = Some(free.remove(at));
            }
        }
    }
    let known = |time: Millis| time + PATIENCE * scene.length <= scene.through;
    let mut all = Vec::new();
    for (row, twin) in matched {
        let Some(exit) = &row.exit else { continue };
        let mut pair = alone(&row.entry, exit, row.entry.opened_at);
        pair.twin = twin.and_then(|t| t.leg.clone());
        pair.state = match twin {
            Some(_) if pair.twin.is_some() => ParityState::Paired,
            None if known(row.entry.opened_at) => ParityState::NoTwin,
            // the simulation is still in it, or has not come so far
            Some(_) | None => ParityState::Waiting,
        };
        all.push(pair);
    }
    for twin in free {
        let Some(leg) = &twin.leg else { continue };
        // what is held may be it, left later
        let held = scene.held.iter();
        let may = { held }.any(|(symbol, side)| (symbol, *side) == (&twin.symbol, twin.side));
        if may || !known(leg.exit_time) {
            continue;
        }
        all.push(Parity {
            key: twin.key.clone(),
            strategy: scene.strategy,
            subaccount: scene.subaccount,
            symbol: twin.symbol.clone(),
            side: twin.side,
            state: ParityState::NoTrade,
            at: leg.exit_time,
            entry_bps: None,
            exit_bps: None,
            live: None,
            twin: Some(leg.clone()),
        });
    }
    all
}

/// What has to be written, and which keys go: `now` against what the store has of the same stretch.
pub fn changes(stored: &[Parity], now: Vec<Parity>) -> (Vec<Parity>, Vec<String>) {
    let before: BTreeMap<&str, &Parity> = stored.iter().map(|p| (p.key.as_str(), p)).collect();
    let mut write = Vec::new();
    let mut keys = std::collections::BTreeSet::new();
    for mut pair in now {
        keys.insert(pair.key.clone());
        if let Some(known) = before.get(pair.key.as_str()) {
            // what the fills told stays
            (pair.entry_bps, pair.exit_bps) = (known.entry_bps, known.exit_bps);
            if let (Some(leg), Some(told)) = (&mut pair.live, &known.live) {
                leg.entry_time = told.entry_time;
            }
            if pair == **known {
                continue;
            }
        }
        write.push(pair);
    }
    let gone = stored.iter().filter(|p| p.live.is_none());
    let gone = gone.filter(|p| !keys.contains(&p.key));
    (write, gone.map(|p| p.key.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    const H: i64 = 3_600_000;

    fn row(id: i64, opened: i64, closed: i64, tag: &str) -> TradeRow {
        TradeRow {
            id,
            entry: NewTrade {
                strategy: Uuid::nil(),
                strategy_name: "s".into(),
                subaccount: 1,
                position_id: format!("d/{id}/0"),
                symbol: "BTC".into(),
                side: Side::Long,
                opened_at: opened * H,
                entry_price: Decimal::from(100),
                size: Decimal::ONE,
                entry_order: None,
                stop: None,
                target: None,
                leverage: 1,
                entry_fee: Decimal::ONE,
                why: tag.into(),
            },
            exit: Some(TradeExit {
                closed_at: closed * H,
                exit_price: Decimal::from(101),
                exit_order: None,
                reason: "signal".into(),
                exit_fee: Decimal::ONE,
                funding: Decimal::ZERO,
                slippage: Decimal::ZERO,
                pnl: -Decimal::ONE,
            }),
        }
    }

    fn twin(entered: i64, left: Option<i64>, tag: &str) -> Twin {
        let leg = |left: i64| ParityLeg {
            entry_time: entered * H,
            entry_price: Decimal::from(100),
            exit_time: left * H,
            exit_price: Decimal::from(101),
            size: Decimal::ONE,
            fees: Decimal::ONE,
            funding: Decimal::ZERO,
            pnl: Decimal::ZERO,
            reason: "signal".into(),
        };
        Twin {
            key: format!("twin/d/BTC/{entered}"),
            symbol: "BTC".into(),
            side: Side::Long,
            tag: tag.into(),
            entered: entered * H,
            leg: left.map(leg),
        }
    }

    fn scene(through: i64, held: &[(String, Side)]) -> Scene<'_> {
        Scene {
            strategy: Uuid::nil(),
            subaccount: 1,
            length: H,
            through: through * H,
            held,
        }
    }

    fn states(pairs: &[Parity]) -> Vec<(&str, ParityState)> {
        pairs.iter().map(|p| (p.key.as_str(), p.state)).collect()
    }

    #[test]
    fn each_finds_its_own() {
        use ParityState::{NoTrade, NoTwin, Paired, Waiting};
        // two parts of one lot, one a bar late, one that the simulation does not make, one that is too new
        let live = [
            row(1, 1, 3, "a"),
            row(2, 1, 5, "a"),
            row(3, 8, 9, "a"),
            row(4, 8, 9, "b"),
            row(5, 20, 20, "a"),
        ];
        let twins = [
            twin(1, Some(3), "a"),
            twin(1, Some(4), "a"),
            twin(7, Some(9), "a"),
            twin(12, Some(14), "a"),
            twin(16, Some(20), "a"),
        ];
        let all = pairs(&live, &twins, scene(21, &[]));
        assert_eq!(
            states(&all),
            [
                ("d/1/0", Paired),
                ("d/2/0", Paired),
                ("d/3/0", Paired),
                ("d/4/0", NoTwin),
                ("d/5/0", Waiting),
                ("twin/d/BTC/12", NoTrade),
            ]
        );
        assert_eq!(all[1].twin.as_ref().unwrap().exit_time, 4 * H);
        // what is still held may be the missing one
        let held = [("BTC".to_owned(), Side::Long)];
        assert_eq!(pairs(&live, &twins, scene(21, &held)).len(), 5);
        // one that the simulation is still in
        let all = pairs(&live[..1], &[twin(1, None, "a")], scene(21, &[]));
        assert_eq!(states(&all), [("d/1/0", Waiting)]);
    }

    #[test]
    fn only_what_changed_is_written() {
        let live = [row(1, 1, 3, "a")];
        let first = pairs(&live, &[], scene(2, &[]));
        let mut stored = first.clone();
        stored[0].entry_bps = Some(3.0);
        stored[0].live.as_mut().unwrap().entry_time += 1_000;
        assert_eq!(changes(&stored, first), (vec![], vec![]));
        stored.extend(pairs(&[], &[twin(1, Some(3), "a")], scene(9, &[])));
        let now = pairs(&live, &[twin(1, Some(3), "a")], scene(9, &[]));
        let (write, gone) = changes(&stored, now);
        assert_eq!(states(&write), [("d/1/0", ParityState::Paired)]);
        assert_eq!(write[0].entry_bps, Some(3.0));
        assert_eq!(gone, ["twin/d/BTC/1"]);
    }
}
