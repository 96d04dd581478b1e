#sbt 1

// The first forty daily-bar patterns of the Unger filters, numbered as their catalogue numbers them: pattern 12 is FLT_U12.
// They count bars of the clock they are asked on, so ask them inside `on 1d`. A market that never closes opens where it
// closed: there the gap patterns (18 to 21, 35 and 36) hardly ever fire.

/// Height of the bar. Formula: high - low.
indicator bar_range() -> price {
  give high - low
}

/// Where in its range the bar closes: 0 at the low, 1 at the high. Formula: (close - low) / (high - low); 0.5 if the range is 0.
indicator close_position() -> float {
  give if high > low then (close - low) / (high - low) else 0.5
}

/// Where in its range the bar opens: 0 at the low, 1 at the high. Formula: (open - low) / (high - low); 0.5 if the range is 0.
indicator open_position() -> float {
  give if high > low then (open - low) / (high - low) else 0.5
}

/// Small Bar: less than half as tall as the bar before. Catalogue: FLT_U01.
indicator small_bar() -> bool {
  give bar_range() < 0.5 * bar_range()[1]
}

/// Small Body: the body is less than 30 % of the range. Catalogue: FLT_U02.
indicator small_body() -> bool {
  give candle_body() < 0.3 * bar_range()
}

/// Narrow Range: less than three quarters of the mean range of the five bars before. Catalogue: FLT_U03.
indicator narrow_range() -> bool {
  give bar_range() < 0.75 * mean_of(bar_range(), 5)[1]
}

/// Range Expansion Up: half as tall again as the bar before, closing in the top 30 %. Catalogue: FLT_U04.
indicator range_expansion_up() -> bool {
  give bar_range() > 1.5 * bar_range()[1] and close_position() > 0.7
}

/// Range Expansion Down: half as tall again as the bar before, closing in the bottom 30 %. Catalogue: FLT_U05.
indicator range_expansion_down() -> bool {
  give bar_range() > 1.5 * bar_range()[1] and close_position() < 0.3
}

/// Wide Range Bar: more than twice the mean range of the ten bars before. Catalogue: FLT_U06.
indicator wide_range_bar() -> bool {
  give bar_range() > 2 * mean_of(bar_range(), 10)[1]
}

/// Breakout Bar: closes outside the extremes of the five bars before. Catalogue: FLT_U07.
indicator breakout_bar() -> bool {
  give close > highest(high, 5)[1] or close < lowest(low, 5)[1]
}

/// Three Up Closes: three rises of the close in a row. Catalogue: FLT_U08.
indicator three_up_closes() -> bool {
  give close > close[1] and close[1] > close[2] and close[2] > close[3]
}

/// Three Down Closes: three falls of the close in a row. Catalogue: FLT_U09.
indicator three_down_closes() -> bool {
  give close < close[1] and close[1] < close[2] and close[2] < close[3]
}

/// Higher High Higher Low: both ends above those of the bar before. Catalogue: FLT_U10.
indicator higher_high_higher_low() -> bool {
  give high > high[1] and low > low[1]
}

/// Lower High Lower Low: both ends below those of the bar before. Catalogue: FLT_U11.
indicator lower_high_lower_low() -> bool {
  give high < high[1] and low < low[1]
}

/// Range Contraction 2 Bars: the range shrinks twice in a row. Catalogue: FLT_U12.
indicator range_contraction() -> bool {
  give bar_range() < bar_range()[1] and bar_range()[1] < bar_range()[2]
}

/// Range Expansion 2 Bars: the range grows twice in a row. Catalogue: FLT_U13.
indicator range_expansion() -> bool {
  give bar_range() > bar_range()[1] and bar_range()[1] > bar_range()[2]
}

/// Close Above Open: an up bar. Catalogue: FLT_U14.
indicator close_above_open() -> bool {
  give close > open
}

/// Close Below Open: a down bar. Catalogue: FLT_U15.
indicator close_below_open() -> bool {
  give close < open
}

/// Close Upper Quartile: closes in the top quarter of its range. Catalogue: FLT_U16.
indicator close_upper_quartile() -> bool {
  give close_position() > 0.75
}

/// Close Lower Quartile: closes in the bottom quarter of its range. Catalogue: FLT_U17.
indicator close_lower_quartile() -> bool {
  give close_position() < 0.25
}

/// Gap Up: opens above the high of the bar before. Catalogue: FLT_U18.
indicator open_gap_up() -> bool {
  give open > high[1]
}

/// Gap Down: opens below the low of the bar before. Catalogue: FLT_U19.
indicator open_gap_down() -> bool {
  give open < low[1]
}

/// Gap Filled Up: opens above the high of the bar before and comes back to it. Catalogue: FLT_U20.
indicator gap_filled_up() -> bool {
  give open > high[1] and low <= high[1]
}

/// Gap Filled Down: opens below the low of the bar before and comes back to it. Catalogue: FLT_U21.
indicator gap_filled_down() -> bool {
  give open < low[1] and high >= low[1]
}

/// Close Above Previous High: closes above the high of the bar before. Catalogue: FLT_U22.
indicator close_above_previous_high() -> bool {
  give close > high[1]
}

/// Close Below Previous Low: closes below the low of the bar before. Catalogue: FLT_U23.
indicator close_below_previous_low() -> bool {
  give close < low[1]
}

/// Close In Previous Range: closes within the range of the bar before, its ends included. Catalogue: FLT_U24.
indicator close_in_previous_range() -> bool {
  give low[1] <= close and close <= high[1]
}

/// Open In Previous Range: opens within the range of the bar before, its ends included. Catalogue: FLT_U25.
indicator open_in_previous_range() -> bool {
  give low[1] <= open and open <= high[1]
}

/// Body Greater Than Average: a body larger than the mean of the five before. Catalogue: FLT_U26.
indicator body_above_average() -> bool {
  give candle_body() > mean_of(candle_body(), 5)[1]
}

/// Body Less Than Average: a body smaller than the mean of the five before. Catalogue: FLT_U27.
indicator body_below_average() -> bool {
  give candle_body() < mean_of(candle_body(), 5)[1]
}

/// High Above Previous 2: a high above both highs before it. Catalogue: FLT_U28.
indicator high_above_previous_two() -> bool {
  give high > max(high[1], high[2])
}

/// Low Below Previous 2: a low below both lows before it. Catalogue: FLT_U29.
indicator low_below_previous_two() -> bool {
  give low < min(low[1], low[2])
}

/// Close Near High: closes within a tenth of its range of the high. Catalogue: FLT_U30.
indicator close_near_high() -> bool {
  give high - close < 0.1 * bar_range()
}

/// Close Near Low: closes within a tenth of its range of the low. Catalogue: FLT_U31.
indicator close_near_low() -> bool {
  give close - low < 0.1 * bar_range()
}

/// Inside Bar: lies strictly inside the bar before. Catalogue: FLT_U32.
indicator inside_bar_strict() -> bool {
  give high < high[1] and low > low[1]
}

/// Outside Bar: lies strictly around the bar before. Catalogue: FLT_U33.
indicator outside_bar_strict() -> bool {
  give high > high[1] and low < low[1]
}

/// Two Inside Bars: two bars in a row, each strictly inside the one before. Catalogue: FLT_U34.
indicator two_inside_bars() -> bool {
  give high < high[1] and high[1] < high[2] and low > low[1] and low[1] > low[2]
}

/// Gap And Go Up: opens above the high of the bar before and never comes back. Catalogue: FLT_U35.
indicator gap_and_go_up() -> bool {
  give open > high[1] and low > high[1]
}

/// Gap And Go Down: opens below the low of the bar before and never comes back. Catalogue: FLT_U36.
indicator gap_and_go_down() -> bool {
  give open < low[1] and high < low[1]
}

/// Reversal Bar Up: a lower low, yet a higher close. Catalogue: FLT_U37.
indicator reversal_bar_up() -> bool {
  give low < low[1] and close > close[1]
}

/// Reversal Bar Down: a higher high, yet a lower close. Catalogue: FLT_U38.
indicator reversal_bar_down() -> bool {
  give high > high[1] and close < close[1]
}

/// Thrust Up: opens in the bottom 30 % of its range and closes in the top 30 %. Catalogue: FLT_U39.
indicator thrust_up() -> bool {
  give open_position() < 0.3 and close_position() > 0.7
}

/// Thrust Down: opens in the top 30 % of its range and closes in the bottom 30 %. Catalogue: FLT_U40.
indicator thrust_down() -> bool {
  give open_position() > 0.7 and close_position() < 0.3
}

/// Whether the numbered pattern holds: 0 no filter, 1 to 40 the patterns FLT_U01 to FLT_U40; any other number never holds.
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
    else false
}

test "bars 1: where the patterns fire and where not" {
  given open = [100, 99, 99, 101, 107, 98, 110, 114, 105, 108, 99, 100, 92, 100]
  given high = [101, 104, 104, 103, 107, 101, 113, 115, 108, 108, 99, 101, 100, 103]
  given low = [100, 97, 95, 96, 99, 97, 109, 114, 103, 98, 87, 100, 88, 98]
  given close = [100, 100, 100, 98, 99, 101, 113, 114, 108, 100, 91, 101, 100, 103]
  assert bar_range() is [1, 7, 9, 7, 8, 4, 4, 1, 5, 10, 12, 1, 12, 5]
  assert unger(0) is [_, _, _, _, _, _, _, _, _, _, true, true, true, true]
  assert unger(41) is [_, _, _, _, _, _, _, _, _, _, false, false, false, false]
  assert small_bar() is [_, false, false, false, false, false, false, true, false, false, false,
    true, false, true]
  assert small_body() is [true, true, true, false, false, false, false, true, false, false, false,
    false, false, false]
  assert narrow_range() is [_, _, _, _, _, true, true, true, false, false, false, true, false, true]
  assert range_expansion_up() is [_, false, false, false, false, false, false, false, true, false,
    false, false, true, false]
  assert range_expansion_down() is [_, false, false, false, false, false, false, false, false, true,
    false, false, false, false]
  assert wide_range_bar() is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert breakout_bar() is [_, _, _, _, _, false, true, true, false, false, true, false, false,
    false]
  assert three_up_closes() is [_, _, _, false, false, false, true, true, false, false, false, false,
    false, false]
  assert three_down_closes() is [_, _, _, false, false, false, false, false, false, false, true,
    false, false, false]
  assert higher_high_higher_low() is [_, false, false, false, true, false, true, true, false, false,
    false, true, false, true]
  assert lower_high_lower_low() is [_, false, false, false, false, true, false, false, true, false,
    true, false, true, false]
  assert range_expansion() is [_, _, true, false, false, false, false, false, false, true, true,
    false, false, false]
  assert close_above_open() is [false, true, true, false, false, true, true, false, true, false,
    false, true, true, true]
  assert close_below_open() is [false, false, false, true, true, false, false, false, false, true,
    true, false, false, false]
  assert close_upper_quartile() is [false, false, false, false, false, true, true, false, true,
    false, false, true, true, true]
  assert close_lower_quartile() is [true, false, false, false, true, false, false, true, false,
    true, false, false, false, false]
  assert open_gap_up() is [_, false, false, false, true, false, true, true, false, false, false,
    true, false, false]
  assert open_gap_down() is [_, true, false, false, false, true, false, false, true, false, false,
    false, true, false]
  assert gap_filled_up() is [_, false, false, false, true, false, false, false, false, false, false,
    false, false, false]
  assert gap_filled_down() is [_, true, false, false, false, true, false, false, false, false,
    false, false, true, false]
  assert close_above_previous_high() is [_, false, false, false, false, false, true, true, false,
    false, false, true, false, true]
  assert close_below_previous_low() is [_, false, false, false, false, false, false, false, true,
    true, true, false, false, false]
  assert close_in_previous_range() is [_, true, true, true, true, true, false, false, false, false,
    false, false, true, false]
  assert open_in_previous_range() is [_, false, true, true, false, false, false, false, false, true,
    true, false, false, true]
  assert body_above_average() is [_, _, _, _, _, true, false, false, false, true, true, false, true,
    false]
  assert body_below_average() is [_, _, _, _, _, false, true, true, true, false, false, true, false,
    true]
  assert high_above_previous_two() is [_, _, false, false, true, false, true, true, false, false,
    false, false, false, true]
  assert low_below_previous_two() is [_, _, true, false, false, false, false, false, true, true,
    true, false, false, false]
  assert close_near_high() is [false, false, false, false, false, true, true, false, true, false,
    false, true, true, true]
  assert close_near_low() is [true, false, false, false, true, false, false, true, false, false,
    false, false, false, false]
  assert inside_bar_strict() is [_, false, false, true, false, false, false, false, false, false,
    false, false, false, false]
  assert outside_bar_strict() is [_, true, false, false, false, false, false, false, false, false,
    false, false, false, false]
  assert gap_and_go_up() is [_, false, false, false, false, false, true, true, false, false, false,
    true, false, false]
  assert gap_and_go_down() is [_, false, false, false, false, false, false, false, true, false,
    false, false, false, false]
  assert reversal_bar_up() is [_, false, false, false, false, true, false, false, false, false,
    false, false, false, false]
  assert thrust_up() is [false, false, false, false, false, true, true, false, false, false, false,
    true, false, false]
  assert thrust_down() is [false, false, false, true, true, false, false, false, false, true, false,
    false, false, false]
  assert unger(1) is [_, _, _, _, _, _, _, _, _, _, false, true, false, true]
  assert unger(3) is [_, _, _, _, _, _, _, _, _, _, false, true, false, true]
  assert unger(4) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(6) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert unger(7) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert unger(9) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert unger(10) is [_, _, _, _, _, _, _, _, _, _, false, true, false, true]
  assert unger(11) is [_, _, _, _, _, _, _, _, _, _, true, false, true, false]
  assert unger(13) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert unger(14) is [_, _, _, _, _, _, _, _, _, _, false, true, true, true]
  assert unger(15) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert unger(16) is [_, _, _, _, _, _, _, _, _, _, false, true, true, true]
  assert unger(18) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
  assert unger(19) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(21) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(22) is [_, _, _, _, _, _, _, _, _, _, false, true, false, true]
  assert unger(23) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert unger(24) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(25) is [_, _, _, _, _, _, _, _, _, _, true, false, false, true]
  assert unger(26) is [_, _, _, _, _, _, _, _, _, _, true, false, true, false]
  assert unger(27) is [_, _, _, _, _, _, _, _, _, _, false, true, false, true]
  assert unger(28) is [_, _, _, _, _, _, _, _, _, _, false, false, false, true]
  assert unger(29) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert unger(30) is [_, _, _, _, _, _, _, _, _, _, false, true, true, true]
  assert unger(35) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
  assert unger(39) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
}

test "bars 2: where the patterns fire and where not" {
  given open = [100, 101, 108, 114, 107, 113, 106, 120, 113, 106, 109, 109, 105, 113]
  given high = [101, 111, 114, 118, 108, 115, 115, 122, 115, 111, 109, 110, 114, 113]
  given low = [100, 101, 104, 106, 106, 103, 105, 110, 104, 106, 107, 106, 105, 111]
  given close = [100, 109, 113, 106, 107, 105, 114, 112, 105, 109, 109, 106, 113, 113]
  assert range_contraction() is [_, _, false, false, false, false, false, false, false, true, true,
    false, false, false]
  assert two_inside_bars() is [_, _, false, false, false, false, false, false, false, false, true,
    false, false, false]
  assert reversal_bar_down() is [_, false, false, true, false, true, false, true, false, false,
    false, true, false, false]
  assert unger(1) is [_, _, _, _, _, _, _, _, _, _, true, false, false, true]
  assert unger(2) is [_, _, _, _, _, _, _, _, _, _, true, false, false, true]
  assert unger(3) is [_, _, _, _, _, _, _, _, _, _, true, true, false, true]
  assert unger(4) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(5) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
  assert unger(12) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert unger(13) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(14) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(15) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
  assert unger(16) is [_, _, _, _, _, _, _, _, _, _, true, false, true, true]
  assert unger(17) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
  assert unger(19) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(21) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(22) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(23) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
  assert unger(24) is [_, _, _, _, _, _, _, _, _, _, true, false, false, true]
  assert unger(25) is [_, _, _, _, _, _, _, _, _, _, true, true, false, true]
  assert unger(26) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(27) is [_, _, _, _, _, _, _, _, _, _, true, true, false, true]
  assert unger(28) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(29) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(30) is [_, _, _, _, _, _, _, _, _, _, true, false, false, true]
  assert unger(31) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
  assert unger(32) is [_, _, _, _, _, _, _, _, _, _, true, false, false, true]
  assert unger(33) is [_, _, _, _, _, _, _, _, _, _, false, true, true, false]
  assert unger(34) is [_, _, _, _, _, _, _, _, _, _, true, false, false, false]
  assert unger(37) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(38) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
  assert unger(39) is [_, _, _, _, _, _, _, _, _, _, false, false, true, false]
  assert unger(40) is [_, _, _, _, _, _, _, _, _, _, false, true, false, false]
}

test "positions in the range" {
  given open = [1, 3, 2]
  given high = [5, 5, 2]
  given low = [1, 1, 2]
  given close = [4, 1, 2]
  assert open_position() is [0, 0.5, 0.5]
  assert close_position() is [0.75, 0, 0.5]
}
