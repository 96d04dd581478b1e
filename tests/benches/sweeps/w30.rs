//! W3x30 by hand: the same brackets on many symbols that share one account, at most ten positions.
//!
//! What a symbol does alone is known from the tables; what the account allows is not. So a combination is a merge: entries
//! of all symbols in order of time, against a handful of open positions whose exits are known since they opened. While all
//! places are taken nothing can enter, and the merge goes on at the first exit.

use crate::money::{
    Figures, LEAST_NOTIONAL, MOST_LEVER, Market, POSITIONS, RISK, TAKER, Tally, lots,
};
use crate::touches::{Exit, FEES, GAINS, HOLDS, LEVERS, LOSSES, NEVER, Touches, signals};
use pulp::{Arch, Simd, WithSimd};

const MOST: usize = POSITIONS as usize;

/// An entry that may happen.
#[derive(Clone, Copy)]
struct Candidate {
    row: u32,
    symbol: u32,
    /// Its place among those of its symbol.
    at: u32,
}

/// All symbols' entries, and their closes by row.
struct Markets {
    symbols: Vec<Touches>,
    candidates: Vec<Candidate>,
    /// First candidate at or after a row.
    first: Vec<u32>,
    /// Closes, a row of symbols after the other.
    close: Vec<f64>,
    width: usize,
    rows: usize,
}

/// An open position.
#[derive(Clone, Copy, Default)]
struct Position {
    symbol: u32,
    /// Eight times the row of its exit, plus 4 when after the entries of that row; then the symbol.
    key: u64,
    price: f64,
    size: f64,
    margin: f64,
    entry_fee: f64,
    left: f64,
    fee: f64,
}

/// The sweep with what it reads.
struct Sweep<'a, 'b> {
    markets: &'a [Market<'b>],
    first: usize,
    years: f64,
}

impl WithSimd for Sweep<'_, '_> {
    type Output = Vec<Figures>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Figures> {
        run(self.markets, self.first, self.years)
    }
}

/// Figures of all points in the order of [`crate::w3::sweep`]. All markets have the same rows.
pub fn sweep(markets: &[Market<'_>], first: usize, years: f64) -> Vec<Figures> {
    Arch::new().dispatch(Sweep {
        markets,
        first,
        years,
    })
}

#[inline(always)]
fn run(markets: &[Market<'_>], first: usize, years: f64) -> Vec<Figures> {
    let m = Markets::new(markets, first);
    let mut out = Vec::with_capacity(1015);
    for loss in 0..LOSSES.len() {
        for gain in 0..GAINS.len() {
            for hold in 0..HOLDS.len() {
                if gain + 1 == GAINS.len() && hold + 1 == HOLDS.len() {
                    continue;
                }
                for (l, lever) in LEVERS.into_iter().enumerate() {
                    if l > 0 && lever.min(MOST_LEVER) <= LEVERS[l - 1] {
                        // above the symbols' largest leverage there is nothing new
                        out.extend(out.last().copied());
                        continue;
                    }
                    out.push(account(&m, loss, gain, hold, lever.min(MOST_LEVER)).figures(years));
                }
            }
        }
    }
    out
}

impl Markets {
    #[inline(always)]
    fn new(markets: &[Market<'_>], first: usize) -> Self {
        let rows = markets[0].close.len();
        let symbols: Vec<Touches> = markets
            .iter()
            .map(|&m| Touches::new(m, &signals(m.close, first)))
            .collect();
        let mut candidates: Vec<Candidate> = Vec::new();
        for (s, t) in symbols.iter().enumerate() {
            let all = t.row.iter().enumerate();
            candidates.extend(all.map(|(at, &row)| Candidate {
                row,
                symbol: s as u32,
                at: at as u32,
            }));
        }
        candidates.sort_unstable_by_key(|c| (c.row, c.symbol));
        let mut at = candidates.len();
        let mut starts = vec![at as u32; rows + 2];
        for r in (0..rows).rev() {
            while at > 0 && candidates[at - 1].row as usize == r {
                at -= 1;
            }
            starts[r] = at as u32;
        }
        let mut close = Vec::with_capacity(rows * markets.len());
        for r in 0..rows {
            close.extend(markets.iter().map(|m| m.close[r]));
        }
        Self {
            symbols,
            candidates,
            first: starts,
            close,
            width: markets.len(),
            rows,
        }
    }
}

/// Closes a position.
#[inline(always)]
fn settle(t: &mut Tally, p: &Position) {
    let gross = (p.left - p.price) * p.size;
    let fee = p.size * p.left * p.fee;
    t.cash = t.cash + gross - fee;
    t.add(gross - p.entry_fee - fee, p.size * p.price);
}

/// One combination.
#[inline(always)]
fn account(m: &Markets, loss: usize, gain: usize, hold: usize, lever: f64) -> Tally {
    let tables: Vec<[&[Exit]; 3]> = m
        .symbols
        .iter()
        .map(|t| [t.stops(loss, lever), &t.target[gain], &t.time[hold]])
        .collect();
    let mut t = Tally::START;
    // in the order of symbols, as sums are taken in that order
    let mut open = [Position::default(); MOST];
    let mut count = 0;
    let mut soonest = u64::MAX;
    let mut free = vec![0_u32; m.width];
    let mut i = 0;
    loop {
        let next = m.candidates.get(i);
        let now = next.map_or(u64::MAX, |c| (8 * u64::from(c.row) + 1) << 8);
        while soonest < now && count > 0 {
            let at = (0..count).find(|&k| open[k].key == soonest).unwrap_or(0);
            settle(&mut t, &open[at]);
            open.copy_within(at + 1..count, at);
            count -= 1;
            soonest = open[..count].iter().fold(u64::MAX, |s, p| s.min(p.key));
        }
        let Some(&c) = next else { break };
        if count == MOST {
            // the first row whose open comes after the exit
            let row = ((soonest >> 8) + 7) >> 3;
            i = m.first[(row as usize).min(m.rows)] as usize;
            continue;
        }
        i += 1;
        let (s, at) = (c.symbol as usize, c.at as usize);
        if c.row < free[s] {
            continue;
        }
        let touches = &m.symbols[s];
        let price = touches.price[at];
        let closes = &m.close[(c.row as usize - 1) * m.width..];
        let (mut equity, mut bound) = (t.cash, 0.0);
        for p in &open[..count] {
            equity += (closes[p.symbol as usize] - p.price) * p.size;
            bound += p.margin;
        }
        if equity <= 0.0 {
            continue;
        }
        let wanted = equity * RISK / touches.distance[loss][at];
        let cap = equity / POSITIONS;
        let margin = wanted / lever;
        let (margin, notional) = if margin > cap {
            (cap, cap * lever)
        } else {
            (margin, wanted)
        };
        if margin > equity - bound {
            continue;
        }
        let size = lots(notional / price);
        let notional = size * price;
        if notional < LEAST_NOTIONAL {
            continue;
        }
        let [stops, targets, times] = tables[s];
        let mut exit = stops[at];
        if targets[at].key < exit.key {
            exit = targets[at];
        }
        if times[at].key < exit.key {
            exit = times[at];
        }
        let ended = exit.key == NEVER;
        let (row, within) = (exit.key >> 3, exit.key & 7 != 0);
        free[s] = if ended {
            u32::MAX
        } else {
            row + u32::from(within)
        };
        let key = (8 * u64::from(row) + if within { 4 } else { 0 }) << 8 | s as u64;
        let entry_fee = notional * TAKER;
        t.cash -= entry_fee;
        let place = open[..count].partition_point(|p| p.symbol < c.symbol);
        open.copy_within(place..count, place + 1);
        open[place] = Position {
            symbol: c.symbol,
            key,
            price,
            size,
            margin: notional / lever,
            entry_fee,
            left: if ended { touches.end } else { exit.price },
            fee: if ended {
                TAKER
            } else {
                FEES[(exit.key & 7) as usize]
            },
        };
        count += 1;
        soonest = soonest.min(key);
    }
    t
}
