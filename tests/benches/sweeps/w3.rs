//! W3 by hand: 1,015 brackets on the signals of W2, one symbol.
//!
//! A combination costs its trades: where each entry leaves by each rule is known, so a path is a chase through tables. Paths
//! are shared by the leverages that do not change them, and the leverages are lanes.

use crate::money::{
    CAPITAL, Figures, LEAST_NOTIONAL, LOTS, MOST_LEVER, Market, POSITIONS, RISK, TAKER, Tally, lots,
};
use crate::touches::{Exit, FEES, GAINS, HOLDS, LEVERS, LOSSES, NEVER, Touches, signals};

use pulp::{Arch, Simd, WithSimd};

const LANES: usize = 8;

/// A trade before money.
#[derive(Clone, Copy)]
struct Step {
    price: f64,
    left: f64,
    fee: f64,
    distance: f64,
}

/// The sweep with what it reads.
struct Sweep<'a> {
    market: Market<'a>,
    first: usize,
    years: f64,
}

impl WithSimd for Sweep<'_> {
    type Output = Vec<Figures>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Figures> {
        run(self.market, self.first, self.years)
    }
}

/// Figures of all points, leverage fastest, then time, target, stop; without those that have neither target nor time exit.
pub fn sweep(market: Market<'_>, first: usize, years: f64) -> Vec<Figures> {
    Arch::new().dispatch(Sweep {
        market,
        first,
        years,
    })
}

#[inline(always)]
fn run(market: Market<'_>, first: usize, years: f64) -> Vec<Figures> {
    let touches = Touches::new(market, &signals(market.close, first));
    let mut out = Vec::with_capacity(1015);
    let mut path = Vec::with_capacity(touches.row.len());
    for loss in 0..LOSSES.len() {
        for gain in 0..GAINS.len() {
            for hold in 0..HOLDS.len() {
                if gain + 1 == GAINS.len() && hold + 1 == HOLDS.len() {
                    continue;
                }
                let mut done = 0;
                while done < LEVERS.len() {
                    let stops = touches.stops(loss, LEVERS[done]);
                    let same = LEVERS[done..]
                        .iter()
                        .take_while(|&&lever| std::ptr::eq(touches.stops(loss, lever), stops))
                        .count();
                    walk(&touches, stops, loss, gain, hold, &mut path);
                    let mut levers = [MOST_LEVER; LANES];
                    levers[..same].copy_from_slice(&LEVERS[done..done + same]);
                    let tallies = account(&path, levers);
                    out.extend(tallies[..same].iter().map(|t| t.figures(years)));
                    done += same;
                }
            }
        }
    }
    out
}

/// The trades of a path.
#[inline(always)]
fn walk(t: &Touches, stops: &[Exit], loss: usize, gain: usize, hold: usize, path: &mut Vec<Step>) {
    path.clear();
    let (targets, times) = (&t.target[gain], &t.time[hold]);
    let distances = &t.distance[loss];
    let count = t.row.len();
    let (stops, targets, times) = (&stops[..count], &targets[..count], &times[..count]);
    let (prices, distances) = (&t.price[..count], &distances[..count]);
    let mut c = 0;
    while c < count {
        let mut exit = stops[c];
        if targets[c].key < exit.key {
            exit = targets[c];
        }
        if times[c].key < exit.key {
            exit = times[c];
        }
        let ended = exit.key == NEVER;
        path.push(Step {
            price: prices[c],
            left: if ended { t.end } else { exit.price },
            fee: if ended {
                TAKER
            } else {
                FEES[(exit.key & 7) as usize]
            },
            distance: distances[c],
        });
        c = exit.next as usize;
    }
}

/// Sums over the trades of a path, a leverage each lane.
#[derive(Clone, Copy)]
struct Sums {
    cash: [f64; LANES],
    trades: [f64; LANES],
    wins: [f64; LANES],
    profit: [f64; LANES],
    loss: [f64; LANES],
    returns: [f64; LANES],
    returns2: [f64; LANES],
    realised: [f64; LANES],
    peak: [f64; LANES],
    drawdown: [f64; LANES],
}

/// An account that cannot afford an order stays as it is, so it can afford none of the later ones either.
#[inline(always)]
fn account(path: &[Step], levers: [f64; LANES]) -> [Tally; LANES] {
    let zero = [0.0; LANES];
    let mut s = Sums {
        cash: [CAPITAL; LANES],
        trades: zero,
        wins: zero,
        profit: zero,
        loss: zero,
        returns: zero,
        returns2: zero,
        realised: [CAPITAL; LANES],
        peak: [CAPITAL; LANES],
        drawdown: zero,
    };
    for step in path {
        let mut size = zero;
        let mut units = zero;
        let mut odd = 0;
        for l in 0..LANES {
            let wanted = s.cash[l] * RISK / step.distance;
            let cap = s.cash[l] / POSITIONS;
            let capped = wanted / levers[l] > cap;
            let notional = if capped { cap * levers[l] } else { wanted };
            units[l] = notional / step.price;
            let exact = units[l] * LOTS;
            let steps = exact.floor();
            size[l] = steps / LOTS;
            // where the product may have crossed a whole number
            let rest = exact - steps;
            odd |= i64::from(rest > 1.0 - 1e-6) | i64::from(rest < 1e-6);
        }
        if odd != 0 {
            size = units.map(lots);
        }
        for l in 0..LANES {
            let asked = size[l] * step.price;
            // an order that is refused is one of no size
            let taken = asked >= LEAST_NOTIONAL;
            let size = if taken { size[l] } else { 0.0 };
            let notional = size * step.price;
            let entry_fee = notional * TAKER;
            let fee = size * step.left * step.fee;
            let gross = (step.left - step.price) * size;
            s.cash[l] = s.cash[l] - entry_fee + gross - fee;
            let pnl = gross - entry_fee - fee;
            let share = pnl / if taken { notional } else { 1.0 };
            let won = pnl > 0.0;
            s.trades[l] += if taken { 1.0 } else { 0.0 };
            s.wins[l] += if won { 1.0 } else { 0.0 };
            s.profit[l] += if won { pnl } else { 0.0 };
            s.loss[l] -= if won { 0.0 } else { pnl };
            s.returns[l] += share;
            s.returns2[l] += share * share;
            let realised = s.realised[l] + pnl;
            s.realised[l] = realised;
            let peak = if realised > s.peak[l] {
                realised
            } else {
                s.peak[l]
            };
            s.peak[l] = peak;
            let fall = (peak - realised) / peak;
            s.drawdown[l] = if fall > s.drawdown[l] {
                fall
            } else {
                s.drawdown[l]
            };
        }
    }
    std::array::from_fn(|l| Tally {
        cash: s.cash[l],
        trades: s.trades[l],
        wins: s.wins[l],
        profit: s.profit[l],
        loss: s.loss[l],
        returns: s.returns[l],
        returns2: s.returns2[l],
        realised: s.realised[l],
        peak: s.peak[l],
        drawdown: s.drawdown[l],
    })
}
