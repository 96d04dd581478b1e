#sbt 1

// Pattern blocks on several averages at once, and on the distance of the close from one.

/// Three exponential averages lie in rising order.
/// Catalogue: EMA_STACK_BULL; long; ema(close, fast) > m and m > ema(close, slow), m = ema(close, med).
indicator emas_stacked_up(fast: bars = 8, med: bars = 21, slow: bars = 50) -> bool {
  let m = ema(close, med)
  give ema(close, fast) > m and m > ema(close, slow)
}

/// Three exponential averages lie in falling order.
/// Catalogue: EMA_STACK_BEAR; short; ema(close, fast) < m and m < ema(close, slow), m = ema(close, med).
indicator emas_stacked_down(fast: bars = 8, med: bars = 21, slow: bars = 50) -> bool {
  let m = ema(close, med)
  give ema(close, fast) < m and m < ema(close, slow)
}

/// Three exponential averages come into rising order.
/// Catalogue: EMA_STACK_ALIGN_BULL; long; starts(ema(close, fast) > m and m > ema(close, slow)), m = ema(close,
/// med).
indicator emas_become_stacked_up(fast: bars = 10, med: bars = 21, slow: bars = 50) -> bool {
  let m = ema(close, med)
  give starts(ema(close, fast) > m and m > ema(close, slow))
}

/// The close and three exponential averages lie in rising order.
/// Catalogue: MA_RIBBON_BULLISH, MULTI_MA_ALIGN; long; f > m and m > ema(close, slow) and close > f, f = ema(close,
/// fast), m = ema(close, medium).
indicator close_leads_emas_up(fast: bars = 10, medium: bars = 50, slow: bars = 200) -> bool {
  let f = ema(close, fast)
  let m = ema(close, medium)
  give f > m and m > ema(close, slow) and close > f
}

/// The close and three exponential averages lie in falling order.
/// Catalogue: MA_RIBBON_BEARISH; short; f < m and m < ema(close, slow) and close < f, f = ema(close, fast), m =
/// ema(close, medium).
indicator close_leads_emas_down(fast: bars = 10, medium: bars = 50, slow: bars = 200) -> bool {
  let f = ema(close, fast)
  let m = ema(close, medium)
  give f < m and m < ema(close, slow) and close < f
}

/// The close and four exponential averages lie in rising order.
/// Catalogue: HIGHER_MA_ALIGN; long; close > e1 and e1 > e2 and e2 > e3 and e3 > ema(close, d), e1 = ema(close, a),
/// e2 = ema(close, b), e3 = ema(close, c).
indicator close_leads_four_emas_up(a: bars = 20, b: bars = 50, c: bars = 100,
  d: bars = 200) -> bool {
  let e1 = ema(close, a)
  let e2 = ema(close, b)
  let e3 = ema(close, c)
  give close > e1 and e1 > e2 and e2 > e3 and e3 > ema(close, d)
}

/// Three exponential averages lie in rising order and the bar reaches down to the first but closes above it.
/// Catalogue: TRIPLE_MA_SYS; long; f > m and m > ema(close, slow) and low <= f * (1 + reach) and close > f, f =
/// ema(close, fast), m = ema(close, med).
indicator stacked_emas_touched(fast: bars = 10, med: bars = 20, slow: bars = 50,
  reach: float = 0.01) -> bool {
  let f = ema(close, fast)
  let m = ema(close, med)
  give f > m and m > ema(close, slow) and low <= f * (1 + reach) and close > f
}

/// The gap of two exponential averages is a fraction of its usual size.
/// Catalogue: MA_RIBBON_SQUEEZE; both; gap < threshold * sma(gap, lookback), gap = abs(ema(close, fast) - ema(close,
/// slow)) / close.
indicator emas_draw_together(fast: bars = 10, slow: bars = 50, lookback: bars = 20,
  threshold: float = 0.5) -> bool {
  let gap = abs(ema(close, fast) - ema(close, slow)) / close
  give gap < threshold * sma(gap, lookback)
}

/// The relative gap of two exponential averages is positive and wider than some bars ago.
/// Catalogue: RIBBON_EXPANSION; long; gap > gap[span] and gap > 0, gap = (ema(close, fast) - ema(close, slow)) /
/// close.
indicator emas_spread_up(fast: bars = 10, slow: bars = 30, span: bars = 3) -> bool {
  let gap = (ema(close, fast) - ema(close, slow)) / close
  give gap > gap[span] and gap > 0
}

/// Two exponential averages were within some percent of each other; now the close is above the fast one on high
/// volume.
/// Catalogue: MAS_SQUEEZE; long; gap[1] < threshold and close > f and volume > mult * sma(volume, avg_n), f =
/// ema(close, fast), gap = 100 * abs(f - ema(close, slow)) / close.
indicator emas_close_then_break(threshold: float = 1, fast: bars = 10, slow: bars = 50,
  mult: float = 1.5, avg_n: bars = 20) -> bool {
  let f = ema(close, fast)
  let gap = 100 * abs(f - ema(close, slow)) / close
  give gap[1] < threshold and close > f and volume > mult * sma(volume, avg_n)
}

/// The gap of two simple averages is a fraction of its usual size.
/// Catalogue: MA_SQUEEZE; both; gap < mult * sma(gap, avg_period), gap = abs(sma(close, fast) - sma(close, slow)) /
/// close.
indicator smas_draw_together(fast: bars = 10, slow: bars = 30, avg_period: bars = 20,
  mult: float = 0.5) -> bool {
  let gap = abs(sma(close, fast) - sma(close, slow)) / close
  give gap < mult * sma(gap, avg_period)
}

/// The relative gap of two simple averages is positive and widens.
/// Catalogue: MA_EXPANSION; long; gap > gap[1] and gap > 0, gap = (sma(close, fast) - sma(close, slow)) / close.
indicator smas_spread_up(fast: bars = 10, slow: bars = 30) -> bool {
  let gap = (sma(close, fast) - sma(close, slow)) / close
  give gap > gap[1] and gap > 0
}

/// Two simple averages are within some percent of each other and the close within some percent of their middle.
/// Catalogue: MA_CONVERGE_TOUCH; both; 100 * abs(f - s) / close < spread_thresh and 100 * abs(close - (f + s) / 2) /
/// close < touch_thresh, f = sma(close, fast), s = sma(close, slow).
indicator close_meets_joined_smas(fast: bars = 10, slow: bars = 30, spread_thresh: float = 0.5,
  touch_thresh: float = 0.3) -> bool {
  let f = sma(close, fast)
  let s = sma(close, slow)
  give 100 * abs(f - s) / close < spread_thresh
    and 100 * abs(close - (f + s) / 2) / close < touch_thresh
}

/// The close and four averages of averages lie in falling order of smoothness.
/// Catalogue: RAINBOW_BULL_ALIGN; long; close > a and a > b and b > c and c > sma(c, base), a = sma(close, base), b
/// = sma(a, base), c = sma(b, base).
indicator rainbow_stacked_up(base: bars = 2) -> bool {
  let a = sma(close, base)
  let b = sma(a, base)
  let c = sma(b, base)
  give close > a and a > b and b > c and c > sma(c, base)
}

/// The close crosses above an average that lies above its own average.
/// Catalogue: RAINBOW_CROSS; long; close crosses above a and a > sma(a, base), a = sma(close, base).
indicator rainbow_crossed(base: bars = 2) -> bool {
  let a = sma(close, base)
  give close crosses above a and a > sma(a, base)
}

/// The relative gap between an average and its twice smoothed self is positive and wider than some bars ago.
/// Catalogue: RAINBOW_WIDTH; long; gap > gap[span] and gap > 0, a = sma(close, base), gap = (a - sma(sma(a, base),
/// base)) / close.
indicator rainbow_widens(base: bars = 2, span: bars = 3) -> bool {
  let a = sma(close, base)
  let gap = (a - sma(sma(a, base), base)) / close
  give gap > gap[span] and gap > 0
}

/// Trend score, 0..4: how many of four orders hold: the close above the fast and above the slow average, and each
/// average above the next slower one. Units: none.
indicator trend_score(a: bars = 5, b: bars = 10, c: bars = 20) -> float {
  give as_number(close > sma(close, a)) + as_number(sma(close, a) > sma(close,
    b)) + as_number(sma(close, b) > sma(close, c)) + as_number(close > sma(close, c))
}

/// The trend score reaches a level.
/// Catalogue: TREND_SCORE_BULL; long; trend_score(a, b, c) >= threshold.
indicator trend_score_high(threshold: float = 3, a: bars = 5, b: bars = 10, c: bars = 20) -> bool {
  give trend_score(a, b, c) >= threshold
}

/// The trend score reaches a level and is higher than some bars ago.
/// Catalogue: TREND_SCORE_IMPROVE; long; s > s[span] and s >= least, s = trend_score(a, b, c).
indicator trend_score_improves(a: bars = 5, b: bars = 10, c: bars = 20, span: bars = 3,
  least: float = 2) -> bool {
  let s = trend_score(a, b, c)
  give s > s[span] and s >= least
}

/// The trend score jumps from one level or less to another or more.
/// Catalogue: TREND_SCORE_FLIP; long; s[1] <= was and s >= now, s = trend_score(a, b, c).
indicator trend_score_flips(a: bars = 5, b: bars = 10, c: bars = 20, was: float = 1,
  now: float = 3) -> bool {
  let s = trend_score(a, b, c)
  give s[1] <= was and s >= now
}

/// The close gets above all three simple averages, after two of them.
/// Catalogue: TREND_STACK; long; score == 3 and score[1] == 2, score = as_number(close > sma(close, a)) +
/// as_number(close > sma(close, b)) + as_number(close > sma(close, c)).
indicator close_clears_last_average(a: bars = 20, b: bars = 50, c: bars = 100) -> bool {
  let score = as_number(close > sma(close, a)) + as_number(close > sma(close,
    b)) + as_number(close > sma(close, c))
  give score == 3 and score[1] == 2
}

/// The close is more than some percent above its simple average.
/// Catalogue: PRICE_MA_OVER_EXT_UP; short; bias(close, period) > threshold.
indicator stretched_above_average(period: bars = 20, threshold: float = 5) -> bool {
  give bias(close, period) > threshold
}

/// The close is more than some percent below its simple average.
/// Catalogue: PRICE_MA_OVER_EXT_DOWN; long; bias(close, period) < -threshold.
indicator stretched_below_average(period: bars = 20, threshold: float = 5) -> bool {
  give bias(close, period) < -threshold
}

/// The close, more than some percent above its average a bar ago, comes nearer.
/// Catalogue: PRICE_MA_RETURN_DOWN; short; d[1] > threshold and d < d[1], d = bias(close, period).
indicator returns_from_above(period: bars = 20, threshold: float = 3) -> bool {
  let d = bias(close, period)
  give d[1] > threshold and d < d[1]
}

/// The close, more than some percent below its average a bar ago, comes nearer.
/// Catalogue: PRICE_MA_RETURN_UP; long; d[1] < -threshold and d > d[1], d = bias(close, period).
indicator returns_from_below(period: bars = 20, threshold: float = 3) -> bool {
  let d = bias(close, period)
  give d[1] < -threshold and d > d[1]
}

/// The close is more than some percent below its average but rose.
/// Catalogue: REL_POS_MA; long; bias(close, period) < -threshold and close > close[1].
indicator stretched_below_and_rising(period: bars = 20, threshold: float = 2) -> bool {
  give bias(close, period) < -threshold and close > close[1]
}

/// The close is more than some percent above its average while the relative strength index fell.
/// Catalogue: OVEREXT_UP_DIV; short; bias(close, period) > dist_thresh and r < r[span], r = rsi(close, rsi_n).
indicator stretched_up_rsi_falls(period: bars = 20, dist_thresh: float = 3, rsi_n: bars = 14,
  span: bars = 5) -> bool {
  let r = rsi(close, rsi_n)
  give bias(close, period) > dist_thresh and r < r[span]
}

/// The close is more than some percent below its average while the relative strength index rose.
/// Catalogue: OVEREXT_DOWN_DIV; long; bias(close, period) < -dist_thresh and r > r[span], r = rsi(close, rsi_n).
indicator stretched_down_rsi_rises(period: bars = 20, dist_thresh: float = 3, rsi_n: bars = 14,
  span: bars = 5) -> bool {
  let r = rsi(close, rsi_n)
  give bias(close, period) < -dist_thresh and r > r[span]
}

/// The close is some standard deviations below its average.
/// Catalogue: PRICE_ZSCORE_EXTREME, ZSCORE_LOW; long; zscore(close, period) < threshold.
/// Mended (ZSCORE_LOW): the sample deviation instead of the population's.
indicator zscore_below(period: bars = 20, threshold: float = -2) -> bool {
  give zscore(close, period) < threshold
}

/// The close is some standard deviations below its average on a white bar.
/// Catalogue: ZSCORE_REV, MEAN_REVERSION_SETUP; long; zscore(close, period) < threshold and close > open.
indicator zscore_below_white(period: bars = 20, threshold: float = -2) -> bool {
  give zscore(close, period) < threshold and close > open
}

/// The close ranks low among the last closes.
/// Catalogue: PCTRANK_LOW; long; percent_rank(close, period) < threshold.
/// Derived from name and parameters, as the catalogue has no formula: PCTRANK_LOW.
indicator percent_rank_below(period: bars = 50, threshold: float = 10) -> bool {
  give percent_rank(close, period) < threshold
}

/// The close ranks high among the last closes.
/// Catalogue: PCTRANK_HIGH; short; percent_rank(close, period) > threshold.
/// Derived from name and parameters, as the catalogue has no formula: PCTRANK_HIGH.
indicator percent_rank_above(period: bars = 50, threshold: float = 90) -> bool {
  give percent_rank(close, period) > threshold
}

/// The rank of the close among the last closes crosses above a level.
/// Catalogue: PCTRANK_REVERT_UP; long; percent_rank(close, period) crosses above low_thresh.
/// Derived from name and parameters, as the catalogue has no formula: PCTRANK_REVERT_UP.
indicator percent_rank_recovers(period: bars = 50, low_thresh: float = 20) -> bool {
  give percent_rank(close, period) crosses above low_thresh
}

/// Trend intensity: the distance of the close from its average in units of its mean distance; 0 when there was none.
/// Formula: |close - sma| / sma(|close - sma|). Units: none.
indicator trend_stretch(period: bars = 20) -> float {
  let d = abs(close - sma(close, period))
  let usual = sma(d, period)
  give if usual == 0 then 0 else d / usual
}

/// The close is above its average by a multiple of the mean distance.
/// Catalogue: TREND_INTENSITY_HIGH; long; trend_stretch(period) > threshold and close > sma(close, period).
indicator trend_intensity_above(period: bars = 20, threshold: float = 1.2) -> bool {
  give trend_stretch(period) > threshold and close > sma(close, period)
}

/// The close is above its average and relatively farther from it than some bars ago.
/// Catalogue: TREND_INTENSITY_RISING; long; t > t[span] and close > sma(close, period), t = trend_stretch(period).
indicator trend_intensity_rises(period: bars = 20, span: bars = 3) -> bool {
  let t = trend_stretch(period)
  give t > t[span] and close > sma(close, period)
}

/// The close was near its average some bars ago and is now above it by a multiple of the mean distance.
/// Catalogue: TREND_INTENSITY_BREAK; long; t[span] < was and t > threshold and close > sma(close, period), t =
/// trend_stretch(period).
indicator trend_intensity_breaks_out(period: bars = 20, threshold: float = 1.2, was: float = 0.8,
  span: bars = 3) -> bool {
  let t = trend_stretch(period)
  give t[span] < was and t > threshold and close > sma(close, period)
}

/// An exponential average rose by more than some percent, the close above it.
/// Catalogue: MA_SLOPE_FILTER; long; roc(e, span) > threshold and close > e, e = ema(close, period).
indicator average_slopes_up(period: bars = 20, threshold: float = 0.5, span: bars = 5) -> bool {
  let e = ema(close, period)
  give roc(e, span) > threshold and close > e
}

/// The close is more than some percent below the bar's middle.
/// Catalogue: MEDPRICE_DEVIATION; long; 100 * (close - median_price()) / median_price() < -threshold.
indicator below_middle_of_bar(threshold: float = 1) -> bool {
  give 100 * (close - median_price()) / median_price() < -threshold
}

/// The volume-weighted average is more than some percent above the simple one.
/// Catalogue: VWMA_DIVERGE_UP; long; volume_bias(period) > threshold.
indicator volume_lifts_average(period: bars = 20, threshold: float = 0.1) -> bool {
  give volume_bias(period) > threshold
}

test "bars 1: where the blocks fire and where not" {
  given open = [95, 100, 92, 88, 91, 90, 90, 91, 83, 84, 87, 90, 89, 97]
  given high = [101, 101, 93, 92, 92, 91, 93, 92, 86, 94, 99, 91, 97, 101]
  given low = [87, 90, 81, 88, 90, 89, 89, 83, 83, 82, 85, 89, 89, 97]
  given close = [101, 92, 83, 91, 90, 90, 91, 85, 86, 92, 91, 89, 97, 100]
  given volume = [10, 2, 5, 6, 10, 12, 20, 2, 8, 1, 2, 10, 30, 5]
  assert emas_stacked_up(2, 3, 4) is [_, _, _, false, false, false, false, false, false, true, true,
    false, true, true]
  assert emas_stacked_down(2, 3, 4) is [_, _, _, true, true, true, true, true, true, false, false,
    false, false, false]
  assert emas_become_stacked_up(2, 3, 4) is [_, _, _, _, false, false, false, false, false, true,
    false, false, true, false]
  assert close_leads_emas_up(2, 3, 4) is [_, _, _, false, false, false, false, false, false, true,
    true, false, true, true]
  assert close_leads_emas_down(2, 3, 4) is [_, _, _, false, false, false, false, true, true, false,
    false, false, false, false]
  assert close_leads_four_emas_up(2, 3, 4, 5) is [_, _, _, _, false, false, false, false, false,
    false, true, false, true, true]
  assert stacked_emas_touched(2, 3, 4, 0.01) is [_, _, _, false, false, false, false, false, false,
    true, true, false, true, true]
  assert emas_draw_together(2, 4, 3, 0.5) is [_, _, _, _, _, false, true, false, false, false,
    false, true, false, false]
  assert emas_spread_up(3, 4, 2) is [_, _, _, _, _, false, false, false, false, true, true, false,
    true, true]
  assert emas_close_then_break(1, 2, 4, 1.5, 3) is [_, _, _, _, false, false, false, false, false,
    false, false, false, true, false]
  assert smas_draw_together(2, 4, 3, 0.5) is [_, _, _, _, _, false, true, false, false, true, false,
    true, false, false]
  assert smas_spread_up(2, 3) is [_, _, _, false, true, false, true, false, false, true, true,
    false, true, true]
  assert close_meets_joined_smas(2, 3, 0.5, 0.3) is [_, _, false, false, false, true, false, false,
    false, false, false, false, false, false]
  assert rainbow_crossed(2) is [_, _, false, false, false, false, true, false, false, false, false,
    false, true, false]
  assert rainbow_widens(2, 3) is [_, _, _, _, _, _, true, false, false, true, true, false, false,
    true]
  assert trend_score(2, 3, 4) is [_, _, _, 1, 2, 2, 3, 0, 1, 3, 3, 1, 4, 4]
  assert trend_score_high(3, 2, 3, 4) is [_, _, _, false, false, false, true, false, false, true,
    true, false, true, true]
  assert trend_score_improves(3, 4, 5, 2, 2) is [_, _, _, _, _, _, true, false, false, true, true,
    true, true, true]
  assert trend_score_flips(2, 3, 4, 1, 3) is [_, _, _, _, false, false, false, false, false, true,
    false, false, true, false]
  assert stretched_below_average(2, 5) is [_, false, true, false, false, false, false, false, false,
    false, false, false, false, false]
  assert returns_from_above(2, 3) is [_, _, false, false, true, false, false, false, false, false,
    true, false, false, true]
  assert returns_from_below(2, 3) is [_, _, false, true, false, false, false, false, true, false,
    false, false, false, false]
  assert zscore_below(3, -1) is [_, _, false, false, false, false, false, true, false, false, false,
    true, false, false]
  assert percent_rank_below(2, 10) is [_, _, true, false, false, true, false, true, false, false,
    false, true, false, false]
  assert percent_rank_above(2, 90) is [_, _, false, false, false, false, true, false, false, true,
    false, false, true, true]
  assert percent_rank_recovers(2, 20) is [_, _, _, true, false, false, true, false, true, false,
    false, false, true, false]
  assert trend_stretch(2) is [_, _, 1, 0.9411764705882353, 0.2222222222222222, 0, 2,
    1.7142857142857142, 0.2857142857142857, 1.7142857142857142, 0.2857142857142857,
    1.3333333333333333, 1.6, 0.5454545454545454]
  assert trend_intensity_above(2, 1.2) is [_, _, false, false, false, false, true, false, false,
    true, false, false, true, false]
  assert trend_intensity_rises(3, 2) is [_, _, _, _, _, _, true, false, false, false, false, false,
    true, true]
  assert trend_intensity_breaks_out(3, 1.2, 0.8, 2) is [_, _, _, _, _, _, false, false, false,
    false, false, false, true, true]
  assert average_slopes_up(3, 0.5, 2) is [_, _, _, _, false, false, false, false, false, true, true,
    false, true, true]
  assert below_middle_of_bar(1) is [false, true, true, false, true, false, false, true, false,
    false, true, true, false, false]
  assert volume_lifts_average(2, 0.1) is [_, true, false, true, false, false, true, true, true,
    false, false, false, true, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 110, 112, 112, 125, 133, 139, 150, 163, 161, 163, 164, 172, 165]
  given high = [112, 122, 115, 125, 134, 140, 151, 163, 163, 163, 166, 172, 173, 178]
  given low = [99, 107, 111, 111, 125, 133, 138, 138, 160, 161, 163, 152, 170, 165]
  given close = [110, 107, 113, 125, 134, 139, 150, 163, 161, 163, 164, 172, 170, 166]
  given volume = [20, 3, 20, 2, 1, 30, 30, 3, 5, 3, 6, 4, 10, 30]
  assert close_clears_last_average(2, 3, 4) is [_, _, _, _, false, false, false, false, false, true,
    false, false, false, false]
  assert stretched_above_average(2, 5) is [_, false, false, true, false, false, false, false, false,
    false, false, false, false, false]
  assert stretched_up_rsi_falls(4, 3, 3, 2) is [_, _, _, _, _, false, false, false, true, false,
    false, false, false, false]
  assert zscore_below_white(3, -1) is [_, _, false, false, false, false, false, false, false, false,
    false, false, false, true]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 94, 87, 86, 71, 77, 67, 72, 71, 82, 80, 79, 79, 77]
  given high = [100, 96, 87, 86, 77, 77, 71, 72, 89, 83, 80, 79, 80, 80]
  given low = [93, 86, 85, 75, 63, 70, 66, 63, 70, 80, 70, 78, 77, 75]
  given close = [94, 87, 86, 76, 77, 72, 70, 71, 81, 80, 78, 79, 77, 79]
  given volume = [5, 30, 4, 30, 5, 3, 4, 12, 6, 1, 8, 20, 5, 12]
  assert rainbow_stacked_up(2) is [_, _, _, _, false, false, false, false, true, false, false,
    false, false, false]
  assert stretched_below_and_rising(3, 2) is [_, _, false, false, true, false, false, false, false,
    false, false, false, false, false]
  assert stretched_down_rsi_rises(4, 3, 3, 2) is [_, _, _, _, _, true, false, false, false, false,
    false, false, false, false]
}
