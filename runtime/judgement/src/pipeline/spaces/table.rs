//! The documented values of the percentage spaces, and the rule for other timeframes.

use sixbtc_market::Timeframe;

/// Leverages of every space.
pub const LEVERAGES: [u32; 7] = [1, 2, 3, 5, 10, 20, 40];

/// Stops, targets (0: none) as fractions of price, and exits in bars (0: none) of one timeframe.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub stops: Vec<f64>,
    pub targets: Vec<f64>,
    pub exits: Vec<u32>,
}

struct Fixed {
    timeframe: Timeframe,
    stops: [f64; 5],
    targets: [f64; 6],
    exits: [u32; 5],
}

const TABLE: [Fixed; 5] = [
    Fixed {
        timeframe: Timeframe::M5,
        stops: [0.005, 0.0075, 0.01, 0.015, 0.02],
        targets: [0.0, 0.01, 0.015, 0.02, 0.03, 0.05],
        exits: [0, 20, 40, 80, 160],
    },
    Fixed {
        timeframe: Timeframe::M15,
        stops: [0.01, 0.015, 0.02, 0.03, 0.05],
        targets: [0.0, 0.02, 0.03, 0.05, 0.07, 0.10],
        exits: [0, 10, 20, 50, 100],
    },
    Fixed {
        timeframe: Timeframe::M30,
        stops: [0.015, 0.02, 0.03, 0.04, 0.06],
        targets: [0.0, 0.03, 0.04, 0.06, 0.10, 0.15],
        exits: [0, 6, 12, 30, 60],
    },
    Fixed {
        timeframe: Timeframe::H1,
        stops: [0.02, 0.03, 0.04, 0.06, 0.10],
        targets: [0.0, 0.04, 0.06, 0.10, 0.15, 0.20],
        exits: [0, 4, 8, 16, 32],
    },
    Fixed {
        timeframe: Timeframe::H2,
        stops: [0.03, 0.04, 0.05, 0.07, 0.10],
        targets: [0.0, 0.06, 0.08, 0.12, 0.18, 0.25],
        exits: [0, 3, 6, 12, 24],
    },
];

/// Timeframes the table has.
pub const TIMEFRAMES: [Timeframe; 5] = [
    Timeframe::M5,
    Timeframe::M15,
    Timeframe::M30,
    Timeframe::H1,
    Timeframe::H2,
];

/// The documented row of a timeframe.
pub(crate) fn row(timeframe: Timeframe) -> Option<Row> {
    TABLE
        .iter()
        .find(|r| r.timeframe == timeframe)
        .map(Fixed::row)
}

impl Fixed {
    fn row(&self) -> Row {
        Row {
            stops: self.stops.to_vec(),
            targets: self.targets.to_vec(),
            exits: self.exits.to_vec(),
        }
    }
}

/// The row of any timeframe: the documented one, or the one nearest in length (the shorter of two as near) with distances
/// times √(length / its length), rounded to 0.01 %, and exits divided by it, rounded to whole bars of at least 1.
///
/// Distances of a random walk grow with the square root of time; the documented rows themselves grow by 1.1 to 1.5 a
/// doubling, around √2.
pub(crate) fn scaled_row(timeframe: Timeframe) -> Row {
    if let Some(row) = row(timeframe) {
        return row;
    }
    let ratio = |r: &Fixed| timeframe.ms() as f64 / r.timeframe.ms() as f64;
    let away = |r: &Fixed| ratio(r).max(1.0 / ratio(r));
    let mut near = &TABLE[0];
    for candidate in &TABLE[1..] {
        if away(candidate) < away(near) {
            near = candidate;
        }
    }
    let root = ratio(near).sqrt();
    let distance = |d: &f64| (d * root * 10_000.0).round() / 10_000.0;
    let bars = |b: &u32| match *b {
        0 => 0,
        b => (f64::from(b) / root).round().max(1.0) as u32,
    };
    let mut row = Row {
        stops: near.stops.iter().map(distance).collect(),
        targets: near.targets.iter().map(distance).collect(),
        exits: near.exits.iter().map(bars).collect(),
    };
    row.stops.retain(|&s| s > 0.0);
    row.stops.dedup();
    row.targets.dedup();
    row.exits.dedup();
    row
}

/// The longest documented time exit of a timeframe in bars, scaled like [`scaled_row`] for those that the table lacks.
pub fn longest_exit(timeframe: Timeframe) -> u32 {
    scaled_row(timeframe).exits.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_ascend() {
        for timeframe in TIMEFRAMES {
            let row = row(timeframe).unwrap();
            assert!(row.stops.is_sorted() && row.targets.is_sorted() && row.exits.is_sorted());
            assert_eq!((row.targets[0], row.exits[0]), (0.0, 0));
        }
    }

    #[test]
    fn other_timeframes_scale_with_the_root_of_time() {
        let four = scaled_row(Timeframe::H4);
        assert_eq!(four.stops, [0.0424, 0.0566, 0.0707, 0.099, 0.1414]);
        assert_eq!(four.exits, [0, 2, 4, 8, 17]);
        let minute = scaled_row(Timeframe::M1);
        assert_eq!(minute.stops, [0.0022, 0.0034, 0.0045, 0.0067, 0.0089]);
        assert_eq!(minute.exits, [0, 45, 89, 179, 358]);
        assert_eq!(scaled_row(Timeframe::M15), row(Timeframe::M15).unwrap());
        // a week is 84 times two hours: exits fall together and are one
        assert_eq!(scaled_row(Timeframe::W1).exits, [0, 1, 3]);
        assert_eq!(longest_exit(Timeframe::H2), 24);
        assert_eq!(longest_exit(Timeframe::D1), 7);
    }

    #[test]
    fn every_length_has_a_row() {
        for seconds in [1, 30, 90, 3_000, 5_400, 52 * 7 * 86_400] {
            let row = scaled_row(Timeframe::from_ms(seconds * 1_000).unwrap());
            assert!(!row.stops.is_empty() && row.stops.iter().all(|&s| s > 0.0));
        }
    }
}
