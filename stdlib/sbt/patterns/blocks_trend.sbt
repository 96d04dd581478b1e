#sbt 1

// Pattern blocks on direction and strength of a trend: directional movement, Aroon, cloud, vortex, Heikin-Ashi,
// Hilbert transform, efficiency.

/// The average directional index is above a level.
/// Catalogue: ADX_TRENDING; both; adx(period) > threshold.
indicator adx_above(period: bars = 14, threshold: float = 25) -> bool {
  give adx(period) > threshold
}

/// The average directional index is below a level.
/// Catalogue: WEAK_TREND; both; adx(period) < threshold.
indicator adx_below(period: bars = 14, threshold: float = 20) -> bool {
  give adx(period) < threshold
}

/// The upward directional index crosses above the downward one.
/// Catalogue: DI_CROSS_UP, DI_CROSS_BULL; long; plus_di(period) crosses above minus_di(period).
indicator di_crosses_up(period: bars = 14) -> bool {
  give plus_di(period) crosses above minus_di(period)
}

/// The downward directional index crosses above the upward one.
/// Catalogue: DI_CROSS_DOWN, DI_CROSS_BEAR; short; minus_di(period) crosses above plus_di(period).
indicator di_crosses_down(period: bars = 14) -> bool {
  give minus_di(period) crosses above plus_di(period)
}

/// The trend is strong and the upward directional index leads by some points.
/// Catalogue: STRONG_PLUS_DI, STRONG_UPTREND, ADX_FILTER; long; adx(period) > adx_threshold and plus_di(period) >
/// minus_di(period) + di_diff.
indicator di_leads_up(period: bars = 14, adx_threshold: float = 25, di_diff: float = 0) -> bool {
  give adx(period) > adx_threshold and plus_di(period) > minus_di(period) + di_diff
}

/// The trend is strong and the downward directional index leads by some points.
/// Catalogue: STRONG_MINUS_DI, STRONG_DOWNTREND; short; adx(period) > adx_threshold and minus_di(period) >
/// plus_di(period) + di_diff.
indicator di_leads_down(period: bars = 14, adx_threshold: float = 25, di_diff: float = 0) -> bool {
  give adx(period) > adx_threshold and minus_di(period) > plus_di(period) + di_diff
}

/// The trend is strong and the upward directional index leads from above a level.
/// Catalogue: ADX_DI_CONFIRM; long; adx(period) > adx_thresh and p > minus_di(period) and p > di_thresh, p =
/// plus_di(period).
indicator di_confirms_up(period: bars = 14, adx_thresh: float = 25, di_thresh: float = 20) -> bool {
  let p = plus_di(period)
  give adx(period) > adx_thresh and p > minus_di(period) and p > di_thresh
}

/// The upward directional index leads by some points and by more than some bars ago.
/// Catalogue: DI_SPREAD_WIDE_BULL, DMI_SPREAD_EXPAND; long; gap > threshold and gap > gap[span], gap =
/// plus_di(period) - minus_di(period).
indicator di_gap_widens_up(period: bars = 14, threshold: float = 10, span: bars = 1) -> bool {
  let gap = plus_di(period) - minus_di(period)
  give gap > threshold and gap > gap[span]
}

/// The downward directional index leads by some points and by more than some bars ago.
/// Catalogue: DI_SPREAD_WIDE_BEAR; short; gap > threshold and gap > gap[span], gap = minus_di(period) -
/// plus_di(period).
indicator di_gap_widens_down(period: bars = 14, threshold: float = 10, span: bars = 1) -> bool {
  let gap = minus_di(period) - plus_di(period)
  give gap > threshold and gap > gap[span]
}

/// The upward directional index crosses above the downward one in a strong trend.
/// Catalogue: DMI_CROSS_ADX_FILTER, ADX_DI_COMBO; long; plus_di(period) crosses above minus_di(period) and
/// adx(period) > adx_thresh.
indicator di_crosses_up_in_trend(period: bars = 14, adx_thresh: float = 20) -> bool {
  give plus_di(period) crosses above minus_di(period) and adx(period) > adx_thresh
}

/// The upward directional index crosses above the downward one as the trend grows stronger.
/// Catalogue: ADX_TREND_SHIFT; long; plus_di(period) crosses above minus_di(period) and a > a[span], a =
/// adx(period).
indicator di_crosses_up_adx_rises(period: bars = 14, span: bars = 3) -> bool {
  let a = adx(period)
  give plus_di(period) crosses above minus_di(period) and a > a[span]
}

/// The trend is stronger than a level and than some bars ago, the upward directional index leads.
/// Catalogue: ADX_STRENGTH, TRENDING_REGIME, ADX_RISING_DI_PLUS; long; a > threshold and plus_di(period) >
/// minus_di(period) and a > a[span], a = adx(period).
indicator adx_rises_upwards(period: bars = 14, threshold: float = 0, span: bars = 3) -> bool {
  let a = adx(period)
  give a > threshold and plus_di(period) > minus_di(period) and a > a[span]
}

/// The trend is weak, the relative strength index low and the close rose.
/// Catalogue: RANGING_REGIME; long; adx(period) < threshold and rsi(close, rsi_n) < rsi_level and close > close[1].
indicator weak_trend_oversold(period: bars = 14, threshold: float = 20, rsi_n: bars = 14,
  rsi_level: float = 35) -> bool {
  give adx(period) < threshold and rsi(close, rsi_n) < rsi_level and close > close[1]
}

/// Aroon up crosses above Aroon down.
/// Catalogue: AROON_CROSS_UP; long; aroon(period).up crosses above aroon(period).down.
indicator aroon_crosses_up(period: bars = 14) -> bool {
  give aroon(period).up crosses above aroon(period).down
}

/// Aroon down crosses above Aroon up.
/// Catalogue: AROON_CROSS_DOWN; short; aroon(period).down crosses above aroon(period).up.
indicator aroon_crosses_down(period: bars = 14) -> bool {
  give aroon(period).down crosses above aroon(period).up
}

/// Aroon up is above a level.
/// Catalogue: AROON_STRONG_UP; long; aroon(period).up > threshold.
indicator aroon_up_above(period: bars = 14, threshold: float = 70) -> bool {
  give aroon(period).up > threshold
}

/// Aroon down is above a level.
/// Catalogue: AROON_STRONG_DOWN; short; aroon(period).down > threshold.
indicator aroon_down_above(period: bars = 14, threshold: float = 70) -> bool {
  give aroon(period).down > threshold
}

/// The close is above both edges of the Ichimoku cloud over it.
/// Catalogue: ICHIMOKU_ABOVE_CLOUD; long; close > i.span_a and close > i.span_b, i = ichimoku(tenkan, kijun, senkou,
/// displacement).
/// Derived from name and parameters, as the catalogue has no formula: ICHIMOKU_ABOVE_CLOUD.
indicator above_cloud(tenkan: bars = 9, kijun: bars = 26, senkou: bars = 52,
  displacement: bars = 26) -> bool {
  let i = ichimoku(tenkan, kijun, senkou, displacement)
  give close > i.span_a and close > i.span_b
}

/// The close is below both edges of the Ichimoku cloud over it.
/// Catalogue: ICHIMOKU_BELOW_CLOUD; short; close < i.span_a and close < i.span_b, i = ichimoku(tenkan, kijun,
/// senkou, displacement).
/// Derived from name and parameters, as the catalogue has no formula: ICHIMOKU_BELOW_CLOUD.
indicator below_cloud(tenkan: bars = 9, kijun: bars = 26, senkou: bars = 52,
  displacement: bars = 26) -> bool {
  let i = ichimoku(tenkan, kijun, senkou, displacement)
  give close < i.span_a and close < i.span_b
}

/// The Ichimoku conversion line crosses above the base line.
/// Catalogue: ICHIMOKU_TK_CROSS_UP; long; midprice(tenkan) crosses above midprice(kijun).
indicator conversion_crosses_above_base(tenkan: bars = 9, kijun: bars = 26) -> bool {
  give midprice(tenkan) crosses above midprice(kijun)
}

/// The Ichimoku conversion line crosses below the base line.
/// Catalogue: ICHIMOKU_TK_CROSS_DOWN; short; midprice(tenkan) crosses below midprice(kijun).
indicator conversion_crosses_below_base(tenkan: bars = 9, kijun: bars = 26) -> bool {
  give midprice(tenkan) crosses below midprice(kijun)
}

/// The positive vortex line crosses above the negative one.
/// Catalogue: VORTEX_BULL_CROSS; long; vortex(period).plus crosses above vortex(period).minus.
indicator vortex_crosses_up(period: bars = 14) -> bool {
  give vortex(period).plus crosses above vortex(period).minus
}

/// The positive vortex line crosses below the negative one.
/// Catalogue: VORTEX_BEAR_CROSS; short; vortex(period).plus crosses below vortex(period).minus.
indicator vortex_crosses_down(period: bars = 14) -> bool {
  give vortex(period).plus crosses below vortex(period).minus
}

/// The positive vortex line is above the negative one by more than a level.
/// Catalogue: VORTEX_STRONG_TREND; long; vortex(period).plus - vortex(period).minus > threshold.
indicator vortex_leads_up(period: bars = 14, threshold: float = 0.2) -> bool {
  give vortex(period).plus - vortex(period).minus > threshold
}

/// The Heikin-Ashi candle is white and has no shadow below.
/// Catalogue: HA_BULLISH_STRONG; long; h.close > h.open and h.low >= h.open, h = heikin_ashi().
/// Derived from name and parameters, as the catalogue has no formula: HA_BULLISH_STRONG.
indicator smoothed_candle_strong_up() -> bool {
  let h = heikin_ashi()
  give h.close > h.open and h.low >= h.open
}

/// The Heikin-Ashi candle is black and has no shadow above.
/// Catalogue: HA_BEARISH_STRONG; short; h.close < h.open and h.high <= h.open, h = heikin_ashi().
/// Derived from name and parameters, as the catalogue has no formula: HA_BEARISH_STRONG.
indicator smoothed_candle_strong_down() -> bool {
  let h = heikin_ashi()
  give h.close < h.open and h.high <= h.open
}

/// The Heikin-Ashi candle turns from black to white.
/// Catalogue: HA_REVERSAL_BULLISH; long; h.close > h.open and h.close[1] < h.open[1], h = heikin_ashi().
/// Mended (HA_REVERSAL_BULLISH): the candle's open follows its own past, as Heikin-Ashi defines it.
indicator smoothed_candle_turns_up() -> bool {
  let h = heikin_ashi()
  give h.close > h.open and h.close[1] < h.open[1]
}

/// The Heikin-Ashi candle turns from white to black.
/// Catalogue: HA_REVERSAL_BEARISH; short; h.close < h.open and h.close[1] > h.open[1], h = heikin_ashi().
/// Mended (HA_REVERSAL_BEARISH): the candle's open follows its own past, as Heikin-Ashi defines it.
indicator smoothed_candle_turns_down() -> bool {
  let h = heikin_ashi()
  give h.close < h.open and h.close[1] > h.open[1]
}

/// The close crosses above the Hilbert trendline.
/// Catalogue: HT_TRENDLINE_CROSS_UP; long; close crosses above ht_trendline(close).
indicator hilbert_line_crossed_up() -> bool {
  give close crosses above ht_trendline(close)
}

/// The close crosses below the Hilbert trendline.
/// Catalogue: HT_TRENDLINE_CROSS_DOWN; short; close crosses below ht_trendline(close).
indicator hilbert_line_crossed_down() -> bool {
  give close crosses below ht_trendline(close)
}

/// The Hilbert transform sees a trend.
/// Catalogue: HT_TREND_MODE; both; ht_trendmode(close).
indicator hilbert_trend() -> bool {
  give ht_trendmode(close)
}

/// The Hilbert transform sees a cycle.
/// Catalogue: HT_CYCLE_MODE; both; not ht_trendmode(close).
indicator hilbert_cycle() -> bool {
  give not ht_trendmode(close)
}

/// The close rose, and its net travel is more than a share of its path.
/// Catalogue: HIGH_EFFICIENCY_RATIO, EFFICIENCY_SIGNAL; long; efficiency_ratio(close, period) > threshold and close
/// > close[period].
indicator efficient_rise(period: bars = 10, threshold: float = 0.5) -> bool {
  give efficiency_ratio(close, period) > threshold and close > close[period]
}

/// The close rose efficiently on more than the average volume.
/// Catalogue: NOISE_FILTER; long; efficiency_ratio(close, period) > threshold and close > close[period] and volume >
/// sma(volume, avg_n).
indicator efficient_rise_on_volume(period: bars = 10, threshold: float = 0.3,
  avg_n: bars = 20) -> bool {
  give efficiency_ratio(close, period) > threshold
    and close > close[period]
    and volume > sma(volume, avg_n)
}

/// The efficiency ratio is above a level and higher than some bars ago.
/// Catalogue: ER_RISING; both; e > e[span] and e > level, e = efficiency_ratio(close, period).
indicator efficiency_rises(period: bars = 10, span: bars = 3, level: float = 0.3) -> bool {
  let e = efficiency_ratio(close, period)
  give e > e[span] and e > level
}

/// The efficiency ratio rose from below one level to above another.
/// Catalogue: ER_LOW_TO_HIGH; both; e[span] < low_thresh and e > high_thresh, e = efficiency_ratio(close, period).
indicator efficiency_jumps(period: bars = 10, low_thresh: float = 0.2, high_thresh: float = 0.4,
  span: bars = 3) -> bool {
  let e = efficiency_ratio(close, period)
  give e[span] < low_thresh and e > high_thresh
}

/// The close rose, and the whole range is more than a share of the bars' ranges.
/// Catalogue: FRACTAL_EFFICIENCY; long; (highest(high, period) - lowest(low, period)) > threshold * sum_of(high -
/// low, period) and close > close[period].
indicator range_efficient_rise(period: bars = 10, threshold: float = 0.4) -> bool {
  give (highest(high, period) - lowest(low, period)) > threshold * sum_of(high - low, period)
    and close > close[period]
}

/// The choppiness index is below a level: the market trends.
/// Catalogue: LOW_CHOPPINESS; long; choppiness(period) < threshold.
/// Derived from name and parameters, as the catalogue has no formula: LOW_CHOPPINESS.
indicator choppiness_below(period: bars = 14, threshold: float = 38.2) -> bool {
  give choppiness(period) < threshold
}

/// The choppiness index is above a level: the market goes sideways.
/// Catalogue: CHOP_EXTREME; both; choppiness(period) > threshold.
/// Derived from name and parameters, as the catalogue has no formula: CHOP_EXTREME.
indicator choppiness_above(period: bars = 14, threshold: float = 61.8) -> bool {
  give choppiness(period) > threshold
}

/// The choppiness index fell below one level after having been above another.
/// Catalogue: CHOP_BREAKOUT; both; c < low_thresh and highest(c, span) > high_thresh, c = choppiness(period).
/// Derived from name and parameters, as the catalogue has no formula: CHOP_BREAKOUT.
indicator choppiness_breaks_down(period: bars = 14, high_thresh: float = 60, low_thresh: float = 45,
  span: bars = 5) -> bool {
  let c = choppiness(period)
  give c < low_thresh and highest(c, span) > high_thresh
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 110, 111, 107, 98, 101, 102, 101, 97, 100, 99, 106, 110, 112]
  given high = [107, 112, 113, 109, 99, 101, 102, 101, 101, 101, 107, 110, 118, 112]
  given low = [100, 108, 101, 100, 94, 99, 96, 97, 96, 98, 98, 105, 109, 109]
  given close = [105, 111, 107, 100, 96, 101, 96, 97, 100, 98, 106, 109, 112, 111]
  given volume = [8, 6, 10, 4, 8, 30, 10, 8, 3, 4, 20, 10, 1, 5]
  assert di_crosses_up(2) is [_, _, _, false, false, false, false, false, false, false, true, false,
    false, false]
  assert di_leads_up(2, 25, 0) is [_, _, _, false, false, false, false, false, false, false, true,
    true, true, true]
  assert di_leads_down(2, 25, 0) is [_, _, _, true, true, true, true, true, true, true, false,
    false, false, false]
  assert di_confirms_up(2, 25, 20) is [_, _, _, false, false, false, false, false, false, false,
    true, true, true, true]
  assert di_gap_widens_up(2, 10, 1) is [_, _, _, false, false, false, false, false, false, false,
    true, true, true, false]
  assert di_gap_widens_down(2, 10, 1) is [_, _, _, false, true, false, true, false, true, false,
    false, false, false, false]
  assert di_crosses_up_in_trend(2, 20) is [_, _, _, false, false, false, false, false, false, false,
    true, false, false, false]
  assert di_crosses_up_adx_rises(3, 2) is [_, _, _, _, _, _, _, false, false, false, true, false,
    false, false]
  assert adx_rises_upwards(3, 0, 2) is [_, _, _, _, _, _, _, false, false, false, true, true, true,
    true]
  assert aroon_crosses_up(2) is [_, _, _, false, false, false, true, false, false, true, false,
    false, false, false]
  assert aroon_crosses_down(2) is [_, _, _, true, false, false, false, false, true, false, false,
    false, false, false]
  assert aroon_up_above(2, 70) is [_, _, true, false, false, false, true, false, false, true, true,
    true, true, false]
  assert aroon_down_above(2, 70) is [_, _, false, true, true, false, false, false, true, false,
    false, false, false, false]
  assert above_cloud(2, 3, 4, 3) is [_, _, _, _, _, false, false, false, false, false, true, true,
    true, true]
  assert below_cloud(2, 3, 4, 3) is [_, _, _, _, _, true, true, true, false, false, false, false,
    false, false]
  assert vortex_crosses_up(2) is [_, _, _, false, false, false, true, false, false, true, false,
    false, false, false]
  assert vortex_crosses_down(2) is [_, _, _, true, false, false, false, true, false, false, false,
    false, false, false]
  assert vortex_leads_up(2, 0.2) is [_, _, true, false, false, false, true, false, false, false,
    true, true, true, true]
  assert smoothed_candle_turns_up() is [_, false, false, false, false, false, false, false, false,
    true, false, false, false, false]
  assert smoothed_candle_turns_down() is [_, false, false, true, false, false, false, false, false,
    false, false, false, false, false]
  assert efficient_rise_on_volume(2, 0.3, 3) is [_, _, false, false, false, false, false, false,
    false, false, true, false, false, false]
  assert efficiency_rises(3, 2, 0.3) is [_, _, _, _, _, true, false, false, false, true, true, true,
    true, true]
  assert efficiency_jumps(3, 0.2, 0.4, 2) is [_, _, _, _, _, false, false, false, false, false,
    true, false, false, false]
  assert range_efficient_rise(2, 0.4) is [_, _, true, false, false, true, false, false, true, true,
    true, true, true, true]
  assert choppiness_below(2, 38.2) is [_, _, false, false, true, false, false, false, false, false,
    false, true, true, false]
  assert choppiness_above(2, 61.8) is [_, _, true, true, false, true, true, true, true, true, false,
    false, false, false]
  assert choppiness_breaks_down(3, 60, 45, 2) is [_, _, _, _, true, false, false, false, false,
    false, true, false, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 100, 101, 101, 100, 99, 100, 103, 108, 110, 115, 116, 115, 115]
  given high = [101, 101, 103, 102, 101, 101, 105, 107, 111, 115, 117, 117, 117, 116]
  given low = [100, 98, 100, 99, 100, 99, 100, 102, 108, 108, 114, 114, 112, 113]
  given close = [101, 101, 101, 100, 101, 99, 103, 106, 109, 113, 116, 116, 114, 115]
  given volume = [8, 3, 1, 2, 1, 3, 30, 30, 12, 4, 3, 12, 5, 10]
  assert adx_above(2, 25) is [_, _, _, true, false, true, true, true, true, true, true, true, true,
    true]
  assert di_crosses_down(2) is [_, _, _, true, false, false, false, false, false, false, false,
    false, true, false]
  assert efficient_rise(2, 0.5) is [_, _, false, false, false, false, false, true, true, true, true,
    true, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [95, 90, 94, 92, 94, 91, 91, 90, 89, 91, 85, 87, 86, 87]
  given high = [95, 90, 95, 97, 94, 93, 92, 91, 93, 92, 87, 91, 87, 87]
  given low = [92, 89, 93, 91, 91, 90, 87, 87, 88, 85, 82, 85, 83, 86]
  given close = [95, 89, 93, 96, 91, 92, 88, 89, 90, 86, 85, 88, 86, 86]
  given volume = [2, 10, 3, 8, 5, 12, 1, 6, 30, 3, 5, 12, 1, 2]
  assert weak_trend_oversold(3, 25, 3, 43.75) is [_, _, _, _, _, true, false, false, false, false,
    false, false, false, false]
  assert conversion_crosses_above_base(2, 3) is [_, _, _, true, false, false, false, false, false,
    false, false, false, true, false]
  assert conversion_crosses_below_base(2, 3) is [_, _, _, false, false, true, false, false, false,
    false, true, false, false, true]
}

test "bars 4: where the blocks fire and where not" {
  given open = [101, 95, 94, 96, 95, 98, 99, 99, 104, 103, 109, 110, 111, 109]
  given high = [105, 95, 97, 98, 100, 101, 103, 104, 105, 113, 109, 111, 112, 115]
  given low = [96, 90, 94, 95, 94, 96, 98, 98, 100, 99, 107, 110, 109, 108]
  given close = [96, 94, 96, 95, 98, 99, 99, 104, 104, 109, 109, 111, 111, 114]
  given volume = [8, 12, 8, 6, 30, 3, 6, 10, 20, 12, 6, 30, 2, 2]
  assert adx_below(2, 20) is [_, _, _, true, false, false, false, false, false, false, false, false,
    false, false]
  assert smoothed_candle_strong_down() is [false, true, false, false, false, false, false, false,
    false, false, false, false, false, false]
}

test "bars 5: where the blocks fire and where not" {
  given open = [102, 107, 105, 101, 99, 93, 91, 90, 86, 85, 88, 92, 87, 85]
  given high = [106, 107, 107, 101, 99, 93, 92, 90, 86, 89, 92, 93, 87, 87]
  given low = [102, 104, 101, 97, 98, 87, 87, 84, 84, 85, 87, 88, 86, 82]
  given close = [106, 105, 101, 98, 98, 91, 89, 86, 85, 88, 92, 88, 87, 82]
  given volume = [20, 20, 1, 3, 30, 8, 1, 12, 6, 5, 10, 8, 30, 1]
  assert smoothed_candle_strong_up() is [false, true, false, false, false, false, false, false,
    false, false, false, false, false, false]
}

test "Hilbert transform, by TA-Lib" {
  given close = [99, 103, 103, 104, 103, 104, 104, 104, 104, 101, 97, 96, 92, 92, 93, 95, 94, 97,
    98, 99, 103, 103, 104, 103, 101, 98, 99, 95, 95, 92, 91, 87, 88, 87, 88, 90, 94, 95, 97, 98, 98,
    100, 101, 99, 99, 100, 96, 93, 91, 87, 86, 87, 88, 90, 90, 92, 94, 98, 101, 104, 106, 109, 107,
    107, 105, 104, 103, 100, 98, 99, 98, 96, 98, 101, 100, 101, 105, 108, 110, 112, 110, 111, 108,
    106, 107, 107, 107, 106, 104, 102]
  assert hilbert_line_crossed_up() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, false, false, false, false, false, false, false, false,
    false, true, false, false, false, false, false, false, false, false, false, false, false, false,
    false, false, false, false]
  assert hilbert_line_crossed_down() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, false, false, false, false, false, false, false, true,
    false, false, false, false, false, false, false, false, false, false, false, false, false,
    false, false, false, true, false]
  assert hilbert_trend() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, false, true, true, true, true, true,
    true, true, true, true, true, true, true, false, false]
  assert hilbert_cycle() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, true, false, false, false, false,
    false, false, false, false, false, false, false, false, true, true]
}
