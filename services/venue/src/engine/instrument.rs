//! What is traded: the rules of one perpetual for prices, sizes, leverage and maintenance margin (facts §5.1, §8.2).

use super::ident::Side;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// From `lower_bound` dollars of notional on, at most `max_leverage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginTier {
    /// Least notional of the tier, USDC.
    pub lower_bound: Decimal,
    /// Highest leverage in it.
    pub max_leverage: u32,
}

/// A perpetual and its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// Name of the coin: `BTC`, `kPEPE`.
    pub name: String,
    /// Decimals of a size.
    pub sz_decimals: u32,
    /// Highest leverage of the first tier.
    pub max_leverage: u32,
    /// Number of its margin table; below 50 a single tier of that leverage.
    pub margin_table: u32,
    /// Tiers, ascending, the first from 0.
    pub tiers: Vec<MarginTier>,
    /// Only isolated margin is allowed.
    pub only_isolated: bool,
    /// No orders any more; it keeps its place in the list.
    pub delisted: bool,
    /// Notional of the order that impact prices are measured with, USDC.
    pub impact_notional: Decimal,
    /// Most open interest, USDC at the oracle.
    pub open_interest_cap: Option<Decimal>,
    /// Most growth of open interest within a minute, USDC at the oracle.
    pub open_interest_step: Option<Decimal>,
}

/// Largest price and size that are taken at all: what the arithmetic holds with room to spare.
const LARGEST: i64 = 1_000_000_000_000;

impl Instrument {
    /// A perpetual with the margin table the real exchange uses for it: BTC 56, ETH 55, SOL 54, else one tier.
    pub fn new(name: &str, sz_decimals: u32, max_leverage: u32) -> Self {
        let table = match name {
            "BTC" => 56,
            "ETH" => 55,
            "SOL" => 54,
            _ => max_leverage,
        };
        let tiers = margin_table(table);
        let max_leverage = tiers.first().map_or(max_leverage, |tier| tier.max_leverage);
        let impact = if matches!(name, "BTC" | "ETH") {
            20_000
        } else {
            6000
        };
        Self {
            name: name.to_owned(),
            sz_decimals: sz_decimals.min(6),
            max_leverage: max_leverage.max(1),
            margin_table: table,
            tiers,
            only_isolated: false,
            delisted: false,
            impact_notional: Decimal::from(impact),
            open_interest_cap: None,
            open_interest_step: None,
        }
    }

    /// Decimals a price may have: 6 − decimals of the size.
    pub fn px_decimals(&self) -> u32 {
        6_u32.saturating_sub(self.sz_decimals)
    }

    /// Whether `px` is on the grid: a whole number, or at most 5 significant figures and [`Self::px_decimals`] decimals.
    pub fn price_ok(&self, px: Decimal) -> bool {
        if px <= Decimal::ZERO || px > Decimal::from(LARGEST) {
            return false;
        }
        let px = px.normalize();
        px.scale() == 0
            || (px.scale() <= self.px_decimals() && px.mantissa().unsigned_abs() < 100_000)
    }

    /// Whether `sz` has no more decimals than sizes have, and is neither negative nor beyond what is held.
    pub fn size_ok(&self, sz: Decimal) -> bool {
        sz >= Decimal::ZERO
            && sz <= Decimal::from(LARGEST)
            && sz.normalize().scale() <= self.sz_decimals
    }

    /// `px` on the finest grid of the market (decimals only), as marks and oracles are published.
    pub fn round_mark(&self, px: Decimal) -> Decimal {
        px.round_dp(self.px_decimals())
    }

    /// The nearest price that an order may have, at or away from `px`: down for bids, up for asks. Five significant figures and
    /// [`Self::px_decimals`] decimals, as clients round.
    pub fn on_tick(&self, px: Decimal, side: Side) -> Decimal {
        let way = match side {
            Side::Buy => RoundingStrategy::ToZero,
            Side::Sell => RoundingStrategy::AwayFromZero,
        };
        // Decimals that leave five figures: one less for each figure before the point; more below one.
        let mut decimals: i32 = 5;
        let mut scaled = px.abs();
        while scaled >= Decimal::ONE {
            scaled /= Decimal::TEN;
            decimals -= 1;
        }
        while !scaled.is_zero() && scaled < Decimal::new(1, 1) && decimals < 28 {
            scaled *= Decimal::TEN;
            decimals += 1;
        }
        let decimals = u32::try_from(decimals).unwrap_or(0).min(self.px_decimals());
        px.round_dp_with_strategy(decimals, way)
    }

    /// Maintenance margin of a position of `notional`: notional · rate(n) − deduction(n), where rate is
    /// 1 / (2 · leverage of the tier) and the deduction makes it continuous at the bounds; truncated to 6 decimals.
    pub fn maintenance(&self, notional: Decimal) -> Decimal {
        let (rate, deduction) = self.maintenance_rate(notional);
        (notional * rate - deduction).trunc_with_scale(6)
    }

    /// Rate and deduction of the tier that `notional` falls in.
    pub fn maintenance_rate(&self, notional: Decimal) -> (Decimal, Decimal) {
        let mut rate = half_of(self.max_leverage);
        let mut deduction = Decimal::ZERO;
        for tier in &self.tiers {
            if notional < tier.lower_bound {
                break;
            }
            let next = half_of(tier.max_leverage);
            deduction += tier.lower_bound * (next - rate);
            rate = next;
        }
        (rate, deduction)
    }

    /// Most notional a position may have at `leverage`: the bound of the first tier that allows less. `None` = no bound.
    pub fn most_notional(&self, leverage: u32) -> Option<Decimal> {
        self.tiers
            .iter()
            .find(|tier| tier.max_leverage < leverage)
            .map(|tier| tier.lower_bound)
    }

    /// Largest value of one order, USDC: ten times the cap of market orders, which goes by leverage.
    pub fn most_order_value(&self, market: bool) -> Decimal {
        let cap = match self.max_leverage {
            25.. => 15_000_000,
            20..=24 => 5_000_000,
            10..=19 => 2_000_000,
            _ => 500_000,
        };
        Decimal::from(if market { cap } else { cap * 10 })
    }
}

/// 1 / (2 · leverage).
fn half_of(leverage: u32) -> Decimal {
    Decimal::ONE / Decimal::from(2 * leverage.max(1))
}

/// Tiers of a margin table of the real exchange (recorded 2026); below 50 the number is the leverage.
pub fn margin_table(id: u32) -> Vec<MarginTier> {
    let tier = |millions: i64, max_leverage| MarginTier {
        lower_bound: Decimal::from(millions * 1_000_000),
        max_leverage,
    };
    match id {
        56 => vec![tier(0, 40), tier(150, 20)],
        55 => vec![tier(0, 25), tier(100, 15)],
        54 => vec![tier(0, 20), tier(70, 10)],
        53 => vec![tier(0, 20), tier(40, 10)],
        52 => vec![tier(0, 10), tier(20, 5)],
        51 => vec![tier(0, 10), tier(3, 5)],
        50 => vec![tier(0, 50)],
        other => vec![tier(0, other.max(1))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn prices_have_five_figures_or_are_whole() {
        let btc = Instrument::new("BTC", 5, 40);
        for good in ["80459", "123456789", "80459.0", "0.1", "9999.9"] {
            assert!(btc.price_ok(d(good)), "{good}");
        }
        for bad in ["80459.1", "0.01", "0", "-5", "1000000000001"] {
            assert!(!btc.price_ok(d(bad)), "{bad}");
        }
        let pepe = Instrument::new("kPEPE", 0, 10);
        assert!(pepe.price_ok(d("0.012345")));
        assert!(pepe.price_ok(d("0.00001")));
        assert!(!pepe.price_ok(d("0.0123456")), "seven decimals");
        assert!(!pepe.price_ok(d("1.23456")), "six figures");
    }

    #[test]
    fn prices_are_put_on_the_tick_away_from_the_middle() {
        let btc = Instrument::new("BTC", 5, 40);
        assert_eq!(btc.on_tick(d("80459.37"), Side::Buy), d("80459"));
        assert_eq!(btc.on_tick(d("80459.37"), Side::Sell), d("80460"));
        assert_eq!(btc.on_tick(d("9999.95"), Side::Buy), d("9999.9"));
        let pepe = Instrument::new("kPEPE", 0, 10);
        assert_eq!(pepe.on_tick(d("0.01234567"), Side::Buy), d("0.012345"));
        assert_eq!(pepe.on_tick(d("1.234567"), Side::Sell), d("1.2346"));
        for px in ["0.000012345", "7.77777", "123456.7", "99999.99"] {
            for side in [Side::Buy, Side::Sell] {
                let px = pepe.on_tick(d(px), side);
                assert!(px.is_zero() || pepe.price_ok(px), "{px}");
            }
        }
    }

    #[test]
    fn sizes_have_the_decimals_of_the_market() {
        let eth = Instrument::new("ETH", 4, 25);
        assert!(eth.size_ok(d("0.0001")));
        assert!(eth.size_ok(d("1.50000")));
        assert!(!eth.size_ok(d("0.00001")));
        assert!(!eth.size_ok(d("-1")));
    }

    #[test]
    fn maintenance_is_continuous_over_tiers() {
        let btc = Instrument::new("BTC", 5, 40);
        // 1 / 80 of 100 000
        assert_eq!(btc.maintenance(d("100000")), d("1250"));
        // at the bound both tiers say 150M / 80 = 1 875 000
        assert_eq!(btc.maintenance(d("150000000")), d("1875000"));
        // 200M / 40 − 150M · (1/40 − 1/80) = 5M − 1.875M
        assert_eq!(btc.maintenance(d("200000000")), d("3125000"));
        assert_eq!(btc.most_notional(40), Some(d("150000000")));
        assert_eq!(btc.most_notional(20), None);
    }

    #[test]
    fn maintenance_is_truncated_to_a_millionth() {
        let coin = Instrument::new("X", 2, 3);
        // 10 / 6 = 1.6666666…
        assert_eq!(coin.maintenance(d("10")), d("1.666666"));
    }
}
