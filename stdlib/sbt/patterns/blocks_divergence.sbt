#sbt 1

// Pattern blocks in which price and a measure part: the price makes a new extreme or falls, the measure does not
// follow.

/// The low is below the lows before while the relative strength index is some points above its lowest.
/// Catalogue: RSI_BULLISH_DIVERGENCE; long; new_low(low, lookback) and r > lowest(r, lookback)[1] + threshold, r =
/// rsi(close, period).
/// Derived from name and parameters, as the catalogue has no formula: RSI_BULLISH_DIVERGENCE.
indicator rsi_low_divergence(period: bars = 14, lookback: bars = 20, threshold: float = 5) -> bool {
  let r = rsi(close, period)
  give new_low(low, lookback) and r > lowest(r, lookback)[1] + threshold
}

/// The high is above the highs before while the relative strength index is some points below its highest.
/// Catalogue: RSI_BEARISH_DIVERGENCE; short; new_high(high, lookback) and r < highest(r, lookback)[1] - threshold, r
/// = rsi(close, period).
/// Derived from name and parameters, as the catalogue has no formula: RSI_BEARISH_DIVERGENCE.
indicator rsi_high_divergence(period: bars = 14, lookback: bars = 20,
  threshold: float = 5) -> bool {
  let r = rsi(close, period)
  give new_high(high, lookback) and r < highest(r, lookback)[1] - threshold
}

/// The low is below the lows before while the slow stochastic is some points above its lowest.
/// Catalogue: STOCH_BULLISH_DIVERGENCE; long; new_low(low, lookback) and k > lowest(k, lookback)[1] + threshold, k =
/// stoch(fastk, slowk).k.
/// Derived from name and parameters, as the catalogue has no formula: STOCH_BULLISH_DIVERGENCE.
indicator stoch_low_divergence(fastk: bars = 14, slowk: bars = 3, lookback: bars = 20,
  threshold: float = 5) -> bool {
  let k = stoch(fastk, slowk).k
  give new_low(low, lookback) and k > lowest(k, lookback)[1] + threshold
}

/// The high is above the highs before while the slow stochastic is some points below its highest.
/// Catalogue: STOCH_BEARISH_DIVERGENCE; short; new_high(high, lookback) and k < highest(k, lookback)[1] - threshold,
/// k = stoch(fastk, slowk).k.
/// Derived from name and parameters, as the catalogue has no formula: STOCH_BEARISH_DIVERGENCE.
indicator stoch_high_divergence(fastk: bars = 14, slowk: bars = 3, lookback: bars = 20,
  threshold: float = 5) -> bool {
  let k = stoch(fastk, slowk).k
  give new_high(high, lookback) and k < highest(k, lookback)[1] - threshold
}

/// The low is below the lows before while the commodity channel index is some points above its lowest.
/// Catalogue: CCI_BULLISH_DIVERGENCE; long; new_low(low, lookback) and c > lowest(c, lookback)[1] + threshold, c =
/// cci(period).
/// Derived from name and parameters, as the catalogue has no formula: CCI_BULLISH_DIVERGENCE.
indicator cci_low_divergence(period: bars = 20, lookback: bars = 20,
  threshold: float = 20) -> bool {
  let c = cci(period)
  give new_low(low, lookback) and c > lowest(c, lookback)[1] + threshold
}

/// The high is above the highs before while the commodity channel index is some points below its highest.
/// Catalogue: CCI_BEARISH_DIVERGENCE; short; new_high(high, lookback) and c < highest(c, lookback)[1] - threshold, c
/// = cci(period).
/// Derived from name and parameters, as the catalogue has no formula: CCI_BEARISH_DIVERGENCE.
indicator cci_high_divergence(period: bars = 20, lookback: bars = 20,
  threshold: float = 20) -> bool {
  let c = cci(period)
  give new_high(high, lookback) and c < highest(c, lookback)[1] - threshold
}

/// The close is below the closes before while the MACD histogram is above its lowest.
/// Catalogue: MACD_HIST_DIV_BULL, MACD_BULLISH_DIVERGENCE; long; new_low(close, lookback) and h > lowest(h,
/// lookback)[1], h = macd(close, fast, slow, signal).hist.
/// Derived from name and parameters, as the catalogue has no formula: MACD_BULLISH_DIVERGENCE.
indicator macd_low_divergence(fast: bars = 12, slow: bars = 26, signal: bars = 9,
  lookback: bars = 20) -> bool {
  let h = macd(close, fast, slow, signal).hist
  give new_low(close, lookback) and h > lowest(h, lookback)[1]
}

/// The close is above the closes before while the MACD histogram is below its highest.
/// Catalogue: MACD_BEARISH_DIVERGENCE; short; new_high(close, lookback) and h < highest(h, lookback)[1], h =
/// macd(close, fast, slow, signal).hist.
/// Derived from name and parameters, as the catalogue has no formula: MACD_BEARISH_DIVERGENCE.
indicator macd_high_divergence(fast: bars = 12, slow: bars = 26, signal: bars = 9,
  lookback: bars = 20) -> bool {
  let h = macd(close, fast, slow, signal).hist
  give new_high(close, lookback) and h < highest(h, lookback)[1]
}

/// The close is below the closes before while the on-balance volume is above its lowest.
/// Catalogue: OBV_BULL_DIV, OBV_BULLISH_DIVERGENCE; long; new_low(close, lookback) and obv() > lowest(obv(),
/// lookback)[1].
/// Derived from name and parameters, as the catalogue has no formula: OBV_BULLISH_DIVERGENCE.
indicator obv_low_divergence(lookback: bars = 20) -> bool {
  give new_low(close, lookback) and obv() > lowest(obv(), lookback)[1]
}

/// The close is above the closes before while the on-balance volume is below its highest.
/// Catalogue: OBV_BEAR_DIV, OBV_BEARISH_DIVERGENCE; short; new_high(close, lookback) and obv() < highest(obv(),
/// lookback)[1].
/// Derived from name and parameters, as the catalogue has no formula: OBV_BEARISH_DIVERGENCE.
indicator obv_high_divergence(lookback: bars = 20) -> bool {
  give new_high(close, lookback) and obv() < highest(obv(), lookback)[1]
}

/// The low is below the lows before while the money flow index is above its lowest.
/// Catalogue: MFI_BULLISH_DIV; long; new_low(low, lookback) and mfi(period) > lowest(mfi(period), lookback)[1].
indicator mfi_low_divergence(period: bars = 14, lookback: bars = 20) -> bool {
  give new_low(low, lookback) and mfi(period) > lowest(mfi(period), lookback)[1]
}

/// The high is above the highs before while the money flow index is below its highest.
/// Catalogue: MFI_BEARISH_DIV; short; new_high(high, lookback) and mfi(period) < highest(mfi(period), lookback)[1].
indicator mfi_high_divergence(period: bars = 14, lookback: bars = 20) -> bool {
  give new_high(high, lookback) and mfi(period) < highest(mfi(period), lookback)[1]
}

/// The low is below the lows before while the accumulation line is above its lowest.
/// Catalogue: WAD_BULLISH_DIVERGENCE; long; new_low(low, lookback) and ad() > lowest(ad(), lookback)[1].
/// Derived from name and parameters, as the catalogue has no formula: WAD_BULLISH_DIVERGENCE.
indicator ad_low_divergence(lookback: bars = 20) -> bool {
  give new_low(low, lookback) and ad() > lowest(ad(), lookback)[1]
}

/// The high is above the highs before while the accumulation line is below its highest.
/// Catalogue: WAD_BEARISH_DIVERGENCE; short; new_high(high, lookback) and ad() < highest(ad(), lookback)[1].
/// Derived from name and parameters, as the catalogue has no formula: WAD_BEARISH_DIVERGENCE.
indicator ad_high_divergence(lookback: bars = 20) -> bool {
  give new_high(high, lookback) and ad() < highest(ad(), lookback)[1]
}

/// The bar makes the lowest low while the bull power is above that of some bars ago.
/// Catalogue: BULL_POWER_DIVERGENCE; long; low == lowest(low, lookback) and b > b[lookback], b =
/// elder_ray(period).bull.
indicator bull_power_rises_at_low(period: bars = 13, lookback: bars = 10) -> bool {
  let b = elder_ray(period).bull
  give low == lowest(low, lookback) and b > b[lookback]
}

/// The bar makes the highest high while the bear power is below that of some bars ago.
/// Catalogue: BEAR_POWER_DIVERGENCE; short; high == highest(high, lookback) and b < b[lookback], b =
/// elder_ray(period).bear.
indicator bear_power_falls_at_high(period: bars = 13, lookback: bars = 10) -> bool {
  let b = elder_ray(period).bear
  give high == highest(high, lookback) and b < b[lookback]
}

/// The close fell over some bars while the relative strength index rose, on this bar too.
/// Catalogue: MOM_DIVERGENCE_QUALITY; long; close < close[span] and r > r[span] and r > r[1], r = rsi(close,
/// period).
indicator rsi_rises_against_price(period: bars = 14, span: bars = 5) -> bool {
  let r = rsi(close, period)
  give close < close[span] and r > r[span] and r > r[1]
}

/// The close rose over some bars while the relative strength index fell, still above a level.
/// Catalogue: STRENGTH_DIV; short; close > close[span] and r < r[span] and r > level, r = rsi(close, period).
indicator rsi_falls_against_price(period: bars = 14, span: bars = 10, level: float = 60) -> bool {
  let r = rsi(close, period)
  give close > close[span] and r < r[span] and r > level
}

/// The low rose over some bars while the relative strength index fell, above an exponential average.
/// Catalogue: HIDDEN_DIV; long; low > low[span] and r < r[span] and close > ema(close, ma_n), r = rsi(close,
/// period).
indicator rsi_hidden_divergence(span: bars = 10, period: bars = 14, ma_n: bars = 50) -> bool {
  let r = rsi(close, period)
  give low > low[span] and r < r[span] and close > ema(close, ma_n)
}

/// The close fell over some bars while the relative strength index and the MACD histogram rose.
/// Catalogue: MULTI_IND_DIV, RSI_MACD_DIV; long; close < close[span] and r > r[span] and h > h[span], r = rsi(close,
/// rsi_n), h = macd(close, fast, slow, signal).hist.
indicator rsi_macd_rise_against_price(span: bars = 10, rsi_n: bars = 14, fast: bars = 12,
  slow: bars = 26, signal: bars = 9) -> bool {
  let r = rsi(close, rsi_n)
  let h = macd(close, fast, slow, signal).hist
  give close < close[span] and r > r[span] and h > h[span]
}

/// The close fell over some bars while relative strength, stochastic and commodity channel index rose.
/// Catalogue: TRIPLE_DIV, TRIPLE_OSC_DIV; long; close < close[span] and r > r[span] and k > k[span] and c > c[span],
/// r = rsi(close, rsi_n), k = stoch(stoch_n, smooth_n).k, c = cci(cci_n).
indicator three_oscillators_rise_against_price(span: bars = 10, rsi_n: bars = 14,
  stoch_n: bars = 14, smooth_n: bars = 3, cci_n: bars = 14) -> bool {
  let r = rsi(close, rsi_n)
  let k = stoch(stoch_n, smooth_n).k
  let c = cci(cci_n)
  give close < close[span] and r > r[span] and k > k[span] and c > c[span]
}

/// The close fell over some bars while the money flow index rose.
/// Catalogue: MFI_DIV; long; close < close[span] and mfi(period) > mfi(period)[span].
indicator mfi_rises_against_price(span: bars = 10, period: bars = 14) -> bool {
  give close < close[span] and mfi(period) > mfi(period)[span]
}

/// The close fell over some bars while on-balance and bar volume rose.
/// Catalogue: VOL_MOM_DIV, VOLUME_DIV; long; close < close[span] and volume > volume[span] and obv() > obv()[span].
indicator obv_rises_against_price(span: bars = 10) -> bool {
  give close < close[span] and volume > volume[span] and obv() > obv()[span]
}

/// The close fell over some bars while Williams' accumulation line rose.
/// Catalogue: WAD_DIVERGENCE; long; close < close[lookback] and wad() > wad()[lookback].
indicator wad_rises_against_price(lookback: bars = 5) -> bool {
  give close < close[lookback] and wad() > wad()[lookback]
}

/// The close fell over some bars while the surplus of volume in white bars rose.
/// Catalogue: VOL_DELTA_DIVERGENCE; long; close < close[span] and d > d[span], d = sum_of(if close > open then
/// volume else -volume, period).
indicator white_volume_rises_against_price(period: bars = 20, span: bars = 5) -> bool {
  let d = sum_of(if close > open then volume else -volume, period)
  give close < close[span] and d > d[span]
}

/// The close fell over some bars while the sum of bodies times volume exceeds that of the bars before.
/// Catalogue: DELTA_DIV; long; close < close[period] and d > d[period], d = sum_of((close - open) * volume, period).
indicator body_volume_rises_against_price(period: bars = 10) -> bool {
  let d = sum_of((close - open) * volume, period)
  give close < close[period] and d > d[period]
}

/// The close fell over some bars while the ultimate oscillator rose, below its middle.
/// Catalogue: UO_BULL_DIV; long; close < close[lookback] and u > u[lookback] and u < level, u = ultosc(p1, p2, p3).
indicator ultosc_rises_against_price(lookback: bars = 5, p1: bars = 7, p2: bars = 14, p3: bars = 28,
  level: float = 50) -> bool {
  let u = ultosc(p1, p2, p3)
  give close < close[lookback] and u > u[lookback] and u < level
}

/// The close fell over some bars while the relative vigour rose.
/// Catalogue: RVI_DIVERGENCE; long; close < close[span] and r > r[span], r = rvgi(period).line.
indicator rvgi_rises_against_price(period: bars = 10, span: bars = 5) -> bool {
  let r = rvgi(period).line
  give close < close[span] and r > r[span]
}

test "bars 1: where the blocks fire and where not" {
  given open = [101, 105, 110, 107, 113, 108, 108, 101, 94, 88, 91, 87, 79, 79]
  given high = [106, 119, 110, 114, 114, 117, 109, 102, 94, 98, 99, 89, 92, 84]
  given low = [93, 105, 107, 107, 105, 107, 93, 95, 88, 86, 85, 78, 79, 79]
  given close = [106, 111, 107, 113, 106, 109, 101, 95, 89, 90, 87, 79, 84, 84]
  given volume = [12, 6, 10, 30, 5, 8, 30, 6, 3, 10, 30, 12, 30, 3]
  assert rsi_low_divergence(2, 3, 5) is [_, _, _, _, _, false, false, false, false, true, false,
    false, false, false]
  assert rsi_high_divergence(2, 3, 5) is [_, _, _, _, _, true, false, false, false, false, false,
    false, false, false]
  assert stoch_low_divergence(3, 2, 4, 5) is [_, _, _, _, _, _, _, false, false, true, true, false,
    false, false]
  assert cci_low_divergence(2, 2, 20) is [_, _, _, false, false, false, false, false, false, true,
    false, false, false, false]
  assert cci_high_divergence(2, 2, 20) is [_, _, _, false, false, false, false, false, false, false,
    true, false, false, false]
  assert macd_low_divergence(3, 5, 2, 4) is [_, _, _, _, _, _, _, _, _, false, true, true, false,
    false]
  assert obv_low_divergence(2) is [_, _, _, false, true, false, false, false, false, false, false,
    false, false, false]
  assert mfi_low_divergence(2, 3) is [_, _, _, _, _, false, false, false, false, true, true, false,
    false, false]
  assert mfi_high_divergence(2, 3) is [_, _, _, _, _, true, false, false, false, false, false,
    false, false, false]
  assert ad_high_divergence(2) is [_, _, false, false, false, true, false, false, false, false,
    true, false, false, false]
  assert bull_power_rises_at_low(3, 2) is [_, _, _, _, true, false, false, false, false, true, true,
    false, false, false]
  assert bear_power_falls_at_high(3, 2) is [_, _, _, _, true, false, false, false, false, true,
    false, false, true, false]
  assert rsi_macd_rise_against_price(3, 5, 4, 6, 2) is [_, _, _, _, _, _, _, _, _, false, false,
    false, true, true]
  assert three_oscillators_rise_against_price(3, 4, 4, 2, 4) is [_, _, _, _, _, _, _, false, false,
    false, false, false, true, false]
  assert mfi_rises_against_price(2, 3) is [_, _, _, _, _, true, false, false, false, true, true,
    false, true, false]
  assert obv_rises_against_price(2) is [_, _, _, false, false, false, false, false, false, true,
    false, false, false, false]
  assert white_volume_rises_against_price(3, 2) is [_, _, _, _, true, true, false, false, false,
    true, true, false, true, false]
  assert body_volume_rises_against_price(2) is [_, _, _, false, true, false, false, false, true,
    true, false, false, true, false]
  assert ultosc_rises_against_price(2, 3, 4, 5, 50) is [_, _, _, _, _, _, _, false, false, false,
    false, false, true, false]
  assert rvgi_rises_against_price(3, 2) is [_, _, _, _, _, _, _, false, false, false, false, true,
    true, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [101, 101, 103, 105, 100, 107, 115, 116, 119, 123, 120, 129, 117, 126]
  given high = [102, 104, 103, 106, 108, 117, 115, 120, 123, 123, 129, 129, 126, 132]
  given low = [101, 101, 99, 100, 99, 105, 112, 114, 111, 122, 112, 121, 115, 125]
  given close = [101, 102, 100, 100, 108, 115, 114, 119, 123, 122, 129, 122, 126, 131]
  given volume = [2, 3, 2, 4, 20, 2, 10, 6, 30, 3, 20, 8, 5, 20]
  assert stoch_high_divergence(3, 2, 4, 5) is [_, _, _, _, _, _, _, true, false, false, false,
    false, false, true]
  assert macd_high_divergence(3, 5, 2, 4) is [_, _, _, _, _, _, _, _, _, false, true, false, false,
    true]
  assert obv_high_divergence(2) is [_, _, _, false, false, false, false, true, false, false, false,
    false, false, false]
  assert ad_low_divergence(2) is [_, _, false, false, false, false, false, false, true, false,
    false, false, false, false]
  assert rsi_falls_against_price(3, 2, 60) is [_, _, _, _, _, false, true, true, false, true, true,
    false, false, false]
  assert rsi_hidden_divergence(2, 3, 4) is [_, _, _, _, _, false, true, true, false, true, true,
    false, true, false]
  assert wad_rises_against_price(2) is [_, _, _, false, false, false, false, false, false, false,
    false, false, true, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 92, 96, 93, 98, 96, 99, 95, 90, 85, 87, 88, 89, 78]
  given high = [106, 98, 96, 99, 104, 99, 99, 96, 90, 87, 88, 95, 90, 81]
  given low = [91, 91, 90, 92, 94, 96, 96, 90, 84, 84, 87, 88, 82, 77]
  given close = [97, 91, 92, 98, 95, 99, 96, 92, 90, 87, 88, 89, 83, 80]
  given volume = [2, 10, 3, 2, 5, 6, 30, 5, 3, 12, 30, 8, 6, 4]
  assert rsi_rises_against_price(3, 2) is [_, _, _, _, _, false, false, false, false, false, true,
    false, false, false]
}
