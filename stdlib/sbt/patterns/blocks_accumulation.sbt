#sbt 1

// Pattern blocks on money flow: accumulation lines, force, ease of movement, balance of power, volume indices,
// average prices.
// Running sums are only compared with themselves, so that where the data starts does not matter; VWAP is that of the
// day.

/// The close crosses above the day's volume-weighted average price.
/// Catalogue: VWAP_CROSS_UP; long; close crosses above vwap().
/// Mended (VWAP_CROSS_UP): the day's average instead of one since the first bar of the data.
indicator close_crosses_above_vwap() -> bool {
  give close crosses above vwap()
}

/// The close crosses below the day's volume-weighted average price.
/// Catalogue: VWAP_CROSS_DOWN; short; close crosses below vwap().
/// Mended (VWAP_CROSS_DOWN): the day's average instead of one since the first bar of the data.
indicator close_crosses_below_vwap() -> bool {
  give close crosses below vwap()
}

/// The close is more than a fraction below the day's volume-weighted average price.
/// Catalogue: VWAP_DEVIATION_LONG; long; close / vwap() - 1 < -threshold.
/// Mended (VWAP_DEVIATION_LONG): the day's average instead of one since the first bar of the data.
indicator close_below_vwap(threshold: float = 0.015) -> bool {
  give close / vwap() - 1 < -threshold
}

/// The close is more than a fraction above the day's volume-weighted average price.
/// Catalogue: VWAP_DEVIATION_SHORT; short; close / vwap() - 1 > threshold.
/// Mended (VWAP_DEVIATION_SHORT): the day's average instead of one since the first bar of the data.
indicator close_above_vwap(threshold: float = 0.015) -> bool {
  give close / vwap() - 1 > threshold
}

/// Chaikin's money flow is above a level.
/// Catalogue: CMF_POSITIVE; long; cmf(period) > threshold.
indicator cmf_above(period: bars = 20, threshold: float = 0.1) -> bool {
  give cmf(period) > threshold
}

/// Chaikin's money flow is below a level.
/// Catalogue: CMF_NEGATIVE; short; cmf(period) < threshold.
indicator cmf_below(period: bars = 20, threshold: float = -0.1) -> bool {
  give cmf(period) < threshold
}

/// Chaikin's money flow crosses above zero.
/// Catalogue: CMF_CROSS_ZERO_UP; long; cmf(period) crosses above 0.
indicator cmf_crosses_above_zero(period: bars = 20) -> bool {
  give cmf(period) crosses above 0
}

/// Chaikin's money flow crosses below zero.
/// Catalogue: CMF_CROSS_ZERO_DOWN; short; cmf(period) crosses below 0.
indicator cmf_crosses_below_zero(period: bars = 20) -> bool {
  give cmf(period) crosses below 0
}

/// Chaikin's money flow is below minus a level and rises.
/// Catalogue: CMF_EXTREME; long; c < -threshold and c > c[1], c = cmf(period).
indicator cmf_low_and_rising(period: bars = 20, threshold: float = 0.2) -> bool {
  let c = cmf(period)
  give c < -threshold and c > c[1]
}

/// The accumulation line is above its average and higher than some bars ago.
/// Catalogue: WAD_RISING; long; ad() > sma(ad(), period) and ad() > ad()[lookback].
indicator ad_rises(period: bars = 10, lookback: bars = 3) -> bool {
  give ad() > sma(ad(), period) and ad() > ad()[lookback]
}

/// The accumulation line is below its average and lower than some bars ago.
/// Catalogue: WAD_FALLING; short; ad() < sma(ad(), period) and ad() < ad()[lookback].
indicator ad_falls(period: bars = 10, lookback: bars = 3) -> bool {
  give ad() < sma(ad(), period) and ad() < ad()[lookback]
}

/// Williams' accumulation line is above its average and higher than some bars ago.
/// Catalogue: WAX_RISING; long; wad() > sma(wad(), period) and wad() > wad()[span].
indicator wad_rises(period: bars = 14, span: bars = 3) -> bool {
  give wad() > sma(wad(), period) and wad() > wad()[span]
}

/// Williams' accumulation line is above its highest of the bars before.
/// Catalogue: WAD_BREAKOUT; long; new_high(wad(), period).
indicator wad_breaks_out(period: bars = 20) -> bool {
  give new_high(wad(), period)
}

/// The on-balance volume is above its average.
/// Catalogue: OBV_TREND_UP; long; obv() > sma(obv(), period).
indicator obv_above_average(period: bars = 20) -> bool {
  give obv() > sma(obv(), period)
}

/// The on-balance volume is below its average.
/// Catalogue: OBV_TREND_DOWN; short; obv() < sma(obv(), period).
indicator obv_below_average(period: bars = 20) -> bool {
  give obv() < sma(obv(), period)
}

/// The on-balance volume is above its average and higher than some bars ago.
/// Catalogue: TVI_RISING; long; obv() > sma(obv(), period) and obv() > obv()[span].
indicator obv_above_average_rising(period: bars = 14, span: bars = 3) -> bool {
  give obv() > sma(obv(), period) and obv() > obv()[span]
}

/// The on-balance volume crosses above its average.
/// Catalogue: TVI_CROSS_UP; long; obv() crosses above sma(obv(), period).
indicator obv_crosses_above_average(period: bars = 14) -> bool {
  give obv() crosses above sma(obv(), period)
}

/// The on-balance volume is above its highest of the bars before.
/// Catalogue: TVI_BREAKOUT; long; new_high(obv(), period).
indicator obv_breaks_out(period: bars = 20) -> bool {
  give new_high(obv(), period)
}

/// The Chaikin oscillator crosses above zero.
/// Catalogue: ADOSC_CROSS_UP; long; adosc(fast, slow) crosses above 0.
indicator adosc_crosses_above_zero(fast: bars = 3, slow: bars = 10) -> bool {
  give adosc(fast, slow) crosses above 0
}

/// The Chaikin oscillator crosses below zero.
/// Catalogue: ADOSC_CROSS_DOWN; short; adosc(fast, slow) crosses below 0.
indicator adosc_crosses_below_zero(fast: bars = 3, slow: bars = 10) -> bool {
  give adosc(fast, slow) crosses below 0
}

/// The Chaikin oscillator rose on each of some bars.
/// Catalogue: ADOSC_RISING; long; rising(adosc(fast, slow), span).
indicator adosc_rises(fast: bars = 3, slow: bars = 10, span: bars = 2) -> bool {
  give rising(adosc(fast, slow), span)
}

/// The Chaikin oscillator fell on each of some bars.
/// Catalogue: ADOSC_FALLING; short; falling(adosc(fast, slow), span).
indicator adosc_falls(fast: bars = 3, slow: bars = 10, span: bars = 2) -> bool {
  give falling(adosc(fast, slow), span)
}

/// The force index is positive.
/// Catalogue: FORCE_INDEX_POSITIVE; long; force_index(period) > 0.
indicator force_positive(period: bars = 13) -> bool {
  give force_index(period) > 0
}

/// The force index is negative.
/// Catalogue: FORCE_INDEX_NEGATIVE; short; force_index(period) < 0.
indicator force_negative(period: bars = 13) -> bool {
  give force_index(period) < 0
}

/// The force index crosses above zero.
/// Catalogue: FORCE_INDEX_CROSS_UP; long; force_index(period) crosses above 0.
indicator force_crosses_above_zero(period: bars = 13) -> bool {
  give force_index(period) crosses above 0
}

/// The force index crosses below zero.
/// Catalogue: FORCE_INDEX_CROSS_DOWN; short; force_index(period) crosses below 0.
indicator force_crosses_below_zero(period: bars = 13) -> bool {
  give force_index(period) crosses below 0
}

/// The ease of movement is positive.
/// Catalogue: EMV_POSITIVE; long; ease_of_movement(period) > 0.
indicator movement_easy_up(period: bars = 14) -> bool {
  give ease_of_movement(period) > 0
}

/// The ease of movement is negative.
/// Catalogue: EMV_NEGATIVE; short; ease_of_movement(period) < 0.
indicator movement_easy_down(period: bars = 14) -> bool {
  give ease_of_movement(period) < 0
}

/// The ease of movement crosses above zero.
/// Catalogue: EMV_CROSS_ZERO_UP, EMV_ZERO_CROSS_EXT; long; ease_of_movement(period) crosses above 0.
indicator movement_crosses_above_zero(period: bars = 14) -> bool {
  give ease_of_movement(period) crosses above 0
}

/// The ease of movement crosses below zero.
/// Catalogue: EMV_CROSS_ZERO_DOWN; short; ease_of_movement(period) crosses below 0.
indicator movement_crosses_below_zero(period: bars = 14) -> bool {
  give ease_of_movement(period) crosses below 0
}

/// The ease of movement of the bar crosses above its average.
/// Catalogue: EMV_CROSS_UP_EXT; long; ease_of_movement(1) crosses above ease_of_movement(period).
indicator movement_crosses_above_average(period: bars = 14) -> bool {
  give ease_of_movement(1) crosses above ease_of_movement(period)
}

/// The ease of movement is positive and higher than some bars ago.
/// Catalogue: EMV_POSITIVE_STRONG; long; e > 0 and e > e[span], e = ease_of_movement(period).
indicator movement_positive_rising(period: bars = 14, span: bars = 3) -> bool {
  let e = ease_of_movement(period)
  give e > 0 and e > e[span]
}

/// The smoothed balance of power is above a level.
/// Catalogue: BOP_POSITIVE; long; sma(bop(), period) > threshold.
indicator bop_above(period: bars = 5, threshold: float = 0.1) -> bool {
  give sma(bop(), period) > threshold
}

/// The smoothed balance of power is below a level.
/// Catalogue: BOP_NEGATIVE; short; sma(bop(), period) < threshold.
indicator bop_below(period: bars = 5, threshold: float = -0.1) -> bool {
  give sma(bop(), period) < threshold
}

/// The smoothed balance of power crosses above zero.
/// Catalogue: BOP_CROSS_UP, BOP_ZERO_CROSS_EXT; long; sma(bop(), period) crosses above 0.
indicator bop_crosses_above_zero(period: bars = 5) -> bool {
  give sma(bop(), period) crosses above 0
}

/// The balance of power crosses above its average.
/// Catalogue: BOP_CROSS_UP_EXT; long; bop() crosses above sma(bop(), period).
indicator bop_crosses_above_average(period: bars = 14) -> bool {
  give bop() crosses above sma(bop(), period)
}

/// The smoothed balance of power is above a level and higher than some bars ago.
/// Catalogue: BOP_STRONG_POS; long; b > threshold and b > b[span], b = sma(bop(), period).
indicator bop_strong(period: bars = 14, threshold: float = 0.3, span: bars = 3) -> bool {
  let b = sma(bop(), period)
  give b > threshold and b > b[span]
}

/// The positive volume index crosses above its exponential average.
/// Catalogue: PVI_CROSS_UP; long; pvi() crosses above ema(pvi(), period).
/// Derived from name and parameters, as the catalogue has no formula: PVI_CROSS_UP.
indicator pvi_crosses_above_average(period: bars = 255) -> bool {
  give pvi() crosses above ema(pvi(), period)
}

/// The positive volume index is above its exponential average.
/// Catalogue: PVI_ABOVE_MA; long; pvi() > ema(pvi(), period).
/// Derived from name and parameters, as the catalogue has no formula: PVI_ABOVE_MA.
indicator pvi_above_average(period: bars = 100) -> bool {
  give pvi() > ema(pvi(), period)
}

/// The positive volume index rose by more than some percent over a span.
/// Catalogue: PVI_RISING_FAST; long; roc(pvi(), period) > threshold.
/// Derived from name and parameters, as the catalogue has no formula: PVI_RISING_FAST.
indicator pvi_gained(period: bars = 20, threshold: float = 1) -> bool {
  give roc(pvi(), period) > threshold
}

/// The negative volume index crosses above its exponential average.
/// Catalogue: NVI_CROSS_UP; long; nvi() crosses above ema(nvi(), period).
/// Derived from name and parameters, as the catalogue has no formula: NVI_CROSS_UP.
indicator nvi_crosses_above_average(period: bars = 255) -> bool {
  give nvi() crosses above ema(nvi(), period)
}

/// The negative volume index is above its exponential average.
/// Catalogue: NVI_ABOVE_MA; long; nvi() > ema(nvi(), period).
/// Derived from name and parameters, as the catalogue has no formula: NVI_ABOVE_MA.
indicator nvi_above_average(period: bars = 100) -> bool {
  give nvi() > ema(nvi(), period)
}

/// The negative volume index is above its average while the close is below its own: quiet days accumulate.
/// Catalogue: NVI_SMART_MONEY; long; nvi() > ema(nvi(), period) and close < ema(close, period).
/// Derived from name and parameters, as the catalogue has no formula: NVI_SMART_MONEY.
indicator nvi_above_average_price_below(period: bars = 20) -> bool {
  give nvi() > ema(nvi(), period) and close < ema(close, period)
}

test "bars 1: where the blocks fire and where not" {
  given open = [98, 90, 98, 106, 107, 102, 100, 103, 100, 100, 98, 102, 103, 103]
  given high = [98, 99, 107, 108, 108, 103, 103, 104, 100, 101, 99, 105, 103, 105]
  given low = [79, 90, 97, 105, 102, 99, 98, 100, 98, 96, 97, 101, 100, 101]
  given close = [91, 98, 106, 107, 104, 101, 103, 100, 100, 97, 97, 103, 102, 105]
  given volume = [10, 10, 4, 30, 4, 1, 12, 30, 2, 5, 12, 2, 5, 30]
  assert close_crosses_above_vwap() is [_, _, false, false, false, false, true, false, false, false,
    false, true, false, false]
  assert close_crosses_below_vwap() is [_, _, false, false, false, true, false, true, false, false,
    false, false, false, false]
  assert close_below_vwap(0.015) is [_, false, false, false, false, false, false, false, false,
    true, true, false, false, false]
  assert close_above_vwap(0.015) is [_, true, true, true, true, false, true, false, false, false,
    false, true, false, true]
  assert cmf_above(2, 0.1) is [_, true, true, true, true, false, true, false, false, false, false,
    false, true, true]
  assert cmf_below(2, -0.1) is [_, false, false, false, false, true, false, true, true, true, true,
    true, false, false]
  assert cmf_crosses_above_zero(2) is [_, _, false, false, false, false, true, false, false, false,
    false, false, true, false]
  assert cmf_crosses_below_zero(2) is [_, _, false, false, false, true, false, true, false, false,
    false, false, false, false]
  assert cmf_low_and_rising(2, 0.2) is [_, _, false, false, false, false, false, false, false,
    false, false, true, false, false]
  assert ad_rises(3, 2) is [_, _, true, true, true, false, true, false, false, false, false, false,
    true, true]
  assert ad_falls(3, 2) is [_, _, false, false, false, true, false, true, true, true, true, true,
    false, false]
  assert wad_rises(3, 2) is [_, _, _, true, false, false, true, false, false, false, false, true,
    true, true]
  assert wad_breaks_out(2) is [_, _, _, true, false, false, true, false, false, false, false, true,
    false, true]
  assert obv_above_average(2) is [_, _, true, true, false, false, true, false, false, false, false,
    true, false, true]
  assert obv_below_average(2) is [_, _, false, false, true, true, false, true, false, true, false,
    false, true, false]
  assert obv_above_average_rising(3, 2) is [_, _, _, true, true, false, true, false, false, false,
    false, true, false, true]
  assert obv_crosses_above_average(2) is [_, _, _, false, false, false, true, false, false, false,
    false, true, false, true]
  assert obv_breaks_out(2) is [_, _, _, true, false, false, true, false, false, false, false, true,
    false, true]
  assert adosc_crosses_above_zero(2, 3) is [_, _, _, false, false, false, false, false, false,
    false, false, false, false, true]
  assert adosc_crosses_below_zero(2, 3) is [_, _, _, false, false, false, false, true, false, false,
    false, false, false, false]
  assert adosc_rises(3, 4, 2) is [_, _, _, _, _, false, false, false, false, false, false, false,
    true, true]
  assert adosc_falls(3, 4, 2) is [_, _, _, _, _, true, false, false, true, true, true, false, false,
    false]
  assert force_positive(2) is [_, _, true, true, true, false, true, false, false, false, false,
    true, false, true]
  assert force_negative(2) is [_, _, false, false, false, true, false, true, true, true, true,
    false, true, false]
  assert force_crosses_above_zero(2) is [_, _, _, false, false, false, true, false, false, false,
    false, true, false, true]
  assert force_crosses_below_zero(2) is [_, _, _, false, false, true, false, true, false, false,
    false, false, true, false]
  assert movement_easy_up(2) is [_, _, true, true, false, false, false, false, false, false, false,
    true, true, false]
  assert movement_easy_down(2) is [_, _, false, false, true, true, true, true, true, true, true,
    false, false, true]
  assert movement_crosses_above_zero(2) is [_, _, _, false, false, false, false, false, false,
    false, false, true, false, false]
  assert movement_crosses_below_zero(2) is [_, _, _, false, true, false, false, false, false, false,
    false, false, false, true]
  assert movement_crosses_above_average(2) is [_, _, _, false, false, false, true, false, false,
    true, false, false, false, true]
  assert movement_positive_rising(3, 2) is [_, _, _, _, _, false, false, false, false, false, false,
    true, true, false]
  assert bop_above(2, 0.1) is [_, true, true, true, false, false, true, false, false, false, false,
    false, false, false]
  assert bop_below(2, -0.1) is [_, false, false, false, false, true, false, false, true, true, true,
    true, false, false]
  assert bop_crosses_above_zero(2) is [_, _, false, false, false, false, true, false, false, false,
    false, false, false, true]
  assert bop_crosses_above_average(2) is [_, _, false, false, false, true, false, false, true,
    false, true, false, false, true]
  assert pvi_crosses_above_average(2) is [_, _, _, true, false, false, false, false, false, false,
    false, false, false, true]
  assert pvi_above_average(2) is [_, _, false, true, true, true, true, false, false, false, false,
    false, false, true]
  assert pvi_gained(2, 1) is [_, _, _, false, false, false, true, false, false, false, false, false,
    false, true]
  assert nvi_crosses_above_average(2) is [_, _, _, false, false, false, false, false, false, false,
    false, true, false, false]
  assert nvi_above_average(2) is [_, _, true, true, false, false, false, false, false, false, false,
    true, true, true]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 99, 105, 110, 117, 123, 117, 112, 110, 112, 109, 113, 109, 105]
  given high = [106, 106, 110, 119, 126, 124, 119, 113, 114, 112, 114, 113, 115, 108]
  given low = [93, 99, 103, 109, 111, 112, 113, 109, 110, 107, 108, 106, 104, 105]
  given close = [99, 105, 110, 117, 124, 118, 114, 110, 112, 108, 113, 108, 105, 108]
  given volume = [30, 12, 10, 2, 12, 6, 5, 12, 2, 10, 12, 8, 4, 10]
  assert bop_strong(3, 0.3, 2) is [_, _, _, _, true, false, false, false, false, false, false,
    false, false, false]
  assert nvi_above_average_price_below(2) is [_, _, false, false, false, false, false, false, false,
    true, false, false, false, false]
}
