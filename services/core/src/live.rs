//! What services tell each other about a strategy that trades, in the store's `control`.
//!
//! A *deployment* is everything from which the trades of a live strategy follow: where its bars begin, with how much capital it
//! began, what was assumed about costs, when entries were halted. The executor writes it once, before the first trade, and
//! from then on only adds to it; so whoever takes over makes the same trades. The monitor asks for a strategy's end by a *close
//! request*, and retires it when the executor has answered that it is flat.

use crate::model::Millis;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_market::SymbolSpec;
use std::path::Path;
use uuid::Uuid;

/// A stretch of market time: decisions at closes from `from` on, before `until`, open nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// The first close that is halted.
    pub from: Millis,
    /// The first close that is free again; absent while the halt lasts.
    pub until: Option<Millis>,
    /// Which stop it was, for people.
    pub why: String,
}

impl Halt {
    /// Whether a decision at this close opens nothing.
    pub fn covers(&self, close: Millis) -> bool {
        close >= self.from && self.until.is_none_or(|until| close < until)
    }
}

/// A symbol as it was when the strategy went live: what would change a run over the same bars is fixed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeployedSymbol {
    /// Its name.
    pub symbol: String,
    /// Ticks a unit of price, a power of ten.
    pub price_scale: f64,
    /// Largest leverage.
    pub max_leverage: f64,
    /// Smallest notional of an order.
    pub min_notional: f64,
}

impl DeployedSymbol {
    /// The trading rules.
    pub fn spec(&self) -> SymbolSpec {
        SymbolSpec {
            max_leverage: self.max_leverage,
            min_notional: self.min_notional,
            ..SymbolSpec::new(self.symbol.clone(), 1.0 / self.price_scale)
        }
    }
}

/// What a live strategy's trades follow from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Which strategy.
    pub strategy: Uuid,
    /// Its subaccount.
    pub subaccount: i64,
    /// Counts the stretches between forced closes, from 1: each begins flat with what is left of the capital.
    pub segment: u32,
    /// Market time of the first decision.
    pub from: Millis,
    /// When the first segment began.
    pub live_since: Millis,
    /// Capital at `from`.
    pub capital: Decimal,
    /// Open of the first bar that is read: the anchor of all that has a memory.
    pub anchor: Millis,
    /// Symbols by rank.
    pub symbols: Vec<DeployedSymbol>,
    /// What is assumed about money, costs and fills, as the engine has it.
    pub run: serde_json::Value,
    /// Times without entries.
    pub halts: Vec<Halt>,
    /// End of the last bar whose fills are done: what is dated before it was done, or was missed.
    pub processed: Millis,
    /// The end of the segment, once one is asked for: nothing is decided after it, and what is open is closed.
    pub closing: Option<Closing>,
    /// Whether the end has come: nothing is open.
    pub flat: bool,
}

/// The end of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Decisions at closes from here on are not carried out.
    pub after: Millis,
    /// Market time at which it was asked for: what is open fills at the first open from here on.
    pub at: Millis,
    /// As a word: `live_degraded`, `force_close` …
    pub reason: String,
    /// Whether the strategy may go on afterwards, with a new segment: after a forced close, not after retirement.
    pub resumes: bool,
}

/// Asks that a strategy be closed for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloseRequest {
    /// Market time.
    pub at: Millis,
    /// The word that the strategy keeps.
    pub reason: String,
    /// Why, for the event: figures and thresholds.
    pub data: serde_json::Value,
}

/// Where an executor with live prices says up to when it knows the market: market time of the newest price of the symbols that
/// trade, as a [`Fresh`]. Without it the age of the market is told by the candles.
pub const FRESH_KEY: &str = "live/fresh";

/// Up to when the market is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fresh {
    /// Market time.
    pub at: Millis,
}

/// Name of the file in the data directory that stops all entries, whatever else still works.
pub const KILL_FILE: &str = "KILL";

/// What stands in the kill file, if there is one: its first line, or that there is no reason. A file that is there but cannot be
/// read stops all the same.
pub fn kill_file(data: &Path) -> Option<String> {
    let path = data.join(KILL_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let line = text.lines().next().unwrap_or("").trim();
            let line: String = line.chars().take(200).collect();
            Some(if line.is_empty() {
                "no reason is given".into()
            } else {
                line
            })
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => Some(format!("it cannot be read: {e}")),
    }
}

/// Where the deployment of a strategy lies. `since` is [`crate::model::Trading::live_since`]: a strategy that returns to the
/// market begins anew.
pub fn deployment_key(strategy: Uuid, since: Millis) -> String {
    format!("live/{strategy}/{since}/deployment")
}

/// Where lies what the replay of a strategy's live bars found: how many were compared, how many differed, the last that did.
pub fn replay_key(strategy: Uuid, since: Millis) -> String {
    format!("live/{strategy}/{since}/replay")
}

/// Where the request to close a strategy lies.
pub fn close_key(strategy: Uuid, since: Millis) -> String {
    format!("live/{strategy}/{since}/close")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kill_file_stops_whatever_stands_in_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(kill_file(dir.path()), None);
        assert_eq!(kill_file(&dir.path().join("nothing")), None);
        let file = dir.path().join(KILL_FILE);
        std::fs::write(&file, "").unwrap();
        assert_eq!(kill_file(dir.path()).unwrap(), "no reason is given");
        std::fs::write(&file, " fire in the house \nsecond").unwrap();
        assert_eq!(kill_file(dir.path()).unwrap(), "fire in the house");
        std::fs::write(&file, [0xff, 0xfe]).unwrap();
        assert!(
            kill_file(dir.path())
                .unwrap()
                .starts_with("it cannot be read")
        );
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(kill_file(dir.path()).is_some());
    }
}
