//! From what was read to the figures of a snapshot. Pure: no clock, no store.

use crate::window::{Counted, Took};
use serde::{Deserialize, Serialize};
use sixbtc_core::model::{FunnelStep, Heartbeat, Millis, Status, Strategy};
use sixbtc_core::settings::Settings;
use std::collections::BTreeMap;

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// When.
    pub now: Millis,
    /// Strategies by status.
    pub counts: BTreeMap<Status, u64>,
    /// The last hour of the audit trail.
    pub counted: Counted,
    /// How much of that hour was read, 0 to 1.
    pub covered: f64,
    /// ACTIVE and LIVE strategies.
    pub pool: Vec<Strategy>,
    /// The funnel of 24 hours.
    pub funnel: Vec<FunnelStep>,
    /// Signs of life.
    pub heartbeats: Vec<Heartbeat>,
    /// Alerts that are on.
    pub alerts: Vec<String>,
}

/// Strategies an hour.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// Made.
    pub generation: f64,
    /// Validated or refused by validation.
    pub validation: f64,
    /// Judged to the end.
    pub backtesting: f64,
    /// Accepted into the pool.
    pub accepted: f64,
    /// Tested again.
    pub retest: f64,
    /// Made, by source.
    pub sources: BTreeMap<String, f64>,
}

/// Shares that pass; absent while nothing was judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Success {
    /// Of validation.
    pub validation: Option<f64>,
    /// From the sweep into the pool.
    pub backtesting: Option<f64>,
}

/// Means over the pool; absent while it is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Sharpe ratio a year.
    pub sharpe: Option<f64>,
    /// Win rate.
    pub win_rate: Option<f64>,
    /// Expectancy, a share of notional.
    pub expectancy: Option<f64>,
    /// Score.
    pub score: Option<f64>,
}

/// Services and their signs of life.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Services {
    /// Seen lately.
    pub alive: u64,
    /// Those that have fallen silent, without a word of ending.
    pub silent: Vec<String>,
}

/// Durations by stage, ms.
pub type Timing = BTreeMap<String, Took>;

/// A snapshot of the pipeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// `ok`, `idle`, `backpressure` or `degraded`.
    pub status: String,
    /// Where work waits: `generation`, `validation`, `backtesting`, or none.
    pub bottleneck: Option<String>,
    /// Strategies by status.
    pub queues: BTreeMap<String, u64>,
    /// How full queues, pool and live places are, 1 is full.
    pub utilization: BTreeMap<String, f64>,
    /// Strategies an hour.
    pub throughput: Throughput,
    /// How much of an hour these figures know, 0 to 1.
    pub covered: f64,
    /// Shares that pass.
    pub success: Success,
    /// The pool.
    pub quality: Quality,
    /// The funnel of 24 hours.
    pub funnel: Vec<FunnelStep>,
    /// Refusals of the last hour by gate.
    pub refused: BTreeMap<String, u64>,
    /// Errors of the last hour.
    pub failures: BTreeMap<String, u64>,
    /// Durations by stage.
    pub timing: Timing,
    /// Services.
    pub services: Services,
    /// Alerts that are on.
    pub alerts: Vec<String>,
}

/// Least part of an hour from which a rate is told: a rate of a minute's work would be noise.
const LEAST_COVERED: f64 = 1.0 / 60.0;

/// The figures of a snapshot.
pub fn measure(r: &Reading, settings: &Settings) -> Measured {
    let count = |status| r.counts.get(&status).copied().unwrap_or(0);
    let share = |n: u64, of: u32| n as f64 / f64::from(of.max(1));
    let limits = &settings.pipeline.queue_limits;
    // generation pauses at the high threshold: a queue that stands there is full
    let high = settings.pipeline.validated_backpressure.high_threshold;
    let utilization: BTreeMap<String, f64> = [
        (
            "generated",
            share(count(Status::Generated), limits.generated),
        ),
        (
            "validated",
            share(count(Status::Validated), limits.validated.min(high)),
        ),
        (
            "active",
            share(count(Status::Active), settings.active_pool.max_size),
        ),
        (
            "live",
            share(count(Status::Live), settings.rotator.max_live_strategies),
        ),
    ]
    .into_iter()
    .map(|(name, share)| (name.to_owned(), share))
    .collect();

    let c = &r.counted;
    let an_hour = |n: u64| {
        if r.covered < LEAST_COVERED {
            0.0
        } else {
            n as f64 / r.covered
        }
    };
    let throughput = Throughput {
        generation: an_hour(c.made),
        validation: an_hour(c.valid + c.invalid),
        backtesting: an_hour(c.judged),
        accepted: an_hour(c.accepted),
        retest: an_hour(c.retested),
        sources: c
            .sources
            .iter()
            .map(|(s, n)| (s.clone(), an_hour(*n)))
            .collect(),
    };
    let ratio = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
    let services = services(&r.heartbeats, r.now, settings.daemon.heartbeat_seconds);
    let bottleneck = bottleneck(&utilization, &throughput, r.covered);
    let full = utilization["generated"] >= FULL || utilization["validated"] >= FULL;
    let idle = c.made + c.valid + c.invalid + c.judged + c.retested == 0;
    let wrong = !r.alerts.is_empty() || !services.silent.is_empty() || !c.failures.is_empty();
    let status = if wrong {
        "degraded"
    } else if full {
        "backpressure"
    } else if idle {
        "idle"
    } else {
        "ok"
    };
    Measured {
        status: status.to_owned(),
        bottleneck: bottleneck.map(str::to_owned),
        queues: Status::ALL
            .iter()
            .map(|s| (s.as_str().to_lowercase(), count(*s)))
            .collect(),
        utilization,
        throughput,
        covered: r.covered,
        success: Success {
            validation: ratio(c.valid, c.valid + c.invalid),
            backtesting: ratio(c.accepted, c.judged),
        },
        quality: quality(&r.pool),
        funnel: r.funnel.clone(),
        refused: c.refused.clone(),
        failures: c.failures.clone(),
        timing: c.took.clone(),
        services,
        alerts: r.alerts.clone(),
    }
}

/// Fullness from which work waits.
const FULL: f64 = 0.9;

/// Work waits in front of the stage that is too slow: the last full queue says which. Where nothing waits and the judges have
/// nothing to do, too little is made.
fn bottleneck(
    full: &BTreeMap<String, f64>,
    throughput: &Throughput,
    covered: f64,
) -> Option<&'static str> {
    if full["validated"] >= FULL {
        Some("backtesting")
    } else if full["generated"] >= FULL {
        Some("validation")
    } else if covered >= LEAST_COVERED
        && full["generated"] + full["validated"] < 0.05
        && throughput.generation > 0.0
    {
        Some("generation")
    } else {
        None
    }
}

fn quality(pool: &[Strategy]) -> Quality {
    let mean = |of: &dyn Fn(&Strategy) -> Option<f64>| {
        let values: Vec<f64> = pool
            .iter()
            .filter_map(of)
            .filter(|v| v.is_finite())
            .collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    Quality {
        sharpe: mean(&|s| s.expected.map(|f| f.sharpe)),
        win_rate: mean(&|s| s.expected.map(|f| f.win_rate)),
        expectancy: mean(&|s| s.expected.map(|f| f.expectancy)),
        score: mean(&|s| s.score_backtest),
    }
}

/// Who was seen lately, who fell silent. One that said `ended` is neither.
fn services(heartbeats: &[Heartbeat], now: Millis, every_s: u64) -> Services {
    let patience = (every_s as i64 * 6 * 1000).max(60_000);
    let mut of = Services::default();
    for beat in heartbeats {
        let ended = beat.state.get("phase").and_then(|p| p.as_str()) == Some("ended");
        if now - beat.at <= patience {
            of.alive += u64::from(!ended);
        // one that was replaced by a new process of the same service is history
        } else if !ended
            && !heartbeats
                .iter()
                .any(|b| b.service == beat.service && b.at > beat.at)
        {
            of.silent.push(beat.identity.clone());
        }
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Reading {
        Reading {
            now: 10_000_000,
            covered: 0.5,
            counted: Counted {
                made: 100,
                valid: 80,
                invalid: 20,
                judged: 10,
                accepted: 2,
                sources: [("unger".to_owned(), 30)].into(),
                ..Counted::default()
            },
            counts: [
                (Status::Generated, 10),
                (Status::Validated, 45),
                (Status::Active, 75),
            ]
            .into(),
            ..Reading::default()
        }
    }

    #[test]
    fn rates_are_of_an_hour() {
        let m = measure(&reading(), &Settings::default());
        assert!((m.throughput.generation - 200.0).abs() < 1e-9);
        assert!((m.throughput.validation - 200.0).abs() < 1e-9);
        assert!((m.throughput.sources["unger"] - 60.0).abs() < 1e-9);
        assert_eq!(m.success.validation, Some(0.8));
        assert_eq!(m.success.backtesting, Some(0.2));
        assert_eq!(m.queues["active"], 75);
        assert_eq!(m.queues["live"], 0);
        assert!((m.utilization["active"] - 0.5).abs() < 1e-9);
    }

    #[test]
    fn full_queues_name_the_stage_behind_them() {
        let of = |generated, validated| {
            let mut r = reading();
            r.counts = [
                (Status::Generated, generated),
                (Status::Validated, validated),
            ]
            .into();
            let m = measure(&r, &Settings::default());
            (m.bottleneck, m.status)
        };
        let says = |b: &str, s: &str| (Some(b.to_owned()), s.to_owned());
        // generation pauses at 50 validated ones
        assert_eq!(of(100, 45), says("backtesting", "backpressure"));
        assert_eq!(of(95, 10), says("validation", "backpressure"));
        assert_eq!(of(0, 1), says("generation", "ok"));
        assert_eq!(of(30, 30), (None, "ok".to_owned()));
    }

    #[test]
    fn nothing_done_is_idle_and_no_share() {
        let m = measure(&Reading::default(), &Settings::default());
        assert_eq!(m.status, "idle");
        assert_eq!((m.success.validation, m.quality.sharpe), (None, None));
        assert!(m.throughput.generation.abs() < 1e-12);
    }

    #[test]
    fn who_fell_silent_is_named() {
        let beat = |service: &str, identity: &str, at, phase: &str| Heartbeat {
            identity: identity.into(),
            service: service.into(),
            at,
            state: serde_json::json!({ "phase": phase }),
        };
        let now = 10_000_000;
        let beats = [
            beat("generator", "generator@a", now - 5_000, "running"),
            beat("validator", "validator@a", now - 500_000, "running"),
            beat("validator", "validator@b", now - 400_000, "running"),
            beat("backtester", "backtester@a", now - 500_000, "ended"),
            beat("rotator", "rotator@old", now - 500_000, "running"),
            beat("rotator", "rotator@new", now - 1_000, "running"),
        ];
        let s = services(&beats, now, 10);
        assert_eq!(s.alive, 2);
        assert_eq!(s.silent, ["validator@b"]);
    }

    #[test]
    fn it_reads_back() {
        let m = measure(&reading(), &Settings::default());
        let json = serde_json::to_value(&m).unwrap();
        assert_eq!(serde_json::from_value::<Measured>(json).unwrap(), m);
    }
}
