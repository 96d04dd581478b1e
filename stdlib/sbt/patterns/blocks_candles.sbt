#sbt 1

// Pattern blocks on the shapes of one to five bars: bodies, shadows, runs, reversals.

/// A doji whose low is the lowest.
/// Catalogue: DOJI_REVERSAL_LONG; long; candle_body() < body_ratio * (high - low) and low == lowest(low, lookback).
indicator body_at_low(body_ratio: float = 0.1, lookback: bars = 10) -> bool {
  give candle_body() < body_ratio * (high - low) and low == lowest(low, lookback)
}

/// A doji whose high is the highest.
/// Catalogue: DOJI_REVERSAL_SHORT; short; candle_body() < body_ratio * (high - low) and high == highest(high,
/// lookback).
indicator body_at_high(body_ratio: float = 0.1, lookback: bars = 10) -> bool {
  give candle_body() < body_ratio * (high - low) and high == highest(high, lookback)
}

/// A long lower and hardly an upper shadow, the close below its average: a hammer where it means something.
/// Catalogue: HAMMER; long; lower_shadow() > wick_mult * candle_body() and upper_shadow() < candle_body() and close
/// < sma(close, trend_period).
/// Derived from name and parameters, as the catalogue has no formula: HAMMER.
indicator hammer_in_fall(wick_mult: float = 2, trend_period: bars = 10) -> bool {
  give lower_shadow() > wick_mult * candle_body()
    and upper_shadow() < candle_body()
    and close < sma(close, trend_period)
}

/// A long upper and hardly a lower shadow, the close above its average: a shooting star where it means something.
/// Catalogue: SHOOTING_STAR; short; upper_shadow() > wick_mult * candle_body() and lower_shadow() < candle_body()
/// and close > sma(close, trend_period).
/// Derived from name and parameters, as the catalogue has no formula: SHOOTING_STAR.
indicator star_in_rise(wick_mult: float = 2, trend_period: bars = 10) -> bool {
  give upper_shadow() > wick_mult * candle_body()
    and lower_shadow() < candle_body()
    and close > sma(close, trend_period)
}

/// Three white bars in a row, each closing higher.
/// Catalogue: THREE_WHITE_SOLDIERS; long; held(close > open and close > close[1], 3).
indicator three_white_rises() -> bool {
  give held(close > open and close > close[1], 3)
}

/// Three black bars in a row, each closing lower.
/// Catalogue: THREE_BLACK_CROWS; short; held(close < open and close < close[1], 3).
indicator three_black_falls() -> bool {
  give held(close < open and close < close[1], 3)
}

/// Three white bars, each mostly body, the closes rising.
/// Catalogue: CSQ_THREE_WHITE_SOLDIERS; long; held(close > open and candle_body() > share * (high - low), 3) and
/// close > close[1] and close[1] > close[2].
indicator three_long_white_rises(share: float = 0.5) -> bool {
  give held(close > open and candle_body() > share * (high - low), 3)
    and close > close[1]
    and close[1] > close[2]
}

/// Three black bars, each mostly body, the closes falling.
/// Catalogue: CSQ_THREE_BLACK_CROWS; short; held(close < open and candle_body() > share * (high - low), 3) and close
/// < close[1] and close[1] < close[2].
indicator three_long_black_falls(share: float = 0.5) -> bool {
  give held(close < open and candle_body() > share * (high - low), 3)
    and close < close[1]
    and close[1] < close[2]
}

/// A long black body, a small one, and a long white one that closes above the middle of the first.
/// Catalogue: MORNING_STAR; long; close[2] < open[2] and (body > long_share * width)[2] and (body < small_share *
/// width)[1] and close > open and body > long_share * width and close > (open[2] + close[2]) / 2, body =
/// candle_body(), width = high - low.
indicator star_turns_up(long_share: float = 0.5, small_share: float = 0.3) -> bool {
  let body = candle_body()
  let width = high - low
  give close[2] < open[2]
    and (body > long_share * width)[2]
    and (body < small_share * width)[1]
    and close > open
    and body > long_share * width
    and close > (open[2] + close[2]) / 2
}

/// Each of some bars is white.
/// Catalogue: CONSECUTIVE_BULLISH, THREE_BAR_CONT_BULL; long; held(close > open, n).
indicator white_bars(n: bars = 3) -> bool {
  give held(close > open, n)
}

/// Each of some bars is black.
/// Catalogue: CONSECUTIVE_BEARISH; short; held(close < open, n).
indicator black_bars(n: bars = 3) -> bool {
  give held(close < open, n)
}

/// The close rose on each of some bars.
/// Catalogue: CONSECUTIVE_HIGHER_CLOSE, CONSEC_UP_CLOSES; long; rising(close, n).
indicator closes_rise(n: bars = 3) -> bool {
  give rising(close, n)
}

/// The close fell on each of some bars.
/// Catalogue: CONSECUTIVE_LOWER_CLOSE, CONSEC_DOWN_CLOSES; short; falling(close, n).
indicator closes_fall(n: bars = 3) -> bool {
  give falling(close, n)
}

/// After some falls of the close in a row, a white bar.
/// Catalogue: TREND_EXHAUSTION_BULL; long; falling(close, n)[1] and close > open.
indicator falls_then_white(n: bars = 4) -> bool {
  give falling(close, n)[1] and close > open
}

/// The low rose on each of the last two bars.
/// Catalogue: HIGHER_LOWS; long; rising(low, 2).
indicator lows_rise_twice() -> bool {
  give rising(low, 2)
}

/// The high fell on each of the last two bars.
/// Catalogue: LOWER_HIGHS; short; falling(high, 2).
indicator highs_fall_twice() -> bool {
  give falling(high, 2)
}

/// Both ends are above those of some bars ago.
/// Catalogue: HH_HL; long; high > high[period] and low > low[period].
indicator bar_above_earlier(period: bars = 3) -> bool {
  give high > high[period] and low > low[period]
}

/// Both ends are below those of some bars ago.
/// Catalogue: LH_LL; short; high < high[period] and low < low[period].
indicator bar_below_earlier(period: bars = 3) -> bool {
  give high < high[period] and low < low[period]
}

/// A white bar after a black one closes higher.
/// Catalogue: TWO_BAR_REVERSAL_BULL; long; close[1] < open[1] and close > open and close > close[1].
indicator white_after_black_rises() -> bool {
  give close[1] < open[1] and close > open and close > close[1]
}

/// A black bar after a white one closes lower.
/// Catalogue: TWO_BAR_REVERSAL_BEAR; short; close[1] > open[1] and close < open and close < close[1].
indicator black_after_white_falls() -> bool {
  give close[1] > open[1] and close < open and close < close[1]
}

/// After a bar inside the one before, a higher high.
/// Catalogue: INSIDE_BAR_BREAK_UP; long; (high < high[1] and low > low[1])[1] and high > high[1].
indicator inside_then_higher() -> bool {
  give (high < high[1] and low > low[1])[1] and high > high[1]
}

/// A black bar, a body of a fraction of its size, and a white bar that closes above the high before.
/// Catalogue: THREE_BAR_REVERSAL; long; close[2] < open[2] and candle_body()[1] < share * candle_body()[2] and close
/// > open and close > high[1].
indicator black_small_then_white_break(share: float = 0.5) -> bool {
  give close[2] < open[2]
    and candle_body()[1] < share * candle_body()[2]
    and close > open
    and close > high[1]
}

/// After a fall, a white body larger than the black one before.
/// Catalogue: ENGULF_TREND_CONTEXT; long; candle_body() > candle_body()[1] and close > open and close[1] < open[1]
/// and close[1] < close[period].
indicator larger_white_after_black_in_fall(period: bars = 10) -> bool {
  give candle_body() > candle_body()[1]
    and close > open
    and close[1] < open[1]
    and close[1] < close[period]
}

/// A white body engulfs a black one within a fraction of the lowest low.
/// Catalogue: ENGULFING_CONFIRM; long; close[1] < open[1] and close > open and open < close[1] and close > open[1]
/// and low <= lowest(low, period) * (1 + reach).
indicator engulfed_at_low(period: bars = 10, reach: float = 0.02) -> bool {
  give close[1] < open[1]
    and close > open
    and open < close[1]
    and close > open[1]
    and low <= lowest(low, period) * (1 + reach)
}

/// A lower low than before, then a close above the high before, on high volume.
/// Catalogue: KEY_REVERSAL; long; low < lowest(low, span)[1] and close > high[1] and volume > mult * sma(volume,
/// avg_n).
indicator outside_reversal_on_volume(mult: float = 1.5, span: bars = 5, avg_n: bars = 20) -> bool {
  give low < lowest(low, span)[1] and close > high[1] and volume > mult * sma(volume, avg_n)
}

/// The close is in the highest part of the bar.
/// Catalogue: CLOSE_NEAR_HIGH; long; (close - low) / (high - low) > threshold.
indicator close_near_top(threshold: float = 0.8) -> bool {
  give (close - low) / (high - low) > threshold
}

/// The close is in the lowest part of the bar.
/// Catalogue: CLOSE_NEAR_LOW; short; (close - low) / (high - low) < threshold.
indicator close_near_bottom(threshold: float = 0.2) -> bool {
  give (close - low) / (high - low) < threshold
}

/// After a fall the close is in the middle of the bar.
/// Catalogue: CLOSE_MIDDLE; long; place > low_end and place < high_end and close[1] < close[lookback], place =
/// (close - low) / (high - low).
indicator close_in_middle_after_fall(lookback: bars = 5, low_end: float = 0.4,
  high_end: float = 0.6) -> bool {
  let place = (close - low) / (high - low)
  give place > low_end and place < high_end and close[1] < close[lookback]
}

/// A white bar closes in its highest part.
/// Catalogue: INTRADAY_BULL_STRONG; long; (close - low) / (high - low) > close_thresh and close > open.
indicator white_close_near_top(close_thresh: float = 0.7) -> bool {
  give (close - low) / (high - low) > close_thresh and close > open
}

/// A black bar closes in its lowest part.
/// Catalogue: INTRADAY_BEAR_STRONG; short; (close - low) / (high - low) < close_thresh and close < open.
indicator black_close_near_bottom(close_thresh: float = 0.3) -> bool {
  give (close - low) / (high - low) < close_thresh and close < open
}

/// The bar opens in its lowest and closes in its highest part.
/// Catalogue: INTRADAY_REVERSAL_UP; long; (open - low) / (high - low) < low_end and (close - low) / (high - low) >
/// high_end.
indicator opens_low_closes_high(low_end: float = 0.3, high_end: float = 0.7) -> bool {
  give (open - low) / (high - low) < low_end and (close - low) / (high - low) > high_end
}

/// A white bar, mostly body, of a multiple of the average range.
/// Catalogue: LARGE_BULL_CANDLE; long; width > mult * sma(width, period) and close > open and candle_body() > share
/// * width, width = high - low.
indicator tall_white_body(period: bars = 20, mult: float = 1.5, share: float = 0.7) -> bool {
  let width = high - low
  give width > mult * sma(width, period) and close > open and candle_body() > share * width
}

/// A black bar, mostly body, of a multiple of the average range.
/// Catalogue: LARGE_BEAR_CANDLE; short; width > mult * sma(width, period) and close < open and candle_body() > share
/// * width, width = high - low.
indicator tall_black_body(period: bars = 20, mult: float = 1.5, share: float = 0.7) -> bool {
  let width = high - low
  give width > mult * sma(width, period) and close < open and candle_body() > share * width
}

/// After a fall, a body of a fraction of the range.
/// Catalogue: DOJI_PATTERN, SMALL_BODY_LARGE_WICKS; long; candle_body() / (high - low) < threshold and close[1] <
/// close[span].
indicator small_body_after_fall(threshold: float = 0.1, span: bars = 5) -> bool {
  give candle_body() / (high - low) < threshold and close[1] < close[span]
}

/// A white bar whose body is most of the range.
/// Catalogue: BODY_RANGE_STRONG; long; candle_body() / (high - low) > threshold and close > open.
indicator white_full_body(threshold: float = 0.7) -> bool {
  give candle_body() / (high - low) > threshold and close > open
}

/// A white body of a multiple of the average body.
/// Catalogue: BODY_MOMENTUM; long; candle_body() > threshold * sma(candle_body(), period) and close > open.
indicator large_white_body(period: bars = 10, threshold: float = 1.5) -> bool {
  give candle_body() > threshold * sma(candle_body(), period) and close > open
}

/// Three white bodies in a row, each larger than the one before.
/// Catalogue: CANDLE_ACCEL; long; b > b[1] and b[1] > b[2] and b[2] > 0, b = close - open.
indicator white_bodies_grow() -> bool {
  let b = close - open
  give b > b[1] and b[1] > b[2] and b[2] > 0
}

/// Each of some white bodies is a multiple of the body before.
/// Catalogue: CONSEC_BODY_GROWTH; long; held(candle_body() > mult * candle_body()[1] and close > open, span).
indicator white_bodies_grow_by(mult: float = 1.1, span: bars = 3) -> bool {
  give held(candle_body() > mult * candle_body()[1] and close > open, span)
}

/// The upper shadow is more than a share of the range.
/// Catalogue: LONG_UPPER_WICK; short; upper_shadow() > threshold * (high - low).
/// Derived from name and parameters, as the catalogue has no formula: LONG_UPPER_WICK.
indicator upper_shadow_above(threshold: float = 0.6) -> bool {
  give upper_shadow() > threshold * (high - low)
}

/// The lower shadow is more than a share of the range.
/// Catalogue: LONG_LOWER_WICK; long; lower_shadow() > threshold * (high - low).
/// Derived from name and parameters, as the catalogue has no formula: LONG_LOWER_WICK.
indicator lower_shadow_above(threshold: float = 0.6) -> bool {
  give lower_shadow() > threshold * (high - low)
}

/// A long upper shadow on a bar that makes the highest high.
/// Catalogue: UPPER_WICK_REJECT, PINBAR_RESISTANCE; short; upper_shadow() > threshold * (high - low) and high >=
/// highest(high, period).
/// Derived from name and parameters, as the catalogue has no formula: UPPER_WICK_REJECT, PINBAR_RESISTANCE.
indicator upper_shadow_at_high(period: bars = 20, threshold: float = 0.6) -> bool {
  give upper_shadow() > threshold * (high - low) and high >= highest(high, period)
}

/// A long lower shadow on a bar that makes the lowest low.
/// Catalogue: LOWER_WICK_REJECT, PINBAR_SUPPORT; long; lower_shadow() > threshold * (high - low) and low <=
/// lowest(low, period).
/// Derived from name and parameters, as the catalogue has no formula: LOWER_WICK_REJECT, PINBAR_SUPPORT.
indicator lower_shadow_at_low(period: bars = 20, threshold: float = 0.6) -> bool {
  give lower_shadow() > threshold * (high - low) and low <= lowest(low, period)
}

/// After a bar whose lower shadow is a multiple of its body and longer than the upper one, a close above its high.
/// Catalogue: PIN_BAR_CONFIRM; long; (lower_shadow() > mult * candle_body() and lower_shadow() > upper_shadow())[1]
/// and close > high[1].
/// Derived from name and parameters, as the catalogue has no formula: PIN_BAR_CONFIRM.
indicator pin_bar_confirmed(mult: float = 2) -> bool {
  give (lower_shadow() > mult * candle_body() and lower_shadow() > upper_shadow())[1]
    and close > high[1]
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 104, 107, 109, 109, 110, 110, 104, 105, 105, 102, 94, 86, 80]
  given high = [105, 109, 110, 111, 110, 112, 110, 112, 106, 113, 114, 95, 88, 82]
  given low = [100, 104, 105, 108, 109, 110, 106, 103, 97, 101, 81, 74, 80, 68]
  given close = [104, 107, 109, 109, 110, 110, 106, 110, 106, 103, 93, 86, 82, 81]
  given volume = [30, 10, 30, 3, 3, 4, 5, 8, 6, 12, 12, 5, 5, 5]
  assert body_at_low(0.1, 2) is [_, false, false, false, false, false, false, false, false, false,
    false, false, false, true]
  assert body_at_high(0.1, 2) is [_, false, false, true, false, true, false, false, false, false,
    false, false, false, false]
  assert hammer_in_fall(2, 2) is [_, false, false, false, false, false, false, false, true, false,
    false, false, false, false]
  assert three_black_falls() is [_, _, _, false, false, false, false, false, false, false, false,
    true, true, false]
  assert white_bars(2) is [_, true, true, false, false, false, false, false, true, false, false,
    false, false, false]
  assert black_bars(2) is [_, false, false, false, false, false, false, false, false, false, true,
    true, true, false]
  assert closes_rise(2) is [_, _, true, false, false, false, false, false, false, false, false,
    false, false, false]
  assert closes_fall(2) is [_, _, false, false, false, false, false, false, false, true, true, true,
    true, true]
  assert falls_then_white(2) is [_, _, _, false, false, false, false, false, false, false, false,
    false, false, true]
  assert lows_rise_twice() is [_, _, true, true, true, true, false, false, false, false, false,
    false, false, false]
  assert highs_fall_twice() is [_, _, false, false, false, false, false, false, false, false, false,
    false, true, true]
  assert bar_above_earlier(2) is [_, _, true, true, false, true, false, false, false, false, false,
    false, false, false]
  assert bar_below_earlier(2) is [_, _, false, false, false, false, false, false, true, false,
    false, true, true, true]
  assert white_after_black_rises() is [_, false, false, false, false, false, false, true, false,
    false, false, false, false, false]
  assert black_after_white_falls() is [_, false, false, false, false, false, false, false, false,
    true, false, false, false, false]
  assert inside_then_higher() is [_, _, false, false, false, true, false, false, false, false,
    false, false, false, false]
  assert larger_white_after_black_in_fall(2) is [_, _, false, false, false, false, false, true,
    false, false, false, false, false, false]
  assert close_near_bottom(0.2) is [false, false, false, false, false, true, true, false, false,
    true, false, false, false, false]
  assert white_close_near_top(0.7) is [true, false, true, false, true, false, false, true, true,
    false, false, false, false, true]
  assert black_close_near_bottom(0.3) is [false, false, false, false, false, false, true, false,
    false, true, false, false, true, false]
  assert opens_low_closes_high(0.3, 0.7) is [true, false, false, false, true, false, false, true,
    false, false, false, false, false, false]
  assert small_body_after_fall(0.1, 2) is [_, _, false, false, false, false, false, false, false,
    false, false, false, false, true]
  assert white_full_body(0.7) is [true, false, false, false, true, false, false, false, false,
    false, false, false, false, false]
  assert large_white_body(2, 1.5) is [_, false, false, false, true, false, false, false, false,
    false, false, false, false, false]
  assert upper_shadow_above(0.6) is [false, false, false, true, false, true, false, false, false,
    true, false, false, false, false]
  assert lower_shadow_above(0.6) is [false, false, false, false, false, false, false, false, true,
    false, false, false, false, true]
  assert upper_shadow_at_high(2, 0.6) is [_, false, false, true, false, true, false, false, false,
    true, false, false, false, false]
  assert lower_shadow_at_low(2, 0.6) is [_, false, false, false, false, false, false, false, true,
    false, false, false, false, true]
}

test "bars 2: where the blocks fire and where not" {
  given open = [101, 101, 104, 103, 104, 106, 109, 109, 114, 116, 115, 115, 119, 123]
  given high = [101, 104, 104, 105, 107, 109, 109, 112, 116, 116, 116, 120, 123, 123]
  given low = [100, 101, 102, 103, 104, 105, 109, 109, 114, 113, 114, 114, 119, 117]
  given close = [101, 104, 102, 104, 106, 109, 109, 112, 116, 115, 115, 117, 121, 120]
  given volume = [12, 6, 1, 6, 3, 3, 30, 30, 12, 8, 8, 1, 20, 3]
  assert three_white_rises() is [_, _, _, false, false, true, false, false, false, false, false,
    false, false, false]
  assert black_small_then_white_break(0.5) is [_, _, false, false, false, false, false, false,
    false, false, false, true, false, false]
  assert close_near_top(0.8) is [true, true, false, false, false, true, false, true, true, false,
    false, false, false, false]
  assert close_in_middle_after_fall(2, 0.4, 0.6) is [_, _, false, true, false, false, false, false,
    false, false, true, false, false, false]
  assert tall_white_body(2, 1.5, 0.7) is [_, false, false, false, false, false, false, true, false,
    false, false, false, false, false]
  assert white_bodies_grow() is [_, _, false, false, false, true, false, false, false, false, false,
    false, false, false]
  assert white_bodies_grow_by(1.1, 2) is [_, _, false, false, false, true, false, false, false,
    false, false, false, false, false]
  assert pin_bar_confirmed(2) is [_, true, false, false, false, false, false, false, false, false,
    false, false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 97, 95, 101, 104, 107, 108, 108, 112, 113, 114, 121, 121, 119]
  given high = [102, 98, 99, 104, 108, 108, 110, 113, 115, 114, 117, 123, 125, 121]
  given low = [97, 97, 93, 100, 103, 107, 107, 106, 112, 112, 114, 119, 120, 119]
  given close = [97, 97, 99, 104, 107, 107, 108, 112, 113, 114, 116, 121, 124, 121]
  given volume = [30, 1, 4, 20, 3, 6, 12, 20, 1, 5, 30, 3, 30, 1]
  assert three_long_white_rises(0.5) is [_, _, false, false, true, false, false, false, false,
    false, false, false, false, false]
  assert star_turns_up(0.5, 0.3) is [_, _, true, false, false, false, false, false, false, false,
    false, false, false, false]
  assert outside_reversal_on_volume(1.5, 2, 3) is [_, _, false, false, false, false, false, true,
    false, false, false, false, false, false]
}

test "bars 4: where the blocks fire and where not" {
  given open = [100, 98, 94, 94, 89, 86, 90, 91, 88, 91, 94, 93, 97, 99]
  given high = [101, 100, 95, 96, 89, 92, 97, 91, 92, 94, 95, 99, 105, 103]
  given low = [98, 93, 89, 88, 86, 80, 90, 87, 87, 89, 90, 93, 97, 97]
  given close = [98, 94, 89, 88, 87, 90, 96, 88, 91, 94, 92, 97, 99, 102]
  given volume = [12, 6, 4, 6, 2, 4, 6, 10, 10, 8, 3, 12, 5, 30]
  assert star_in_rise(2, 2) is [_, false, false, false, false, false, false, false, false, false,
    false, false, true, false]
  assert three_long_black_falls(0.5) is [_, _, true, true, true, false, false, false, false, false,
    false, false, false, false]
  assert engulfed_at_low(2, 0.02) is [_, false, false, false, false, true, false, false, false,
    false, false, false, false, false]
}

test "bars 5: where the blocks fire and where not" {
  given open = [99, 100, 100, 98, 99, 98, 96, 97, 109, 118, 117, 116, 116, 115]
  given high = [101, 102, 102, 99, 99, 100, 99, 111, 119, 119, 117, 116, 119, 117]
  given low = [97, 98, 97, 98, 97, 91, 95, 96, 107, 111, 114, 114, 116, 114]
  given close = [100, 100, 98, 99, 99, 91, 98, 109, 118, 112, 116, 115, 117, 115]
  given volume = [1, 2, 6, 4, 2, 30, 8, 12, 10, 30, 3, 3, 30, 8]
  assert tall_black_body(2, 1.5, 0.7) is [_, false, false, false, false, true, false, false, false,
    false, false, false, false, false]
}
