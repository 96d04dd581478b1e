//! What faults make of the rows of a frame.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::engine::Millis;

/// Orders and trades of an earlier life are numbered from there: no venue in a test comes so far.
const FORGOTTEN: u64 = 4_000_000_000_000;

/// A frame for each row of its list, in their order; the frame itself when it has no list, one row, or is a snapshot.
pub(super) fn one_by_one(text: &str) -> Vec<String> {
    split(text).unwrap_or_else(|| vec![text.to_owned()])
}

fn split(text: &str) -> Option<Vec<String>> {
    let frame: Value = serde_json::from_str(text).ok()?;
    if frame.pointer("/data/isSnapshot") == Some(&Value::Bool(true)) {
        return None;
    }
    let place = ["/data", "/data/fills"]
        .into_iter()
        .find(|place| frame.pointer(place).is_some_and(Value::is_array))?;
    let rows = frame.pointer(place)?.as_array()?;
    if rows.len() < 2 {
        return None;
    }
    let alone = |row: &Value| {
        let mut one = frame.clone();
        *one.pointer_mut(place)? = json!([row]);
        Some(one.to_string())
    };
    rows.iter().map(alone).collect()
}

/// A snapshot of fills with a round trip at its end, made at `time` by orders that nobody knows. `None` when it is no such
/// snapshot.
pub(super) fn with_old_fills(text: &str, coin: &str, px: Decimal, time: Millis) -> Option<String> {
    let mut frame: Value = serde_json::from_str(text).ok()?;
    if frame.pointer("/data/isSnapshot") != Some(&Value::Bool(true)) {
        return None;
    }
    let rows = frame.pointer_mut("/data/fills")?.as_array_mut()?;
    // Snapshots list the newest first.
    for (number, side, dir, start) in [(1, "A", "Close Long", "1.0"), (0, "B", "Open Long", "0.0")]
    {
        rows.push(json!({
            "coin": coin,
            "px": px.normalize().to_string(),
            "sz": "1.0",
            "side": side,
            "time": time + number,
            "startPosition": start,
            "dir": dir,
            "closedPnl": "0.0",
            "hash": format!("0x{:064x}", FORGOTTEN),
            "oid": FORGOTTEN + number.unsigned_abs(),
            "crossed": true,
            "fee": "0.01",
            "tid": FORGOTTEN + number.unsigned_abs(),
            "feeToken": "USDC",
            "twapId": null,
        }));
    }
    Some(frame.to_string())
}
