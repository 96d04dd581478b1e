//! Whether orders may be sent at all, and to whom: decided once, before a key is opened.

use sixbtc_core::settings::{NetworkName, Settings};
use sixbtc_exchange::Network;
use sixbtc_exchange::wire::Address;

/// Where orders go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The network, which every signature is for.
    pub network: Network,
    /// Base address of `/info` and `/exchange`.
    pub url: String,
    /// Address of the websocket.
    pub socket: String,
    /// The master account; none is allowed on a local venue alone, where the key file says which.
    pub master: Option<Address>,
}

/// Why no order is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    /// The master switch.
    #[error(
        "`trading.venue` is \"hyperliquid\", but `hyperliquid.dry_run` is on, so that no order would be sent: set `hyperliquid.dry_run = false` to trade on {0}"
    )]
    DryRun(Network),
    /// No account.
    #[error("`hyperliquid.user_address` is empty: whose subaccounts are to be traded on {0}?")]
    NoAccount(Network),
    /// Not an address.
    #[error("`hyperliquid.user_address` is {0:?}, it must be 0x and 40 hexadecimal digits")]
    Account(String),
    /// Real money, and nobody has said so.
    #[error(
        "`hyperliquid.network` is \"mainnet\", where losses are real: to trade there, set `hyperliquid.mainnet_confirmation = \"{0}\"`, letter by letter"
    )]
    Unconfirmed(String),
    /// A local venue somewhere else.
    #[error(
        "`hyperliquid.network` is \"local\", but `hyperliquid.api_url` is {0:?}: a local venue is on this machine, and what is signed for it would be taken by the test network"
    )]
    NotLocal(String),
    /// Not an address of a server.
    #[error("`hyperliquid.api_url` is {0:?}: it must begin with http:// or https://")]
    Url(String),
    /// Real money over a line that anybody may read and change.
    #[error("`hyperliquid.api_url` is {0:?}: real money goes over https:// alone")]
    Plain(String),
}

/// What has to be typed to trade with real money: it names the account, so that it cannot be copied from another one's settings.
pub fn confirmation(master: Address) -> String {
    format!("trade real money of {master}")
}

/// Where orders may be sent under these settings.
pub fn open(settings: &Settings) -> Result<Target, Shut> {
    let target = place(settings)?;
    let exchange = &settings.hyperliquid;
    if exchange.dry_run {
        return Err(Shut::DryRun(target.network));
    }
    if target.network.is_real_money() {
        let master = target.master.ok_or(Shut::NoAccount(target.network))?;
        let typed = confirmation(master);
        if exchange.mainnet_confirmation != typed {
            return Err(Shut::Unconfirmed(typed));
        }
    }
    Ok(target)
}

/// Where the venue is, whether orders may be sent there or not: for services that only look.
pub fn place(settings: &Settings) -> Result<Target, Shut> {
    let exchange = &settings.hyperliquid;
    let network = match exchange.network {
        NetworkName::Local => Network::Local,
        NetworkName::Testnet => Network::Testnet,
        NetworkName::Mainnet => Network::Mainnet,
    };
    let address = exchange.user_address.trim();
    let master = if address.is_empty() {
        None
    } else {
        let read = address.parse::<Address>();
        Some(read.map_err(|_| Shut::Account(address.to_owned()))?)
    };
    if master.is_none() && network != Network::Local {
        return Err(Shut::NoAccount(network));
    }
    let given = exchange.api_url.trim().trim_end_matches('/');
    let (url, socket) = if given.is_empty() {
        (network.url().to_owned(), network.socket_url().to_owned())
    } else {
        let bad = || Shut::Url(given.to_owned());
        let url = url::Url::parse(given).map_err(|_| bad())?;
        let socket = match url.scheme() {
            "http" => given.replacen("http", "ws", 1),
            "https" => given.replacen("https", "wss", 1),
            _ => return Err(bad()),
        };
        let loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(bad()),
        };
        if network == Network::Local && !loopback {
            return Err(Shut::NotLocal(given.to_owned()));
        }
        if network.is_real_money() && url.scheme() != "https" {
            return Err(Shut::Plain(given.to_owned()));
        }
        (given.to_owned(), format!("{socket}/ws"))
    };
    Ok(Target {
        network,
        url,
        socket,
        master,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "0x14791697260e4c9a71f18484c9f997b308e59325";

    fn settings(network: NetworkName) -> Settings {
        let mut settings = Settings::default();
        settings.hyperliquid.network = network;
        settings.hyperliquid.dry_run = false;
        settings.hyperliquid.user_address = MASTER.into();
        settings
    }

    #[test]
    fn by_default_nothing_is_sent() {
        let told = open(&Settings::default()).unwrap_err();
        assert_eq!(told, Shut::DryRun(Network::Local));
        // and who only looks may look
        assert_eq!(
            place(&Settings::default()).unwrap().url,
            "http://127.0.0.1:3001"
        );
    }

    #[test]
    fn real_money_needs_the_switch_and_the_words_with_the_account() {
        let mut s = settings(NetworkName::Mainnet);
        let told = open(&s).unwrap_err();
        let words = format!("trade real money of {MASTER}");
        assert_eq!(told, Shut::Unconfirmed(words.clone()));
        assert!(told.to_string().contains(&words), "{told}");
        for wrong in [
            "yes",
            "trade real money",
            "trade real money of 0x24791697260e4c9a71f18484c9f997b308e59325",
            &words.to_uppercase(),
            &format!("{words} "),
        ] {
            s.hyperliquid.mainnet_confirmation = wrong.into();
            assert!(open(&s).is_err(), "{wrong}");
        }
        s.hyperliquid.mainnet_confirmation = words;
        assert_eq!(open(&s).unwrap().network, Network::Mainnet);
        assert_eq!(open(&s).unwrap().socket, "wss://api.hyperliquid.xyz/ws");
        s.hyperliquid.api_url = "http://api.hyperliquid.xyz".into();
        assert!(matches!(open(&s), Err(Shut::Plain(_))));
        s.hyperliquid.api_url = String::new();
        s.hyperliquid.dry_run = true;
        assert_eq!(open(&s).unwrap_err(), Shut::DryRun(Network::Mainnet));
        s.hyperliquid.dry_run = false;
        s.hyperliquid.user_address = String::new();
        assert_eq!(open(&s).unwrap_err(), Shut::NoAccount(Network::Mainnet));
    }

    #[test]
    fn a_local_venue_is_on_this_machine() {
        let mut s = settings(NetworkName::Local);
        s.hyperliquid.user_address = String::new();
        for (url, socket) in [
            ("http://127.0.0.1:4001/", "ws://127.0.0.1:4001/ws"),
            ("http://localhost:9", "ws://localhost:9/ws"),
            ("http://[::1]:9", "ws://[::1]:9/ws"),
        ] {
            s.hyperliquid.api_url = url.into();
            assert_eq!(open(&s).unwrap().socket, socket);
        }
        for url in [
            "https://api.hyperliquid-testnet.xyz",
            "http://localhost.example.org",
            "http://10.0.0.1:3001",
        ] {
            s.hyperliquid.api_url = url.into();
            assert_eq!(open(&s), Err(Shut::NotLocal(url.into())));
        }
        for url in ["ftp://127.0.0.1", "nonsense", "ws://127.0.0.1:3001"] {
            s.hyperliquid.api_url = url.into();
            assert_eq!(open(&s), Err(Shut::Url(url.into())));
        }
    }
}
