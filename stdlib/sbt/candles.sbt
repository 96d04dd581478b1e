#sbt 1

/// Height of the candle's body. Formula: |close - open|.
indicator candle_body() -> price {
  give abs(close - open)
}

/// Upper end of the body. Formula: max(open, close).
indicator candle_top() -> price {
  give max(open, close)
}

/// Lower end of the body. Formula: min(open, close).
indicator candle_bottom() -> price {
  give min(open, close)
}

/// Length of the shadow above the body. Formula: high - max(open, close).
indicator upper_shadow() -> price {
  give high - max(open, close)
}

/// Length of the shadow below the body. Formula: min(open, close) - low.
indicator lower_shadow() -> price {
  give min(open, close) - low
}

/// Whether the candle is white: it closed at or above its open.
indicator candle_white() -> bool {
  give close >= open
}

/// The mean body of the ten bars before: longer is a long body, shorter a short one. Source: TA-Lib's BodyLong and BodyShort.
indicator usual_body() -> price {
  give mean_of(abs(close - open), 10)[1]
}

/// A tenth of the mean range of the ten bars before: at most a doji's body, or a very short shadow.
/// Source: TA-Lib's BodyDoji and ShadowVeryShort.
indicator tiny_size() -> price {
  give 0.1 * mean_of(high - low, 10)[1]
}

/// Half the mean of both shadows of the ten bars before: less is a short shadow. Source: TA-Lib's ShadowShort.
indicator usual_shadow() -> price {
  give mean_of(high - low - abs(close - open), 10)[1] / 2
}

/// A fifth of the mean range of the five bars before: what counts as near. Source: TA-Lib's Near.
indicator near_size() -> price {
  give 0.2 * mean_of(high - low, 5)[1]
}

/// A twentieth of the mean range of the five bars before: what counts as equal. Source: TA-Lib's Equal.
indicator equal_size() -> price {
  give 0.05 * mean_of(high - low, 5)[1]
}

/// Value of a recognised pattern: 100 bullish, -100 bearish, 0 none.
fn candle_signal(seen: bool, bullish: bool) -> float = if seen then (if bullish then 100 else -100)
  else 0

/// Doji: a body of at most a tenth of the usual range; 100 or 0.
/// Source: TA-Lib CDLDOJI.
indicator cdl_doji() -> float {
  give if candle_body() <= tiny_size() then 100 else 0
}

/// Dragonfly doji: a doji with a lower shadow only; 100 or 0. Source: TA-Lib CDLDRAGONFLYDOJI.
indicator cdl_dragonflydoji() -> float {
  let tiny = tiny_size()
  let seen = candle_body() <= tiny and upper_shadow() < tiny and lower_shadow() > tiny
  give if seen then 100 else 0
}

/// Gravestone doji: a doji with an upper shadow only; 100 or 0. Source: TA-Lib CDLGRAVESTONEDOJI.
indicator cdl_gravestonedoji() -> float {
  let tiny = tiny_size()
  let seen = candle_body() <= tiny and lower_shadow() < tiny and upper_shadow() > tiny
  give if seen then 100 else 0
}

/// Long-legged doji: a doji with a shadow longer than its body; 100 or 0. Source: TA-Lib CDLLONGLEGGEDDOJI.
indicator cdl_longleggeddoji() -> float {
  let body = candle_body()
  let seen = body <= tiny_size() and (lower_shadow() > body or upper_shadow() > body)
  give if seen then 100 else 0
}

/// Rickshaw man: a long-legged doji with its body near the middle of the range; 100 or 0.
/// Source: TA-Lib CDLRICKSHAWMAN.
indicator cdl_rickshawman() -> float {
  let body = candle_body()
  let near = near_size()
  let middle = low + (high - low) / 2
  let seen = body <= tiny_size()
    and lower_shadow() > body
    and upper_shadow() > body
    and candle_bottom() <= middle + near
    and candle_top() >= middle - near
  give if seen then 100 else 0
}

/// Takuri: a dragonfly doji with a very long lower shadow; 100 or 0. Source: TA-Lib CDLTAKURI.
indicator cdl_takuri() -> float {
  let body = candle_body()
  let tiny = tiny_size()
  give if body <= tiny and upper_shadow() < tiny and lower_shadow() > 2 * body then 100 else 0
}

/// Marubozu: a long body almost without shadows; 100 white, -100 black. Source: TA-Lib CDLMARUBOZU.
indicator cdl_marubozu() -> float {
  let tiny = tiny_size()
  let seen = candle_body() > usual_body() and upper_shadow() < tiny and lower_shadow() < tiny
  give candle_signal(seen, candle_white())
}

/// Closing marubozu: a long body without a shadow on the closing side; 100 white, -100 black.
/// Source: TA-Lib CDLCLOSINGMARUBOZU.
indicator cdl_closingmarubozu() -> float {
  let white = candle_white()
  let seen = candle_body() > usual_body()
    and (if white then upper_shadow() else lower_shadow()) < tiny_size()
  give candle_signal(seen, white)
}

/// Belt hold: a long body without a shadow on the opening side; 100 white, -100 black. Source: TA-Lib CDLBELTHOLD.
indicator cdl_belthold() -> float {
  let white = candle_white()
  let seen = candle_body() > usual_body()
    and (if white then lower_shadow() else upper_shadow()) < tiny_size()
  give candle_signal(seen, white)
}

/// Long line: a long body with short shadows; 100 white, -100 black. Source: TA-Lib CDLLONGLINE.
indicator cdl_longline() -> float {
  let short_shadow = usual_shadow()
  let seen = candle_body() > usual_body()
    and upper_shadow() < short_shadow
    and lower_shadow() < short_shadow
  give candle_signal(seen, candle_white())
}

/// Short line: a short body with short shadows; 100 white, -100 black. Source: TA-Lib CDLSHORTLINE.
indicator cdl_shortline() -> float {
  let short_shadow = usual_shadow()
  let seen = candle_body() < usual_body()
    and upper_shadow() < short_shadow
    and lower_shadow() < short_shadow
  give candle_signal(seen, candle_white())
}

/// Spinning top: a short body with two longer shadows; 100 white, -100 black. Source: TA-Lib CDLSPINNINGTOP.
indicator cdl_spinningtop() -> float {
  let body = candle_body()
  let seen = body < usual_body() and upper_shadow() > body and lower_shadow() > body
  give candle_signal(seen, candle_white())
}

/// High wave: a short body with two shadows of over twice its height; 100 white, -100 black.
/// Source: TA-Lib CDLHIGHWAVE.
indicator cdl_highwave() -> float {
  let body = candle_body()
  let seen = body < usual_body() and upper_shadow() > 2 * body and lower_shadow() > 2 * body
  give candle_signal(seen, candle_white())
}

/// Whether the bar is a doji. See `cdl_doji`.
indicator doji() -> bool {
  give cdl_doji() != 0
}

/// Whether the bar is a hammer. See `cdl_hammer`.
indicator hammer() -> bool {
  give cdl_hammer() != 0
}

/// Whether the bar is a shooting star. See `cdl_shootingstar`.
indicator shooting_star() -> bool {
  give cdl_shootingstar() != 0
}

/// Whether a white body engulfs a black one. See `cdl_engulfing`.
indicator bullish_engulfing() -> bool {
  give cdl_engulfing() > 0
}

/// Whether a black body engulfs a white one. See `cdl_engulfing`.
indicator bearish_engulfing() -> bool {
  give cdl_engulfing() < 0
}

/// Whether a short body lies inside a long black one. See `cdl_harami`.
indicator bullish_harami() -> bool {
  give cdl_harami() > 0
}

/// Whether a short body lies inside a long white one. See `cdl_harami`.
indicator bearish_harami() -> bool {
  give cdl_harami() < 0
}

/// Whether the last three bars form a morning star. See `cdl_morningstar`.
indicator morning_star() -> bool {
  give cdl_morningstar() != 0
}

/// Whether the last three bars form an evening star. See `cdl_eveningstar`.
indicator evening_star() -> bool {
  give cdl_eveningstar() != 0
}

/// Whether three white soldiers advance. See `cdl_3whitesoldiers`.
indicator three_white_soldiers() -> bool {
  give cdl_3whitesoldiers() != 0
}

/// Whether three black crows appear. See `cdl_3blackcrows`.
indicator three_black_crows() -> bool {
  give cdl_3blackcrows() != 0
}

/// Whether the bar lies within the range of the one before.
indicator inside_bar() -> bool {
  give high <= high[1] and low >= low[1]
}

/// Whether the bar's range contains that of the one before.
indicator outside_bar() -> bool {
  give high >= high[1] and low <= low[1]
}

/// Whether the bar is a bullish pin bar: the lower shadow is at least `share` of the range and the close lies in its upper third.
indicator bullish_pin_bar(share: float = 0.6666666666666666) -> bool {
  give lower_shadow() >= share * (high - low) and close >= high - (high - low) / 3 and high > low
}

/// Whether the bar is a bearish pin bar: the upper shadow is at least `share` of the range and the close lies in its lower third.
indicator bearish_pin_bar(share: float = 0.6666666666666666) -> bool {
  give upper_shadow() >= share * (high - low) and close <= low + (high - low) / 3 and high > low
}

/// Whether the bar opened in the direction of a key reversal upwards: a new low, then a close above the previous high.
indicator key_reversal_up() -> bool {
  give low < low[1] and close > high[1]
}

/// Whether the bar made a new high, then closed below the previous low.
indicator key_reversal_down() -> bool {
  give high > high[1] and close < low[1]
}

test "TA-Lib's CDLBELTHOLD, bullish" {
  given open = [53, 56, 57, 54, 51, 53, 56, 55, 47, 56, 60, 57]
  given high = [58, 61, 58, 55, 55, 57, 57, 56, 52, 59, 61, 61]
  given low = [53, 56, 54, 51, 49, 51, 55, 45, 47, 56, 57, 57]
  given close = [56, 61, 54, 51, 53, 55, 55, 47, 50, 59, 57, 61]
  assert cdl_belthold() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLBELTHOLD, bearish" {
  given open = [62, 60, 64, 63, 65, 68, 69, 70, 71, 72, 74, 75]
  given high = [62, 61, 66, 67, 68, 69, 70, 71, 77, 74, 75, 75]
  given low = [60, 60, 63, 63, 65, 67, 67, 70, 70, 72, 72, 70]
  given close = [60, 60, 63, 65, 68, 69, 70, 71, 77, 74, 75, 70]
  assert cdl_belthold() is [_, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLCLOSINGMARUBOZU, bullish" {
  given open = [53, 56, 57, 54, 51, 53, 56, 55, 47, 56, 60, 57]
  given high = [58, 61, 58, 55, 55, 57, 57, 56, 52, 59, 61, 61]
  given low = [53, 56, 54, 51, 49, 51, 55, 45, 47, 56, 57, 57]
  given close = [56, 61, 54, 51, 53, 55, 55, 47, 50, 59, 57, 61]
  assert cdl_closingmarubozu() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLCLOSINGMARUBOZU, bearish" {
  given open = [62, 60, 64, 63, 65, 68, 69, 70, 71, 72, 74, 75]
  given high = [62, 61, 66, 67, 68, 69, 70, 71, 77, 74, 75, 75]
  given low = [60, 60, 63, 63, 65, 67, 67, 70, 70, 72, 72, 70]
  given close = [60, 60, 63, 65, 68, 69, 70, 71, 77, 74, 75, 70]
  assert cdl_closingmarubozu() is [_, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLDOJI, bullish" {
  given open = [53, 56, 55, 47, 56, 60, 57, 65, 57, 56, 57, 62]
  given high = [57, 57, 56, 52, 59, 61, 61, 65, 57, 59, 60, 64]
  given low = [51, 55, 45, 47, 56, 57, 57, 63, 56, 56, 55, 60]
  given close = [55, 55, 47, 50, 59, 57, 61, 63, 56, 57, 58, 62]
  assert cdl_doji() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
  assert doji() is [_, _, _, _, _, _, _, _, _, _, false, true]
}

test "TA-Lib's CDLDRAGONFLYDOJI, bullish" {
  given open = [63, 65, 68, 69, 70, 71, 72, 74, 75, 70, 71, 75]
  given high = [67, 68, 69, 70, 71, 77, 74, 75, 75, 71, 75, 75]
  given low = [63, 65, 67, 67, 70, 70, 72, 72, 70, 68, 70, 74]
  given close = [65, 68, 69, 70, 71, 77, 74, 75, 70, 71, 75, 75]
  assert cdl_dragonflydoji() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLGRAVESTONEDOJI, bullish" {
  given open = [55, 47, 56, 60, 57, 65, 57, 56, 57, 62, 62, 60]
  given high = [56, 52, 59, 61, 61, 65, 57, 59, 60, 64, 62, 61]
  given low = [45, 47, 56, 57, 57, 63, 56, 56, 55, 60, 60, 60]
  given close = [47, 50, 59, 57, 61, 63, 56, 57, 58, 62, 60, 60]
  assert cdl_gravestonedoji() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLHIGHWAVE, bullish" {
  given open = [53, 56, 55, 47, 56, 60, 57, 65, 57, 56, 57, 62]
  given high = [57, 57, 56, 52, 59, 61, 61, 65, 57, 59, 60, 64]
  given low = [51, 55, 45, 47, 56, 57, 57, 63, 56, 56, 55, 60]
  given close = [55, 55, 47, 50, 59, 57, 61, 63, 56, 57, 58, 62]
  assert cdl_highwave() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLHIGHWAVE, bearish" {
  given open = [59, 57, 62, 60, 62, 64, 69, 72, 74, 74, 74, 73]
  given high = [62, 62, 64, 64, 64, 74, 72, 74, 75, 76, 74, 76]
  given low = [57, 57, 60, 54, 62, 64, 66, 72, 71, 70, 71, 67]
  given close = [57, 62, 60, 58, 64, 69, 72, 74, 75, 74, 73, 72]
  assert cdl_highwave() is [_, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLLONGLEGGEDDOJI, bullish" {
  given open = [53, 56, 55, 47, 56, 60, 57, 65, 57, 56, 57, 62]
  given high = [57, 57, 56, 52, 59, 61, 61, 65, 57, 59, 60, 64]
  given low = [51, 55, 45, 47, 56, 57, 57, 63, 56, 56, 55, 60]
  given close = [55, 55, 47, 50, 59, 57, 61, 63, 56, 57, 58, 62]
  assert cdl_longleggeddoji() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLLONGLINE, bullish" {
  given open = [53, 56, 57, 54, 51, 53, 56, 55, 47, 56, 60, 57]
  given high = [58, 61, 58, 55, 55, 57, 57, 56, 52, 59, 61, 61]
  given low = [53, 56, 54, 51, 49, 51, 55, 45, 47, 56, 57, 57]
  given close = [56, 61, 54, 51, 53, 55, 55, 47, 50, 59, 57, 61]
  assert cdl_longline() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLLONGLINE, bearish" {
  given open = [62, 60, 64, 63, 65, 68, 69, 70, 71, 72, 74, 75]
  given high = [62, 61, 66, 67, 68, 69, 70, 71, 77, 74, 75, 75]
  given low = [60, 60, 63, 63, 65, 67, 67, 70, 70, 72, 72, 70]
  given close = [60, 60, 63, 65, 68, 69, 70, 71, 77, 74, 75, 70]
  assert cdl_longline() is [_, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLMARUBOZU, bullish" {
  given open = [53, 56, 57, 54, 51, 53, 56, 55, 47, 56, 60, 57]
  given high = [58, 61, 58, 55, 55, 57, 57, 56, 52, 59, 61, 61]
  given low = [53, 56, 54, 51, 49, 51, 55, 45, 47, 56, 57, 57]
  given close = [56, 61, 54, 51, 53, 55, 55, 47, 50, 59, 57, 61]
  assert cdl_marubozu() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLMARUBOZU, bearish" {
  given open = [62, 60, 64, 63, 65, 68, 69, 70, 71, 72, 74, 75]
  given high = [62, 61, 66, 67, 68, 69, 70, 71, 77, 74, 75, 75]
  given low = [60, 60, 63, 63, 65, 67, 67, 70, 70, 72, 72, 70]
  given close = [60, 60, 63, 65, 68, 69, 70, 71, 77, 74, 75, 70]
  assert cdl_marubozu() is [_, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLRICKSHAWMAN, bullish" {
  given open = [53, 56, 55, 47, 56, 60, 57, 65, 57, 56, 57, 62]
  given high = [57, 57, 56, 52, 59, 61, 61, 65, 57, 59, 60, 64]
  given low = [51, 55, 45, 47, 56, 57, 57, 63, 56, 56, 55, 60]
  given close = [55, 55, 47, 50, 59, 57, 61, 63, 56, 57, 58, 62]
  assert cdl_rickshawman() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLSHORTLINE, bullish" {
  given open = [57, 56, 57, 62, 62, 60, 64, 63, 65, 68, 69, 70]
  given high = [57, 59, 60, 64, 62, 61, 66, 67, 68, 69, 70, 71]
  given low = [56, 56, 55, 60, 60, 60, 63, 63, 65, 67, 67, 70]
  given close = [56, 57, 58, 62, 60, 60, 63, 65, 68, 69, 70, 71]
  assert cdl_shortline() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLSHORTLINE, bearish" {
  given open = [56, 57, 54, 51, 53, 56, 55, 47, 56, 60, 57, 65]
  given high = [61, 58, 55, 55, 57, 57, 56, 52, 59, 61, 61, 65]
  given low = [56, 54, 51, 49, 51, 55, 45, 47, 56, 57, 57, 63]
  given close = [61, 54, 51, 53, 55, 55, 47, 50, 59, 57, 61, 63]
  assert cdl_shortline() is [_, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLSPINNINGTOP, bullish" {
  given open = [51, 53, 56, 55, 47, 56, 60, 57, 65, 57, 56, 57]
  given high = [55, 57, 57, 56, 52, 59, 61, 61, 65, 57, 59, 60]
  given low = [49, 51, 55, 45, 47, 56, 57, 57, 63, 56, 56, 55]
  given close = [53, 55, 55, 47, 50, 59, 57, 61, 63, 56, 57, 58]
  assert cdl_spinningtop() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLSPINNINGTOP, bearish" {
  given open = [49, 48, 49, 54, 56, 61, 58, 61, 62, 62, 56, 50]
  given high = [49, 49, 54, 56, 56, 62, 63, 64, 62, 62, 56, 52]
  given low = [46, 47, 49, 53, 54, 57, 58, 61, 62, 56, 48, 47]
  given close = [48, 49, 54, 54, 56, 58, 61, 62, 62, 56, 50, 49]
  assert cdl_spinningtop() is [_, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLTAKURI, bullish" {
  given open = [63, 65, 68, 69, 70, 71, 72, 74, 75, 70, 71, 75]
  given high = [67, 68, 69, 70, 71, 77, 74, 75, 75, 71, 75, 75]
  given low = [63, 65, 67, 67, 70, 70, 72, 72, 70, 68, 70, 74]
  given close = [65, 68, 69, 70, 71, 77, 74, 75, 70, 71, 75, 75]
  assert cdl_takuri() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "parts of a candle" {
  given open = [3, 5]
  given high = [6, 6]
  given low = [1, 2]
  given close = [5, 3]
  assert candle_body() is [2, 2]
  assert candle_top() is [5, 5]
  assert candle_bottom() is [3, 3]
  assert upper_shadow() is [1, 1]
  assert lower_shadow() is [2, 1]
  assert candle_white() is [true, false]
  assert candle_signal(candle_white(), true) is [100, 0]
}

test "sizes measured over the bars before" {
  given open = [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 9]
  given high = [6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 9]
  given low = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
  given close = [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 1]
  assert usual_body() is [_, _, _, _, _, _, _, _, _, _, 2]
  assert tiny_size() is [_, _, _, _, _, _, _, _, _, _, 0.5]
  assert usual_shadow() is [_, _, _, _, _, _, _, _, _, _, 1.5]
  assert near_size() is [_, _, _, _, _, 1, 1, 1, 1, 1, 1]
  assert equal_size() is [_, _, _, _, _, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]
}

test "two bars side by side" {
  given open = [3, 3, 5]
  given high = [6, 5, 9]
  given low = [1, 2, 1]
  given close = [5, 4, 7]
  assert inside_bar() is [_, true, false]
  assert outside_bar() is [_, false, true]
  assert key_reversal_up() is [_, false, true]
  assert key_reversal_down() is [_, false, false]
  assert bullish_pin_bar() is [false, false, false]
  assert bearish_pin_bar() is [false, false, false]
}

test "pin bars" {
  given open = [9, 2]
  given high = [10, 10]
  given low = [1, 1]
  given close = [10, 1]
  assert bullish_pin_bar() is [true, false]
  assert bearish_pin_bar() is [false, true]
}
