//! Bars in another order, with their shapes.

use crate::draw::Draw;
use crate::error::{JudgementError, enough, equal};
use sixbtc_market::{Bars, Ticks};
use std::borrow::Cow;

/// One bar's moves, as ratios.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// high / open.
    high: f64,
    /// low / open.
    low: f64,
    /// close / open.
    close: f64,
    /// Traded units, which go with the shape.
    volume: f64,
}

/// A symbol, taken apart.
#[derive(Debug, Clone)]
struct Symbol<'b> {
    bars: &'b Bars,
    ticks: Ticks,
    /// First row that is permuted.
    from: usize,
    /// open / previous close, of each permuted row.
    gaps: Vec<f64>,
    shapes: Vec<Shape>,
    /// Place on the common clock of each permuted row.
    places: Vec<usize>,
    /// Permuted row that stands at each place of the common clock.
    rows: Vec<Option<usize>>,
}

/// Makes permutations of bars that keep what a bar looks like.
///
/// From a given time on, each bar is two moves: the gap from the previous close to its open, and its shape (high, low and
/// close relative to its open, with its volume), both as ratios. Gaps and shapes are put into two random orders. So all
/// returns, ranges and volumes of the market stay, its first and last price too; what goes is what comes after what. Times
/// stay where they are.
///
/// Several symbols are put into the **same** orders, so that what moved together on one bar still does. Where a symbol lacks
/// a bar that another has, its bars left over take the places left over in their order.
///
/// Prices are rounded to ticks; a market that would fall under one tick stays at one.
#[derive(Debug, Clone)]
pub struct Shuffler<'b> {
    symbols: Vec<Symbol<'b>>,
    /// Bars of the common clock.
    places: usize,
}

impl<'b> Shuffler<'b> {
    /// Takes apart the bars of some symbols. Bars that open before `from` (ms) stay as they are; the last of them, or the
    /// first bar at all when there is none, gives the first price.
    ///
    /// Each symbol needs 3 permuted bars at least; all bars must obey the rules of bars (prices above 0).
    pub fn new(
        series: &[&'b Bars],
        ticks: &[Ticks],
        from: Option<i64>,
    ) -> Result<Self, JudgementError> {
        enough("symbols", 1, series.len())?;
        equal("ticks of symbols", series.len(), ticks.len())?;
        let mut symbols = Vec::with_capacity(series.len());
        let mut clock = Vec::new();
        for (&bars, &ticks) in series.iter().zip(ticks) {
            let from = bars.rows(from, None).start.max(1);
            enough("bars to permute", 3, bars.len().saturating_sub(from))?;
            clock.extend_from_slice(&bars.time[from..]);
            symbols.push(Symbol::apart(bars, ticks, from));
        }
        clock.sort_unstable();
        clock.dedup();
        for symbol in &mut symbols {
            symbol.rows = vec![None; clock.len()];
            let times = &symbol.bars.time[symbol.from..];
            let mut place = 0;
            for (row, time) in times.iter().enumerate() {
                while clock[place] < *time {
                    place += 1;
                }
                symbol.places.push(place);
                symbol.rows[place] = Some(row);
            }
        }
        Ok(Self {
            symbols,
            places: clock.len(),
        })
    }

    /// As [`Self::new`], with the ticks that each symbol's digits show.
    pub fn of(series: &[&'b Bars], from: Option<i64>) -> Result<Self, JudgementError> {
        let ticks: Vec<Ticks> = series.iter().map(|bars| Ticks::of(bars)).collect();
        Self::new(series, &ticks, from)
    }

    /// The permutation of a number under a seed: all symbols, in the order they were given.
    pub fn permutation(&self, seed: u64, number: u64) -> Vec<Bars> {
        let mut draw = Draw::new(seed, number);
        let mut order = || {
            let mut order: Vec<usize> = (0..self.places).collect();
            draw.shuffle(&mut order);
            order
        };
        let (gaps, shapes) = (order(), order());
        self.symbols
            .iter()
            .map(|symbol| symbol.together(&symbol.sources(&gaps), &symbol.sources(&shapes)))
            .collect()
    }
}

impl<'b> Symbol<'b> {
    fn apart(bars: &'b Bars, ticks: Ticks, from: usize) -> Self {
        let rows = from..bars.len();
        let ratio = |a: f64, b: f64| a / b;
        let shapes = rows
            .clone()
            .map(|i| Shape {
                high: ratio(bars.high[i], bars.open[i]),
                low: ratio(bars.low[i], bars.open[i]),
                close: ratio(bars.close[i], bars.open[i]),
                volume: bars.volume[i],
            })
            .collect();
        Self {
            bars,
            ticks,
            from,
            gaps: rows
                .map(|i| ratio(bars.open[i], bars.close[i - 1]))
                .collect(),
            shapes,
            places: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Which permuted row goes to each permuted row, given the order of the common clock.
    fn sources<'o>(&self, order: &'o [usize]) -> Cow<'o, [usize]> {
        if self.places.len() == order.len() {
            // it has a bar wherever the clock has one
            return Cow::Borrowed(order);
        }
        let mut taken = vec![false; self.places.len()];
        let mut sources: Vec<Option<usize>> = Vec::with_capacity(self.places.len());
        for &place in &self.places {
            let source = self.rows[order[place]];
            if let Some(row) = source {
                taken[row] = true;
            }
            sources.push(source);
        }
        let mut left = (0..taken.len()).filter(|&row| !taken[row]);
        sources
            .into_iter()
            // as many rows are left over as places: an order is one to one
            .filter_map(|source| source.or_else(|| left.next()))
            .collect::<Vec<_>>()
            .into()
    }

    fn together(&self, gaps: &[usize], shapes: &[usize]) -> Bars {
        let mut bars = self.bars.without_prices(self.from);
        // The walk goes on unrounded, so that ticks do not add up to a drift; a product of ratios is that of their logarithms'
        // sum, without a function for each price.
        let mut last = self.bars.close[self.from - 1];
        for (row, (&gap, &shape)) in (self.from..).zip(gaps.iter().zip(shapes)) {
            let shape = self.shapes[shape];
            let open = last * self.gaps[gap];
            last = open * shape.close;
            bars.open.push(open);
            bars.high.push(open * shape.high);
            bars.low.push(open * shape.low);
            bars.close.push(last);
            bars.volume[row] = shape.volume;
        }
        for column in [
            &mut bars.open,
            &mut bars.high,
            &mut bars.low,
            &mut bars.close,
        ] {
            self.ticks.all_nearest(&mut column[self.from..]);
        }
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sixbtc_market::{SynthOptions, check, synth};

    fn market(seed: u64, bars: usize) -> Bars {
        synth(&SynthOptions {
            seed,
            bars,
            open_jump: 0.3,
            ..SynthOptions::default()
        })
        .unwrap()
    }

    fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut numbers: Vec<f64> = numbers.collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    }

    fn returns(bars: &Bars) -> Vec<f64> {
        (1..bars.len())
            .map(|i| (bars.close[i] / bars.open[i]).ln())
            .collect()
    }

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let (ma, mb) = (mean(a), mean(b));
        let cov = |x: &[f64], mx: f64, y: &[f64], my: f64| {
            x.iter()
                .zip(y)
                .map(|(x, y)| (x - mx) * (y - my))
                .sum::<f64>()
        };
        cov(a, ma, b, mb) / (cov(a, ma, a, ma) * cov(b, mb, b, mb)).sqrt()
    }

    #[test]
    fn shapes_and_both_ends_stay() {
        let bars = market(1, 500);
        let from = bars.time[100];
        let shuffler = Shuffler::of(&[&bars], Some(from)).unwrap();
        let other = shuffler.permutation(9, 0).remove(0);
        assert_eq!(check::check(&other), None);
        assert_eq!(other.time, bars.time);
        assert_eq!(other.slice(0..100), bars.slice(0..100));
        assert_ne!(other.close[100..499], bars.close[100..499]);
        assert_eq!(other.close[499], bars.close[499]);
        // all shapes are there, to the rounding of a tick in 30,000
        for column in [
            |b: &Bars| b.high.clone(),
            |b: &Bars| b.low.clone(),
            |b: &Bars| b.close.clone(),
        ] {
            let shapes = |b: &Bars| {
                let column = column(b);
                sorted((100..500).map(|i| (column[i] / b.open[i]).ln()))
            };
            let (here, there) = (shapes(&bars), shapes(&other));
            assert!(here.iter().zip(&there).all(|(a, b)| (a - b).abs() < 3e-6));
        }
        let gaps =
            |bars: &Bars| sorted((100..500).map(|i| (bars.open[i] / bars.close[i - 1]).ln()));
        assert!(
            gaps(&bars)
                .iter()
                .zip(gaps(&other))
                .all(|(a, b)| (a - b).abs() < 3e-6)
        );
        assert_eq!(
            sorted(bars.volume.iter().copied()),
            sorted(other.volume.iter().copied())
        );
        // reproducible, and another number is another order
        assert_eq!(shuffler.permutation(9, 0)[0], other);
        assert_ne!(shuffler.permutation(9, 1)[0], other);
        assert_ne!(shuffler.permutation(8, 0)[0], other);
    }

    #[test]
    fn symbols_keep_moving_together() {
        let bars = market(1, 2_000);
        let mut twin = bars.clone();
        for i in 0..twin.len() {
            for column in [
                &mut twin.open,
                &mut twin.high,
                &mut twin.low,
                &mut twin.close,
            ] {
                column[i] = (column[i] * 3.0).round() / 100.0;
            }
        }
        let shuffler = Shuffler::of(&[&bars, &twin], None).unwrap();
        let both = shuffler.permutation(1, 0);
        assert!(correlation(&returns(&both[0]), &returns(&both[1])) > 0.99);
        // the order itself is gone
        assert!(correlation(&returns(&both[0]), &returns(&bars)).abs() < 0.1);
        // a symbol with holes: what it has at the same bars still moves with the other
        let mut holed = Bars::new("Y", twin.timeframe);
        for i in (0..twin.len()).filter(|i| i % 50 != 7) {
            holed.push(twin.get(i).unwrap());
        }
        let shuffler = Shuffler::of(&[&bars, &holed], None).unwrap();
        let both = shuffler.permutation(1, 0);
        assert_eq!(both[1].time, holed.time);
        assert_eq!(check::check(&both[1]), None);
        assert_eq!(both[1].close.last(), holed.close.last());
        let at = |time: i64| both[0].time.binary_search(&time).unwrap();
        let same: Vec<f64> = both[1].time[1..]
            .iter()
            .map(|t| {
                let i = at(*t);
                (both[0].close[i] / both[0].open[i]).ln()
            })
            .collect();
        assert!(correlation(&same, &returns(&both[1])) > 0.9);
    }

    #[test]
    fn too_little_is_refused() {
        let bars = market(1, 5);
        assert!(Shuffler::of(&[], None).is_err());
        assert!(Shuffler::of(&[&bars], None).is_ok());
        assert!(Shuffler::of(&[&bars], Some(bars.time[3])).is_err());
        assert!(Shuffler::of(&[&bars], Some(i64::MAX)).is_err());
        assert!(Shuffler::new(&[&bars], &[], None).is_err());
        assert!(Shuffler::of(&[&Bars::new("X", bars.timeframe)], None).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn every_permuted_bar_obeys_the_rules(
            seed in any::<u64>(), number in any::<u64>(), tick in prop::sample::select(vec![0.01, 0.5, 0.25, 0.0001]),
            vol in 0.0f64..5.0, gap_chance in 0.0f64..0.5,
        ) {
            let of = |seed| synth(&SynthOptions {
                seed, bars: 200, tick, start_price: 100.0, annual_vol: vol, gap_chance, open_jump: 1.0,
                ..SynthOptions::default()
            }).unwrap();
            let (a, b) = (of(seed), of(seed ^ 1));
            let ticks = [Ticks::new(tick); 2];
            let shuffler = Shuffler::new(&[&a, &b], &ticks, Some(a.time[20])).unwrap();
            for (bars, other) in [&a, &b].iter().zip(shuffler.permutation(seed, number)) {
                prop_assert_eq!(check::check(&other), None);
                prop_assert_eq!(other.len(), bars.len());
                prop_assert_eq!(other.close.last(), bars.close.last());
                for price in &other.close {
                    prop_assert_eq!(*price, Ticks::new(tick).nearest(*price));
                }
            }
        }
    }
}
