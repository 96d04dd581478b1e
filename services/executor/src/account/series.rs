//! The bars that a running kernel may read: the newest ones of each series, with how many were dropped before them.

use sixbtc_market::{Bar, Bars, Timeframe};

/// Bars that are kept beyond what is read, so that not every bar moves all others.
const SLACK: usize = 512;

/// One series. Rows are counted from its first bar ever, dropped ones included.
#[derive(Debug, Clone)]
pub(super) struct Series {
    bars: Bars,
    dropped: usize,
    keep: usize,
}

impl Series {
    pub fn new(symbol: &str, period: Timeframe, keep: usize) -> Self {
        Self {
            bars: Bars::new(symbol, period),
            dropped: 0,
            keep,
        }
    }

    /// Those that are kept.
    pub fn bars(&self) -> &Bars {
        &self.bars
    }

    /// How many were dropped before them.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// How many there were ever.
    pub fn rows(&self) -> usize {
        self.dropped + self.bars.len()
    }

    /// Appends a bar. Gives how many were dropped for it.
    pub fn push(&mut self, bar: Bar, needed: usize) -> usize {
        self.bars.push(bar);
        let most = self.bars.len().saturating_sub(self.keep);
        let drop = most.min(needed.saturating_sub(self.dropped));
        if drop < SLACK {
            return 0;
        }
        self.bars = self.bars.slice(drop..self.bars.len());
        self.dropped += drop;
        drop
    }
}

/// A series of longer bars made of those of another one, as [`sixbtc_market::resample`] joins them.
#[derive(Debug, Clone)]
pub(super) struct Longer {
    pub series: Series,
    /// The first row of the source that is in no bar yet.
    next: usize,
}

impl Longer {
    pub fn new(symbol: &str, period: Timeframe, keep: usize) -> Self {
        Self {
            series: Series::new(symbol, period, keep),
            next: 0,
        }
    }

    /// The first row of the source that is still needed.
    pub fn next(&self) -> usize {
        self.next
    }

    /// Makes all bars that have ended by a time, even when the last ones of their source are missing.
    pub fn complete(&mut self, source: &Series, until: i64) {
        let period = self.series.bars.timeframe;
        loop {
            let row = self.next.saturating_sub(source.dropped);
            let Some(&first) = source.bars.time.get(row) else {
                return;
            };
            let open = period.floor(first);
            let end = open + period.ms();
            if end > until {
                return;
            }
            let last = row + source.bars.time[row..].partition_point(|t| *t < end);
            let bar = join(&source.bars, row, last, open);
            self.next = source.dropped + last;
            self.series.push(bar, usize::MAX);
        }
    }
}

/// One bar out of rows `first..last`, at least one; the very operations of the market's own.
fn join(bars: &Bars, first: usize, last: usize, time: i64) -> Bar {
    let mut bar = Bar {
        time,
        open: bars.open[first],
        high: bars.high[first],
        low: bars.low[first],
        close: bars.close[last - 1],
        volume: 0.0,
    };
    for row in first..last {
        if bars.high[row] > bar.high {
            bar.high = bars.high[row];
        }
        if bars.low[row] < bar.low {
            bar.low = bars.low[row];
        }
        bar.volume += bars.volume[row];
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_market::{SynthOptions, resample, synth};

    #[test]
    fn bars_made_one_by_one_are_those_made_at_once() {
        let bars = synth(&SynthOptions {
            bars: 6_000,
            timeframe: Timeframe::M15,
            seed: 3,
            ..SynthOptions::default()
        })
        .unwrap();
        // with holes of all lengths
        let mut holed = Bars::new("X", Timeframe::M15);
        for row in 0..bars.len() {
            if row % 17 != 3 && !(900..1_100).contains(&row) {
                holed.push(bars.get(row).unwrap());
            }
        }
        for period in [Timeframe::H1, Timeframe::H4, Timeframe::D1, Timeframe::W1] {
            let whole = resample(&holed, period).unwrap();
            let mut source = Series::new("X", Timeframe::M15, 700);
            let mut longer = Longer::new("X", period, 5);
            let mut found = Vec::new();
            for row in 0..holed.len() {
                let bar = holed.get(row).unwrap();
                source.push(bar, longer.next());
                let before = longer.series.rows();
                longer.complete(&source, bar.time + Timeframe::M15.ms());
                for row in before..longer.series.rows() {
                    found.push(
                        longer
                            .series
                            .bars()
                            .get(row - longer.series.dropped())
                            .unwrap(),
                    );
                }
            }
            assert!(source.dropped() > 0 && source.bars().len() < 700 + 2 * SLACK);
            assert_eq!(found.len(), whole.len(), "{period}");
            for (row, bar) in found.iter().enumerate() {
                assert_eq!(Some(*bar), whole.get(row), "{period}");
            }
        }
    }
}
