//! Whether live trades are still those of the simulation.

use sixbtc_core::alerts::{Alert, Level, raise};
use sixbtc_core::daemon::ServiceError;
use sixbtc_core::model::{Millis, ParityFilter, ParityStats, Strategy};
use sixbtc_core::settings::{ParityLimits, Settings};
use sixbtc_core::store::Store;

const DAY: Millis = 86_400_000;

/// What is beyond the limits, a sentence each.
pub fn beyond(stats: &ParityStats, limits: &ParityLimits) -> Vec<String> {
    let mut found = Vec::new();
    if stats.decided() < limits.min_trades as usize {
        return found;
    }
    if let Some(mean) = stats.slippage_mean_bps
        && mean > limits.max_slippage_bps
    {
        found.push(format!(
            "a fill costs {mean:.1} bps on average against the price it was due at, the limit is {:.1}",
            limits.max_slippage_bps
        ));
    }
    if let Some(share) = stats.unpaired()
        && share > limits.max_unpaired
    {
        found.push(format!(
            "{} trades have no twin in the simulation and {} of its trades were not made: {:.0} % of {}, the limit is {:.0} %",
            stats.no_twin,
            stats.no_trade,
            share * 100.0,
            stats.decided(),
            limits.max_unpaired * 100.0
        ));
    }
    if let Some(gap) = stats.shortfall()
        && gap > limits.max_shortfall
    {
        found.push(format!(
            "{} trades brought {:.2}, their twins {:.2}: {:.0} % of what those won and lost is missing, the limit is {:.0} %",
            stats.paired,
            stats.live_pnl,
            stats.twin_pnl,
            gap * 100.0,
            limits.max_shortfall * 100.0
        ));
    }
    found
}

/// Measures the pairs of live strategies, and tells a person of those beyond the limits.
pub async fn watch(
    store: &Store,
    settings: &Settings,
    by: &str,
    now: Millis,
    live: &[Strategy],
) -> Result<(), ServiceError> {
    let limits = &settings.monitor.parity;
    let since = now - i64::from(limits.days) * DAY;
    let mut all = Vec::new();
    for strategy in live {
        let (id, name) = (strategy.made.id, &strategy.made.name);
        let filter = ParityFilter {
            strategy: Some(id),
            since: Some(since),
            limit: 100_000,
        };
        let rows = store.parity(&filter).await?;
        if rows.is_empty() {
            continue;
        }
        let found = beyond(&ParityStats::of(&rows), limits);
        all.extend(rows);
        if found.is_empty() {
            continue;
        }
        let alert = Alert {
            cause: format!("parity:{id}"),
            level: Level::Warning,
            title: format!("{name} does not trade as it was tested"),
            text: format!(
                "Over {} days {}. `sixbtc parity --strategy {id}` shows every trade beside its twin.",
                limits.days,
                found.join("; ")
            ),
        };
        raise(store, alert, settings.alerts.repeat_minutes, by).await?;
    }
    let stats = ParityStats::of(&all);
    for (state, count) in [
        ("paired", stats.paired),
        ("no_twin", stats.no_twin),
        ("no_trade", stats.no_trade),
        ("waiting", stats.waiting),
    ] {
        metrics::gauge!("monitor_parity_trades", "state" => state).set(count as f64);
    }
    for (name, bps) in [
        ("mean", stats.slippage_mean_bps),
        ("p95", stats.slippage_p95_bps),
    ] {
        if let Some(bps) = bps {
            metrics::gauge!("monitor_slippage_bps", "of" => name).set(bps);
        }
    }
    if let Some(gap) = stats.shortfall() {
        metrics::gauge!("monitor_parity_shortfall").set(gap);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    #[test]
    fn what_is_beyond_a_limit_is_said_and_few_trades_say_nothing() {
        let limits = ParityLimits::default();
        let fine = ParityStats {
            paired: 20,
            fills: 40,
            slippage_mean_bps: Some(5.0),
            live_pnl: Decimal::from(80),
            twin_pnl: Decimal::from(100),
            turnover: Decimal::from(300),
            ..ParityStats::default()
        };
        assert_eq!(beyond(&fine, &limits), Vec::<String>::new());
        let bad = ParityStats {
            no_twin: 4,
            no_trade: 2,
            slippage_mean_bps: Some(10.1),
            live_pnl: Decimal::from(-40),
            ..fine.clone()
        };
        let said = beyond(&bad, &limits);
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[1].contains("23 % of 26"), "{said:?}");
        let few = ParityStats { paired: 3, ..bad };
        assert_eq!(beyond(&few, &limits), Vec::<String>::new());
    }
}
