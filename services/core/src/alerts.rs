//! What needs a person: alerts, and the queue in which they wait for their channels.
//!
//! Whoever notices something raises an alert; the monitor's postman carries it to every channel that is switched on. The queue lies
//! in the store, so an alert survives its finder. An alert of a cause that was told lately is counted, not told again.

use crate::model::Millis;
use crate::shared;
use crate::store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the queue lies in the store's `control`.
pub const CONTROL_KEY: &str = "alerts";

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Good to know.
    Info,
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
}

/// An alert. Texts hold no secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What it is about, the same for the same trouble: `retired:<strategy>`, `emergency:portfolio:drawdown`.
    pub cause: String,
    /// How much it matters.
    pub level: Level,
    /// One line.
    pub title: String,
    /// What happened, and what to do.
    pub text: String,
}

/// How far one channel is with an alert.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Attempts that failed.
    pub failed: u32,
    /// Not before.
    pub next_at: Millis,
    /// Told, or given up.
    pub done: bool,
    /// What went wrong last, without secrets.
    pub error: Option<String>,
}

/// An alert that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its number.
    pub number: u64,
    /// What is told.
    pub alert: Alert,
    /// When it was raised first.
    pub at: Millis,
    /// How often it was raised since the cause was told before.
    pub times: u32,
    /// By channel; one that is not there was not tried yet.
    pub deliveries: BTreeMap<String, Delivery>,
}

/// A cause that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    at: Millis,
    /// How often it was raised since.
    since: u32,
}

/// All alerts that wait, and the causes that were told lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Queue {
    next: u64,
    /// Oldest first.
    pub waiting: Vec<Waiting>,
    told: BTreeMap<String, Told>,
}

/// Alerts that may wait at once; the least important, then oldest, makes room.
const CAPACITY: usize = 200;
/// Attempts of one channel.
const ATTEMPTS: u32 = 12;
/// First wait after a failure; doubles each time.
const BACKOFF_MS: i64 = 5_000;
/// Longest wait after a failure.
const BACKOFF_MOST_MS: i64 = 15 * 60_000;

impl Queue {
    /// Adds an alert, unless its cause waits already or was told within `repeat` ms. `false`: it was counted only.
    pub fn raise(&mut self, alert: Alert, now: Millis, repeat: i64) -> bool {
        if let Some(same) = self
            .waiting
            .iter_mut()
            .find(|w| w.alert.cause == alert.cause)
        {
            same.times += 1;
            // a worse one of the same cause is what is told
            if alert.level > same.alert.level {
                same.alert = alert;
            }
            return false;
        }
        let mut times = 1;
        if let Some(told) = self.told.get_mut(&alert.cause) {
            if now - told.at < repeat && now >= told.at {
                told.since += 1;
                return false;
            }
            times += told.since;
        }
        self.told.retain(|_, t| now - t.at < repeat && now >= t.at);
        self.next += 1;
        self.told
            .insert(alert.cause.clone(), Told { at: now, since: 0 });
        self.waiting.push(Waiting {
            number: self.next,
            alert,
            at: now,
            times,
            deliveries: BTreeMap::new(),
        });
        if self.waiting.len() > CAPACITY {
            let least = self
                .waiting
                .iter()
                .enumerate()
                .min_by_key(|(i, w)| (w.alert.level, *i));
            if let Some((i, _)) = least {
                self.waiting.remove(i);
            }
        }
        true
    }

    /// Numbers of the alerts that a channel should try now, oldest first.
    pub fn due(&self, channel: &str, now: Millis) -> Vec<u64> {
        let due = |w: &&Waiting| match w.deliveries.get(channel) {
            None => true,
            // a wall clock that went back must not hold an alert for long
            Some(d) => !d.done && (d.next_at <= now || d.next_at - now > BACKOFF_MOST_MS),
        };
        self.waiting.iter().filter(due).map(|w| w.number).collect()
    }

    /// Notes what became of an attempt: `Err((error, final))`, where `final` means that no other attempt can help.
    pub fn tried(
        &mut self,
        number: u64,
        channel: &str,
        outcome: Result<(), (String, bool)>,
        now: Millis,
    ) {
        let Some(w) = self.waiting.iter_mut().find(|w| w.number == number) else {
            return;
        };
        let delivery = w.deliveries.entry(channel.to_owned()).or_default();
        match outcome {
            Ok(()) => {
                delivery.done = true;
                delivery.error = None;
            }
            Err((error, is_final)) => {
                delivery.failed += 1;
                delivery.error = Some(error);
                delivery.done = is_final || delivery.failed >= ATTEMPTS;
                let doubled = BACKOFF_MS << (delivery.failed - 1).min(20);
                delivery.next_at = now + doubled.min(BACKOFF_MOST_MS);
            }
        }
    }

    /// Forgets alerts with which every one of these channels is done; the causes stay known. Returns them.
    pub fn finish(&mut self, channels: &[&str]) -> Vec<Waiting> {
        let done = |w: &Waiting| {
            let channel_done = |c: &&str| w.deliveries.get(*c).is_some_and(|d| d.done);
            channels.iter().all(channel_done)
        };
        let (finished, waiting) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(done);
        self.waiting = waiting;
        finished
    }
}

/// Raises an alert; `false` when its cause waits or was told already. `repeat_minutes` is `alerts.repeat_minutes`.
pub async fn raise(
    store: &Store,
    alert: Alert,
    repeat_minutes: u32,
    by: &str,
) -> Result<bool, StoreError> {
    let (now, repeat) = (store.now(), i64::from(repeat_minutes) * 60_000);
    shared::update(store, CONTROL_KEY, by, |queue: Option<Queue>| {
        let mut queue = queue.unwrap_or_default();
        let new = queue.raise(alert.clone(), now, repeat);
        (Some(queue), new)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000;

    fn alert(cause: &str, level: Level) -> Alert {
        Alert {
            cause: cause.into(),
            level,
            title: "title".into(),
            text: "text".into(),
        }
    }

    #[test]
    fn a_cause_is_told_once_in_a_while() {
        let mut q = Queue::default();
        assert!(q.raise(alert("a", Level::Info), 0, MINUTE));
        assert!(!q.raise(alert("a", Level::Critical), 1, MINUTE));
        assert_eq!(
            (q.waiting[0].times, q.waiting[0].alert.level),
            (2, Level::Critical)
        );
        q.tried(1, "mail", Ok(()), 2);
        assert_eq!(q.finish(&["mail"]).len(), 1);
        assert!(!q.raise(alert("a", Level::Info), 3, MINUTE));
        assert!(q.raise(alert("b", Level::Info), 3, MINUTE));
        assert!(q.raise(alert("a", Level::Info), MINUTE, MINUTE));
        assert_eq!(q.waiting[1].times, 2);
    }

    #[test]
    fn each_channel_waits_for_itself() {
        let mut q = Queue::default();
        q.raise(alert("a", Level::Info), 0, MINUTE);
        assert_eq!((q.due("mail", 0), q.due("hook", 0)), (vec![1], vec![1]));
        q.tried(1, "mail", Err(("away".into(), false)), 0);
        q.tried(1, "hook", Ok(()), 0);
        assert_eq!(
            (
                q.due("mail", 4_999),
                q.due("mail", 5_000),
                q.due("hook", 5_000)
            ),
            (vec![], vec![1], vec![])
        );
        q.tried(1, "mail", Err(("away".into(), false)), 5_000);
        assert_eq!(
            (q.due("mail", 14_999), q.due("mail", 15_000)),
            (vec![], vec![1])
        );
        assert!(q.finish(&["mail", "hook"]).is_empty());
        q.tried(1, "mail", Err(("no such address".into(), true)), 15_000);
        let done = q.finish(&["mail", "hook"]);
        assert_eq!(
            done[0].deliveries["mail"].error.as_deref(),
            Some("no such address")
        );
    }

    #[test]
    fn a_channel_that_is_away_for_good_is_given_up() {
        let mut q = Queue::default();
        q.raise(alert("a", Level::Info), 0, MINUTE);
        let mut now = 0;
        for _ in 0..ATTEMPTS {
            assert_eq!(q.due("mail", now), [1]);
            q.tried(1, "mail", Err(("away".into(), false)), now);
            now += BACKOFF_MOST_MS;
        }
        assert_eq!(q.finish(&["mail"]).len(), 1);
    }

    proptest! {
        #[test]
        fn the_queue_stays_small_and_keeps_what_matters(levels in prop::collection::vec(0u8..3, 0..500)) {
            let mut q = Queue::default();
            for (i, l) in levels.iter().enumerate() {
                let level = [Level::Info, Level::Warning, Level::Critical][usize::from(*l)];
                q.raise(alert(&i.to_string(), level), i as i64, MINUTE);
            }
            let critical = levels.iter().filter(|l| **l > 1).count();
            let kept = q.waiting.iter().filter(|w| w.alert.level == Level::Critical).count();
            prop_assert_eq!(kept, critical.min(CAPACITY));
            prop_assert!(q.waiting.len() <= CAPACITY);
        }
    }
}
