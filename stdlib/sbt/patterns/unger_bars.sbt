#sbt 1

// The numbered bar patterns of the Unger filters: pattern 12 is FLT_U12. They count bars of the clock that they are
// asked on, so ask them inside `on 1d` for daily patterns. A market that never closes opens where it closed: there the
// gap patterns (18 to 21, 35 and 36) hardly ever fire.

/// Height of the bar.
/// Formula: high - low.
indicator bar_range() -> price {
  give high - low
}

/// Where in its range the bar closes: 0 at the low, 1 at the high; 0.5 if the range is 0.
/// Formula: (close - low) / (high - low).
indicator close_position() -> float {
  give if high > low then (close - low) / (high - low) else 0.5
}

/// Where in its range the bar opens: 0 at the low, 1 at the high; 0.5 if the range is 0.
/// Formula: (open - low) / (high - low).
indicator open_position() -> float {
  give if high > low then (open - low) / (high - low) else 0.5
}

/// Whether the bar is taller than `k` times the mean range of the `n` bars before.
/// Formula: bar_range() > k * mean_of(bar_range(), n)[1].
indicator range_above_usual(k: float, n: bars) -> bool {
  give bar_range() > k * mean_of(bar_range(), n)[1]
}

/// The close leaves the extremes of the `n` bars before, upwards or downwards.
/// Catalogue: FLT_U43, LONG, SHORT; formula: close > highest(high, n)[1] or close < lowest(low, n)[1].
/// The catalogue names it after seven days; it counts bars.
indicator range_breakout(n: bars = 7) -> bool {
  give close > highest(high, n)[1] or close < lowest(low, n)[1]
}

/// Less than half as tall as the bar before.
/// Catalogue: FLT_U01, LONG, SHORT; formula: bar_range() < 0.5 * bar_range()[1].
indicator small_bar() -> bool {
  give bar_range() < 0.5 * bar_range()[1]
}

/// The body is less than 30 % of the range.
/// Catalogue: FLT_U02, LONG, SHORT; formula: candle_body() < 0.3 * bar_range().
indicator small_body() -> bool {
  give candle_body() < 0.3 * bar_range()
}

/// Less than three quarters of the mean range of the five bars before.
/// Catalogue: FLT_U03, LONG, SHORT; formula: bar_range() < 0.75 * mean_of(bar_range(), 5)[1].
indicator narrow_range() -> bool {
  give bar_range() < 0.75 * mean_of(bar_range(), 5)[1]
}

/// Half as tall again as the bar before, closing in the top 30 %.
/// Catalogue: FLT_U04, LONG; formula: bar_range() > 1.5 * bar_range()[1] and close_position() > 0.7.
indicator range_expansion_up() -> bool {
  give bar_range() > 1.5 * bar_range()[1] and close_position() > 0.7
}

/// Half as tall again as the bar before, closing in the bottom 30 %.
/// Catalogue: FLT_U05, SHORT; formula: bar_range() > 1.5 * bar_range()[1] and close_position() < 0.3.
indicator range_expansion_down() -> bool {
  give bar_range() > 1.5 * bar_range()[1] and close_position() < 0.3
}

/// More than twice the mean range of the ten bars before.
/// Catalogue: FLT_U06, LONG, SHORT; formula: bar_range() > 2 * mean_of(bar_range(), 10)[1].
indicator wide_range_bar() -> bool {
  give range_above_usual(2, 10)
}

/// Closes outside the extremes of the five bars before.
/// Catalogue: FLT_U07, LONG, SHORT; formula: close > highest(high, 5)[1] or close < lowest(low, 5)[1].
indicator breakout_bar() -> bool {
  give range_breakout(5)
}

/// Three rises of the close in a row.
/// Catalogue: FLT_U08, LONG; formula: close > close[1] and close[1] > close[2] and close[2] > close[3].
indicator three_up_closes() -> bool {
  give close > close[1] and close[1] > close[2] and close[2] > close[3]
}

/// Three falls of the close in a row.
/// Catalogue: FLT_U09, SHORT; formula: close < close[1] and close[1] < close[2] and close[2] < close[3].
indicator three_down_closes() -> bool {
  give close < close[1] and close[1] < close[2] and close[2] < close[3]
}

/// Both ends above those of the bar before.
/// Catalogue: FLT_U10, LONG; formula: high > high[1] and low > low[1].
indicator higher_high_higher_low() -> bool {
  give high > high[1] and low > low[1]
}

/// Both ends below those of the bar before.
/// Catalogue: FLT_U11, SHORT; formula: high < high[1] and low < low[1].
indicator lower_high_lower_low() -> bool {
  give high < high[1] and low < low[1]
}

/// The range shrinks twice in a row.
/// Catalogue: FLT_U12, LONG, SHORT; formula: bar_range() < bar_range()[1] and bar_range()[1] < bar_range()[2].
indicator range_contraction() -> bool {
  give bar_range() < bar_range()[1] and bar_range()[1] < bar_range()[2]
}

/// The range grows twice in a row.
/// Catalogue: FLT_U13, LONG, SHORT; formula: bar_range() > bar_range()[1] and bar_range()[1] > bar_range()[2].
indicator range_expansion() -> bool {
  give bar_range() > bar_range()[1] and bar_range()[1] > bar_range()[2]
}

/// An up bar.
/// Catalogue: FLT_U14, LONG; formula: close > open.
indicator close_above_open() -> bool {
  give close > open
}

/// A down bar.
/// Catalogue: FLT_U15, SHORT; formula: close < open.
indicator close_below_open() -> bool {
  give close < open
}

/// Closes in the top quarter of its range.
/// Catalogue: FLT_U16, LONG; formula: close_position() > 0.75.
indicator close_upper_quartile() -> bool {
  give close_position() > 0.75
}

/// Closes in the bottom quarter of its range.
/// Catalogue: FLT_U17, SHORT; formula: close_position() < 0.25.
indicator close_lower_quartile() -> bool {
  give close_position() < 0.25
}

/// Opens above the high of the bar before.
/// Catalogue: FLT_U18, LONG; formula: open > high[1].
indicator open_gap_up() -> bool {
  give open > high[1]
}

/// Opens below the low of the bar before.
/// Catalogue: FLT_U19, SHORT; formula: open < low[1].
indicator open_gap_down() -> bool {
  give open < low[1]
}

/// Opens above the high of the bar before and comes back to it.
/// Catalogue: FLT_U20, LONG, SHORT; formula: open_gap_up() and low <= high[1].
indicator gap_filled_up() -> bool {
  give open_gap_up() and low <= high[1]
}

/// Opens below the low of the bar before and comes back to it.
/// Catalogue: FLT_U21, LONG, SHORT; formula: open_gap_down() and high >= low[1].
indicator gap_filled_down() -> bool {
  give open_gap_down() and high >= low[1]
}

/// Closes above the high of the bar before.
/// Catalogue: FLT_U22, BRK_01, LONG, TRD; formula: close > high[1].
indicator close_above_previous_high() -> bool {
  give close > high[1]
}

/// Closes below the low of the bar before.
/// Catalogue: FLT_U23, BRK_02, SHORT, TRD; formula: close < low[1].
indicator close_below_previous_low() -> bool {
  give close < low[1]
}

/// Closes within the range of the bar before, its ends included.
/// Catalogue: FLT_U24, LONG, SHORT; formula: low[1] <= close and close <= high[1].
indicator close_in_previous_range() -> bool {
  give low[1] <= close and close <= high[1]
}

/// Opens within the range of the bar before, its ends included.
/// Catalogue: FLT_U25, LONG, SHORT; formula: low[1] <= open and open <= high[1].
indicator open_in_previous_range() -> bool {
  give low[1] <= open and open <= high[1]
}

/// A body larger than the mean of the five before.
/// Catalogue: FLT_U26, LONG, SHORT; formula: candle_body() > mean_of(candle_body(), 5)[1].
indicator body_above_average() -> bool {
  give candle_body() > mean_of(candle_body(), 5)[1]
}

/// A body smaller than the mean of the five before.
/// Catalogue: FLT_U27, LONG, SHORT; formula: candle_body() < mean_of(candle_body(), 5)[1].
indicator body_below_average() -> bool {
  give candle_body() < mean_of(candle_body(), 5)[1]
}

/// A high above both highs before it.
/// Catalogue: FLT_U28, LONG; formula: high > max(high[1], high[2]).
indicator high_above_previous_two() -> bool {
  give high > max(high[1], high[2])
}

/// A low below both lows before it.
/// Catalogue: FLT_U29, SHORT; formula: low < min(low[1], low[2]).
indicator low_below_previous_two() -> bool {
  give low < min(low[1], low[2])
}

/// Closes within a tenth of its range of the high.
/// Catalogue: FLT_U30, LONG; formula: high - close < 0.1 * bar_range().
indicator close_near_high() -> bool {
  give high - close < 0.1 * bar_range()
}

/// Closes within a tenth of its range of the low.
/// Catalogue: FLT_U31, SHORT; formula: close - low < 0.1 * bar_range().
indicator close_near_low() -> bool {
  give close - low < 0.1 * bar_range()
}

/// Lies strictly inside the bar before.
/// Catalogue: FLT_U32, LONG, SHORT; formula: high < high[1] and low > low[1].
indicator inside_bar_strict() -> bool {
  give high < high[1] and low > low[1]
}

/// Lies strictly around the bar before.
/// Catalogue: FLT_U33, LONG, SHORT; formula: high > high[1] and low < low[1].
indicator outside_bar_strict() -> bool {
  give high > high[1] and low < low[1]
}

/// Two bars in a row, each strictly inside the one before.
/// Catalogue: FLT_U34, FLT_U61, LONG, SHORT; formula: inside_bar_strict() and inside_bar_strict()[1].
indicator two_inside_bars() -> bool {
  give inside_bar_strict() and inside_bar_strict()[1]
}

/// Opens above the high of the bar before and never comes back.
/// Catalogue: FLT_U35, LONG; formula: open_gap_up() and low > high[1].
indicator gap_and_go_up() -> bool {
  give open_gap_up() and low > high[1]
}

/// Opens below the low of the bar before and never comes back.
/// Catalogue: FLT_U36, SHORT; formula: open_gap_down() and high < low[1].
indicator gap_and_go_down() -> bool {
  give open_gap_down() and high < low[1]
}

/// A lower low, yet a higher close.
/// Catalogue: FLT_U37, REV_03, LONG, REV; formula: low < low[1] and close > close[1].
indicator reversal_bar_up() -> bool {
  give low < low[1] and close > close[1]
}

/// A higher high, yet a lower close.
/// Catalogue: FLT_U38, REV_04, SHORT, REV; formula: high > high[1] and close < close[1].
indicator reversal_bar_down() -> bool {
  give high > high[1] and close < close[1]
}

/// Opens in the bottom 30 % of its range and closes in the top 30 %.
/// Catalogue: FLT_U39, LONG; formula: open_position() < 0.3 and close_position() > 0.7.
indicator thrust_up() -> bool {
  give open_position() < 0.3 and close_position() > 0.7
}

/// Opens in the top 30 % of its range and closes in the bottom 30 %.
/// Catalogue: FLT_U40, SHORT; formula: open_position() > 0.7 and close_position() < 0.3.
indicator thrust_down() -> bool {
  give open_position() > 0.7 and close_position() < 0.3
}

/// No close of the last `n` bars is higher than this one.
/// Catalogue: FLT_U41, LONG; formula: close >= highest(close, n).
/// The catalogue names it after seven days; it counts bars.
indicator close_at_high(n: bars = 7) -> bool {
  give close >= highest(close, n)
}

/// No close of the last `n` bars is lower than this one.
/// Catalogue: FLT_U42, SHORT; formula: close <= lowest(close, n).
/// The catalogue names it after seven days; it counts bars.
indicator close_at_low(n: bars = 7) -> bool {
  give close <= lowest(close, n)
}

test "bars 1: where they fire and where not" {
  given open = [105, 104, 108, 117, 128, 130, 124, 113, 113, 118, 108, 102, 94, 84]
  given high = [110, 119, 114, 127, 132, 135, 124, 118, 117, 118, 109, 102, 94, 84]
  given low = [105, 104, 108, 115, 126, 117, 108, 110, 112, 111, 105, 93, 80, 74]
  given close = [108, 111, 114, 127, 130, 118, 112, 118, 117, 112, 108, 95, 82, 80]
  assert range_above_usual(1.5, 2) is [_, _, false, false, false, true, false, false, false, false,
    false, true, true, false]
  assert range_breakout(3) is [_, _, _, true, true, false, true, false, false, false, true, true,
    true, false]
  assert small_bar() is [_, false, true, false, false, false, false, false, false, false, false,
    false, false, false]
  assert small_body() is [false, false, false, false, false, false, false, false, false, false,
    true, false, false, false]
  assert narrow_range() is [_, _, _, _, _, false, false, true, true, true, true, false, false,
    false]
  assert range_expansion_up() is [_, false, false, true, false, false, false, false, false, false,
    false, false, false, false]
  assert range_expansion_down() is [_, false, false, false, false, true, false, false, false, false,
    false, true, true, false]
  assert breakout_bar() is [_, _, _, _, _, false, false, false, false, false, false, true, true,
    false]
  assert three_up_closes() is [_, _, _, true, true, false, false, false, false, false, false, false,
    false, false]
  assert three_down_closes() is [_, _, _, false, false, false, false, false, false, false, true,
    true, true, true]
  assert higher_high_higher_low() is [_, false, false, true, true, false, false, false, false,
    false, false, false, false, false]
  assert lower_high_lower_low() is [_, false, false, false, false, false, true, false, false, false,
    true, true, true, true]
  assert range_contraction() is [_, _, false, false, false, false, false, true, true, false, false,
    false, false, false]
  assert range_expansion() is [_, _, false, false, false, false, false, false, false, false, false,
    false, true, false]
  assert close_above_open() is [true, true, true, true, true, false, false, true, true, false,
    false, false, false, false]
  assert close_below_open() is [false, false, false, false, false, true, true, false, false, true,
    false, true, true, true]
  assert close_upper_quartile() is [false, false, true, true, false, false, false, true, true,
    false, false, false, false, false]
  assert close_lower_quartile() is [false, false, false, false, false, true, false, false, false,
    true, false, true, true, false]
  assert open_gap_up() is [_, false, false, true, true, false, false, false, false, true, false,
    false, false, false]
  assert open_gap_down() is [_, true, false, false, false, false, false, false, false, false, true,
    true, false, false]
  assert gap_filled_up() is [_, false, false, false, true, false, false, false, false, true, false,
    false, false, false]
  assert gap_filled_down() is [_, true, false, false, false, false, false, false, false, false,
    false, false, false, false]
  assert close_above_previous_high() is [_, true, false, true, true, false, false, false, false,
    false, false, false, false, false]
  assert close_below_previous_low() is [_, false, false, false, false, true, true, false, false,
    false, true, true, true, false]
  assert close_in_previous_range() is [_, false, true, false, false, false, false, true, true, true,
    false, false, false, true]
  assert open_in_previous_range() is [_, false, true, false, false, true, true, true, true, false,
    false, false, true, true]
  assert body_above_average() is [_, _, _, _, _, true, true, false, false, false, false, true, true,
    false]
  assert body_below_average() is [_, _, _, _, _, false, false, true, true, true, true, false, false,
    true]
  assert high_above_previous_two() is [_, _, false, true, true, true, false, false, false, false,
    false, false, false, false]
  assert low_below_previous_two() is [_, _, false, false, false, false, true, false, false, false,
    true, true, true, true]
  assert close_near_high() is [false, false, true, true, false, false, false, true, true, false,
    false, false, false, false]
  assert close_near_low() is [false, false, false, false, false, true, false, false, false, false,
    false, false, false, false]
  assert inside_bar_strict() is [_, false, true, false, false, false, false, true, true, false,
    false, false, false, false]
  assert outside_bar_strict() is [_, true, false, false, false, true, false, false, false, true,
    false, false, false, false]
  assert two_inside_bars() is [_, _, false, false, false, false, false, false, true, false, false,
    false, false, false]
  assert gap_and_go_up() is [_, false, false, true, false, false, false, false, false, false, false,
    false, false, false]
  assert gap_and_go_down() is [_, false, false, false, false, false, false, false, false, false,
    true, true, false, false]
  assert reversal_bar_up() is [_, true, false, false, false, false, false, false, false, false,
    false, false, false, false]
  assert reversal_bar_down() is [_, false, false, false, false, true, false, false, false, true,
    false, false, false, false]
  assert thrust_up() is [false, false, true, true, false, false, false, false, true, false, false,
    false, false, false]
  assert thrust_down() is [false, false, false, false, false, true, true, false, false, true, false,
    true, true, false]
  assert close_at_high(3) is [_, _, true, true, true, false, false, true, false, false, false,
    false, false, false]
  assert close_at_low(3) is [_, _, false, false, false, true, true, false, false, true, true, true,
    true, true]
}

test "bars 2: where they fire and where not" {
  given open = [100, 101, 101, 106, 115, 118, 120, 121, 122, 112, 115, 126, 119, 107]
  given high = [107, 101, 105, 117, 118, 126, 121, 121, 127, 118, 128, 132, 124, 117]
  given low = [100, 94, 99, 105, 115, 118, 118, 114, 114, 109, 107, 119, 107, 107]
  given close = [101, 99, 105, 112, 115, 120, 120, 119, 114, 109, 126, 119, 107, 117]
  assert wide_range_bar() is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
}

test "positions in the range" {
  given open = [1, 3, 2]
  given high = [5, 5, 2]
  given low = [1, 1, 2]
  given close = [4, 1, 2]
  assert bar_range() is [4, 4, 0]
  assert open_position() is [0, 0.5, 0.5]
  assert close_position() is [0.75, 0, 0.5]
}
