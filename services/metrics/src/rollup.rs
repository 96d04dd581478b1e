//! Snapshots thin out with age: raw ones become one an hour, hourly ones become one a day.

use serde_json::{Map, Value, json};
use sixbtc_core::model::{Grain, Millis, Snapshot};
use sixbtc_core::settings::Retention;
use sixbtc_core::store::{Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// Milliseconds of an hour.
const HOUR: Millis = 3_600_000;
/// Milliseconds of a day.
const DAY: Millis = 24 * HOUR;

/// How many snapshots stand behind a rolled one; raw ones have no such field.
const COUNT: &str = "n";
/// Smallest and largest value of each figure.
const SPREAD: &str = "spread";

/// The mean of several snapshots' data, in the same shape: numbers become their means, weighted by how many snapshots stand
/// behind each; of texts and lists the last is kept. `n` says how many snapshots it is made of, `spread` has the smallest and
/// the largest value of every figure, by its path.
pub fn mean(of: &[&Value]) -> Value {
    let mut sums = BTreeMap::new();
    let mut last = Map::new();
    let mut n = 0.0;
    for data in of {
        let weight = data.get(COUNT).and_then(Value::as_f64).unwrap_or(1.0);
        n += weight;
        let old = data.get(SPREAD).and_then(Value::as_object);
        gather("", data, weight, old, &mut sums);
        keep(&mut last, data);
    }
    let mut out = Value::Object(last);
    let mut spread = Map::new();
    for (path, sum) in &sums {
        if let Some(slot) = out.pointer_mut(path) {
            *slot = json!(sum.total / sum.weight);
        }
        spread.insert(path.clone(), json!([sum.low, sum.high]));
    }
    if let Some(out) = out.as_object_mut() {
        out.insert(COUNT.into(), json!(n));
        out.insert(SPREAD.into(), Value::Object(spread));
    }
    out
}

struct Sum {
    total: f64,
    weight: f64,
    low: f64,
    high: f64,
}

fn gather(
    path: &str,
    value: &Value,
    weight: f64,
    old: Option<&Map<String, Value>>,
    sums: &mut BTreeMap<String, Sum>,
) {
    match value {
        Value::Object(map) => {
            for (name, below) in map {
                if path.is_empty() && (name == COUNT || name == SPREAD) {
                    continue;
                }
                let name = name.replace('~', "~0").replace('/', "~1");
                gather(&format!("{path}/{name}"), below, weight, old, sums);
            }
        }
        Value::Number(number) => {
            let Some(x) = number.as_f64() else { return };
            let was = old.and_then(|o| o.get(path)).and_then(Value::as_array);
            let end = |i: usize| was.and_then(|w| w.get(i)).and_then(Value::as_f64);
            let sum = sums.entry(path.to_owned()).or_insert(Sum {
                total: 0.0,
                weight: 0.0,
                low: f64::INFINITY,
                high: f64::NEG_INFINITY,
            });
            sum.total += x * weight;
            sum.weight += weight;
            sum.low = sum.low.min(end(0).unwrap_or(x));
            sum.high = sum.high.max(end(1).unwrap_or(x));
        }
        _ => {}
    }
}

/// Lays the newer over the older: what is absent now and was there before stays, so that a figure that had no value at the end
/// keeps its mean.
fn keep(into: &mut Map<String, Value>, value: &Value) {
    let Some(value) = value.as_object() else {
        return;
    };
    for (name, new) in value {
        match (into.get_mut(name), new) {
            (Some(Value::Object(old)), Value::Object(_)) => keep(old, new),
            (Some(Value::Number(_)), Value::Null) => {}
            _ => {
                into.insert(name.clone(), new.clone());
            }
        }
    }
}

/// Rolls up every hour and day that is over and not rolled up yet, then removes what is too old for its grain; how many
/// snapshots were written. Doing it again changes nothing, and what is not rolled up is never removed.
pub async fn thin(store: &Store, retention: &Retention) -> Result<u64, StoreError> {
    let now = store.now();
    let raw = now - Millis::from(retention.raw_days) * DAY;
    let hourly = now - Millis::from(retention.hourly_days) * DAY;
    let mut written = 0;
    for (from, to, length, since) in [
        (Grain::Raw, Grain::Hourly, HOUR, raw),
        (Grain::Hourly, Grain::Daily, DAY, hourly),
    ] {
        // a counter that stood still for longer than the retention still finds what it left behind
        for subject in store.snapshot_subjects(from).await? {
            written += roll(store, &subject, (from, to, length), now).await?;
        }
        // whole periods only: a period that is cut could not be rolled up again
        store
            .prune_snapshots(from, since - since.rem_euclid(length))
            .await?;
    }
    if !retention.daily_forever {
        store
            .prune_snapshots(Grain::Daily, hourly - hourly.rem_euclid(DAY))
            .await?;
    }
    Ok(written)
}

async fn roll(
    store: &Store,
    subject: &str,
    (from, to, length): (Grain, Grain, Millis),
    now: Millis,
) -> Result<u64, StoreError> {
    let end = now - now.rem_euclid(length);
    let done = store.snapshots(subject, to, Millis::MIN, end).await?;
    let done: BTreeSet<Millis> = done.into_iter().map(|s| s.at).collect();
    // everything before the last rolled period was rolled with it, or never was there
    let begin = done.last().map_or(Millis::MIN, |last| last + length);
    let fine = store.snapshots(subject, from, begin, end).await?;
    let mut periods: BTreeMap<Millis, Vec<&Value>> = BTreeMap::new();
    for s in &fine {
        let start = s.at - s.at.rem_euclid(length);
        periods.entry(start).or_default().push(&s.data);
    }
    for (at, data) in &periods {
        let rolled = Snapshot {
            subject: subject.to_owned(),
            grain: to,
            at: *at,
            data: mean(data),
        };
        store.snapshot(&rolled).await?;
    }
    Ok(periods.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_means_and_the_shape_stays() {
        let a = json!({"status": "ok", "queues": {"generated": 10}, "quality": {"sharpe": null}, "list": [1]});
        let b = json!({"status": "idle", "queues": {"generated": 20, "live": 1}, "quality": {"sharpe": 2.0}, "list": [2]});
        let m = mean(&[&a, &b]);
        assert_eq!(
            m,
            json!({
                "status": "idle", "queues": {"generated": 15.0, "live": 1.0}, "quality": {"sharpe": 2.0}, "list": [2],
                "n": 2.0,
                "spread": {"/queues/generated": [10.0, 20.0], "/queues/live": [1.0, 1.0], "/quality/sharpe": [2.0, 2.0]},
            })
        );
        // a figure that is gone at the end keeps its mean
        assert_eq!(mean(&[&b, &a])["quality"]["sharpe"], json!(2.0));
    }

    #[test]
    fn means_of_means_weigh_what_stands_behind_them() {
        let of = |x: f64| json!({ "x": x });
        let raw = [of(1.0), of(2.0), of(3.0), of(10.0)];
        let whole = mean(&raw.iter().collect::<Vec<_>>());
        let first = mean(&raw[..3].iter().collect::<Vec<_>>());
        let second = mean(&raw[3..].iter().collect::<Vec<_>>());
        assert_eq!(mean(&[&first, &second]), whole);
        assert_eq!(whole["spread"]["/x"], json!([1.0, 10.0]));
    }

    #[test]
    fn names_with_slashes_are_names() {
        let a = json!({"a/b~c": 4});
        assert_eq!(mean(&[&a, &a])["a/b~c"], json!(4.0));
    }
}
