//! Which Hyperliquid is meant. Never guessed: an order signed for one network is worthless on another, and that is the point.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A network of the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// Real money.
    Mainnet,
    /// The exchange's own playground.
    Testnet,
    /// A simulated venue on this machine. It signs as the testnet does, so that official clients can talk to it.
    Local,
}

impl Network {
    /// Letter that goes into every signature of a trading action: `a` for real money, `b` for everything else.
    pub fn source(self) -> &'static str {
        match self {
            Self::Mainnet => "a",
            Self::Testnet | Self::Local => "b",
        }
    }

    /// Word that actions about money and keys carry as `hyperliquidChain`.
    pub fn chain(self) -> &'static str {
        match self {
            Self::Mainnet => "Mainnet",
            Self::Testnet | Self::Local => "Testnet",
        }
    }

    /// Address below which `/info` and `/exchange` are asked, without a slash at the end.
    pub fn url(self) -> &'static str {
        match self {
            Self::Mainnet => "https://api.hyperliquid.xyz",
            Self::Testnet => "https://api.hyperliquid-testnet.xyz",
            Self::Local => "http://127.0.0.1:3001",
        }
    }

    /// Address of the websocket.
    pub fn socket_url(self) -> &'static str {
        match self {
            Self::Mainnet => "wss://api.hyperliquid.xyz/ws",
            Self::Testnet => "wss://api.hyperliquid-testnet.xyz/ws",
            Self::Local => "ws://127.0.0.1:3001/ws",
        }
    }

    /// Whether losses are real.
    pub fn is_real_money(self) -> bool {
        self == Self::Mainnet
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mainnet => "mainnet",
            Self::Testnet => "testnet",
            Self::Local => "local",
        })
    }
}
