//! `sixbtc parity`

use super::serve::{Loading, Opening};
use super::store::with_store;
use crate::args::{Format, ParityArgs};
use crate::failure::Failure;
use crate::output;
use comfy_table::{CellAlignment, Table, presets};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sixbtc_core::live::replay_key;
use sixbtc_core::model::{Parity, ParityFilter, ParityLeg, ParityState, ParityStats, Status};
use sixbtc_core::store::{Filter, Store, StoreError};
use sixbtc_market::calendar;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use uuid::Uuid;

const DAY: i64 = 86_400_000;

/// What the replay of a strategy's bars found.
struct Replayed {
    name: String,
    value: Value,
}

/// Live trades beside their twins.
pub fn run(args: &ParityArgs, format: Format) -> Result<u8, Failure> {
    let loading = Loading::of(&args.settings)?;
    let (rows, replays) = with_store(&Opening::of(&loading.loaded), async |store| {
        let filter = ParityFilter {
            strategy: args.strategy,
            since: None,
            limit: 100_000,
        };
        let mut rows = store.parity(&filter).await?;
        // market time may be that of a replay: back from the newest
        let newest = rows.iter().map(|r| r.at).max().unwrap_or(0);
        rows.retain(|r| r.at >= newest - i64::from(args.days) * DAY);
        Ok((rows, replays(store, args.strategy).await?))
    })?;
    let mut by: BTreeMap<Uuid, Vec<&Parity>> = BTreeMap::new();
    for row in &rows {
        by.entry(row.strategy).or_default().push(row);
    }
    let name = |id: &Uuid| {
        replays
            .get(id)
            .map_or_else(|| id.to_string(), |r| r.name.clone())
    };
    if format == Format::Json {
        let one = |(id, rows): (&Uuid, &Vec<&Parity>)| {
            let stats = ParityStats::of(rows.iter().copied());
            json!({ "strategy": id, "name": name(id), "stats": stats, "unpaired": stats.unpaired(),
                "shortfall": stats.shortfall(), "trades": rows })
        };
        let strategies: Vec<Value> = by.iter().map(one).collect();
        let bars: Vec<Value> = replays
            .iter()
            .map(|(id, r)| json!({ "strategy": id, "name": r.name, "replay": r.value }))
            .collect();
        output::json(
            &json!({ "schema": 1, "days": args.days, "strategies": strategies, "replays": bars }),
        );
        return Ok(0);
    }
    let mut text = String::new();
    if by.is_empty() {
        text.push_str("no live trade was closed on an exchange in this time\n");
    } else {
        let _ = writeln!(text, "{}", summary(&by, &name));
    }
    if args.strategy.is_some() {
        for rows in by.values() {
            let _ = writeln!(text, "{}", trades(rows));
        }
    }
    for replay in replays.values() {
        let count = |what: &str| replay.value[what].as_u64().unwrap_or(0);
        let (bars, different) = (count("bars"), count("different"));
        if bars == 0 {
            continue;
        }
        let last = match &replay.value["last"] {
            Value::Array(last) => format!(
                "; last: {}, bar {}: {}",
                last[0].as_str().unwrap_or("?"),
                calendar::iso(last[1].as_i64().unwrap_or(0)),
                last[2].as_str().unwrap_or("?")
            ),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "{}: {bars} live bars replayed, {different} different{last}",
            replay.name
        );
    }
    output::out(text.trim_end());
    Ok(0)
}

async fn replays(
    store: &Store,
    only: Option<Uuid>,
) -> Result<BTreeMap<Uuid, Replayed>, StoreError> {
    let filter = Filter {
        status: Some(Status::Live),
        limit: 10_000,
        ..Filter::default()
    };
    let mut found = BTreeMap::new();
    for strategy in store.list(&filter).await? {
        let id = strategy.made.id;
        let Some(trading) = strategy.trading.filter(|_| only.is_none_or(|o| o == id)) else {
            continue;
        };
        let kept = store.control(&replay_key(id, trading.live_since)).await?;
        let value = kept.map_or(Value::Null, |k| k.value);
        let name = strategy.made.name;
        found.insert(id, Replayed { name, value });
    }
    Ok(found)
}

fn table(columns: &[&str], words: usize) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(columns);
    for column in table.column_iter_mut().skip(words) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn money(value: Decimal) -> String {
    format!("{value:.2}")
}

fn some(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".into(), |v| format!("{v:.digits$}"))
}

fn summary(by: &BTreeMap<Uuid, Vec<&Parity>>, name: &dyn Fn(&Uuid) -> String) -> Table {
    let columns = [
        "strategy", "pairs", "no twin", "no trade", "waiting", "bps mean", "bps 95 %", "live",
        "twin", "gap", "fees", "twin's", "funding", "twin's",
    ];
    let mut table = table(&columns, 1);
    for (id, rows) in by {
        let s = ParityStats::of(rows.iter().copied());
        table.add_row([
            name(id),
            s.paired.to_string(),
            s.no_twin.to_string(),
            s.no_trade.to_string(),
            s.waiting.to_string(),
            some(s.slippage_mean_bps, 1),
            some(s.slippage_p95_bps, 1),
            money(s.live_pnl),
            money(s.twin_pnl),
            money(s.live_pnl - s.twin_pnl),
            money(s.fees.0),
            money(s.fees.1),
            money(s.funding.0),
            money(s.funding.1),
        ]);
    }
    table
}

/// Both sides of every pair, the newest first.
fn trades(rows: &[&Parity]) -> Table {
    let columns = [
        "symbol", "side", "what", "", "entered", "left", "why", "entry", "exit", "size", "fees",
        "funding", "result", "in bps", "out bps",
    ];
    let mut table = table(&columns, 7);
    for row in rows {
        let mut line = |of: &str, leg: &ParityLeg, bps: [Option<f64>; 2], head: [String; 3]| {
            let time = |ms: i64| {
                calendar::iso(ms)
                    .get(..16)
                    .unwrap_or_default()
                    .replace('T', " ")
            };
            let [symbol, side, what] = head;
            table.add_row([
                symbol,
                side,
                what,
                of.to_owned(),
                time(leg.entry_time),
                time(leg.exit_time),
                leg.reason.clone(),
                leg.entry_price.normalize().to_string(),
                leg.exit_price.normalize().to_string(),
                leg.size.normalize().to_string(),
                money(leg.fees),
                money(leg.funding),
                money(leg.pnl),
                some(bps[0], 1),
                some(bps[1], 1),
            ]);
        };
        let what = match row.state {
            ParityState::Paired => "pair",
            ParityState::NoTwin => "no twin",
            ParityState::NoTrade => "no trade",
            ParityState::Waiting => "waiting",
        };
        let head = [row.symbol.clone(), row.side.to_string(), what.to_owned()];
        let bps = [row.entry_bps, row.exit_bps];
        let empty = || [const { String::new() }; 3];
        match (&row.live, &row.twin) {
            (Some(live), twin) => {
                line("live", live, bps, head);
                if let Some(twin) = twin {
                    line("twin", twin, [None; 2], empty());
                }
            }
            (None, Some(twin)) => line("twin", twin, [None; 2], head),
            (None, None) => {}
        }
    }
    table
}
