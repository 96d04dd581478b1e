//! What was decided and what was heard, on disk before anything is done about it.
//!
//! A header, then records, each `[length u32][crc32 u32][payload]`, little endian. The upper byte of the length checks the
//! lower three, and the sum covers the length too: a bit that flips in the middle of a file is told apart from an end
//! that was never written.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The first bytes of a journal.
const MAGIC: [u8; 4] = *b"6bJl";
/// The version of the records.
const VERSION: u16 = 1;
/// Longest record, bytes.
const LONGEST: usize = 0x00ff_ffff;
/// Bytes before a payload.
const FRONT: usize = 8;

/// Why a journal is not written or not read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// It does not begin as a journal does.
    #[error("this is not a journal of orders: {0}")]
    Header(&'static str),
    /// Of another version of this program.
    #[error("the journal has version {0}, this program knows {VERSION}")]
    Version(u16),
    /// Of another strategy.
    #[error("the journal belongs to strategy `{0}`")]
    Other(String),
    /// Damaged before its end: what follows cannot be trusted, and neither can it be left out.
    #[error(
        "the journal is damaged at byte {at} of {of}: restore it, or let a person look at the exchange first"
    )]
    Damaged {
        /// Where.
        at: usize,
        /// Of how many bytes.
        of: usize,
    },
    /// A record of a shape this program does not know.
    #[error("record {record} of the journal cannot be understood: {why}")]
    Shape {
        /// How many-th, from 0.
        record: usize,
        /// Why.
        why: String,
    },
    /// A record that cannot be written.
    #[error("a record cannot be written to the journal: {0}")]
    Encode(String),
}

/// What stands in a journal.
#[derive(Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// The records, oldest first.
    pub records: Vec<T>,
    /// Bytes that are whole: where the next record is to be written.
    pub good_len: usize,
    /// Whether bytes after those were begun and never finished.
    pub torn: bool,
}

/// The first bytes of a strategy's journal.
pub fn header(strategy: &str) -> Vec<u8> {
    let name = &strategy.as_bytes()[..strategy.len().min(usize::from(u16::MAX))];
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((name.len() as u16).to_le_bytes());
    bytes.extend(name);
    let sum = crc32fast::hash(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

/// A record as it is written.
pub fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>, JournalError> {
    let payload = rmp_serde::to_vec(record).map_err(|e| JournalError::Encode(e.to_string()))?;
    if payload.len() > LONGEST {
        return Err(JournalError::Encode(format!(
            "it has {} bytes, {LONGEST} are allowed",
            payload.len()
        )));
    }
    let length = checked(payload.len() as u32).to_le_bytes();
    let mut bytes = Vec::with_capacity(FRONT + payload.len());
    bytes.extend(length);
    bytes.extend(sum(length, &payload).to_le_bytes());
    bytes.extend(payload);
    Ok(bytes)
}

/// Reads a strategy's journal. An end that was never finished is left out; damage before it is an error.
pub fn read<T: DeserializeOwned>(bytes: &[u8], strategy: &str) -> Result<Read<T>, JournalError> {
    let mut at = after_header(bytes, strategy)?;
    let mut records = Vec::new();
    let damaged = |at| JournalError::Damaged {
        at,
        of: bytes.len(),
    };
    loop {
        let rest = &bytes[at..];
        let done = |torn| Read {
            records: Vec::new(),
            good_len: at,
            torn,
        };
        let end = match frame(rest) {
            Frame::Whole(payload) => payload,
            Frame::None => {
                return Ok(Read {
                    records,
                    ..done(false)
                });
            }
            Frame::Torn => {
                return Ok(Read {
                    records,
                    ..done(true)
                });
            }
            Frame::Damaged => return Err(damaged(at)),
        };
        let payload = &rest[FRONT..end];
        let record = rmp_serde::from_slice(payload).map_err(|e| JournalError::Shape {
            record: records.len(),
            why: e.to_string(),
        })?;
        records.push(record);
        at += end;
    }
}

enum Frame {
    /// Where it ends.
    Whole(usize),
    None,
    Torn,
    Damaged,
}

fn frame(rest: &[u8]) -> Frame {
    if rest.is_empty() {
        return Frame::None;
    }
    let Some((length, more)) = rest.split_first_chunk::<4>() else {
        return Frame::Torn;
    };
    let said = u32::from_le_bytes(*length);
    let size = said & LONGEST as u32;
    if checked(size) != said {
        // a file system may have made room and not have filled it
        return if rest.iter().all(|b| *b == 0) {
            Frame::Torn
        } else {
            Frame::Damaged
        };
    }
    let end = FRONT + size as usize;
    let (Some((expected, _)), Some(payload)) =
        (more.split_first_chunk::<4>(), rest.get(FRONT..end))
    else {
        return Frame::Torn;
    };
    if sum(*length, payload) == u32::from_le_bytes(*expected) {
        Frame::Whole(end)
    } else if rest.len() == end || rest[end..].iter().all(|b| *b == 0) {
        // the last one: its parts may have reached the disk in any order
        Frame::Torn
    } else {
        Frame::Damaged
    }
}

fn after_header(bytes: &[u8], strategy: &str) -> Result<usize, JournalError> {
    let short = JournalError::Header("it is too short");
    let Some(front) = bytes.first_chunk::<8>() else {
        return Err(short);
    };
    if front[..4] != MAGIC {
        return Err(JournalError::Header("its first bytes are others"));
    }
    let version = u16::from_le_bytes([front[4], front[5]]);
    if version != VERSION {
        return Err(JournalError::Version(version));
    }
    let end = 8 + usize::from(u16::from_le_bytes([front[6], front[7]]));
    let Some((name, sum)) = bytes.get(8..end).zip(bytes.get(end..end + 4)) else {
        return Err(short);
    };
    if crc32fast::hash(&bytes[..end]).to_le_bytes() != sum {
        return Err(JournalError::Header("its check sum is wrong"));
    }
    if name != strategy.as_bytes() {
        return Err(JournalError::Other(
            String::from_utf8_lossy(name).into_owned(),
        ));
    }
    Ok(end + 4)
}

/// A length of 24 bits with its check above.
fn checked(size: u32) -> u32 {
    let [a, b, c, _] = size.to_le_bytes();
    let check = a.rotate_left(1) ^ b.rotate_left(3) ^ c.rotate_left(5) ^ 0xa5;
    size | u32::from(check) << 24
}

fn sum(length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Record = (u64, String);

    fn records() -> Vec<Record> {
        (0..6u64).map(|i| (i, "x".repeat(i as usize * 7))).collect()
    }

    /// Bytes, and where each record ends.
    fn written() -> (Vec<u8>, Vec<usize>) {
        let mut bytes = header("s1");
        let mut ends = vec![bytes.len()];
        for record in records() {
            bytes.extend(encode(&record).unwrap());
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    #[test]
    fn what_was_written_is_read() {
        let (bytes, _) = written();
        let read = read::<Record>(&bytes, "s1").unwrap();
        assert_eq!(
            (read.records, read.good_len, read.torn),
            (records(), bytes.len(), false)
        );
    }

    #[test]
    fn cut_at_any_byte_the_whole_records_remain() {
        let (bytes, ends) = written();
        for cut in 0..bytes.len() {
            let found = read::<Record>(&bytes[..cut], "s1");
            if cut < ends[0] {
                assert!(matches!(found, Err(JournalError::Header(_))), "{cut}");
                continue;
            }
            let whole = ends.iter().filter(|e| **e <= cut).count() - 1;
            let found = found.unwrap();
            assert_eq!(found.records, records()[..whole], "{cut}");
            assert_eq!(
                (found.good_len, found.torn),
                (ends[whole], cut != ends[whole])
            );
        }
    }

    #[test]
    fn the_room_a_file_system_made_is_an_unfinished_end() {
        let (mut bytes, ends) = written();
        bytes.truncate(ends[4] + 11);
        let at = bytes.len();
        bytes.resize(at + 4096, 0);
        let found = read::<Record>(&bytes, "s1").unwrap();
        assert_eq!(
            (found.records.len(), found.good_len, found.torn),
            (4, ends[4], true)
        );
        bytes[at + 3000] = 1;
        assert!(read::<Record>(&bytes, "s1").is_err());
    }

    #[test]
    fn a_flipped_bit_is_never_taken_for_a_record() {
        let (bytes, ends) = written();
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let found = read::<Record>(&bytes, "s1");
            if bit / 8 < ends[5] {
                assert!(found.is_err(), "bit {bit}");
            } else if let Ok(found) = found {
                assert!(found.torn, "bit {bit}");
                assert_eq!(found.records, records()[..5]);
            }
        }
    }

    #[test]
    fn what_belongs_to_another_is_refused() {
        let (mut bytes, _) = written();
        let other = JournalError::Other("s1".to_owned());
        assert_eq!(read::<Record>(&bytes, "s2").unwrap_err(), other);
        let shape = read::<String>(&bytes, "s1").unwrap_err();
        assert!(matches!(shape, JournalError::Shape { record: 0, .. }));
        bytes[4] = 9;
        assert_eq!(
            read::<Record>(&bytes, "s1").unwrap_err(),
            JournalError::Version(9)
        );
    }

    #[test]
    fn what_is_too_long_is_not_written() {
        let long = encode(&vec![7u32; LONGEST / 2]);
        assert!(long.is_ok());
        let long = encode(&"x".repeat(LONGEST));
        assert!(matches!(long, Err(JournalError::Encode(_))));
    }
}
