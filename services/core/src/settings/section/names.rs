//! Values with names.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sixbtc_market::Timeframe;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A timeframe as it is written in settings: `15m`, `1h`, `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tf(pub Timeframe);

impl std::ops::Deref for Tf {
    type Target = Timeframe;

    fn deref(&self) -> &Timeframe {
        &self.0
    }
}

impl From<Timeframe> for Tf {
    fn from(timeframe: Timeframe) -> Self {
        Self(timeframe)
    }
}

impl fmt::Display for Tf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Tf {
    type Err = sixbtc_market::MarketError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Tf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Tf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Tf {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timeframe".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]+[smhdw]$", "x-kind": "timeframe"})
    }
}

/// How much is logged.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What helps to find a defect.
    Debug,
    /// What happens.
    Info,
    /// What should not happen.
    Warn,
    /// What went wrong.
    Error,
}

impl LogLevel {
    /// As `tracing` reads it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(inline)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
    };
}

choice! {
    /// Form of a line of the log.
    LogFormat {
        /// For people.
        Text,
        /// For programs: one JSON object a line.
        Json,
    }
}

choice! {
    /// Whether gates are as they should be.
    Profile {
        /// As documented.
        Standard,
        /// Loosened, to show the whole life of a strategy on the sample data in minutes. Says nothing about a strategy.
        Demo,
    }
}

choice! {
    /// How a language model is reached.
    AiMode {
        /// A command line tool that reads the prompt on its standard input.
        Cli,
        /// Over HTTP.
        Api,
        /// Answers from a file: for tests.
        Recorded,
    }
}

choice! {
    /// Which protocol an endpoint speaks.
    AiProtocol {
        /// Anthropic's messages.
        Anthropic,
        /// `OpenAI`'s chat completions, which many servers speak, also local ones.
        Openai,
    }
}

choice! {
    /// What the time at the market is.
    MarketTime {
        /// The clock on the wall: bars come as they are made.
        Wall,
        /// A walk through historic bars, faster than life.
        Replay,
    }
}

choice! {
    /// Where strategies trade.
    VenueName {
        /// A simulated account.
        Simulated,
        /// Hyperliquid.
        Hyperliquid,
    }
}

choice! {
    /// What follows when a live bar was decided otherwise than its replay.
    ReplayCheck {
        /// Bars are not replayed.
        Off,
        /// A person is told.
        Alert,
        /// And entries of the strategy are stopped until a person lifts it.
        Halt,
    }
}

choice! {
    /// Which Hyperliquid is meant.
    NetworkName {
        /// A simulated one on this machine.
        Local,
        /// The exchange's own playground.
        Testnet,
        /// Real money.
        Mainnet,
    }
}

choice! {
    /// Where candles come from.
    CandleSource {
        /// Binance, perpetual futures.
        Binance,
        /// Hyperliquid.
        Hyperliquid,
        /// Nowhere: what stands in the data directory is used as it is.
        None,
    }
}

choice! {
    /// How patterns are found.
    PatternBackend {
        /// The miner that is built in.
        Miner,
        /// A pattern service over HTTP.
        Service,
    }
}

choice! {
    /// Which Sharpe ratio decides at the gates.
    SharpeOf {
        /// That of the equity curve.
        Equity,
        /// That of pooled trades.
        Trade,
    }
}

choice! {
    /// Protection of a connection to a mail server.
    MailSecurity {
        /// TLS from the first byte (port 465).
        Tls,
        /// TLS after a greeting (port 587).
        Starttls,
        /// None: for a server on this machine only.
        None,
    }
}
