//! What must hold between keys.

use super::origin::{Origin, Problem};
use super::{AiMode, NetworkName, Settings, VenueName};
use std::collections::BTreeMap;

struct Cross<'a> {
    origins: &'a BTreeMap<String, Origin>,
    problems: Vec<Problem>,
}

impl Cross<'_> {
    /// Notes a problem at the key that was given last, by the highest layer.
    fn unless(&mut self, holds: bool, keys: &[&str], says: impl FnOnce() -> String) {
        if holds {
            return;
        }
        let origin = keys
            .iter()
            .filter_map(|key| self.origins.get(*key))
            .max()
            .filter(|o| **o != Origin::Default)
            .cloned();
        self.problems.push(Problem::new(origin, says()));
    }

    fn below(&mut self, low: (&str, f64), high: (&str, f64), or_equal: bool) {
        let holds = low.1 < high.1 || (or_equal && low.1 <= high.1);
        self.unless(holds, &[low.0, high.0], || {
            let word = if or_equal { "at most" } else { "less than" };
            format!(
                "`{}` is {}, it must be {word} `{}`, which is {}",
                low.0, low.1, high.0, high.1
            )
        });
    }

    fn one(&mut self, keys: &[(&str, f64)]) {
        let sum: f64 = keys.iter().map(|(_, w)| w).sum();
        let names: Vec<&str> = keys.iter().map(|(k, _)| *k).collect();
        self.unless((sum - 1.0).abs() <= 1e-9, &names, || {
            let parts: Vec<String> = keys.iter().map(|(k, w)| format!("`{k}` {w}")).collect();
            let sum = (sum * 1e9).round() / 1e9;
            format!("{} sum to {sum}, they must sum to 1", parts.join(" + "))
        });
    }

    fn given(&mut self, key: &str, value: &str, switch: &str) {
        self.unless(!value.trim().is_empty(), &[switch, key], || {
            format!("`{key}` is empty, but `{switch}` is on")
        });
    }
}

/// Everything that does not hold between keys, each at the key given last.
pub(super) fn check(s: &Settings, origins: &BTreeMap<String, Origin>) -> Vec<Problem> {
    let mut c = Cross {
        origins,
        problems: Vec::new(),
    };
    timeframes(s, &mut c);
    making(s, &mut c);
    judging(s, &mut c);
    trading(s, &mut c);
    system(s, &mut c);
    c.problems
}

fn timeframes(s: &Settings, c: &mut Cross<'_>) {
    c.unless(!s.timeframes.is_empty(), &["timeframes"], || {
        "`timeframes` is empty, at least one is needed".into()
    });
    for (i, timeframe) in s.timeframes.iter().enumerate() {
        c.unless(
            !s.timeframes[..i].contains(timeframe),
            &["timeframes"],
            || format!("`timeframes` names {timeframe} twice"),
        );
        let trades = &s.backtesting.min_trades;
        for (name, map) in [
            ("in_sample", &trades.in_sample),
            ("out_of_sample", &trades.out_of_sample),
            ("sealed", &trades.sealed),
        ] {
            let key = format!("backtesting.min_trades.{name}");
            c.unless(map.contains_key(timeframe), &["timeframes"], || {
                format!("`{key}` has no figure for {timeframe}, which `timeframes` names: set `{key}.{timeframe}`")
            });
        }
    }
}

fn making(s: &Settings, c: &mut Cross<'_>) {
    let g = &s.generation;
    let sources = &g.strategy_sources;
    for (name, genetic) in [
        ("pattern_gen", &sources.pattern_gen.genetic),
        ("unger", &sources.unger.genetic),
    ] {
        let at = format!("generation.strategy_sources.{name}.genetic");
        c.one(&[
            (&format!("{at}.smart_ratio"), genetic.smart_ratio),
            (&format!("{at}.genetic_ratio"), genetic.genetic_ratio),
        ]);
    }
    let p = &sources.pattern_gen;
    c.one(&[
        (
            "generation.strategy_sources.pattern_gen.parametric_ratio",
            p.parametric_ratio,
        ),
        (
            "generation.strategy_sources.pattern_gen.template_ratio",
            p.template_ratio,
        ),
        (
            "generation.strategy_sources.pattern_gen.innovative_ratio",
            p.innovative_ratio,
        ),
    ]);
    let r = &sources.pandas_ta.indicator_ratios;
    c.one(&[
        (
            "generation.strategy_sources.pandas_ta.indicator_ratios.single",
            r.single,
        ),
        (
            "generation.strategy_sources.pandas_ta.indicator_ratios.double",
            r.double,
        ),
        (
            "generation.strategy_sources.pandas_ta.indicator_ratios.triple",
            r.triple,
        ),
    ]);
    for &source in crate::model::SourceName::ALL {
        let key = format!("generation.strategy_sources.{source}.supported_directions");
        let none = sources.enabled(source) && sources.directions(source).is_empty();
        c.unless(!none, &[&key], || {
            format!("`{key}` is empty, but the source is on")
        });
    }
    let on = crate::model::SourceName::ALL.iter();
    let on = on.filter(|source| sources.enabled(**source)).count();
    c.unless(
        g.bandit.floor * on as f64 <= 1.0,
        &["generation.bandit.floor"],
        || {
            format!(
                "`generation.bandit.floor` is {}: {on} sources are on, so it can be at most {}",
                g.bandit.floor,
                1.0 / on as f64
            )
        },
    );
    c.below(
        (
            "generation.prescreen.min_entry_frequency",
            g.prescreen.min_entry_frequency,
        ),
        (
            "generation.prescreen.max_entry_frequency",
            g.prescreen.max_entry_frequency,
        ),
        false,
    );
    let flow = &s.pipeline;
    c.below(
        (
            "pipeline.validated_backpressure.low_threshold",
            flow.validated_backpressure.low_threshold.into(),
        ),
        (
            "pipeline.validated_backpressure.high_threshold",
            flow.validated_backpressure.high_threshold.into(),
        ),
        false,
    );
    c.below(
        (
            "pipeline.validated_backpressure.high_threshold",
            flow.validated_backpressure.high_threshold.into(),
        ),
        (
            "pipeline.queue_limits.validated",
            flow.queue_limits.validated.into(),
        ),
        true,
    );
    c.below(
        (
            "pipeline.backpressure.base_cooldown",
            flow.backpressure.base_cooldown as f64,
        ),
        (
            "pipeline.backpressure.max_cooldown",
            flow.backpressure.max_cooldown as f64,
        ),
        true,
    );
    for tier in &s.pattern_discovery.tiers.enabled {
        let weights = &s.pattern_discovery.tiers.weights;
        c.unless(weights.contains_key(&tier.to_string()), &["pattern_discovery.tiers.enabled"], || {
            format!("`pattern_discovery.tiers.weights` has no weight for tier {tier}, which is enabled")
        });
    }
    if s.ai.mode == AiMode::Recorded {
        c.unless(
            !s.ai.recorded.as_os_str().is_empty(),
            &["ai.mode", "ai.recorded"],
            || "`ai.recorded` is empty, but `ai.mode` is \"recorded\"".into(),
        );
    }
}

fn judging(s: &Settings, c: &mut Cross<'_>) {
    let w = &s.scorer.weights;
    c.one(&[
        ("scorer.weights.expectancy", w.expectancy),
        ("scorer.weights.sharpe", w.sharpe),
        ("scorer.weights.win_rate", w.win_rate),
        ("scorer.weights.drawdown", w.drawdown),
        ("scorer.weights.recency", w.recency),
    ]);
    let w = &s.backtesting.robustness.weights;
    c.one(&[
        ("backtesting.robustness.weights.oos_ratio", w.oos_ratio),
        (
            "backtesting.robustness.weights.trade_significance",
            w.trade_significance,
        ),
        ("backtesting.robustness.weights.simplicity", w.simplicity),
    ]);
    let threads = &s.backtesting.threads;
    c.unless(
        threads.validated + threads.retest > 0,
        &["backtesting.threads.validated", "backtesting.threads.retest"],
        || "`backtesting.threads.validated` and `backtesting.threads.retest` are both 0: nothing would be tested".into(),
    );
    let blocks = s.backtesting.statistics.blocks;
    c.unless(
        blocks.is_multiple_of(2),
        &["backtesting.statistics.blocks"],
        || {
            format!("`backtesting.statistics.blocks` is {blocks}: half of the blocks are taken, so their number must be even")
        },
    );
    c.below(
        (
            "monitor.retirement.min_score",
            s.monitor.retirement.min_score,
        ),
        ("active_pool.min_score", s.active_pool.min_score),
        true,
    );
    c.below(
        ("rotator.min_pool_size", s.rotator.min_pool_size.into()),
        ("active_pool.max_size", s.active_pool.max_size.into()),
        true,
    );
    for (name, genetic) in [
        (
            "pattern_gen",
            &s.generation.strategy_sources.pattern_gen.genetic,
        ),
        ("unger", &s.generation.strategy_sources.unger.genetic),
    ] {
        if genetic.enabled {
            let key = format!("generation.strategy_sources.{name}.genetic.min_pool_size");
            c.below(
                (&key, genetic.min_pool_size.into()),
                ("active_pool.max_size", s.active_pool.max_size.into()),
                true,
            );
        }
    }
}

fn trading(s: &Settings, c: &mut Cross<'_>) {
    c.below(
        (
            "rotator.max_live_strategies",
            s.rotator.max_live_strategies.into(),
        ),
        (
            "hyperliquid.subaccounts.count",
            s.hyperliquid.subaccounts.count.into(),
        ),
        true,
    );
    let f = &s.hyperliquid.funds;
    c.below(
        ("hyperliquid.funds.min_tradeable_usd", f.min_tradeable_usd),
        (
            "hyperliquid.funds.min_operational_usd",
            f.min_operational_usd,
        ),
        false,
    );
    c.below(
        (
            "hyperliquid.funds.min_operational_usd",
            f.min_operational_usd,
        ),
        ("hyperliquid.funds.topup_target_usd", f.topup_target_usd),
        true,
    );
    let a = &s.hyperliquid.agent_wallet;
    c.below(
        (
            "hyperliquid.agent_wallet.renewal_days_before_expiry",
            a.renewal_days_before_expiry.into(),
        ),
        (
            "hyperliquid.agent_wallet.validity_days",
            a.validity_days.into(),
        ),
        false,
    );
    c.below(
        (
            "hyperliquid.websocket.ping_timeout",
            s.hyperliquid.websocket.ping_timeout as f64,
        ),
        (
            "hyperliquid.websocket.ping_interval",
            s.hyperliquid.websocket.ping_interval as f64,
        ),
        true,
    );
    c.below(
        (
            "risk.emergency.max_daily_loss",
            s.risk.emergency.max_daily_loss,
        ),
        (
            "risk.emergency.max_portfolio_drawdown",
            s.risk.emergency.max_portfolio_drawdown,
        ),
        true,
    );
    let pattern = &s.hyperliquid.subaccounts.naming_pattern;
    c.unless(
        pattern.contains("{:03d}"),
        &["hyperliquid.subaccounts.naming_pattern"],
        || format!("`hyperliquid.subaccounts.naming_pattern` is {pattern:?}, it must contain {{:03d}}, the number"),
    );
    let address = &s.hyperliquid.user_address;
    let hex = address.strip_prefix("0x").unwrap_or_default();
    let right = hex.len() == 40 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    c.unless(
        address.is_empty() || right,
        &["hyperliquid.user_address"],
        || {
            format!(
                "`hyperliquid.user_address` is {address:?}, it must be 0x and 40 hexadecimal digits"
            )
        },
    );
    // at a local venue the key file says whose accounts are traded
    let away = s.hyperliquid.network != NetworkName::Local;
    let trades = s.trading.venue == VenueName::Hyperliquid && !s.hyperliquid.dry_run && away;
    c.unless(!trades || !address.is_empty(), &["hyperliquid.dry_run", "trading.venue"], || {
        "`hyperliquid.user_address` is empty, but `trading.venue` is \"hyperliquid\" and `hyperliquid.dry_run` is off".into()
    });
}

fn system(s: &Settings, c: &mut Cross<'_>) {
    let pool = &s.database.pool;
    c.below(
        ("database.pool.min_connections", pool.min_connections.into()),
        ("database.pool.max_connections", pool.max_connections.into()),
        true,
    );
    let url = &s.database.url;
    let known = ["sqlite:", "postgres://", "postgresql://"];
    c.unless(
        known.iter().any(|k| url.starts_with(k)),
        &["database.url"],
        || format!("`database.url` is {url:?}, it must begin with sqlite:// or postgres://"),
    );
    let retention = &s.metrics.retention;
    c.below(
        ("metrics.retention.raw_days", retention.raw_days.into()),
        (
            "metrics.retention.hourly_days",
            retention.hourly_days.into(),
        ),
        true,
    );
    c.below(
        (
            "daemon.heartbeat_seconds",
            s.daemon.heartbeat_seconds as f64,
        ),
        ("daemon.lease_seconds", s.daemon.lease_seconds as f64),
        false,
    );
    let mut ports = BTreeMap::new();
    for &service in crate::daemon::ServiceName::ALL {
        let port = s.http.ports.of(service);
        if port != 0
            && let Some(other) = ports.insert(port, service)
        {
            let (a, b) = (
                format!("http.ports.{other}"),
                format!("http.ports.{service}"),
            );
            c.unless(false, &[&a, &b], || {
                format!("`{a}` and `{b}` are both {port}")
            });
        }
    }
    for (name, path) in [
        ("directories.data", &s.directories.data),
        ("directories.tmp", &s.directories.tmp),
        ("directories.backups", &s.directories.backups),
        ("logging.directory", &s.logging.directory),
    ] {
        c.unless(!path.as_os_str().is_empty(), &[name], || {
            format!("`{name}` is empty; `.` is the working directory")
        });
    }
    for name in s.logging.modules.keys() {
        let known = crate::daemon::ServiceName::read(name).is_some();
        let key = format!("logging.modules.{name}");
        c.unless(known, &[&key], || {
            let names: Vec<&str> = crate::daemon::ServiceName::ALL
                .iter()
                .map(|n| n.as_str())
                .collect();
            format!(
                "`{key}`: there is no service of this name, only {}",
                names.join(", ")
            )
        });
    }
    let collector = &s.telemetry.otlp_endpoint;
    if !collector.is_empty() {
        let key = "telemetry.otlp_endpoint";
        let url = url::Url::parse(collector).ok();
        let good = |u: &url::Url| matches!(u.scheme(), "http" | "https") && u.has_host();
        c.unless(url.as_ref().is_some_and(good), &[key], || {
            format!("`{key}` is no address such as http://127.0.0.1:4318")
        });
        c.unless(url.is_none_or(|u| u.password().is_none()), &[key], || {
            format!(
                "`{key}` has a password in it: {}",
                super::secret::how(super::SecretName::OtlpHeaders)
            )
        });
    }
    let alerts = &s.alerts;
    if alerts.telegram.enabled {
        c.given(
            "alerts.telegram.chat_id",
            &alerts.telegram.chat_id,
            "alerts.telegram.enabled",
        );
    }
    if alerts.email.enabled {
        let mail = &alerts.email;
        c.given("alerts.email.host", &mail.host, "alerts.email.enabled");
        c.given("alerts.email.from", &mail.from, "alerts.email.enabled");
        c.given("alerts.email.to", &mail.to.join(""), "alerts.email.enabled");
    }
}
