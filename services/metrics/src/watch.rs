//! Alerts: a figure that stays bad for long enough, until it is clearly better. Pure.

use crate::measure::Measured;
use serde::{Deserialize, Serialize};
use sixbtc_core::model::Millis;
use sixbtc_core::settings::MetricAlerts;
use std::collections::BTreeMap;

/// Longest silence of the counter over which a figure may be taken to have stayed as it was.
const GAP: Millis = 10 * 60_000;

/// What is watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// `backpressure`, `throughput_degradation` or `quality_degradation`, with what it is about behind a colon.
    pub name: String,
    /// The figure; absent when it cannot be known yet.
    pub figure: Option<f64>,
    /// From where it is bad.
    pub threshold: f64,
    /// Whether larger is worse.
    pub above: bool,
    /// How long it must stay bad, ms.
    pub lasts: Millis,
    /// What it means, for people.
    pub says: String,
}

/// What is known of one rule from round to round; kept in the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Bad since; absent while it is good.
    pub since: Option<Millis>,
    /// The alert is on since.
    pub on: Option<Millis>,
    /// When it was looked at last.
    pub seen: Millis,
}

/// An alert that begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It begins.
    Begins,
    /// It is over.
    Over,
}

/// What is watched, by the settings.
pub fn rules(m: &Measured, alerts: &MetricAlerts) -> Vec<Rule> {
    const MINUTE: Millis = 60_000;
    const HOUR: Millis = 3_600_000;
    let full = &alerts.backpressure;
    let mut rules: Vec<Rule> = ["generated", "validated"]
        .into_iter()
        .map(|queue| {
            let figure = m.utilization.get(queue).copied();
            let percent = figure.unwrap_or_default() * 100.0;
            Rule {
                name: format!("backpressure:{queue}"),
                figure,
                threshold: full.threshold,
                above: true,
                lasts: Millis::from(full.duration_minutes) * MINUTE,
                says: format!(
                    "the queue of {queue} strategies is {percent:.0} % full for {} minutes: what works on it is too slow, or stands still",
                    full.duration_minutes
                ),
            }
        })
        .collect();
    let slow = &alerts.throughput_degradation;
    let rate = m.throughput.validation;
    rules.push(Rule {
        name: "throughput_degradation".into(),
        figure: (m.covered >= 1.0).then_some(rate),
        threshold: slow.min_strategies_per_hour,
        above: false,
        lasts: Millis::from(slow.duration_hours) * HOUR,
        says: format!(
            "{rate:.1} strategies an hour are validated, for {} hours fewer than {}",
            slow.duration_hours, slow.min_strategies_per_hour
        ),
    });
    let bad = &alerts.quality_degradation;
    let sharpe = m.quality.sharpe;
    rules.push(Rule {
        name: "quality_degradation".into(),
        figure: sharpe,
        threshold: bad.min_sharpe,
        above: false,
        lasts: Millis::from(bad.duration_hours) * HOUR,
        says: format!(
            "the mean Sharpe ratio of the pool is {:.2}, for {} hours under {}",
            sharpe.unwrap_or_default(),
            bad.duration_hours,
            bad.min_sharpe
        ),
    });
    rules
}

/// One look at one rule. `hysteresis` is the share of the threshold by which the figure must be better to end an alert.
pub fn step(watch: &mut Watch, rule: &Rule, hysteresis: f64, now: Millis) -> Option<Change> {
    // after a gap nobody knows what was in between: the time that it was bad begins anew
    if now - watch.seen > GAP || now < watch.seen {
        watch.since = None;
    }
    watch.seen = now;
    let figure = rule.figure?;
    let margin = rule.threshold.abs() * hysteresis;
    let (bad, clear) = if rule.above {
        (figure >= rule.threshold, figure < rule.threshold - margin)
    } else {
        (figure < rule.threshold, figure >= rule.threshold + margin)
    };
    if bad {
        let since = *watch.since.get_or_insert(now);
        if watch.on.is_none() && now - since >= rule.lasts {
            watch.on = Some(now);
            return Some(Change::Begins);
        }
    } else {
        watch.since = None;
        if clear && watch.on.take().is_some() {
            return Some(Change::Over);
        }
    }
    None
}

/// Names of the alerts that are on.
pub(crate) fn on(watches: &BTreeMap<String, Watch>) -> Vec<String> {
    let on = watches.iter().filter(|(_, w)| w.on.is_some());
    on.map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Millis = 60_000;

    fn rule(figure: impl Into<Option<f64>>, above: bool) -> Rule {
        Rule {
            name: "x".into(),
            figure: figure.into(),
            threshold: 0.9,
            above,
            lasts: 60 * MINUTE,
            says: String::new(),
        }
    }

    /// Figures, one a minute from an instant on; changes with their minutes.
    fn run(watch: &mut Watch, from: i64, figures: &[f64], above: bool) -> Vec<(i64, Change)> {
        let minutes = figures.iter().zip(from..);
        minutes
            .filter_map(|(figure, minute)| {
                let change = step(watch, &rule(*figure, above), 0.1, minute * MINUTE)?;
                Some((minute, change))
            })
            .collect()
    }

    #[test]
    fn an_alert_begins_after_its_time_and_once() {
        let mut w = Watch::default();
        assert_eq!(
            run(&mut w, 100, &[0.95; 200], true),
            [(160, Change::Begins)]
        );
        // at the edge it stays on
        assert_eq!(run(&mut w, 300, &[0.85; 100], true), []);
        assert_eq!(
            run(&mut w, 400, &[0.95, 0.85, 0.80], true),
            [(402, Change::Over)]
        );
        assert_eq!(run(&mut w, 403, &[0.5; 100], true), []);
    }

    #[test]
    fn a_short_dip_begins_the_time_anew() {
        let mut w = Watch::default();
        let mut figures = vec![0.95; 50];
        figures.push(0.89);
        figures.extend([0.95; 59]);
        assert_eq!(run(&mut w, 100, &figures, true), []);
        assert_eq!(run(&mut w, 210, &[0.95; 3], true).len(), 1);
    }

    #[test]
    fn a_gap_is_no_evidence() {
        let mut w = Watch::default();
        assert_eq!(run(&mut w, 100, &[0.95; 30], true), []);
        assert_eq!(run(&mut w, 200, &[0.95; 30], true), []);
        assert_eq!(run(&mut w, 230, &[0.95; 40], true), [(260, Change::Begins)]);
        // an alert that is on survives a gap
        assert_eq!(run(&mut w, 900, &[0.95], true), []);
        assert!(w.on.is_some());
    }

    #[test]
    fn low_is_bad_for_rates_and_no_figure_says_nothing() {
        let mut w = Watch::default();
        assert_eq!(
            run(&mut w, 100, &[0.5; 100], false),
            [(160, Change::Begins)]
        );
        assert_eq!(step(&mut w, &rule(None, false), 0.1, 201 * MINUTE), None);
        assert!(w.on.is_some());
        assert_eq!(
            run(&mut w, 202, &[0.95, 0.98, 0.99], false),
            [(204, Change::Over)]
        );
    }
}
