//! Names of one coin on two exchanges.
//!
//! We call a coin as Hyperliquid does: `BTC`, `kPEPE`. Binance's market of it is the name and `USDT`; a thousand of a cheap
//! coin is `k` here and `1000` there, so the prices agree.

/// Coins that one of the two renamed: the old name and the new one.
const RENAMED: [(&str, &str); 3] = [("MATIC", "POL"), ("RNDR", "RENDER"), ("FTM", "S")];

/// What Binance's markets end with.
const QUOTE: &str = "USDT";

/// Binance's market of a coin; a name that ends with `USDT` is one already.
pub fn binance_market(coin: &str) -> String {
    if coin.len() > QUOTE.len() && coin.ends_with(QUOTE) {
        return coin.to_owned();
    }
    match thousand(coin) {
        Some(base) => format!("1000{base}{QUOTE}"),
        None => format!("{coin}{QUOTE}"),
    }
}

/// Every market of Binance that may be this coin, the likeliest first.
pub fn binance_markets(coin: &str) -> Vec<String> {
    let mut markets = vec![binance_market(coin)];
    for (old, new) in RENAMED {
        if coin == old {
            markets.push(binance_market(new));
        } else if coin == new {
            markets.push(binance_market(old));
        }
    }
    markets
}

/// The coin of a market of Binance in USDT.
pub fn coin_of_binance(market: &str) -> Option<String> {
    let base = market.strip_suffix(QUOTE).filter(|b| !b.is_empty())?;
    Some(match base.strip_prefix("1000") {
        Some(cheap) if cheap.starts_with(|c: char| c.is_ascii_uppercase()) => format!("k{cheap}"),
        _ => base.to_owned(),
    })
}

/// The coin of which this is a thousand: `PEPE` of `kPEPE`.
fn thousand(coin: &str) -> Option<&str> {
    coin.strip_prefix('k')
        .filter(|base| base.starts_with(|c: char| c.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_and_plain_names_go_both_ways() {
        for (coin, market) in [
            ("BTC", "BTCUSDT"),
            ("kPEPE", "1000PEPEUSDT"),
            ("kSHIB", "1000SHIBUSDT"),
            ("KAS", "KASUSDT"),
            ("1INCH", "1INCHUSDT"),
        ] {
            assert_eq!(binance_market(coin), market);
            assert_eq!(coin_of_binance(market).as_deref(), Some(coin));
        }
        assert_eq!(binance_market("ETHUSDT"), "ETHUSDT");
        assert_eq!(binance_market("USDT"), "USDTUSDT");
        assert_eq!(coin_of_binance("BTCUSDC"), None);
        assert_eq!(coin_of_binance("USDT"), None);
        assert_eq!(
            coin_of_binance("1000000MOGUSDT").as_deref(),
            Some("1000000MOG")
        );
    }

    #[test]
    fn renamed_coins_are_found_under_both_names() {
        assert_eq!(binance_markets("MATIC"), ["MATICUSDT", "POLUSDT"]);
        assert_eq!(binance_markets("POL"), ["POLUSDT", "MATICUSDT"]);
        assert_eq!(binance_markets("BTC"), ["BTCUSDT"]);
    }
}
