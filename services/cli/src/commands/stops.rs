//! `sixbtc halt`, `close-all`, `resume` and `stops`

use super::serve::{Loading, Opening};
use super::store::with_store;
use crate::args::{CloseAllArgs, Format, HaltArgs, ResumeArgs, ScopeArgs, SettingsArgs};
use crate::failure::Failure;
use crate::output;
use serde_json::json;
use sixbtc_core::live::{KILL_FILE, kill_file};
use sixbtc_core::model::{Emergency, NewEvent, Outcome, Stage, StopAction};
use sixbtc_core::store::{Store, StoreError};
use sixbtc_market::calendar;
use std::fmt::Write as _;
use std::path::PathBuf;

/// The cause of what a person raised.
const OPERATOR: &str = "operator";
/// Who writes.
const BY: &str = "operator";

fn whom(scope: &ScopeArgs) -> (&'static str, String) {
    match (scope.subaccount, scope.strategy) {
        (Some(number), _) => ("subaccount", number.to_string()),
        (None, Some(id)) => ("strategy", id.to_string()),
        (None, None) => ("portfolio", String::new()),
    }
}

fn named(scope: &str, id: &str) -> String {
    if id.is_empty() {
        scope.to_owned()
    } else {
        format!("{scope} {id}")
    }
}

/// No new positions.
pub fn halt(args: &HaltArgs, format: Format) -> Result<u8, Failure> {
    if args.file {
        let path = kill_path(&args.settings)?;
        let written = std::fs::write(&path, format!("{}\n", args.reason));
        written.map_err(|e| Failure::outside(format!("{}: {e}", path.display())))?;
        match format {
            Format::Json => output::json(&json!({ "file": path })),
            Format::Human => output::out(&format!(
                "{} is there: nothing is opened any more",
                path.display()
            )),
        }
        return Ok(0);
    }
    raise(
        &args.scope,
        StopAction::HaltEntries,
        &args.reason,
        &args.settings,
        format,
    )
}

/// Everything is closed at market.
pub fn close_all(args: &CloseAllArgs, format: Format) -> Result<u8, Failure> {
    raise(
        &args.scope,
        StopAction::ForceClose,
        &args.reason,
        &args.settings,
        format,
    )
}

fn raise(
    scope: &ScopeArgs,
    action: StopAction,
    reason: &str,
    settings: &SettingsArgs,
    format: Format,
) -> Result<u8, Failure> {
    let loading = Loading::of(settings)?;
    let (scope, id) = whom(scope);
    let left = with_store(&Opening::of(&loading.loaded), async |store| {
        let row = Emergency {
            scope: scope.into(),
            scope_id: id.clone(),
            cause: OPERATOR.into(),
            action,
            reason: reason.to_owned(),
            since: store.now(),
            cooldown_until: None,
            reset: OPERATOR.into(),
            data: json!({}),
        };
        store.put_emergency(&row).await?;
        let data = json!({ "key": format!("{} {OPERATOR}", named(scope, &id)), "action": action, "reason": reason });
        store
            .record(BY, &[event("stop_triggered", Outcome::Refused, data)])
            .await?;
        store.emergencies().await
    })?;
    print(&left, None, format);
    Ok(0)
}

/// Lifts stops.
pub fn resume(args: &ResumeArgs, format: Format) -> Result<u8, Failure> {
    let mut lifted = Vec::new();
    if args.file || args.all {
        let path = kill_path(&args.settings)?;
        match std::fs::remove_file(&path) {
            Ok(()) => lifted.push(format!("the file {}", path.display())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Failure::outside(format!("{}: {e}", path.display()))),
        }
    }
    let loading = Loading::of(&args.settings)?;
    let mut left = Vec::new();
    if !args.file {
        let (found, rest) = with_store(&Opening::of(&loading.loaded), async |store| {
            lift(store, args).await
        })?;
        lifted.extend(found);
        left = rest;
    }
    let kill = kill_file(&loading.loaded.settings.directories.data);
    match format {
        Format::Json => {
            output::json(&json!({ "lifted": lifted, "stops": left, "kill_file": kill }));
        }
        Format::Human => {
            for what in &lifted {
                output::out(&format!("lifted: {what}"));
            }
            if lifted.is_empty() {
                output::out("no such stop is in force");
            }
            if !args.file {
                print(&left, kill.as_deref(), format);
            }
        }
    }
    Ok(u8::from(lifted.is_empty()))
}

/// What was lifted, and what is still in force.
async fn lift(
    store: &Store,
    args: &ResumeArgs,
) -> Result<(Vec<String>, Vec<Emergency>), StoreError> {
    let (scope, id) = if args.system {
        ("system", String::new())
    } else {
        whom(&args.scope)
    };
    let mut lifted = Vec::new();
    for stop in store.emergencies().await? {
        let meant = (stop.scope.as_str(), &stop.scope_id, &stop.cause) == (scope, &id, &args.cause);
        if !(meant || args.all)
            || !{ store.clear_emergency(&stop.scope, &stop.scope_id, &stop.cause) }.await?
        {
            continue;
        }
        let key = format!("{} {}", named(&stop.scope, &stop.scope_id), stop.cause);
        let data = json!({ "key": key, "why": "by hand" });
        store
            .record(BY, &[event("stop_lifted", Outcome::Passed, data)])
            .await?;
        lifted.push(key);
    }
    Ok((lifted, store.emergencies().await?))
}

/// Lists what is in force.
pub fn list(args: &SettingsArgs, format: Format) -> Result<u8, Failure> {
    let loading = Loading::of(args)?;
    let stops = with_store(&Opening::of(&loading.loaded), Store::emergencies)?;
    let kill = kill_file(&loading.loaded.settings.directories.data);
    match format {
        Format::Json => output::json(&json!({ "stops": stops, "kill_file": kill })),
        Format::Human => print(&stops, kill.as_deref(), format),
    }
    Ok(0)
}

fn kill_path(settings: &SettingsArgs) -> Result<PathBuf, Failure> {
    let loading = Loading::of(settings)?;
    Ok(loading.loaded.settings.directories.data.join(KILL_FILE))
}

fn event(what: &str, outcome: Outcome, data: serde_json::Value) -> NewEvent {
    NewEvent {
        strategy: None,
        name: String::new(),
        stage: Stage::Emergency,
        what: what.into(),
        outcome,
        took_ms: None,
        data,
    }
}

fn print(stops: &[Emergency], kill: Option<&str>, format: Format) {
    if format == Format::Json {
        output::json(&json!({ "stops": stops }));
        return;
    }
    let mut text = String::new();
    if let Some(kill) = kill {
        let _ = writeln!(text, "the file {KILL_FILE} is there: {kill}");
    }
    for s in stops {
        let _ = writeln!(
            text,
            "{} · {} · {} since {} · {} · lifted by {}",
            named(&s.scope, &s.scope_id),
            s.cause,
            s.action,
            calendar::iso(s.since),
            s.reason,
            s.reset
        );
    }
    if text.is_empty() {
        text.push_str("no stop is in force");
    }
    output::out(text.trim_end());
}
