//! Which coins are traded, and how the list changes.
//!
//! A coin must be a perpetual on Hyperliquid, where orders go, and on Binance, whose candles go further back. The prices of the
//! two are compared, so that a wrong name is found out before its candles are used.

use crate::symbols::binance_markets;
use crate::{ExchangeError, Listing, Millis};
use serde::{Deserialize, Serialize};
use sixbtc_market::store::Entry;
use sixbtc_market::timeframe::DAY;
use std::collections::{BTreeMap, BTreeSet};

/// A coin that may be traded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its name, as Hyperliquid has it.
    pub coin: String,
    /// The market whose candles are used.
    pub market: String,
    /// Largest leverage at Hyperliquid.
    pub max_leverage: f64,
    /// Notional of 24 hours at Hyperliquid, USD.
    pub volume_usd: f64,
    /// Mark price at Hyperliquid.
    pub price: f64,
    /// Since when that market is listed.
    pub listed: Option<Millis>,
    /// Smallest step of the size at Hyperliquid.
    pub lot: Option<f64>,
    /// Smallest order at Hyperliquid, USD.
    pub min_notional: Option<f64>,
}

/// Which coins are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The largest by volume, so many.
    pub top: usize,
    /// Least volume of 24 hours, USD.
    pub min_volume_usd: f64,
    /// How far the two prices may be apart, as a fraction: a wrong mapping is off by far more than any basis.
    pub price_tolerance: f64,
}

impl Default for Rules {
    /// The 200 largest, of any volume, with prices within a tenth.
    fn default() -> Self {
        Self {
            top: 200,
            min_volume_usd: 0.0,
            price_tolerance: 0.1,
        }
    }
}

/// Why a coin of Hyperliquid is not among the chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// Not traded at Hyperliquid any more.
    Delisted,
    /// Binance has no such perpetual.
    NotOnBinance,
    /// Under its name Binance trades something of another price.
    OtherPrice,
    /// Too little volume.
    TooSmall,
    /// There are enough larger ones.
    BeyondTop,
}

/// The coins of today.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// By volume, the largest first; of equal volume by name.
    pub chosen: Vec<Candidate>,
    /// The others, and why.
    pub left_out: BTreeMap<String, LeftOut>,
}

/// Chooses.
pub fn choose(hyperliquid: &[Listing], binance: &[Listing], rules: &Rules) -> Choice {
    let markets: BTreeMap<&str, &Listing> = binance
        .iter()
        .filter(|l| l.trading)
        .map(|l| (l.market.as_str(), l))
        .collect();
    let mut choice = Choice::default();
    for here in hyperliquid {
        match candidate(here, &markets, rules) {
            Ok(candidate) => choice.chosen.push(candidate),
            Err(why) => {
                choice.left_out.insert(here.market.clone(), why);
            }
        }
    }
    largest(choice, rules)
}

/// Chooses where candles come from Hyperliquid too: then Binance need not list the coin.
pub fn choose_here(hyperliquid: &[Listing], rules: &Rules) -> Choice {
    let mut choice = Choice::default();
    for here in hyperliquid {
        if !here.trading {
            choice
                .left_out
                .insert(here.market.clone(), LeftOut::Delisted);
        } else if here.volume_usd < rules.min_volume_usd {
            choice
                .left_out
                .insert(here.market.clone(), LeftOut::TooSmall);
        } else {
            choice.chosen.push(described(here, here));
        }
    }
    largest(choice, rules)
}

/// The largest of a choice, in order.
fn largest(mut choice: Choice, rules: &Rules) -> Choice {
    let by_volume = |a: &Candidate, b: &Candidate| {
        b.volume_usd
            .total_cmp(&a.volume_usd)
            .then_with(|| a.coin.cmp(&b.coin))
    };
    choice.chosen.sort_by(by_volume);
    choice.chosen.dedup_by(|a, b| a.coin == b.coin);
    let beyond = choice.chosen.split_off(rules.top.min(choice.chosen.len()));
    for candidate in beyond {
        choice.left_out.insert(candidate.coin, LeftOut::BeyondTop);
    }
    choice
}

fn candidate(
    here: &Listing,
    markets: &BTreeMap<&str, &Listing>,
    rules: &Rules,
) -> Result<Candidate, LeftOut> {
    if !here.trading {
        return Err(LeftOut::Delisted);
    }
    let there: Vec<&&Listing> = binance_markets(&here.market)
        .iter()
        .filter_map(|market| markets.get(market.as_str()))
        .collect();
    if there.is_empty() {
        return Err(LeftOut::NotOnBinance);
    }
    let near = |there: &&&&Listing| (there.price / here.price - 1.0).abs() <= rules.price_tolerance;
    let there = there.iter().find(near).ok_or(LeftOut::OtherPrice)?;
    if here.volume_usd < rules.min_volume_usd {
        return Err(LeftOut::TooSmall);
    }
    Ok(described(here, there))
}

/// A coin by what is said of it where it is traded, and where its candles come from.
fn described(here: &Listing, there: &Listing) -> Candidate {
    Candidate {
        coin: here.market.clone(),
        market: there.market.clone(),
        max_leverage: here.max_leverage.unwrap_or(1.0),
        volume_usd: here.volume_usd,
        price: here.price,
        listed: there.listed,
        lot: here.lot,
        min_notional: here.min_notional,
    }
}

/// How the registry changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Coins never seen before.
    pub added: Vec<String>,
    /// Coins that were inactive and are back.
    pub back: Vec<String>,
    /// Coins that stay, with today's figures.
    pub updated: Vec<String>,
    /// Coins that are no longer chosen: inactive from now on, never deleted, because results were made with them.
    pub deactivated: Vec<String>,
    /// The ten largest.
    pub largest: Vec<String>,
}

/// Plans the change from what is known, as (coin, active), to what is chosen. A list that lost more than half of the active
/// coins at once is a broken answer and not believed.
pub fn plan(known: &[(String, bool)], choice: &Choice) -> Result<Plan, ExchangeError> {
    let active = known.iter().filter(|(_, active)| *active).count();
    if choice.chosen.is_empty() || choice.chosen.len() * 2 < active {
        return Err(ExchangeError::Shrunk {
            chosen: choice.chosen.len(),
            active,
        });
    }
    let before: BTreeMap<&str, bool> = known.iter().map(|(c, a)| (c.as_str(), *a)).collect();
    let mut plan = Plan::default();
    for candidate in &choice.chosen {
        let coin = candidate.coin.clone();
        match before.get(candidate.coin.as_str()) {
            None => plan.added.push(coin),
            Some(false) => plan.back.push(coin),
            Some(true) => plan.updated.push(coin),
        }
    }
    let chosen: BTreeSet<&str> = choice.chosen.iter().map(|c| c.coin.as_str()).collect();
    let gone = before
        .iter()
        .filter(|(coin, active)| **active && !chosen.contains(*coin));
    plan.deactivated = gone.map(|(coin, _)| (*coin).to_owned()).collect();
    plan.largest = choice
        .chosen
        .iter()
        .take(10)
        .map(|c| c.coin.clone())
        .collect();
    Ok(plan)
}

/// Days of history that a series covers, holes not counted.
pub fn coverage_days(entry: &Entry, timeframe_ms: i64) -> f64 {
    entry.rows as f64 * timeframe_ms as f64 / DAY as f64
}

/// Whether a test over so many coins, chosen today, flatters itself: a sentence for the report, `None` when it does not.
///
/// Coins that died are not in today's list, so a test on the past sees only those that lived.
pub fn survivorship(
    chosen: &[Candidate],
    tested_from: Millis,
    chosen_at: Millis,
) -> Option<String> {
    let days = (chosen_at - tested_from) / DAY;
    if chosen.is_empty() || days <= 0 {
        return None;
    }
    let later = chosen
        .iter()
        .filter(|c| c.listed.is_some_and(|listed| listed > tested_from))
        .count();
    Some(format!(
        "the {} coins were chosen by their volume of today and tested from {days} days back: coins that were delisted since are \
         not among them, and {later} were not listed yet; results flatter",
        chosen.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(market: &str, volume_usd: f64, price: f64) -> Listing {
        Listing {
            market: market.into(),
            trading: true,
            listed: Some(DAY),
            max_leverage: Some(20.0),
            volume_usd,
            price,
            tick: None,
            lot: Some(0.1),
            min_notional: Some(10.0),
        }
    }

    fn names(choice: &Choice) -> Vec<&str> {
        choice.chosen.iter().map(|c| c.coin.as_str()).collect()
    }

    #[test]
    fn a_coin_must_trade_on_both_at_one_price() {
        let mut dead = listing("LUNA", 1e9, 1.0);
        dead.trading = false;
        let here = [
            listing("ETH", 5e6, 3000.0),
            listing("kPEPE", 2e6, 0.01),
            dead,
            listing("PURR", 1e6, 0.2),
            listing("AI", 1e6, 5.0),
            listing("BTC", 9e6, 100_000.0),
            listing("POL", 3e5, 0.2),
            listing("TINY", 10.0, 1.0),
        ];
        let there = [
            listing("BTCUSDT", 1.0, 100_100.0),
            listing("ETHUSDT", 1.0, 2999.0),
            listing("1000PEPEUSDT", 1.0, 0.01),
            listing("AIUSDT", 1.0, 0.5),
            listing("MATICUSDT", 1.0, 0.2),
            listing("TINYUSDT", 1.0, 1.0),
        ];
        let rules = Rules {
            min_volume_usd: 1000.0,
            ..Rules::default()
        };
        let choice = choose(&here, &there, &rules);
        assert_eq!(names(&choice), ["BTC", "ETH", "kPEPE", "POL"]);
        assert_eq!(choice.chosen[3].market, "MATICUSDT");
        assert_eq!(choice.left_out["LUNA"], LeftOut::Delisted);
        assert_eq!(choice.left_out["PURR"], LeftOut::NotOnBinance);
        assert_eq!(choice.left_out["AI"], LeftOut::OtherPrice);
        assert_eq!(choice.left_out["TINY"], LeftOut::TooSmall);
        let alone = choose_here(&here, &rules);
        assert_eq!(names(&alone), ["BTC", "ETH", "kPEPE", "AI", "PURR", "POL"]);
        assert_eq!(alone.chosen[2].market, "kPEPE");
        let top = choose(&here, &there, &Rules { top: 2, ..rules });
        assert_eq!(names(&top), ["BTC", "ETH"]);
        assert_eq!(top.left_out["kPEPE"], LeftOut::BeyondTop);
    }

    #[test]
    fn coins_come_go_and_come_back() {
        let here = [
            listing("BTC", 3.0, 1.0),
            listing("ETH", 2.0, 1.0),
            listing("SOL", 1.0, 1.0),
        ];
        let there = [
            listing("BTCUSDT", 1.0, 1.0),
            listing("ETHUSDT", 1.0, 1.0),
            listing("SOLUSDT", 1.0, 1.0),
        ];
        let choice = choose(&here, &there, &Rules::default());
        let known = |list: &[(&str, bool)]| -> Vec<(String, bool)> {
            list.iter().map(|(c, a)| ((*c).to_owned(), *a)).collect()
        };
        let plan_ = plan(
            &known(&[
                ("BTC", true),
                ("ETH", false),
                ("OLD", true),
                ("DEAD", false),
            ]),
            &choice,
        )
        .unwrap();
        assert_eq!(plan_.added, ["SOL"]);
        assert_eq!(plan_.back, ["ETH"]);
        assert_eq!(plan_.updated, ["BTC"]);
        assert_eq!(plan_.deactivated, ["OLD"]);
        assert_eq!(plan_.largest, ["BTC", "ETH", "SOL"]);
    }

    #[test]
    fn an_empty_or_halved_list_changes_nothing() {
        let known: Vec<(String, bool)> = (0..10).map(|i| (format!("C{i}"), true)).collect();
        let shrunk = plan(&known, &Choice::default()).unwrap_err();
        assert!(matches!(
            shrunk,
            ExchangeError::Shrunk {
                chosen: 0,
                active: 10
            }
        ));
        let one = choose(
            &[listing("BTC", 1.0, 1.0)],
            &[listing("BTCUSDT", 1.0, 1.0)],
            &Rules::default(),
        );
        assert!(plan(&known, &one).is_err());
        assert!(plan(&known[..2], &one).is_ok());
        assert!(plan(&[], &Choice::default()).is_err());
    }

    #[test]
    fn hindsight_is_said() {
        let choice = choose(
            &[listing("BTC", 1.0, 1.0)],
            &[listing("BTCUSDT", 1.0, 1.0)],
            &Rules::default(),
        );
        let said = survivorship(&choice.chosen, 0, 180 * DAY).unwrap();
        assert!(
            said.contains("180 days") && said.contains("1 were not listed"),
            "{said}"
        );
        assert_eq!(survivorship(&choice.chosen, 5, 5), None);
        assert_eq!(survivorship(&[], 0, DAY), None);
    }
}
