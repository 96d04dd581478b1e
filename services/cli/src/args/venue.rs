//! What people type for `venue`.

use clap::Args as ClapArgs;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Address;
use std::net::IpAddr;
use std::path::PathBuf;

/// `sixbtc venue`
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  sixbtc venue --state venue.db --fund 0x1234567890123456789012345678901234567890=10000\n  sixbtc venue --data candles --coin BTC --from 2024-03-01 --speed 60 --control"
)]
// switches of a command line
#[allow(clippy::struct_excessive_bools)]
pub struct VenueArgs {
    /// Where it listens. Official clients look for a venue of this machine at 3001; 0 for any free port.
    #[arg(long, default_value_t = 3001, value_name = "PORT")]
    pub port: u16,
    /// Address of this machine it listens on. Whoever reaches it can trade there, so think before it is another.
    #[arg(long, default_value = "127.0.0.1", value_name = "IP")]
    pub address: IpAddr,
    /// A candle store, a file or a directory of files that prices are made of; without it the sample data of the program.
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// A coin, as `BTC`, or `BTC=BTCUSDT` when its candles have another name; again for more. Without any: all there are.
    #[arg(long = "coin", value_name = "COIN")]
    pub coins: Vec<CoinArg>,
    /// Mirror a real market: the minutes of the coins that --coin names are played as they close there, a minute late.
    #[arg(long, value_enum, value_name = "EXCHANGE", requires = "coins", conflicts_with_all = ["data", "from"])]
    pub live: Option<super::ExchangeArg>,
    /// Address of that market, if not its public one.
    #[arg(long, value_name = "URL", requires = "live")]
    pub live_url: Option<String>,
    /// File in which the venue lives on, made when it is not there; without it nothing survives its end.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Walk through the candles from this day or time on; without it the same candles are played as if they came now.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// How many times as fast as they came; 0 stands still and is moved by /control/step.
    #[arg(long, default_value_t = 1.0, requires = "from", value_name = "N")]
    pub speed: f64,
    /// Seed of everything about prices that the candles do not say.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Fill as a backtest does, rather than from a book with depth.
    #[arg(long)]
    pub exact: bool,
    /// The gates of the real exchange: volume before sub-accounts and scheduled cancels.
    #[arg(long)]
    pub strict: bool,
    /// Enforce no limits by IP address.
    #[arg(long)]
    pub no_limits: bool,
    /// A plan of faults (JSON) that begins with the venue.
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Serve /control/…: money, steps, speed, faults. For tests: it has no lock.
    #[arg(long)]
    pub control: bool,
    /// Dollars for an account when the venue is new; again for more.
    #[arg(long = "fund", value_name = "ADDRESS=AMOUNT", value_parser = funds)]
    pub fund: Vec<(Address, Decimal)>,
    /// Stop after so many seconds.
    #[arg(long, value_name = "N")]
    pub seconds: Option<u64>,
}

/// A coin and the symbol of its candles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoinArg {
    /// As the venue calls it.
    pub coin: String,
    /// As its candles are called, when that was said.
    pub symbol: Option<String>,
}

impl std::str::FromStr for CoinArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (coin, symbol) = match text.split_once('=') {
            Some((coin, symbol)) => (coin, Some(symbol.to_owned())),
            None => (text, None),
        };
        if coin.is_empty() || symbol.as_deref() == Some("") {
            return Err("write `BTC`, or `BTC=BTCUSDT`".to_owned());
        }
        Ok(Self {
            coin: coin.to_owned(),
            symbol,
        })
    }
}

fn funds(text: &str) -> Result<(Address, Decimal), String> {
    let (address, amount) = text
        .split_once('=')
        .ok_or("write an address, `=` and dollars")?;
    let address = address
        .trim()
        .parse()
        .map_err(|e| format!("`{address}`: {e}"))?;
    let amount = amount
        .trim()
        .parse()
        .map_err(|e| format!("`{amount}` is no amount: {e}"))?;
    Ok((address, amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_and_funds_are_read_or_refused_with_the_reason() {
        let coin: CoinArg = "BTC=BTCUSDT".parse().unwrap();
        assert_eq!(
            (coin.coin.as_str(), coin.symbol.as_deref()),
            ("BTC", Some("BTCUSDT"))
        );
        assert!("=X".parse::<CoinArg>().is_err() && "X=".parse::<CoinArg>().is_err());
        let (address, amount) = funds("0x5e9ee1089755c3435139848e47e6635505d5a13a=12.5").unwrap();
        assert_eq!(
            address.to_string(),
            "0x5e9ee1089755c3435139848e47e6635505d5a13a"
        );
        assert_eq!(amount.to_string(), "12.5");
        assert!(
            funds("0x12=1")
                .unwrap_err()
                .contains("40 hexadecimal digits")
        );
        assert!(funds("nothing").is_err());
        assert!(funds("0x5e9ee1089755c3435139848e47e6635505d5a13a=x").is_err());
    }
}
