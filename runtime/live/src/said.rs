//! What a person has been told: the same is not told again for an hour, nor is much of one kind, whatever numbers it carries.

use std::collections::BTreeMap;

/// What was told is told again after this, ms.
pub const AGAIN: i64 = 3_600_000;
/// Texts of one kind within that time.
const KIND: usize = 8;
/// Kinds that are remembered.
const KINDS: usize = 256;
/// A text ends after so many bytes: what an exchange says is quoted in some.
const LENGTH: usize = 1_000;

/// What was told lately. Texts that differ in words with digits – numbers, names of orders – are of one kind.
#[derive(Debug, Default)]
pub struct Said {
    kinds: BTreeMap<String, BTreeMap<String, i64>>,
}

impl Said {
    /// The text to tell, if it is to be told now.
    pub fn tell(&mut self, mut what: String, now: i64) -> Option<String> {
        what.truncate(what.floor_char_boundary(LENGTH));
        let kind = kind(&what);
        if self.kinds.len() >= KINDS && !self.kinds.contains_key(&kind) {
            self.forget(now);
            let last = |texts: &BTreeMap<String, i64>| texts.values().max().copied();
            let oldest = { self.kinds.iter() }.min_by_key(|(_, texts)| last(texts));
            if self.kinds.len() >= KINDS
                && let Some(oldest) = oldest.map(|(kind, _)| kind.clone())
            {
                self.kinds.remove(&oldest);
            }
        }
        let texts = self.kinds.entry(kind).or_default();
        texts.retain(|_, at| now - *at < AGAIN);
        if texts.contains_key(&what) || texts.len() >= KIND {
            return None;
        }
        texts.insert(what.clone(), now);
        if texts.len() == KIND {
            what.push_str(" (no more of this kind within the hour)");
        }
        Some(what)
    }

    /// Forgets what would be told again.
    pub fn forget(&mut self, now: i64) {
        self.kinds.retain(|_, texts| {
            texts.retain(|_, at| now - *at < AGAIN);
            !texts.is_empty()
        });
    }

    /// Forgets everything: a person has looked.
    pub fn clear(&mut self) {
        self.kinds.clear();
    }
}

fn kind(what: &str) -> String {
    let words = what.split(|c: char| !c.is_alphanumeric());
    let digits = |word: &str| word.bytes().any(|b| b.is_ascii_digit());
    words.filter(|w| !digits(w)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once_an_hour() {
        let mut said = Said::default();
        let tell = |said: &mut Said, now| said.tell("no price".to_owned(), now);
        assert_eq!(tell(&mut said, 0).as_deref(), Some("no price"));
        assert_eq!(tell(&mut said, AGAIN - 1), None);
        assert!(tell(&mut said, AGAIN).is_some());
        said.clear();
        assert!(tell(&mut said, AGAIN + 1).is_some());
    }

    #[test]
    fn numbers_that_change_make_neither_many_alerts_nor_much_to_remember() {
        let mut said = Said::default();
        let told: Vec<String> = (0..10_000)
            .filter_map(|i| said.tell(format!("a fill of {i}.5 at 0x{i:x} cannot be"), i))
            .collect();
        assert_eq!(told.len(), KIND);
        assert!(told[KIND - 1].ends_with("within the hour)"), "{told:?}");
        assert_eq!(said.kinds.len(), 1);
        assert!(
            said.tell("another thing".to_owned(), 10_000).is_some(),
            "others are told all the same"
        );
    }

    #[test]
    fn words_without_end_are_bounded_as_well() {
        let mut said = Said::default();
        let word = |i: i64| -> String {
            let letter = |d: u32| char::from(b'a' + ((i >> (4 * d)) & 15) as u8);
            (0..6).map(letter).collect()
        };
        for i in 0..5_000 {
            let long = format!("{} {}", word(i), "ß".repeat(2_000));
            assert!(said.tell(long, i).is_some_and(|told| told.len() <= LENGTH));
        }
        assert_eq!(said.kinds.len(), KINDS);
    }
}
