//! Who this is, where it keeps things, what it says.

use super::{LogFormat, LogLevel, Profile, section};
use crate::daemon::ServiceName;
use std::collections::BTreeMap;
use std::path::PathBuf;

section! {
    /// Identity.
    System {
        /// Name shown to people.
        name: String = "SixBTC".into();
        /// Version shown by the API.
        version: String = env!("CARGO_PKG_VERSION").into();
        /// Whether gates are as they should be; `demo` is shown wherever a result is.
        profile: Profile = Profile::Standard;
    }
}

section! {
    /// Places on disk. Relative ones start at the working directory.
    Directories {
        /// Candles: the root of a candle store.
        data: PathBuf = "data".into();
        /// Scratch files; old ones are deleted.
        tmp: PathBuf = "tmp".into();
        /// Backups of the store.
        backups: PathBuf = "backups".into();
        /// Journals of accounts at an exchange: what was decided and sent. They move with the executor.
        accounts: PathBuf = "accounts".into();
    }
}

section! {
    /// The store.
    Database {
        /// `sqlite://FILE` or `postgres://USER@HOST:PORT/NAME`, without a password: that is the secret
        /// `SIXBTC_DATABASE__PASSWORD`.
        url: String = "sqlite://sixbtc.db".into();
        /// Connections.
        pool: DatabasePool = DatabasePool::default();
    }
}

section! {
    /// Connections to the store.
    DatabasePool {
        /// Connections kept open.
        min_connections: u32 = 1, in 0..=1000, unit "connections";
        /// Most connections of one process.
        max_connections: u32 = 10, in 1..=1000, unit "connections";
        /// Age after which a connection is replaced.
        pool_recycle: u64 = 3600, in 1..=604_800, unit "s";
        /// How long a caller waits for a free connection.
        acquire_timeout: u64 = 30, in 1..=3600, unit "s";
    }
}

section! {
    /// The log.
    Logging {
        /// Least level of what is written.
        level: LogLevel = LogLevel::Info, reload true;
        /// Directory of `SERVICE.log`.
        directory: PathBuf = "logs".into();
        /// Size at which a file is rotated.
        max_bytes: u64 = 10_485_760, in 65_536..=10_737_418_240_i64, unit "bytes";
        /// Rotated files kept.
        backup_count: u32 = 5, in 1..=1000, unit "files";
        /// Form of the lines in the files.
        format: LogFormat = LogFormat::Text;
        /// Levels of single services, by their names.
        modules: BTreeMap<String, LogLevel> = BTreeMap::new(), reload true;
    }
}

section! {
    /// Traces of the work, for a collector that takes OTLP over HTTP.
    Telemetry {
        /// Address of the collector, such as `http://127.0.0.1:4318`; without a path `/v1/traces` is added. Empty: no traces.
        otlp_endpoint: String = String::new();
        /// Share of the work that is traced.
        sample_ratio: f64 = 1.0, in 0.0..=1.0, unit "share";
        /// How long an answer of the collector is waited for. The work never waits.
        timeout_seconds: u64 = 5, in 1..=60, unit "s";
        /// Longest time between the end of a piece of work and its trace's departure.
        delay_seconds: u64 = 5, in 1..=300, unit "s";
        /// How long the last traces may hold up the end of a service.
        flush_ms: u64 = 400, in 0..=10_000, unit "ms";
    }
}

section! {
    /// Health, readiness and figures of each service over HTTP, and the API.
    Http {
        /// Whether services listen at all.
        enabled: bool = true;
        /// Address to listen on. Anything but a loopback address shows the system to the network.
        host: String = "127.0.0.1".into();
        /// Port of each service; 0 takes any free one.
        ports: Ports = Ports::default();
    }
}

section! {
    /// Port of each service.
    Ports {
        /// Health of the generator.
        generator: u16 = 8101;
        /// Health of the validator.
        validator: u16 = 8102;
        /// Health of the backtester.
        backtester: u16 = 8103;
        /// Health of the rotator.
        rotator: u16 = 8104;
        /// Health of the executor.
        executor: u16 = 8105;
        /// Health of the monitor.
        monitor: u16 = 8107;
        /// Health of the scheduler.
        scheduler: u16 = 8108;
        /// Health of the metrics service.
        metrics: u16 = 8109;
        /// The API.
        api: u16 = 8080;
        /// The dashboard.
        frontend: u16 = 5173;
        /// The book.
        docs: u16 = 8002;
    }
}

impl Ports {
    /// The port of a service.
    pub fn of(&self, service: ServiceName) -> u16 {
        match service {
            ServiceName::Generator => self.generator,
            ServiceName::Validator => self.validator,
            ServiceName::Backtester => self.backtester,
            ServiceName::Rotator => self.rotator,
            ServiceName::Executor => self.executor,
            ServiceName::Monitor => self.monitor,
            ServiceName::Scheduler => self.scheduler,
            ServiceName::Metrics => self.metrics,
            ServiceName::Api => self.api,
            ServiceName::Frontend => self.frontend,
            ServiceName::Docs => self.docs,
        }
    }
}

section! {
    /// How a service is run.
    Daemon {
        /// How often a service tells that it lives.
        heartbeat_seconds: u64 = 10, in 1..=3600, unit "s", reload true;
        /// First wait after a round that failed; doubles with each in a row.
        backoff_base_ms: u64 = 500, in 1..=600_000, unit "ms", reload true;
        /// Longest wait after rounds that failed.
        backoff_max_seconds: u64 = 60, in 1..=86_400, unit "s", reload true;
        /// Life of a claim unless it is renewed: after it, the work of a killed service is taken up by another.
        lease_seconds: u64 = 120, in 5..=86_400, unit "s", reload true;
    }
}

section! {
    /// Counting.
    Metrics {
        /// Time between snapshots.
        collection_interval: u64 = 15, in 1..=3600, unit "s", reload true;
        /// How long snapshots are kept.
        retention: Retention = Retention::default();
        /// When people are told.
        alerts: MetricAlerts = MetricAlerts::default();
    }
}

section! {
    /// How long snapshots are kept, at which density.
    Retention {
        /// Days of snapshots as they were taken.
        raw_days: u32 = 7, in 1..=3650, unit "days", reload true;
        /// Days of hourly means, counted from today.
        hourly_days: u32 = 30, in 1..=3650, unit "days", reload true;
        /// Whether daily means are kept for ever; else they go with the hourly ones.
        daily_forever: bool = true, reload true;
    }
}

section! {
    /// Alerts about the factory.
    MetricAlerts {
        /// Whether there are any.
        enabled: bool = true, reload true;
        /// A queue that stays full.
        backpressure: BackpressureAlert = BackpressureAlert::default();
        /// Too little is made.
        throughput_degradation: ThroughputAlert = ThroughputAlert::default();
        /// What is made is bad.
        quality_degradation: QualityAlert = QualityAlert::default();
        /// Share of its threshold by which a figure must be better before the alert is over: no flutter at the edge.
        hysteresis: f64 = 0.1, in 0.0..=0.9, unit "share", reload true;
    }
}

section! {
    /// A queue that stays full.
    BackpressureAlert {
        /// Fullness of a queue.
        threshold: f64 = 0.9, in 0.0..=1.0, unit "share", reload true;
        /// For how long.
        duration_minutes: u32 = 60, in 1..=10_080, unit "min", reload true;
    }
}

section! {
    /// Too little is made.
    ThroughputAlert {
        /// Fewest strategies validated in an hour.
        min_strategies_per_hour: f64 = 5.0, in 0.0..=1_000_000.0, unit "1/h", reload true;
        /// For how long.
        duration_hours: u32 = 2, in 1..=720, unit "h", reload true;
    }
}

section! {
    /// What is made is bad.
    QualityAlert {
        /// Least mean Sharpe ratio of the pool.
        min_sharpe: f64 = 0.3, in -10.0..=10.0, unit "ratio a year", reload true;
        /// For how long.
        duration_hours: u32 = 24, in 1..=720, unit "h", reload true;
    }
}

section! {
    /// Who is told when something needs a person.
    Alerts {
        /// Least time between two messages of the same cause.
        repeat_minutes: u32 = 60, in 1..=10_080, unit "min", reload true;
        /// A message posted to an address. The address is the secret `SIXBTC_ALERTS__WEBHOOK__URL`.
        webhook: Webhook = Webhook::default();
        /// A message of a Telegram bot. Its token is the secret `SIXBTC_ALERTS__TELEGRAM__TOKEN`.
        telegram: Telegram = Telegram::default();
        /// Mail. The password is the secret `SIXBTC_ALERTS__EMAIL__PASSWORD`.
        email: Email = Email::default();
    }
}

section! {
    /// A message posted to an address.
    Webhook {
        /// Switch.
        enabled: bool = false, reload true;
        /// How long an answer is waited for.
        timeout_seconds: u64 = 10, in 1..=300, unit "s", reload true;
    }
}

section! {
    /// A message of a Telegram bot.
    Telegram {
        /// Switch.
        enabled: bool = false, reload true;
        /// The chat that gets the messages.
        chat_id: String = String::new(), reload true;
        /// Where the bot's API is.
        api_url: String = "https://api.telegram.org".into();
        /// How long an answer is waited for.
        timeout_seconds: u64 = 10, in 1..=300, unit "s", reload true;
    }
}

section! {
    /// Mail.
    Email {
        /// Switch.
        enabled: bool = false, reload true;
        /// Mail server.
        host: String = String::new();
        /// Its port.
        port: u16 = 587, in 1..=65535;
        /// How the connection is protected.
        security: super::MailSecurity = super::MailSecurity::Starttls;
        /// Name to log in with; empty: no login.
        user: String = String::new();
        /// Sender.
        from: String = String::new();
        /// Recipients.
        to: Vec<String> = Vec::new(), reload true;
    }
}
