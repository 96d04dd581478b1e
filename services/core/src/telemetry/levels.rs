//! Which lines are written.

use crate::daemon::ServiceName;
use crate::settings::{LogLevel, Logging};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// The filter that the settings ask for. Names of modules are those of services (`generator`), of parts of the core (`store`),
/// or full ones as they stand in the log (`sqlx::query`). Crates of others speak from WARN on unless they are named.
pub(super) fn levels(logging: &Logging) -> Targets {
    let root = filter(logging.level);
    let mut targets = Targets::new()
        .with_default(root.min(LevelFilter::WARN))
        .with_target("sixbtc", root)
        .with_target("sbt", root);
    for (module, level) in &logging.modules {
        targets = targets.with_target(target(module), filter(*level));
    }
    targets
}

fn target(module: &str) -> String {
    match module {
        service if ServiceName::read(service).is_some() => format!("sixbtc_{service}"),
        // the names of the reference
        "orchestrator" => "sixbtc_core::daemon".into(),
        "data_provider" | "exchange" => "sixbtc_exchange".into(),
        "store" | "daemon" | "settings" | "telemetry" | "venue" => format!("sixbtc_core::{module}"),
        other => other.into(),
    }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Trace => LevelFilter::TRACE,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn services_and_strangers_have_their_levels() {
        let mut logging = Logging::default();
        let default = levels(&logging);
        assert!(default.would_enable("sixbtc_generator::source", &Level::INFO));
        assert!(!default.would_enable("sixbtc_generator", &Level::DEBUG));
        assert!(default.would_enable("sqlx::query", &Level::WARN));
        assert!(!default.would_enable("sqlx::query", &Level::INFO));

        logging.modules.insert("generator".into(), LogLevel::Debug);
        logging
            .modules
            .insert("sqlx::query".into(), LogLevel::Trace);
        logging.modules.insert("store".into(), LogLevel::Error);
        let changed = levels(&logging);
        assert!(changed.would_enable("sixbtc_generator", &Level::DEBUG));
        assert!(!changed.would_enable("sixbtc_validator", &Level::DEBUG));
        assert!(changed.would_enable("sqlx::query", &Level::TRACE));
        assert!(!changed.would_enable("sixbtc_core::store::claim", &Level::WARN));
    }
}
