//! All thresholds of the gates in one value, with the documented defaults.

use serde::{Deserialize, Serialize};
use sixbtc_market::Timeframe;
use std::collections::BTreeMap;

/// Least numbers of trades by timeframe.
///
/// Between two timeframes of the table the number is interpolated on a logarithmic scale of length and rounded up; beyond its
/// ends the nearest end holds, because what makes a figure significant is the number of trades, not the length of a bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, u32>", into = "BTreeMap<String, u32>")]
pub struct TradeCounts(BTreeMap<Timeframe, u32>);

impl TradeCounts {
    /// From timeframes and their numbers; `None` for no timeframe at all.
    pub fn new(counts: impl IntoIterator<Item = (Timeframe, u32)>) -> Option<Self> {
        let counts: BTreeMap<_, _> = counts.into_iter().collect();
        (!counts.is_empty()).then_some(Self(counts))
    }

    fn documented(counts: [u32; 4]) -> Self {
        let timeframes = [Timeframe::M15, Timeframe::M30, Timeframe::H1, Timeframe::H2];
        Self(timeframes.into_iter().zip(counts).collect())
    }

    /// The least number of trades on a timeframe.
    pub fn of(&self, timeframe: Timeframe) -> u32 {
        let below = self.0.range(..=timeframe).next_back();
        let above = self.0.range(timeframe..).next();
        match (below, above) {
            (Some((low, &n)), Some((high, &m))) if low < high => {
                let log = |t: &Timeframe| (t.ms() as f64).ln();
                let way = (log(&timeframe) - log(low)) / (log(high) - log(low));
                (f64::from(n) + way * (f64::from(m) - f64::from(n))).ceil() as u32
            }
            (Some((_, &n)), _) | (None, Some((_, &n))) => n,
            (None, None) => 0,
        }
    }

    /// The table, shortest timeframe first.
    pub fn table(&self) -> impl Iterator<Item = (Timeframe, u32)> + '_ {
        self.0.iter().map(|(&t, &n)| (t, n))
    }
}

impl TryFrom<BTreeMap<String, u32>> for TradeCounts {
    type Error = String;

    fn try_from(named: BTreeMap<String, u32>) -> Result<Self, String> {
        let mut counts = BTreeMap::new();
        for (name, count) in named {
            let timeframe: Timeframe = name.parse().map_err(|e| format!("{e}"))?;
            if counts.insert(timeframe, count).is_some() {
                return Err(format!("`{name}` names a timeframe that stands already"));
            }
        }
        Self::new(counts).ok_or_else(|| "at least one timeframe needs a number of trades".into())
    }
}

impl From<TradeCounts> for BTreeMap<String, u32> {
    fn from(counts: TradeCounts) -> Self {
        counts
            .0
            .into_iter()
            .map(|(t, n)| (t.to_string(), n))
            .collect()
    }
}

/// Which Sharpe ratio decides; the other is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharpeKind {
    /// Of the equity curve, bar by bar: trades that overlap in time count once.
    #[default]
    Equity,
    /// Of pooled trades, as the original judges.
    Trade,
}

/// Thresholds of one span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpanThresholds {
    /// Least bars.
    pub min_bars: u64,
    /// Least symbols with enough data.
    pub min_coins: u32,
    /// Least trades.
    pub min_trades: TradeCounts,
    /// Least Sharpe ratio a year.
    pub min_sharpe: f64,
    /// Least share of trades with a profit.
    pub min_win_rate: f64,
    /// Least expectancy of a trade, a fraction of its notional.
    pub min_expectancy: f64,
    /// Largest fall of equity from its peak, a fraction of the peak.
    pub max_drawdown: f64,
    /// Widest half of the 95 % interval of the win rate.
    pub max_interval: f64,
}

/// Thresholds of the sealed span: it confirms, it does not select.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SealedThresholds {
    /// Least trades: the in-sample rate over 30 days.
    pub min_trades: TradeCounts,
    /// Least expectancy of a trade, a fraction of its notional.
    pub min_expectancy: f64,
    /// Largest fall of equity from its peak.
    pub max_drawdown: f64,
}

/// All thresholds of the gates from the in-sample span to the pool. Read back, whatever is absent has its default, within the
/// spans too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Given")]
pub struct GateThresholds {
    /// Which Sharpe ratio decides.
    pub sharpe: SharpeKind,
    /// In-sample.
    pub in_sample: SpanThresholds,
    /// Out-of-sample.
    pub out_of_sample: SpanThresholds,
    /// Largest relative loss of Sharpe from in-sample to out-of-sample.
    pub max_degradation: f64,
    /// Sealed span.
    pub sealed: SealedThresholds,
    /// Least score.
    pub min_score: f64,
    /// Least robustness.
    pub min_robustness: f64,
}

impl Default for GateThresholds {
    fn default() -> Self {
        let span = |min_bars, min_coins, trades, max_interval| SpanThresholds {
            min_bars,
            min_coins,
            min_trades: TradeCounts::documented(trades),
            min_sharpe: 0.3,
            min_win_rate: 0.35,
            min_expectancy: 0.002,
            max_drawdown: 0.50,
            max_interval,
        };
        Self {
            sharpe: SharpeKind::Equity,
            in_sample: span(100, 1, [120, 80, 50, 30], 0.10),
            out_of_sample: span(20, 5, [60, 40, 25, 15], 0.15),
            max_degradation: 0.50,
            sealed: SealedThresholds {
                min_trades: TradeCounts::documented([30, 20, 13, 8]),
                min_expectancy: 0.0,
                max_drawdown: 0.50,
            },
            min_score: 40.0,
            min_robustness: 0.80,
        }
    }
}

impl GateThresholds {
    /// The defaults for a strategy of a single symbol: the least number of coins is 1.
    #[must_use]
    pub fn single_symbol() -> Self {
        let mut thresholds = Self::default();
        thresholds.out_of_sample.min_coins = 1;
        thresholds
    }

    /// Checks every value; the error names it and what would be right.
    pub fn check(&self) -> Result<(), ThresholdError> {
        let (inside, outside) = (&self.in_sample, &self.out_of_sample);
        let rates = [
            ("in_sample.min_win_rate", inside.min_win_rate),
            ("in_sample.max_drawdown", inside.max_drawdown),
            ("in_sample.max_interval", inside.max_interval),
            ("out_of_sample.min_win_rate", outside.min_win_rate),
            ("out_of_sample.max_drawdown", outside.max_drawdown),
            ("out_of_sample.max_interval", outside.max_interval),
            ("sealed.max_drawdown", self.sealed.max_drawdown),
            ("min_robustness", self.min_robustness),
        ];
        for (name, value) in rates {
            if !(0.0..=1.0).contains(&value) {
                let right = "a fraction from 0 to 1";
                return Err(ThresholdError { name, value, right });
            }
        }
        let numbers = [
            ("in_sample.min_sharpe", inside.min_sharpe),
            ("in_sample.min_expectancy", inside.min_expectancy),
            ("out_of_sample.min_sharpe", outside.min_sharpe),
            ("out_of_sample.min_expectancy", outside.min_expectancy),
            ("sealed.min_expectancy", self.sealed.min_expectancy),
            ("max_degradation", self.max_degradation),
        ];
        for (name, value) in numbers {
            if !value.is_finite() {
                let right = "a finite number";
                return Err(ThresholdError { name, value, right });
            }
        }
        if !(0.0..=100.0).contains(&self.min_score) {
            return Err(ThresholdError {
                name: "min_score",
                value: self.min_score,
                right: "a score from 0 to 100",
            });
        }
        Ok(())
    }
}

/// Declares what of a struct may be given, and lays it over the defaults.
macro_rules! given {
    ($name:ident over $whole:ident { $($field:ident: $kind:ty,)+ }) => {
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct $name {
            $($field: Option<$kind>,)+
        }

        impl $name {
            fn over(self, whole: &mut $whole) {
                $(if let Some(value) = self.$field {
                    whole.$field = value;
                })+
            }
        }
    };
}

given!(GivenSpan over SpanThresholds {
    min_bars: u64,
    min_coins: u32,
    min_trades: TradeCounts,
    min_sharpe: f64,
    min_win_rate: f64,
    min_expectancy: f64,
    max_drawdown: f64,
    max_interval: f64,
});

given!(GivenSealed over SealedThresholds {
    min_trades: TradeCounts,
    min_expectancy: f64,
    max_drawdown: f64,
});

/// Thresholds as a file gives them: all, some or none.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Given {
    sharpe: Option<SharpeKind>,
    in_sample: GivenSpan,
    out_of_sample: GivenSpan,
    max_degradation: Option<f64>,
    sealed: GivenSealed,
    min_score: Option<f64>,
    min_robustness: Option<f64>,
}

impl From<Given> for GateThresholds {
    fn from(given: Given) -> Self {
        let mut all = Self::default();
        all.sharpe = given.sharpe.unwrap_or(all.sharpe);
        given.in_sample.over(&mut all.in_sample);
        given.out_of_sample.over(&mut all.out_of_sample);
        all.max_degradation = given.max_degradation.unwrap_or(all.max_degradation);
        given.sealed.over(&mut all.sealed);
        all.min_score = given.min_score.unwrap_or(all.min_score);
        all.min_robustness = given.min_robustness.unwrap_or(all.min_robustness);
        all
    }
}

/// A threshold that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("threshold `{name}` is {value}, it must be {right}")]
pub struct ThresholdError {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// What would be right.
    pub right: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trade_counts_of_the_table_and_beside_it() {
        let counts = GateThresholds::default().in_sample.min_trades;
        let of = |name: &str| counts.of(name.parse().unwrap());
        assert_eq!(["15m", "30m", "1h", "2h"].map(of), [120, 80, 50, 30]);
        assert_eq!(["1m", "5m", "4h", "1d"].map(of), [120, 120, 30, 30]);
        // 45m is log2(1.5) = 0.585 of the way from 30m to 1h: 80 − 17.5
        assert_eq!(of("45m"), 63);
    }

    #[test]
    fn thresholds_are_read_back_and_may_be_given_in_part() {
        let all = GateThresholds::default();
        let text = serde_json::to_string(&all).unwrap();
        assert!(text.contains(r#""min_trades":{"15m":120,"1h":50,"2h":30,"30m":80}"#));
        assert_eq!(serde_json::from_str::<GateThresholds>(&text).unwrap(), all);
        let part: GateThresholds =
            serde_json::from_str(r#"{"min_score": 50, "out_of_sample": {"min_coins": 1}}"#)
                .unwrap();
        assert_eq!(
            part,
            GateThresholds {
                min_score: 50.0,
                ..GateThresholds::single_symbol()
            }
        );
        for wrong in [
            r#"{"min_scores": 50}"#,
            r#"{"in_sample": {"min_coin": 1}}"#,
            r#"{"sealed": {"min_trades": {}}}"#,
            r#"{"sealed": {"min_trades": {"60m": 1, "1h": 2}}}"#,
            r#"{"sealed": {"min_trades": {"1M": 1}}}"#,
        ] {
            assert!(
                serde_json::from_str::<GateThresholds>(wrong).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let good = GateThresholds::default();
        assert!(good.check().is_ok() && GateThresholds::single_symbol().check().is_ok());
        let mut wrong = good.clone();
        wrong.out_of_sample.max_drawdown = 50.0;
        assert_eq!(
            wrong.check().unwrap_err().name,
            "out_of_sample.max_drawdown"
        );
        let wrong = GateThresholds {
            min_score: f64::NAN,
            ..good.clone()
        };
        assert_eq!(wrong.check().unwrap_err().name, "min_score");
        let wrong = GateThresholds {
            max_degradation: f64::INFINITY,
            ..good
        };
        assert!(wrong.check().unwrap_err().to_string().contains("finite"));
    }
}
