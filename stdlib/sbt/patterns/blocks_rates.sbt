#sbt 1

// Pattern blocks on changes over some bars: momentum and rates of change, alone, in pairs, and ranked.
// Rates of change are in percent.

/// The change over some bars turns from negative to zero or more.
/// Catalogue: ROC_CROSS_ZERO_UP; long; m[1] < 0 and m >= 0, m = mom(close, period).
indicator momentum_turns_up(period: bars = 10) -> bool {
  let m = mom(close, period)
  give m[1] < 0 and m >= 0
}

/// The change over some bars turns from positive to zero or less.
/// Catalogue: ROC_CROSS_ZERO_DOWN; short; m[1] > 0 and m <= 0, m = mom(close, period).
indicator momentum_turns_down(period: bars = 10) -> bool {
  let m = mom(close, period)
  give m[1] > 0 and m <= 0
}

/// The change over some bars flips from negative to positive.
/// Catalogue: MOM_FLIP_UP, VELOCITY_REVERSAL_UP, PRICE_RATE_REVERSAL; long; m > 0 and m[1] < 0, m = mom(close,
/// period).
indicator momentum_flips_up(period: bars = 10) -> bool {
  let m = mom(close, period)
  give m > 0 and m[1] < 0
}

/// The change over some bars flips from positive to negative.
/// Catalogue: MOM_FLIP_DOWN; short; m < 0 and m[1] > 0, m = mom(close, period).
indicator momentum_flips_down(period: bars = 10) -> bool {
  let m = mom(close, period)
  give m < 0 and m[1] > 0
}

/// The change over some bars turns up and is off its lowest.
/// Catalogue: MOM_ACCEL_CHANGE; long; m > m[1] and m[1] < m[2] and m > lowest(m, floor_n), m = mom(close, period).
indicator momentum_bottoms_out(period: bars = 10, floor_n: bars = 5) -> bool {
  let m = mom(close, period)
  give m > m[1] and m[1] < m[2] and m > lowest(m, floor_n)
}

/// The change over some bars is positive and grows.
/// Catalogue: PRICE_ACCEL_UP; long; m > 0 and m > m[1], m = mom(close, period).
indicator momentum_rises(period: bars = 10) -> bool {
  let m = mom(close, period)
  give m > 0 and m > m[1]
}

/// The change over some bars is negative and falls further.
/// Catalogue: PRICE_ACCEL_DOWN; short; m < 0 and m < m[1], m = mom(close, period).
indicator momentum_falls(period: bars = 10) -> bool {
  let m = mom(close, period)
  give m < 0 and m < m[1]
}

/// The change over some bars is positive, grew over a span, and its growth increases.
/// Catalogue: ACCEL_MOMENTUM; long; gain > 0 and m > 0 and gain > gain[1], m = mom(close, period), gain = m -
/// m[span].
indicator momentum_accelerates(period: bars = 10, span: bars = 3) -> bool {
  let m = mom(close, period)
  let gain = m - m[span]
  give gain > 0 and m > 0 and gain > gain[1]
}

/// The change over some bars strays little from its average, and that is positive.
/// Catalogue: SMOOTH_MOMENTUM; long; sma(abs(m - e), span) < threshold * sma(abs(m), span) and e > 0, m = mom(close,
/// period), e = ema(m, smoothing).
indicator momentum_smooth(period: bars = 10, threshold: float = 0.3, smoothing: bars = 5,
  span: bars = 10) -> bool {
  let m = mom(close, period)
  let e = ema(m, smoothing)
  give sma(abs(m - e), span) < threshold * sma(abs(m), span) and e > 0
}

/// The change over some bars is positive but fell, with the close above its average.
/// Catalogue: MOM_DECELERATION; short; m < m[span] and m > 0 and close > sma(close, ma_n), m = mom(close, period).
indicator momentum_slows(period: bars = 10, span: bars = 3, ma_n: bars = 20) -> bool {
  let m = mom(close, period)
  give m < m[span] and m > 0 and close > sma(close, ma_n)
}

/// More than a share of the last bars rose, this one too.
/// Catalogue: CONSISTENT_MOMENTUM; long; times(up, period) > threshold * period and up, up = close > close[1].
indicator closes_mostly_up(period: bars = 10, threshold: float = 0.65) -> bool {
  let up = close > close[1]
  give times(up, period) > threshold * period and up
}

/// The change over a short span exceeds that over a long one.
/// Catalogue: MOM_DIFF_ACCEL_UP; long; mom(close, fast) > mom(close, slow).
indicator fast_momentum_above_slow(fast: bars = 5, slow: bars = 20) -> bool {
  give mom(close, fast) > mom(close, slow)
}

/// The change over a short span is below that over a long one.
/// Catalogue: MOM_DIFF_ACCEL_DOWN; short; mom(close, fast) < mom(close, slow).
indicator fast_momentum_below_slow(fast: bars = 5, slow: bars = 20) -> bool {
  give mom(close, fast) < mom(close, slow)
}

/// The change over a short span crosses above that over a long one.
/// Catalogue: MOM_DIFF_CROSS_UP; long; mom(close, fast) crosses above mom(close, slow).
indicator fast_momentum_crosses_above_slow(fast: bars = 5, slow: bars = 20) -> bool {
  give mom(close, fast) crosses above mom(close, slow)
}

/// The change over a short span crosses below that over a long one.
/// Catalogue: MOM_DIFF_CROSS_DOWN; short; mom(close, fast) crosses below mom(close, slow).
indicator fast_momentum_crosses_below_slow(fast: bars = 5, slow: bars = 20) -> bool {
  give mom(close, fast) crosses below mom(close, slow)
}

/// The rate of change over a short span is above a level and above that over a long one.
/// Catalogue: ROC_MULTI_ACCEL_UP, PRICE_RATE_FAST_UP; long; f > roc(close, slow) and f > threshold, f = roc(close,
/// fast).
indicator roc_fast_leads_up(fast: bars = 5, slow: bars = 20, threshold: float = 0) -> bool {
  let f = roc(close, fast)
  give f > roc(close, slow) and f > threshold
}

/// The rate of change over a short span is below minus a level and below that over a long one.
/// Catalogue: ROC_MULTI_ACCEL_DOWN, PRICE_RATE_FAST_DOWN; short; f < roc(close, slow) and f < -threshold, f =
/// roc(close, fast).
indicator roc_fast_leads_down(fast: bars = 5, slow: bars = 20, threshold: float = 0) -> bool {
  let f = roc(close, fast)
  give f < roc(close, slow) and f < -threshold
}

/// The rates of change over both spans rise, the short one positive.
/// Catalogue: ROC_MULTI_BOTH_UP; long; f > f[1] and s > s[1] and f > 0, f = roc(close, fast), s = roc(close, slow).
indicator roc_both_rise(fast: bars = 5, slow: bars = 20) -> bool {
  let f = roc(close, fast)
  let s = roc(close, slow)
  give f > f[1] and s > s[1] and f > 0
}

/// The rate of change over a short span is positive and rises while that over a long one falls.
/// Catalogue: ROC_MULTI_DIVERGE; long; f > f[1] and s < s[1] and f > 0, f = roc(close, fast), s = roc(close, slow).
indicator roc_spans_part(fast: bars = 5, slow: bars = 20) -> bool {
  let f = roc(close, fast)
  let s = roc(close, slow)
  give f > f[1] and s < s[1] and f > 0
}

/// The rates of change over three spans are positive, the shortest above the middle one.
/// Catalogue: MULTI_PERIOD_MOM; long; f > 0 and m > 0 and roc(close, slow) > 0 and f > m, f = roc(close, fast), m =
/// roc(close, middle).
indicator roc_all_positive(fast: bars = 5, middle: bars = 10, slow: bars = 20) -> bool {
  let f = roc(close, fast)
  let m = roc(close, middle)
  give f > 0 and m > 0 and roc(close, slow) > 0 and f > m
}

/// The rate of change rose by more than some percent points over its own span.
/// Catalogue: ACCELERATION_POSITIVE; long; r - r[period] > threshold, r = roc(close, period).
/// Mended (ACCELERATION_POSITIVE): a rate of change of a rate of change divides by a number around zero; the
/// difference is what was meant.
indicator roc_acceleration_above(period: bars = 10, threshold: float = 5) -> bool {
  let r = roc(close, period)
  give r - r[period] > threshold
}

/// The rate of change fell by more than some percent points over its own span.
/// Catalogue: ACCELERATION_NEGATIVE; short; r - r[period] < -threshold, r = roc(close, period).
/// Mended (ACCELERATION_NEGATIVE): a rate of change of a rate of change divides by a number around zero; the
/// difference is what was meant.
indicator roc_acceleration_below(period: bars = 10, threshold: float = 5) -> bool {
  let r = roc(close, period)
  give r - r[period] < -threshold
}

/// The difference of the rate of change over its own span crosses above zero.
/// Catalogue: ACCELERATION_TURN_UP; long; r crosses above r[period], r = roc(close, period).
/// Mended (ACCELERATION_TURN_UP): difference instead of a ratio of numbers around zero.
indicator roc_acceleration_turns_up(period: bars = 10) -> bool {
  let r = roc(close, period)
  give r crosses above r[period]
}

/// The difference of the rate of change over its own span crosses below zero.
/// Catalogue: ACCELERATION_TURN_DOWN; short; r crosses below r[period], r = roc(close, period).
/// Mended (ACCELERATION_TURN_DOWN): difference instead of a ratio of numbers around zero.
indicator roc_acceleration_turns_down(period: bars = 10) -> bool {
  let r = roc(close, period)
  give r crosses below r[period]
}

/// The rate of change is positive and higher than some bars ago.
/// Catalogue: ROC_ACCELERATION; long; r > r[span] and r > 0, r = roc(close, period).
indicator roc_positive_rising(period: bars = 10, span: bars = 3) -> bool {
  let r = roc(close, period)
  give r > r[span] and r > 0
}

/// The smoothed rate of change crosses above its average.
/// Catalogue: ROC_SMOOTHED_CROSS; long; r crosses above ema(r, signal), r = ema(roc(close, period), smoothing).
indicator roc_smoothed_crosses_up(period: bars = 10, smoothing: bars = 5,
  signal: bars = 9) -> bool {
  let r = ema(roc(close, period), smoothing)
  give r crosses above ema(r, signal)
}

/// The rate of change ranks low among its own last values.
/// Catalogue: ROC_PERCENTILE, MOM_PERCENTILE_LOW; long; percent_rank(roc(close, period), lookback) < level.
/// Derived from name and parameters, as the catalogue has no formula: ROC_PERCENTILE, MOM_PERCENTILE_LOW.
indicator roc_rank_below(period: bars = 10, lookback: bars = 100, level: float = 20) -> bool {
  give percent_rank(roc(close, period), lookback) < level
}

/// The rate of change ranks high among its own last values.
/// Catalogue: MOM_PERCENTILE_HIGH; long; percent_rank(roc(close, period), lookback) > level.
/// Derived from name and parameters, as the catalogue has no formula: MOM_PERCENTILE_HIGH.
indicator roc_rank_above(period: bars = 10, lookback: bars = 100, level: float = 80) -> bool {
  give percent_rank(roc(close, period), lookback) > level
}

/// The rank of the rate of change among its own last values is in its upper part and rose.
/// Catalogue: MOM_PERCENTILE_RISING; long; p > level and p > p[span], p = percent_rank(roc(close, period),
/// lookback).
/// Derived from name and parameters, as the catalogue has no formula: MOM_PERCENTILE_RISING.
indicator roc_rank_rises(period: bars = 10, lookback: bars = 100, span: bars = 3,
  level: float = 50) -> bool {
  let p = percent_rank(roc(close, period), lookback)
  give p > level and p > p[span]
}

/// The rate of change is a multiple of its average, the close above an exponential average.
/// Catalogue: RELATIVE_STRENGTH; long; r > mult * sma(r, avg_n) and close > ema(close, ma_n), r = roc(close,
/// period).
indicator roc_above_usual_in_uptrend(period: bars = 10, mult: float = 1.5, avg_n: bars = 20,
  ma_n: bars = 20) -> bool {
  let r = roc(close, period)
  give r > mult * sma(r, avg_n) and close > ema(close, ma_n)
}

/// The rate of change is positive and a multiple of its average.
/// Catalogue: MOM_STRENGTH; long; r > mult * sma(r, avg_n) and r > 0, r = roc(close, period).
indicator roc_above_usual(period: bars = 10, mult: float = 1.5, avg_n: bars = 10) -> bool {
  let r = roc(close, period)
  give r > mult * sma(r, avg_n) and r > 0
}

/// The rate of change over a short span is above a level and most of that over a long one.
/// Catalogue: PARABOLIC_EXHAUST; short; f > accel * roc(close, slow) and f > threshold, f = roc(close, fast).
indicator spurt_dominates(accel: float = 0.7, threshold: float = 5, fast: bars = 5,
  slow: bars = 10) -> bool {
  let f = roc(close, fast)
  give f > accel * roc(close, slow) and f > threshold
}

/// The close rose by more than some percent over a span and again on this bar.
/// Catalogue: IMPULSE_CONTINUE; long; roc(close, span) > threshold and close > close[1].
indicator impulse_goes_on(threshold: float = 3, span: bars = 5) -> bool {
  give roc(close, span) > threshold and close > close[1]
}

/// After a rise of more than some percent the close gave way over the last bars.
/// Catalogue: IMPULSE_PULLBACK_BULL; long; 100 * (close[pullback] / close[impulse] - 1) > imp_thresh and close <
/// close[pullback].
indicator impulse_pulls_back(impulse: bars = 10, pullback: bars = 3,
  imp_thresh: float = 3) -> bool {
  give 100 * (close[pullback] / close[impulse] - 1) > imp_thresh and close < close[pullback]
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 110, 111, 107, 98, 101, 102, 101, 97, 100, 99, 106, 110, 112]
  given high = [107, 112, 113, 109, 99, 101, 102, 101, 101, 101, 107, 110, 118, 112]
  given low = [100, 108, 101, 100, 94, 99, 96, 97, 96, 98, 98, 105, 109, 109]
  given close = [105, 111, 107, 100, 96, 101, 96, 97, 100, 98, 106, 109, 112, 111]
  given volume = [8, 6, 10, 4, 8, 30, 10, 8, 3, 4, 20, 10, 1, 5]
  assert momentum_turns_up(2) is [_, _, _, false, false, true, false, false, true, false, false,
    false, false, false]
  assert momentum_turns_down(2) is [_, _, _, true, false, false, true, false, false, false, false,
    false, false, false]
  assert momentum_flips_up(2) is [_, _, _, false, false, true, false, false, true, false, false,
    false, false, false]
  assert momentum_flips_down(2) is [_, _, _, true, false, false, false, false, false, false, false,
    false, false, false]
  assert momentum_bottoms_out(3, 2) is [_, _, _, _, _, true, false, false, false, true, false,
    false, false, false]
  assert momentum_rises(2) is [_, _, _, false, false, true, false, false, true, false, true, true,
    false, false]
  assert momentum_falls(2) is [_, _, _, true, false, false, false, true, false, false, false, false,
    false, false]
  assert momentum_accelerates(3, 2) is [_, _, _, _, _, _, false, false, false, false, true, false,
    false, false]
  assert momentum_smooth(3, 0.3, 2, 3) is [_, _, _, _, _, _, false, false, false, false, false,
    true, true, true]
  assert momentum_slows(3, 2, 4) is [_, _, _, _, _, false, false, false, false, false, false, false,
    false, true]
  assert closes_mostly_up(2, 0.65) is [_, _, false, false, false, false, false, false, true, false,
    false, true, true, false]
  assert fast_momentum_above_slow(2, 3) is [_, _, _, false, true, true, true, false, true, false,
    false, true, false, false]
  assert fast_momentum_below_slow(2, 3) is [_, _, _, true, false, false, false, true, false, true,
    true, false, true, true]
  assert fast_momentum_crosses_above_slow(2, 3) is [_, _, _, _, true, false, false, false, true,
    false, false, true, false, false]
  assert fast_momentum_crosses_below_slow(2, 3) is [_, _, _, _, false, false, false, true, false,
    true, false, false, true, false]
  assert roc_fast_leads_up(2, 3, 0) is [_, _, _, false, false, true, false, false, true, false,
    false, true, false, false]
  assert roc_fast_leads_down(2, 3, 0) is [_, _, _, true, false, false, false, true, false, false,
    false, false, false, false]
  assert roc_both_rise(2, 3) is [_, _, _, _, false, true, false, false, false, false, true, false,
    false, false]
  assert roc_spans_part(2, 3) is [_, _, _, _, false, false, false, false, true, false, false, true,
    false, false]
  assert roc_all_positive(2, 3, 4) is [_, _, _, _, false, false, false, false, false, false, false,
    true, false, false]
  assert roc_acceleration_above(2, 5) is [_, _, _, _, false, true, true, false, false, false, false,
    true, false, false]
  assert roc_acceleration_below(2, 5) is [_, _, _, _, true, false, false, false, false, false,
    false, false, false, true]
  assert roc_acceleration_turns_up(2) is [_, _, _, _, _, true, false, false, true, false, false,
    false, false, false]
  assert roc_acceleration_turns_down(2) is [_, _, _, _, _, false, false, true, false, false, false,
    false, true, false]
  assert roc_positive_rising(3, 2) is [_, _, _, _, _, false, false, true, false, true, true, true,
    true, false]
  assert roc_rank_below(2, 3, 20) is [_, _, _, _, _, false, false, false, false, false, false,
    false, false, true]
  assert roc_rank_above(2, 3, 80) is [_, _, _, _, _, false, false, false, true, false, true, true,
    false, false]
  assert roc_rank_rises(3, 4, 2, 50) is [_, _, _, _, _, _, _, _, _, false, true, false, false,
    false]
  assert roc_above_usual_in_uptrend(2, 1.5, 3, 3) is [_, _, _, _, false, true, false, false, true,
    false, true, true, false, false]
  assert roc_above_usual(2, 1.5, 2) is [_, _, _, false, false, true, false, false, true, false,
    true, false, false, false]
  assert spurt_dominates(0.7, 5, 2, 3) is [_, _, _, false, false, false, false, false, false, false,
    false, true, false, false]
  assert impulse_goes_on(3, 2) is [_, _, false, false, false, false, false, false, true, false,
    true, true, true, false]
  assert impulse_pulls_back(3, 2, 3) is [_, _, _, true, false, false, false, true, false, false,
    false, false, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 107, 114, 109, 113, 100, 103, 105, 108, 102, 91, 98, 105, 112]
  given high = [107, 115, 115, 114, 114, 102, 104, 108, 108, 103, 97, 106, 107, 127]
  given low = [92, 106, 113, 108, 104, 92, 102, 97, 102, 95, 89, 97, 97, 111]
  given close = [107, 114, 114, 113, 105, 102, 104, 108, 102, 96, 96, 105, 107, 119]
  given volume = [20, 5, 12, 12, 4, 6, 12, 2, 2, 6, 10, 2, 4, 3]
  assert roc_smoothed_crosses_up(4, 2, 3) is [_, _, _, _, _, _, _, _, false, false, false, true,
    false, false]
}
