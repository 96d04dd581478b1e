#sbt 1

// Indicators in the form in which the Unger catalogue reads them, where the prelude has another form. A division by
// zero gives no number here instead of a neutral value, so that no condition on it holds.

/// Relative strength index over plain averages, 0..100; no number when nothing moved.
/// Formula: 100 up / (up + down), sums of the rises and of the falls over `n` bars. Source: D. Cutler.
indicator rsi_sma(x: num, n: bars = 14) -> float {
  let up = sum_of(max(x - x[1], 0), n)
  let down = sum_of(max(x[1] - x, 0), n)
  give 100 * (up / (up + down))
}

/// Average directional index over plain averages, 0..100; no number while no bar moved in a direction.
/// Formula: sma(100 |plus - minus| / (plus + minus), n), plus and minus the means of up_move and down_move over `n`
/// bars (the range that both are measured by cancels).
indicator adx_sma(n: bars = 14) -> float {
  let plus = sum_of(up_move(), n)
  let minus = sum_of(down_move(), n)
  give sma(100 * (abs(plus - minus) / (plus + minus)), n)
}

/// Where the close lies in the range of the last `n` bars, 0..100; no number when the range is empty.
/// Formula: 100 (close - lowest low) / (highest high - lowest low). Source: G. Lane.
indicator stoch_raw(n: bars = 14) -> float {
  let bottom = lowest(low, n)
  give 100 * ((close - bottom) / (highest(high, n) - bottom))
}

/// Distance of the bands at `k` sample deviations, as a share of their middle.
/// Formula: 2 k sample_stdev(close, n) / sma(close, n).
indicator band_width(n: bars = 20, k: float = 2) -> float {
  give 2 * k * sample_stdev(close, n) / mean_of(close, n)
}

/// The bands are narrower than the given quantile of their widths over the last `window` bars: a squeeze.
/// Formula: band_width(n) < quantile(band_width(n), window, share). Catalogue: FLT_V04, LONG, SHORT.
indicator bands_narrow(share: float = 0.2, n: bars = 20, window: bars = 50) -> bool {
  let width = band_width(n)
  give width < quantile(width, window, share)
}

/// Where the relative strength index lies in its own range over `n` bars, smoothed, and the average of that; no number
/// when the index did not move (by more than rounding).
/// Formula: k = sma(100 (r - lowest r) / (highest r - lowest r), smooth), r = rsi(close, n); d = sma(k, signal).
/// Source: T. Chande and S. Kroll, 1994.
indicator stoch_rsi(n: bars = 14, smooth: bars = 3, signal: bars = 3) -> (k: float, d: float) {
  let r = rsi(close, n)
  let bottom = lowest(r, n)
  let width = highest(r, n) - bottom
  let k = sma(if width < 1e-10 then 0 / 0 else 100 * ((r - bottom) / width), smooth)
  give k, sma(k, signal)
}

/// Quantitative qualitative estimation: the smoothed relative strength index and whether it runs above its trailing
/// band. The prelude's `qqe` follows pandas-ta, where a fall through the upper band turns the side upwards too.
/// Formula: line = ema(rsi(x, n), smooth); the bands keep `k` ema(ema(|line - line[1]|, 2 n - 1), 2 n - 1) away and
/// only tighten; the side turns when the line passes the band of the bar before. Starts upwards. Source: I. Aronson and
/// M. Livshits.
indicator unger_qqe(x: num, n: bars = 14, smooth: bars = 5, k: float = 4.236) -> (line: float,
  up: bool) {
  let line = ema(rsi(x, n), smooth)
  let away = k * ema(ema(abs(line - line[1]), 2 * n - 1), 2 * n - 1)
  let raw_low = line - away
  let raw_top = line + away
  rec bottom = if line[1] > bottom[1] and line > bottom[1] then max(bottom[1], raw_low) else raw_low
    init raw_low
    settle 4 * n
  rec top = if line[1] < top[1] and line < top[1] then min(top[1], raw_top) else raw_top
    init raw_top
    settle 4 * n
  rec up: bool = if line > top[1] then true else if line < bottom[1] then false else up[1]
    init raw_low <= raw_top
    settle 4 * n
  give line, up
}

/// Whether the typical price moved with volume in the last `n` bars: without, the money flow index has no value.
/// Formula: any of `n` bars with typical_price() != typical_price()[1] and volume > 0.
indicator money_flowed(n: bars = 14) -> bool {
  let t = typical_price()
  give happened(abs(t - t[1]) > 1e-12 * t and volume > 0, n)
}

test "bars 1: where they fire and where not" {
  given open = [100, 104, 101, 107, 110, 109, 107, 116, 121, 127, 117, 120, 130, 126]
  given high = [107, 105, 110, 108, 112, 113, 113, 124, 121, 133, 124, 126, 134, 126]
  given low = [94, 95, 98, 106, 99, 106, 105, 115, 120, 118, 117, 117, 130, 124]
  given close = [107, 100, 110, 108, 105, 112, 113, 120, 121, 118, 119, 126, 131, 124]
  given volume = [4, 25, 6, 4, 4, 8, 35, 6, 5, 5, 10, 9, 6, 6]
  assert bands_narrow(0.3, 3, 5) is [_, _, _, _, _, _, false, false, false, true, true, false,
    false, false]
}

test "values by hand" {
  given open = [104, 99, 93, 96, 95, 96, 98, 98, 99, 99, 95, 91, 94, 91, 85, 75]
  given high = [104, 99, 93, 106, 97, 96, 104, 99, 101, 103, 96, 95, 102, 95, 85, 79]
  given low = [104, 93, 91, 95, 89, 94, 92, 98, 91, 93, 91, 86, 91, 85, 72, 72]
  given close = [104, 93, 93, 95, 96, 94, 98, 99, 99, 95, 91, 94, 96, 85, 80, 77]
  given volume = [9, 1, 5, 4, 2, 6, 8, 8, 25, 9, 8, 1, 1, 6, 8, 1]
  assert rsi_sma(close, 3) is [_, _, _, 15.3846153846154, 100.0, 60.0, 71.4285714285714,
    71.4285714285714, 100.0, 20.0, 0.0, 27.2727272727273, 55.5555555555556, 31.25, 11.1111111111111,
    0.0]
  assert adx_sma(2) is [_, _, _, 86.6666666666667, 55.0877192982456, 68.4210526315789, 100.0, 100.0,
    100.0, 77.7777777777778, 27.7777777777778, 50.0, 58.3333333333333, 12.1794871794872,
    53.8461538461538, 100.0]
  assert stoch_raw(3) is [_, _, 15.3846153846154, 26.6666666666667, 41.1764705882353,
    29.4117647058824, 60.0, 58.3333333333333, 61.5384615384615, 33.3333333333333, 0.0,
    47.0588235294118, 62.5, 0.0, 26.6666666666667, 21.7391304347826]
  assert band_width(3) is [_, _, 0.2627939156311, 0.0493110550198, 0.0645433196473, 0.0421052631579,
    0.0833333333333, 0.109103146848, 0.0234060919942, 0.0945829792529, 0.1684210526316,
    0.08921425712, 0.1074709528152, 0.2556857575454, 0.3763380584769, 0.2004025727766]
  assert (stoch_rsi(3, 2, 2).k) is [_, _, _, _, _, _, 67.3444976076555, 100.0, 99.9999999999999,
    49.9999999999999, 0.0, 50.0, 100.0, 50.0, 0.0, 0.0]
  assert (stoch_rsi(3, 2, 2).d) is [_, _, _, _, _, _, _, 83.6722488038278, 100.0, 74.9999999999999,
    25.0, 25.0, 75.0, 75.0, 25.0, 0.0]
  assert (unger_qqe(close, 2, 2, 1).line) is [_, _, _, 13.3333333333333, 32.5146198830409,
    26.0763018657756, 57.1769491067737, 71.9851916869907, 76.9212725470631, 36.423213192204,
    16.3002392304347, 39.568078494649, 60.0121868961723, 28.8548728630593, 14.7130228523756,
    8.2800074115136]
  assert (unger_qqe(close, 2, 2, 1).up) is [_, _, _, _, _, _, _, _, true, false, false, true, true,
    false, false, false]
}

test "no value where nothing moved" {
  given close = [5, 5, 5, 5, 5, 6]
  assert rsi_sma(close, 2) < 1000 is [_, _, false, false, false, true]
  assert stoch_raw(2) < 1000 is [_, false, false, false, false, true]
  assert adx_sma(1) < 1000 is [_, false, false, false, false, true]
  assert stoch_rsi(1, 1, 1).k < 1000 is [_, false, false, false, false, false]
  assert money_flowed(2) is [_, _, false, false, false, true]
}
