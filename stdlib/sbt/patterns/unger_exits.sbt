#sbt 1

use patterns/unger_indicators

// Exits of the Unger catalogue. Those that an entry or filter knows too are these: `rsi_overbought` and `rsi_oversold`
// (EXT_01, EXT_02), `macd_cross_down` and `macd_cross_up` (EXT_03, EXT_04), `price_cross_sma_down` and
// `price_cross_sma_up` (EXT_05, EXT_06), `roc_negative` and `roc_positive` (EXT_07, EXT_08). What depends on the
// position takes it as an argument, so that it can be tested and read: `exit when
// rsi_profit_exit_long(position.profit)`. The end of the day (EXT_10) is a leg of the language, `exit at session end`;
// the catalogue counts bars instead.

/// The position has been held for `n` bars; 200 or more for the longest time that a position may last, 5 for a short
/// one. Counted from the bar of entry, which is 0: on its own it closes on the same open as the leg `exit after n + 1
/// bars`. This form can be joined with other conditions.
/// Formula: position.bars >= n. Catalogue: EXT_09, EXT_11, EXT_12, BOTH.
fn held_for(held: bars, n: bars = 20) -> bool = held >= n

/// The position is in profit and the relative strength index is high. Mended: the catalogue promises the profit but
/// does not ask for it.
/// Formula: position.profit > 0 and rsi_sma(close, n) > threshold. Catalogue: EXT_13, LONG.
indicator rsi_profit_exit_long(profit: percent, threshold: float = 70, n: bars = 14) -> bool {
  give profit > 0 and rsi_sma(close, n) > threshold
}

/// The position is in profit and the relative strength index is low. Mended: the catalogue promises the profit but does
/// not ask for it.
/// Formula: position.profit > 0 and rsi_sma(close, n) < threshold. Catalogue: EXT_14, SHORT.
indicator rsi_profit_exit_short(profit: percent, threshold: float = 30, n: bars = 14) -> bool {
  give profit > 0 and rsi_sma(close, n) < threshold
}

/// The average directional index over plain averages is low and falls.
/// Formula: adx_sma(n) < adx_sma(n)[back] and adx_sma(n) < most. Catalogue: EXT_15, BOTH.
indicator adx_weakens(n: bars = 14, back: bars = 4, most: float = 25) -> bool {
  let strength = adx_sma(n)
  give strength < strength[back] and strength < most
}

test "bars 1: where they fire and where not" {
  given open = [100, 109, 110, 102, 103, 113, 112, 103, 110, 118, 129, 128, 136, 141]
  given high = [105, 112, 111, 102, 115, 116, 118, 105, 120, 130, 134, 142, 145, 153]
  given low = [97, 105, 102, 95, 101, 109, 108, 101, 110, 118, 129, 122, 135, 138]
  given close = [103, 112, 108, 99, 115, 109, 109, 104, 116, 128, 133, 139, 145, 147]
  assert adx_weakens(2, 2, 60) is [_, _, _, _, _, false, false, false, true, false, false, false,
    false, false]
}

test "what the position adds" {
  given close = [10, 11, 12, 11, 12, 13, 12, 11, 10]
  // bought at 11 on the second bar
  let held = bars_since(bar_index <= 1)
  let profit = percent(close / price(11) - 1)
  assert held_for(held, 3) is [false, false, false, false, true, true, true, true, true]
  assert rsi_sma(close, 3) is [_, _, _, 66.66666666666667, 66.66666666666667, 66.66666666666667,
    66.66666666666667, 33.333333333333336, 0]
  assert rsi_profit_exit_long(profit, 60, 3) is [_, _, _, false, true, true, true, false, false]
  assert rsi_profit_exit_long(profit, 70, 3) is [_, _, _, false, false, false, false, false, false]
  assert rsi_profit_exit_short(-profit, 40, 3) is [_, _, _, false, false, false, false, false, true]
}
