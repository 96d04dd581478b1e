//! The readable names of figures, and where they stand on the page.

/// Headings under which figures stand, in the page's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What was gained.
    Return,
    /// What it put at stake.
    Risk,
    /// The single trades.
    Trades,
    /// What trading cost.
    Costs,
    /// How likely it is luck.
    Evidence,
    /// Figures by other definitions, for comparison.
    Reference,
    /// All else.
    Other,
}

impl Group {
    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Return => "Return",
            Self::Risk => "Risk",
            Self::Trades => "Trades",
            Self::Costs => "Activity and costs",
            Self::Evidence => "Evidence",
            Self::Reference => "Reference definitions",
            Self::Other => "Other",
        }
    }
}

/// Group and label of the figure of a stable name; a name that is not known is shown under [`Group::Other`], its underscores
/// as spaces.
pub fn describe(name: &str) -> (Group, String) {
    use Group::{Costs, Evidence, Reference, Return, Risk, Trades};
    let (group, label) = match name {
        "final_equity" => (Return, "Final equity"),
        "total_return" => (Return, "Total return"),
        "annual_return" => (Return, "Annual return"),
        "sharpe" => (Return, "Sharpe ratio"),
        "sortino" => (Return, "Sortino ratio"),
        "calmar" => (Return, "Calmar ratio"),
        "annual_volatility" => (Risk, "Annual volatility"),
        "max_drawdown" => (Risk, "Maximum drawdown"),
        "max_drawdown_bars" => (Risk, "Drawdown length"),
        "recovery_bars" => (Risk, "Drawdown recovery"),
        "longest_drawdown_bars" => (Risk, "Longest under water"),
        "tail_ratio" => (Risk, "Tail ratio"),
        "skew" => (Risk, "Skew"),
        "kurtosis" => (Risk, "Kurtosis"),
        "longest_losing_streak" => (Risk, "Longest losing streak"),
        "trades" => (Trades, "Trades"),
        "win_rate" => (Trades, "Win rate"),
        "profit_factor" => (Trades, "Profit factor"),
        "expectancy" => (Trades, "Expectancy"),
        "average_win" => (Trades, "Average win"),
        "average_loss" => (Trades, "Average loss"),
        "best_trade" => (Trades, "Best trade"),
        "worst_trade" => (Trades, "Worst trade"),
        "average_bars" => (Trades, "Average length"),
        "average_r" => (Trades, "Average R multiple"),
        "exposure" => (Costs, "Time in the market"),
        "turnover" => (Costs, "Turnover a year"),
        "fees" => (Costs, "Fees"),
        "slippage" => (Costs, "Slippage"),
        "funding" => (Costs, "Funding"),
        "win_rate_low" => (Evidence, "Win rate, 95 % from"),
        "win_rate_high" => (Evidence, "Win rate, 95 % to"),
        "sqn" => (Evidence, "System quality number"),
        "kelly" => (Evidence, "Kelly fraction"),
        "probabilistic_sharpe" => (Evidence, "Probabilistic Sharpe"),
        "deflated_sharpe" => (Evidence, "Deflated Sharpe"),
        "trials" => (Evidence, "Trials allowed for"),
        "reference_sharpe" => (Reference, "Sharpe of trades"),
        "reference_expectancy" => (Reference, "Expectancy of notional"),
        "reference_drawdown" => (Reference, "Drawdown of closed trades"),
        other => {
            let mut label = other.replace('_', " ");
            if let Some(first) = label.get_mut(0..1) {
                first.make_ascii_uppercase();
            }
            return (Group::Other, label);
        }
    };
    (group, label.to_owned())
}

/// A readable word for an exit reason, a skip reason or another stable name.
pub fn reason(name: &str) -> String {
    let text = match name {
        // Exits.
        "signal" => "Exit signal",
        "stop" => "Stop",
        "trail" => "Trailing stop",
        "target" => "Target",
        "time" => "Time limit",
        "session" => "Session end",
        "liquidation" => "Liquidation",
        "reverse" => "Reversed",
        "end_of_data" => "End of data",
        "rebalance" => "Rebalance",
        // Skipped entries.
        "in_position" => "Already in a position",
        "pyramid_distance" => "Too near the last entry to pyramid",
        "conflict" => "Another entry of the same bar went the other way",
        "cooldown" => "Cooldown after an exit",
        "trades_per_period" => "Limit of trades per period used up",
        "max_positions" => "As many positions open as allowed",
        "free_equity" => "Margin exceeds the free equity",
        "min_notional" => "Notional under the minimum",
        "zero_size" => "Size rounds down to nothing",
        "no_equity" => "Equity used up",
        "weight_not_positive" => "Weight negative or not a number",
        "price_not_finite" => "Price or level not a number above 0",
        "size_not_finite" => "Size not a number of 0 or more",
        "no_stop" => "Risk sizing without a stop",
        "stop_side" => "Stop on the wrong side of the fill",
        "expired" => "Resting order expired unfilled",
        "replaced" => "Replaced before it filled",
        other => return describe(other).1,
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_stay_readable() {
        assert_eq!(
            describe("ulcer_index"),
            (Group::Other, "Ulcer index".into())
        );
        assert_eq!(describe("").1, "");
        assert_eq!(describe("österreich").1, "österreich");
        assert_eq!(reason("margin_call"), "Margin call");
        assert_eq!(reason("end_of_data"), "End of data");
    }
}
