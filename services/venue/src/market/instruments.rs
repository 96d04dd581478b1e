//! Rules of the coins that data name.

use crate::engine::Instrument;

/// Decimals of a size and highest leverage of coins that are known, as the real exchange lists them.
const KNOWN: &[(&str, u32, u32)] = &[
    ("BTC", 5, 40),
    ("ETH", 4, 25),
    ("SOL", 2, 20),
    ("XRP", 0, 20),
    ("DOGE", 0, 10),
    ("LTC", 2, 10),
    ("BCH", 3, 10),
    ("LINK", 1, 10),
    ("AVAX", 2, 10),
    ("ADA", 0, 10),
    ("DOT", 1, 10),
    ("BNB", 3, 10),
    ("SUI", 1, 10),
    ("TRX", 0, 10),
    ("AAVE", 2, 10),
    ("UNI", 1, 10),
    ("ATOM", 2, 5),
    ("NEAR", 1, 10),
    ("ARB", 1, 10),
    ("OP", 1, 5),
    ("APT", 2, 10),
    ("INJ", 1, 10),
    ("HYPE", 2, 10),
    ("kPEPE", 0, 10),
    ("kSHIB", 0, 10),
    ("kBONK", 0, 10),
];

/// Rules of a coin: those of the real exchange when it is known, else decimals that make the smallest size worth about a
/// dollar or less at `price`, and a leverage of 10.
pub fn instrument_of(coin: &str, price: f64) -> Instrument {
    let known = KNOWN.iter().find(|(name, ..)| *name == coin);
    let (decimals, leverage) = known.map_or_else(
        || {
            let mut decimals = 0;
            let mut worth = price;
            while worth >= 5.0 && decimals < 5 {
                worth /= 10.0;
                decimals += 1;
            }
            (decimals, 10)
        },
        |(_, decimals, leverage)| (*decimals, *leverage),
    );
    Instrument::new(coin, decimals, leverage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_coins_get_decimals_by_their_price() {
        assert_eq!(instrument_of("BTC", 1.0).sz_decimals, 5);
        assert_eq!(instrument_of("BTC", 1.0).max_leverage, 40);
        for (price, decimals) in [
            (0.01, 0),
            (3.0, 0),
            (30.0, 1),
            (400.0, 2),
            (60_000.0, 5),
            (1e9, 5),
        ] {
            assert_eq!(instrument_of("NEW", price).sz_decimals, decimals, "{price}");
        }
        assert_eq!(instrument_of("NEW", f64::NAN).sz_decimals, 0);
    }
}
