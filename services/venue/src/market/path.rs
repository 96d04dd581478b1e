//! The way of the price through a bar.

use super::series::Series;
use super::settings::{Mode, PlayerSettings};
use crate::chance::Chance;
use crate::engine::Millis;
use rust_decimal::Decimal;

/// Fewest and most steps of a bar.
const STEPS: (i64, i64) = (4, 720);

/// Into how many parts an exact bar is cut.
const SLOTS: i64 = 16;

/// How many steps a realistic bar has.
pub fn steps(length: Millis, settings: &PlayerSettings) -> i64 {
    (length / settings.step.max(1)).clamp(STEPS.0, STEPS.1)
}

/// When a step of an exact bar happens, after its open.
pub fn slot(length: Millis, n: i64) -> Millis {
    length * n / SLOTS
}

/// How long after the open of an exact bar orders have their turn before anything else happens.
pub fn settle(length: Millis, settings: &PlayerSettings) -> Millis {
    settings.settle.clamp(1, length / 8)
}

/// When step 1 to 12 within an exact bar happens, after its open. Coins have their turn one after the other, since a simulation
/// takes the whole bar of one symbol before that of the next.
pub fn turn(length: Millis, settle: Millis, (place, count): (usize, usize), n: i64) -> Millis {
    let (place, count) = (place as i64, (count as i64).max(1));
    let width = slot(length, 13) - settle;
    let within = slot(length, n.max(2)) - settle;
    let within = if n < 2 { 0 } else { within };
    settle + width * place / count + within / count
}

/// Prices of a row in the order of time: offset from the open and price. Begins with the open at 0, ends with the close in the
/// last millisecond, and touches low and high. The same whenever it is asked.
pub fn prices(series: &Series, row: usize, settings: &PlayerSettings) -> Vec<(Millis, Decimal)> {
    let Some(bar) = series.whole(row) else {
        return Vec::new();
    };
    let length = series.timeframe().ms();
    if settings.mode == Mode::Exact {
        let settle = settle(length, settings);
        return vec![
            (0, bar.open),
            (turn(length, settle, series.turn, 2), bar.low),
            (turn(length, settle, series.turn, 3), bar.high),
            (slot(length, 14), bar.close),
        ];
    }
    let steps = steps(length, settings);
    let mut chance = Chance::of(settings.seed, series.name(), bar.time);
    let (first, second) = if bar.close >= bar.open {
        (bar.low, bar.high)
    } else {
        (bar.high, bar.low)
    };
    // Corners of the path, at least a step apart.
    let corner = |chance: &mut Chance, low: f64, high: f64| {
        (steps as f64 * chance.between(low, high)) as i64
    };
    let one = corner(&mut chance, 0.15, 0.45).clamp(1, steps - 3);
    let two = corner(&mut chance, 0.55, 0.85).clamp(one + 1, steps - 2);
    let corners = [
        (0, bar.open),
        (one, first),
        (two, second),
        (steps - 1, bar.close),
    ];
    let digits = [bar.open, bar.high, bar.low, bar.close]
        .iter()
        .map(Decimal::scale)
        .max()
        .unwrap_or(0)
        .max(series.coin.instrument.px_decimals())
        .min(8);
    let range = bar.high - bar.low;
    let noise = decimal_of(settings.noise);
    let mut path = Vec::with_capacity(steps as usize);
    for pair in corners.windows(2) {
        let ((from, at), (to, goal)) = (pair[0], pair[1]);
        for k in from..to {
            let part = Decimal::from(k - from) / Decimal::from(to - from);
            let straight = at + (goal - at) * part;
            // A corner is met exactly; between two the path strays most in the middle.
            let sway = part * (Decimal::ONE - part) * Decimal::from(4);
            let stray = decimal_of(chance.between(-1.0, 1.0)) * sway * noise * range;
            let px = (straight + stray).round_dp(digits).clamp(bar.low, bar.high);
            path.push((length * k / steps, if k == from { at } else { px }));
        }
    }
    path.push((length - 1, bar.close));
    path
}

/// A draw in six decimals: chance needs no more, and products stay short.
fn decimal_of(x: f64) -> Decimal {
    Decimal::new((x * 1e6) as i64, 6)
}
