//! What is traded, and what holding it costs.

use crate::bars::Bars;
use std::ops::Range;

/// Which prices an order may name, beside the tick of what is traded: at most so many significant figures and so many
/// decimals; whole numbers always. Hyperliquid: 5 figures, and 6 decimals less those of a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderPrices {
    /// Significant figures.
    pub figures: u32,
    /// Decimals.
    pub decimals: u32,
}

/// Trading rules of a symbol.
#[derive(Debug, Clone, PartialEq)]
pub struct SymbolSpec {
    /// Name, e.g. `BTC`.
    pub symbol: String,
    /// Smallest step of the price, quote currency a unit; above 0.
    pub tick: f64,
    /// Smallest step of the size, in units of the base asset; above 0. Sizes round down to it.
    pub lot: f64,
    /// Largest leverage the exchange allows.
    pub max_leverage: f64,
    /// Smallest notional of an order, in quote currency.
    pub min_notional: f64,
    /// Prices at which stops, targets and resting entries may stand, rounded against the order; absent: any.
    pub order_prices: Option<OrderPrices>,
}

impl SymbolSpec {
    /// A lot of 0.00001 units: fine enough for any capital, as the exchanges quote BTC.
    pub const DEFAULT_LOT: f64 = 1e-5;
    /// Leverage of 20, what most coins allow.
    pub const DEFAULT_MAX_LEVERAGE: f64 = 20.0;
    /// Hyperliquid's minimum order of 10 USDC.
    pub const DEFAULT_MIN_NOTIONAL: f64 = 10.0;

    /// Default rules with a known tick.
    pub fn new(symbol: impl Into<String>, tick: f64) -> Self {
        Self {
            symbol: symbol.into(),
            tick,
            lot: Self::DEFAULT_LOT,
            max_leverage: Self::DEFAULT_MAX_LEVERAGE,
            min_notional: Self::DEFAULT_MIN_NOTIONAL,
            order_prices: None,
        }
    }

    /// Default rules with the tick that the bars' own digits show: `1 / price_scale`.
    pub fn of(bars: &Bars) -> Self {
        Self::new(bars.symbol.clone(), 1.0 / bars.price_scale())
    }
}

/// What may follow the name of an asset in the symbol of its market.
const QUOTES: [&str; 5] = ["USD", "USDT", "USDC", "BUSD", "EUR"];

/// Whether `symbol` is the market of what a program calls `name`: that very symbol, or the asset followed by a quote
/// currency, as in `BTCUSD`, `BTC-USDT` or `BTC/USDC` for `BTC`.
pub fn is_named(symbol: &str, name: &str) -> bool {
    let Some(rest) = symbol.strip_prefix(name) else {
        return false;
    };
    rest.is_empty() || QUOTES.contains(&rest.trim_start_matches(['-', '/', '_']))
}

/// The one symbol of a list that a program means by `name`: the very symbol, else the only market of that asset.
pub fn named<'s>(symbols: impl Iterator<Item = &'s str> + Clone, name: &str) -> Option<usize> {
    let exact = symbols.clone().position(|s| s == name);
    exact.or_else(|| {
        let mut found = symbols.enumerate().filter(|(_, s)| is_named(s, name));
        match (found.next(), found.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    })
}

/// Funding of a perpetual: what longs pay shorts, hour by hour.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Funding {
    /// When it is due, ms since the epoch, UTC, strictly rising.
    pub time: Vec<i64>,
    /// Fraction of the notional that longs pay at that time (shorts when negative), e.g. `0.0000125` an hour.
    pub rate: Vec<f64>,
}

impl Funding {
    /// Number of payments.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Indices of the payments due in `(after, until]`: what a position held over that span pays.
    pub fn due(&self, after: i64, until: i64) -> Range<usize> {
        let start = self.time.partition_point(|&t| t <= after);
        let end = self.time.partition_point(|&t| t <= until);
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn funding_is_due_at_the_end_of_the_span() {
        let funding = Funding {
            time: vec![10, 20, 30],
            rate: vec![0.1, 0.2, 0.3],
        };
        assert_eq!(funding.due(10, 20), 1..2);
        assert_eq!(funding.due(0, 9), 0..0);
        assert_eq!(funding.due(9, 30), 0..3);
        assert_eq!(funding.due(30, 10), 3..3);
    }

    #[test]
    fn an_asset_finds_its_only_market() {
        let symbols = ["BTCUSD", "ETH-USDT", "ETH/USDC", "WBTCUSD", "SOL"];
        let find = |name: &str| named(symbols.iter().copied(), name);
        assert_eq!(find("BTC"), Some(0));
        assert_eq!(find("BTCUSD"), Some(0));
        assert_eq!(find("SOL"), Some(4));
        // two markets of one asset: the program must say which
        assert_eq!(find("ETH"), None);
        assert_eq!(find("ETH-USDT"), Some(1));
        assert_eq!(find("B"), None);
        assert!(!is_named("BTCPERP", "BTC"));
    }
}
