#sbt 1

// Pattern blocks on the relative strength index and its relatives: levels, crossings, turns.
// Levels are in points of the index.

/// The relative strength index comes back up through a level.
/// Catalogue: RSI_CROSS_UP; long; r[1] < threshold and r >= threshold, r = rsi(close, period).
indicator rsi_crosses_up(period: bars = 14, threshold: float = 30) -> bool {
  let r = rsi(close, period)
  give r[1] < threshold and r >= threshold
}

/// The relative strength index comes back down through a level.
/// Catalogue: RSI_CROSS_DOWN; short; r[1] > threshold and r <= threshold, r = rsi(close, period).
indicator rsi_crosses_down(period: bars = 14, threshold: float = 70) -> bool {
  let r = rsi(close, period)
  give r[1] > threshold and r <= threshold
}

/// The relative strength index, below one level a bar ago, crosses above another.
/// Catalogue: RSI_MEAN_REV; long; r[1] < level and r > r[1] and r crosses above exit_level, r = rsi(close, period).
indicator rsi_reenters_from_below(period: bars = 14, level: float = 30,
  exit_level: float = 30) -> bool {
  let r = rsi(close, period)
  give r[1] < level and r > r[1] and r crosses above exit_level
}

/// The relative strength index crosses above its middle and is higher than some bars ago.
/// Catalogue: RSI_CROSS_50; long; r crosses above level and r > r[span], r = rsi(close, period).
indicator rsi_rising_cross(period: bars = 14, level: float = 50, span: bars = 3) -> bool {
  let r = rsi(close, period)
  give r crosses above level and r > r[span]
}

/// The relative strength index gained more than some points over some bars.
/// Catalogue: RSI_SLOPE_UP; long; r - r[slope_period] > threshold, r = rsi(close, period).
indicator rsi_gained(period: bars = 14, slope_period: bars = 5, threshold: float = 10) -> bool {
  let r = rsi(close, period)
  give r - r[slope_period] > threshold
}

/// The relative strength index lost more than some points over some bars.
/// Catalogue: RSI_SLOPE_DOWN; short; r - r[slope_period] < -threshold, r = rsi(close, period).
indicator rsi_lost(period: bars = 14, slope_period: bars = 5, threshold: float = 10) -> bool {
  let r = rsi(close, period)
  give r - r[slope_period] < -threshold
}

/// The relative strength index turns up below a level.
/// Catalogue: RSI_SLOPE_REVERSAL; long; r > r[1] and r[1] < r[2] and r < rsi_thresh, r = rsi(close, period).
indicator rsi_turns_up_below(period: bars = 14, rsi_thresh: float = 40) -> bool {
  let r = rsi(close, period)
  give r > r[1] and r[1] < r[2] and r < rsi_thresh
}

/// The relative strength index crosses above its simple average.
/// Catalogue: DYMI_CROSS_UP; long; r crosses above sma(r, signal), r = rsi(close, period).
indicator rsi_crosses_above_average(period: bars = 14, signal: bars = 9) -> bool {
  let r = rsi(close, period)
  give r crosses above sma(r, signal)
}

/// The relative strength index crosses above its exponential average while prices spread more than usual.
/// Catalogue: ARSI_CROSS; long; r crosses above ema(r, signal) and s > sma(s, usual), r = rsi(close, period), s =
/// sample_stdev(close, spread).
indicator rsi_crosses_above_ema_in_wide_market(period: bars = 14, signal: bars = 9,
  spread: bars = 10, usual: bars = 20) -> bool {
  let r = rsi(close, period)
  let s = sample_stdev(close, spread)
  give r crosses above ema(r, signal) and s > sma(s, usual)
}

/// The relative strength index is above a level and higher than some bars ago.
/// Catalogue: DYMI_STRONG; long; r > level and r > r[span], r = rsi(close, period).
indicator rsi_strong(period: bars = 14, level: float = 60, span: bars = 3) -> bool {
  let r = rsi(close, period)
  give r > level and r > r[span]
}

/// The relative strength index is above a level that rises with volatility, between 55 and 75, and higher than some
/// bars ago.
/// Catalogue: ARSI_STRONG; long; r > clamp(base_level + 10 * (s / sma(s, usual) - 1), 55, 75) and r > r[span], r =
/// rsi(close, period), s = sample_stdev(close, spread).
indicator rsi_strong_for_volatility(period: bars = 14, base_level: float = 60, span: bars = 3,
  spread: bars = 10, usual: bars = 50) -> bool {
  let r = rsi(close, period)
  let s = sample_stdev(close, spread)
  give r > clamp(base_level + 10 * (s / sma(s, usual) - 1), 55, 75) and r > r[span]
}

/// The relative strength index is below a level that falls with volatility, between 25 and 45.
/// Catalogue: ARSI_OVERSOLD; long; rsi(close, period) < clamp(base_level - 10 * (s / sma(s, usual) - 1), 25, 45), s
/// = sample_stdev(close, spread).
/// Derived from name and parameters, as the catalogue has no formula: ARSI_OVERSOLD.
indicator rsi_weak_for_volatility(period: bars = 14, base_level: float = 35, spread: bars = 10,
  usual: bars = 50) -> bool {
  let s = sample_stdev(close, spread)
  give rsi(close, period) < clamp(base_level - 10 * (s / sma(s, usual) - 1), 25, 45)
}

/// The relative strength index was above a level some bars ago and falls, still above its middle.
/// Catalogue: RSI_EXHAUSTION; short; r[span] > level and r < r[1] and r > middle, r = rsi(close, period).
indicator rsi_falls_from_extreme(period: bars = 14, level: float = 75, span: bars = 3,
  middle: float = 50) -> bool {
  let r = rsi(close, period)
  give r[span] > level and r < r[1] and r > middle
}

/// The relative strength index rose from below one level to above another, and the close with it.
/// Catalogue: SENTIMENT_FLIP; long; r[span] < was and r > now and close > close[span], r = rsi(close, period).
indicator rsi_recovers_with_price(period: bars = 14, span: bars = 5, was: float = 30,
  now: float = 45) -> bool {
  let r = rsi(close, period)
  give r[span] < was and r > now and close > close[span]
}

/// The relative strength index is between two levels and, like the close, higher than some bars ago.
/// Catalogue: RSI_FILTER; long; r > low_end and r < high_end and r > r[span] and close > close[span], r = rsi(close,
/// period).
indicator rsi_rising_in_band(period: bars = 14, low_end: float = 40, high_end: float = 65,
  span: bars = 3) -> bool {
  let r = rsi(close, period)
  give r > low_end and r < high_end and r > r[span] and close > close[span]
}

/// The relative strength index rises from within a few percent of its lowest, the close off the lowest low.
/// Catalogue: CYCLE_LOW; long; r <= slack * lowest(r, period) and r > r[1] and close > lowest(low, floor_n), r =
/// rsi(close, rsi_n).
indicator rsi_near_low_turns_up(rsi_n: bars = 14, period: bars = 20, slack: float = 1.05,
  floor_n: bars = 10) -> bool {
  let r = rsi(close, rsi_n)
  give r <= slack * lowest(r, period) and r > r[1] and close > lowest(low, floor_n)
}

/// The relative strength index falls from within a few percent of its highest, the close off the highest high.
/// Catalogue: CYCLE_HIGH; short; r >= slack * highest(r, period) and r < r[1] and close < highest(high, top_n), r =
/// rsi(close, rsi_n).
indicator rsi_near_high_turns_down(rsi_n: bars = 14, period: bars = 20, slack: float = 0.95,
  top_n: bars = 10) -> bool {
  let r = rsi(close, rsi_n)
  give r >= slack * highest(r, period) and r < r[1] and close < highest(high, top_n)
}

/// The stochastic of the relative strength index is below a level.
/// Catalogue: STOCHRSI_OVERSOLD; long; stochrsi(close, period, fastk).k < threshold.
indicator stochrsi_below(period: bars = 14, fastk: bars = 5, threshold: float = 20) -> bool {
  give stochrsi(close, period, fastk).k < threshold
}

/// The stochastic of the relative strength index is above a level.
/// Catalogue: STOCHRSI_OVERBOUGHT; short; stochrsi(close, period, fastk).k > threshold.
indicator stochrsi_above(period: bars = 14, fastk: bars = 5, threshold: float = 80) -> bool {
  give stochrsi(close, period, fastk).k > threshold
}

/// The stochastic of the relative strength index crosses above its average.
/// Catalogue: STOCHRSI_CROSS_UP; long; s.k crosses above s.d, s = stochrsi(close, period, fastk, fastd).
indicator stochrsi_crosses_up(period: bars = 14, fastk: bars = 5, fastd: bars = 3) -> bool {
  let s = stochrsi(close, period, fastk, fastd)
  give s.k crosses above s.d
}

/// The stochastic of the relative strength index crosses below its average.
/// Catalogue: STOCHRSI_CROSS_DOWN; short; s.k crosses below s.d, s = stochrsi(close, period, fastk, fastd).
indicator stochrsi_crosses_down(period: bars = 14, fastk: bars = 5, fastd: bars = 3) -> bool {
  let s = stochrsi(close, period, fastk, fastd)
  give s.k crosses below s.d
}

/// The Connors index, its rank taken over some bars, is below a level.
/// Catalogue: CONNORS_RSI_OVERSOLD; long; connors_rsi(close, 3, 2, period) < level.
/// Derived from name and parameters, as the catalogue has no formula: CONNORS_RSI_OVERSOLD.
indicator connors_rsi_below(period: bars = 100, level: float = 15) -> bool {
  give connors_rsi(close, 3, 2, period) < level
}

/// The Connors index, its rank taken over some bars, is above a level.
/// Catalogue: CONNORS_RSI_OVERBOUGHT; short; connors_rsi(close, 3, 2, period) > level.
/// Derived from name and parameters, as the catalogue has no formula: CONNORS_RSI_OVERBOUGHT.
indicator connors_rsi_above(period: bars = 100, level: float = 85) -> bool {
  give connors_rsi(close, 3, 2, period) > level
}

/// The Connors index, its rank taken over some bars, crosses above a level.
/// Catalogue: CONNORS_RSI_MEAN_REV; long; connors_rsi(close, 3, 2, period) crosses above level.
/// Derived from name and parameters, as the catalogue has no formula: CONNORS_RSI_MEAN_REV.
indicator connors_rsi_crosses_up(period: bars = 100, level: float = 20) -> bool {
  give connors_rsi(close, 3, 2, period) crosses above level
}

/// Relative momentum index, 0..100: the relative strength index of changes over several bars, with exponential
/// averages; 0 when nothing moved. Formula: 100 up / (up + down), ema of the rises and of the falls over `momentum`
/// bars. Source: R. Altman, Stocks & Commodities, 1993. Units: none.
indicator relative_momentum(period: bars = 14, momentum: bars = 4) -> float {
  let d = close - close[momentum]
  let up = ema(max(d, 0), period)
  let down = ema(max(-d, 0), period)
  give if up + down == 0 then 0 else 100 * (up / (up + down))
}

/// The relative momentum index is below a level.
/// Catalogue: RMI_OVERSOLD; long; relative_momentum(period, momentum) < level.
indicator rmi_below(period: bars = 14, momentum: bars = 4, level: float = 30) -> bool {
  give relative_momentum(period, momentum) < level
}

/// The relative momentum index crosses above its middle.
/// Catalogue: RMI_CROSS_UP; long; relative_momentum(period, momentum) crosses above level.
indicator rmi_crosses_above_middle(period: bars = 14, momentum: bars = 4,
  level: float = 50) -> bool {
  give relative_momentum(period, momentum) crosses above level
}

/// The relative momentum index is above a level and higher than some bars ago.
/// Catalogue: RMI_STRONG; long; r > level and r > r[span], r = relative_momentum(period, momentum).
indicator rmi_strong(period: bars = 14, momentum: bars = 4, level: float = 60,
  span: bars = 3) -> bool {
  let r = relative_momentum(period, momentum)
  give r > level and r > r[span]
}

/// Laguerre relative strength index, 0..1: rises and falls between four stages of a Laguerre filter; 0 when nothing
/// moved. Formula: l0 = (1 - g) close + g l0[1]; l1 = l0[1] - g l0 + g l1[1], likewise l2, l3; up / (up + down) of
/// the stages' differences. Source: J. Ehlers, Cybernetic Analysis for Stocks and Futures, 2004. Units: none.
indicator laguerre_strength(gamma: float = 0.7) -> float {
  rec l0 = (1 - gamma) * close + gamma * l0[1] init close settle 40
  rec l1 = l0[1] - gamma * l0 + gamma * l1[1] init close settle 40
  rec l2 = l1[1] - gamma * l1 + gamma * l2[1] init close settle 40
  rec l3 = l2[1] - gamma * l2 + gamma * l3[1] init close settle 40
  let up = max(l0 - l1, 0) + max(l1 - l2, 0) + max(l2 - l3, 0)
  let down = max(l1 - l0, 0) + max(l2 - l1, 0) + max(l3 - l2, 0)
  give if up + down == 0 then 0 else up / (up + down)
}

/// The Laguerre relative strength index is below a level.
/// Catalogue: LAGUERRE_RSI_OVERSOLD; long; laguerre_strength(gamma) < level.
/// Derived from name and parameters, as the catalogue has no formula: LAGUERRE_RSI_OVERSOLD.
indicator laguerre_below(gamma: float = 0.7, level: float = 0.2) -> bool {
  give laguerre_strength(gamma) < level
}

/// The Laguerre relative strength index crosses above a level.
/// Catalogue: LAGUERRE_RSI_CROSS; long; laguerre_strength(gamma) crosses above level.
/// Derived from name and parameters, as the catalogue has no formula: LAGUERRE_RSI_CROSS.
indicator laguerre_crosses_up(gamma: float = 0.7, level: float = 0.2) -> bool {
  give laguerre_strength(gamma) crosses above level
}

/// The Laguerre relative strength index rose on each of some bars.
/// Catalogue: LAGUERRE_RSI_RISING; long; rising(laguerre_strength(gamma), span).
/// Derived from name and parameters, as the catalogue has no formula: LAGUERRE_RSI_RISING.
indicator laguerre_rising(gamma: float = 0.7, span: bars = 3) -> bool {
  give rising(laguerre_strength(gamma), span)
}

/// Quantitative qualitative estimation: a smoothed relative strength index, the width of its band and a trailing
/// stop of that width that turns when the line passes it. Formula: line = ema(rsi, smoothing); width = mult
/// ema(|line - line[1]|, period); trail ratchets as `atr_trail` does. Source: I. Livshin; pandas-ta qqe. Units:
/// points of the index.
indicator qqe_lines(rsi_period: bars = 14, smoothing: bars = 5, period: bars = 5,
  mult: float = 4.236) -> (line: float, width: float, trail: float) {
  let r = ema(rsi(close, rsi_period), smoothing)
  let w = mult * ema(abs(r - r[1]), period)
  rec t = if r > t[1] and r[1] > t[1] then max(t[1], r - w)
    else if r < t[1] and r[1] < t[1] then min(t[1], r + w)
    else if r > t[1] then r - w
    else r + w
    init r - w
    settle 8 * rsi_period
  give r, w, t
}

/// The smoothed relative strength index crosses above its trailing stop.
/// Catalogue: QQE_CROSS_UP; long; q.line crosses above q.trail, q = qqe_lines(rsi_period, 5, period, mult).
/// Mended (QQE_CROSS_UP): the catalogue compares the line with itself minus a width, which never crosses; the
/// trailing stop is what was meant.
indicator qqe_crosses_up(rsi_period: bars = 14, period: bars = 5, mult: float = 4.236) -> bool {
  let q = qqe_lines(rsi_period, 5, period, mult)
  give q.line crosses above q.trail
}

/// The smoothed relative strength index is above its middle by more than the band's width.
/// Catalogue: QQE_TREND; long; q.line > 50 + q.width and q.line > 50, q = qqe_lines(rsi_period, 5, period, mult).
indicator qqe_trend_up(rsi_period: bars = 14, period: bars = 5, mult: float = 4.236) -> bool {
  let q = qqe_lines(rsi_period, 5, period, mult)
  give q.line > 50 + q.width and q.line > 50
}

/// The smoothed relative strength index crosses above its middle.
/// Catalogue: QQE_ZERO_CROSS; long; ema(rsi(close, rsi_period), smoothing) crosses above 50.
indicator qqe_crosses_above_middle(rsi_period: bars = 14, smoothing: bars = 5) -> bool {
  give ema(rsi(close, rsi_period), smoothing) crosses above 50
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 90, 95, 89, 90, 82, 87, 88, 85, 93, 96, 104, 107, 110]
  given high = [112, 97, 97, 89, 91, 86, 89, 92, 89, 97, 99, 109, 111, 110]
  given low = [88, 89, 90, 88, 81, 82, 85, 87, 83, 92, 94, 102, 106, 104]
  given close = [90, 95, 90, 88, 82, 85, 88, 90, 88, 96, 99, 108, 109, 106]
  given volume = [1, 3, 2, 4, 2, 2, 30, 3, 10, 3, 20, 1, 30, 8]
  assert rsi_crosses_up(2, 30) is [_, _, _, false, false, true, false, false, false, false, false,
    false, false, false]
  assert rsi_crosses_down(2, 70) is [_, _, _, false, false, false, false, false, true, false, false,
    false, false, true]
  assert rsi_reenters_from_below(2, 30, 30) is [_, _, _, false, false, true, false, false, false,
    false, false, false, false, false]
  assert rsi_rising_cross(3, 50, 2) is [_, _, _, _, _, false, true, false, false, false, false,
    false, false, false]
  assert rsi_gained(3, 2, 10) is [_, _, _, _, _, false, true, true, false, true, true, true, false,
    false]
  assert rsi_lost(3, 2, 10) is [_, _, _, _, _, false, false, false, false, false, false, false,
    false, true]
  assert rsi_crosses_above_average(3, 2) is [_, _, _, _, _, true, false, false, false, true, false,
    false, false, false]
  assert rsi_crosses_above_ema_in_wide_market(4, 2, 3, 5) is [_, _, _, _, _, _, false, false, false,
    true, false, false, false, false]
  assert rsi_strong(3, 60, 2) is [_, _, _, _, _, false, false, true, false, true, true, true, true,
    false]
  assert rsi_strong_for_volatility(4, 60, 2, 3, 5) is [_, _, _, _, _, _, false, true, false, true,
    true, true, true, false]
  assert rsi_weak_for_volatility(3, 35, 2, 4) is [_, _, _, _, true, false, false, false, false,
    false, false, false, false, false]
  assert rsi_falls_from_extreme(3, 75, 2, 50) is [_, _, _, _, _, false, false, false, false, false,
    false, false, false, true]
  assert rsi_recovers_with_price(3, 2, 30, 45) is [_, _, _, _, _, false, true, false, false, false,
    false, false, false, false]
  assert rsi_rising_in_band(3, 40, 65, 2) is [_, _, _, _, _, false, true, false, false, false,
    false, false, false, false]
  assert rsi_near_high_turns_down(3, 4, 0.475, 2) is [_, _, _, _, _, _, false, false, true, false,
    false, false, false, true]
  assert stochrsi_below(3, 2, 20) is [_, _, _, _, true, false, false, false, true, false, false,
    false, false, true]
  assert stochrsi_above(3, 2, 80) is [_, _, _, _, false, true, true, true, false, true, true, true,
    true, false]
  assert stochrsi_crosses_up(4, 3, 2) is [_, _, _, _, _, _, _, _, false, true, false, false, false,
    false]
  assert stochrsi_crosses_down(4, 3, 2) is [_, _, _, _, _, _, _, _, true, false, false, false,
    false, true]
  assert connors_rsi_below(2, 15) is [_, _, _, false, true, false, false, false, false, false,
    false, false, false, false]
  assert connors_rsi_crosses_up(2, 20) is [_, _, _, _, false, true, false, false, false, false,
    false, false, false, false]
  assert relative_momentum(3, 2) is [_, _, _, _, 0, 0, 60, 80, 80, 94.11764705882352,
    98.36065573770492, 99.36305732484077, 99.6845425867508, 82.93963254593176]
  assert rmi_below(3, 2, 30) is [_, _, _, _, true, true, false, false, false, false, false, false,
    false, false]
  assert rmi_crosses_above_middle(3, 2, 50) is [_, _, _, _, _, false, true, false, false, false,
    false, false, false, false]
  assert laguerre_strength(0.7) is [_, 0.6803652968036521, 0.5487804878048759, 0.4378109452736304,
    0.36841088080398127, 0.3835796613122919, 0.44848784185087215, 0.44213606545287837,
    0.15681062574612542, 0.49468752417267253, 0.5556778534260569, 0.6481567531764039,
    0.6884378612863722, 0.6781238989715348]
  assert laguerre_below(0.7, 0.2) is [_, false, false, false, false, false, false, false, true,
    false, false, false, false, false]
  assert laguerre_crosses_up(0.7, 0.2) is [_, _, false, false, false, false, false, false, false,
    true, false, false, false, false]
  assert laguerre_rising(0.7, 2) is [_, _, _, false, false, false, true, false, false, false, true,
    true, true, false]
  assert (qqe_lines(3, 2, 2, 4.236).line) is [_, _, _, _, 32.73809523809524, 39.140926640926644,
    51.55082593201405, 61.62805308844912, 54.30463622565844, 71.2944710194614, 80.31735157444467,
    88.6729057147261, 91.84410113656311, 76.26418754712962]
  assert (qqe_lines(3, 2, 2, 4.236).width) is [_, _, _, _, _, _, 39.84536360972003,
    41.73987735967932, 34.59462167374732, 59.510834015615316, 45.31755935914454, 38.7019380118696,
    21.856101875224255, 51.28304326830159]
  assert (qqe_lines(3, 2, 2, 4.236).trail) is [_, _, _, _, _, _, 11.705462322294018,
    19.888175728769802, 19.888175728769802, 19.888175728769802, 34.99979221530013, 49.9709677028565,
    69.98799926133886, 69.98799926133886]
  assert qqe_trend_up(3, 2, 4.236) is [_, _, _, _, _, _, _, _, _, false, false, false, true, true]
  assert qqe_crosses_above_middle(3, 2) is [_, _, _, _, _, false, true, false, false, false, false,
    false, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 103, 99, 98, 92, 93, 88, 84, 85, 91, 94, 98, 100, 102]
  given high = [102, 104, 101, 99, 97, 94, 90, 85, 91, 96, 98, 101, 101, 109]
  given low = [98, 100, 97, 90, 91, 89, 83, 82, 84, 91, 93, 97, 96, 100]
  given close = [101, 100, 98, 92, 93, 90, 84, 85, 91, 95, 98, 100, 101, 108]
  given volume = [2, 1, 10, 20, 5, 1, 2, 3, 5, 30, 10, 8, 2, 2]
  assert rsi_turns_up_below(2, 40) is [_, _, _, _, false, false, false, true, false, false, false,
    false, false, false]
  assert connors_rsi_above(2, 85) is [_, _, _, false, false, false, false, false, false, false,
    false, false, false, true]
  assert rmi_strong(4, 3, 60, 2) is [_, _, _, _, _, _, _, _, false, true, true, true, true, true]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 97, 95, 94, 93, 101, 113, 132, 134, 127, 128, 136, 140, 148]
  given high = [101, 98, 95, 94, 96, 115, 128, 135, 134, 130, 137, 137, 150, 148]
  given low = [98, 95, 93, 91, 91, 89, 112, 130, 126, 126, 128, 135, 140, 141]
  given close = [99, 95, 94, 92, 96, 115, 127, 134, 127, 128, 136, 135, 149, 142]
  given volume = [3, 5, 5, 5, 30, 1, 5, 3, 1, 1, 12, 3, 2, 2]
  assert rsi_near_low_turns_up(3, 4, 1.05, 2) is [_, _, _, _, _, _, false, false, false, true,
    false, false, false, false]
}

test "bars 4: where the blocks fire and where not" {
  given open = [100, 97, 94, 92, 86, 87, 84, 83, 79, 77, 80, 85, 83, 80]
  given high = [101, 99, 94, 92, 88, 89, 86, 84, 81, 78, 82, 85, 84, 82]
  given low = [96, 95, 90, 88, 86, 84, 81, 79, 76, 74, 79, 80, 79, 76]
  given close = [97, 95, 91, 88, 86, 84, 83, 79, 78, 75, 80, 82, 80, 78]
  given volume = [2, 1, 6, 12, 1, 2, 12, 8, 6, 12, 5, 20, 5, 8]
  assert qqe_crosses_up(3, 2, 4.236) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
}
