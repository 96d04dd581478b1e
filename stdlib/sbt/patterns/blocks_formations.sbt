#sbt 1

// Pattern blocks on classical formations: double bottoms, triangles, wedges, flags, cups, retracements.

/// A white bar near the lowest low, as the bar some bars ago was.
/// Catalogue: DOUBLE_BOTTOM; long; near and close > open and near[lookback], near = low - lowest(low, period) <
/// tolerance * close.
indicator double_bottom(period: bars = 20, lookback: bars = 5, tolerance: float = 0.01) -> bool {
  let near = low - lowest(low, period) < tolerance * close
  give near and close > open and near[lookback]
}

/// A black bar near the highest high, as the bar some bars ago was.
/// Catalogue: DOUBLE_TOP; short; near and close < open and near[lookback], near = highest(high, period) - high <
/// tolerance * close.
indicator double_top(period: bars = 20, lookback: bars = 5, tolerance: float = 0.01) -> bool {
  let near = highest(high, period) - high < tolerance * close
  give near and close < open and near[lookback]
}

/// Two stretches have nearly the same lowest low and the close is above the highs between.
/// Catalogue: DOUBLE_BOTTOM_CONFIRM; long; abs(l - l[period]) < tolerance * close and close > highest(high,
/// span)[span], l = lowest(low, period).
indicator double_bottom_confirmed(period: bars = 10, tolerance: float = 0.02,
  span: bars = 5) -> bool {
  let l = lowest(low, period)
  give abs(l - l[period]) < tolerance * close and close > highest(high, span)[span]
}

/// Some bars ago a high close to the highest, now a lower one, and the close below the lows of the bars between.
/// Catalogue: HS_NECKLINE; short; (high >= near * highest(high, period))[head] and high < below * high[head] and
/// close < lowest(low, head)[lag].
indicator neckline_breaks(head: bars = 10, period: bars = 20, near: float = 0.98,
  below: float = 0.95, lag: bars = 5) -> bool {
  give (high >= near * highest(high, period))[head]
    and high < below * high[head]
    and close < lowest(low, head)[lag]
}

/// Highs mostly rose less than lows, and the close is above the highs before on high volume.
/// Catalogue: WEDGE_BREAK; long; (times(high - high[period] < low - low[period], span) >= least)[1] and close >
/// highest(high, span)[1] and volume > mult * sma(volume, avg_n).
indicator wedge_breaks_up(period: bars = 10, span: bars = 5, least: float = 3, mult: float = 1.5,
  avg_n: bars = 20) -> bool {
  give (times(high - high[period] < low - low[period], span) >= least)[1]
    and close > highest(high, span)[1]
    and volume > mult * sma(volume, avg_n)
}

/// Highs fell and lows rose over a stretch, and the close is above the high before.
/// Catalogue: TRIANGLE_BREAK; long; (high < high[period] and low > low[period])[1] and close > high[1].
/// Derived from name and parameters, as the catalogue has no formula: TRIANGLE_BREAK.
indicator triangle_breaks_up(period: bars = 10) -> bool {
  give (high < high[period] and low > low[period])[1] and close > high[1]
}

/// Two stretches share their highest high while the lowest low rose, and the close breaks out.
/// Catalogue: ASC_TRIANGLE; long; (abs(h - h[period]) < reach * close and l > l[period])[1] and close > h[1], h =
/// highest(high, period), l = lowest(low, period).
/// Derived from name and parameters, as the catalogue has no formula: ASC_TRIANGLE.
indicator ascending_triangle_breaks(period: bars = 10, reach: float = 0.01) -> bool {
  let h = highest(high, period)
  let l = lowest(low, period)
  give (abs(h - h[period]) < reach * close and l > l[period])[1] and close > h[1]
}

/// Two stretches share their lowest low while the highest high fell, and the close breaks down.
/// Catalogue: DESC_TRIANGLE; short; (abs(l - l[period]) < reach * close and h < h[period])[1] and close < l[1], h =
/// highest(high, period), l = lowest(low, period).
/// Derived from name and parameters, as the catalogue has no formula: DESC_TRIANGLE.
indicator descending_triangle_breaks(period: bars = 10, reach: float = 0.01) -> bool {
  let h = highest(high, period)
  let l = lowest(low, period)
  give (abs(l - l[period]) < reach * close and h < h[period])[1] and close < l[1]
}

/// A drop of moderate depth, a return near the highs, and a close above them.
/// Catalogue: CUP_HANDLE; long; (depth > shallow and depth < deep)[lag] and (close > near * top)[1] and close >
/// top[1], top = highest(high, period), depth = (top - lowest(low, handle)) / top.
/// Mended (CUP_HANDLE): above the highs before: with its own high among them a close can never be above.
indicator cup_and_handle(period: bars = 20, handle: bars = 10, shallow: float = 0.05,
  deep: float = 0.3, lag: bars = 5, near: float = 0.95) -> bool {
  let top = highest(high, period)
  let depth = (top - lowest(low, handle)) / top
  give (depth > shallow and depth < deep)[lag] and (close > near * top)[1] and close > top[1]
}

/// A steep rise, a narrow pause, and a close above it.
/// Catalogue: FLAG_BREAKOUT; long; (close > close[pole] * (1 + rise))[flag] and (highest(high, flag) - lowest(low,
/// flag) < width * close)[1] and close > highest(high, flag)[1].
indicator flag_breaks_up(rise: float = 0.05, pole: bars = 10, flag: bars = 5,
  width: float = 0.02) -> bool {
  give (close > close[pole] * (1 + rise))[flag]
    and (highest(high, flag) - lowest(low, flag) < width * close)[1]
    and close > highest(high, flag)[1]
}

/// The range of some bars mostly shrank to a fraction, and the close is above the highs before on more volume.
/// Catalogue: PENNANT_BREAK; long; (times(width < mult * width[span], span) >= least)[1] and close > highest(high,
/// break_n)[1] and volume > volume[1], width = highest(high, span) - lowest(low, span).
indicator pennant_breaks_up(mult: float = 0.7, span: bars = 5, least: float = 3,
  break_n: bars = 3) -> bool {
  let width = highest(high, span) - lowest(low, span)
  give (times(width < mult * width[span], span) >= least)[1]
    and close > highest(high, break_n)[1]
    and volume > volume[1]
}

/// A white bar closes near a share of the way from the highest high down to the lowest low.
/// Catalogue: RETRACE_38, RETRACE_50, RETRACE_62; long; abs(close - (top - level * (top - lowest(low, period)))) <
/// tolerance * close and close > open, top = highest(high, period).
indicator at_retracement(period: bars = 20, tolerance: float = 0.01, level: float = 0.382) -> bool {
  let top = highest(high, period)
  give abs(close - (top - level * (top - lowest(low, period)))) < tolerance * close and close > open
}

/// A white bar's low lies between two shares of the way from the highest high down to the lowest low.
/// Catalogue: FIB_RETRACE_ZONE; long; low <= top - upper * width and low >= top - lower * width and close > open,
/// top = highest(high, period), width = top - lowest(low, period).
indicator low_in_retracement_zone(period: bars = 20, upper: float = 0.382,
  lower: float = 0.618) -> bool {
  let top = highest(high, period)
  let width = top - lowest(low, period)
  give low <= top - upper * width and low >= top - lower * width and close > open
}

/// The close had given back more than a share of the range and rises.
/// Catalogue: CORRECTION_COMPLETE; long; ((top - close) / (top - lowest(low, period)))[1] > retrace_level and close
/// > close[1], top = highest(high, period).
indicator retraced_and_rising(period: bars = 20, retrace_level: float = 0.5) -> bool {
  let top = highest(high, period)
  give ((top - close) / (top - lowest(low, period)))[1] > retrace_level and close > close[1]
}

/// The close comes from below to within a fraction of the high some bars ago.
/// Catalogue: RETURN_PREV_HIGH; long; abs(close - high[period]) < tolerance * close and close[1] < high[period + 1].
indicator returns_to_earlier_high(period: bars = 10, tolerance: float = 0.005) -> bool {
  give abs(close - high[period]) < tolerance * close and close[1] < high[period + 1]
}

/// The close comes from above to within a fraction of the low some bars ago.
/// Catalogue: RETURN_PREV_LOW; short; abs(close - low[period]) < tolerance * close and close[1] > low[period + 1].
indicator returns_to_earlier_low(period: bars = 10, tolerance: float = 0.005) -> bool {
  give abs(close - low[period]) < tolerance * close and close[1] > low[period + 1]
}

/// The close comes from farther to within a fraction of the close some bars ago.
/// Catalogue: RETURN_PREV_CLOSE; both; away < tolerance and away[1] > 2 * tolerance, away = abs(close -
/// close[period]) / close.
indicator returns_to_earlier_close(period: bars = 20, tolerance: float = 0.01) -> bool {
  let away = abs(close - close[period]) / close
  give away < tolerance and away[1] > 2 * tolerance
}

/// In a range of some percent, a rising close in its lower part.
/// Catalogue: RANGE_DETECTION; long; 100 * width / close < threshold and close < bottom + zone * width and close >
/// close[1], bottom = lowest(low, period), width = highest(high, period) - bottom.
indicator ranges_low_and_turns(threshold: float = 5, period: bars = 20, zone: float = 0.3) -> bool {
  let bottom = lowest(low, period)
  let width = highest(high, period) - bottom
  give 100 * width / close < threshold and close < bottom + zone * width and close > close[1]
}

test "bars 1: where the blocks fire and where not" {
  given open = [101, 105, 113, 109, 110, 108, 115, 111, 108, 108, 104, 104, 108, 111]
  given high = [109, 110, 114, 113, 110, 110, 117, 111, 108, 108, 107, 112, 111, 117]
  given low = [100, 105, 108, 104, 109, 107, 112, 108, 107, 104, 103, 104, 106, 107]
  given close = [105, 108, 109, 105, 110, 110, 112, 108, 108, 104, 106, 108, 111, 115]
  given volume = [4, 5, 30, 5, 4, 4, 5, 20, 30, 8, 8, 1, 1, 2]
  assert double_bottom(3, 2, 0.01) is [_, _, _, _, false, false, false, false, false, false, true,
    true, false, false]
  assert double_bottom_confirmed(3, 0.02, 2) is [_, _, _, _, _, false, false, false, false, false,
    false, false, true, true]
  assert neckline_breaks(3, 4, 0.98, 0.95, 2) is [_, _, _, _, _, _, false, false, false, true,
    false, false, false, false]
  assert triangle_breaks_up(2) is [_, _, _, false, false, false, true, false, false, false, false,
    false, false, false]
  assert descending_triangle_breaks(2, 0.01) is [_, _, _, _, false, false, false, false, false,
    true, false, false, false, false]
  assert cup_and_handle(4, 3, 0.05, 0.3, 2, 0.95) is [_, _, _, _, _, false, false, false, false,
    false, false, false, false, true]
  assert at_retracement(2, 0.01, 0.382) is [_, false, false, false, false, false, false, false,
    false, false, true, true, false, false]
  assert low_in_retracement_zone(2, 0.382, 0.618) is [_, true, false, false, false, false, false,
    false, false, false, false, false, false, false]
  assert returns_to_earlier_high(2, 0.005) is [_, _, _, false, false, false, false, false, false,
    false, false, true, false, false]
  assert returns_to_earlier_low(2, 0.005) is [_, _, _, true, false, false, false, false, false,
    false, false, false, false, false]
  assert returns_to_earlier_close(2, 0.01) is [_, _, _, false, true, false, false, false, false,
    false, false, false, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 101, 105, 107, 105, 101, 102, 106, 105, 108, 112, 113, 115, 116]
  given high = [102, 101, 109, 107, 107, 103, 103, 107, 108, 111, 113, 114, 117, 116]
  given low = [100, 99, 105, 104, 103, 100, 101, 106, 105, 104, 112, 112, 111, 111]
  given close = [102, 100, 107, 105, 106, 102, 101, 107, 108, 110, 113, 114, 115, 112]
  given volume = [20, 12, 1, 8, 4, 10, 10, 10, 8, 30, 8, 30, 10, 3]
  assert double_top(3, 2, 0.01) is [_, _, _, _, false, false, false, false, false, false, false,
    false, false, true]
  assert wedge_breaks_up(4, 3, 3, 1.5, 5) is [_, _, _, _, _, _, _, false, false, true, false, false,
    false, false]
  assert ascending_triangle_breaks(2, 0.01) is [_, _, _, _, false, false, false, false, true, false,
    false, false, false, false]
  assert flag_breaks_up(0.05, 3, 2, 0.02) is [_, _, _, _, _, false, false, false, false, false,
    false, false, true, false]
  assert retraced_and_rising(2, 0.5) is [_, _, true, false, true, false, false, true, false, false,
    false, false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [105, 100, 94, 96, 102, 110, 113, 116, 113, 119, 114, 105, 101, 102]
  given high = [105, 108, 101, 102, 110, 114, 117, 116, 120, 120, 114, 105, 104, 110]
  given low = [97, 92, 93, 94, 102, 109, 105, 113, 112, 119, 105, 101, 101, 101]
  given close = [98, 94, 101, 102, 110, 113, 116, 113, 119, 119, 105, 101, 102, 109]
  given volume = [4, 1, 10, 5, 6, 10, 10, 6, 8, 4, 12, 20, 2, 8]
  assert ranges_low_and_turns(5, 2, 0.3) is [_, false, false, false, false, false, false, false,
    false, false, false, false, true, false]
}

test "bars 4: where the blocks fire and where not" {
  given open = [105, 104, 109, 114, 105, 109, 111, 113, 113, 112, 114, 117, 115, 116]
  given high = [105, 111, 120, 115, 110, 113, 113, 113, 113, 114, 115, 118, 117, 118]
  given low = [105, 103, 109, 105, 104, 107, 110, 110, 111, 110, 113, 113, 114, 114]
  given close = [105, 109, 119, 106, 109, 111, 113, 111, 113, 114, 115, 115, 116, 114]
  given volume = [4, 3, 12, 4, 3, 1, 1, 20, 8, 1, 4, 5, 20, 1]
  assert pennant_breaks_up(0.7, 3, 3, 2) is [_, _, _, _, _, _, _, _, false, false, true, false,
    false, false]
}
