//! What readers of a format hand over: columns as found, and where each row stood.

use crate::error::Place;

/// Columns of a file before anything is checked, all of the same length.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub time: Vec<i64>,
    pub open: Vec<f64>,
    pub high: Vec<f64>,
    pub low: Vec<f64>,
    pub close: Vec<f64>,
    pub volume: Vec<f64>,
    /// Where rows stood, for each part in order: the row a part begins with, and its places.
    pub parts: Vec<(usize, Places)>,
    /// Symbol that the content itself names.
    pub symbol: Option<String>,
    /// Timeframe in ms that the content itself names.
    pub period: Option<i64>,
}

/// Where the rows of a part stood.
#[derive(Debug, Clone)]
pub(super) enum Places {
    /// Numbered rows.
    Rows,
    /// Lines of text.
    Lines {
        /// Name of the file inside an archive.
        entry: Option<String>,
        /// Line of the first row, from 1.
        first: u64,
        /// Lines without a row: `(row, lines skipped in front of it, in all)`, rising.
        skipped: Vec<(usize, u64)>,
    },
}

impl Places {
    pub(super) fn of(&self, row: usize) -> Place {
        match self {
            Self::Rows => Place::Row(row as u64 + 1),
            Self::Lines {
                entry,
                first,
                skipped,
            } => {
                let before = skipped.partition_point(|&(at, _)| at <= row);
                let extra = before.checked_sub(1).map_or(0, |last| skipped[last].1);
                let line = first + row as u64 + extra;
                entry
                    .as_ref()
                    .map_or(Place::Line(line), |name| Place::Entry {
                        name: name.clone(),
                        line,
                    })
            }
        }
    }
}

impl Table {
    pub(super) fn rows(&self) -> usize {
        self.time.len()
    }

    /// Where a row stood.
    pub(super) fn place(&self, row: usize) -> Place {
        let part = self.parts.partition_point(|&(start, _)| start <= row);
        part.checked_sub(1).map_or(Place::File, |last| {
            let (start, places) = &self.parts[last];
            places.of(row - start)
        })
    }

    /// Puts the rows of another file behind these.
    pub(super) fn append(&mut self, other: Self) {
        let start = self.rows();
        self.time.extend(other.time);
        self.open.extend(other.open);
        self.high.extend(other.high);
        self.low.extend(other.low);
        self.close.extend(other.close);
        self.volume.extend(other.volume);
        self.parts.extend(
            other
                .parts
                .into_iter()
                .map(|(at, places)| (start + at, places)),
        );
        self.symbol = self.symbol.take().or(other.symbol);
        self.period = self.period.take().or(other.period);
    }
}
