#sbt 1

// Pattern blocks on smoothed measures: volume force, Ehlers' filters, price zone, WaveTrend.

/// Klinger's volume force: volume signed by the direction of high + low + close; where it turned, weighted by how
/// much of two bars' range this bar is. Formula: 100 s volume |2 (high - low) / cm - 1|, cm = range, or the range of
/// two bars after a turn. Source: S. Klinger, Stocks & Commodities, 1997, in the catalogue's form. Units: quantity.
indicator klinger_force() -> float {
  let tp = high + low + close
  let s = if tp > tp[1] then 1 else -1
  let width = high - low
  let cm = if s == s[1] then width else width + width[1]
  give if cm == 0 then 0 else 100 * s * float(volume) * abs(2 * width / cm - 1)
}

/// The fast average of the volume force is above the slow one.
/// Catalogue: KLINGER_POSITIVE; long; ema(klinger_force(), fast) - ema(klinger_force(), slow) > 0.
indicator klinger_positive(fast: bars = 34, slow: bars = 55) -> bool {
  give ema(klinger_force(), fast) - ema(klinger_force(), slow) > 0
}

/// The fast average of the volume force is below the slow one.
/// Catalogue: KLINGER_NEGATIVE; short; ema(klinger_force(), fast) - ema(klinger_force(), slow) < 0.
indicator klinger_negative(fast: bars = 34, slow: bars = 55) -> bool {
  give ema(klinger_force(), fast) - ema(klinger_force(), slow) < 0
}

/// The Klinger oscillator crosses above its average.
/// Catalogue: KLINGER_SIGNAL_CROSS_UP; long; k crosses above ema(k, signal), k = ema(klinger_force(), fast) -
/// ema(klinger_force(), slow).
/// Derived from name and parameters, as the catalogue has no formula: KLINGER_SIGNAL_CROSS_UP.
indicator klinger_crosses_above_signal(fast: bars = 34, slow: bars = 55,
  signal: bars = 13) -> bool {
  let k = ema(klinger_force(), fast) - ema(klinger_force(), slow)
  give k crosses above ema(k, signal)
}

/// The Klinger oscillator crosses below its average.
/// Catalogue: KLINGER_SIGNAL_CROSS_DOWN; short; k crosses below ema(k, signal), k = ema(klinger_force(), fast) -
/// ema(klinger_force(), slow).
/// Derived from name and parameters, as the catalogue has no formula: KLINGER_SIGNAL_CROSS_DOWN.
indicator klinger_crosses_below_signal(fast: bars = 34, slow: bars = 55,
  signal: bars = 13) -> bool {
  let k = ema(klinger_force(), fast) - ema(klinger_force(), slow)
  give k crosses below ema(k, signal)
}

/// The close crosses above Ehlers' super smoother.
/// Catalogue: SUPER_SMOOTHER_CROSS; long; close crosses above super_smoother(close, period).
/// Derived from name and parameters, as the catalogue has no formula: SUPER_SMOOTHER_CROSS.
indicator close_crosses_above_super_smoother(period: bars = 10) -> bool {
  give close crosses above super_smoother(close, period)
}

/// The smoothed distance of two exponential averages is positive and rises.
/// Catalogue: EHLERS_TREND; long; a > 0 and a > a[1], a = ema(ema(close, fast) - ema(close, slow), smoothing).
indicator smoothed_apo_positive_rising(fast: bars = 8, slow: bars = 21,
  smoothing: bars = 5) -> bool {
  let a = ema(ema(close, fast) - ema(close, slow), smoothing)
  give a > 0 and a > a[1]
}

/// The double exponential average crosses above a short average of itself.
/// Catalogue: EHLERS_INST_TREND; long; d crosses above ema(d, signal), d = dema(close, period).
indicator double_ema_crosses_above_average(period: bars = 10, signal: bars = 3) -> bool {
  let d = dema(close, period)
  give d crosses above ema(d, signal)
}

/// The price zone oscillator is below a level.
/// Catalogue: PZO_OVERSOLD; long; price_zone_level(period) < level.
indicator price_zone_below(period: bars = 14, level: float = -40) -> bool {
  give price_zone_level(period) < level
}

/// Price zone oscillator, -100..100: the smoothed close, signed by whether it rose, over the smoothed close.
/// Formula: 100 ema(close if it rose, else -close) / ema(close). Source: W. Khalil and D. Steckler, Stocks &
/// Commodities, 2011. Units: none.
indicator price_zone_level(period: bars = 14) -> float {
  give 100 * (ema(if close > close[1] then close else -close, period) / ema(close, period))
}

/// The price zone oscillator crosses above zero.
/// Catalogue: PZO_CROSS_UP; long; price_zone_level(period) crosses above 0.
indicator price_zone_crosses_above_zero(period: bars = 14) -> bool {
  give price_zone_level(period) crosses above 0
}

/// The price zone oscillator is above a level and rises.
/// Catalogue: PZO_STRONG_POS; long; p > level and p > p[1], p = price_zone_level(period).
indicator price_zone_strong(period: bars = 14, level: float = 40) -> bool {
  let p = price_zone_level(period)
  give p > level and p > p[1]
}

/// WaveTrend: the typical price's distance from its average in units of its mean distance, smoothed. Formula:
/// ema((tp - e) / (0.015 ema(|tp - e|, n)), smoothing), e = ema(tp, n). Source: LazyBear. Units: none.
indicator wave_trend_line(period: bars = 10, smoothing: bars = 21) -> float {
  let e = ema(hlc3, period)
  let d = ema(abs(hlc3 - e), period)
  give ema(if d == 0 then 0 else (hlc3 - e) / (0.015 * d), smoothing)
}

/// The WaveTrend is below a level.
/// Catalogue: WAVETREND_OVERSOLD; long; wave_trend_line(period, smoothing) < level.
indicator wavetrend_below(period: bars = 10, level: float = -60, smoothing: bars = 21) -> bool {
  give wave_trend_line(period, smoothing) < level
}

/// The WaveTrend crosses above its simple average.
/// Catalogue: WAVETREND_CROSS_UP; long; w crosses above sma(w, signal), w = wave_trend_line(period, smoothing).
indicator wavetrend_crosses_above_signal(period: bars = 10, smoothing: bars = 21,
  signal: bars = 4) -> bool {
  let w = wave_trend_line(period, smoothing)
  give w crosses above sma(w, signal)
}

/// The close fell over some bars while the WaveTrend rose.
/// Catalogue: WAVETREND_DIVERGENCE; long; close < close[span] and w > w[span], w = wave_trend_line(period,
/// smoothing).
indicator wavetrend_rises_against_price(period: bars = 10, span: bars = 5,
  smoothing: bars = 21) -> bool {
  let w = wave_trend_line(period, smoothing)
  give close < close[span] and w > w[span]
}

test "bars 1: where the blocks fire and where not" {
  given open = [95, 98, 93, 90, 90, 90, 86, 81, 87, 87, 90, 84, 85, 85]
  given high = [97, 98, 93, 90, 90, 90, 87, 87, 89, 92, 91, 86, 85, 89]
  given low = [95, 92, 89, 79, 90, 84, 80, 75, 85, 86, 84, 84, 84, 79]
  given close = [96, 93, 90, 85, 90, 85, 82, 85, 88, 90, 84, 86, 85, 89]
  given volume = [12, 2, 20, 20, 6, 5, 4, 2, 12, 2, 20, 20, 1, 5]
  assert klinger_force() is [_, _, -2000, -2000, 600, -500, -400, -200, 600, 200,
    -153.84615384615375, -2000, -100, 409.09090909090907]
  assert klinger_positive(2, 3) is [_, _, _, _, true, true, true, true, true, true, false, false,
    true, true]
  assert klinger_negative(2, 3) is [_, _, _, _, false, false, false, false, false, false, true,
    true, false, false]
  assert klinger_crosses_above_signal(3, 4, 2) is [_, _, _, _, _, _, _, false, true, false, false,
    false, true, false]
  assert klinger_crosses_below_signal(3, 4, 2) is [_, _, _, _, _, _, _, false, false, true, false,
    false, false, false]
  assert close_crosses_above_super_smoother(2) is [_, false, false, false, true, false, false, true,
    false, false, false, true, false, true]
  assert smoothed_apo_positive_rising(3, 4, 2) is [_, _, _, _, _, false, false, false, false, true,
    false, false, false, true]
  assert double_ema_crosses_above_average(3, 2) is [_, _, _, _, _, _, false, false, true, false,
    false, false, false, true]
  assert price_zone_below(2, -40) is [_, _, true, true, false, true, true, false, false, false,
    false, false, true, false]
  assert price_zone_level(2) is [_, _, -100, -100, 34.747348721147844, -53.677889770533994,
    -84.02248687033064, 39.40914294064637, 80.34835499032347, 93.60520261673115, -32.98210553383985,
    55.793911059671075, -47.7104847171235, 52.14917486251194]
  assert price_zone_crosses_above_zero(2) is [_, _, _, false, true, false, false, true, false,
    false, false, true, false, true]
  assert price_zone_strong(2, 40) is [_, _, _, false, false, false, false, false, true, true, false,
    true, false, true]
  assert wave_trend_line(2, 3) is [_, _, _, _, -39.636014283901694, -48.81208998218751,
    -60.929170987904, -56.367736915935126, 9.960837209974798, 37.28612644116933, -6.924993254156092,
    -32.08070931962936, -44.10803063330683, 0.6971710672356082]
  assert wavetrend_below(2, -60, 3) is [_, _, _, _, false, false, true, false, false, false, false,
    false, false, false]
  assert wavetrend_crosses_above_signal(3, 4, 2) is [_, _, _, _, _, _, _, _, _, false, false, false,
    false, true]
  assert wavetrend_rises_against_price(3, 2, 4) is [_, _, _, _, _, _, _, _, _, false, true, false,
    false, false]
}
