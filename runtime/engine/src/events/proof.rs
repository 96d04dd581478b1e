//! Whether a strategy can be run from event to event.

use crate::settings::{FillAt, RunSettings};
use sixbtc_abi::{EntryOrder, ExitTrigger, Manifest, Phase, Sizing, Value};

/// What stands in the way of running a strategy from event to event, in words that follow “because”; `None` when nothing does.
/// `funded`, `finer`: whether funding series or finer bars are supplied.
pub fn obstacle(
    manifest: &Manifest,
    settings: &RunSettings,
    funded: bool,
    finer: bool,
) -> Option<&'static str> {
    let plan = &manifest.plan;
    if manifest.portfolio.is_some() {
        return Some("a portfolio holds shares of all its symbols at once");
    }
    if settings.fill != FillAt::NextOpen {
        return Some("decisions fill at the close (`fill = close`)");
    }
    if manifest.position_flags > 0 || manifest.position_values > 0 {
        return Some("a condition or level reads the position");
    }
    if funded && settings.funding {
        return Some("funding is paid while a position is held");
    }
    if finer {
        return Some("finer bars tell what happened first within a bar");
    }
    let mut sizes = plan.entries.iter().filter_map(|e| e.size).chain(plan.size);
    if sizes.any(of_fill) {
        return Some("a size depends on the fill price");
    }
    let limits = &plan.limits;
    if limits.pyramid.is_some() || limits.pyramid_every.is_some() {
        return Some("positions are built up (`limit pyramid`)");
    }
    if limits.cooldown.is_some() {
        return Some("entries wait for a cooldown");
    }
    if limits.trades.is_some() {
        return Some("entries are limited by period");
    }
    let moves = |t: &ExitTrigger| matches!(t, ExitTrigger::At(_));
    let late = |t: &ExitTrigger| matches!(t, ExitTrigger::When { cond, .. } if cond.phase != Phase::Signal);
    if plan
        .exits
        .iter()
        .any(|e| moves(&e.trigger) || late(&e.trigger))
    {
        return Some("an exit moves from bar to bar");
    }
    for entry in &plan.entries {
        if entry.order != EntryOrder::Market {
            return Some("an entry rests at a price");
        }
        let bracket = &entry.bracket;
        if bracket.trail.is_some() {
            return Some("a stop trails");
        }
        if bracket.breakeven.is_some() {
            return Some("a stop moves to breakeven");
        }
        if bracket.targets.len() > 1 || bracket.targets.iter().any(|t| t.closing.is_some()) {
            return Some("targets close a position in parts");
        }
        if bracket.exits.iter().any(|t| moves(t) || late(t)) {
            return Some("an exit moves from bar to bar");
        }
    }
    None
}

/// Whether a size is known only when the entry fills.
fn of_fill(size: Sizing) -> bool {
    let late = |v: Value| matches!(v, Value::Out(Phase::Bracket, _));
    match size {
        Sizing::Risk(v) | Sizing::Equity(v) | Sizing::Units(v) | Sizing::Notional(v) => late(v),
        Sizing::TargetVol { target, vol } => late(target) || late(vol),
    }
}
