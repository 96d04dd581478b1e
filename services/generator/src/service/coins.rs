//! On which coins, and on which sides, strategies are tried.

use crate::source::Regime;
use sixbtc_core::model::{Coin, RegimeRow, Side};
use std::collections::BTreeMap;

/// How coins are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Most coins of a strategy.
    pub most: usize,
    /// Days of candles that a coin must have.
    pub least_days: f64,
    /// Least volume in 24 hours, USD.
    pub least_volume: f64,
}

/// The largest by volume with enough history. When none has enough, by volume alone: the history may not be counted yet.
pub fn largest(coins: &[Coin], rules: Rules) -> Vec<String> {
    let mut active: Vec<&Coin> = coins.iter().filter(|c| c.active).collect();
    active.sort_by(|a, b| {
        b.volume_24h
            .cmp(&a.volume_24h)
            .then_with(|| a.symbol.cmp(&b.symbol))
    });
    let volume = |c: &Coin| c.volume_24h.to_string().parse::<f64>().unwrap_or(0.0);
    let names = |keep: &dyn Fn(&Coin) -> bool| -> Vec<String> {
        active
            .iter()
            .filter(|c| keep(c))
            .take(rules.most)
            .map(|c| c.symbol.clone())
            .collect()
    };
    let long_enough = |c: &Coin| c.coverage_days.is_some_and(|d| d >= rules.least_days);
    let liquid = |c: &Coin| volume(c) >= rules.least_volume;
    for keep in [
        &(|c: &Coin| long_enough(c) && liquid(c)) as &dyn Fn(&Coin) -> bool,
        &liquid,
        &|_| true,
    ] {
        let found = names(keep);
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// What regimes say of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Coins of the group, by volume.
    pub symbols: Vec<String>,
    /// The side to take.
    pub side: Side,
    /// The regime of most of them; absent when they are mixed.
    pub regime: Option<Regime>,
}

/// Groups coins by the direction of their regime and takes the largest group; when there are coins that go both ways, every
/// other turn goes to them. `sides` are those that the source can take. `None` when no coin has a regime that is strong enough.
pub fn by_regime(
    coins: &[String],
    regimes: &[RegimeRow],
    least_strength: f64,
    sides: &[Side],
    turn: u64,
) -> Option<Group> {
    let regime_of: BTreeMap<&str, &RegimeRow> = regimes
        .iter()
        .filter(|r| r.strength >= least_strength)
        .map(|r| (r.symbol.as_str(), r))
        .collect();
    let members = |side: Side| -> Vec<&RegimeRow> {
        coins
            .iter()
            .filter_map(|c| regime_of.get(c.as_str()).copied())
            .filter(|r| side_of(&r.direction) == Some(side))
            .collect()
    };
    let both = members(Side::Both);
    let (side, group) = if !both.is_empty() && sides.contains(&Side::Both) && turn % 2 == 1 {
        (Side::Both, both)
    } else {
        // of groups of one size the first: long before short before both
        let mut best: Option<(Side, Vec<&RegimeRow>)> = None;
        for side in [Side::Long, Side::Short, Side::Both] {
            let group = members(side);
            let larger = best.as_ref().is_none_or(|(_, b)| group.len() > b.len());
            if sides.contains(&side) && !group.is_empty() && larger {
                best = Some((side, group));
            }
        }
        best?
    };
    let count = |word: &str| group.iter().filter(|r| r.regime == word).count();
    let (trend, reversal) = (count("TREND"), count("REVERSAL"));
    let regime = match trend.cmp(&reversal) {
        std::cmp::Ordering::Greater => Some(Regime::Trend),
        std::cmp::Ordering::Less => Some(Regime::Reversal),
        std::cmp::Ordering::Equal => None,
    };
    Some(Group {
        symbols: group.iter().map(|r| r.symbol.clone()).collect(),
        side,
        regime,
    })
}

/// `BOTH` and `BIDI` are the same side.
fn side_of(word: &str) -> Option<Side> {
    match word {
        "BOTH" => Some(Side::Both),
        other => Side::read(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coin(symbol: &str, volume: i64, days: Option<f64>) -> Coin {
        Coin {
            symbol: symbol.into(),
            max_leverage: 10,
            volume_24h: volume.into(),
            price: 1.into(),
            active: true,
            coverage_days: days,
            listed_at: None,
            updated_at: 0,
            data: serde_json::Value::Null,
        }
    }

    fn regime(symbol: &str, regime: &str, direction: &str, strength: f64) -> RegimeRow {
        RegimeRow {
            symbol: symbol.into(),
            regime: regime.into(),
            direction: direction.into(),
            strength,
            days: 90,
            at: 0,
            data: serde_json::Value::Null,
        }
    }

    const RULES: Rules = Rules {
        most: 2,
        least_days: 144.0,
        least_volume: 10.0,
    };

    #[test]
    fn the_largest_with_enough_history_come_first() {
        let mut coins = vec![
            coin("A", 50, Some(200.0)),
            coin("B", 90, Some(143.9)),
            coin("C", 70, Some(144.0)),
            coin("D", 60, Some(900.0)),
            coin("E", 5, Some(900.0)),
        ];
        assert_eq!(largest(&coins, RULES), ["C", "D"]);
        coins[2].active = false;
        assert_eq!(largest(&coins, RULES), ["D", "A"]);
        for c in &mut coins {
            c.coverage_days = None;
        }
        assert_eq!(largest(&coins, RULES), ["B", "D"], "by volume alone");
        assert_eq!(largest(&[coin("E", 5, None)], RULES), ["E"]);
        assert!(largest(&[], RULES).is_empty());
    }

    #[test]
    fn regimes_choose_the_largest_group_and_every_other_turn_both() {
        let coins: Vec<String> = ["A", "B", "C", "D", "E"].map(String::from).to_vec();
        let all = [Side::Long, Side::Short, Side::Both];
        let regimes = [
            regime("A", "TREND", "SHORT", 0.9),
            regime("B", "REVERSAL", "SHORT", 0.6),
            regime("C", "TREND", "SHORT", 0.5),
            regime("D", "REVERSAL", "BOTH", 0.7),
            regime("E", "TREND", "LONG", 0.4),
        ];
        let group = by_regime(&coins, &regimes, 0.5, &all, 0).unwrap();
        assert_eq!(group.symbols, ["A", "B", "C"]);
        assert_eq!(
            (group.side, group.regime),
            (Side::Short, Some(Regime::Trend))
        );
        let group = by_regime(&coins, &regimes, 0.5, &all, 1).unwrap();
        assert_eq!(group.symbols, ["D"]);
        assert_eq!(
            (group.side, group.regime),
            (Side::Both, Some(Regime::Reversal))
        );
        let one_sided = [Side::Long, Side::Short];
        assert_eq!(
            by_regime(&coins, &regimes, 0.5, &one_sided, 1)
                .unwrap()
                .side,
            Side::Short
        );
        assert_eq!(by_regime(&coins, &regimes, 0.95, &all, 0), None);
        assert_eq!(by_regime(&coins, &[], 0.5, &all, 0), None);
    }
}
