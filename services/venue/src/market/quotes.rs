//! The house's book around a price.

use super::settings::PlayerSettings;
use crate::chance::Chance;
use crate::engine::{Feed, Instrument, PxSz};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Side;

/// Quotes of both sides around `px`: best prices about half the spread away, on the tick, levels further and larger.
pub fn around(
    instrument: &Instrument,
    px: Decimal,
    settings: &PlayerSettings,
    chance: &mut Chance,
) -> Feed {
    let half = settings.spread.max(Decimal::ZERO) / Decimal::TWO;
    let wide = Decimal::new(chance.whole(600, 1600), 3);
    let half = (px * half * wide).round_dp(12);
    Feed::Liquidity {
        coin: instrument.name.clone(),
        bids: side(instrument, px, half, Side::Buy, settings, chance),
        asks: side(instrument, px, half, Side::Sell, settings, chance),
    }
}

fn side(
    instrument: &Instrument,
    px: Decimal,
    half: Decimal,
    side: Side,
    settings: &PlayerSettings,
    chance: &mut Chance,
) -> Vec<PxSz> {
    let levels = settings.levels.clamp(1, 200);
    // Steps of the grid grow with the price; a level must be one step further at least.
    let step = grid(instrument, px);
    let apart = half.max(step);
    let lot = Decimal::new(1, instrument.sz_decimals);
    let mut quotes: Vec<PxSz> = Vec::with_capacity(levels as usize);
    let away = -side.sign();
    let mut at = px + away * half;
    let mut worth = settings.depth.max(Decimal::ONE);
    for _ in 0..levels {
        let mut quote = instrument.on_tick(at, side);
        // the middle itself may be a price of the grid: nothing is quoted there
        if (quote - px) * away <= Decimal::ZERO {
            quote += away * step;
        }
        if let Some((last, _)) = quotes.last()
            && (quote - *last) * away <= Decimal::ZERO
        {
            quote = instrument.on_tick(*last + away * step, side);
        }
        if quote < Decimal::new(1, 6) {
            break;
        }
        let share = Decimal::new(chance.whole(500, 1500), 3);
        let sz = (worth * share / quote).trunc_with_scale(instrument.sz_decimals);
        quotes.push((quote.normalize(), sz.max(lot)));
        at = quote + away * apart * Decimal::new(chance.whole(500, 1500), 3);
        worth = (worth * Decimal::new(125, 2)).round_dp(2);
    }
    quotes
}

/// The step of the grid of prices at a price: five figures, and no more decimals than the market has.
fn grid(instrument: &Instrument, px: Decimal) -> Decimal {
    let up = instrument.on_tick(px, Side::Sell);
    let next = instrument.on_tick(up + Decimal::new(1, 8), Side::Sell);
    (next - up).max(Decimal::new(1, instrument.px_decimals()))
}
