#sbt 1

use patterns/unger

// Candles of the Unger catalogue, read from single bars without a measure of what is usual (those of the prelude follow
// TA-Lib), and its patterns of volume and range.

/// The body is less than a tenth of the range. Has no side of its own.
/// Formula: candle_body() < 0.1 * bar_range(). Catalogue: FLT_U50, CDL_05, LONG, SHORT, BIDI, CDL.
indicator doji_bar() -> bool {
  give candle_body() < 0.1 * bar_range()
}

/// The body lies in the top 40 % of the range and the lower shadow is twice as long as it.
/// Formula: candle_bottom() - low > 0.6 * bar_range() and lower_shadow() > 2 * candle_body() and upper_shadow() <
/// candle_body(). Catalogue: FLT_U51, LONG.
indicator hammer_by_place() -> bool {
  give candle_bottom() - low > 0.6 * bar_range()
    and lower_shadow() > 2 * candle_body()
    and upper_shadow() < candle_body()
}

/// The body lies in the bottom 40 % of the range and the upper shadow is twice as long as it.
/// Formula: candle_top() - low < 0.4 * bar_range() and upper_shadow() > 2 * candle_body() and lower_shadow() <
/// candle_body(). Catalogue: FLT_U52, SHORT.
indicator shooting_star_by_place() -> bool {
  give candle_top() - low < 0.4 * bar_range()
    and upper_shadow() > 2 * candle_body()
    and lower_shadow() < candle_body()
}

/// An up body strictly around the down body before it.
/// Formula: close[1] < open[1] and close > open and open < close[1] and close > open[1]. Catalogue: FLT_U53, CDL_01,
/// LONG, CDL.
indicator engulfing_up() -> bool {
  give close[1] < open[1] and close > open and open < close[1] and close > open[1]
}

/// A down body strictly around the up body before it.
/// Formula: close[1] > open[1] and close < open and open > close[1] and close < open[1]. Catalogue: FLT_U54, CDL_02,
/// SHORT, CDL.
indicator engulfing_down() -> bool {
  give close[1] > open[1] and close < open and open > close[1] and close < open[1]
}

/// More than twice the mean volume of the `n` bars before.
/// Formula: volume > 2 * mean_of(volume, n)[1]. Catalogue: FLT_U55, LONG, SHORT.
indicator volume_doubled(n: bars = 20) -> bool {
  give volume > 2 * mean_of(volume, n)[1]
}

/// Less than half the mean volume of the `n` bars before.
/// Formula: volume < 0.5 * mean_of(volume, n)[1]. Catalogue: FLT_U56, LONG, SHORT.
indicator volume_halved(n: bars = 20) -> bool {
  give volume < 0.5 * mean_of(volume, n)[1]
}

/// The largest volume of the last `n` bars on a bar half as tall again as the `n` bars before.
/// Formula: volume >= highest(volume, n) and bar_range() > 1.5 * mean_of(bar_range(), n)[1]. Catalogue: FLT_U57, LONG,
/// SHORT.
indicator volume_climax(n: bars = 20) -> bool {
  give volume >= highest(volume, n) and range_above_usual(1.5, n)
}

/// The narrowest range of four bars. Source: T. Crabel, 1990.
/// Formula: bar_range() <= lowest(bar_range(), 4). Catalogue: FLT_U58, LONG, SHORT.
indicator nr4() -> bool {
  give narrowest_range(4)
}

/// The narrowest range of seven bars. Source: T. Crabel, 1990.
/// Formula: bar_range() <= lowest(bar_range(), 7). Catalogue: FLT_U59, LONG, SHORT.
indicator nr7() -> bool {
  give narrowest_range(7)
}

/// The widest range of seven bars. Source: T. Crabel, 1990.
/// Formula: bar_range() >= highest(bar_range(), 7). Catalogue: FLT_U60, LONG, SHORT.
indicator ws7() -> bool {
  give widest_range(7)
}

/// Two thirds of the range hang below the body, under the low before.
/// Formula: lower_shadow() > 0.66 * bar_range() and low < low[1]. Catalogue: FLT_U62, LONG.
indicator pin_bar_up() -> bool {
  give lower_shadow() > 0.66 * bar_range() and low < low[1]
}

/// Two thirds of the range stand above the body, over the high before.
/// Formula: upper_shadow() > 0.66 * bar_range() and high > high[1]. Catalogue: FLT_U63, SHORT.
indicator pin_bar_down() -> bool {
  give upper_shadow() > 0.66 * bar_range() and high > high[1]
}

/// A high above those of the five bars before, yet a lower close.
/// Formula: high > highest(high, 5)[1] and close < close[1]. Catalogue: FLT_U64, SHORT.
indicator failed_breakout_up() -> bool {
  give high > highest(high, 5)[1] and close < close[1]
}

/// A low below those of the five bars before, yet a higher close.
/// Formula: low < lowest(low, 5)[1] and close > close[1]. Catalogue: FLT_U65, LONG.
indicator failed_breakout_down() -> bool {
  give low < lowest(low, 5)[1] and close > close[1]
}

/// The close turns after three moves in one direction.
/// Formula: three_up_closes()[1] and close < close[1] or three_down_closes()[1] and close > close[1]. Catalogue:
/// FLT_U66, LONG, SHORT.
indicator momentum_shift() -> bool {
  give three_up_closes()[1] and close < close[1] or three_down_closes()[1] and close > close[1]
}

/// The lower shadow is longer than twice the body, the upper one shorter than 30 % of it.
/// Formula: candle_body() > 0 and lower_shadow() > 2 * candle_body() and upper_shadow() < 0.3 * candle_body().
/// Catalogue: CDL_03, LONG, CDL.
indicator hammer_by_shadows() -> bool {
  give candle_body() > 0
    and lower_shadow() > 2 * candle_body()
    and upper_shadow() < 0.3 * candle_body()
}

/// The upper shadow is longer than twice the body, the lower one shorter than 30 % of it.
/// Formula: candle_body() > 0 and upper_shadow() > 2 * candle_body() and lower_shadow() < 0.3 * candle_body().
/// Catalogue: CDL_04, SHORT, CDL.
indicator shooting_star_by_shadows() -> bool {
  give candle_body() > 0
    and upper_shadow() > 2 * candle_body()
    and lower_shadow() < 0.3 * candle_body()
}

/// Three up bars in a row, each closing higher: the plain form of the three white soldiers.
/// Formula: all(i in 0..2: close[i] > open[i]) and close > close[1] and close[1] > close[2]. Catalogue: CDL_06, LONG,
/// CDL.
indicator three_up_bars() -> bool {
  give all(i in 0..2: close[i] > open[i]) and close > close[1] and close[1] > close[2]
}

/// Three down bars in a row, each closing lower: the plain form of the three black crows.
/// Formula: all(i in 0..2: close[i] < open[i]) and close < close[1] and close[1] < close[2]. Catalogue: CDL_07, SHORT,
/// CDL.
indicator three_down_bars() -> bool {
  give all(i in 0..2: close[i] < open[i]) and close < close[1] and close[1] < close[2]
}

/// A down bar, a small body, then an up bar that closes above the middle of the first body.
/// Formula: close[2] < open[2] and candle_body()[1] < 0.3 * bar_range()[1] and close > open and close > (open[2] +
/// close[2]) / 2. Catalogue: CDL_08, LONG, CDL.
indicator morning_reversal() -> bool {
  give close_below_open()[2]
    and small_body()[1]
    and close > open
    and close > (open[2] + close[2]) / 2
}

/// An up bar, a small body, then a down bar that closes below the middle of the first body.
/// Formula: close[2] > open[2] and candle_body()[1] < 0.3 * bar_range()[1] and close < open and close < (open[2] +
/// close[2]) / 2. Catalogue: CDL_09, SHORT, CDL.
indicator evening_reversal() -> bool {
  give close_above_open()[2]
    and small_body()[1]
    and close < open
    and close < (open[2] + close[2]) / 2
}

/// The body lies near the top over a shadow of more than two and a half bodies.
/// Formula: bar_range() > 0 and lower_shadow() > 2.5 * candle_body() and candle_top() > low + 0.7 * bar_range().
/// Catalogue: CDL_10, LONG, CDL.
indicator long_tail_up() -> bool {
  give bar_range() > 0
    and lower_shadow() > 2.5 * candle_body()
    and candle_top() > low + 0.7 * bar_range()
}

/// The body lies near the bottom under a shadow of more than two and a half bodies. The short side of CDL_10, which the
/// catalogue lacks.
/// Formula: bar_range() > 0 and upper_shadow() > 2.5 * candle_body() and candle_bottom() < high - 0.7 * bar_range().
indicator long_tail_down() -> bool {
  give bar_range() > 0
    and upper_shadow() > 2.5 * candle_body()
    and candle_bottom() < high - 0.7 * bar_range()
}

/// Whether the numbered pattern holds: 50 to 66 the patterns FLT_U50 to FLT_U66; any other number never holds. The first answer
/// comes with the 21st bar, when the mean volume has its twenty.
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

test "bars 1: where they fire and where not" {
  given open = [98, 91, 95, 99, 88, 91, 82, 73, 71, 63, 62, 56, 65, 77]
  given high = [100, 91, 96, 99, 98, 99, 87, 83, 83, 65, 62, 70, 76, 89]
  given low = [86, 85, 94, 89, 88, 88, 69, 67, 67, 58, 56, 56, 65, 72]
  given close = [86, 91, 96, 93, 93, 88, 71, 71, 69, 62, 61, 64, 71, 86]
  given volume = [40, 3, 9, 1, 10, 5, 1, 3, 2, 4, 3, 6, 4, 9]
  assert doji_bar() is [false, true, false, false, false, false, false, false, false, false, false,
    false, false, false]
  assert hammer_by_place() is [false, false, false, false, false, false, false, false, false, false,
    true, false, false, false]
  assert shooting_star_by_place() is [false, false, false, false, false, true, false, false, false,
    false, false, false, false, false]
  assert engulfing_up() is [_, false, false, false, false, false, false, false, false, false, false,
    true, false, false]
  assert engulfing_down() is [_, false, false, true, false, false, false, false, false, false,
    false, false, false, false]
  assert volume_doubled(4) is [_, _, _, _, false, false, false, false, false, false, false, false,
    false, true]
  assert volume_halved(4) is [_, _, _, _, false, false, true, false, true, false, false, false,
    false, false]
  assert volume_climax(4) is [_, _, _, _, false, false, false, false, false, false, false, false,
    false, true]
  assert nr4() is [_, _, _, false, false, false, false, false, false, true, true, false, false,
    false]
  assert nr7() is [_, _, _, _, _, _, false, false, false, true, true, false, false, false]
  assert ws7() is [_, _, _, _, _, _, true, false, false, false, false, false, false, true]
  assert pin_bar_up() is [_, true, false, false, false, false, false, false, false, false, true,
    false, false, false]
  assert pin_bar_down() is [_, false, false, false, false, true, false, false, false, false, false,
    false, false, false]
  assert momentum_shift() is [_, _, _, _, false, false, false, false, false, false, false, true,
    false, false]
  assert hammer_by_shadows() is [false, false, false, false, false, false, false, false, false,
    false, true, false, false, false]
  assert shooting_star_by_shadows() is [false, false, false, false, false, true, false, false,
    false, false, false, false, false, false]
  assert three_up_bars() is [_, _, false, false, false, false, false, false, false, false, false,
    false, false, true]
  assert three_down_bars() is [_, _, false, false, false, false, false, false, false, true, true,
    false, false, false]
  assert morning_reversal() is [_, _, true, false, false, false, false, false, false, false, false,
    true, false, false]
  assert evening_reversal() is [_, _, false, false, false, false, true, false, false, false, false,
    false, false, false]
  assert long_tail_up() is [false, true, false, false, false, false, false, false, false, true,
    true, false, false, false]
  assert long_tail_down() is [false, false, false, false, false, true, false, true, true, false,
    false, false, false, false]
}

test "bars 2: where they fire and where not" {
  given open = [102, 108, 114, 118, 115, 115, 111, 111, 117, 104, 99, 98, 99, 90]
  given high = [102, 118, 115, 119, 115, 119, 116, 111, 120, 105, 99, 106, 99, 90]
  given low = [102, 102, 114, 111, 106, 115, 107, 105, 106, 102, 99, 94, 92, 87]
  given close = [102, 114, 114, 111, 112, 115, 108, 111, 108, 104, 99, 100, 94, 88]
  given volume = [4, 7, 40, 3, 7, 5, 7, 4, 2, 5, 4, 5, 3, 5]
  assert failed_breakout_up() is [_, _, _, _, _, false, false, false, true, false, false, false,
    false, false]
  assert failed_breakout_down() is [_, _, _, _, _, false, false, true, false, false, false, true,
    false, false]
}

test "numbers are those of the catalogue" {
  forall random_bars(400)
  assert not unger_candle(49)
  assert not unger_candle(67)
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
