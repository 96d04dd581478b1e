//! Which strategies of the pool trade: the best that are unlike each other.

use serde::{Deserialize, Serialize};
use sixbtc_core::model::{Side, StrategyType};
use uuid::Uuid;

/// In what strategies that trade shall differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// What it lives on.
    pub kind: StrategyType,
    /// Its clock, such as `15m`.
    pub timeframe: String,
    /// Which sides it takes; both is a direction of its own.
    pub side: Side,
}

/// How many strategies that trade may share a trait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// The same type. Default 3.
    pub per_type: usize,
    /// The same timeframe. Default 3.
    pub per_timeframe: usize,
    /// The same direction. Default 5.
    pub per_direction: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            per_type: 3,
            per_timeframe: 3,
            per_direction: 5,
        }
    }
}

/// A strategy of the pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Traits.
    pub traits: Traits,
    /// Score of its test, 0 to 100; what was never scored comes last.
    pub score: Option<f64>,
}

/// Which caps hold. Rounds follow each other while places remain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Round {
    /// All.
    Strict,
    /// Type and timeframe.
    AnyDirection,
    /// Type.
    AnyDirectionAndTimeframe,
    /// None.
    Any,
}

impl Round {
    /// All, in their order.
    pub const ALL: [Self; 4] = [
        Self::Strict,
        Self::AnyDirection,
        Self::AnyDirectionAndTimeframe,
        Self::Any,
    ];
}

/// Why a candidate does not trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Reason {
    /// Enough of its type trade already.
    Type {
        /// So many.
        trading: usize,
        /// So many may.
        cap: usize,
    },
    /// Enough on its timeframe trade already.
    Timeframe {
        /// So many.
        trading: usize,
        /// So many may.
        cap: usize,
    },
    /// Enough in its direction trade already.
    Direction {
        /// So many.
        trading: usize,
        /// So many may.
        cap: usize,
    },
    /// The places were taken by better ones.
    NoPlace,
}

/// A candidate that is to trade.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Which, as an index into the candidates.
    pub candidate: usize,
    /// In which round it was taken.
    pub round: Round,
}

/// The outcome of a choice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choice {
    /// Who is to trade, in the order of being taken.
    pub chosen: Vec<Chosen>,
    /// Everybody else, best first, with the reason of the last round in which each was looked at.
    pub passed_over: Vec<(usize, Reason)>,
}

/// Fills `places` with the best candidates beside those that trade already.
///
/// Candidates are taken by score (at equal scores by identity, so that the order in which rows are read does not matter) as
/// long as the caps hold. Whoever was passed over is looked at again in the next, looser round while places remain.
pub fn choose(trading: &[Traits], candidates: &[Candidate], places: usize, caps: &Caps) -> Choice {
    let score = |c: &Candidate| c.score.filter(|s| s.is_finite()).unwrap_or(f64::MIN);
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&candidates[a], &candidates[b]);
        score(b).total_cmp(&score(a)).then(a.id.cmp(&b.id))
    });
    let mut taken: Vec<&Traits> = trading.iter().collect();
    let mut waiting: Vec<(usize, Reason)> =
        order.into_iter().map(|i| (i, Reason::NoPlace)).collect();
    let mut chosen = Vec::new();
    for round in Round::ALL {
        if chosen.len() >= places {
            break;
        }
        let mut left = Vec::with_capacity(waiting.len());
        for (index, before) in waiting {
            let traits = &candidates[index].traits;
            if chosen.len() >= places {
                // what kept it out while there were places is the truer reason
                left.push((index, before));
                continue;
            }
            match broken(&taken, traits, round, caps) {
                Some(reason) => left.push((index, reason)),
                None => {
                    taken.push(traits);
                    chosen.push(Chosen {
                        candidate: index,
                        round,
                    });
                }
            }
        }
        waiting = left;
    }
    Choice {
        chosen,
        passed_over: waiting,
    }
}

/// The first cap of a round that one more would break.
fn broken(taken: &[&Traits], new: &Traits, round: Round, caps: &Caps) -> Option<Reason> {
    let count = |same: &dyn Fn(&Traits) -> bool| taken.iter().filter(|t| same(t)).count();
    if round < Round::Any {
        let trading = count(&|t| t.kind == new.kind);
        if trading >= caps.per_type {
            let cap = caps.per_type;
            return Some(Reason::Type { trading, cap });
        }
    }
    if round < Round::AnyDirectionAndTimeframe {
        let trading = count(&|t| t.timeframe == new.timeframe);
        if trading >= caps.per_timeframe {
            let cap = caps.per_timeframe;
            return Some(Reason::Timeframe { trading, cap });
        }
    }
    if round < Round::AnyDirection {
        let trading = count(&|t| t.side == new.side);
        if trading >= caps.per_direction {
            let cap = caps.per_direction;
            return Some(Reason::Direction { trading, cap });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(
        n: u128,
        score: f64,
        kind: StrategyType,
        timeframe: &str,
        side: Side,
    ) -> Candidate {
        Candidate {
            id: Uuid::from_u128(n),
            name: format!("S{n}"),
            traits: Traits {
                kind,
                timeframe: timeframe.into(),
                side,
            },
            score: Some(score),
        }
    }

    fn taken(choice: &Choice) -> Vec<(usize, Round)> {
        choice
            .chosen
            .iter()
            .map(|c| (c.candidate, c.round))
            .collect()
    }

    #[test]
    fn the_best_are_taken_whatever_the_order_of_the_rows() {
        use StrategyType::{Momentum, Reversal, Trend};
        let rows = [
            candidate(1, 41.0, Trend, "1h", Side::Long),
            candidate(2, 60.0, Momentum, "15m", Side::Short),
            candidate(3, 50.0, Reversal, "30m", Side::Both),
        ];
        let choice = choose(&[], &rows, 2, &Caps::default());
        assert_eq!(taken(&choice), [(1, Round::Strict), (2, Round::Strict)]);
        assert_eq!(choice.passed_over, [(0, Reason::NoPlace)]);
    }

    #[test]
    fn rounds_relax_one_cap_after_the_other() {
        use StrategyType::{Candle, Momentum, Reversal, Trend, Volatility};
        let caps = Caps {
            per_type: 1,
            per_timeframe: 1,
            per_direction: 1,
        };
        let rows = [
            candidate(1, 90.0, Trend, "1h", Side::Long),
            candidate(2, 80.0, Momentum, "15m", Side::Long), // direction
            candidate(3, 70.0, Reversal, "1h", Side::Short), // timeframe
            candidate(4, 60.0, Trend, "2h", Side::Both),     // type
            candidate(5, 50.0, Volatility, "30m", Side::Both),
            candidate(6, 40.0, Candle, "15m", Side::Both),
        ];
        let all = choose(&[], &rows, 6, &caps);
        assert_eq!(
            taken(&all),
            [
                (0, Round::Strict),
                (4, Round::Strict),
                (1, Round::AnyDirection),
                (2, Round::AnyDirectionAndTimeframe),
                (5, Round::AnyDirectionAndTimeframe),
                (3, Round::Any),
            ]
        );
        let some = choose(&[], &rows, 4, &caps);
        assert_eq!(
            some.passed_over,
            [
                (3, Reason::Type { trading: 1, cap: 1 }),
                (5, Reason::Timeframe { trading: 1, cap: 1 }),
            ]
        );
    }

    #[test]
    fn those_that_trade_already_count() {
        let trading = vec![
            Traits {
                kind: StrategyType::Trend,
                timeframe: "1h".into(),
                side: Side::Long,
            };
            3
        ];
        let rows = [candidate(1, 90.0, StrategyType::Trend, "2h", Side::Short)];
        let choice = choose(&trading, &rows, 0, &Caps::default());
        assert_eq!(choice.passed_over, [(0, Reason::NoPlace)]);
        let choice = choose(&trading, &rows, 1, &Caps::default());
        assert_eq!(taken(&choice), [(0, Round::Any)]);
    }

    fn pool() -> impl Strategy<Value = Vec<Candidate>> {
        let one = (
            prop::sample::select(StrategyType::ALL),
            prop::sample::select(vec!["15m", "30m", "1h", "2h"]),
            prop::sample::select(Side::ALL),
            prop::option::of(0f64..100.0),
        );
        prop::collection::vec(one, 0..60).prop_map(|all| {
            let made = |(n, (kind, timeframe, side, score)): (usize, (_, &str, _, Option<f64>))| {
                let mut c = candidate(n as u128, 0.0, kind, timeframe, side);
                c.score = score;
                c
            };
            all.into_iter().enumerate().map(made).collect()
        })
    }

    proptest! {
        #[test]
        fn caps_hold_in_the_strict_round(rows in pool(), places in 0usize..12) {
            let caps = Caps::default();
            let choice = choose(&[], &rows, places, &caps);
            let strict: Vec<&Traits> = choice.chosen.iter().filter(|c| c.round == Round::Strict)
                .map(|c| &rows[c.candidate].traits).collect();
            for t in &strict {
                prop_assert!(strict.iter().filter(|o| o.kind == t.kind).count() <= caps.per_type);
                prop_assert!(strict.iter().filter(|o| o.timeframe == t.timeframe).count() <= caps.per_timeframe);
                prop_assert!(strict.iter().filter(|o| o.side == t.side).count() <= caps.per_direction);
            }
        }

        #[test]
        fn no_place_stays_empty_and_nobody_is_lost(rows in pool(), places in 0usize..12) {
            let choice = choose(&[], &rows, places, &Caps::default());
            prop_assert_eq!(choice.chosen.len(), places.min(rows.len()));
            let mut seen: Vec<usize> = choice.chosen.iter().map(|c| c.candidate)
                .chain(choice.passed_over.iter().map(|p| p.0)).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..rows.len()).collect::<Vec<_>>());
            prop_assert!(choice.chosen.windows(2).all(|w| w[0].round <= w[1].round));
        }
    }
}
