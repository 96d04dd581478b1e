//! What is a property of the prices alone: signals, and the bar on which an entry first touches each level.

use crate::money::{MAKER, MOST_LEVER, Market, SLIPPAGE, TAKER, bought, sold};

pub const LOSSES: [f64; 5] = [0.01, 0.015, 0.02, 0.03, 0.05];
/// The last is out of reach: no target.
pub const GAINS: [f64; 6] = [0.02, 0.03, 0.05, 0.07, 0.10, 10.0];
/// The last is longer than the data: no time exit.
pub const HOLDS: [u32; 5] = [10, 20, 50, 100, 1_000_000];
pub const LEVERS: [f64; 7] = [1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 40.0];

/// Where an entry would leave by one rule. `key` orders exits in time: eight times the row, plus when within the bar:
/// 0 at the open by time, 1 a stop that the open lies beyond, 2 a target, 4 a stop, 5 a target.
#[derive(Debug, Clone, Copy)]
pub struct Exit {
    pub key: u32,
    /// The next entry that the position does not stand in the way of.
    pub next: u32,
    /// Fill price.
    pub price: f64,
}

/// Fee of an exit by the low bits of its key.
pub const FEES: [f64; 8] = [TAKER, TAKER, MAKER, TAKER, TAKER, MAKER, TAKER, TAKER];

/// A key behind all rows.
pub const NEVER: u32 = u32::MAX;

/// All entries that may happen, in order, and their exits by each rule.
pub struct Touches {
    /// Row at whose open it fills.
    pub row: Vec<u32>,
    /// Fill price.
    pub price: Vec<f64>,
    /// For each stop: how far it is from the price, a fraction.
    pub distance: Vec<Vec<f64>>,
    pub stop: Vec<Vec<Exit>>,
    pub target: Vec<Vec<Exit>>,
    pub time: Vec<Vec<Exit>>,
    /// At the symbol's largest leverage.
    pub liquidation: Vec<Exit>,
    /// Fill price of what is open at the end.
    pub end: f64,
}

/// Rows on whose close RSI(14) < 40 and close > EMA(200), from `first` on.
#[inline(always)]
pub fn signals(close: &[f64], first: usize) -> Vec<u32> {
    let mut rows = Vec::with_capacity(close.len() / 4);
    let (mut up, mut down, mut ema, mut sum) = (0.0, 0.0, 0.0, 0.0);
    let mut last = close[0];
    for (i, &c) in close.iter().enumerate() {
        let d = c - last;
        last = c;
        let (gain, loss) = (f64::max(d, 0.0), f64::max(-d, 0.0));
        if i <= 14 {
            up += gain / 14.0;
            down += loss / 14.0;
        } else {
            up += (gain - up) * (1.0 / 14.0);
            down += (loss - down) * (1.0 / 14.0);
        }
        if i < 200 {
            sum += c;
            ema = sum / (i + 1) as f64;
        } else {
            ema += (c - ema) * (2.0 / 201.0);
        }
        if i >= first && 100.0 * up < 40.0 * (up + down) && c > ema {
            rows.push(i as u32);
        }
    }
    rows
}

/// Extremes of blocks of rows, so that the search for a level looks at few of them.
struct Blocks<'a> {
    low: &'a [f64],
    least: Vec<f64>,
}

const BLOCK: usize = 64;

impl<'a> Blocks<'a> {
    #[inline(always)]
    fn new(low: &'a [f64]) -> Self {
        let least = low.chunks(BLOCK).map(|b| {
            b.iter()
                .fold(f64::INFINITY, |m, &v| if v < m { v } else { m })
        });
        Self {
            low,
            least: least.collect(),
        }
    }

    /// First row from `from` on that is at or below a level.
    #[inline(always)]
    fn reach(&self, from: usize, level: f64) -> Option<usize> {
        let end = (from / BLOCK + 1) * BLOCK;
        let end = end.min(self.low.len());
        if let Some(at) = first_below(&self.low[from..end], level) {
            return Some(from + at);
        }
        let block = from / BLOCK + 1;
        let block = block + first_below(self.least.get(block..)?, level)?;
        let from = block * BLOCK;
        let end = (from + BLOCK).min(self.low.len());
        Some(from + first_below(&self.low[from..end], level)?)
    }
}

/// First value at or below a level, eight at a time.
#[inline(always)]
fn first_below(values: &[f64], level: f64) -> Option<usize> {
    let (eights, rest) = values.as_chunks::<8>();
    for (i, eight) in eights.iter().enumerate() {
        let mut below = 0_u8;
        for (k, &v) in eight.iter().enumerate() {
            below |= u8::from(v <= level) << k;
        }
        if below != 0 {
            return Some(8 * i + below.trailing_zeros() as usize);
        }
    }
    let at = rest.iter().position(|&v| v <= level)?;
    Some(8 * eights.len() + at)
}

impl Touches {
    #[inline(always)]
    pub fn new(market: Market<'_>, signals: &[u32]) -> Self {
        let Market {
            open,
            high,
            low,
            close,
        } = market;
        let rows = close.len();
        // a signal of the last bar fills no more
        let signals = &signals[..signals.partition_point(|&s| (s as usize) + 1 < rows)];
        let row: Vec<u32> = signals.iter().map(|s| s + 1).collect();
        let count = row.len();
        let price: Vec<f64> = row
            .iter()
            .map(|&e| bought(open[e as usize] * (1.0 + SLIPPAGE)))
            .collect();
        let distance = LOSSES
            .map(|loss| price.iter().map(|p| (p - p * (1.0 - loss)) / p).collect())
            .into();
        // first entry at or after a row
        let mut first = vec![count as u32; rows + 2];
        let mut c = count;
        for r in (0..rows).rev() {
            if c > 0 && row[c - 1] as usize == r {
                c -= 1;
            }
            first[r] = c as u32;
        }
        let none = Exit {
            key: NEVER,
            next: count as u32,
            price: 0.0,
        };
        let exit = |row: usize, when: u32, price: f64| Exit {
            key: 8 * row as u32 + when,
            next: first[row + usize::from(when != 0)],
            price,
        };
        let mut stop = vec![vec![none; count]; LOSSES.len()];
        let mut target = vec![vec![none; count]; GAINS.len()];
        let mut liquidation = vec![none; count];
        let fallen: Vec<f64> = high.iter().map(|h| -h).collect();
        let (lows, highs) = (Blocks::new(low), Blocks::new(&fallen));
        for c in 0..count {
            let (p, e) = (price[c], row[c] as usize);
            // levels lie further and further away, so each search goes on from the last
            let mut from = e;
            for (exits, loss) in stop.iter_mut().zip(LOSSES) {
                let level = p * (1.0 - loss);
                let Some(x) = lows.reach(from, level) else {
                    break;
                };
                from = x;
                let gap = open[x] <= level;
                let due = if gap { open[x] } else { level };
                exits[c] = exit(x, if gap { 1 } else { 4 }, sold(due * (1.0 - SLIPPAGE)));
            }
            from = e;
            for (exits, gain) in target.iter_mut().zip(GAINS) {
                let level = p * (1.0 + gain);
                let Some(x) = highs.reach(from, -level) else {
                    break;
                };
                from = x;
                let gap = open[x] >= level;
                let due = if gap { open[x] } else { level };
                exits[c] = exit(x, if gap { 2 } else { 5 }, sold(due));
            }
            let level = (p - p / MOST_LEVER) / (1.0 - 0.5 / MOST_LEVER);
            if let Some(x) = lows.reach(e, level) {
                let gap = open[x] <= level;
                let due = if gap { open[x] } else { level };
                let bankrupt = p - p / MOST_LEVER;
                liquidation[c] = exit(x, if gap { 1 } else { 4 }, f64::max(due, bankrupt));
            }
        }
        let leave = |hold: u32| {
            let at = |&e: &u32| {
                let x = e as usize + hold as usize;
                if x < rows {
                    exit(x, 0, sold(open[x] * (1.0 - SLIPPAGE)))
                } else {
                    none
                }
            };
            row.iter().map(at).collect()
        };
        Self {
            distance,
            stop,
            target,
            time: HOLDS.map(leave).into(),
            liquidation,
            end: sold(close[rows - 1] * (1.0 - SLIPPAGE)),
            row,
            price,
        }
    }

    /// What stops an entry out at a leverage: the liquidation where it comes first. A gap beyond both is not looked at.
    pub fn stops(&self, loss: usize, lever: f64) -> &[Exit] {
        let margin = 1.0 / lever.min(MOST_LEVER);
        let liquidated = 1.0 - (1.0 - margin) / (1.0 - 0.5 / MOST_LEVER);
        if liquidated < LOSSES[loss] {
            assert!(
                lever >= MOST_LEVER,
                "liquidation is known at the largest leverage only"
            );
            &self.liquidation
        } else {
            &self.stop[loss]
        }
    }
}
