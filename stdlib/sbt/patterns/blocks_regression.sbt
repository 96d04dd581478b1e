#sbt 1

// Pattern blocks on the least-squares line of the close: sides, slopes, bands, projections.

/// The close crosses above its rising least-squares line.
/// Catalogue: PROJ_BANDS_MID, SE_CROSS_UP; long; close crosses above linreg(close, period) and linreg_slope(close,
/// period) > 0.
indicator close_crosses_above_regression(period: bars = 14) -> bool {
  give close crosses above linreg(close, period) and linreg_slope(close, period) > 0
}

/// The close is more than a fraction below its least-squares line.
/// Catalogue: LINREG_BELOW; long; (close - l) / l < -threshold, l = linreg(close, period).
indicator close_below_regression(period: bars = 14, threshold: float = 0.01) -> bool {
  let l = linreg(close, period)
  give (close - l) / l < -threshold
}

/// The close is more than a fraction above its least-squares line.
/// Catalogue: LINREG_ABOVE; short; (close - l) / l > threshold, l = linreg(close, period).
indicator close_above_regression(period: bars = 14, threshold: float = 0.01) -> bool {
  let l = linreg(close, period)
  give (close - l) / l > threshold
}

/// The least-squares slope, in percent of the close a bar, is above a level.
/// Catalogue: REG_SLOPE_STRONG, LINREG_SLOPE_UP; long; 100 * (linreg_slope(close, period) / close) > threshold.
/// Mended (LINREG_SLOPE_UP): a slope in price units depends on the price; taken as a fraction of the close.
indicator regression_slopes_up(period: bars = 14, threshold: float = 0.1) -> bool {
  give 100 * (linreg_slope(close, period) / close) > threshold
}

/// The least-squares slope, in percent of the close a bar, is below minus a level.
/// Catalogue: LINREG_SLOPE_DOWN; short; 100 * (linreg_slope(close, period) / close) < -threshold.
/// Mended (LINREG_SLOPE_DOWN): a slope in price units depends on the price; taken as a fraction of the close.
indicator regression_slopes_down(period: bars = 14, threshold: float = 0.1) -> bool {
  give 100 * (linreg_slope(close, period) / close) < -threshold
}

/// The least-squares slope, in percent of the close a bar, is above a level and the close above an average.
/// Catalogue: SLOPE_STRENGTH; long; 100 * (linreg_slope(close, period) / close) > threshold and close > ema(close,
/// ma_n).
indicator regression_slopes_up_above_ema(period: bars = 14, threshold: float = 0.3,
  ma_n: bars = 20) -> bool {
  give 100 * (linreg_slope(close, period) / close) > threshold and close > ema(close, ma_n)
}

/// The least-squares slope turns from negative to positive.
/// Catalogue: REG_SLOPE_TURN_UP; long; s[1] < 0 and s > 0, s = linreg_slope(close, period).
indicator regression_turns_up(period: bars = 14) -> bool {
  let s = linreg_slope(close, period)
  give s[1] < 0 and s > 0
}

/// The least-squares slope is positive and steeper than some bars ago.
/// Catalogue: REG_SLOPE_ACCEL; long; s > s[span] and s > 0, s = linreg_slope(close, period).
indicator regression_steepens(period: bars = 14, span: bars = 3) -> bool {
  let s = linreg_slope(close, period)
  give s > s[span] and s > 0
}

/// The low reaches standard errors below the least-squares line and the bar is white.
/// Catalogue: SE_BAND_TOUCH; long; low <= linreg(close, period) - mult * stdev(close, period) / sqrt(float(period))
/// and close > open.
indicator low_touches_error_band(period: bars = 20, mult: float = 2) -> bool {
  give low <= linreg(close, period) - mult * stdev(close, period) / sqrt(float(period))
    and close > open
}

/// The low comes within a fraction of the band below the least-squares line that held the last lows, and the bar is
/// white.
/// Catalogue: PROJ_BANDS_LOWER; long; low <= (l - highest(l - low, period)) * (1 + reach) and close > open, l =
/// linreg(close, period).
indicator low_near_projection_band(period: bars = 14, reach: float = 0.01) -> bool {
  let l = linreg(close, period)
  give low <= (l - highest(l - low, period)) * (1 + reach) and close > open
}

/// The close crosses above the band over the least-squares line that held the highs of the bars before.
/// Catalogue: PROJ_BANDS_BREAKOUT; long; close crosses above l + highest(high - l, period)[1], l = linreg(close,
/// period).
/// Mended (PROJ_BANDS_BREAKOUT): the band's distance leaves the bar itself out: with it the close can never be
/// above.
indicator close_crosses_above_projection_band(period: bars = 14) -> bool {
  let l = linreg(close, period)
  give close crosses above l + highest(high - l, period)[1]
}

/// Projection oscillator, 0..100: place of the close between the lowest low and the highest high once each is
/// carried forward along the least-squares slope of lows and of highs. Formula: 100 (close - L) / (H - L), L = min
/// of low[i] + i slope(low), H likewise. Source: M. Widner, Stocks & Commodities, 1995. Units: none.
indicator projection_place(period: bars = 14) -> float {
  let up = linreg_slope(high, period)
  let down = linreg_slope(low, period)
  let top = max(i in 0..<period: high[i] + up * i)
  let bottom = min(i in 0..<period: low[i] + down * i)
  give if top == bottom then 50 else 100 * ((close - bottom) / (top - bottom))
}

/// The projection oscillator is below a level.
/// Catalogue: PROJ_OSC_OVERSOLD; long; projection_place(period) < level.
/// Mended (PROJ_OSC_OVERSOLD): Widner's bands: the catalogue's lie a whole window ahead of the price.
indicator projection_below(period: bars = 14, level: float = 20) -> bool {
  give projection_place(period) < level
}

/// The projection oscillator is above its middle and higher than some bars ago.
/// Catalogue: PROJ_OSC_RISING; long; p > p[span] and p > middle, p = projection_place(period).
/// Mended (PROJ_OSC_RISING): Widner's bands: the catalogue's lie a whole window ahead of the price.
indicator projection_high_and_rising(period: bars = 14, span: bars = 3,
  middle: float = 50) -> bool {
  let p = projection_place(period)
  give p > p[span] and p > middle
}

/// The projection oscillator crosses above its middle.
/// Catalogue: PROJ_OSC_CROSS; long; projection_place(period) crosses above middle.
/// Mended (PROJ_OSC_CROSS): Widner's bands: the catalogue's lie a whole window ahead of the price.
indicator projection_crosses_above_middle(period: bars = 14, middle: float = 50) -> bool {
  give projection_place(period) crosses above middle
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 92, 96, 93, 98, 96, 99, 95, 90, 85, 87, 88, 89, 78]
  given high = [106, 98, 96, 99, 104, 99, 99, 96, 90, 87, 88, 95, 90, 81]
  given low = [91, 91, 90, 92, 94, 96, 96, 90, 84, 84, 87, 88, 82, 77]
  given close = [97, 91, 92, 98, 95, 99, 96, 92, 90, 87, 88, 89, 83, 80]
  given volume = [2, 10, 3, 2, 5, 6, 30, 5, 3, 12, 30, 8, 6, 4]
  assert close_crosses_above_regression(3) is [_, _, _, false, false, true, false, false, false,
    false, false, false, false, false]
  assert close_below_regression(3, 0.01) is [_, _, false, false, true, false, true, false, false,
    false, false, false, true, false]
  assert close_above_regression(3, 0.01) is [_, _, true, false, false, true, false, false, false,
    false, false, false, false, false]
  assert regression_slopes_up(2, 0.1) is [_, false, true, true, false, true, false, false, false,
    false, true, true, false, false]
  assert regression_slopes_down(2, 0.1) is [_, true, false, false, true, false, true, true, true,
    true, false, false, true, true]
  assert regression_slopes_up_above_ema(2, 0.3, 3) is [_, _, false, true, false, true, false, false,
    false, false, false, true, false, false]
  assert regression_turns_up(2) is [_, _, true, false, false, true, false, false, false, false,
    true, false, false, false]
  assert regression_steepens(3, 2) is [_, _, _, _, true, false, false, false, false, false, false,
    true, false, false]
  assert low_touches_error_band(2, 2) is [_, false, false, true, false, true, false, false, false,
    true, true, true, false, true]
  assert low_near_projection_band(2, 0.01) is [_, _, false, true, false, true, false, false, false,
    false, false, true, false, true]
  assert projection_place(2) is [_, 0, 33.333333333333336, 85.71428571428571, 10, 100, 0,
    33.333333333333336, 100, 100, 100, 14.285714285714286, 12.5, 75]
  assert projection_below(2, 20) is [_, true, false, false, true, false, true, false, false, false,
    false, true, true, false]
  assert projection_high_and_rising(3, 2, 50) is [_, _, _, _, false, false, false, false, true,
    true, true, false, false, true]
  assert projection_crosses_above_middle(2, 50) is [_, _, false, true, false, true, false, false,
    true, false, false, false, false, true]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 103, 99, 98, 92, 93, 88, 84, 85, 91, 94, 98, 100, 102]
  given high = [102, 104, 101, 99, 97, 94, 90, 85, 91, 96, 98, 101, 101, 109]
  given low = [98, 100, 97, 90, 91, 89, 83, 82, 84, 91, 93, 97, 96, 100]
  given close = [101, 100, 98, 92, 93, 90, 84, 85, 91, 95, 98, 100, 101, 108]
  given volume = [2, 1, 10, 20, 5, 1, 2, 3, 5, 30, 10, 8, 2, 2]
  assert close_crosses_above_projection_band(3) is [_, _, _, _, _, _, false, false, false, false,
    false, false, false, true]
}
