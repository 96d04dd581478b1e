//! The perpetuals that the exchange lists, as trading needs them: numbers of assets, rules of prices and sizes, leverage.

use sixbtc_exchange::symbols::coin_of_binance;
use sixbtc_exchange::wire::info::Meta;
use sixbtc_live::money::Rules;
use std::collections::BTreeMap;

/// Leverage above which nobody lists anything: what is said beyond is a mistake.
const MOST_LEVERAGE: u32 = 1_000;
/// Decimals of sizes that rules exist for.
const MOST_DECIMALS: u32 = 6;

/// A perpetual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its number: its place in the list, which a delisted one keeps.
    pub number: u32,
    /// Its name at the exchange.
    pub coin: String,
    /// Decimals of a size.
    pub size_decimals: u32,
    /// The highest leverage.
    pub max_leverage: u32,
    /// Whether it takes isolated margin only.
    pub only_isolated: bool,
    /// Whether it is no longer traded.
    pub delisted: bool,
}

impl Asset {
    /// What prices, sizes and leverage have to look like.
    pub fn rules(&self) -> Rules {
        Rules::hyperliquid(self.size_decimals, self.max_leverage)
    }
}

/// How an asset changed since it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is no longer traded, or no longer listed: positions can only be made smaller.
    Gone,
    /// Another number stands for it, or other sizes, prices or leverage are accepted: whoever trades it has to begin anew.
    Rules,
}

/// All perpetuals, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Universe {
    by_coin: BTreeMap<String, Asset>,
}

impl Universe {
    /// Reads the exchange's list. What cannot be traded as it stands there is left out and named.
    pub fn read(meta: &Meta) -> (Self, Vec<String>) {
        let mut universe = Self::default();
        let mut odd = Vec::new();
        for (number, asset) in meta.universe.iter().enumerate() {
            let fine = asset.sz_decimals <= MOST_DECIMALS
                && (1..=MOST_LEVERAGE).contains(&asset.max_leverage)
                && !asset.name.is_empty();
            let Some(number) = u32::try_from(number).ok().filter(|_| fine) else {
                odd.push(asset.name.clone());
                continue;
            };
            let isolated = asset.only_isolated == Some(true) || asset.margin_mode.is_some();
            let read = Asset {
                number,
                coin: asset.name.clone(),
                size_decimals: asset.sz_decimals,
                max_leverage: asset.max_leverage,
                only_isolated: isolated,
                delisted: asset.is_delisted == Some(true),
            };
            // a name that stands there twice is the one that is traded, or the later one
            match universe.by_coin.get(&read.coin) {
                Some(known) if read.delisted && !known.delisted => {}
                _ => {
                    universe.by_coin.insert(read.coin.clone(), read);
                }
            }
        }
        (universe, odd)
    }

    /// An asset by its name at the exchange.
    pub fn get(&self, coin: &str) -> Option<&Asset> {
        self.by_coin.get(coin)
    }

    /// The asset that a symbol of ours means: a coin as the exchange calls it, or a market of another exchange in that coin.
    pub fn find(&self, symbol: &str) -> Option<&Asset> {
        self.get(symbol)
            .or_else(|| self.get(&coin_of_binance(symbol)?))
            .or_else(|| {
                let coins = self.by_coin.keys().map(String::as_str);
                let mut found = coins.filter(|coin| sixbtc_market::symbol::is_named(symbol, coin));
                match (found.next(), found.next()) {
                    (Some(one), None) => self.get(one),
                    _ => None,
                }
            })
    }

    /// How an asset that was read earlier stands here now; none when it is the same.
    pub fn changed(&self, before: &Asset) -> Option<Change> {
        match self.get(&before.coin) {
            Some(now) if now == before => None,
            Some(now) if now.delisted && !before.delisted => Some(Change::Gone),
            None => Some(Change::Gone),
            Some(_) => Some(Change::Rules),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_coin.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_coin.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;
    use sixbtc_exchange::wire::info::AssetMeta;

    fn asset(name: &str, decimals: u32, leverage: u32) -> AssetMeta {
        AssetMeta {
            name: name.to_owned(),
            sz_decimals: decimals,
            max_leverage: leverage,
            ..AssetMeta::default()
        }
    }

    fn meta(universe: Vec<AssetMeta>) -> Meta {
        Meta {
            universe,
            ..Meta::default()
        }
    }

    #[test]
    fn numbers_are_places_and_symbols_are_found_by_any_of_their_names() {
        let (universe, odd) = Universe::read(&meta(vec![
            asset("BTC", 5, 40),
            asset("broken", 9, 40),
            asset("kPEPE", 0, 10),
        ]));
        assert_eq!((universe.len(), odd), (2, vec!["broken".to_owned()]));
        assert_eq!(universe.get("kPEPE").unwrap().number, 2);
        for name in ["BTC", "BTCUSDT", "BTCUSD", "BTC/USDC"] {
            assert_eq!(universe.find(name).unwrap().coin, "BTC", "{name}");
        }
        assert_eq!(universe.find("1000PEPEUSDT").unwrap().coin, "kPEPE");
        assert_eq!(universe.find("ETH"), None);
        let rules = universe.get("BTC").unwrap().rules();
        assert_eq!((rules.lot, rules.max_leverage), (Decimal::new(1, 5), 40));
    }

    #[test]
    fn changes_are_told_apart() {
        let (before, _) = Universe::read(&meta(vec![asset("BTC", 5, 40), asset("ETH", 4, 25)]));
        let btc = before.get("BTC").unwrap();
        assert_eq!(before.changed(btc), None);
        let gone = AssetMeta {
            is_delisted: Some(true),
            ..asset("BTC", 5, 40)
        };
        let (now, _) = Universe::read(&meta(vec![gone, asset("ETH", 4, 10)]));
        assert_eq!(now.changed(btc), Some(Change::Gone));
        assert_eq!(now.changed(before.get("ETH").unwrap()), Some(Change::Rules));
        assert_eq!(Universe::default().changed(btc), Some(Change::Gone));
    }
}
