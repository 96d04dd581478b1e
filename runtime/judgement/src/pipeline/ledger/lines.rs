//! Append-only files: one JSON value a line.
//!
//! A writer appends whole lines; one that died in the middle leaves a last line without its end, which is dropped and reported.
//! Any other line that cannot be read is an error: a ledger that forgets is worse than one that stops.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is wrong with a file of lines.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A line is not what it should be.
    #[error("line {line} of the ledger cannot be read: {reason}")]
    Unreadable {
        /// Counted from 1.
        line: usize,
        /// What the reader says.
        reason: String,
    },
    /// A value cannot be written.
    #[error("a line of the ledger cannot be written: {0}")]
    Unwritable(String),
}

/// Values read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Read<T> {
    /// In the order of the file.
    pub values: Vec<T>,
    /// Bytes that hold whole lines. A writer that goes on cuts the file there first.
    pub whole: usize,
    /// Whether a last line without its end was dropped.
    pub torn: bool,
}

/// A value as a line, its end included.
pub fn encode<T: Serialize>(value: &T) -> Result<String, LineError> {
    let mut line =
        serde_json::to_string(value).map_err(|e| LineError::Unwritable(e.to_string()))?;
    line.push('\n');
    Ok(line)
}

/// All values of a file. Empty lines are passed over.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<Read<T>, LineError> {
    let whole = text.rfind('\n').map_or(0, |at| at + 1);
    let mut values = Vec::new();
    for (i, line) in text[..whole].lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let value = serde_json::from_str(line).map_err(|e| LineError::Unreadable {
            line: i + 1,
            reason: e.to_string(),
        })?;
        values.push(value);
    }
    Ok(Read {
        values,
        whole,
        torn: whole < text.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_dropped_and_a_bad_one_is_not() {
        let text = format!("{}\n{}{}", encode(&1).unwrap(), encode(&2).unwrap(), "3");
        let read = decode::<i32>(&text).unwrap();
        assert_eq!((read.values, read.torn), (vec![1, 2], true));
        assert_eq!(&text[read.whole..], "3");
        let error = decode::<i32>("1\nx\n2\n").unwrap_err();
        assert!(error.to_string().starts_with("line 2 of the ledger"));
        let nothing = decode::<i32>("").unwrap();
        assert_eq!((nothing.values.len(), nothing.torn), (0, false));
    }
}
