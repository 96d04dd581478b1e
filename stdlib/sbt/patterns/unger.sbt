#sbt 1

// The numbered bar patterns of the Unger filters, by number and by name: pattern 12 is FLT_U12. They count bars of the
// clock that they are asked on, so ask them inside `on 1d` for daily patterns. A market that never closes opens where
// it closed: there the gap patterns (18 to 21, 35 and 36) hardly ever fire. The rest of the catalogue stands beside
// this module: `patterns/unger_candles` (patterns 50 to 66 and candles), `_breakouts`, `_levels`, `_trends`,
// `_momentum`, `_flow` (entries), `_filters`, `_exits`, `_indicators`; stops, targets and trails in `patterns/risk`.
// What the catalogue lists and what became of it: docs/catalogues/unger.md.

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

/// The close leaves the extremes of the `n` bars before, upwards or downwards. The catalogue names it after seven days;
/// it counts bars.
/// Formula: close > highest(high, n)[1] or close < lowest(low, n)[1]. Catalogue: FLT_U43, LONG, SHORT.
indicator range_breakout(n: bars = 7) -> bool {
  give close > highest(high, n)[1] or close < lowest(low, n)[1]
}

/// Less than half as tall as the bar before.
/// Formula: bar_range() < 0.5 * bar_range()[1]. Catalogue: FLT_U01, LONG, SHORT.
indicator small_bar() -> bool {
  give bar_range() < 0.5 * bar_range()[1]
}

/// The body is less than 30 % of the range.
/// Formula: candle_body() < 0.3 * bar_range(). Catalogue: FLT_U02, LONG, SHORT.
indicator small_body() -> bool {
  give candle_body() < 0.3 * bar_range()
}

/// Less than three quarters of the mean range of the five bars before.
/// Formula: bar_range() < 0.75 * mean_of(bar_range(), 5)[1]. Catalogue: FLT_U03, LONG, SHORT.
indicator narrow_range() -> bool {
  give bar_range() < 0.75 * mean_of(bar_range(), 5)[1]
}

/// Half as tall again as the bar before, closing in the top 30 %.
/// Formula: bar_range() > 1.5 * bar_range()[1] and close_position() > 0.7. Catalogue: FLT_U04, LONG.
indicator range_expansion_up() -> bool {
  give bar_range() > 1.5 * bar_range()[1] and close_position() > 0.7
}

/// Half as tall again as the bar before, closing in the bottom 30 %.
/// Formula: bar_range() > 1.5 * bar_range()[1] and close_position() < 0.3. Catalogue: FLT_U05, SHORT.
indicator range_expansion_down() -> bool {
  give bar_range() > 1.5 * bar_range()[1] and close_position() < 0.3
}

/// More than twice the mean range of the ten bars before.
/// Formula: bar_range() > 2 * mean_of(bar_range(), 10)[1]. Catalogue: FLT_U06, LONG, SHORT.
indicator wide_range_bar() -> bool {
  give range_above_usual(2, 10)
}

/// Closes outside the extremes of the five bars before.
/// Formula: close > highest(high, 5)[1] or close < lowest(low, 5)[1]. Catalogue: FLT_U07, LONG, SHORT.
indicator breakout_bar() -> bool {
  give range_breakout(5)
}

/// Three rises of the close in a row.
/// Formula: close > close[1] and close[1] > close[2] and close[2] > close[3]. Catalogue: FLT_U08, LONG.
indicator three_up_closes() -> bool {
  give close > close[1] and close[1] > close[2] and close[2] > close[3]
}

/// Three falls of the close in a row.
/// Formula: close < close[1] and close[1] < close[2] and close[2] < close[3]. Catalogue: FLT_U09, SHORT.
indicator three_down_closes() -> bool {
  give close < close[1] and close[1] < close[2] and close[2] < close[3]
}

/// Both ends above those of the bar before.
/// Formula: high > high[1] and low > low[1]. Catalogue: FLT_U10, LONG.
indicator higher_high_higher_low() -> bool {
  give high > high[1] and low > low[1]
}

/// Both ends below those of the bar before.
/// Formula: high < high[1] and low < low[1]. Catalogue: FLT_U11, SHORT.
indicator lower_high_lower_low() -> bool {
  give high < high[1] and low < low[1]
}

/// The range shrinks twice in a row.
/// Formula: bar_range() < bar_range()[1] and bar_range()[1] < bar_range()[2]. Catalogue: FLT_U12, LONG, SHORT.
indicator range_contraction() -> bool {
  give bar_range() < bar_range()[1] and bar_range()[1] < bar_range()[2]
}

/// The range grows twice in a row.
/// Formula: bar_range() > bar_range()[1] and bar_range()[1] > bar_range()[2]. Catalogue: FLT_U13, LONG, SHORT.
indicator range_expansion() -> bool {
  give bar_range() > bar_range()[1] and bar_range()[1] > bar_range()[2]
}

/// An up bar.
/// Formula: close > open. Catalogue: FLT_U14, LONG.
indicator close_above_open() -> bool {
  give close > open
}

/// A down bar.
/// Formula: close < open. Catalogue: FLT_U15, SHORT.
indicator close_below_open() -> bool {
  give close < open
}

/// Closes in the top quarter of its range.
/// Formula: close_position() > 0.75. Catalogue: FLT_U16, LONG.
indicator close_upper_quartile() -> bool {
  give close_position() > 0.75
}

/// Closes in the bottom quarter of its range.
/// Formula: close_position() < 0.25. Catalogue: FLT_U17, SHORT.
indicator close_lower_quartile() -> bool {
  give close_position() < 0.25
}

/// Opens above the high of the bar before.
/// Formula: open > high[1]. Catalogue: FLT_U18, LONG.
indicator open_gap_up() -> bool {
  give open > high[1]
}

/// Opens below the low of the bar before.
/// Formula: open < low[1]. Catalogue: FLT_U19, SHORT.
indicator open_gap_down() -> bool {
  give open < low[1]
}

/// Opens above the high of the bar before and comes back to it.
/// Formula: open_gap_up() and low <= high[1]. Catalogue: FLT_U20, LONG, SHORT.
indicator gap_filled_up() -> bool {
  give open_gap_up() and low <= high[1]
}

/// Opens below the low of the bar before and comes back to it.
/// Formula: open_gap_down() and high >= low[1]. Catalogue: FLT_U21, LONG, SHORT.
indicator gap_filled_down() -> bool {
  give open_gap_down() and high >= low[1]
}

/// Closes above the high of the bar before.
/// Formula: close > high[1]. Catalogue: FLT_U22, BRK_01, LONG, TRD.
indicator close_above_previous_high() -> bool {
  give close > high[1]
}

/// Closes below the low of the bar before.
/// Formula: close < low[1]. Catalogue: FLT_U23, BRK_02, SHORT, TRD.
indicator close_below_previous_low() -> bool {
  give close < low[1]
}

/// Closes within the range of the bar before, its ends included.
/// Formula: low[1] <= close and close <= high[1]. Catalogue: FLT_U24, LONG, SHORT.
indicator close_in_previous_range() -> bool {
  give low[1] <= close and close <= high[1]
}

/// Opens within the range of the bar before, its ends included.
/// Formula: low[1] <= open and open <= high[1]. Catalogue: FLT_U25, LONG, SHORT.
indicator open_in_previous_range() -> bool {
  give low[1] <= open and open <= high[1]
}

/// A body larger than the mean of the five before.
/// Formula: candle_body() > mean_of(candle_body(), 5)[1]. Catalogue: FLT_U26, LONG, SHORT.
indicator body_above_average() -> bool {
  give candle_body() > mean_of(candle_body(), 5)[1]
}

/// A body smaller than the mean of the five before.
/// Formula: candle_body() < mean_of(candle_body(), 5)[1]. Catalogue: FLT_U27, LONG, SHORT.
indicator body_below_average() -> bool {
  give candle_body() < mean_of(candle_body(), 5)[1]
}

/// A high above both highs before it.
/// Formula: high > max(high[1], high[2]). Catalogue: FLT_U28, LONG.
indicator high_above_previous_two() -> bool {
  give high > max(high[1], high[2])
}

/// A low below both lows before it.
/// Formula: low < min(low[1], low[2]). Catalogue: FLT_U29, SHORT.
indicator low_below_previous_two() -> bool {
  give low < min(low[1], low[2])
}

/// Closes within a tenth of its range of the high.
/// Formula: high - close < 0.1 * bar_range(). Catalogue: FLT_U30, LONG.
indicator close_near_high() -> bool {
  give high - close < 0.1 * bar_range()
}

/// Closes within a tenth of its range of the low.
/// Formula: close - low < 0.1 * bar_range(). Catalogue: FLT_U31, SHORT.
indicator close_near_low() -> bool {
  give close - low < 0.1 * bar_range()
}

/// Lies strictly inside the bar before.
/// Formula: high < high[1] and low > low[1]. Catalogue: FLT_U32, LONG, SHORT.
indicator inside_bar_strict() -> bool {
  give high < high[1] and low > low[1]
}

/// Lies strictly around the bar before.
/// Formula: high > high[1] and low < low[1]. Catalogue: FLT_U33, LONG, SHORT.
indicator outside_bar_strict() -> bool {
  give high > high[1] and low < low[1]
}

/// Two bars in a row, each strictly inside the one before.
/// Formula: inside_bar_strict() and inside_bar_strict()[1]. Catalogue: FLT_U34, FLT_U61, LONG, SHORT.
indicator two_inside_bars() -> bool {
  give inside_bar_strict() and inside_bar_strict()[1]
}

/// Opens above the high of the bar before and never comes back.
/// Formula: open_gap_up() and low > high[1]. Catalogue: FLT_U35, LONG.
indicator gap_and_go_up() -> bool {
  give open_gap_up() and low > high[1]
}

/// Opens below the low of the bar before and never comes back.
/// Formula: open_gap_down() and high < low[1]. Catalogue: FLT_U36, SHORT.
indicator gap_and_go_down() -> bool {
  give open_gap_down() and high < low[1]
}

/// A lower low, yet a higher close.
/// Formula: low < low[1] and close > close[1]. Catalogue: FLT_U37, REV_03, LONG, REV.
indicator reversal_bar_up() -> bool {
  give low < low[1] and close > close[1]
}

/// A higher high, yet a lower close.
/// Formula: high > high[1] and close < close[1]. Catalogue: FLT_U38, REV_04, SHORT, REV.
indicator reversal_bar_down() -> bool {
  give high > high[1] and close < close[1]
}

/// Opens in the bottom 30 % of its range and closes in the top 30 %.
/// Formula: open_position() < 0.3 and close_position() > 0.7. Catalogue: FLT_U39, LONG.
indicator thrust_up() -> bool {
  give open_position() < 0.3 and close_position() > 0.7
}

/// Opens in the top 30 % of its range and closes in the bottom 30 %.
/// Formula: open_position() > 0.7 and close_position() < 0.3. Catalogue: FLT_U40, SHORT.
indicator thrust_down() -> bool {
  give open_position() > 0.7 and close_position() < 0.3
}

/// No close of the last `n` bars is higher than this one. The catalogue names it after seven days; it counts bars.
/// Formula: close >= highest(close, n). Catalogue: FLT_U41, LONG.
indicator close_at_high(n: bars = 7) -> bool {
  give close >= highest(close, n)
}

/// No close of the last `n` bars is lower than this one. The catalogue names it after seven days; it counts bars.
/// Formula: close <= lowest(close, n). Catalogue: FLT_U42, SHORT.
indicator close_at_low(n: bars = 7) -> bool {
  give close <= lowest(close, n)
}

/// Whether the numbered pattern holds: 0 no filter, 1 to 43 the patterns FLT_U01 to FLT_U43; any other number never holds.
/// Every pattern is computed whichever is asked, so the first answer comes when the slowest has its eleven bars.
indicator unger(p: int) -> bool {
  give if p == 0 then true
    else if p == 1 then small_bar()
    else if p == 2 then small_body()
    else if p == 3 then narrow_range()
    else if p == 4 then range_expansion_up()
    else if p == 5 then range_expansion_down()
    else if p == 6 then wide_range_bar()
    else if p == 7 then breakout_bar()
    else if p == 8 then three_up_closes()
    else if p == 9 then three_down_closes()
    else if p == 10 then higher_high_higher_low()
    else if p == 11 then lower_high_lower_low()
    else if p == 12 then range_contraction()
    else if p == 13 then range_expansion()
    else if p == 14 then close_above_open()
    else if p == 15 then close_below_open()
    else if p == 16 then close_upper_quartile()
    else if p == 17 then close_lower_quartile()
    else if p == 18 then open_gap_up()
    else if p == 19 then open_gap_down()
    else if p == 20 then gap_filled_up()
    else if p == 21 then gap_filled_down()
    else if p == 22 then close_above_previous_high()
    else if p == 23 then close_below_previous_low()
    else if p == 24 then close_in_previous_range()
    else if p == 25 then open_in_previous_range()
    else if p == 26 then body_above_average()
    else if p == 27 then body_below_average()
    else if p == 28 then high_above_previous_two()
    else if p == 29 then low_below_previous_two()
    else if p == 30 then close_near_high()
    else if p == 31 then close_near_low()
    else if p == 32 then inside_bar_strict()
    else if p == 33 then outside_bar_strict()
    else if p == 34 then two_inside_bars()
    else if p == 35 then gap_and_go_up()
    else if p == 36 then gap_and_go_down()
    else if p == 37 then reversal_bar_up()
    else if p == 38 then reversal_bar_down()
    else if p == 39 then thrust_up()
    else if p == 40 then thrust_down()
    else if p == 41 then close_at_high()
    else if p == 42 then close_at_low()
    else if p == 43 then range_breakout()
    else false
}

test "bars 1: where they fire and where not" {
  given open = [104, 108, 103, 94, 95, 94, 84, 79, 69, 81, 74, 66, 75, 85]
  given high = [104, 109, 105, 100, 95, 96, 87, 80, 77, 84, 74, 72, 80, 101]
  given low = [100, 104, 88, 94, 95, 82, 79, 70, 68, 78, 70, 63, 73, 85]
  given close = [104, 109, 98, 94, 95, 82, 79, 75, 75, 78, 70, 72, 80, 91]
  assert range_above_usual(1.5, 2) is [_, _, true, false, false, true, false, false, false, false,
    false, true, false, true]
  assert range_breakout(3) is [_, _, _, false, false, true, true, true, false, false, false, false,
    false, true]
  assert small_bar() is [_, false, false, true, true, false, false, false, false, false, false,
    false, false, false]
  assert small_body() is [true, true, true, true, false, false, false, false, false, false, false,
    false, false, false]
  assert narrow_range() is [_, _, _, _, _, false, false, false, false, true, true, false, false,
    false]
  assert range_expansion_up() is [_, false, false, false, false, false, false, false, false, false,
    false, true, false, false]
  assert range_expansion_down() is [_, false, false, false, false, true, false, false, false, false,
    false, false, false, false]
  assert wide_range_bar() is [_, _, _, _, _, _, _, _, _, _, false, false, false, true]
  assert breakout_bar() is [_, _, _, _, _, true, true, true, false, false, false, false, false,
    true]
  assert three_up_closes() is [_, _, _, false, false, false, false, false, false, false, false,
    false, false, true]
  assert three_down_closes() is [_, _, _, false, false, false, false, true, false, false, false,
    false, false, false]
  assert higher_high_higher_low() is [_, true, false, false, false, false, false, false, false,
    true, false, false, true, true]
  assert lower_high_lower_low() is [_, false, true, false, false, false, true, true, true, false,
    true, true, false, false]
  assert range_contraction() is [_, _, false, false, true, false, false, false, false, true, true,
    false, false, false]
  assert range_expansion() is [_, _, true, false, false, false, false, false, false, false, false,
    false, false, false]
  assert close_above_open() is [false, true, false, false, false, false, false, false, true, false,
    false, true, true, true]
  assert close_below_open() is [false, false, true, false, false, true, true, true, false, true,
    true, false, false, false]
  assert close_upper_quartile() is [true, true, false, false, false, false, false, false, true,
    false, false, true, true, false]
  assert close_lower_quartile() is [false, false, false, true, false, true, true, false, false,
    true, true, false, false, false]
  assert open_gap_up() is [_, true, false, false, false, false, false, false, false, true, false,
    false, true, true]
  assert open_gap_down() is [_, false, true, false, false, true, false, false, true, false, true,
    true, false, false]
  assert gap_filled_up() is [_, true, false, false, false, false, false, false, false, false, false,
    false, false, false]
  assert gap_filled_down() is [_, false, true, false, false, true, false, false, true, false, false,
    true, false, false]
  assert close_above_previous_high() is [_, true, false, false, false, false, false, false, false,
    true, false, false, true, true]
  assert close_below_previous_low() is [_, false, true, false, false, true, true, true, false,
    false, true, false, false, false]
  assert close_in_previous_range() is [_, false, false, true, true, false, false, false, true,
    false, false, true, false, false]
  assert open_in_previous_range() is [_, false, false, true, true, false, true, true, false, false,
    false, false, false, false]
  assert body_above_average() is [_, _, _, _, _, true, true, false, true, false, false, true, true,
    true]
  assert body_below_average() is [_, _, _, _, _, false, false, true, false, true, true, false,
    false, false]
  assert high_above_previous_two() is [_, _, false, false, false, false, false, false, false, true,
    false, false, true, true]
  assert low_below_previous_two() is [_, _, true, false, false, true, true, true, true, false,
    false, true, false, false]
  assert close_near_high() is [true, true, false, false, false, false, false, false, false, false,
    false, true, true, false]
  assert close_near_low() is [false, false, false, true, false, true, true, false, false, true,
    true, false, false, false]
  assert inside_bar_strict() is [_, false, false, true, true, false, false, false, false, false,
    false, false, false, false]
  assert outside_bar_strict() is [_, false, false, false, false, true, false, false, false, false,
    false, false, false, false]
  assert two_inside_bars() is [_, _, false, false, true, false, false, false, false, false, false,
    false, false, false]
  assert gap_and_go_up() is [_, false, false, false, false, false, false, false, false, true, false,
    false, true, true]
  assert gap_and_go_down() is [_, false, false, false, false, false, false, false, false, false,
    true, false, false, false]
  assert reversal_bar_up() is [_, false, false, false, false, false, false, false, false, false,
    false, true, false, false]
  assert reversal_bar_down() is [_, false, false, false, false, true, false, false, false, false,
    false, false, false, false]
  assert thrust_up() is [false, false, false, false, false, false, false, false, true, false, false,
    false, true, false]
  assert thrust_down() is [false, false, false, false, false, true, false, false, false, false,
    true, false, false, false]
  assert close_at_high(3) is [_, _, false, false, false, false, false, false, false, true, false,
    false, true, true]
  assert close_at_low(3) is [_, _, true, true, false, true, true, true, true, false, true, false,
    false, false]
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

test "numbers are those of the catalogue" {
  forall random_bars(400)
  assert unger(0)
  assert not unger(44)
  assert not unger(-1)
  assert unger(1) == small_bar()
  assert unger(2) == small_body()
  assert unger(3) == narrow_range()
  assert unger(4) == range_expansion_up()
  assert unger(5) == range_expansion_down()
  assert unger(6) == wide_range_bar()
  assert unger(7) == breakout_bar()
  assert unger(8) == three_up_closes()
  assert unger(9) == three_down_closes()
  assert unger(10) == higher_high_higher_low()
  assert unger(11) == lower_high_lower_low()
  assert unger(12) == range_contraction()
  assert unger(13) == range_expansion()
  assert unger(14) == close_above_open()
  assert unger(15) == close_below_open()
  assert unger(16) == close_upper_quartile()
  assert unger(17) == close_lower_quartile()
  assert unger(18) == open_gap_up()
  assert unger(19) == open_gap_down()
  assert unger(20) == gap_filled_up()
  assert unger(21) == gap_filled_down()
  assert unger(22) == close_above_previous_high()
  assert unger(23) == close_below_previous_low()
  assert unger(24) == close_in_previous_range()
  assert unger(25) == open_in_previous_range()
  assert unger(26) == body_above_average()
  assert unger(27) == body_below_average()
  assert unger(28) == high_above_previous_two()
  assert unger(29) == low_below_previous_two()
  assert unger(30) == close_near_high()
  assert unger(31) == close_near_low()
  assert unger(32) == inside_bar_strict()
  assert unger(33) == outside_bar_strict()
  assert unger(34) == two_inside_bars()
  assert unger(35) == gap_and_go_up()
  assert unger(36) == gap_and_go_down()
  assert unger(37) == reversal_bar_up()
  assert unger(38) == reversal_bar_down()
  assert unger(39) == thrust_up()
  assert unger(40) == thrust_down()
  assert unger(41) == close_at_high()
  assert unger(42) == close_at_low()
  assert unger(43) == range_breakout()
}

test "every pattern waits for the slowest" {
  given close = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  assert unger(14) is [_, _, _, _, _, _, _, _, _, _, false, false]
}
