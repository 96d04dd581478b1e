#sbt 1

use patterns/unger_bars
use patterns/unger_breakouts
use patterns/unger_candles
use patterns/unger_exits
use patterns/unger_filters
use patterns/unger_flow
use patterns/unger_indicators
use patterns/unger_levels
use patterns/unger_momentum
use patterns/unger_trends

// The Unger catalogue: bar patterns, entries, filters and exits, each under its name, and the patterns by their number.
// `use patterns/unger` brings them all; a program that needs one family may name its module alone. Stops, targets and
// trails are in `patterns/risk`. What the catalogue lists and what became of it: docs/catalogues/unger.md.

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

/// Whether the numbered candle holds: 50 to 66 the patterns FLT_U50 to FLT_U66; any other number never holds. The first
/// answer comes with the 21st bar, when the mean volume has its twenty.
indicator unger_candle(p: int) -> bool {
  give if p == 50 then doji_bar()
    else if p == 51 then hammer_by_place()
    else if p == 52 then shooting_star_by_place()
    else if p == 53 then engulfing_up()
    else if p == 54 then engulfing_down()
    else if p == 55 then volume_doubled()
    else if p == 56 then volume_halved()
    else if p == 57 then volume_climax()
    else if p == 58 then nr4()
    else if p == 59 then nr7()
    else if p == 60 then ws7()
    else if p == 61 then two_inside_bars()
    else if p == 62 then pin_bar_up()
    else if p == 63 then pin_bar_down()
    else if p == 64 then failed_breakout_up()
    else if p == 65 then failed_breakout_down()
    else if p == 66 then momentum_shift()
    else false
}

test "numbers are those of the catalogue" {
  forall random_bars(400)
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

test "numbers of candles are those of the catalogue" {
  forall random_bars(400)
  assert unger_candle(50) == doji_bar()
  assert unger_candle(51) == hammer_by_place()
  assert unger_candle(52) == shooting_star_by_place()
  assert unger_candle(53) == engulfing_up()
  assert unger_candle(54) == engulfing_down()
  assert unger_candle(55) == volume_doubled()
  assert unger_candle(56) == volume_halved()
  assert unger_candle(57) == volume_climax()
  assert unger_candle(58) == nr4()
  assert unger_candle(59) == nr7()
  assert unger_candle(60) == ws7()
  assert unger_candle(61) == two_inside_bars()
  assert unger_candle(62) == pin_bar_up()
  assert unger_candle(63) == pin_bar_down()
  assert unger_candle(64) == failed_breakout_up()
  assert unger_candle(65) == failed_breakout_down()
  assert unger_candle(66) == momentum_shift()
}

test "no filter, and numbers without a pattern" {
  given close = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]
  assert unger(0)
  assert not unger(44)
  assert not unger(-1)
  assert not unger_candle(49)
  assert not unger_candle(67)
  assert unger(14) is [_, _, _, _, _, _, _, _, _, _, false, false, false, false, false, false,
    false, false, false, false, false, false]
}
