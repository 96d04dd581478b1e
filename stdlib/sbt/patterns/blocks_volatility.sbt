#sbt 1

// Pattern blocks on volatility: average true range, standard deviation, mass, Chaikin's volatility.

/// The average true range, in percent of the close, is above a level.
/// Catalogue: NATR_HIGH_VOL; both; natr(period) > threshold.
indicator natr_above(period: bars = 14, threshold: float = 3) -> bool {
  give natr(period) > threshold
}

/// The relative average true range is a multiple of its average.
/// Catalogue: VOL_REGIME_HIGH; both; natr(period) > mult * sma(natr(period), avg_period).
indicator natr_above_usual(period: bars = 14, avg_period: bars = 50, mult: float = 1.5) -> bool {
  give natr(period) > mult * sma(natr(period), avg_period)
}

/// The relative average true range is a fraction of its average.
/// Catalogue: NATR_LOW_VOL, VOL_REGIME_LOW; both; natr(period) < squeeze_mult * sma(natr(period), avg_period).
indicator natr_below_usual(period: bars = 14, avg_period: bars = 20,
  squeeze_mult: float = 0.7) -> bool {
  give natr(period) < squeeze_mult * sma(natr(period), avg_period)
}

/// The relative average true range is a multiple of that of the bar before.
/// Catalogue: NATR_BREAKOUT; both; natr(period) > mult * natr(period)[1].
indicator natr_jumps(period: bars = 14, mult: float = 1.5) -> bool {
  give natr(period) > mult * natr(period)[1]
}

/// The relative average true range rises from a fraction of its average to above it in one bar.
/// Catalogue: VOL_REGIME_TRANSITION; both; natr(period)[1] < share * usual[1] and natr(period) > usual, usual =
/// sma(natr(period), avg_period).
indicator natr_bursts(period: bars = 14, avg_period: bars = 50, share: float = 0.7) -> bool {
  let usual = sma(natr(period), avg_period)
  give natr(period)[1] < share * usual[1] and natr(period) > usual
}

/// The short average true range is a fraction of the long one.
/// Catalogue: VOL_RATIO_LOW; both; atr(short_n) / atr(long_n) < threshold.
indicator atr_ratio_below(short_n: bars = 14, long_n: bars = 50, threshold: float = 0.7) -> bool {
  give atr(short_n) / atr(long_n) < threshold
}

/// The short average true range is a multiple of the long one.
/// Catalogue: VOL_RATIO_HIGH; both; atr(short_n) / atr(long_n) > threshold.
indicator atr_ratio_above(short_n: bars = 14, long_n: bars = 50, threshold: float = 1.5) -> bool {
  give atr(short_n) / atr(long_n) > threshold
}

/// The short average true range was a fraction of the long one on most of the last bars.
/// Catalogue: TWIN_RANGE_SQUEEZE; both; times(atr(fast_period) / atr(slow_period) < threshold, span) >= least.
indicator atr_ratio_mostly_below(fast_period: bars = 5, slow_period: bars = 20,
  threshold: float = 0.6, span: bars = 5, least: float = 3) -> bool {
  give times(atr(fast_period) / atr(slow_period) < threshold, span) >= least
}

/// The average true range crosses above its average.
/// Catalogue: VOL_EXPANSION_START; both; atr(period) crosses above sma(atr(period), ma_period).
indicator atr_crosses_above_average(period: bars = 14, ma_period: bars = 20) -> bool {
  give atr(period) crosses above sma(atr(period), ma_period)
}

/// The average true range is within some percent of its lowest.
/// Catalogue: VOL_CYCLE_LOW; both; atr(period) <= slack * lowest(atr(period), lookback).
indicator atr_near_lowest(period: bars = 14, lookback: bars = 50, slack: float = 1.1) -> bool {
  give atr(period) <= slack * lowest(atr(period), lookback)
}

/// The average true range is a multiple of its average with the close above an exponential average.
/// Catalogue: VOL_EXPANSION_PHASE, ADAPTIVE_CHANNEL_EXPAND; long; atr(period) > mult * sma(atr(period), avg_period)
/// and close > ema(close, ma_n).
indicator atr_high_above_ema(period: bars = 14, avg_period: bars = 20, mult: float = 1.3,
  ma_n: bars = 20) -> bool {
  give atr(period) > mult * sma(atr(period), avg_period) and close > ema(close, ma_n)
}

/// The average true range is a multiple of its average, the close above an exponential average and that of some bars
/// ago.
/// Catalogue: VOLATILE_REGIME, HIGH_VOL_FILTER; long; atr(period) > mult * sma(atr(period), avg_period) and close >
/// ema(close, ma_n) and close > close[span].
indicator atr_high_rising_above_ema(period: bars = 14, avg_period: bars = 20, mult: float = 1.5,
  ma_n: bars = 20, span: bars = 3) -> bool {
  give atr(period) > mult * sma(atr(period), avg_period)
    and close > ema(close, ma_n)
    and close > close[span]
}

/// The average true range is a multiple of its average and the close rose.
/// Catalogue: VOL_SYS_EXPANSION; long; atr(period) > mult * sma(atr(period), period) and close > close[1].
indicator atr_high_on_rise(period: bars = 14, mult: float = 1.2) -> bool {
  give atr(period) > mult * sma(atr(period), period) and close > close[1]
}

/// The average true range was mostly a fraction of its average, and the close is above the high before.
/// Catalogue: VOL_SYS_CONTRACT_BREAK; long; times(atr(period) < contract * sma(atr(period), period), span) >= least
/// and close > high[1].
indicator atr_contracts_then_breaks(period: bars = 14, contract: float = 0.7, span: bars = 5,
  least: float = 3) -> bool {
  give times(atr(period) < contract * sma(atr(period), period), span) >= least and close > high[1]
}

/// The average true range was mostly a fraction of its average and now rises, with the close above that of some bars
/// ago.
/// Catalogue: VSQ_ATR_SQUEEZE; long; (times(a < mult * sma(a, avg_period), span) >= least)[1] and a > a[1] and close
/// > close[back], a = atr(period).
indicator atr_quiet_then_rises(mult: float = 0.7, period: bars = 14, avg_period: bars = 20,
  span: bars = 5, least: float = 3, back: bars = 3) -> bool {
  let a = atr(period)
  give (times(a < mult * sma(a, avg_period), span) >= least)[1] and a > a[1] and close > close[back]
}

/// The average true range was a fraction of its average and rises as the close exceeds the highs before.
/// Catalogue: LOW_VOL_FILTER; long; (a < mult * sma(a, avg_period))[1] and close > highest(high, span)[1] and a >
/// a[1], a = atr(period).
indicator atr_quiet_then_breaks(mult: float = 0.7, period: bars = 14, avg_period: bars = 20,
  span: bars = 5) -> bool {
  let a = atr(period)
  give (a < mult * sma(a, avg_period))[1] and close > highest(high, span)[1] and a > a[1]
}

/// The average true range went from a fraction to a multiple of its average while the close rose.
/// Catalogue: ATR_EXPANSION_TRIGGER; long; (a < contract_mult * usual)[span] and a > expand_mult * usual and close >
/// close[span], a = atr(period), usual = sma(a, avg_period).
indicator atr_expands_from_quiet(contract_mult: float = 0.8, expand_mult: float = 1.2,
  period: bars = 14, avg_period: bars = 20, span: bars = 3) -> bool {
  let a = atr(period)
  let usual = sma(a, avg_period)
  give (a < contract_mult * usual)[span] and a > expand_mult * usual and close > close[span]
}

/// The fast average of the average true range got above a multiple of the slow one while the close rose.
/// Catalogue: REGIME_CHANGE; long; f > mult * s and f[span] <= s[span] and close > close[span], f = sma(atr(period),
/// fast), s = sma(atr(period), slow).
indicator atr_regime_changes(mult: float = 1.2, period: bars = 14, fast: bars = 5, slow: bars = 20,
  span: bars = 3) -> bool {
  let f = sma(atr(period), fast)
  let s = sma(atr(period), slow)
  give f > mult * s and f[span] <= s[span] and close > close[span]
}

/// The relative average true range ranks low among its last values.
/// Catalogue: CONTRACTION_ALERT; both; percent_rank(natr(period), lookback) < threshold.
/// Derived from name and parameters, as the catalogue has no formula: CONTRACTION_ALERT.
indicator atr_rank_below(threshold: float = 10, period: bars = 14, lookback: bars = 100) -> bool {
  give percent_rank(natr(period), lookback) < threshold
}

/// The standard deviation of the close is a multiple of its average.
/// Catalogue: STDDEV_HIGH; both; s > mult * sma(s, avg_period), s = stdev(close, period).
indicator deviation_above_usual(period: bars = 20, avg_period: bars = 50,
  mult: float = 1.5) -> bool {
  let s = stdev(close, period)
  give s > mult * sma(s, avg_period)
}

/// The standard deviation of the close is a fraction of its average.
/// Catalogue: STDDEV_LOW; both; s < mult * sma(s, avg_period), s = stdev(close, period).
indicator deviation_below_usual(period: bars = 20, avg_period: bars = 50,
  mult: float = 0.7) -> bool {
  let s = stdev(close, period)
  give s < mult * sma(s, avg_period)
}

/// The standard error of the close was a fraction of its average on most of the last bars.
/// Catalogue: SE_NARROW; both; times(s < mult * sma(s, period), span) >= least, s = stdev(close, period).
indicator deviation_mostly_small(period: bars = 20, mult: float = 0.7, span: bars = 5,
  least: float = 3) -> bool {
  let s = stdev(close, period)
  give times(s < mult * sma(s, period), span) >= least
}

/// The standard deviation of the close is above its average and the close above that of some bars ago.
/// Catalogue: JURIK_ADAPTIVE; long; s > sma(s, avg_period) and close > close[span], s = sample_stdev(close, period).
indicator deviation_high_and_rising(period: bars = 10, avg_period: bars = 20,
  span: bars = 5) -> bool {
  let s = sample_stdev(close, period)
  give s > sma(s, avg_period) and close > close[span]
}

/// The relative standard deviation, some bars ago in the lowest part of its past, has grown.
/// Catalogue: DISTRIBUTION_WIDTH; both; (s < quantile(s, lookback, q))[span] and s > s[span], s =
/// sample_stdev(close, period) / close.
indicator deviation_leaves_low(period: bars = 20, lookback: bars = 50, q: float = 0.25,
  span: bars = 3) -> bool {
  let s = sample_stdev(close, period) / close
  give (s < quantile(s, lookback, q))[span] and s > s[span]
}

/// The logarithmic return is a multiple of its standard deviation below zero.
/// Catalogue: LOG_RETURN_EXTREME; long; r < -mult * sample_stdev(r, period), r = log_returns(close).
indicator log_return_below(period: bars = 20, mult: float = 2) -> bool {
  let r = log_returns(close)
  give r < -mult * sample_stdev(r, period)
}

/// The standard deviation of returns is a fraction of its average.
/// Catalogue: HV_LOW; both; v < mult * sma(v, period), v = sample_stdev(log_returns(close), period).
indicator return_spread_below_usual(period: bars = 20, mult: float = 0.7) -> bool {
  let v = sample_stdev(log_returns(close), period)
  give v < mult * sma(v, period)
}

/// The standard deviation of returns got above its average while the close rose.
/// Catalogue: HV_BREAKOUT; long; v[span] < usual[span] and v > usual and close > close[span], v =
/// sample_stdev(log_returns(close), period), usual = sma(v, period).
indicator return_spread_breaks_out(period: bars = 20, span: bars = 3) -> bool {
  let v = sample_stdev(log_returns(close), period)
  let usual = sma(v, period)
  give v[span] < usual[span] and v > usual and close > close[span]
}

/// The standard deviation of returns and the close are both higher than some bars ago.
/// Catalogue: HV_RISING; long; v > v[span] and close > close[span], v = sample_stdev(log_returns(close), period).
indicator return_spread_grows(period: bars = 20, span: bars = 5) -> bool {
  let v = sample_stdev(log_returns(close), period)
  give v > v[span] and close > close[span]
}

/// Chaikin's volatility is positive and rises.
/// Catalogue: CHAIKIN_VOL_RISING; both; c > c[1] and c > 0, c = chaikin_volatility(period, period).
indicator chaikin_volatility_rises(period: bars = 10) -> bool {
  let c = chaikin_volatility(period, period)
  give c > c[1] and c > 0
}

/// Chaikin's volatility is below a level.
/// Catalogue: CHAIKIN_VOL_LOW; both; chaikin_volatility(period, period) < threshold.
indicator chaikin_volatility_below(period: bars = 10, threshold: float = -20) -> bool {
  give chaikin_volatility(period, period) < threshold
}

/// Chaikin's volatility went from negative to above a level.
/// Catalogue: CHAIKIN_VOL_EXPAND; both; c[span] < 0 and c > threshold, c = chaikin_volatility(period, period).
indicator chaikin_volatility_turns_up(period: bars = 10, threshold: float = 10,
  span: bars = 3) -> bool {
  let c = chaikin_volatility(period, period)
  give c[span] < 0 and c > threshold
}

/// The mass index falls back through a level.
/// Catalogue: MASS_INDEX_BULGE; both; x[1] > upper and x < upper, x = mass_index(n, m).
indicator mass_index_bulges(upper: float = 27, n: bars = 9, m: bars = 25) -> bool {
  let x = mass_index(n, m)
  give x[1] > upper and x < upper
}

/// The mass index is below a level while the close rose.
/// Catalogue: MASS_INDEX_LOW; long; mass_index(n, m) < lower and close > close[span].
indicator mass_index_low_in_rise(lower: float = 24, n: bars = 9, m: bars = 25,
  span: bars = 5) -> bool {
  give mass_index(n, m) < lower and close > close[span]
}

/// The mass index is above a level and rises.
/// Catalogue: MASS_INDEX_SETUP; both; x > x[1] and x > trigger, x = mass_index(n, m).
indicator mass_index_builds_up(trigger: float = 25.5, n: bars = 9, m: bars = 25) -> bool {
  let x = mass_index(n, m)
  give x > x[1] and x > trigger
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 102, 104, 103, 107, 110, 118, 111, 120, 117, 115, 116, 116, 125]
  given high = [103, 104, 110, 107, 111, 131, 119, 120, 121, 117, 117, 119, 124, 129]
  given low = [98, 101, 104, 102, 105, 109, 110, 111, 119, 116, 115, 108, 116, 117]
  given close = [102, 104, 108, 107, 110, 119, 111, 120, 119, 117, 116, 118, 123, 129]
  given volume = [12, 8, 30, 1, 30, 20, 1, 12, 30, 5, 30, 30, 8, 30]
  assert natr_above(2, 3) is [_, _, true, true, true, true, true, true, true, true, false, true,
    true, true]
  assert natr_above_usual(2, 3, 1.5) is [_, _, _, _, false, true, false, false, false, false, false,
    false, false, false]
  assert natr_below_usual(2, 3, 0.7) is [_, _, _, _, false, false, false, false, true, true, false,
    false, false, false]
  assert natr_jumps(2, 1.5) is [_, _, _, false, false, true, false, false, false, false, false,
    true, false, false]
  assert atr_ratio_above(2, 3, 0.75) is [_, _, _, true, true, true, true, true, true, true, false,
    true, true, true]
  assert atr_ratio_mostly_below(1, 4, 0.7, 3, 2) is [_, _, _, _, _, _, false, false, false, true,
    true, true, false, false]
  assert atr_crosses_above_average(2, 3) is [_, _, _, _, _, false, false, false, false, false,
    false, true, false, false]
  assert atr_near_lowest(2, 3, 1.1) is [_, _, _, _, false, false, false, true, true, true, true,
    false, false, false]
  assert atr_high_above_ema(2, 3, 1.3, 3) is [_, _, _, _, false, true, false, false, false, false,
    false, true, false, false]
  assert atr_high_on_rise(2, 1.2) is [_, _, _, false, false, true, false, false, false, false,
    false, true, false, false]
  assert atr_contracts_then_breaks(2, 0.95, 3, 2) is [_, _, _, _, _, false, false, true, false,
    false, false, true, false, false]
  assert atr_quiet_then_breaks(0.7, 3, 4, 2) is [_, _, _, _, _, _, _, false, false, false, false,
    true, false, false]
  assert atr_regime_changes(0.6, 4, 3, 5, 2) is [_, _, _, _, _, _, _, _, _, _, false, true, true,
    true]
  assert atr_rank_below(10, 2, 3) is [_, _, _, _, _, false, false, false, true, true, true, false,
    false, false]
  assert deviation_above_usual(2, 3, 1.5) is [_, _, _, false, false, true, false, false, false,
    false, false, false, true, false]
  assert deviation_below_usual(2, 3, 0.7) is [_, _, _, true, false, false, false, false, true, true,
    false, false, false, false]
  assert deviation_high_and_rising(3, 4, 2) is [_, _, _, _, _, true, true, true, false, false,
    false, false, true, true]
  assert deviation_leaves_low(3, 4, 0.25, 2) is [_, _, _, _, _, _, _, false, false, false, false,
    false, false, true]
  assert log_return_below(2, 2) is [_, _, false, false, false, false, false, false, false, true,
    false, false, false, false]
  assert return_spread_below_usual(2, 0.7) is [_, _, _, false, false, false, false, false, false,
    true, false, false, false, true]
  assert return_spread_breaks_out(3, 2) is [_, _, _, _, _, _, _, false, false, false, false, false,
    true, false]
  assert return_spread_grows(3, 2) is [_, _, _, _, _, true, true, true, false, false, false, false,
    true, false]
  assert chaikin_volatility_rises(2) is [_, _, _, _, false, true, false, false, false, false, false,
    true, true, false]
  assert chaikin_volatility_below(2, -20) is [_, _, _, false, false, false, false, true, true, true,
    true, false, false, false]
  assert chaikin_volatility_turns_up(3, 10, 2) is [_, _, _, _, _, _, _, false, false, false, false,
    true, true, false]
  assert mass_index_bulges(2.7, 2, 3) is [_, _, _, _, _, false, false, false, true, false, false,
    false, false, false]
  assert mass_index_low_in_rise(24, 3, 4, 2) is [_, _, _, _, _, _, _, true, true, false, false,
    true, true, true]
  assert mass_index_builds_up(2.55, 2, 3) is [_, _, _, _, _, true, false, false, false, false,
    false, true, true, true]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 92, 97, 100, 98, 89, 90, 90, 89, 91, 92, 94, 95, 91]
  given high = [112, 97, 106, 101, 100, 90, 91, 90, 92, 95, 94, 96, 97, 92]
  given low = [86, 92, 96, 98, 87, 87, 89, 90, 87, 90, 92, 93, 95, 90]
  given close = [87, 97, 105, 98, 89, 90, 90, 90, 91, 94, 94, 95, 96, 92]
  given volume = [8, 4, 4, 2, 1, 12, 2, 5, 20, 4, 12, 3, 3, 3]
  assert natr_bursts(2, 3, 0.7) is [_, _, _, _, _, false, false, false, true, false, false, false,
    false, false]
  assert atr_ratio_below(2, 3, 0.7) is [_, _, _, false, false, false, false, true, false, false,
    false, false, false, false]
  assert deviation_mostly_small(4, 0.7, 3, 3) is [_, _, _, _, _, _, _, _, true, false, false, false,
    false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 97, 95, 94, 93, 101, 113, 132, 134, 127, 128, 136, 140, 148]
  given high = [101, 98, 95, 94, 96, 115, 128, 135, 134, 130, 137, 137, 150, 148]
  given low = [98, 95, 93, 91, 91, 89, 112, 130, 126, 126, 128, 135, 140, 141]
  given close = [99, 95, 94, 92, 96, 115, 127, 134, 127, 128, 136, 135, 149, 142]
  given volume = [3, 5, 5, 5, 30, 1, 5, 3, 1, 1, 12, 3, 2, 2]
  assert atr_high_rising_above_ema(3, 4, 1.5, 4, 2) is [_, _, _, _, _, _, true, false, false, false,
    false, false, false, false]
}

test "bars 4: where the blocks fire and where not" {
  given open = [100, 101, 100, 100, 106, 112, 112, 113, 111, 114, 112, 112, 116, 115]
  given high = [101, 102, 101, 107, 114, 112, 113, 114, 117, 114, 113, 117, 116, 119]
  given low = [96, 99, 98, 98, 106, 112, 112, 112, 107, 110, 111, 108, 115, 114]
  given close = [100, 100, 99, 106, 112, 112, 113, 112, 116, 112, 111, 116, 116, 114]
  given volume = [6, 5, 8, 20, 4, 6, 8, 2, 2, 2, 10, 4, 2, 12]
  assert atr_expands_from_quiet(0.8, 1.2, 3, 4, 2) is [_, _, _, _, _, _, _, _, true, false, false,
    false, false, false]
}

test "bars 5: where the blocks fire and where not" {
  given open = [100, 103, 94, 90, 82, 78, 73, 83, 83, 69, 61, 61, 63, 63, 61, 62, 62, 63, 68, 68]
  given high = [104, 105, 95, 90, 82, 79, 95, 83, 95, 69, 63, 64, 65, 65, 62, 62, 63, 63, 70, 72]
  given low = [100, 94, 89, 83, 77, 72, 72, 80, 73, 61, 59, 59, 62, 63, 61, 61, 62, 61, 67, 68]
  given close = [103, 94, 91, 83, 79, 73, 83, 81, 74, 63, 61, 63, 64, 63, 62, 62, 63, 63, 68, 71]
  given volume = [20, 10, 6, 10, 3, 20, 6, 6, 6, 30, 8, 2, 1, 6, 3, 2, 8, 6, 30, 12]
  assert atr_quiet_then_rises(0.7, 4, 5, 3, 3, 2) is [_, _, _, _, _, _, _, _, _, _, _, false, false,
    false, false, false, false, false, true, false]
}
