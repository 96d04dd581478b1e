#sbt 1

// Pattern blocks on closes beyond the extremes before, confirmed by volume, strength or size, and on breaks that
// fail.

/// The close crosses above the last confirmed fractal top by a fraction.
/// Catalogue: FRACTAL_BREAKOUT; long; close crosses above swing_high(2, 2) * (1 + margin).
/// Derived from name and parameters, as the catalogue has no formula: FRACTAL_BREAKOUT.
indicator close_above_fractal(margin: float = 0.001) -> bool {
  give close crosses above swing_high(2, 2) * (1 + margin)
}

/// The low before broke the lows before it, and the close is back above the lowest.
/// Catalogue: FAILED_BREAKOUT_LONG; long; low[1] < lowest(low, lookback)[2] and close > lowest(low, lookback)[1].
indicator failed_break_down(lookback: bars = 20) -> bool {
  give low[1] < lowest(low, lookback)[2] and close > lowest(low, lookback)[1]
}

/// The high before broke the highs before it, and the close is back below the highest.
/// Catalogue: FAILED_BREAKOUT_SHORT; short; high[1] > highest(high, lookback)[2] and close < highest(high,
/// lookback)[1].
indicator failed_break_up(lookback: bars = 20) -> bool {
  give high[1] > highest(high, lookback)[2] and close < highest(high, lookback)[1]
}

/// The high exceeds the highs before but the close does not.
/// Catalogue: FAILED_BREAK_REJECT; short; high > highest(high, period)[1] and close < highest(high, period)[1].
indicator upper_break_rejected(period: bars = 20) -> bool {
  give high > highest(high, period)[1] and close < highest(high, period)[1]
}

/// The low exceeds the lows before, the close is back above them, on high volume.
/// Catalogue: LIQUIDITY_SWEEP; long; low < level and close > level and volume > mult * sma(volume, avg_n), level =
/// lowest(low, period)[1].
indicator sweep_of_lows(period: bars = 10, mult: float = 1.5, avg_n: bars = 20) -> bool {
  let level = lowest(low, period)[1]
  give low < level and close > level and volume > mult * sma(volume, avg_n)
}

/// The low exceeds the lows before, and the white bar closes above it by a multiple of its body.
/// Catalogue: STOP_HUNT_REV; long; low < lowest(low, period)[1] and close - low > mult * candle_body() and close >
/// open.
indicator stop_hunt_answered(mult: float = 2, period: bars = 20) -> bool {
  give low < lowest(low, period)[1] and close - low > mult * candle_body() and close > open
}

/// After a low below the lows before, a higher high.
/// Catalogue: CHOCH_BULL; long; (low < lowest(low, period)[1])[1] and high > high[1].
indicator character_changes_up(period: bars = 10) -> bool {
  give (low < lowest(low, period)[1])[1] and high > high[1]
}

/// After the lowest low fell below that of the bars before, a white bar closes above it.
/// Catalogue: LOWER_LOW_BREAK; long; (l < l[span])[1] and close > open and close > l[span], l = lowest(low, span).
indicator lower_low_recovered(span: bars = 5) -> bool {
  let l = lowest(low, span)
  give (l < l[span])[1] and close > open and close > l[span]
}

/// The highest high and the close rose over a stretch, on more than the average volume.
/// Catalogue: HIGHER_HIGH_CONFIRM; long; h > h[span] and close > close[span] and volume > sma(volume, avg_n), h =
/// highest(high, span).
indicator highest_rises_on_volume(span: bars = 5, avg_n: bars = 10) -> bool {
  let h = highest(high, span)
  give h > h[span] and close > close[span] and volume > sma(volume, avg_n)
}

/// After a fall the close is above the highs before on high volume.
/// Catalogue: STRUCTURE_SHIFT; long; close > highest(high, period)[1] and close[mid_n] < close[far_n] and volume >
/// mult * sma(volume, avg_n).
indicator structure_shifts_up(period: bars = 10, mid_n: bars = 5, far_n: bars = 10,
  mult: float = 1.5, avg_n: bars = 20) -> bool {
  give close > highest(high, period)[1]
    and close[mid_n] < close[far_n]
    and volume > mult * sma(volume, avg_n)
}

/// The close is above the highs before on high volume.
/// Catalogue: BREAKOUT_HIGH_VOLUME, BREAKOUT_VOL_CONFIRM, VOL_CONFIRM_BREAK; long; close > highest(high,
/// lookback)[1] and volume > vol_mult * sma(volume, vol_period).
indicator breakout_on_volume(lookback: bars = 20, vol_period: bars = 20,
  vol_mult: float = 1.5) -> bool {
  give close > highest(high, lookback)[1] and volume > vol_mult * sma(volume, vol_period)
}

/// The close is above the highs before and the bar's middle on high volume.
/// Catalogue: BREAKOUT_TIMING; long; close > highest(high, period)[1] and volume > mult * sma(volume, period) and
/// close > hl2.
indicator breakout_in_upper_half(mult: float = 1.5, period: bars = 20) -> bool {
  give close > highest(high, period)[1] and volume > mult * sma(volume, period) and close > hl2
}

/// The close is below the lows before on high volume.
/// Catalogue: BREAKDOWN_HIGH_VOLUME, BREAKDOWN_VOL_CONFIRM; short; close < lowest(low, lookback)[1] and volume >
/// vol_mult * sma(volume, vol_period).
indicator breakdown_on_volume(lookback: bars = 20, vol_period: bars = 20,
  vol_mult: float = 1.5) -> bool {
  give close < lowest(low, lookback)[1] and volume > vol_mult * sma(volume, vol_period)
}

/// The close is above the highs before on high volume and a bar that is mostly white body.
/// Catalogue: VOL_BREAKOUT_FILTER; long; close > highest(high, period)[1] and volume > mult * sma(volume, period)
/// and close - open > share * (high - low).
indicator breakout_with_body(mult: float = 1.5, period: bars = 20, share: float = 0.5) -> bool {
  give close > highest(high, period)[1]
    and volume > mult * sma(volume, period)
    and close - open > share * (high - low)
}

/// The close is average true ranges above the highs before.
/// Catalogue: ATR_BREAK_MAG, ATR_BREAKOUT_FILTER; long; close - highest(high, period)[1] > mult * atr(atr_n).
indicator breakout_by_atr(mult: float = 1, period: bars = 20, atr_n: bars = 14) -> bool {
  give close - highest(high, period)[1] > mult * atr(atr_n)
}

/// The close is above the highs before with the relative strength index above a level.
/// Catalogue: BREAKOUT_MOM_CONFIRM; long; close > highest(high, period)[1] and rsi(close, rsi_n) > rsi_level.
indicator breakout_with_rsi(period: bars = 20, rsi_level: float = 50, rsi_n: bars = 14) -> bool {
  give close > highest(high, period)[1] and rsi(close, rsi_n) > rsi_level
}

/// The close is above the highs before with the relative strength index above a level and higher than some bars ago.
/// Catalogue: MOM_BREAKOUT_FILTER; long; close > highest(high, period)[1] and r > rsi_level and r > r[span], r =
/// rsi(close, rsi_n).
indicator breakout_with_rising_rsi(rsi_level: float = 55, period: bars = 20, rsi_n: bars = 14,
  span: bars = 3) -> bool {
  let r = rsi(close, rsi_n)
  give close > highest(high, period)[1] and r > rsi_level and r > r[span]
}

/// The close was above the highs before on each of some bars, the last on more volume.
/// Catalogue: MULTI_BAR_BREAK; long; held(close > highest(high, period)[1], span) and volume > volume[1].
indicator breakout_holds(span: bars = 2, period: bars = 10) -> bool {
  give held(close > highest(high, period)[1], span) and volume > volume[1]
}

/// The bar comes down to a multiple of the lowest close and closes just above it.
/// Catalogue: PSYCH_LEVEL; long; abs(close - level) < reach * close and low <= level * (1 + reach) and close >
/// level, level = mult * lowest(close, period).
indicator above_multiple_of_lowest(mult: float = 1.1, period: bars = 50,
  reach: float = 0.01) -> bool {
  let level = mult * lowest(close, period)
  give abs(close - level) < reach * close and low <= level * (1 + reach) and close > level
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 97, 107, 100, 94, 90, 90, 88, 90, 92, 94, 99, 106, 115]
  given high = [104, 108, 119, 100, 95, 91, 90, 90, 93, 95, 107, 105, 115, 123]
  given low = [100, 96, 98, 93, 89, 89, 88, 87, 90, 90, 86, 91, 105, 113]
  given close = [102, 107, 100, 94, 90, 89, 88, 88, 92, 94, 99, 104, 115, 122]
  given volume = [5, 4, 3, 4, 8, 8, 20, 10, 8, 2, 12, 30, 8, 30]
  assert close_above_fractal(0.001) is [_, _, _, _, _, false, false, false, false, false, false,
    false, false, true]
  assert failed_break_down(2) is [_, _, _, false, false, false, false, false, true, false, false,
    true, false, false]
  assert failed_break_up(2) is [_, _, _, true, false, false, false, false, false, false, false,
    true, false, false]
  assert upper_break_rejected(2) is [_, _, true, false, false, false, false, false, false, false,
    false, false, false, false]
  assert sweep_of_lows(2, 1.5, 3) is [_, _, false, false, false, false, false, false, false, false,
    true, false, false, false]
  assert stop_hunt_answered(2, 2) is [_, _, false, false, false, false, false, false, false, false,
    true, false, false, false]
  assert character_changes_up(2) is [_, _, _, false, false, false, false, false, true, false, false,
    false, false, false]
  assert lower_low_recovered(2) is [_, _, _, _, false, false, false, false, true, true, false, true,
    true, false]
  assert highest_rises_on_volume(2, 3) is [_, _, _, false, false, false, false, false, false, false,
    true, true, false, true]
  assert breakout_on_volume(2, 2, 1.5) is [_, _, false, false, false, false, false, false, false,
    false, true, false, false, true]
  assert breakout_in_upper_half(1.5, 2) is [_, _, false, false, false, false, false, false, false,
    false, true, false, false, true]
  assert breakout_with_body(1.5, 2, 0.5) is [_, _, false, false, false, false, false, false, false,
    false, false, false, false, true]
  assert breakout_with_rsi(3, 50, 2) is [_, _, _, false, false, false, false, false, true, true,
    true, false, true, true]
  assert breakout_with_rising_rsi(55, 4, 3, 2) is [_, _, _, _, _, false, false, false, false, true,
    true, false, true, true]
  assert breakout_holds(2, 3) is [_, _, _, _, false, false, false, false, false, false, true, false,
    false, true]
  assert above_multiple_of_lowest(1.1, 2, 0.01) is [_, false, false, false, false, false, false,
    false, false, false, false, false, true, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [99, 95, 94, 97, 92, 94, 89, 92, 96, 100, 107, 111, 113, 116]
  given high = [99, 95, 97, 98, 95, 94, 92, 102, 102, 103, 111, 117, 116, 118]
  given low = [95, 94, 93, 91, 92, 88, 88, 92, 96, 100, 105, 110, 111, 112]
  given close = [95, 94, 96, 92, 94, 89, 92, 96, 100, 102, 111, 115, 116, 113]
  given volume = [3, 3, 1, 1, 5, 5, 2, 10, 6, 6, 5, 2, 5, 8]
  assert structure_shifts_up(3, 2, 3, 1.5, 4) is [_, _, _, false, false, false, false, true, false,
    false, false, false, false, false]
  assert breakout_by_atr(1, 3, 2) is [_, _, _, false, false, false, false, false, false, false,
    true, false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 98, 97, 95, 91, 91, 93, 88, 86, 89, 91, 87, 91, 95]
  given high = [103, 98, 97, 96, 92, 95, 94, 89, 93, 96, 91, 91, 99, 96]
  given low = [99, 96, 97, 90, 90, 87, 89, 85, 86, 89, 83, 83, 87, 91]
  given close = [103, 97, 97, 91, 91, 93, 89, 86, 89, 92, 87, 91, 95, 96]
  given volume = [30, 5, 20, 20, 8, 3, 1, 6, 10, 10, 4, 30, 30, 2]
  assert breakdown_on_volume(2, 2, 1.5) is [_, _, false, false, false, false, false, true, false,
    false, false, false, false, false]
}
