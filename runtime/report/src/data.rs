//! What a report shows: the plain, serialisable input of the page.
//!
//! Times are milliseconds since the Unix epoch, UTC. Rates and returns are fractions (`0.02` is 2 %). Money is in
//! [`ReportData::currency`], prices in quote currency a unit.

use serde::{Deserialize, Serialize};

/// Everything one report shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ReportData {
    /// The strategy's title as a person wrote it; may be empty, may hold anything.
    pub title: String,
    /// The strategy's identifier.
    pub strategy: String,
    /// Length of a bar of the strategy's clock, ms.
    pub timeframe_ms: i64,
    /// What money is counted in, e.g. `USDC`.
    pub currency: String,
    /// Equity before the first bar.
    pub initial_equity: f64,
    /// What makes this run this run.
    pub run: RunIdentity,
    /// The strategy's parameters as they were in this run.
    pub params: Vec<Fact>,
    /// The run's settings: fees, slippage, fill rule …
    pub settings: Vec<Fact>,
    /// What a reader must know before believing the figures, most important first.
    pub warnings: Vec<String>,
    /// Bars that passed before the first on which orders were allowed.
    pub warmup_bars: u64,
    /// Open time of the first bar on which orders were allowed; `None` when the data ended before.
    pub first_tradable: Option<i64>,
    /// Assumptions that decided something, counted.
    pub assumptions: Vec<Fact>,
    /// Orders that were decided but not placed, by reason.
    pub skipped: Vec<SkippedOrders>,
    /// Named figures; names that [`crate::figures`] knows get a label, a unit and a place.
    pub metrics: Vec<Metric>,
    /// Equity of the account at each bar of the strategy's clock.
    pub equity: EquityCurve,
    /// Bars of each symbol traded.
    pub markets: Vec<Market>,
    /// Closed trades in the order of their exit.
    pub trades: Vec<Trade>,
}

/// The identity of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunIdentity {
    /// Hash over source, libraries, compiler, parameters, data and settings.
    pub hash: String,
    /// Hash or name of the source text.
    pub source: String,
    /// Name and version of the compiler.
    pub compiler: String,
    /// Hash of the market data.
    pub data: String,
}

/// A name and its value, both as they are to be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fact {
    /// What it is called where it is set, e.g. `costs.taker_fee`.
    pub name: String,
    /// Its value with its unit.
    pub value: String,
}

/// Orders that were skipped for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SkippedOrders {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// A figure of the run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Metric {
    /// Its stable name, e.g. `max_drawdown`.
    pub name: String,
    /// Its value; `None` when it is undefined for this run. May be infinite (a profit factor without a loss).
    #[serde(with = "value_or_infinity")]
    pub value: Option<f64>,
    /// How to show it.
    pub kind: MetricKind,
    /// Its meaning, formula and source in a sentence, or empty.
    pub about: String,
}

/// How a figure is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    /// A fraction, shown as percent.
    Fraction,
    /// A plain number.
    #[default]
    Ratio,
    /// Money.
    Money,
    /// A whole number.
    Count,
    /// A number of bars.
    Bars,
}

/// The equity curve, as columns of equal length.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct EquityCurve {
    /// Open time of the bar at whose close equity was taken, strictly rising.
    pub time: Vec<i64>,
    /// Equity with open positions valued at the close.
    pub equity: Vec<f64>,
}

/// Bars of one symbol, as columns of equal length.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Market {
    /// The symbol.
    pub symbol: String,
    /// Smallest step of the price.
    pub tick: f64,
    /// Open times, strictly rising.
    pub time: Vec<i64>,
    /// First prices.
    pub open: Vec<f64>,
    /// Highest prices.
    pub high: Vec<f64>,
    /// Lowest prices.
    pub low: Vec<f64>,
    /// Last prices.
    pub close: Vec<f64>,
    /// Series the strategy plots, each as long as `time`.
    pub plots: Vec<Plot>,
}

/// A series that the strategy plots beside the prices.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plot {
    /// Its name in the source.
    pub name: String,
    /// Whether it is a price and belongs on the candles; else it gets a pane of its own.
    pub is_price: bool,
    /// Values at each bar's close; `None` before there is one.
    pub values: Vec<Option<f64>>,
}

/// The direction of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Gains when the price rises.
    #[default]
    Long,
    /// Gains when the price falls.
    Short,
}

/// A closed trade, or the closed part of one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trade {
    /// Number of the trade.
    pub id: u64,
    /// Symbol traded.
    pub symbol: String,
    /// Long or short.
    pub side: Direction,
    /// The strategy's own label of the entry, or empty.
    pub tag: String,
    /// Open time of the bar on which the entry filled.
    pub entry_time: i64,
    /// Average entry price.
    pub entry_price: f64,
    /// Open time of the bar on which the exit filled.
    pub exit_time: i64,
    /// Exit price.
    pub exit_price: f64,
    /// Units closed.
    pub size: f64,
    /// Size × entry price.
    pub notional: f64,
    /// Notional / margin.
    pub leverage: f64,
    /// Fees of entry and exit, money.
    pub fees: f64,
    /// Funding paid, money; negative when received.
    pub funding: f64,
    /// What slippage cost, money; already inside the fill prices.
    pub slippage: f64,
    /// Profit after all costs, money.
    pub pnl: f64,
    /// Profit as a fraction of the notional.
    pub pnl_pct: f64,
    /// Profit in multiples of the initial risk; `None` without a stop.
    pub return_r: Option<f64>,
    /// Bars held.
    pub bars: u64,
    /// Largest adverse excursion as a fraction of the entry price, zero or more.
    pub mae_pct: f64,
    /// Largest favourable excursion as a fraction of the entry price, zero or more.
    pub mfe_pct: f64,
    /// `signal`, `stop`, `trail`, `target` …
    pub exit_reason: String,
    /// Whether stop and target were both touched in one bar and the worse was taken.
    pub ambiguous: bool,
    /// Protective levels while the trade was open.
    pub levels: Vec<LevelLine>,
}

/// What a protective level does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LevelKind {
    /// Limits the loss or keeps a profit.
    #[default]
    Stop,
    /// Takes the profit.
    Target,
}

/// One stop or target line of a trade: a price that holds from each change until the next.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LevelLine {
    /// Stop or target.
    pub kind: LevelKind,
    /// The changes, times rising.
    pub changes: Vec<LevelChange>,
}

/// From this bar on, the level rests at this price.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct LevelChange {
    /// Open time of the first bar on which it holds.
    pub time: i64,
    /// The price; `None` when the level is withdrawn.
    pub price: Option<f64>,
}

/// JSON has no infinity: it is written as the word `inf` or `-inf`, what is undefined as `null`.
pub(crate) mod value_or_infinity {
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Word(String),
    }

    // serde hands a reference to the field, whatever its type.
    #[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref)]
    pub fn serialize<S: Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        match *value {
            Some(v) if v.is_nan() => to.serialize_none(),
            Some(v) if v.is_infinite() => to.serialize_str(if v > 0.0 { "inf" } else { "-inf" }),
            Some(v) => to.serialize_f64(v),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        Ok(match Option::<Written>::deserialize(from)? {
            Some(Written::Number(v)) => Some(v),
            Some(Written::Word(word)) => match word.as_str() {
                "inf" => Some(f64::INFINITY),
                "-inf" => Some(f64::NEG_INFINITY),
                other => {
                    return Err(serde::de::Error::custom(format!(
                        "`{other}` is neither a number nor `inf` nor `-inf`"
                    )));
                }
            },
            None => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let data = ReportData {
            title: "</script><img src=x onerror=alert(1)>".into(),
            metrics: vec![
                Metric {
                    name: "profit_factor".into(),
                    value: Some(f64::INFINITY),
                    ..Metric::default()
                },
                Metric {
                    name: "sharpe".into(),
                    value: Some(0.1 + 0.2),
                    ..Metric::default()
                },
                Metric {
                    name: "sortino".into(),
                    value: None,
                    ..Metric::default()
                },
            ],
            trades: vec![Trade {
                side: Direction::Short,
                return_r: None,
                levels: vec![LevelLine {
                    kind: LevelKind::Target,
                    changes: vec![
                        LevelChange {
                            time: 5,
                            price: Some(1.0 / 3.0),
                        },
                        LevelChange {
                            time: 6,
                            price: None,
                        },
                    ],
                }],
                ..Trade::default()
            }],
            ..ReportData::default()
        };
        let text = serde_json::to_string(&data).unwrap();
        assert_eq!(serde_json::from_str::<ReportData>(&text).unwrap(), data);
        assert!(
            serde_json::from_str::<Metric>(
                r#"{"name":"x","value":"many","kind":"ratio","about":""}"#
            )
            .is_err()
        );
    }
}
