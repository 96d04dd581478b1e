#sbt 1

// Pattern blocks on one moving average: sides, crossings, slopes.

/// The close is above an exponential average.
/// Catalogue: TREND_UP; long; close > ema(close, period).
indicator close_above_ema(period: bars = 50) -> bool {
  give close > ema(close, period)
}

/// The close is below an exponential average.
/// Catalogue: TREND_DOWN; short; close < ema(close, period).
indicator close_below_ema(period: bars = 50) -> bool {
  give close < ema(close, period)
}

/// The close crosses above a triple exponential average.
/// Catalogue: TEMA_CROSS_UP; long; close crosses above tema(close, period).
indicator close_crosses_above_tema(period: bars = 20) -> bool {
  give close crosses above tema(close, period)
}

/// The close crosses below a triple exponential average.
/// Catalogue: TEMA_CROSS_DOWN; short; close crosses below tema(close, period).
indicator close_crosses_below_tema(period: bars = 20) -> bool {
  give close crosses below tema(close, period)
}

/// The close crosses above a double exponential average.
/// Catalogue: DEMA_CROSS_UP; long; close crosses above dema(close, period).
indicator close_crosses_above_dema(period: bars = 20) -> bool {
  give close crosses above dema(close, period)
}

/// The close crosses below a double exponential average.
/// Catalogue: DEMA_CROSS_DOWN; short; close crosses below dema(close, period).
indicator close_crosses_below_dema(period: bars = 20) -> bool {
  give close crosses below dema(close, period)
}

/// The close crosses above Kaufman's average.
/// Catalogue: KAMA_CROSS_UP; long; close crosses above kama(close, period).
indicator close_crosses_above_kama(period: bars = 20) -> bool {
  give close crosses above kama(close, period)
}

/// The close crosses below Kaufman's average.
/// Catalogue: KAMA_CROSS_DOWN; short; close crosses below kama(close, period).
indicator close_crosses_below_kama(period: bars = 20) -> bool {
  give close crosses below kama(close, period)
}

/// Kaufman's average is higher than some bars ago.
/// Catalogue: KAMA_SLOPE_UP; long; k > k[slope_period], k = kama(close, period).
indicator kama_slopes_up(period: bars = 20, slope_period: bars = 3) -> bool {
  let k = kama(close, period)
  give k > k[slope_period]
}

/// Kaufman's average is lower than some bars ago.
/// Catalogue: KAMA_SLOPE_DOWN; short; k < k[slope_period], k = kama(close, period).
indicator kama_slopes_down(period: bars = 20, slope_period: bars = 3) -> bool {
  let k = kama(close, period)
  give k < k[slope_period]
}

/// The close crosses above the Arnaud Legoux average.
/// Catalogue: ALMA_CROSS_UP; long; close crosses above alma(close, period, offset, sigma).
/// Derived from name and parameters, as the catalogue has no formula: ALMA_CROSS_UP.
indicator close_crosses_above_alma(period: bars = 9, offset: float = 0.85,
  sigma: float = 6) -> bool {
  give close crosses above alma(close, period, offset, sigma)
}

/// The close is above the Arnaud Legoux average, and that rises.
/// Catalogue: ALMA_TREND; long; close > a and a > a[1], a = alma(close, period, offset, sigma).
/// Derived from name and parameters, as the catalogue has no formula: ALMA_TREND.
indicator alma_trends_up(period: bars = 9, offset: float = 0.85, sigma: float = 6) -> bool {
  let a = alma(close, period, offset, sigma)
  give close > a and a > a[1]
}

/// The close is more than a fraction below the Arnaud Legoux average.
/// Catalogue: ALMA_DISTANCE; long; (close - a) / a < -threshold, a = alma(close, period, offset, sigma).
/// Derived from name and parameters, as the catalogue has no formula: ALMA_DISTANCE.
indicator close_far_below_alma(period: bars = 14, offset: float = 0.85, sigma: float = 6,
  threshold: float = 0.02) -> bool {
  let a = alma(close, period, offset, sigma)
  give (close - a) / a < -threshold
}

/// Variable index dynamic average whose momentum has a length of its own; starts at the first close it can. Formula:
/// v = v[1] + 2 / (period + 1) |cmo| / 100 (close - v[1]), cmo over plain sums of cmo_period bars. Source: T.
/// Chande, Stocks & Commodities, 1992.
indicator vidya_of_two_lengths(period: bars = 14, cmo_period: bars = 9) -> price {
  let k = abs(cmo_sum(close, cmo_period)) / 100
  let a = 2 / (period + 1)
  rec v = v[1] + a * k * (close - v[1]) init close settle 8 * period
  give v
}

/// The close crosses above Chande's variable average.
/// Catalogue: VIDYA_CROSS_UP; long; close crosses above vidya_of_two_lengths(period, cmo_period).
/// Derived from name and parameters, as the catalogue has no formula: VIDYA_CROSS_UP.
indicator close_crosses_above_vidya(period: bars = 14, cmo_period: bars = 9) -> bool {
  give close crosses above vidya_of_two_lengths(period, cmo_period)
}

/// The close is above Chande's variable average, and that rises.
/// Catalogue: VIDYA_TREND; long; close > v and v > v[1], v = vidya_of_two_lengths(period, cmo_period).
/// Derived from name and parameters, as the catalogue has no formula: VIDYA_TREND.
indicator vidya_trends_up(period: bars = 14, cmo_period: bars = 9) -> bool {
  let v = vidya_of_two_lengths(period, cmo_period)
  give close > v and v > v[1]
}

/// The close crosses above the McGinley dynamic.
/// Catalogue: MCGINLEY_CROSS_UP; long; close crosses above mcginley(close, period).
/// Derived from name and parameters, as the catalogue has no formula: MCGINLEY_CROSS_UP.
indicator close_crosses_above_mcginley(period: bars = 10) -> bool {
  give close crosses above mcginley(close, period)
}

/// The close is above the McGinley dynamic, and that rises.
/// Catalogue: MCGINLEY_TREND; long; close > m and m > m[1], m = mcginley(close, period).
/// Derived from name and parameters, as the catalogue has no formula: MCGINLEY_TREND.
indicator mcginley_trends_up(period: bars = 10) -> bool {
  let m = mcginley(close, period)
  give close > m and m > m[1]
}

/// The close is above the McGinley dynamic by less than a fraction.
/// Catalogue: MCGINLEY_PROXIMITY; long; close > m and (close - m) / m < threshold, m = mcginley(close, period).
/// Derived from name and parameters, as the catalogue has no formula: MCGINLEY_PROXIMITY.
indicator close_just_above_mcginley(period: bars = 10, threshold: float = 0.005) -> bool {
  let m = mcginley(close, period)
  give close > m and (close - m) / m < threshold
}

/// The close crosses above Tillson's average.
/// Catalogue: T3_CROSS_UP; long; close crosses above t3(close, period, vfactor).
/// Derived from name and parameters, as the catalogue has no formula: T3_CROSS_UP.
indicator close_crosses_above_t3(period: bars = 5, vfactor: float = 0.7) -> bool {
  give close crosses above t3(close, period, vfactor)
}

/// The close is above Tillson's average, and that rises.
/// Catalogue: T3_TREND; long; close > t and t > t[1], t = t3(close, period, vfactor).
/// Derived from name and parameters, as the catalogue has no formula: T3_TREND.
indicator t3_trends_up(period: bars = 5, vfactor: float = 0.7) -> bool {
  let t = t3(close, period, vfactor)
  give close > t and t > t[1]
}

/// Tillson's average rose by more than a fraction over some bars.
/// Catalogue: T3_SLOPE; long; t / t[span] - 1 > threshold, t = t3(close, period, vfactor).
/// Derived from name and parameters, as the catalogue has no formula: T3_SLOPE.
indicator t3_slopes_up(period: bars = 5, vfactor: float = 0.7, threshold: float = 0.01,
  span: bars = 3) -> bool {
  let t = t3(close, period, vfactor)
  give t / t[span] - 1 > threshold
}

/// The close crosses above the zero-lag average.
/// Catalogue: ZLEMA_CROSS_UP; long; close crosses above zlema(close, period).
/// Derived from name and parameters, as the catalogue has no formula: ZLEMA_CROSS_UP.
indicator close_crosses_above_zlema(period: bars = 20) -> bool {
  give close crosses above zlema(close, period)
}

/// The close is above the zero-lag average, and that rises.
/// Catalogue: ZLEMA_TREND; long; close > z and z > z[1], z = zlema(close, period).
/// Derived from name and parameters, as the catalogue has no formula: ZLEMA_TREND.
indicator zlema_trends_up(period: bars = 20) -> bool {
  let z = zlema(close, period)
  give close > z and z > z[1]
}

/// A fast zero-lag average crosses above a slow one.
/// Catalogue: ZLEMA_DUAL_CROSS; long; zlema(close, fast) crosses above zlema(close, slow).
/// Derived from name and parameters, as the catalogue has no formula: ZLEMA_DUAL_CROSS.
indicator zlema_pair_crosses_up(fast: bars = 8, slow: bars = 21) -> bool {
  give zlema(close, fast) crosses above zlema(close, slow)
}

/// The close crosses above the Hull average.
/// Catalogue: HMA_CROSS_UP; long; close crosses above hma(close, period).
/// Derived from name and parameters, as the catalogue has no formula: HMA_CROSS_UP.
indicator close_crosses_above_hma(period: bars = 9) -> bool {
  give close crosses above hma(close, period)
}

/// The close is above the Hull average, and that rises.
/// Catalogue: HMA_TREND; long; close > h and h > h[1], h = hma(close, period).
/// Derived from name and parameters, as the catalogue has no formula: HMA_TREND.
indicator hma_trends_up(period: bars = 9) -> bool {
  let h = hma(close, period)
  give close > h and h > h[1]
}

/// The Hull average turns from falling to rising.
/// Catalogue: HMA_COLOR_CHANGE; long; h > h[1] and h[1] <= h[2], h = hma(close, period).
/// Derived from name and parameters, as the catalogue has no formula: HMA_COLOR_CHANGE.
indicator hma_bends_up(period: bars = 9) -> bool {
  let h = hma(close, period)
  give h > h[1] and h[1] <= h[2]
}

/// The close crosses above the volume-weighted average.
/// Catalogue: VWMA_CROSS_UP, REL_POS_VWAP; long; close crosses above vwma(close, period).
indicator close_crosses_above_vwma(period: bars = 20) -> bool {
  give close crosses above vwma(close, period)
}

/// The close crosses below the volume-weighted average.
/// Catalogue: VWMA_CROSS_DOWN; short; close crosses below vwma(close, period).
indicator close_crosses_below_vwma(period: bars = 20) -> bool {
  give close crosses below vwma(close, period)
}

/// The close crosses above the average of the bars' middles.
/// Catalogue: MEDPRICE_CROSS_UP; long; close crosses above sma(median_price(), period).
indicator close_crosses_above_middle_average(period: bars = 10) -> bool {
  give close crosses above sma(median_price(), period)
}

/// The close crosses below the average of the bars' middles.
/// Catalogue: MEDPRICE_CROSS_DOWN; short; close crosses below sma(median_price(), period).
indicator close_crosses_below_middle_average(period: bars = 10) -> bool {
  give close crosses below sma(median_price(), period)
}

/// The typical price crosses above its average.
/// Catalogue: TYPPRICE_CROSS_UP; long; typical_price() crosses above sma(typical_price(), period).
indicator typical_price_crosses_up(period: bars = 10) -> bool {
  give typical_price() crosses above sma(typical_price(), period)
}

/// The typical price crosses below its average.
/// Catalogue: TYPPRICE_CROSS_DOWN; short; typical_price() crosses below sma(typical_price(), period).
indicator typical_price_crosses_down(period: bars = 10) -> bool {
  give typical_price() crosses below sma(typical_price(), period)
}

/// The typical price rose by more than a fraction.
/// Catalogue: TYPPRICE_MOM; long; returns(typical_price(), period) > threshold.
indicator typical_price_gains(period: bars = 5, threshold: float = 0.01) -> bool {
  give returns(typical_price(), period) > threshold
}

/// The weighted close crosses above its average.
/// Catalogue: WCLPRICE_CROSS_UP; long; weighted_close() crosses above sma(weighted_close(), period).
indicator weighted_close_crosses_up(period: bars = 10) -> bool {
  give weighted_close() crosses above sma(weighted_close(), period)
}

/// The weighted close crosses below its average.
/// Catalogue: WCLPRICE_CROSS_DOWN; short; weighted_close() crosses below sma(weighted_close(), period).
indicator weighted_close_crosses_down(period: bars = 10) -> bool {
  give weighted_close() crosses below sma(weighted_close(), period)
}

/// The weighted close rose by more than a fraction.
/// Catalogue: WCLPRICE_MOM; long; returns(weighted_close(), period) > threshold.
indicator weighted_close_gains(period: bars = 5, threshold: float = 0.01) -> bool {
  give returns(weighted_close(), period) > threshold
}

/// The average price crosses above its average.
/// Catalogue: AVGPRICE_CROSS_UP; long; average_price() crosses above sma(average_price(), period).
indicator average_price_crosses_up(period: bars = 10) -> bool {
  give average_price() crosses above sma(average_price(), period)
}

/// The average price crosses below its average.
/// Catalogue: AVGPRICE_CROSS_DOWN; short; average_price() crosses below sma(average_price(), period).
indicator average_price_crosses_down(period: bars = 10) -> bool {
  give average_price() crosses below sma(average_price(), period)
}

/// The average price rose on each of some bars.
/// Catalogue: AVGPRICE_TREND_UP; long; rising(average_price(), span).
indicator average_price_rises(span: bars = 3) -> bool {
  give rising(average_price(), span)
}

test "bars 1: where the blocks fire and where not" {
  given open = [95, 98, 93, 90, 90, 90, 86, 81, 87, 87, 90, 84, 85, 85]
  given high = [97, 98, 93, 90, 90, 90, 87, 87, 89, 92, 91, 86, 85, 89]
  given low = [95, 92, 89, 79, 90, 84, 80, 75, 85, 86, 84, 84, 84, 79]
  given close = [96, 93, 90, 85, 90, 85, 82, 85, 88, 90, 84, 86, 85, 89]
  given volume = [12, 2, 20, 20, 6, 5, 4, 2, 12, 2, 20, 20, 1, 5]
  assert close_above_ema(2) is [_, false, false, false, true, false, false, true, true, true, false,
    true, false, true]
  assert close_below_ema(2) is [_, true, true, true, false, true, true, false, false, false, true,
    false, true, false]
  assert close_crosses_above_tema(2) is [_, _, _, _, true, false, false, true, false, false, false,
    true, false, true]
  assert close_crosses_below_tema(2) is [_, _, _, _, false, true, false, false, false, true, false,
    false, true, false]
  assert close_crosses_above_dema(2) is [_, _, _, false, true, false, false, true, false, false,
    false, true, false, true]
  assert close_crosses_below_dema(2) is [_, _, _, true, false, true, false, false, false, false,
    true, false, true, false]
  assert close_crosses_above_kama(2) is [_, _, _, false, true, false, false, false, true, false,
    false, false, false, true]
  assert close_crosses_below_kama(2) is [_, _, _, false, false, true, false, false, false, false,
    true, false, false, false]
  assert kama_slopes_up(3, 2) is [_, _, _, _, _, false, false, false, false, true, true, false,
    false, false]
  assert kama_slopes_down(3, 2) is [_, _, _, _, _, true, true, true, true, false, false, true, true,
    true]
  assert close_crosses_above_alma(2, 0.85, 6) is [_, _, false, false, true, false, false, true,
    false, false, false, true, false, true]
  assert alma_trends_up(2, 0.85, 6) is [_, _, false, false, true, false, false, true, true, true,
    false, true, false, true]
  assert close_far_below_alma(3, 0.85, 6, 0.02) is [_, _, false, false, false, false, false, false,
    false, false, true, false, false, false]
  assert vidya_of_two_lengths(3, 2) is [_, _, 91.5, 88.25, 88.25, 88.25, 85.125, 85.125, 86.5625,
    88.28125, 87.2109375, 86.908203125, 86.59016927083333, 87.31311848958333]
  assert close_crosses_above_vidya(3, 2) is [_, _, _, false, true, false, false, false, true, false,
    false, false, false, true]
  assert close_crosses_above_mcginley(2) is [_, false, false, true, false, false, false, true,
    false, false, false, false, false, true]
  assert mcginley_trends_up(2) is [_, false, false, false, true, false, false, true, true, true,
    false, true, false, true]
  assert close_just_above_mcginley(2, 0.005) is [false, false, false, true, false, false, false,
    false, false, false, true, false, false, false]
  assert close_crosses_above_t3(2, 0.7) is [_, _, _, _, _, _, _, true, false, false, false, true,
    false, true]
  assert t3_trends_up(2, 0.7) is [_, _, _, _, _, _, _, true, true, true, false, false, false, true]
  assert close_crosses_above_zlema(2) is [_, _, false, false, true, false, false, true, false,
    false, false, true, false, true]
  assert zlema_trends_up(2) is [_, _, false, false, true, false, false, true, true, true, false,
    true, false, true]
  assert zlema_pair_crosses_up(2, 3) is [_, _, _, _, false, true, false, false, false, false, true,
    false, true, false]
  assert close_crosses_above_hma(2) is [_, _, false, false, false, true, false, false, false, false,
    true, false, true, false]
  assert hma_bends_up(2) is [_, _, _, false, true, false, false, true, false, false, false, true,
    false, true]
  assert close_crosses_above_vwma(2) is [_, _, false, false, true, false, false, true, false, false,
    false, true, false, true]
  assert close_crosses_below_vwma(2) is [_, _, false, false, false, true, false, false, false,
    false, true, false, true, false]
  assert close_crosses_above_middle_average(2) is [_, _, false, false, true, false, false, true,
    false, false, false, false, true, false]
  assert close_crosses_below_middle_average(2) is [_, _, false, false, false, true, false, false,
    false, false, true, false, false, false]
  assert typical_price_crosses_up(2) is [_, _, false, false, true, false, false, false, true, false,
    false, false, false, true]
  assert typical_price_crosses_down(2) is [_, _, false, false, false, true, false, false, false,
    false, true, false, false, false]
  assert typical_price_gains(2, 0.01) is [_, _, false, false, false, true, false, false, true, true,
    false, false, false, false]
  assert weighted_close_crosses_up(2) is [_, _, false, false, true, false, false, true, false,
    false, false, false, false, true]
  assert weighted_close_crosses_down(2) is [_, _, false, false, false, true, false, false, false,
    false, true, false, false, false]
  assert weighted_close_gains(2, 0.01) is [_, _, false, false, false, true, false, false, true,
    true, false, false, false, true]
  assert average_price_crosses_up(2) is [_, _, false, false, true, false, false, false, true, false,
    false, false, false, true]
  assert average_price_crosses_down(2) is [_, _, false, false, false, true, false, false, false,
    false, true, false, false, false]
  assert average_price_rises(2) is [_, _, false, false, false, false, false, false, false, true,
    false, false, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [105, 106, 106, 105, 103, 98, 92, 91, 91, 89, 85, 80, 75, 79]
  given high = [107, 107, 106, 108, 103, 101, 95, 93, 91, 91, 88, 81, 80, 83]
  given low = [102, 103, 105, 103, 98, 95, 88, 91, 88, 83, 78, 76, 75, 78]
  given close = [106, 106, 105, 103, 98, 97, 91, 91, 89, 84, 80, 76, 79, 81]
  given volume = [8, 4, 3, 3, 4, 5, 8, 2, 8, 6, 12, 1, 2, 8]
  assert vidya_trends_up(3, 2) is [_, _, _, false, false, false, false, false, false, false, false,
    false, false, true]
  assert hma_trends_up(2) is [_, _, false, false, false, true, false, false, false, false, false,
    false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 97, 96, 95, 92, 89, 80, 66, 65, 64, 52, 51, 47, 42, 39, 44, 56, 57, 51, 49]
  given high = [101, 98, 97, 97, 93, 89, 81, 66, 67, 64, 53, 51, 48, 43, 43, 68, 68, 59, 51, 50]
  given low = [97, 95, 94, 91, 88, 75, 64, 64, 63, 51, 50, 46, 43, 37, 38, 43, 51, 51, 37, 39]
  given close = [97, 96, 94, 92, 90, 75, 66, 64, 63, 52, 51, 48, 43, 39, 43, 56, 52, 52, 49, 39]
  given volume = [6, 8, 5, 8, 6, 12, 10, 10, 3, 5, 2, 10, 1, 10, 2, 30, 8, 5, 6, 10]
  assert t3_slopes_up(3, 0.7, 0.01, 2) is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, false, true,
    true, true, true, false]
}
