#sbt 1

// Pattern blocks that join measures of different kinds: several oscillators, trend with momentum and volume,
// pullbacks.

/// Relative strength, stochastic and commodity channel index are all low.
/// Catalogue: TRIPLE_OVERSOLD; long; rsi(close, rsi_period) < rsi_threshold and stoch(stoch_n, smooth_n).k <
/// stoch_threshold and cci(cci_period) < cci_threshold.
indicator three_oversold(rsi_period: bars = 14, cci_period: bars = 20, rsi_threshold: float = 30,
  stoch_threshold: float = 20, cci_threshold: float = -100, stoch_n: bars = 14,
  smooth_n: bars = 3) -> bool {
  give rsi(close, rsi_period) < rsi_threshold
    and stoch(stoch_n, smooth_n).k < stoch_threshold
    and cci(cci_period) < cci_threshold
}

/// Relative strength, stochastic and commodity channel index are all high.
/// Catalogue: TRIPLE_OVERBOUGHT; short; rsi(close, rsi_period) > rsi_threshold and stoch(stoch_n, smooth_n).k >
/// stoch_threshold and cci(cci_period) > cci_threshold.
indicator three_overbought(rsi_period: bars = 14, cci_period: bars = 20, rsi_threshold: float = 70,
  stoch_threshold: float = 80, cci_threshold: float = 100, stoch_n: bars = 14,
  smooth_n: bars = 3) -> bool {
  give rsi(close, rsi_period) > rsi_threshold
    and stoch(stoch_n, smooth_n).k > stoch_threshold
    and cci(cci_period) > cci_threshold
}

/// Relative strength, stochastic and Williams %R are all low.
/// Catalogue: TRIPLE_MOM_OVERSOLD; long; rsi(close, rsi_n) < rsi_level and stoch(stoch_n, smooth_n).k < stoch_level
/// and willr(willr_n) < willr_level.
indicator rsi_stoch_willr_oversold(rsi_level: float = 35, stoch_level: float = 25,
  willr_level: float = -75, rsi_n: bars = 14, stoch_n: bars = 5, smooth_n: bars = 3,
  willr_n: bars = 14) -> bool {
  give rsi(close, rsi_n) < rsi_level
    and stoch(stoch_n, smooth_n).k < stoch_level
    and willr(willr_n) < willr_level
}

/// Relative strength, commodity channel index and Williams %R are all low.
/// Catalogue: MULTI_OSC_OVERSOLD; long; rsi(close, rsi_n) < rsi_level and cci(cci_n) < cci_level and willr(willr_n)
/// < willr_level.
indicator rsi_cci_willr_oversold(rsi_level: float = 35, cci_level: float = -100,
  willr_level: float = -80, rsi_n: bars = 14, cci_n: bars = 14, willr_n: bars = 14) -> bool {
  give rsi(close, rsi_n) < rsi_level and cci(cci_n) < cci_level and willr(willr_n) < willr_level
}

/// Relative strength and commodity channel index are both low.
/// Catalogue: RSI_CCI_OVERSOLD; long; rsi(close, rsi_n) < rsi_thresh and cci(cci_n) < cci_thresh.
indicator rsi_cci_oversold(rsi_thresh: float = 30, cci_thresh: float = -100, rsi_n: bars = 14,
  cci_n: bars = 20) -> bool {
  give rsi(close, rsi_n) < rsi_thresh and cci(cci_n) < cci_thresh
}

/// Relative strength and commodity channel index are both high.
/// Catalogue: RSI_CCI_OVERBOUGHT; short; rsi(close, rsi_n) > rsi_thresh and cci(cci_n) > cci_thresh.
indicator rsi_cci_overbought(rsi_thresh: float = 70, cci_thresh: float = 100, rsi_n: bars = 14,
  cci_n: bars = 20) -> bool {
  give rsi(close, rsi_n) > rsi_thresh and cci(cci_n) > cci_thresh
}

/// Relative strength and stochastic are both low.
/// Catalogue: STOCH_RSI_OVERSOLD; long; rsi(close, rsi_n) < rsi_thresh and stoch(stoch_n, smooth_n).k <
/// stoch_thresh.
indicator rsi_stoch_oversold(rsi_thresh: float = 30, stoch_thresh: float = 20, rsi_n: bars = 14,
  stoch_n: bars = 5, smooth_n: bars = 3) -> bool {
  give rsi(close, rsi_n) < rsi_thresh and stoch(stoch_n, smooth_n).k < stoch_thresh
}

/// Relative strength and stochastic are both low and the close rose.
/// Catalogue: RSI_STOCH_EXTREME; long; rsi(close, rsi_n) < rsi_level and stoch(stoch_n, smooth_n).k < stoch_level
/// and close > close[1].
indicator rsi_stoch_oversold_rising(rsi_level: float = 30, stoch_level: float = 20,
  rsi_n: bars = 14, stoch_n: bars = 14, smooth_n: bars = 3) -> bool {
  give rsi(close, rsi_n) < rsi_level
    and stoch(stoch_n, smooth_n).k < stoch_level
    and close > close[1]
}

/// Relative strength, stochastic and money flow, all low a bar ago, rise.
/// Catalogue: OSC_UNANIMITY; long; r > r[1] and r[1] < rsi_level and k > k[1] and k[1] < stoch_level and m > m[1]
/// and m[1] < mfi_level, r = rsi(close, rsi_n), k = stoch(stoch_n, smooth_n).k, m = mfi(mfi_n).
indicator three_oscillators_turn_up(rsi_level: float = 40, stoch_level: float = 30,
  mfi_level: float = 30, rsi_n: bars = 14, stoch_n: bars = 14, smooth_n: bars = 3,
  mfi_n: bars = 14) -> bool {
  let r = rsi(close, rsi_n)
  let k = stoch(stoch_n, smooth_n).k
  let m = mfi(mfi_n)
  give r > r[1]
    and r[1] < rsi_level
    and k > k[1]
    and k[1] < stoch_level
    and m > m[1]
    and m[1] < mfi_level
}

/// The relative strength index is low on high volume.
/// Catalogue: RSI_OVERSOLD_VOLUME; long; rsi(close, period) < threshold and volume > vol_mult * sma(volume, vol_n).
indicator rsi_low_on_volume(period: bars = 14, threshold: float = 30, vol_mult: float = 1.5,
  vol_n: bars = 20) -> bool {
  give rsi(close, period) < threshold and volume > vol_mult * sma(volume, vol_n)
}

/// The relative strength index is high on high volume.
/// Catalogue: RSI_OVERBOUGHT_VOLUME; short; rsi(close, period) > threshold and volume > vol_mult * sma(volume,
/// vol_n).
indicator rsi_high_on_volume(period: bars = 14, threshold: float = 70, vol_mult: float = 1.5,
  vol_n: bars = 20) -> bool {
  give rsi(close, period) > threshold and volume > vol_mult * sma(volume, vol_n)
}

/// The relative strength index rises and the change over some bars is positive.
/// Catalogue: RSI_MOM_BULL; long; r > r[1] and close > close[mom_period], r = rsi(close, rsi_period).
indicator rsi_and_momentum_up(rsi_period: bars = 14, mom_period: bars = 10) -> bool {
  let r = rsi(close, rsi_period)
  give r > r[1] and close > close[mom_period]
}

/// The relative strength index falls and the change over some bars is negative.
/// Catalogue: RSI_MOM_BEAR; short; r < r[1] and close < close[mom_period], r = rsi(close, rsi_period).
indicator rsi_and_momentum_down(rsi_period: bars = 14, mom_period: bars = 10) -> bool {
  let r = rsi(close, rsi_period)
  give r < r[1] and close < close[mom_period]
}

/// The commodity channel index rises and the change over some bars is positive.
/// Catalogue: CCI_ROC_BULL; long; c > c[1] and close > close[roc_period], c = cci(cci_period).
indicator cci_and_momentum_up(cci_period: bars = 20, roc_period: bars = 10) -> bool {
  let c = cci(cci_period)
  give c > c[1] and close > close[roc_period]
}

/// The close rose by some percent or more and the relative strength index is high.
/// Catalogue: PROFIT_TARGET; short; roc(close, lookback) >= target_rise and rsi(close, rsi_n) > level.
indicator rise_and_rsi_high(lookback: bars = 10, target_rise: float = 3, rsi_n: bars = 14,
  level: float = 70) -> bool {
  give roc(close, lookback) >= target_rise and rsi(close, rsi_n) > level
}

/// The close fell by more than some percent, below its average, on more than the average volume.
/// Catalogue: WEAKNESS_CONFIRM; short; roc(close, period) < -threshold and close < ema(close, ma_n) and volume >
/// sma(volume, vol_n).
indicator fall_below_average_on_volume(period: bars = 10, threshold: float = 2, ma_n: bars = 20,
  vol_n: bars = 20) -> bool {
  give roc(close, period) < -threshold and close < ema(close, ma_n) and volume > sma(volume, vol_n)
}

/// The close is above its average, the relative strength index between two levels, the volume high.
/// Catalogue: TREND_MOM_VOL_LONG; long; close > ema(close, ema_period) and r > rsi_min and r < rsi_max and volume >
/// vol_mult * sma(volume, vol_n), r = rsi(close, rsi_n).
indicator trend_momentum_volume_up(ema_period: bars = 50, rsi_min: float = 40, rsi_max: float = 70,
  vol_mult: float = 1.2, rsi_n: bars = 14, vol_n: bars = 20) -> bool {
  let r = rsi(close, rsi_n)
  give close > ema(close, ema_period)
    and r > rsi_min
    and r < rsi_max
    and volume > vol_mult * sma(volume, vol_n)
}

/// The close is below its average, the relative strength index between two levels, the volume high.
/// Catalogue: TREND_MOM_VOL_SHORT; short; close < ema(close, ema_period) and r > rsi_min and r < rsi_max and volume
/// > vol_mult * sma(volume, vol_n), r = rsi(close, rsi_n).
indicator trend_momentum_volume_down(ema_period: bars = 50, rsi_min: float = 30,
  rsi_max: float = 60, vol_mult: float = 1.2, rsi_n: bars = 14, vol_n: bars = 20) -> bool {
  let r = rsi(close, rsi_n)
  give close < ema(close, ema_period)
    and r > rsi_min
    and r < rsi_max
    and volume > vol_mult * sma(volume, vol_n)
}

/// The close is above two averages, the relative strength index above 50 and the MACD line positive.
/// Catalogue: TREND_UNANIMITY; long; close > sma(close, fast) and close > sma(close, slow) and rsi(close, rsi_n) >
/// 50 and macd(close, macd_fast, macd_slow, 9).line > 0.
indicator averages_rsi_macd_agree(fast: bars = 20, slow: bars = 50, rsi_n: bars = 14,
  macd_fast: bars = 12, macd_slow: bars = 26) -> bool {
  give close > sma(close, fast)
    and close > sma(close, slow)
    and rsi(close, rsi_n) > 50
    and macd(close, macd_fast, macd_slow, 9).line > 0
}

/// The relative strength index is above 50, the MACD histogram positive and the close rose.
/// Catalogue: MOMENTUM_FILTER; long; rsi(close, rsi_n) > 50 and macd(close, fast, slow, signal).hist > 0 and close >
/// close[span].
indicator rsi_macd_price_up(rsi_n: bars = 14, fast: bars = 12, slow: bars = 26, signal: bars = 9,
  span: bars = 5) -> bool {
  give rsi(close, rsi_n) > 50 and macd(close, fast, slow, signal).hist > 0 and close > close[span]
}

/// The close is above a rising average with the relative strength index between two levels.
/// Catalogue: MA_RSI_COMBO; long; close > e and r > low_end and r < high_end and e > e[span], e = ema(close,
/// period), r = rsi(close, rsi_n).
indicator rising_average_and_rsi(period: bars = 20, low_end: float = 40, high_end: float = 70,
  rsi_n: bars = 14, span: bars = 5) -> bool {
  let e = ema(close, period)
  let r = rsi(close, rsi_n)
  give close > e and r > low_end and r < high_end and e > e[span]
}

/// A fast exponential average crosses above a slow one with the close above a third.
/// Catalogue: EMA_CROSS_TREND_LONG; long; ema(close, fast) crosses above ema(close, slow) and close > ema(close,
/// trend).
indicator ema_cross_up_in_trend(fast: bars = 8, slow: bars = 21, trend: bars = 50) -> bool {
  give ema(close, fast) crosses above ema(close, slow) and close > ema(close, trend)
}

/// A fast exponential average crosses below a slow one with the close below a third.
/// Catalogue: EMA_CROSS_TREND_SHORT; short; ema(close, fast) crosses below ema(close, slow) and close < ema(close,
/// trend).
indicator ema_cross_down_in_trend(fast: bars = 8, slow: bars = 21, trend: bars = 50) -> bool {
  give ema(close, fast) crosses below ema(close, slow) and close < ema(close, trend)
}

/// A fast exponential average crosses above a slow one, the close above it, on more than the average volume.
/// Catalogue: MA_CROSS_CONFIRM; long; f crosses above ema(close, slow) and close > f and volume > sma(volume,
/// vol_n), f = ema(close, fast).
indicator ema_cross_up_on_volume(fast: bars = 10, slow: bars = 50, vol_n: bars = 20) -> bool {
  let f = ema(close, fast)
  give f crosses above ema(close, slow) and close > f and volume > sma(volume, vol_n)
}

/// In a rising trend the bar dips to its exponential average and closes above it, as the bar before did.
/// Catalogue: PULLBACK_TO_EMA_LONG; long; low <= e and close > e and close[1] > e[1] and e > e[trend_lookback], e =
/// ema(close, period).
indicator pullback_to_ema_up(period: bars = 20, trend_lookback: bars = 5) -> bool {
  let e = ema(close, period)
  give low <= e and close > e and close[1] > e[1] and e > e[trend_lookback]
}

/// In a falling trend the bar rises to its exponential average and closes below it, as the bar before did.
/// Catalogue: PULLBACK_TO_EMA_SHORT; short; high >= e and close < e and close[1] < e[1] and e < e[trend_lookback], e
/// = ema(close, period).
indicator pullback_to_ema_down(period: bars = 20, trend_lookback: bars = 5) -> bool {
  let e = ema(close, period)
  give high >= e and close < e and close[1] < e[1] and e < e[trend_lookback]
}

/// The low comes within a fraction of a rising exponential average and the close is above it.
/// Catalogue: DYN_SUPPORT_TEST; long; low <= e * (1 + reach) and close > e and e > e[span], e = ema(close, period).
indicator tests_rising_ema(period: bars = 20, reach: float = 0.01, span: bars = 5) -> bool {
  let e = ema(close, period)
  give low <= e * (1 + reach) and close > e and e > e[span]
}

/// The high comes within a fraction of a falling exponential average and the close is below it.
/// Catalogue: DYN_RESISTANCE_TEST; short; high >= e * (1 - reach) and close < e and e < e[span], e = ema(close,
/// period).
indicator tests_falling_ema(period: bars = 20, reach: float = 0.01, span: bars = 5) -> bool {
  let e = ema(close, period)
  give high >= e * (1 - reach) and close < e and e < e[span]
}

/// The low comes within a fraction of a simple average, the close above it, on more than the average volume.
/// Catalogue: MA_SUPPORT_TOUCH; long; low <= m * (1 + reach) and close > m and volume > sma(volume, vol_n), m =
/// sma(close, period).
indicator touches_sma_from_above(period: bars = 20, reach: float = 0.005,
  vol_n: bars = 20) -> bool {
  let m = sma(close, period)
  give low <= m * (1 + reach) and close > m and volume > sma(volume, vol_n)
}

/// The high comes within a fraction of a simple average, the close below it, on more than the average volume.
/// Catalogue: MA_RESISTANCE_TOUCH; short; high >= m * (1 - reach) and close < m and volume > sma(volume, vol_n), m =
/// sma(close, period).
indicator touches_sma_from_below(period: bars = 20, reach: float = 0.005,
  vol_n: bars = 20) -> bool {
  let m = sma(close, period)
  give high >= m * (1 - reach) and close < m and volume > sma(volume, vol_n)
}

/// Above a slow average, the bar comes within a fraction of the fast one and closes above it.
/// Catalogue: TREND_PULLBACK; long; f > ema(close, slow) and low <= f * (1 + reach) and close > f, f = ema(close,
/// fast).
indicator pulls_back_in_stack(fast: bars = 20, slow: bars = 50, reach: float = 0.01) -> bool {
  let f = ema(close, fast)
  give f > ema(close, slow) and low <= f * (1 + reach) and close > f
}

/// Above its average some bars ago, the bar comes within a fraction of it and closes above, the relative strength
/// index not high.
/// Catalogue: EMA_PULLBACK; long; (close > e)[span] and low <= e * (1 + reach) and close > e and rsi(close, rsi_n) <
/// level, e = ema(close, period).
indicator pulls_back_to_ema(period: bars = 20, reach: float = 0.005, span: bars = 5,
  rsi_n: bars = 14, level: float = 70) -> bool {
  let e = ema(close, period)
  give (close > e)[span] and low <= e * (1 + reach) and close > e and rsi(close, rsi_n) < level
}

/// Some percent above its exponential average some bars ago, a white bar closes next to it.
/// Catalogue: PULLBACK_TIMING; long; away[span] > was and abs(away) < now and close > open, e = ema(close, period),
/// away = 100 * (close - e) / e.
indicator close_back_at_ema(period: bars = 20, was: float = 2, now: float = 0.5,
  span: bars = 3) -> bool {
  let e = ema(close, period)
  let away = 100 * (close - e) / e
  give away[span] > was and abs(away) < now and close > open
}

/// In a stack of averages the close rises from not far above the fast one, the relative strength index not low.
/// Catalogue: OPTIMAL_ENTRY; long; f > ema(close, slow) and close < f * (1 + reach) and rsi(close, rsi_n) > level
/// and close > close[1], f = ema(close, fast).
indicator rises_near_fast_average(fast: bars = 20, slow: bars = 50, reach: float = 0.01,
  rsi_n: bars = 14, level: float = 35) -> bool {
  let f = ema(close, fast)
  give f > ema(close, slow)
    and close < f * (1 + reach)
    and rsi(close, rsi_n) > level
    and close > close[1]
}

test "bars 1: where the blocks fire and where not" {
  given open = [105, 110, 116, 117, 119, 110, 113, 117, 120, 125, 126, 123, 115, 110]
  given high = [110, 112, 118, 126, 119, 115, 125, 121, 126, 127, 128, 123, 116, 112]
  given low = [104, 102, 116, 109, 110, 108, 112, 116, 118, 125, 121, 117, 110, 106]
  given close = [110, 111, 117, 124, 110, 114, 117, 120, 125, 125, 123, 117, 110, 107]
  given volume = [4, 3, 5, 2, 10, 8, 20, 6, 12, 6, 2, 8, 10, 6]
  assert three_oversold(3, 4, 30, 20, -100, 3, 2) is [_, _, _, false, false, false, false, false,
    false, false, false, false, true, false]
  assert three_overbought(3, 4, 70, 80, 100, 3, 2) is [_, _, _, false, false, false, false, false,
    true, false, false, false, false, false]
  assert rsi_stoch_willr_oversold(35, 25, -75, 4, 3, 2, 4) is [_, _, _, _, false, false, false,
    false, false, false, false, false, true, true]
  assert rsi_cci_willr_oversold(17.5, -50, -40, 2, 2, 2) is [_, _, false, false, false, false,
    false, false, false, false, false, true, true, true]
  assert rsi_cci_oversold(30, -100, 3, 4) is [_, _, _, false, false, false, false, false, false,
    false, false, true, true, false]
  assert rsi_cci_overbought(70, 100, 3, 4) is [_, _, _, false, false, false, false, false, true,
    false, false, false, false, false]
  assert rsi_stoch_oversold(30, 20, 4, 3, 2) is [_, _, _, _, false, false, false, false, false,
    false, false, false, true, true]
  assert rsi_low_on_volume(2, 30, 1.5, 3) is [_, _, false, false, true, false, false, false, false,
    false, false, false, false, false]
  assert rise_and_rsi_high(2, 3, 3, 70) is [_, _, _, true, false, false, false, false, true, true,
    false, false, false, false]
  assert fall_below_average_on_volume(2, 2, 3, 3) is [_, _, false, false, true, true, false, false,
    false, false, false, true, true, false]
  assert trend_momentum_volume_up(4, 40, 70, 1.2, 2, 3) is [_, _, _, false, false, false, true,
    false, false, false, false, false, false, false]
  assert averages_rsi_macd_agree(4, 6, 3, 2, 5) is [_, _, _, _, _, false, true, true, true, true,
    false, false, false, false]
  assert rsi_macd_price_up(5, 4, 6, 3, 2) is [_, _, _, _, _, _, _, false, true, true, false, false,
    false, false]
  assert ema_cross_up_in_trend(2, 3, 4) is [_, _, _, false, false, false, true, false, false, false,
    false, false, false, false]
  assert ema_cross_down_in_trend(2, 3, 4) is [_, _, _, false, true, false, false, false, false,
    false, false, true, false, false]
  assert pullback_to_ema_up(3, 2) is [_, _, _, _, false, false, false, true, true, false, false,
    false, false, false]
  assert pullback_to_ema_down(3, 2) is [_, _, _, _, false, true, false, false, false, false, false,
    true, true, true]
  assert tests_rising_ema(3, 0.01, 2) is [_, _, _, _, false, false, true, true, true, false, false,
    false, false, false]
  assert tests_falling_ema(3, 0.01, 2) is [_, _, _, _, false, true, false, false, false, false,
    false, true, true, true]
  assert touches_sma_from_above(2, 0.005, 2) is [_, false, false, false, false, false, true, false,
    true, false, false, false, false, false]
  assert touches_sma_from_below(2, 0.005, 2) is [_, false, false, false, true, false, false, false,
    false, false, false, true, true, false]
  assert pulls_back_in_stack(2, 3, 0.01) is [_, _, false, true, false, false, true, true, true,
    true, false, false, false, false]
  assert pulls_back_to_ema(4, 0.005, 2, 3, 70) is [_, _, _, _, _, true, false, true, false, false,
    true, false, false, false]
  assert close_back_at_ema(3, 2, 0.5, 2) is [_, _, _, _, false, true, false, false, false, false,
    false, false, false, false]
  assert rises_near_fast_average(3, 4, 0.01, 2, 35) is [_, _, _, false, false, true, false, false,
    false, false, false, false, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [95, 98, 93, 90, 90, 90, 86, 81, 87, 87, 90, 84, 85, 85]
  given high = [97, 98, 93, 90, 90, 90, 87, 87, 89, 92, 91, 86, 85, 89]
  given low = [95, 92, 89, 79, 90, 84, 80, 75, 85, 86, 84, 84, 84, 79]
  given close = [96, 93, 90, 85, 90, 85, 82, 85, 88, 90, 84, 86, 85, 89]
  given volume = [12, 2, 20, 20, 6, 5, 4, 2, 12, 2, 20, 20, 1, 5]
  assert three_oscillators_turn_up(40, 30, 30, 3, 3, 2, 3) is [_, _, _, _, true, false, false,
    false, false, false, false, false, false, false]
  assert rsi_high_on_volume(2, 70, 1.5, 3) is [_, _, false, false, false, false, false, false, true,
    false, false, false, false, false]
  assert rsi_and_momentum_up(3, 2) is [_, _, _, _, false, false, false, false, true, true, false,
    false, false, true]
  assert rsi_and_momentum_down(3, 2) is [_, _, _, _, false, false, true, false, false, false, true,
    false, false, false]
  assert trend_momentum_volume_down(4, 30, 60, 1.2, 2, 3) is [_, _, _, false, false, false, false,
    false, false, false, false, true, false, false]
  assert rising_average_and_rsi(4, 40, 70, 3, 2) is [_, _, _, _, _, false, false, false, true, true,
    false, false, false, true]
  assert ema_cross_up_on_volume(2, 4, 3) is [_, _, _, _, false, false, false, false, true, false,
    false, false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 99, 93, 87, 90, 90, 96, 96, 88, 86, 85, 81, 88, 87]
  given high = [100, 107, 95, 91, 98, 97, 96, 98, 90, 88, 86, 84, 89, 88]
  given low = [98, 87, 88, 86, 90, 90, 96, 81, 78, 81, 81, 80, 86, 79]
  given close = [99, 95, 88, 90, 90, 96, 96, 89, 86, 83, 81, 83, 87, 87]
  given volume = [8, 12, 30, 12, 2, 5, 4, 10, 3, 3, 1, 3, 2, 3]
  assert rsi_stoch_oversold_rising(30, 20, 3, 3, 2) is [_, _, _, true, false, false, false, false,
    false, false, false, false, false, false]
  assert cci_and_momentum_up(3, 2) is [_, _, _, false, true, false, true, false, false, false,
    false, false, true, false]
}
