//! Names of orders and requests that are never given twice.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The client's own name of an order: 16 bytes, on the wire `0x` and 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cloid(pub [u8; 16]);

impl fmt::Display for Cloid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Cloid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The name of an order: the same strategy, purpose and attempt give the same name, anything else another one.
pub fn cloid(strategy: &str, purpose: &str, attempt: u64) -> Cloid {
    let mut hasher = blake3::Hasher::new_derive_key("sixbtc 2026 client order id");
    // lengths keep "a" + "bc" apart from "ab" + "c"
    hasher.update(&(strategy.len() as u64).to_le_bytes());
    hasher.update(strategy.as_bytes());
    hasher.update(purpose.as_bytes());
    hasher.update(&attempt.to_le_bytes());
    let mut name = [0; 16];
    hasher.finalize_xof().fill(&mut name);
    Cloid(name)
}

/// Numbers of requests: above all before, and about the time. A clock that jumps back does not make them fall.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nonces {
    /// The last one given.
    pub last: u64,
}

impl Nonces {
    /// The next one at a time in ms.
    pub fn next(&self, now: i64) -> u64 {
        let now = u64::try_from(now).unwrap_or(0);
        now.max(self.last.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_differ_and_repeat() {
        let mut seen = BTreeSet::new();
        for strategy in ["a", "ab"] {
            for purpose in ["c", "bc", "enter/0/1/2"] {
                for attempt in 0..50 {
                    let name = cloid(strategy, purpose, attempt);
                    assert!(seen.insert(name));
                    assert_eq!(name, cloid(strategy, purpose, attempt));
                }
            }
        }
        let text = cloid("a", "b", 1).to_string();
        assert_eq!((text.len(), &text[..2]), (34, "0x"));
    }

    #[test]
    fn the_name_of_an_order_is_the_same_on_every_machine() {
        assert_eq!(
            cloid("s", "enter/0/1", 7).to_string(),
            "0xe3a4b5a6241e5def8f00c7a835ff0129"
        );
    }

    #[test]
    fn nonces_rise_whatever_the_clock_does() {
        let mut nonces = Nonces::default();
        let mut last = 0;
        for now in [100, 100, 100, 50, -7, 101, 5_000, 4_999] {
            let next = nonces.next(now);
            assert!(next > last && i128::from(next) >= i128::from(now));
            (last, nonces.last) = (next, next);
        }
        assert_eq!(last, 5_001);
    }
}
