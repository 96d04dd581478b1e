//! What is to be done so that account and store hold what the ledger says.

use crate::ledger::{Ledger, Lot, Part};
use sixbtc_core::live::Deployment;
use sixbtc_core::model::{Millis, TradeRow};
use std::collections::HashMap;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step<'a> {
    /// Open a trade.
    Enter(&'a Lot),
    /// Close a part of a trade; the last one ends the trade.
    Exit {
        /// Which trade.
        lot: &'a Lot,
        /// Which part.
        part: &'a Part,
        /// Whether the trade is closed by it.
        last: bool,
    },
    /// Close what is open of a trade at market: its strategy ends, or the bars were rewritten and it should not be there.
    Close {
        /// The trade.
        row: &'a TradeRow,
        /// As a word.
        reason: &'a str,
    },
}

/// What is to be done, and what cannot be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Steps<'a> {
    /// In the order of time.
    pub steps: Vec<Step<'a>>,
    /// Trades that begin before what is processed but are in no store: candles came late, and the past is not traded.
    pub missed: Vec<&'a Lot>,
}

/// The reason of a trade that no run over the bars shows any more.
pub const REWRITTEN: &str = "history_rewritten";

/// Compares the ledger with the trades of this deployment as they stand in the store.
pub fn steps<'a>(
    ledger: &'a Ledger,
    deployment: &'a Deployment,
    rows: &'a [TradeRow],
) -> Steps<'a> {
    let stored: HashMap<&str, &TradeRow> = rows
        .iter()
        .map(|row| (row.entry.position_id.as_str(), row))
        .collect();
    // when, exits of what was open first, and an exit never before its own entry
    let mut timed: Vec<((Millis, u8), Step<'a>)> = Vec::new();
    let mut missed = Vec::new();
    for lot in &ledger.lots {
        let row = stored.get(lot.position.to_string().as_str()).copied();
        match row {
            Some(row) if row.exit.is_some() => continue,
            Some(_) => {}
            None if lot.at < deployment.processed => {
                missed.push(lot);
                continue;
            }
            None => timed.push(((lot.at, 1), Step::Enter(lot))),
        }
        let parts = lot.parts.len();
        for (i, part) in lot.parts.iter().enumerate() {
            let last = i + 1 == parts && lot.open.is_zero();
            // a partial exit of long ago is done; the end of a trade that is still open is not, whenever it was
            if !last && part.at < deployment.processed {
                continue;
            }
            let order = if part.at > lot.at { 0 } else { 2 };
            timed.push(((part.at, order), Step::Exit { lot, part, last }));
        }
    }
    let known: HashMap<String, &Lot> = ledger
        .lots
        .iter()
        .map(|lot| (lot.position.to_string(), lot))
        .collect();
    for row in rows.iter().filter(|row| row.exit.is_none()) {
        let lot = known.get(&row.entry.position_id);
        let reason = match (&deployment.closing, lot) {
            (_, None) => Some(REWRITTEN),
            (Some(closing), Some(lot)) if !lot.open.is_zero() => Some(closing.reason.as_str()),
            _ => None,
        };
        if let Some(reason) = reason {
            timed.push(((Millis::MAX, 3), Step::Close { row, reason }));
        }
    }
    timed.sort_by_key(|(time, _)| *time);
    Steps {
        steps: timed.into_iter().map(|(_, step)| step).collect(),
        missed,
    }
}
