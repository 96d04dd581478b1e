//! A plan drawn from its seed.

use super::plan::Plan;
use super::rule::{Fault, Rule, Silence, When, Which};
use crate::chance::Chance;
use crate::engine::Millis;

/// Statuses of proxies and servers in trouble.
const TROUBLE: [u16; 5] = [429, 500, 502, 503, 504];

/// Channels that a trader depends on.
const CHANNELS: [&str; 6] = [
    "orderUpdates",
    "userFills",
    "user",
    "candle",
    "bbo",
    "allMids",
];

/// Words of refusal that may come at any time.
const WORDS: [&str; 3] = [
    "Only post-only orders allowed immediately after a network upgrade",
    "Insufficient margin to place order.",
    "Too many cumulative requests sent (10001 > 10000) for cumulative volume traded $0.00. Place taker orders to free up 1 request per USDC traded.",
];

impl Plan {
    /// A schedule of faults over a stretch of time, ms: some kinds of them, each in a window or a chance of its own. The last
    /// quarter of the time is quiet, so that what survives can be seen to settle.
    pub fn random(seed: u64, length: Millis) -> Self {
        let mut chance = Chance::of(seed, "plan", length);
        let loud = (length / 4 * 3).max(1);
        let count = chance.whole(1, 6);
        let rules: Vec<Rule> = (0..count).map(|_| rule(&mut chance, loud)).collect();
        // every rule that is drawn makes sense
        Self::new(seed, rules).unwrap_or_else(|_| Self::quiet())
    }
}

fn pick<T: Copy>(chance: &mut Chance, among: &[T]) -> T {
    let last = i64::try_from(among.len()).unwrap_or(1) - 1;
    among[usize::try_from(chance.whole(0, last)).unwrap_or(0)]
}

fn silence(chance: &mut Chance) -> Silence {
    pick(
        chance,
        &[Silence::NotConnected, Silence::TimedOut, Silence::Broken],
    )
}

/// A window within the loud time.
fn window(chance: &mut Chance, loud: Millis, longest: Millis) -> When {
    let from = chance.whole(0, loud - 1);
    let lasting = chance.whole(1, longest.max(1));
    When {
        from,
        until: Some((from + lasting).min(loud)),
        every: None,
        lasting: None,
    }
}

fn rule(chance: &mut Chance, loud: Millis) -> Rule {
    let whole = When {
        until: Some(loud),
        ..When::default()
    };
    // messages are hit at random over the whole time, or all of them in a storm
    let storm = chance.happens(0.3);
    let (when, likely) = if storm {
        (window(chance, loud, loud / 8), chance.between(0.5, 1.0))
    } else {
        (whole, chance.between(0.01, 0.2))
    };
    let trades = Which {
        path: chance.happens(0.7).then(|| "/exchange".to_owned()),
        ..Which::default()
    };
    let frames = Which {
        channel: chance
            .happens(0.5)
            .then(|| pick(chance, &CHANNELS).to_owned()),
        ..Which::default()
    };
    let (low, high) = (chance.whole(0, 50), chance.whole(50, 9000));
    let bytes = usize::try_from(chance.whole(0, 300)).unwrap_or(0);
    let status = pick(chance, &TROUBLE);
    let message = |fault, which| Rule {
        which,
        when,
        chance: likely,
        ..Rule::new(fault)
    };
    let state = |fault, when| Rule {
        when,
        ..Rule::new(fault)
    };
    match chance.whole(0, 22) {
        0 => message(
            Fault::DropRequest {
                silence: silence(chance),
            },
            trades,
        ),
        1 | 2 => message(
            Fault::DropAnswer {
                silence: silence(chance),
            },
            trades,
        ),
        3 => message(Fault::DelayRequest { low, high }, trades),
        4 => message(Fault::DelayAnswer { low, high }, trades),
        5 => message(Fault::DuplicateRequest { low, high }, trades),
        6 => {
            let retry_after = chance.happens(0.5).then_some(1);
            let body = String::new();
            message(
                Fault::Answer {
                    status,
                    body,
                    retry_after,
                },
                trades,
            )
        }
        7 => message(
            Fault::Status {
                status: pick(chance, &[500, 502, 504]),
            },
            trades,
        ),
        8 => message(Fault::TruncateAnswer { bytes }, trades),
        9 => {
            let text = pick(chance, &WORDS).to_owned();
            message(Fault::Refuse { text }, trades)
        }
        10 => {
            let thousandths = u32::try_from(chance.whole(50, 950)).unwrap_or(500);
            message(Fault::Thin { thousandths }, trades)
        }
        11 => message(Fault::DropFrame, frames),
        12 => message(Fault::DelayFrame { low, high }, frames),
        13 => message(
            Fault::DuplicateFrame {
                low,
                high: high * 5,
            },
            frames,
        ),
        14 => message(Fault::TruncateFrame { bytes }, frames),
        15 => {
            let every = chance.whole(5_000, 120_000);
            let when = When {
                every: Some(every),
                ..whole
            };
            state(Fault::Close, when)
        }
        16 => state(Fault::Mute, window(chance, loud, loud / 4)),
        17 => {
            let far = chance.happens(0.2);
            let most = if far { 3 * 86_400_000 } else { 8000 };
            let offset = chance.whole(-most, most);
            state(Fault::Clock { offset }, window(chance, loud, loud / 4))
        }
        18 => state(Fault::Freeze, window(chance, loud, loud / 4)),
        19 => {
            let (low, high) = (chance.whole(0, 1000), chance.whole(1000, 5000));
            message(Fault::StaleRead { low, high }, Which::default())
        }
        20 => {
            let gap = chance.whole(0, 500);
            message(Fault::SplitFrame { gap }, frames)
        }
        // there is one such frame a connection: it is hit each time, whenever there is one
        21 => {
            let age = chance.whole(1, 3 * 86_400_000);
            state(Fault::OldFills { age }, whole)
        }
        _ => state(Fault::Down, window(chance, loud, 120_000.min(loud / 8))),
    }
}
