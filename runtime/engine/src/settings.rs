//! What a run assumes about money, costs and fills.

use serde::{Deserialize, Serialize};

/// Where a decision taken at the close of bar `t` fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum FillAt {
    /// At the open of bar `t + 1`: what a live account can get.
    #[default]
    NextOpen,
    /// At the close of bar `t`: exists to reproduce other engines; reports flag it.
    Close,
}

/// Which equity sizes the next order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum EquityMode {
    /// Realised equity plus unrealised profit and loss at the last close.
    #[default]
    Marked,
    /// Realised equity alone.
    Realised,
}

/// What is assumed when a stop and a target lie inside one bar and no finer bars tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Ambiguous {
    /// The worse outcome for the position. There is no other choice on purpose.
    #[default]
    Worst,
}

/// The settings of a run. All belong to its identity: another value is another run.
// Each is a choice of its own, not a state of one machine.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSettings {
    /// Equity at the start, in quote currency. Default 10 000.
    pub capital: f64,
    /// Fee of orders that take liquidity, a fraction of the fill's own notional. Default 0.00045 (0.045 %).
    pub taker_fee: f64,
    /// Fee of orders that rest (limits, targets), a fraction of the fill's own notional. Default 0.00015 (0.015 %).
    pub maker_fee: f64,
    /// Fraction by which market and stop fills are worse than the price they are due at. Default 0.0005 (0.05 %).
    pub slippage: f64,
    /// Where decisions fill. Default `next_open`.
    pub fill: FillAt,
    /// Which equity sizes an order. Default `marked`.
    pub equity_mode: EquityMode,
    /// Symbols with an open position at once, at most; an order's margin is capped at `equity / max_positions`.
    /// Default 10.
    pub max_positions: u32,
    /// Leverage of the strategy; absent (the default): what `limit leverage` allows, or 1 without that statement. Never
    /// above `limit leverage` or the symbol's maximum.
    pub leverage: Option<f64>,
    /// Whether a limit entry fills when the range merely touches its price instead of trading through by one tick.
    /// Default false.
    pub touch_fills: bool,
    /// Smallest notional of an order, in quote currency; absent (the default): the symbol's own, 10 on Hyperliquid.
    pub min_notional: Option<f64>,
    /// Whether sizes round down to the symbol's lot. Default true.
    pub round_to_lot: bool,
    /// Whether fill prices round to the symbol's tick, against the order. Default true.
    pub round_prices: bool,
    /// What happens when a stop and a target lie inside one bar. Default `worst`.
    pub ambiguous: Ambiguous,
    /// Whether funding is charged when a series is supplied. Default true.
    pub funding: bool,
    /// Whether positions are liquidated when their margin runs out. Default true.
    pub liquidation: bool,
    /// Whether the stop and target of a trade are recorded over time, for charts. Default true; sweeps turn it off.
    pub record_levels: bool,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            capital: 10_000.0,
            taker_fee: 0.000_45,
            maker_fee: 0.000_15,
            slippage: 0.000_5,
            fill: FillAt::NextOpen,
            equity_mode: EquityMode::Marked,
            max_positions: 10,
            leverage: None,
            touch_fills: false,
            min_notional: None,
            round_to_lot: true,
            round_prices: true,
            ambiguous: Ambiguous::Worst,
            funding: true,
            liquidation: true,
            record_levels: true,
        }
    }
}

impl RunSettings {
    /// What backtesting.py assumes with `commission = fee`: fills at the next open, one position, fractional units,
    /// no tick, no slippage, no minimum, the fee on each fill's notional.
    #[must_use]
    pub fn like_backtesting_py(fee: f64) -> Self {
        Self {
            taker_fee: fee,
            maker_fee: fee,
            slippage: 0.0,
            max_positions: 1,
            touch_fills: true,
            min_notional: Some(0.0),
            round_to_lot: false,
            round_prices: false,
            funding: false,
            liquidation: false,
            ..Self::default()
        }
    }

    /// Checks every value; the error names the setting and what would be right.
    pub fn check(&self) -> Result<(), SettingError> {
        let wrong = |name, value: f64, right| Err(SettingError { name, value, right });
        if !(self.capital.is_finite() && self.capital > 0.0) {
            return wrong("capital", self.capital, "an amount above 0");
        }
        for (name, value) in [("taker_fee", self.taker_fee), ("maker_fee", self.maker_fee)] {
            // A rebate is a negative fee.
            if !(value > -0.1 && value < 0.1) {
                return wrong(
                    name,
                    value,
                    "a fraction between -0.1 and 0.1; 0.045 % is 0.00045",
                );
            }
        }
        if !(self.slippage >= 0.0 && self.slippage < 0.5) {
            return wrong(
                "slippage",
                self.slippage,
                "a fraction from 0 to 0.5; 0.05 % is 0.0005",
            );
        }
        if self.max_positions == 0 {
            return wrong("max_positions", 0.0, "at least 1");
        }
        if let Some(leverage) = self.leverage
            && !(leverage.is_finite() && leverage > 0.0)
        {
            return wrong("leverage", leverage, "a number above 0");
        }
        if let Some(minimum) = self.min_notional
            && !(minimum.is_finite() && minimum >= 0.0)
        {
            return wrong("min_notional", minimum, "an amount of 0 or more");
        }
        Ok(())
    }
}

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("setting `{name}` is {value}, it must be {right}")]
pub struct SettingError {
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
    fn defaults_are_the_documented_ones() {
        let s = RunSettings::default();
        assert_eq!(
            (s.capital, s.taker_fee, s.maker_fee),
            (10_000.0, 0.000_45, 0.000_15)
        );
        assert_eq!(
            (s.slippage, s.max_positions, s.min_notional),
            (0.000_5, 10, None)
        );
        assert_eq!(
            (s.fill, s.equity_mode, s.leverage),
            (FillAt::NextOpen, EquityMode::Marked, None)
        );
        assert!(s.check().is_ok());
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (settings, name) in [
            (
                RunSettings {
                    capital: 0.0,
                    ..Default::default()
                },
                "capital",
            ),
            (
                RunSettings {
                    taker_fee: 0.45,
                    ..Default::default()
                },
                "taker_fee",
            ),
            (
                RunSettings {
                    maker_fee: f64::NAN,
                    ..Default::default()
                },
                "maker_fee",
            ),
            (
                RunSettings {
                    slippage: -0.1,
                    ..Default::default()
                },
                "slippage",
            ),
            (
                RunSettings {
                    max_positions: 0,
                    ..Default::default()
                },
                "max_positions",
            ),
            (
                RunSettings {
                    leverage: Some(0.0),
                    ..Default::default()
                },
                "leverage",
            ),
            (
                RunSettings {
                    min_notional: Some(f64::INFINITY),
                    ..Default::default()
                },
                "min_notional",
            ),
        ] {
            assert_eq!(settings.check().unwrap_err().name, name);
        }
    }
}
