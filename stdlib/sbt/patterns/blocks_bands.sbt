#sbt 1

// Pattern blocks on channels around the price: Bollinger, Keltner, Donchian and average-true-range bands.

/// The close comes back above the lower Bollinger band on a white bar.
/// Catalogue: BB_MEAN_REV; long; (close < b.low)[1] and close > open and close > b.low, b = bollinger(close, period,
/// std).
indicator close_returns_above_bollinger(period: bars = 20, std: float = 2) -> bool {
  let b = bollinger(close, period, std)
  give (close < b.low)[1] and close > open and close > b.low
}

/// The bar reaches the lower Bollinger band on high volume and is white.
/// Catalogue: BB_VOL_COMBO; long; low <= bollinger(close, period, std).low and volume > mult * sma(volume, avg_n)
/// and close > open.
indicator bollinger_touch_on_volume(period: bars = 20, std: float = 2, mult: float = 1.5,
  avg_n: bars = 20) -> bool {
  give low <= bollinger(close, period, std).low
    and volume > mult * sma(volume, avg_n)
    and close > open
}

/// The low reaches the lower Keltner line.
/// Catalogue: KELTNER_LOWER; long; low <= ema(close, period) - mult * atr(period).
indicator low_touches_keltner(period: bars = 20, mult: float = 2) -> bool {
  give low <= ema(close, period) - mult * atr(period)
}

/// The high reaches the upper Keltner line.
/// Catalogue: KELTNER_UPPER; short; high >= ema(close, period) + mult * atr(period).
indicator high_touches_keltner(period: bars = 20, mult: float = 2) -> bool {
  give high >= ema(close, period) + mult * atr(period)
}

/// The close is above the upper Keltner line.
/// Catalogue: KELTNER_BREAK_UPPER; long; close > ema(close, period) + mult * atr(period).
indicator close_above_keltner(period: bars = 20, mult: float = 2) -> bool {
  give close > ema(close, period) + mult * atr(period)
}

/// The close is below the lower Keltner line.
/// Catalogue: KELTNER_BREAK_LOWER; short; close < ema(close, period) - mult * atr(period).
indicator close_below_keltner(period: bars = 20, mult: float = 2) -> bool {
  give close < ema(close, period) - mult * atr(period)
}

/// The close crosses above the upper Keltner line.
/// Catalogue: ADAPTIVE_CHANNEL_BREAK_UP; long; close crosses above ema(close, period) + mult * atr(period).
indicator close_crosses_above_keltner(period: bars = 20, mult: float = 2) -> bool {
  give close crosses above ema(close, period) + mult * atr(period)
}

/// The close comes back from above the upper Keltner line.
/// Catalogue: KELTNER_REVERT_FROM_UPPER; short; close[1] > top[1] and close <= top, top = ema(close, period) + mult
/// * atr(period).
indicator close_returns_from_upper_keltner(period: bars = 20, mult: float = 2) -> bool {
  let top = ema(close, period) + mult * atr(period)
  give close[1] > top[1] and close <= top
}

/// The close comes back from below the lower Keltner line.
/// Catalogue: KELTNER_REVERT_FROM_LOWER; long; close[1] < bottom[1] and close >= bottom, bottom = ema(close, period)
/// - mult * atr(period).
indicator close_returns_from_lower_keltner(period: bars = 20, mult: float = 2) -> bool {
  let bottom = ema(close, period) - mult * atr(period)
  give close[1] < bottom[1] and close >= bottom
}

/// The low comes within a fraction of the lower Keltner line and the bar is white.
/// Catalogue: ADAPTIVE_CHANNEL_BOUNCE; long; low <= (ema(close, period) - mult * atr(period)) * (1 + reach) and
/// close > open.
indicator low_near_keltner_white(period: bars = 20, mult: float = 2, reach: float = 0.01) -> bool {
  give low <= (ema(close, period) - mult * atr(period)) * (1 + reach) and close > open
}

/// The close is average true ranges above its simple average.
/// Catalogue: ATR_CHANNEL_BREAK_UP; long; close > sma(close, ma_period) + mult * atr(atr_period).
indicator close_above_atr_band(ma_period: bars = 20, atr_period: bars = 14,
  mult: float = 2) -> bool {
  give close > sma(close, ma_period) + mult * atr(atr_period)
}

/// The low reaches average true ranges below the simple average and the bar is white.
/// Catalogue: ATR_BAND_LOWER_TOUCH; long; low <= sma(close, ma_period) - mult * atr(atr_period) and close > open.
indicator low_touches_atr_band(ma_period: bars = 20, atr_period: bars = 14,
  mult: float = 2) -> bool {
  give low <= sma(close, ma_period) - mult * atr(atr_period) and close > open
}

/// The high reaches average true ranges above the simple average and the bar is black.
/// Catalogue: ATR_BAND_UPPER_TOUCH; short; high >= sma(close, ma_period) + mult * atr(atr_period) and close < open.
indicator high_touches_atr_band(ma_period: bars = 20, atr_period: bars = 14,
  mult: float = 2) -> bool {
  give high >= sma(close, ma_period) + mult * atr(atr_period) and close < open
}

/// A bar after the low reached average true ranges below the simple average, the close rises.
/// Catalogue: ATR_BAND_RETURN; long; (low <= sma(close, ma_period) - mult * atr(atr_period))[1] and close >
/// close[1].
indicator close_leaves_atr_band(ma_period: bars = 20, atr_period: bars = 14,
  mult: float = 2) -> bool {
  give (low <= sma(close, ma_period) - mult * atr(atr_period))[1] and close > close[1]
}

/// The high is above the highest of the bars before.
/// Catalogue: DONCHIAN_BREAKOUT_UP, DONCHIAN_BREAK_HIGH, SWING_HIGH_BREAK; long; high > highest(high, period)[1].
indicator high_above_donchian(period: bars = 20) -> bool {
  give high > highest(high, period)[1]
}

/// The low is below the lowest of the bars before.
/// Catalogue: DONCHIAN_BREAKOUT_DOWN, DONCHIAN_BREAK_LOW, SWING_LOW_BREAK; short; low < lowest(low, period)[1].
indicator low_below_donchian(period: bars = 20) -> bool {
  give low < lowest(low, period)[1]
}

/// The close is above the highest high of the bars before, by more than a fraction.
/// Catalogue: RANGE_BREAKOUT_UP, FAILED_DOUBLE_TOP, PCH_BREAKOUT_UP, BOS_UP, FRESH_ZONE_BREAK; long; close >
/// highest(high, period)[1] * (1 + margin).
indicator close_above_donchian(period: bars = 20, margin: float = 0) -> bool {
  give close > highest(high, period)[1] * (1 + margin)
}

/// The close is below the lowest low of the bars before, by more than a fraction.
/// Catalogue: SUPPORT_BREAK, FAILED_DOUBLE_BOTTOM, BOS_DOWN; short; close < lowest(low, period)[1] * (1 - margin).
indicator close_below_donchian(period: bars = 20, margin: float = 0) -> bool {
  give close < lowest(low, period)[1] * (1 - margin)
}

/// The close is in the lowest part of the channel of highs and lows.
/// Catalogue: DONCHIAN_REVERSION_LONG, REL_POS_RANGE, CHANNEL_LOWER_THIRD, RANGE_PCT_LOW; long; (close - bottom) /
/// (highest(high, period) - bottom) < threshold, bottom = lowest(low, period).
indicator close_in_lower_donchian(period: bars = 20, threshold: float = 0.2) -> bool {
  let bottom = lowest(low, period)
  give (close - bottom) / (highest(high, period) - bottom) < threshold
}

/// The close is in the highest part of the channel of highs and lows.
/// Catalogue: DONCHIAN_REVERSION_SHORT, CHANNEL_UPPER_THIRD, RANGE_PCT_HIGH; short; (close - bottom) /
/// (highest(high, period) - bottom) > threshold, bottom = lowest(low, period).
indicator close_in_upper_donchian(period: bars = 20, threshold: float = 0.8) -> bool {
  let bottom = lowest(low, period)
  give (close - bottom) / (highest(high, period) - bottom) > threshold
}

/// The close is in the lowest part of the range of closes.
/// Catalogue: NORMALIZED_PRICE_LOW; long; place_in_range(close, period) < level.
indicator close_in_lower_closes(period: bars = 50, level: float = 0.1) -> bool {
  give place_in_range(close, period) < level
}

/// The close crosses above the middle of the channel of highs and lows.
/// Catalogue: DONCHIAN_MID_CROSS_UP, CHANNEL_MID_CROSS_UP, PCH_MID_CROSS; long; close crosses above
/// midprice(period).
indicator close_crosses_above_middle(period: bars = 20) -> bool {
  give close crosses above midprice(period)
}

/// The close gets from below to above the middle of the channel of highs and lows.
/// Catalogue: RETRACE_COMPLETE; long; close[1] < midprice(period)[1] and close > midprice(period).
indicator close_regains_middle(period: bars = 20) -> bool {
  give close[1] < midprice(period)[1] and close > midprice(period)
}

/// The close crosses above the middle of the channel, above the close of some bars ago.
/// Catalogue: CYCLE_MIDPOINT; long; close crosses above midprice(period) and close > close[span].
indicator close_crosses_above_middle_rising(period: bars = 20, span: bars = 3) -> bool {
  give close crosses above midprice(period) and close > close[span]
}

/// The close crosses above the middle of the channel on more than the average volume.
/// Catalogue: CHANNEL_MIDLINE; long; close crosses above midprice(period) and volume > sma(volume, avg_n).
indicator close_crosses_above_middle_on_volume(period: bars = 20, avg_n: bars = 10) -> bool {
  give close crosses above midprice(period) and volume > sma(volume, avg_n)
}

/// The close rose by a multiple of the average true range of the bar before.
/// Catalogue: ATR_BREAK_UP, VOL_SYS_BREAKOUT_UP; long; close > close[1] + mult * atr(period)[1].
indicator close_jumps_by_atr(period: bars = 14, mult: float = 1.5) -> bool {
  give close > close[1] + mult * atr(period)[1]
}

/// The close fell by a multiple of the average true range of the bar before.
/// Catalogue: ATR_BREAK_DOWN; short; close < close[1] - mult * atr(period)[1].
indicator close_drops_by_atr(period: bars = 14, mult: float = 1.5) -> bool {
  give close < close[1] - mult * atr(period)[1]
}

/// Twin range: the mean of a fast and a slow average true range, smoothed. Formula: ema((fast_mult atr(fast) +
/// slow_mult atr(slow)) / 2, smoothing).
indicator twin_range(fast_period: bars = 5, slow_period: bars = 20, fast_mult: float = 1,
  slow_mult: float = 1, smoothing: bars = 10) -> price {
  give ema((fast_mult * atr(fast_period) + slow_mult * atr(slow_period)) / 2, smoothing)
}

/// The close rose by more than the twin range of the bar before.
/// Catalogue: TWIN_RANGE_LONG; long; close > close[1] + twin_range(fast_period, slow_period, fast_mult, slow_mult,
/// smoothing)[1].
indicator close_jumps_by_twin_range(fast_period: bars = 5, slow_period: bars = 20,
  fast_mult: float = 1, slow_mult: float = 1, smoothing: bars = 10) -> bool {
  give close > close[1] + twin_range(fast_period, slow_period, fast_mult, slow_mult, smoothing)[1]
}

/// The close fell by more than the twin range of the bar before.
/// Catalogue: TWIN_RANGE_SHORT; short; close < close[1] - twin_range(fast_period, slow_period, fast_mult, slow_mult,
/// smoothing)[1].
indicator close_drops_by_twin_range(fast_period: bars = 5, slow_period: bars = 20,
  fast_mult: float = 1, slow_mult: float = 1, smoothing: bars = 10) -> bool {
  give close < close[1] - twin_range(fast_period, slow_period, fast_mult, slow_mult, smoothing)[1]
}

test "bars 1: where the blocks fire and where not" {
  given open = [99, 98, 97, 97, 103, 102, 98, 102, 94, 99, 103, 107, 99, 98]
  given high = [100, 99, 98, 100, 103, 102, 102, 110, 99, 112, 108, 108, 100, 100]
  given low = [96, 96, 97, 96, 101, 96, 98, 94, 93, 99, 102, 99, 98, 78]
  given close = [98, 97, 98, 98, 102, 96, 102, 94, 99, 104, 107, 99, 98, 90]
  given volume = [20, 12, 12, 4, 10, 20, 20, 10, 2, 12, 10, 1, 10, 1]
  assert close_returns_above_bollinger(3, 1) is [_, _, _, false, false, false, true, false, false,
    false, false, false, false, false]
  assert low_touches_keltner(2, 1) is [_, _, false, false, false, false, false, false, false, false,
    false, false, false, true]
  assert high_touches_keltner(2, 1) is [_, _, false, false, false, false, false, true, false, false,
    false, false, false, false]
  assert close_above_keltner(3, 0.6) is [_, _, _, false, true, false, false, false, false, false,
    false, false, false, false]
  assert close_crosses_above_keltner(3, 0.6) is [_, _, _, _, true, false, false, false, false,
    false, false, false, false, false]
  assert close_returns_from_upper_keltner(3, 0.6) is [_, _, _, _, false, true, false, false, false,
    false, false, false, false, false]
  assert high_touches_atr_band(3, 2, 1) is [_, _, false, false, false, false, false, true, false,
    false, false, false, false, false]
  assert high_above_donchian(2) is [_, _, false, true, true, false, false, true, false, true, false,
    false, false, false]
  assert low_below_donchian(2) is [_, _, false, false, false, false, false, true, true, false,
    false, false, true, true]
  assert close_above_donchian(2, 0) is [_, _, false, false, true, false, false, false, false, false,
    false, false, false, false]
  assert close_below_donchian(2, 0) is [_, _, false, false, false, false, false, true, false, false,
    false, false, true, true]
  assert close_in_lower_donchian(2, 0.2) is [_, false, false, false, false, true, false, true,
    false, false, false, true, true, false]
  assert close_in_upper_donchian(2, 0.8) is [_, false, false, false, true, false, true, false,
    false, false, false, false, false, false]
  assert close_in_lower_closes(2, 0.1) is [_, true, false, false, false, true, false, true, false,
    false, false, true, true, true]
  assert close_crosses_above_middle(2) is [_, _, true, false, true, false, true, false, false, true,
    false, false, false, true]
  assert close_regains_middle(2) is [_, _, true, false, false, false, true, false, false, true,
    false, false, false, true]
  assert close_crosses_above_middle_rising(3, 2) is [_, _, _, false, true, false, false, false,
    false, true, false, false, false, false]
  assert close_crosses_above_middle_on_volume(3, 2) is [_, _, _, false, true, false, false, false,
    false, true, false, false, false, false]
  assert twin_range(2, 4, 1, 1, 3) is [_, _, _, _, _, _, 4.356770833333333, 6.700846354166666,
    7.195393880208333, 8.395487467447916, 8.25311787923177, 8.334105173746744, 7.155720074971517,
    9.610864559809366]
  assert close_drops_by_twin_range(2, 4, 1, 1, 3) is [_, _, _, _, _, _, _, true, false, false,
    false, false, false, true]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 101, 99, 95, 97, 94, 93, 90, 83, 78, 72, 74, 76, 74]
  given high = [101, 102, 99, 98, 98, 95, 93, 91, 84, 79, 75, 77, 77, 75]
  given low = [97, 96, 94, 91, 91, 91, 89, 87, 80, 77, 69, 71, 76, 73]
  given close = [100, 99, 95, 92, 94, 91, 89, 88, 80, 77, 74, 76, 76, 73]
  given volume = [2, 1, 8, 30, 12, 20, 6, 12, 5, 5, 3, 20, 2, 10]
  assert bollinger_touch_on_volume(2, 2, 1.5, 2) is [_, false, false, false, false, false, false,
    false, false, false, false, true, false, false]
  assert close_below_keltner(3, 0.6) is [_, _, _, false, false, false, false, false, true, true,
    false, false, false, false]
  assert close_returns_from_lower_keltner(3, 0.6) is [_, _, _, _, false, false, false, false, false,
    false, true, false, false, false]
  assert low_near_keltner_white(2, 1, 0.005) is [_, _, false, false, false, false, false, false,
    false, false, true, false, false, false]
  assert low_touches_atr_band(3, 2, 1) is [_, _, false, false, false, false, false, false, false,
    false, true, false, false, false]
  assert close_leaves_atr_band(3, 2, 1) is [_, _, _, false, false, false, false, false, false,
    false, false, true, false, false]
  assert close_drops_by_atr(2, 1.5) is [_, _, _, false, false, false, false, false, true, false,
    false, false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 100, 103, 104, 105, 106, 104, 104, 105, 106, 107, 110, 112, 111]
  given high = [100, 102, 104, 105, 106, 109, 104, 104, 106, 107, 111, 112, 113, 112]
  given low = [99, 100, 101, 104, 104, 104, 104, 104, 104, 105, 107, 110, 111, 111]
  given close = [100, 102, 104, 105, 106, 104, 104, 104, 106, 107, 110, 111, 111, 111]
  given volume = [6, 10, 6, 30, 30, 3, 4, 30, 8, 10, 1, 10, 2, 8]
  assert close_jumps_by_atr(2, 1.5) is [_, _, _, false, false, false, false, false, true, false,
    true, false, false, false]
  assert close_jumps_by_twin_range(2, 4, 1, 1, 3) is [_, _, _, _, _, _, _, false, true, false, true,
    false, false, false]
}

test "bars 4: where the blocks fire and where not" {
  given open = [100, 103, 103, 108, 109, 107, 110, 112, 111, 112, 113, 115, 117, 120]
  given high = [104, 103, 107, 109, 109, 111, 113, 113, 112, 115, 118, 118, 119, 125]
  given low = [98, 101, 102, 108, 105, 106, 110, 109, 108, 111, 113, 113, 116, 119]
  given close = [103, 101, 106, 109, 107, 110, 112, 109, 112, 113, 115, 118, 119, 123]
  given volume = [10, 4, 8, 6, 2, 3, 6, 2, 12, 30, 12, 30, 30, 1]
  assert close_above_atr_band(3, 2, 1) is [_, _, false, true, false, false, false, false, false,
    false, false, false, false, false]
}
