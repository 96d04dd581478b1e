//! Between stops as they are decided and as they lie in the store, and between settings and rules.

use rust_decimal::Decimal;
use sixbtc_core::model::{Emergency, StopAction};
use sixbtc_core::settings::Settings;
use sixbtc_core::venue::{DeskError, decimal};
use sixbtc_live::gates::Bounds;
use sixbtc_live::stop::{Action, Figures, Key, Reset, Scope, Stop, Trigger};
use sixbtc_live::{balance, emergency, funds};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A stop as a row.
pub fn row(stop: &Stop) -> Emergency {
    Emergency {
        scope: stop.key.scope.word().into(),
        scope_id: stop.key.scope.id(),
        cause: stop.key.trigger.word().into(),
        action: match stop.action {
            Action::HaltEntries => StopAction::HaltEntries,
            Action::ForceClose => StopAction::ForceClose,
        },
        reason: stop.reason.clone(),
        since: stop.since,
        cooldown_until: stop.until,
        reset: stop.reset.word().into(),
        data: serde_json::to_value(stop).unwrap_or_default(),
    }
}

/// A row as a stop. What somebody else wrote with a cause of its own counts as a person's; with a scope that nobody knows, it
/// concerns the whole system: a stop that is not understood does not let anything pass.
pub fn stop(row: &Emergency) -> Stop {
    let scope = Scope::read(&row.scope, &row.scope_id).unwrap_or(Scope::System);
    let trigger = Trigger::read(&row.cause).unwrap_or(Trigger::Operator);
    let key = Key::new(scope, trigger);
    if let Ok(stop) = serde_json::from_value::<Stop>(row.data.clone())
        && stop.key == key
    {
        return stop;
    }
    Stop {
        key,
        action: match row.action {
            StopAction::HaltEntries => Action::HaltEntries,
            StopAction::ForceClose => Action::ForceClose,
        },
        reason: row.reason.clone(),
        since: row.since,
        until: row.cooldown_until,
        reset: match row.reset.as_str() {
            "midnight" => Reset::Midnight,
            "rotation" => Reset::Rotation,
            "cooldown" => Reset::Cooldown,
            "fresh_data" => Reset::FreshData,
            "file_gone" => Reset::FileGone,
            _ => Reset::Operator,
        },
        figures: Figures::default(),
        losers: Vec::new(),
    }
}

/// Rows as stops.
pub fn stops(rows: &[Emergency]) -> Vec<Stop> {
    rows.iter().map(stop).collect()
}

/// The rules of stops.
pub fn emergency_rules(settings: &Settings) -> Result<emergency::Rules, DeskError> {
    let limits = &settings.risk.emergency;
    let waits = &settings.risk.emergency_cooldowns;
    Ok(emergency::Rules {
        daily_loss: decimal("risk.emergency.max_daily_loss", limits.max_daily_loss)?,
        drawdown: decimal(
            "risk.emergency.max_portfolio_drawdown",
            limits.max_portfolio_drawdown,
        )?,
        account_drawdown: decimal(
            "risk.emergency.max_subaccount_drawdown",
            limits.max_subaccount_drawdown,
        )?,
        streak: limits.max_consecutive_losses as usize,
        stale: seconds(limits.data_stale_seconds),
        drawdown_wait: i64::from(waits.portfolio_dd_hours) * HOUR,
        streak_wait: i64::from(waits.strategy_hours) * HOUR,
        rotation_loss: decimal(
            "risk.emergency.rotation_loss_threshold",
            limits.rotation_loss_threshold,
        )?,
        ..emergency::Rules::default()
    })
}

/// The bounds of an entry.
pub fn bounds(settings: &Settings) -> Result<Bounds, DeskError> {
    let risk = &settings.risk;
    let exchange = &settings.hyperliquid;
    Ok(Bounds {
        max_open: risk.limits.max_open_positions_per_subaccount as usize,
        max_position: decimal(
            "risk.fixed_fractional.max_position_size_pct",
            risk.fixed_fractional.max_position_size_pct,
        )?,
        min_notional: decimal("hyperliquid.min_notional", exchange.min_notional)?,
        min_balance: min_balance(settings)?,
        data_age: seconds(risk.emergency.data_stale_seconds),
        ..Bounds::default()
    })
}

/// The balance under which nothing is opened, when `go_live.preflight_checks.require_funded` asks for one.
pub fn min_balance(settings: &Settings) -> Result<Option<Decimal>, DeskError> {
    if !settings.go_live.preflight_checks.require_funded {
        return Ok(None);
    }
    let least = settings.hyperliquid.funds.min_tradeable_usd;
    decimal("hyperliquid.funds.min_tradeable_usd", least).map(Some)
}

/// The thresholds of the funds manager.
pub fn funds_rules(settings: &Settings) -> Result<funds::Rules, DeskError> {
    let funds = &settings.hyperliquid.funds;
    Ok(funds::Rules {
        operational: decimal(
            "hyperliquid.funds.min_operational_usd",
            funds.min_operational_usd,
        )?,
        target: decimal("hyperliquid.funds.topup_target_usd", funds.topup_target_usd)?,
        reserve: decimal(
            "hyperliquid.funds.master_reserve_usd",
            funds.master_reserve_usd,
        )?,
        tradeable: decimal(
            "hyperliquid.funds.min_tradeable_usd",
            funds.min_tradeable_usd,
        )?,
        ..funds::Rules::default()
    })
}

/// How movements of money are followed.
pub fn balance_rules(settings: &Settings) -> balance::Rules {
    let exchange = &settings.hyperliquid;
    balance::Rules {
        lookback: i64::from(exchange.balance_reconciliation.catchup_lookback_days) * DAY,
        silence: seconds(exchange.websocket.silence_threshold_sec),
        ..balance::Rules::default()
    }
}

fn seconds(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX).saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stop_comes_back_as_it_was() {
        let made = Stop {
            key: Key::new(Scope::Subaccount(4), Trigger::Drawdown),
            action: Action::HaltEntries,
            reason: "lost".into(),
            since: 5,
            until: None,
            reset: Reset::Rotation,
            figures: Figures {
                value: Decimal::new(26, 2),
                limit: Decimal::new(25, 2),
                anchor: Decimal::ONE_HUNDRED,
            },
            losers: vec!["s/1".into()],
        };
        assert_eq!(stop(&row(&made)), made);
        let words = row(&made);
        assert_eq!(
            (words.scope.as_str(), words.scope_id.as_str()),
            ("subaccount", "4")
        );
        // what a person wrote has no figures, and what nobody understands stops everything
        let mut other = words.clone();
        other.data = json!({});
        other.cause = "bad_dream".into();
        assert_eq!(stop(&other).key.trigger, Trigger::Operator);
        other.scope = "galaxy".into();
        assert_eq!(stop(&other).key.scope, Scope::System);
        // figures of another stop are not taken
        let mut moved = words;
        moved.scope_id = "5".into();
        assert_eq!(stop(&moved).key.scope, Scope::Subaccount(5));
    }

    #[test]
    fn the_default_settings_are_the_default_rules() {
        let settings = Settings::default();
        assert_eq!(
            emergency_rules(&settings).unwrap(),
            emergency::Rules::default()
        );
        assert_eq!(bounds(&settings).unwrap(), Bounds::default());
        assert_eq!(funds_rules(&settings).unwrap(), funds::Rules::default());
        assert_eq!(balance_rules(&settings), balance::Rules::default());
        let mut free = settings;
        free.go_live.preflight_checks.require_funded = false;
        assert_eq!(bounds(&free).unwrap().min_balance, None);
    }
}
