//! Which patterns are worth a strategy, and which of their targets.

use super::{Pattern, Reach};
use sixbtc_core::settings::PatternDiscovery;
use std::collections::BTreeSet;

/// What a tier asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tier {
    /// 1 is the best.
    pub number: u32,
    /// Least edge.
    pub edge: f64,
    /// Least samples in every window.
    pub samples: u64,
    /// Largest deviation of the edge over the windows.
    pub stability: f64,
    /// Least coins.
    pub coins: usize,
}

/// The tiers, best first.
pub const TIERS: [Tier; 3] = [
    Tier {
        number: 1,
        edge: 0.05,
        samples: 500,
        stability: 0.01,
        coins: 20,
    },
    Tier {
        number: 2,
        edge: 0.03,
        samples: 200,
        stability: 0.02,
        coins: 10,
    },
    Tier {
        number: 3,
        edge: 0.02,
        samples: 100,
        stability: 0.03,
        coins: 5,
    },
];

/// Most patterns of a tier.
const OF_A_TIER: usize = 50;

/// The settings' part of the choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Tiers in use with weight and least edge, best first.
    pub tiers: Vec<(Tier, f64)>,
    /// Least edge of a coin.
    pub coin_edge: f64,
    /// Least signals on a coin.
    pub coin_signals: u64,
    /// Least edge of a further target; absent: the best target alone.
    pub expand: Option<f64>,
    /// Most targets of a pattern.
    pub targets: usize,
    /// Coins that there are: no tier asks for more than these.
    pub coins: usize,
}

impl Rules {
    /// By the settings, for so many coins.
    pub fn of(settings: &PatternDiscovery, coins: usize) -> Self {
        let by = |map: &std::collections::BTreeMap<String, f64>, tier: &Tier| {
            map.get(&tier.number.to_string()).copied()
        };
        let tiers = TIERS
            .iter()
            .filter(|t| settings.tiers.enabled.contains(&t.number))
            .map(|t| {
                let edge =
                    by(&settings.tiers.min_edge_override, t).map_or(t.edge, |e| e.max(t.edge));
                let weight = by(&settings.tiers.weights, t).unwrap_or(0.0);
                (Tier { edge, ..*t }, weight)
            })
            .collect();
        Self {
            tiers,
            coin_edge: settings.coin_selection.min_edge,
            coin_signals: u64::from(settings.coin_selection.min_signals),
            expand: settings
                .multi_target
                .enabled
                .then_some(settings.multi_target.min_edge_for_expansion),
            targets: settings.multi_target.max_targets_per_pattern as usize,
            coins,
        }
    }

    /// The tier of a pattern, or why it has none.
    pub fn tier(&self, pattern: &Pattern) -> Verdict {
        let least = pattern.samples.iter().min().copied().unwrap_or(0);
        let mut why = "no tier is in use".to_owned();
        for (tier, weight) in &self.tiers {
            let coins = tier.coins.min(self.coins);
            let problem = if !pattern.edge().is_finite() || pattern.edge() < tier.edge {
                format!("edge {:.4} under {}", pattern.edge(), tier.edge)
            } else if least < tier.samples {
                format!("{least} samples in a window, under {}", tier.samples)
            } else if pattern.stability.is_nan() || pattern.stability >= tier.stability {
                format!(
                    "stability {:.4} not under {}",
                    pattern.stability, tier.stability
                )
            } else if pattern.coins.len() < coins {
                format!("{} coins, under {coins}", pattern.coins.len())
            } else {
                return Verdict::Tier(tier.number, *weight);
            };
            why = problem;
        }
        Verdict::Refused(why)
    }
}

/// Where a pattern stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// In a tier, with its weight.
    Tier(u32, f64),
    /// In none that is in use: why not in the last.
    Refused(String),
}

/// One target of a pattern that is worth a strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The pattern.
    pub pattern: Pattern,
    /// Its tier.
    pub tier: u32,
    /// Edge × weight of the tier.
    pub merit: f64,
    /// The target.
    pub target: Reach,
    /// Coins with enough edge and signals, the best first; empty: all coins.
    pub coins: Vec<String>,
}

/// The targets worth a strategy, the best first: at most fifty patterns of a tier.
pub fn choose(patterns: &[Pattern], rules: &Rules) -> Vec<Chosen> {
    let mut tiers: Vec<(u32, f64, &Pattern)> = patterns
        .iter()
        .filter_map(|p| match rules.tier(p) {
            Verdict::Tier(n, weight) => Some((n, p.edge() * weight, p)),
            Verdict::Refused(_) => None,
        })
        .collect();
    tiers.sort_by(|a, b| {
        (a.0.cmp(&b.0))
            .then(b.1.total_cmp(&a.1))
            .then(a.2.id.cmp(&b.2.id))
    });
    let mut chosen = Vec::new();
    let numbers: BTreeSet<u32> = tiers.iter().map(|t| t.0).collect();
    for number in numbers {
        for (_, merit, pattern) in tiers.iter().filter(|t| t.0 == number).take(OF_A_TIER) {
            for target in targets(pattern, rules) {
                chosen.push(Chosen {
                    pattern: (*pattern).clone(),
                    tier: number,
                    merit: *merit,
                    target,
                    coins: coins(pattern, rules),
                });
            }
        }
    }
    chosen.sort_by(|a, b| b.merit.total_cmp(&a.merit));
    chosen
}

/// The best target, and further ones with enough edge.
fn targets(pattern: &Pattern, rules: &Rules) -> Vec<Reach> {
    let mut all: Vec<Reach> = pattern
        .targets
        .iter()
        .filter(|t| t.magnitude > 0.0 && t.magnitude < 1.0 && t.hold > 0 && t.edge.is_finite())
        .copied()
        .collect();
    all.sort_by(|a, b| b.edge.total_cmp(&a.edge));
    let most = match rules.expand {
        Some(_) => rules.targets,
        None => 1,
    };
    all.into_iter()
        .take(most)
        .enumerate()
        .filter(|(i, t)| *i == 0 || rules.expand.is_some_and(|least| t.edge >= least))
        .map(|(_, t)| t)
        .collect()
}

fn coins(pattern: &Pattern, rules: &Rules) -> Vec<String> {
    let mut good: Vec<_> = pattern
        .coins
        .iter()
        .filter(|c| c.edge >= rules.coin_edge && c.signals >= rules.coin_signals)
        .collect();
    good.sort_by(|a, b| b.edge.total_cmp(&a.edge).then(a.symbol.cmp(&b.symbol)));
    good.into_iter().map(|c| c.symbol.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::OnCoin;
    use sixbtc_abi::Side;

    fn pattern(id: &str, edge: f64, samples: u64, stability: f64, coins: usize) -> Pattern {
        let reach = |magnitude, edge| Reach {
            magnitude,
            hold: 20,
            edge,
        };
        Pattern {
            id: id.into(),
            formula: "close > open".into(),
            sentence: String::new(),
            direction: Side::Long,
            timeframe: "15m".into(),
            samples: vec![samples, samples + 50],
            stability,
            targets: vec![
                reach(0.02, edge - 0.005),
                reach(0.03, edge),
                reach(0.05, 0.01),
            ],
            coins: (0..coins)
                .map(|i| OnCoin {
                    symbol: format!("C{i}"),
                    edge: 0.08 + 0.01 * i as f64,
                    signals: 60,
                })
                .collect(),
            helpers: Vec::new(),
        }
    }

    #[test]
    fn tiers_ask_what_they_are_said_to() {
        let rules = Rules::of(&PatternDiscovery::default(), 200);
        assert_eq!(
            rules.tier(&pattern("a", 0.06, 500, 0.005, 20)),
            Verdict::Tier(1, 1.0)
        );
        assert_eq!(
            rules.tier(&pattern("b", 0.06, 499, 0.005, 20)),
            Verdict::Tier(2, 0.7)
        );
        // the override asks 4 % of the second tier
        let Verdict::Refused(why) = rules.tier(&pattern("c", 0.035, 500, 0.005, 20)) else {
            panic!("let through");
        };
        assert_eq!(why, "edge 0.0350 under 0.04");
        assert!(matches!(
            rules.tier(&pattern("d", f64::NAN, 500, 0.005, 20)),
            Verdict::Refused(_)
        ));
        assert!(matches!(
            rules.tier(&pattern("e", 0.06, 500, f64::NAN, 20)),
            Verdict::Refused(_)
        ));
        // no tier asks for more coins than there are
        let few = Rules::of(&PatternDiscovery::default(), 4);
        assert_eq!(
            few.tier(&pattern("f", 0.06, 500, 0.005, 4)),
            Verdict::Tier(1, 1.0)
        );
    }

    #[test]
    fn targets_and_coins_are_chosen() {
        let rules = Rules::of(&PatternDiscovery::default(), 200);
        let chosen = choose(
            &[
                pattern("a", 0.06, 500, 0.005, 20),
                pattern("b", 0.08, 200, 0.015, 10),
            ],
            &rules,
        );
        // two targets each have 5 %; the tier's weight puts a before b: 0.06 against 0.056
        let seen: Vec<(&str, f64)> = chosen
            .iter()
            .map(|c| (c.pattern.id.as_str(), c.target.magnitude))
            .collect();
        assert_eq!(seen, [("a", 0.03), ("a", 0.02), ("b", 0.03), ("b", 0.02)]);
        assert_eq!(chosen[0].coins.len(), 18, "those of 10 % and more");
        assert_eq!(chosen[0].coins[0], "C19");
    }
}
