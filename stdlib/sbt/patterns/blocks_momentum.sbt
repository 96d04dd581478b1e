#sbt 1

// Pattern blocks on smoothed momentum: TRIX, true strength, awesome oscillator, Coppock curve, price momentum,
// detrended price.
// Levels on quantities in price units are taken in percent of the close, so that they mean the same on every market.

/// The rate of change of the triple average crosses above zero.
/// Catalogue: TRIX_CROSS_ZERO_UP; long; trix(close, period) crosses above 0.
indicator trix_crosses_above_zero(period: bars = 15) -> bool {
  give trix(close, period) crosses above 0
}

/// The rate of change of the triple average crosses below zero.
/// Catalogue: TRIX_CROSS_ZERO_DOWN; short; trix(close, period) crosses below 0.
indicator trix_crosses_below_zero(period: bars = 15) -> bool {
  give trix(close, period) crosses below 0
}

/// The rate of change of the triple average crosses above its simple average.
/// Catalogue: TRIX_SIGNAL_CROSS_UP; long; t crosses above sma(t, signal), t = trix(close, period).
indicator trix_crosses_above_signal(period: bars = 12, signal: bars = 9) -> bool {
  let t = trix(close, period)
  give t crosses above sma(t, signal)
}

/// The rate of change of the triple average crosses below its simple average.
/// Catalogue: TRIX_SIGNAL_CROSS_DOWN; short; t crosses below sma(t, signal), t = trix(close, period).
indicator trix_crosses_below_signal(period: bars = 12, signal: bars = 9) -> bool {
  let t = trix(close, period)
  give t crosses below sma(t, signal)
}

/// The true strength index crosses above zero.
/// Catalogue: TSI_CROSS_ZERO_UP, TSI_ZERO_CROSS; long; tsi(close, first, second) crosses above 0.
indicator tsi_crosses_above_zero(first: bars = 25, second: bars = 13) -> bool {
  give tsi(close, first, second) crosses above 0
}

/// The true strength index crosses below zero.
/// Catalogue: TSI_CROSS_ZERO_DOWN; short; tsi(close, first, second) crosses below 0.
indicator tsi_crosses_below_zero(first: bars = 25, second: bars = 13) -> bool {
  give tsi(close, first, second) crosses below 0
}

/// The true strength index is below a level.
/// Catalogue: TSI_OVERSOLD, TSX_OVERSOLD; long; tsi(close, first, second) < threshold.
indicator tsi_below(first: bars = 25, second: bars = 13, threshold: float = -25) -> bool {
  give tsi(close, first, second) < threshold
}

/// The true strength index is above a level.
/// Catalogue: TSI_OVERBOUGHT; short; tsi(close, first, second) > threshold.
indicator tsi_above(first: bars = 25, second: bars = 13, threshold: float = 25) -> bool {
  give tsi(close, first, second) > threshold
}

/// The true strength index crosses above its exponential average.
/// Catalogue: TSI_SIGNAL_CROSS; long; t crosses above ema(t, signal), t = tsi(close, first, second).
indicator tsi_crosses_above_signal(first: bars = 25, second: bars = 13, signal: bars = 7) -> bool {
  let t = tsi(close, first, second)
  give t crosses above ema(t, signal)
}

/// The stochastic momentum index is below a level.
/// Catalogue: SMI_OVERSOLD; long; smi(period, smoothing, smoothing).line < level.
indicator smi_below(period: bars = 13, smoothing: bars = 5, level: float = -40) -> bool {
  give smi(period, smoothing, smoothing).line < level
}

/// The stochastic momentum index crosses above its signal line.
/// Catalogue: SMI_CROSS_UP; long; s.line crosses above s.signal, s = smi(period, smoothing, smoothing, signal).
indicator smi_crosses_above_signal(period: bars = 13, smoothing: bars = 5,
  signal: bars = 3) -> bool {
  let s = smi(period, smoothing, smoothing, signal)
  give s.line crosses above s.signal
}

/// The stochastic momentum index crosses above zero.
/// Catalogue: SMI_ZERO_CROSS; long; smi(period, smoothing, smoothing).line crosses above 0.
indicator smi_crosses_above_zero(period: bars = 13, smoothing: bars = 5) -> bool {
  give smi(period, smoothing, smoothing).line crosses above 0
}

/// The awesome oscillator crosses above zero.
/// Catalogue: AO_CROSS_ZERO_UP; long; ao(fast, slow) crosses above 0.
indicator ao_crosses_above_zero(fast: bars = 5, slow: bars = 34) -> bool {
  give ao(fast, slow) crosses above 0
}

/// The awesome oscillator crosses below zero.
/// Catalogue: AO_CROSS_ZERO_DOWN; short; ao(fast, slow) crosses below 0.
indicator ao_crosses_below_zero(fast: bars = 5, slow: bars = 34) -> bool {
  give ao(fast, slow) crosses below 0
}

/// The awesome oscillator, positive, turns up.
/// Catalogue: AO_SAUCER_BULLISH; long; a > 0 and a > a[1] and a[1] < a[2], a = ao(fast, slow).
indicator ao_saucer_up(fast: bars = 5, slow: bars = 34) -> bool {
  let a = ao(fast, slow)
  give a > 0 and a > a[1] and a[1] < a[2]
}

/// The awesome oscillator, negative, turns down.
/// Catalogue: AO_SAUCER_BEARISH; short; a < 0 and a < a[1] and a[1] > a[2], a = ao(fast, slow).
indicator ao_saucer_down(fast: bars = 5, slow: bars = 34) -> bool {
  let a = ao(fast, slow)
  give a < 0 and a < a[1] and a[1] > a[2]
}

/// The Coppock curve crosses above zero.
/// Catalogue: COPPOCK_CROSS_UP; long; coppock(close, n, short_roc, long_roc) crosses above 0.
indicator coppock_crosses_above_zero(long_roc: bars = 14, short_roc: bars = 11,
  n: bars = 10) -> bool {
  give coppock(close, n, short_roc, long_roc) crosses above 0
}

/// The Coppock curve crosses below zero.
/// Catalogue: COPPOCK_CROSS_DOWN; short; coppock(close, n, short_roc, long_roc) crosses below 0.
indicator coppock_crosses_below_zero(long_roc: bars = 14, short_roc: bars = 11,
  n: bars = 10) -> bool {
  give coppock(close, n, short_roc, long_roc) crosses below 0
}

/// The Coppock curve rose on each of some bars.
/// Catalogue: COPPOCK_RISING; long; rising(coppock(close, n, short_roc, long_roc), span).
indicator coppock_rising(long_roc: bars = 14, short_roc: bars = 11, n: bars = 10,
  span: bars = 2) -> bool {
  give rising(coppock(close, n, short_roc, long_roc), span)
}

/// The Coppock curve fell on each of some bars.
/// Catalogue: COPPOCK_FALLING; short; falling(coppock(close, n, short_roc, long_roc), span).
indicator coppock_falling(long_roc: bars = 14, short_roc: bars = 11, n: bars = 10,
  span: bars = 2) -> bool {
  give falling(coppock(close, n, short_roc, long_roc), span)
}

/// Price momentum oscillator: the one-bar rate of change smoothed twice, in tenths of a percent point. Formula:
/// ema(10 ema(roc(close, 1), smooth1), smooth2). Source: C. Swenlin, DecisionPoint. Units: none.
indicator price_momentum(smooth1: bars = 35, smooth2: bars = 20) -> float {
  give ema(10 * ema(roc(close, 1), smooth1), smooth2)
}

/// The price momentum oscillator crosses above its average.
/// Catalogue: PMO_CROSS_UP; long; p crosses above ema(p, signal), p = price_momentum(smooth1, smooth2).
indicator pmo_crosses_above_signal(smooth1: bars = 35, smooth2: bars = 20,
  signal: bars = 10) -> bool {
  let p = price_momentum(smooth1, smooth2)
  give p crosses above ema(p, signal)
}

/// The price momentum oscillator crosses above zero.
/// Catalogue: PMO_ZERO_CROSS; long; price_momentum(smooth1, smooth2) crosses above 0.
indicator pmo_crosses_above_zero(smooth1: bars = 35, smooth2: bars = 20) -> bool {
  give price_momentum(smooth1, smooth2) crosses above 0
}

/// The price momentum oscillator is above its average and higher than some bars ago.
/// Catalogue: PMO_RISING_STRONG; long; p > p[span] and p > ema(p, signal), p = price_momentum(smooth1, smooth2).
indicator pmo_rising_above_signal(smooth1: bars = 35, smooth2: bars = 20, signal: bars = 10,
  span: bars = 3) -> bool {
  let p = price_momentum(smooth1, smooth2)
  give p > p[span] and p > ema(p, signal)
}

/// More than some percent of the last bars rose.
/// Catalogue: DP_THRUST; long; psl(close, period) > threshold.
indicator share_of_rises_above(period: bars = 10, threshold: float = 70) -> bool {
  give psl(close, period) > threshold
}

/// The share of rising bars crosses above its average.
/// Catalogue: DP_BREADTH; long; p crosses above ema(p, ma_period), p = psl(close, period).
indicator share_of_rises_crosses_average(period: bars = 20, ma_period: bars = 10) -> bool {
  let p = psl(close, period)
  give p crosses above ema(p, ma_period)
}

/// The share of rising bars is above its middle and higher than some bars ago.
/// Catalogue: DP_RISING; long; p > p[span] and p > middle, p = psl(close, period).
indicator share_of_rises_grows(period: bars = 20, span: bars = 5, middle: float = 50) -> bool {
  let p = psl(close, period)
  give p > p[span] and p > middle
}

/// The detrended price, in percent of the close, is below a level.
/// Catalogue: DPO_OVERSOLD; long; 100 * (dpo(close, period) / close) < threshold.
/// Derived from name and parameters, as the catalogue has no formula: DPO_OVERSOLD.
indicator dpo_below(period: bars = 20, threshold: float = -2) -> bool {
  give 100 * (dpo(close, period) / close) < threshold
}

/// The detrended price, in percent of the close, is above a level.
/// Catalogue: DPO_OVERBOUGHT; short; 100 * (dpo(close, period) / close) > threshold.
/// Derived from name and parameters, as the catalogue has no formula: DPO_OVERBOUGHT.
indicator dpo_above(period: bars = 20, threshold: float = 2) -> bool {
  give 100 * (dpo(close, period) / close) > threshold
}

/// The detrended price crosses above zero.
/// Catalogue: DPO_CROSS_ZERO_UP, DPO_CROSS_UP; long; dpo(close, period) crosses above 0.
/// Derived from name and parameters, as the catalogue has no formula: DPO_CROSS_ZERO_UP, DPO_CROSS_UP.
indicator dpo_crosses_above_zero(period: bars = 20) -> bool {
  give dpo(close, period) crosses above 0
}

/// The detrended price crosses below zero.
/// Catalogue: DPO_CROSS_ZERO_DOWN; short; dpo(close, period) crosses below 0.
/// Derived from name and parameters, as the catalogue has no formula: DPO_CROSS_ZERO_DOWN.
indicator dpo_crosses_below_zero(period: bars = 20) -> bool {
  give dpo(close, period) crosses below 0
}

/// The detrended price is some of its own standard deviations below zero.
/// Catalogue: DTP_OVERSOLD; long; d < -mult * sample_stdev(d, period), d = dpo(close, period).
/// Derived from name and parameters, as the catalogue has no formula: DTP_OVERSOLD.
indicator dpo_far_below(period: bars = 20, mult: float = 1.5) -> bool {
  let d = dpo(close, period)
  give d < -mult * sample_stdev(d, period)
}

/// The detrended price is positive and rises.
/// Catalogue: DPO_POSITIVE_MOM; long; d > 0 and d > d[1], d = dpo(close, period).
/// Derived from name and parameters, as the catalogue has no formula: DPO_POSITIVE_MOM.
indicator dpo_positive_rising(period: bars = 20) -> bool {
  let d = dpo(close, period)
  give d > 0 and d > d[1]
}

test "bars 1: where the blocks fire and where not" {
  given open = [95, 98, 93, 90, 90, 90, 86, 81, 87, 87, 90, 84, 85, 85]
  given high = [97, 98, 93, 90, 90, 90, 87, 87, 89, 92, 91, 86, 85, 89]
  given low = [95, 92, 89, 79, 90, 84, 80, 75, 85, 86, 84, 84, 84, 79]
  given close = [96, 93, 90, 85, 90, 85, 82, 85, 88, 90, 84, 86, 85, 89]
  given volume = [12, 2, 20, 20, 6, 5, 4, 2, 12, 2, 20, 20, 1, 5]
  assert trix_crosses_above_zero(2) is [_, _, _, _, _, false, false, false, true, false, false,
    false, false, true]
  assert trix_crosses_below_zero(2) is [_, _, _, _, _, false, false, false, false, false, true,
    false, false, false]
  assert trix_crosses_above_signal(3, 2) is [_, _, _, _, _, _, _, _, _, false, false, false, false,
    true]
  assert trix_crosses_below_signal(3, 2) is [_, _, _, _, _, _, _, _, _, false, true, false, false,
    false]
  assert tsi_crosses_above_zero(3, 2) is [_, _, _, _, _, false, false, false, true, false, false,
    false, false, true]
  assert tsi_crosses_below_zero(3, 2) is [_, _, _, _, _, false, false, false, false, false, true,
    false, false, false]
  assert tsi_below(3, 2, -25) is [_, _, _, _, true, true, true, false, false, false, false, false,
    false, false]
  assert tsi_above(3, 2, 25) is [_, _, _, _, false, false, false, false, true, true, false, false,
    false, true]
  assert tsi_crosses_above_signal(4, 3, 2) is [_, _, _, _, _, _, _, _, false, false, false, false,
    false, true]
  assert smi_below(3, 2, -40) is [_, _, _, _, false, false, false, false, false, false, false,
    false, true, false]
  assert smi_crosses_above_signal(4, 3, 2) is [_, _, _, _, _, _, _, _, _, false, false, false,
    false, true]
  assert smi_crosses_above_zero(3, 2) is [_, _, _, _, _, true, false, true, false, false, false,
    false, false, true]
  assert ao_crosses_above_zero(2, 3) is [_, _, _, false, false, true, false, false, true, false,
    false, false, false, false]
  assert ao_crosses_below_zero(2, 3) is [_, _, _, false, false, false, true, false, false, false,
    false, true, false, false]
  assert coppock_crosses_above_zero(4, 3, 2) is [_, _, _, _, _, _, false, false, false, true, false,
    false, false, true]
  assert coppock_crosses_below_zero(4, 3, 2) is [_, _, _, _, _, _, false, false, false, false,
    false, true, false, false]
  assert coppock_rising(5, 4, 3, 2) is [_, _, _, _, _, _, _, _, _, true, true, true, false, false]
  assert coppock_falling(5, 4, 3, 2) is [_, _, _, _, _, _, _, _, _, false, false, false, false,
    true]
  assert price_momentum(3, 2) is [_, _, _, _, -15.060022664979966, -20.349250064422428,
    -26.212410491874962, -6.257011781272546, 10.919264479938345, 17.717979939251617,
    -9.277116352835588, -2.7474190140636896, -4.619298778495212, 12.294762030068542]
  assert pmo_crosses_above_signal(4, 3, 2) is [_, _, _, _, _, _, _, _, false, false, false, false,
    false, true]
  assert pmo_crosses_above_zero(3, 2) is [_, _, _, _, _, false, false, false, true, false, false,
    false, false, true]
  assert pmo_rising_above_signal(5, 4, 3, 2) is [_, _, _, _, _, _, _, _, _, _, true, false, true,
    true]
  assert share_of_rises_above(2, 70) is [_, _, false, false, false, false, false, false, true, true,
    false, false, false, false]
  assert share_of_rises_crosses_average(3, 2) is [_, _, _, _, _, false, false, false, false, false,
    false, false, false, true]
  assert dpo_below(2, -2) is [_, _, false, false, false, true, false, false, true, true, false,
    false, false, false]
  assert dpo_above(2, 2) is [_, _, true, true, true, false, true, false, false, false, false, true,
    false, false]
  assert dpo_crosses_above_zero(2) is [_, _, _, false, false, false, true, false, false, false,
    true, false, false, false]
  assert dpo_crosses_below_zero(2) is [_, _, _, false, false, true, false, false, true, false,
    false, false, true, false]
  assert dpo_far_below(2, 1.5) is [_, _, _, false, false, false, false, false, false, true, false,
    false, false, true]
  assert dpo_positive_rising(2) is [_, _, _, true, false, false, true, false, false, false, true,
    true, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [105, 111, 112, 109, 108, 114, 121, 120, 121, 121, 119, 111, 114, 113]
  given high = [117, 112, 113, 109, 119, 120, 127, 121, 121, 127, 119, 116, 115, 118]
  given low = [105, 110, 102, 102, 107, 114, 119, 120, 115, 114, 115, 111, 114, 113]
  given close = [111, 112, 108, 108, 113, 119, 120, 121, 121, 120, 116, 114, 115, 116]
  given volume = [1, 4, 12, 20, 6, 12, 12, 3, 5, 3, 20, 3, 4, 20]
  assert ao_saucer_up(2, 3) is [_, _, _, _, true, false, false, false, false, false, false, false,
    false, false]
  assert ao_saucer_down(2, 3) is [_, _, _, _, false, false, false, false, false, false, false, true,
    false, false]
  assert share_of_rises_grows(3, 2, 50) is [_, _, _, _, _, true, true, true, false, false, false,
    false, false, true]
}
