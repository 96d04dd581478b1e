//! Who gets the next turn: sources by what they yield for a second of work.
//!
//! A source's yield is what it gave and the store took as new, for a second; older outcomes fade, so that a source that is
//! used up loses its turns. Every source keeps a share, so that one that becomes good is found out.

use serde::{Deserialize, Serialize};
use sixbtc_core::model::SourceName;
use std::collections::BTreeMap;

/// What is known of the sources. Small enough to stand in one row of the store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bandit {
    /// By source.
    #[serde(default)]
    pub arms: BTreeMap<SourceName, Arm>,
}

/// A source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Turns it had.
    pub turns: u64,
    /// Drafts it drew, ever.
    pub drawn: u64,
    /// Strategies it gave, ever.
    pub accepted: u64,
    /// Strategies it gave, old ones faded.
    pub recent_accepted: f64,
    /// Seconds it worked, old ones faded.
    pub recent_seconds: f64,
}

impl Arm {
    /// Strategies for a second of work; none before its first turn.
    pub fn rate(&self) -> Option<f64> {
        (self.recent_seconds > 0.0).then(|| self.recent_accepted / self.recent_seconds)
    }
}

/// Seconds of work at the mean rate that every source starts with: one turn of bad luck is not the end of it.
const TRUST: f64 = 2.0;

impl Bandit {
    /// Shares of the turns, in the order of `sources`; they add up to 1. `floor` is the least share of each.
    pub fn shares(&self, sources: &[SourceName], floor: f64) -> Vec<f64> {
        let many = sources.len() as f64;
        if sources.is_empty() {
            return Vec::new();
        }
        let known: Vec<f64> = sources
            .iter()
            .filter_map(|s| self.arms.get(s)?.rate())
            .collect();
        let mean = if known.is_empty() {
            1.0
        } else {
            known.iter().sum::<f64>() / known.len() as f64
        };
        let rates: Vec<f64> = sources
            .iter()
            .map(|s| {
                let arm = self.arms.get(s).copied().unwrap_or_default();
                (arm.recent_accepted + TRUST * mean) / (arm.recent_seconds + TRUST)
            })
            .collect();
        let total: f64 = rates.iter().sum();
        let floor = floor.clamp(0.0, 1.0 / many);
        rates
            .iter()
            .map(|rate| {
                let share = if total > 0.0 {
                    rate / total
                } else {
                    1.0 / many
                };
                floor + (1.0 - many * floor) * share
            })
            .collect()
    }

    /// Who is farthest behind its share: with it everyone's turns follow the shares as closely as whole turns can, without
    /// chance, as stride scheduling does (Waldspurger 1995).
    pub fn next(&self, sources: &[SourceName], floor: f64) -> Option<SourceName> {
        let shares = self.shares(sources, floor);
        let turns = |s: &SourceName| self.arms.get(s).map_or(0, |a| a.turns) as f64;
        let all: f64 = sources.iter().map(turns).sum();
        sources
            .iter()
            .zip(&shares)
            .map(|(s, share)| (*s, share * (all + 1.0) - turns(s)))
            .fold(
                None,
                |best: Option<(SourceName, f64)>, (s, behind)| match best {
                    Some((_, most)) if most >= behind => best,
                    _ => Some((s, behind)),
                },
            )
            .map(|(s, _)| s)
    }

    /// Gives a turn away.
    pub fn begin(&mut self, source: SourceName) -> u64 {
        let arm = self.arms.entry(source).or_default();
        arm.turns += 1;
        arm.turns - 1
    }

    /// Notes what came of a turn. Turns that lie `half_life` turns back count half.
    pub fn note(
        &mut self,
        source: SourceName,
        (drawn, accepted): (u64, u64),
        seconds: f64,
        half_life: f64,
    ) {
        let fade = 0.5f64.powf(1.0 / half_life.max(1.0));
        for arm in self.arms.values_mut() {
            arm.recent_accepted *= fade;
            arm.recent_seconds *= fade;
        }
        let arm = self.arms.entry(source).or_default();
        arm.drawn += drawn;
        arm.accepted += accepted;
        arm.recent_accepted += accepted as f64;
        arm.recent_seconds += seconds.max(1e-6);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SourceName::{PandasTa, PatternGen, Unger};

    const ALL: [SourceName; 3] = [PatternGen, Unger, PandasTa];

    fn played(turns: u64, rate: impl Fn(SourceName) -> u64) -> Bandit {
        let mut bandit = Bandit::default();
        for _ in 0..turns {
            let source = bandit.next(&ALL, 0.1).unwrap();
            bandit.begin(source);
            bandit.note(source, (10, rate(source)), 1.0, 500.0);
        }
        bandit
    }

    #[test]
    fn without_knowledge_all_get_the_same() {
        let bandit = Bandit::default();
        for share in bandit.shares(&ALL, 0.1) {
            assert!((share - 1.0 / 3.0).abs() < 1e-12);
        }
        let mut counts = BTreeMap::new();
        let mut bandit = Bandit::default();
        for _ in 0..30 {
            let source = bandit.next(&ALL, 0.1).unwrap();
            bandit.begin(source);
            *counts.entry(source).or_insert(0) += 1;
        }
        assert!(counts.values().all(|n| *n == 10), "{counts:?}");
    }

    #[test]
    fn turns_follow_the_yield_and_nobody_starves() {
        let bandit = played(1_000, |s| if s == Unger { 8 } else { 0 });
        let share = |s| bandit.arms[&s].turns as f64 / 1_000.0;
        assert!(share(Unger) > 0.7, "{}", share(Unger));
        assert!(share(PatternGen) >= 0.1 && share(PandasTa) >= 0.1);
    }

    #[test]
    fn what_is_used_up_loses_its_turns() {
        let mut bandit = played(500, |s| if s == Unger { 8 } else { 2 });
        let before = bandit.shares(&ALL, 0.1)[1];
        for _ in 0..6_000 {
            let source = bandit.next(&ALL, 0.1).unwrap();
            bandit.begin(source);
            bandit.note(
                source,
                (10, if source == Unger { 0 } else { 2 }),
                1.0,
                500.0,
            );
        }
        let after = bandit.shares(&ALL, 0.1)[1];
        assert!(before > 0.5 && after < 0.2, "{before} {after}");
    }

    #[test]
    fn shares_add_up_and_a_large_floor_makes_them_equal() {
        let bandit = played(100, |s| if s == Unger { 8 } else { 1 });
        for floor in [0.0, 0.1, 0.3, 0.9] {
            let sum: f64 = bandit.shares(&ALL, floor).iter().sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
        for share in bandit.shares(&ALL, 0.9) {
            assert!((share - 1.0 / 3.0).abs() < 1e-12);
        }
        assert_eq!(bandit.next(&[], 0.1), None);
        let text = serde_json::to_string(&bandit).unwrap();
        assert_eq!(serde_json::from_str::<Bandit>(&text).unwrap(), bandit);
    }
}
