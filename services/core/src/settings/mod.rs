//! What a user may change.
//!
//! One typed tree, [`Settings`]; its defaults are those of the reference. A key is written with dots between levels:
//! `active_pool.max_size`. In the environment that is `SIXBTC_ACTIVE_POOL__MAX_SIZE`.

mod cross;
mod describe;
mod file;
mod given;
mod legacy;
mod load;
mod origin;
mod page;
mod reload;
mod secret;
mod section;

pub use describe::{Key, Kind, Node, values};
pub use load::{FILE, FILE_VARIABLE, Loaded, Must, Sources, load};
pub use origin::{Origin, Problem, SettingsError};
pub use page::{json_schema, page};
pub use reload::{Change, Look, Watcher, apply, diff, watch};
#[cfg(all(feature = "keyring", target_os = "linux"))]
pub use secret::system::SystemKeyring;
pub use secret::{Keyring, KeyringError, SecretName, Secrets};
pub use section::*;

use legacy::LEGACY;
use section::section;

/// What variables of the environment begin with.
pub const PREFIX: &str = "SIXBTC_";

/// The variable of the environment that sets a key.
pub fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_uppercase())
}

section! {
    /// All settings.
    Settings {
        /// Identity.
        system: System = System::default();
        /// Timeframes that are downloaded, generated for, tested and traded.
        timeframes: Vec<Tf> = section::default_timeframes();
        /// Places on disk.
        directories: Directories = Directories::default();
        /// The store.
        database: Database = Database::default();
        /// The log.
        logging: Logging = Logging::default();
        /// Traces of the work, for a collector that takes OTLP over HTTP. They need a program built with `--features otel`; headers
        /// for the collector are the secret `SIXBTC_TELEMETRY__OTLP_HEADERS`.
        telemetry: Telemetry = Telemetry::default();
        /// Health, figures and the API over HTTP.
        http: Http = Http::default();
        /// How a service is run.
        daemon: Daemon = Daemon::default();
        /// Making strategies.
        generation: Generation = Generation::default();
        /// Patterns.
        pattern_discovery: PatternDiscovery = PatternDiscovery::default();
        /// Language models.
        ai: Ai = Ai::default();
        /// The flow between the services.
        pipeline: Pipeline = Pipeline::default();
        /// Checking.
        validation: Validation = Validation::default();
        /// Testing.
        backtesting: Backtesting = Backtesting::default();
        /// The score.
        scorer: Scorer = Scorer::default();
        /// The pool.
        active_pool: ActivePool = ActivePool::default();
        /// Which live strategies there are.
        rotator: Rotator = Rotator::default();
        /// Watching live strategies.
        monitor: Monitor = Monitor::default();
        /// The loop of the monitor.
        monitoring: Monitoring = Monitoring::default();
        /// The loop of the executor.
        executor: Executor = Executor::default();
        /// Who is told when something needs a person.
        alerts: Alerts = Alerts::default();
        /// Counting.
        metrics: Metrics = Metrics::default();
        /// Maintenance.
        scheduler: Scheduler = Scheduler::default();
        /// Coins and candles, kept fresh by the clock.
        data_scheduler: DataScheduler = DataScheduler::default();
        /// Which kind of market a coin has.
        regime: Regime = Regime::default();
        /// What the time at the market is.
        market: Market = Market::default();
        /// Money and coins.
        trading: Trading = Trading::default();
        /// Before anything goes live.
        go_live: GoLive = GoLive::default();
        /// What may be lost.
        risk: Risk = Risk::default();
        /// The exchange.
        hyperliquid: Hyperliquid = Hyperliquid::default();
        /// Private keys.
        keys: Keys = Keys::default();
        /// Funding in tests.
        funding: Funding = Funding::default();
    }
}

impl Settings {
    /// The JSON schema of a file of settings, everything inlined; `x-unit` and `x-reload` say what a plain schema cannot.
    pub fn schema() -> serde_json::Value {
        let generator = schemars::generate::SchemaSettings::draft2020_12()
            .with(|s| s.inline_subschemas = true)
            .into_generator();
        generator.into_root_schema_for::<Self>().to_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_judgement() {
        use sixbtc_judgement::pipeline::{gates, live, score, split, tightening};
        let s = Settings::default();
        let gates = gates::GateThresholds::default();
        assert_eq!(s.backtesting.gates(s.active_pool.min_score), gates);
        assert_eq!(s.backtesting.split(), split::SplitSettings::default());
        assert_eq!(s.scorer.weights(), score::ScoreWeights::default());
        let robustness = score::RobustnessWeights::default();
        assert_eq!(s.backtesting.robustness.weights(), robustness);
        let statistics = tightening::StatisticalThresholds::default();
        assert_eq!(s.backtesting.statistics.thresholds(), statistics);
        assert_eq!(s.monitor.rules(), live::RetirementRules::default());
    }

    #[test]
    fn toml_and_back() {
        let text = toml::to_string(&Settings::default()).unwrap();
        assert_eq!(
            toml::from_str::<Settings>(&text).unwrap(),
            Settings::default()
        );
    }
}
