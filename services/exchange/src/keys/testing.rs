//! Finds private keys in what a program wrote, in whatever spelling.
//!
//! For tests that search all output of a run. Found are whole keys, and half ones where the spelling goes digit by digit. Use keys
//! from real randomness: one of repeated digits is found where there is none.

use super::Contents;
use std::collections::HashSet;

/// A key in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leak {
    /// Which of the keys, counted from zero.
    pub key: usize,
    /// How it is spelled.
    pub spelling: Spelling,
}

/// Ways to write a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// Hexadecimal digits of any case, 32 of them or more in a row; also broken by white space, `_`, `-` or `:`.
    Hex,
    /// The same from the last byte to the first.
    ReversedHex,
    /// One decimal number.
    Decimal,
    /// Four decimal numbers of 64 bits; one is enough.
    Words,
    /// Base64 of either alphabet, also as part of a longer text that was encoded.
    Base64,
    /// Numbers of single bytes, 16 or more in a row: `[1, 35, 69]`, `0x01, 0x23`, `\x01\x23`, `%01%23`.
    ByteList,
    /// The bytes themselves, 16 or more in a row.
    Raw,
}

/// Bytes, and digits of half a key: enough to be no chance.
const HALF: usize = 16;

/// The first key that a text shows.
pub fn leaks(text: &str, keys: &[[u8; 32]]) -> Option<Leak> {
    leaks_in(text.as_bytes(), keys)
}

/// The first key that a file shows, text or not.
pub fn leaks_in(bytes: &[u8], keys: &[[u8; 32]]) -> Option<Leak> {
    let page = Page::of(bytes);
    keys.iter()
        .enumerate()
        .find_map(|(i, key)| page.shows(key).map(|spelling| Leak { key: i, spelling }))
}

/// The first key of a key file that a text shows; `key` counts its entries.
pub fn leaks_of(bytes: &[u8], contents: &Contents) -> Option<Leak> {
    let page = Page::of(bytes);
    contents.entries().iter().enumerate().find_map(|(i, e)| {
        page.shows(e.secret.expose())
            .map(|spelling| Leak { key: i, spelling })
    })
}

/// A text, taken apart once for all keys.
struct Page<'a> {
    raw: &'a [u8],
    /// Runs of hexadecimal digits of half a key or more, lower case: as they stand, and with breaks taken out.
    hex: HashSet<[u8; 2 * HALF]>,
    /// Runs of decimal digits.
    numbers: HashSet<&'a [u8]>,
    /// Without white space.
    dense: Vec<u8>,
    /// The words between what is no letter or digit: as decimal and as hexadecimal bytes.
    lists: [HashSet<[u8; HALF]>; 2],
}

impl<'a> Page<'a> {
    fn of(raw: &'a [u8]) -> Self {
        let dense: Vec<u8> = raw
            .iter()
            .copied()
            .filter(|b| !b.is_ascii_whitespace())
            .collect();
        let unbroken: Vec<u8> = dense
            .iter()
            .copied()
            .filter(|b| !b"_-:".contains(b))
            .collect();
        let mut hex = HashSet::new();
        for text in [raw, &unbroken] {
            let runs = text.split(|b| !b.is_ascii_hexdigit());
            for run in runs.filter(|r| r.len() >= 2 * HALF) {
                let lower = run.to_ascii_lowercase();
                hex.extend(
                    lower
                        .windows(2 * HALF)
                        .filter_map(|w| <[u8; 2 * HALF]>::try_from(w).ok()),
                );
            }
        }
        let words = || {
            raw.split(|b| !b.is_ascii_alphanumeric())
                .filter(|w| !w.is_empty())
        };
        Self {
            raw,
            hex,
            numbers: raw
                .split(|b| !b.is_ascii_digit())
                .filter(|n| n.len() > 9)
                .collect(),
            dense,
            lists: [list(words().map(decimal_byte)), list(words().map(hex_byte))],
        }
    }

    fn shows(&self, key: &[u8; 32]) -> Option<Spelling> {
        let mut reversed = *key;
        reversed.reverse();
        let shows_hex = |bytes: &[u8; 32]| {
            let digits: Vec<u8> = bytes
                .iter()
                .flat_map(|b| format!("{b:02x}").into_bytes())
                .collect();
            digits.windows(2 * HALF).any(|w| self.hex.contains(w))
        };
        let number = |text: &str| self.numbers.contains(text.as_bytes());
        let holds = |piece: &[u8]| self.dense.windows(piece.len()).any(|w| w == piece);
        let lists = |list: &HashSet<[u8; HALF]>| key.windows(HALF).any(|w| list.contains(w));
        let mut words = [*key, reversed].into_iter().flat_map(|bytes| {
            let words: Vec<u64> = bytes
                .chunks(8)
                .filter_map(|c| Some(u64::from_be_bytes(c.try_into().ok()?)))
                .collect();
            words
        });
        if shows_hex(key) {
            Some(Spelling::Hex)
        } else if shows_hex(&reversed) {
            Some(Spelling::ReversedHex)
        } else if number(&decimal(key)) || number(&decimal(&reversed)) {
            Some(Spelling::Decimal)
        } else if words.any(|w| w > u64::from(u32::MAX) && number(&w.to_string())) {
            Some(Spelling::Words)
        } else if base64(key).iter().any(|piece| holds(piece)) {
            Some(Spelling::Base64)
        } else if self.lists.iter().any(lists) {
            Some(Spelling::ByteList)
        } else if key
            .windows(HALF)
            .any(|w| self.raw.windows(HALF).any(|r| r == w))
        {
            Some(Spelling::Raw)
        } else {
            None
        }
    }
}

/// All runs of half a key in a list of bytes; what is no byte breaks a run.
fn list(bytes: impl Iterator<Item = Option<u8>>) -> HashSet<[u8; HALF]> {
    let mut found = HashSet::new();
    let mut run: Vec<u8> = Vec::new();
    for byte in bytes {
        match byte {
            Some(byte) => run.push(byte),
            None => run.clear(),
        }
        let last = run.len().checked_sub(HALF).and_then(|from| run.get(from..));
        found.extend(last.and_then(|l| <[u8; HALF]>::try_from(l).ok()));
    }
    found
}

fn decimal_byte(word: &[u8]) -> Option<u8> {
    let word = word.strip_suffix(b"u8").unwrap_or(word);
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn hex_byte(word: &[u8]) -> Option<u8> {
    let digits = [&b"0x"[..], b"0X", b"x"]
        .iter()
        .find_map(|p| word.strip_prefix(*p))
        .unwrap_or(word);
    let text = std::str::from_utf8(digits).ok().filter(|d| d.len() <= 2)?;
    u8::from_str_radix(text, 16).ok()
}

/// The number in decimal digits, big end first.
fn decimal(bytes: &[u8; 32]) -> String {
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|d| char::from(b'0' + d)).collect()
}

/// What base64 makes of the key, in both alphabets and at each of the three places in a group at which it can begin; only the
/// characters that depend on nothing but the key.
fn base64(key: &[u8; 32]) -> Vec<Vec<u8>> {
    const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |i: usize| key[i / 8] >> (7 - i % 8) & 1;
    let mut pieces = Vec::new();
    for before in 0..3 {
        // bits of the first group of six that belong to what stands before
        let skip = (6 - 8 * before % 6) % 6;
        let sixes = (256 - skip) / 6;
        let piece: Vec<u8> = (0..sixes)
            .map(|g| {
                let value = (0..6).fold(0, |v, i| v << 1 | bit(skip + 6 * g + i));
                STANDARD[usize::from(value)]
            })
            .collect();
        let for_addresses = piece.iter().map(|c| match c {
            b'+' => b'-',
            b'/' => b'_',
            c => *c,
        });
        pieces.push(for_addresses.collect());
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
#[path = "testing_tests.rs"]
mod tests;
