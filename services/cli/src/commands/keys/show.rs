//! The list of keys, without the keys.

use comfy_table::{Table, presets};
use serde_json::{Value, json};
use sixbtc_exchange::Millis;
use sixbtc_exchange::keys::renewal::Policy;
use sixbtc_exchange::keys::{Contents, Entry, KeyFile, Role};
use sixbtc_market::calendar;

/// How a key is.
fn state(entry: &Entry, renewal_days: u32, now: Millis) -> &'static str {
    let policy = Policy {
        renewal_days,
        ..Policy::default()
    };
    match (entry.role, entry.approved, entry.valid_until) {
        (Role::Master, ..) => "never expires",
        (Role::Agent, None, _) => "waits for approval",
        (Role::Agent, _, Some(until)) if until <= now => "expired",
        (Role::Agent, _, Some(until)) if policy.due(until, now) => "due for renewal",
        (Role::Agent, ..) => "valid",
    }
}

/// For people.
pub fn table(file: &KeyFile, contents: &Contents, renewal_days: u32, now: Millis) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header([
        "name",
        "role",
        "address",
        "trades for",
        "valid until",
        "state",
    ]);
    for e in contents.entries() {
        let trades_for = match e.role {
            Role::Master => String::new(),
            Role::Agent => e.trades_for().to_string(),
        };
        let until = e.valid_until.map(calendar::iso);
        let day = until
            .as_deref()
            .and_then(|t| t.get(..10))
            .unwrap_or_default();
        table.add_row([
            e.name.as_str(),
            &e.role.to_string(),
            &e.address.to_string(),
            &trades_for,
            day,
            state(e, renewal_days, now),
        ]);
    }
    let keys = contents.entries().len();
    let gone = contents.retired().len();
    format!(
        "{}\n{}: {keys} key{}, {gone} retired agent{}",
        table.trim_fmt(),
        file.path().display(),
        if keys == 1 { "" } else { "s" },
        if gone == 1 { "" } else { "s" },
    )
}

/// For programs. Times are milliseconds since 1970.
pub fn json(file: &KeyFile, contents: &Contents, renewal_days: u32, now: Millis) -> Value {
    let keys: Vec<Value> = contents
        .entries()
        .iter()
        .map(|e| {
            json!({
                "name": e.name,
                "role": e.role,
                "account": e.account,
                "subaccount": e.subaccount,
                "address": e.address,
                "created": e.created,
                "approved": e.approved,
                "valid_until": e.valid_until,
                "state": state(e, renewal_days, now),
            })
        })
        .collect();
    json!({ "schema": 1, "file": file.path(), "keys": keys, "retired": contents.retired() })
}
