//! Which indicators a model is given: every combination once, in order.

/// Indicators by what they measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// What they measure.
    pub name: &'static str,
    /// Names of the library.
    pub indicators: &'static [&'static str],
}

/// The 87 indicators that are offered, by group, as names of the library.
pub const GROUPS: &[Group] = &[
    Group {
        name: "trend",
        indicators: &[
            "adx",
            "aroon",
            "cci",
            "cmo",
            "dpo",
            "ema",
            "hma",
            "kama",
            "linreg",
            "macd",
            "psar",
            "qstick",
            "sma",
            "supertrend",
            "t3",
            "tema",
            "trima",
            "trix",
            "vortex",
            "wma",
        ],
    },
    Group {
        name: "momentum",
        indicators: &[
            "ao",
            "apo",
            "bias",
            "bop",
            "brar",
            "cfo",
            "cg",
            "coppock",
            "efficiency_ratio",
            "fisher",
            "inertia",
            "kdj",
            "kst",
            "mom",
            "pgo",
            "ppo",
            "psl",
            "roc",
            "rsi",
            "rvgi",
            "slope",
            "smi",
            "squeeze",
            "stoch",
            "stochrsi",
            "tsi",
            "ultosc",
            "willr",
        ],
    },
    Group {
        name: "volatility",
        indicators: &[
            "aberration",
            "accbands",
            "atr",
            "bollinger",
            "donchian",
            "hwc",
            "kc",
            "mass_index",
            "natr",
            "pdist",
            "rvi",
            "thermo",
            "true_range",
            "ulcer_index",
        ],
    },
    Group {
        name: "volume",
        indicators: &[
            "ad",
            "adosc",
            "aobv",
            "cmf",
            "force_index",
            "ease_of_movement",
            "klinger",
            "mfi",
            "nvi",
            "obv",
            "pvi",
            "pvol",
            "pvr",
            "pvt",
            "vp",
            "vwap",
            "vwma",
        ],
    },
    Group {
        name: "statistics",
        indicators: &[
            "entropy", "kurtosis", "avgdev", "median", "skew", "stdev", "variance", "zscore",
        ],
    },
];

/// Indicators that a strategy must use.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Combination {
    /// What decides.
    pub main: Vec<String>,
    /// What holds it back.
    pub filters: Vec<String>,
}

/// All combinations by number: first two main indicators, then three; without a filter, with one, with two; each in the
/// lexicographic order of their names. A number is never given twice, so that nothing repeats: the store keeps the next one.
#[derive(Debug, Clone)]
pub struct Combinator {
    names: Vec<&'static str>,
}

impl Default for Combinator {
    fn default() -> Self {
        let mut names: Vec<&str> = GROUPS.iter().flat_map(|g| g.indicators).copied().collect();
        names.sort_unstable();
        Self { names }
    }
}

/// n over k for small k.
fn choose(n: u128, k: u128) -> u128 {
    (0..k).fold(1, |c, i| c * (n.saturating_sub(i)) / (i + 1))
}

impl Combinator {
    /// How many there are.
    pub fn count(&self) -> u128 {
        self.classes().map(|(_, _, n)| n).sum()
    }

    /// Main indicators, filters, and how many combinations have so many.
    fn classes(&self) -> impl Iterator<Item = (usize, usize, u128)> {
        let n = self.names.len() as u128;
        [2usize, 3].into_iter().flat_map(move |main| {
            [0usize, 1, 2].into_iter().map(move |filters| {
                let m = main as u128;
                (main, filters, choose(n, m) * choose(n - m, filters as u128))
            })
        })
    }

    /// The combination of a number; absent beyond the last.
    pub fn get(&self, number: u128) -> Option<Combination> {
        let mut rest = number;
        for (main, filters, count) in self.classes() {
            if rest < count {
                let n = self.names.len();
                let inner = choose((n - main) as u128, filters as u128);
                let first = subset(&self.names, main, rest / inner);
                let others: Vec<&str> = self
                    .names
                    .iter()
                    .filter(|x| !first.contains(x))
                    .copied()
                    .collect();
                let second = subset(&others, filters, rest % inner);
                let own = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
                return Some(Combination {
                    main: own(first),
                    filters: own(second),
                });
            }
            rest -= count;
        }
        None
    }
}

/// The subset of size `k` with a number, in lexicographic order.
fn subset<'a>(names: &[&'a str], k: usize, mut number: u128) -> Vec<&'a str> {
    let mut chosen = Vec::with_capacity(k);
    let mut at = 0;
    while chosen.len() < k {
        let left = (k - chosen.len() - 1) as u128;
        let with = choose((names.len() - at - 1) as u128, left);
        if number < with {
            chosen.push(names[at]);
        } else {
            number -= with;
        }
        at += 1;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_name_is_of_the_library() {
        let all: Vec<&str> = GROUPS.iter().flat_map(|g| g.indicators).copied().collect();
        assert_eq!(all.len(), 87);
        for name in &all {
            assert!(sbt_driver::docs::entry(name).is_some(), "{name}");
        }
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 87);
    }

    #[test]
    fn combinations_come_once_each_in_order() {
        let c = Combinator {
            names: vec!["a", "b", "c", "d"],
        };
        let all: Vec<Combination> = (0..c.count()).filter_map(|i| c.get(i)).collect();
        // 6 pairs × (1 + 2 + 1) and 4 triples × (1 + 1 + 0)
        assert_eq!(all.len(), 6 * 4 + 4 * 2);
        assert_eq!(all[0].main, ["a", "b"]);
        assert_eq!(all[1].main, ["a", "c"]);
        assert_eq!(
            (all[6].main.join(""), all[6].filters.join("")),
            ("ab".into(), "c".into())
        );
        let distinct: HashSet<String> = all.iter().map(|x| format!("{x:?}")).collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(c.get(c.count()), None);
    }

    #[test]
    fn the_space_is_large() {
        let c = Combinator::default();
        // 3,741 pairs × (1 + 85 + 3,570) and 105,995 triples × (1 + 84 + 3,486)
        assert_eq!(c.count(), 3_741 * 3_656 + 105_995 * 3_571);
        let last = c.get(c.count() - 1).unwrap();
        assert_eq!((last.main.len(), last.filters.len()), (3, 2));
    }
}
