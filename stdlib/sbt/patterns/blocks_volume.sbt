#sbt 1

// Pattern blocks on volume against its average and together with the price.

/// The close is above that of some bars ago on less than the average volume.
/// Catalogue: VOL_PRICE_DIV_BEAR; short; close > close[period] and volume < sma(volume, period).
indicator rise_on_low_volume(period: bars = 5) -> bool {
  give close > close[period] and volume < sma(volume, period)
}

/// The close is below that of some bars ago on less than the average volume.
/// Catalogue: VOL_PRICE_DIV_BULL; long; close < close[period] and volume < sma(volume, period).
indicator fall_on_low_volume(period: bars = 5) -> bool {
  give close < close[period] and volume < sma(volume, period)
}

/// The short average of volume is above the long one and the close rose.
/// Catalogue: VOL_TREND_UP; long; sma(volume, short_n) > sma(volume, long_n) and close > close[1].
indicator volume_average_leads_rise(short_n: bars = 5, long_n: bars = 20) -> bool {
  give sma(volume, short_n) > sma(volume, long_n) and close > close[1]
}

/// The short average of volume is a fraction of the long one.
/// Catalogue: VOL_TREND_DOWN; both; sma(volume, short_n) < mult * sma(volume, long_n).
indicator volume_average_lags(short_n: bars = 5, long_n: bars = 20, mult: float = 0.8) -> bool {
  give sma(volume, short_n) < mult * sma(volume, long_n)
}

/// The short average of volume is more than some percent above the long one.
/// Catalogue: VOL_OSC_STRONG; both; 100 * (sma(volume, fast) / sma(volume, slow) - 1) > threshold.
indicator volume_oscillator_above(fast: bars = 5, slow: bars = 20, threshold: float = 30) -> bool {
  give 100 * (sma(volume, fast) / sma(volume, slow) - 1) > threshold
}

/// The short average of volume is above the long one, by more than on the bar before, and the close rose.
/// Catalogue: VOL_OSC_POSITIVE; long; v > 1 and v > v[1] and close > close[1], v = sma(volume, fast) / sma(volume,
/// slow).
indicator volume_oscillator_rises(fast: bars = 5, slow: bars = 20) -> bool {
  let v = sma(volume, fast) / sma(volume, slow)
  give v > 1 and v > v[1] and close > close[1]
}

/// The short average of volume crosses above the long one on a white bar.
/// Catalogue: VOL_OSC_CROSS; long; sma(volume, fast) crosses above sma(volume, slow) and close > open.
indicator volume_oscillator_crosses_up(fast: bars = 5, slow: bars = 20) -> bool {
  give sma(volume, fast) crosses above sma(volume, slow) and close > open
}

/// A white bar on a multiple of the average volume.
/// Catalogue: VOL_SPIKE; long; volume > mult * sma(volume, period) and close > open.
indicator volume_spike_white(period: bars = 20, mult: float = 2) -> bool {
  give volume > mult * sma(volume, period) and close > open
}

/// A multiple of the average volume after a rise.
/// Catalogue: EXHAUSTION_VOLUME; short; volume > mult * sma(volume, period) and close > close[trend_period].
indicator volume_spike_in_rise(period: bars = 20, mult: float = 3,
  trend_period: bars = 10) -> bool {
  give volume > mult * sma(volume, period) and close > close[trend_period]
}

/// After a fall, a white rising bar on a multiple of the average volume.
/// Catalogue: VOL_REVERSAL; long; volume > mult * sma(volume, period) and close[1] < close[span] and close > open
/// and close > close[1].
indicator volume_spike_turns_rise(mult: float = 2, period: bars = 20, span: bars = 5) -> bool {
  give volume > mult * sma(volume, period)
    and close[1] < close[span]
    and close > open
    and close > close[1]
}

/// The volume is a multiple of its least-squares line and the close rose.
/// Catalogue: VOL_ABOVE_TREND; long; volume > mult * linreg(volume, period) and close > close[1].
indicator volume_above_regression(period: bars = 20, mult: float = 1.2) -> bool {
  give volume > mult * linreg(volume, period) and close > close[1]
}

/// The volume exceeds its average by some standard deviations of such excesses.
/// Catalogue: VOL_BREAKOUT_DT; both; d > mult * sample_stdev(d, period), d = volume - sma(volume, period).
indicator volume_far_above_average(period: bars = 20, mult: float = 2) -> bool {
  let d = volume - sma(volume, period)
  give d > mult * sample_stdev(d, period)
}

/// The volume was below its average and comes nearer to it or above on a white bar.
/// Catalogue: VOL_MEAN_REV; long; d[1] < 0 and d > d[1] and close > open, d = volume - sma(volume, period).
indicator volume_recovers(period: bars = 20) -> bool {
  let d = volume - sma(volume, period)
  give d[1] < 0 and d > d[1] and close > open
}

/// The volume is some standard deviations above its average on a white close above the highs before.
/// Catalogue: VOL_BREAKOUT; long; volume > sma(volume, period) + mult * sample_stdev(volume, period) and close >
/// highest(high, span)[1] and close > open.
indicator volume_deviates_on_breakout(mult: float = 1.5, period: bars = 20,
  span: bars = 5) -> bool {
  give volume > sma(volume, period) + mult * sample_stdev(volume, period)
    and close > highest(high, span)[1]
    and close > open
}

/// The volume is some standard deviations above its average while the close hardly moved.
/// Catalogue: HIGH_VOLUME_NODE; both; volume > sma(volume, period) + mult * sample_stdev(volume, period) and
/// abs(close - close[1]) < reach * close.
indicator volume_deviates_price_still(period: bars = 20, mult: float = 2,
  reach: float = 0.005) -> bool {
  give volume > sma(volume, period) + mult * sample_stdev(volume, period)
    and abs(close - close[1]) < reach * close
}

/// The volume is some standard deviations above its average on a white bar that is mostly body.
/// Catalogue: INSTITUTIONAL_VOL; long; zscore(volume, period) > threshold and close > open and candle_body() > share
/// * (high - low).
indicator volume_zscore_white(threshold: float = 2, period: bars = 20, share: float = 0.6) -> bool {
  give zscore(volume, period) > threshold and close > open and candle_body() > share * (high - low)
}

/// The volume is in the highest part of its past on a bar that makes the lowest low.
/// Catalogue: VOL_CLIMAX_SUPPORT; long; volume >= quantile(volume, period, vol_thresh) and low <= lowest(low,
/// period).
/// Derived from name and parameters, as the catalogue has no formula: VOL_CLIMAX_SUPPORT.
indicator volume_high_at_low(period: bars = 20, vol_thresh: float = 0.8) -> bool {
  give volume >= quantile(volume, period, vol_thresh) and low <= lowest(low, period)
}

/// The volume was mostly a fraction of its average in bars that together span little.
/// Catalogue: LOW_VOL_BREAKOUT_SETUP; both; times(volume < low_mult * sma(volume, period), span) >= least and
/// highest(high, span) - lowest(low, span) < reach * close.
indicator volume_dry_in_narrow_range(period: bars = 20, low_mult: float = 0.5, span: bars = 3,
  least: float = 2, reach: float = 0.02) -> bool {
  give times(volume < low_mult * sma(volume, period), span) >= least
    and highest(high, span) - lowest(low, span) < reach * close
}

/// The volume was a multiple of its average on each of some bars and the close rose over them.
/// Catalogue: VOL_CONSEC_HIGH; long; held(volume > mult * sma(volume, period), span) and close > close[span].
indicator volume_high_for_bars(period: bars = 20, mult: float = 1.2, span: bars = 3) -> bool {
  give held(volume > mult * sma(volume, period), span) and close > close[span]
}

/// The volume was a fraction of its average on each of some bars.
/// Catalogue: VOL_DRY_UP; both; held(volume < mult * sma(volume, period), span).
indicator volume_dry_for_bars(period: bars = 20, mult: float = 0.7, span: bars = 3) -> bool {
  give held(volume < mult * sma(volume, period), span)
}

/// From a fraction to a multiple of the average volume in one bar, a white one.
/// Catalogue: VOL_SURGE_AFTER_QUIET; long; (volume < share * sma(volume, period))[1] and volume > mult * sma(volume,
/// period) and close > open.
indicator volume_surges_from_quiet(period: bars = 20, mult: float = 2, share: float = 0.5) -> bool {
  give (volume < share * sma(volume, period))[1]
    and volume > mult * sma(volume, period)
    and close > open
}

/// After mostly low volume the close is above the highs before, on more than the average volume.
/// Catalogue: LOW_VOL_GAP; long; (times(volume < share * sma(volume, period), span) >= least)[1] and close >
/// highest(high, span)[1] and volume > sma(volume, period).
indicator volume_quiet_then_break(period: bars = 20, share: float = 0.5, span: bars = 5,
  least: float = 3) -> bool {
  give (times(volume < share * sma(volume, period), span) >= least)[1]
    and close > highest(high, span)[1]
    and volume > sma(volume, period)
}

/// After a multiple of the average volume a white bar closes near the short average.
/// Catalogue: HIGH_VOL_NODE; long; (volume > mult * sma(volume, period))[1] and abs(close - sma(close, ma_n)) <
/// reach * close and close > open.
indicator volume_high_then_near_average(period: bars = 20, mult: float = 1.5, ma_n: bars = 5,
  reach: float = 0.01) -> bool {
  give (volume > mult * sma(volume, period))[1]
    and abs(close - sma(close, ma_n)) < reach * close
    and close > open
}

/// A white bar closes near the volume-weighted average on more than the average volume.
/// Catalogue: VOL_POC; long; abs(close - vwma(close, period)) < reach * close and close > open and volume >
/// sma(volume, avg_n).
indicator close_at_vwma_on_volume(period: bars = 20, reach: float = 0.005,
  avg_n: bars = 20) -> bool {
  give abs(close - vwma(close, period)) < reach * close
    and close > open
    and volume > sma(volume, avg_n)
}

/// The volume rose by more than some percent over a span and the close rose.
/// Catalogue: VOL_ROC; long; roc(volume, period) > threshold and close > close[1].
indicator volume_change_above(period: bars = 5, threshold: float = 50) -> bool {
  give roc(volume, period) > threshold and close > close[1]
}

/// The volume in units of its average is above a level and higher than some bars ago on a white bar.
/// Catalogue: VOL_ACCEL; long; v > v[span] and v > mult and close > open, v = volume / sma(volume, period).
indicator volume_accelerates(period: bars = 20, span: bars = 3, mult: float = 1.5) -> bool {
  let v = volume / sma(volume, period)
  give v > v[span] and v > mult and close > open
}

/// The average volume and the close are both higher than some bars ago.
/// Catalogue: VOL_TREND; long; v > v[span] and close > close[span], v = sma(volume, period).
indicator volume_average_rises(period: bars = 10, span: bars = 5) -> bool {
  let v = sma(volume, period)
  give v > v[span] and close > close[span]
}

/// Volume of the white bars minus that of all others over some bars. Formula: sum of volume where close > open, else
/// -volume. Units: quantity.
indicator signed_volume(period: bars = 20) -> quantity {
  give sum_of(if close > open then volume else -volume, period)
}

/// The white bars' volume prevails, by more than on the bar before.
/// Catalogue: VOL_DELTA_POSITIVE; long; d > 0 and d > d[1], d = signed_volume(period).
indicator signed_volume_rises(period: bars = 20) -> bool {
  let d = signed_volume(period)
  give d > 0 and d > d[1]
}

/// The white bars' surplus of volume is some standard deviations below its average.
/// Catalogue: VOL_DELTA_EXTREME; long; d < sma(d, period) - mult * sample_stdev(d, period), d =
/// signed_volume(period).
indicator signed_volume_far_below(period: bars = 20, mult: float = 1.5) -> bool {
  let d = signed_volume(period)
  give d < sma(d, period) - mult * sample_stdev(d, period)
}

/// The volume of the white bars is a multiple of the black bars', the close above an exponential average.
/// Catalogue: IMBALANCE_DETECT; long; up > threshold * down and close > ema(close, ma_n), up = sum_of(if close >
/// open then volume else 0, period), down = sum_of(if close < open then volume else 0, period).
indicator white_volume_prevails(period: bars = 10, threshold: float = 1.5,
  ma_n: bars = 20) -> bool {
  let up = sum_of(if close > open then volume else 0, period)
  let down = sum_of(if close < open then volume else 0, period)
  give up > threshold * down and close > ema(close, ma_n)
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 96, 99, 96, 102, 103, 104, 106, 107, 109, 112, 116, 115, 117]
  given high = [101, 97, 101, 101, 111, 105, 108, 108, 110, 112, 116, 117, 119, 118]
  given low = [94, 95, 94, 88, 100, 101, 104, 105, 106, 107, 111, 115, 114, 112]
  given close = [96, 97, 95, 101, 103, 104, 106, 108, 109, 111, 116, 116, 118, 114]
  given volume = [6, 2, 8, 10, 3, 2, 3, 20, 1, 1, 6, 12, 12, 12]
  assert rise_on_low_volume(2) is [_, _, false, false, true, true, false, false, true, false, false,
    false, false, false]
  assert volume_average_leads_rise(2, 3) is [_, _, false, true, false, false, false, true, true,
    false, true, false, true, false]
  assert volume_average_lags(2, 3, 0.8) is [_, _, false, false, false, true, false, false, false,
    true, false, false, false, false]
  assert volume_oscillator_above(2, 3, 30) is [_, _, false, true, false, false, false, true, true,
    false, true, true, false, false]
  assert volume_oscillator_rises(2, 3) is [_, _, _, true, false, false, false, true, false, false,
    true, false, false, false]
  assert volume_oscillator_crosses_up(2, 3) is [_, _, _, true, false, false, false, true, false,
    false, true, false, false, false]
  assert volume_spike_white(3, 2) is [_, _, false, false, false, false, false, true, false, false,
    true, false, false, false]
  assert volume_above_regression(3, 1.2) is [_, _, false, false, false, true, false, false, false,
    true, false, false, false, false]
  assert volume_far_above_average(2, 2) is [_, _, false, false, false, false, false, false, false,
    false, false, true, false, false]
  assert volume_recovers(2) is [_, _, false, false, false, true, true, false, false, true, false,
    false, false, false]
  assert volume_deviates_on_breakout(0.75, 3, 2) is [_, _, false, false, false, false, false, false,
    false, false, true, false, false, false]
  assert volume_deviates_price_still(3, 1, 0.0025) is [_, _, false, false, false, false, false,
    false, false, false, false, true, false, false]
  assert volume_zscore_white(1, 3, 0.3) is [_, _, false, false, false, false, false, true, false,
    false, true, false, false, false]
  assert volume_high_at_low(2, 0.8) is [_, false, true, true, false, false, false, false, false,
    false, false, false, true, true]
  assert volume_high_for_bars(3, 1.2, 2) is [_, _, _, true, false, false, false, false, false,
    false, false, true, false, false]
  assert volume_dry_for_bars(3, 0.7, 2) is [_, _, _, false, false, true, false, false, false, true,
    false, false, false, false]
  assert volume_surges_from_quiet(3, 2, 0.5) is [_, _, _, false, false, false, false, false, false,
    false, true, false, false, false]
  assert volume_high_then_near_average(3, 1.5, 2, 0.01) is [_, _, _, false, false, false, false,
    false, true, false, false, false, true, false]
  assert close_at_vwma_on_volume(2, 0.005, 2) is [_, false, false, false, false, false, false, true,
    false, false, false, false, false, false]
  assert volume_change_above(2, 50) is [_, _, false, true, false, false, false, true, false, false,
    true, false, true, false]
  assert volume_average_rises(3, 2) is [_, _, _, _, true, false, false, true, true, false, false,
    false, true, false]
  assert signed_volume(2) is [_, -4, -6, 2, 13, 5, 5, 23, 21, 2, 7, -6, 0, 0]
  assert signed_volume_rises(2) is [_, _, false, true, true, false, false, true, false, false, true,
    false, false, false]
  assert signed_volume_far_below(3, 0.75) is [_, _, _, _, false, false, false, false, false, true,
    true, true, false, true]
  assert white_volume_prevails(2, 1.5, 3) is [_, _, false, false, true, true, true, true, true,
    true, true, true, true, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [99, 100, 98, 92, 93, 91, 92, 89, 90, 92, 91, 89, 87, 90]
  given high = [100, 101, 101, 94, 93, 94, 94, 91, 93, 93, 91, 89, 93, 96]
  given low = [99, 97, 94, 91, 91, 91, 92, 88, 90, 87, 90, 87, 86, 90]
  given close = [100, 98, 97, 93, 91, 93, 94, 90, 92, 90, 90, 87, 90, 93]
  given volume = [8, 20, 6, 2, 4, 20, 20, 3, 30, 2, 20, 2, 30, 30]
  assert fall_on_low_volume(2) is [_, _, true, true, false, false, false, true, false, false, false,
    true, false, false]
  assert volume_spike_turns_rise(2, 3, 2) is [_, _, false, false, false, true, false, false, false,
    false, false, false, false, false]
  assert volume_accelerates(3, 2, 1.5) is [_, _, _, _, false, true, false, false, true, false,
    false, false, true, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 106, 99, 112, 112, 108, 116, 129, 137, 145, 157, 163, 162, 156]
  given high = [105, 106, 124, 113, 112, 117, 130, 138, 143, 153, 159, 163, 162, 157]
  given low = [100, 99, 99, 100, 98, 107, 104, 129, 135, 144, 156, 161, 156, 146]
  given close = [105, 99, 112, 112, 110, 116, 129, 137, 143, 152, 158, 162, 156, 147]
  given volume = [12, 6, 10, 20, 8, 30, 1, 4, 1, 30, 30, 1, 20, 1]
  assert volume_spike_in_rise(4, 3, 3) is [_, _, _, false, false, false, false, false, false, true,
    false, false, false, false]
  assert volume_quiet_then_break(4, 0.5, 3, 3) is [_, _, _, _, _, _, false, false, false, true,
    false, false, false, false]
}

test "bars 4: where the blocks fire and where not" {
  given open = [100, 103, 104, 105, 104, 104, 105, 105, 104, 104, 105, 106, 106, 104, 104, 101, 98,
    101, 101, 103, 104, 103, 101, 101, 103, 103, 103, 104]
  given high = [103, 105, 106, 105, 104, 107, 107, 106, 104, 107, 107, 108, 107, 105, 104, 103, 100,
    104, 105, 104, 105, 105, 102, 103, 104, 105, 106, 104]
  given low = [98, 101, 103, 103, 103, 104, 104, 102, 101, 103, 104, 105, 104, 104, 103, 97, 96, 99,
    100, 102, 101, 99, 101, 101, 103, 101, 101, 102]
  given close = [102, 104, 105, 104, 104, 105, 105, 104, 103, 105, 106, 106, 104, 104, 103, 99, 100,
    103, 103, 104, 103, 101, 101, 103, 103, 103, 104, 104]
  given volume = [12, 30, 5, 2, 30, 12, 10, 4, 8, 6, 3, 8, 3, 2, 3, 5, 3, 2, 6, 5, 30, 30, 5, 4, 10,
    6, 20, 20]
  assert volume_dry_in_narrow_range(3, 0.5, 2, 2, 0.02) is [_, _, _, false, false, false, false,
    false, false, false, false, false, false, false, false, false, false, false, false, false,
    false, false, false, true, false, false, false, false]
}
