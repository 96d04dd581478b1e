#sbt 1

/// Hammer: a short body over a long lower shadow, at or below the previous low; 100 or 0. Source: TA-Lib CDLHAMMER.
indicator cdl_hammer() -> float {
  let body = candle_body()
  let seen = body < usual_body()
    and lower_shadow() > body
    and upper_shadow() < tiny_size()
    and candle_bottom() <= low[1] + near_size()[1]
  give delayed_start(if seen then 100 else 0, 11)
}

/// Hanging man: a short body over a long lower shadow, at or above the previous high; -100 or 0.
/// Source: TA-Lib CDLHANGINGMAN.
indicator cdl_hangingman() -> float {
  let body = candle_body()
  let seen = body < usual_body()
    and lower_shadow() > body
    and upper_shadow() < tiny_size()
    and candle_bottom() >= high[1] - near_size()[1]
  give delayed_start(if seen then -100 else 0, 11)
}

/// Inverted hammer: a short body under a long upper shadow, gapping below the previous body; 100 or 0.
/// Source: TA-Lib CDLINVERTEDHAMMER.
indicator cdl_invertedhammer() -> float {
  let body = candle_body()
  let seen = body < usual_body()
    and upper_shadow() > body
    and lower_shadow() < tiny_size()
    and candle_top() < candle_bottom()[1]
  give delayed_start(if seen then 100 else 0, 11)
}

/// Shooting star: a short body under a long upper shadow, gapping above the previous body; -100 or 0.
/// Source: TA-Lib CDLSHOOTINGSTAR.
indicator cdl_shootingstar() -> float {
  let body = candle_body()
  let seen = body < usual_body()
    and upper_shadow() > body
    and lower_shadow() < tiny_size()
    and candle_bottom() > candle_top()[1]
  give delayed_start(if seen then -100 else 0, 11)
}

/// Engulfing: the body covers the previous one of the other colour; ±100, ±80 when they share an end.
/// Source: TA-Lib CDLENGULFING.
indicator cdl_engulfing() -> float {
  let white = candle_white()
  let turn = white != white[1]
  let up = white and (close >= open[1] and open < close[1] or close > open[1] and open <= close[1])
  let down = not white
    and (open >= close[1] and close < open[1] or open > close[1] and close <= open[1])
  let size = if open != close[1] and close != open[1] then 100 else 80
  give delayed_start(if turn and up then size else if turn and down then -size else 0, 2)
}

/// Harami: a short body inside the previous long one; 100 bullish, -100 bearish, ±80 when they share an end.
/// Source: TA-Lib CDLHARAMI.
indicator cdl_harami() -> float {
  let top = candle_top()
  let bottom = candle_bottom()
  let mean_body = usual_body()
  let body = candle_body()
  let found = body[1] > mean_body[1] and body <= mean_body
  let size = if top < top[1] and bottom > bottom[1] then 100
    else if top <= top[1] and bottom >= bottom[1] then 80
    else 0
  give if not found then 0 else if candle_white()[1] then -size else size
}

/// Harami cross: a doji inside the previous long body; 100 bullish, -100 bearish, ±80 when they share an end.
/// Source: TA-Lib CDLHARAMICROSS.
indicator cdl_haramicross() -> float {
  let top = candle_top()
  let bottom = candle_bottom()
  let body = candle_body()
  let found = body[1] > usual_body()[1] and body <= tiny_size()
  let size = if top < top[1] and bottom > bottom[1] then 100
    else if top <= top[1] and bottom >= bottom[1] then 80
    else 0
  give if not found then 0 else if candle_white()[1] then -size else size
}

/// Doji star: a doji gapping away from a long body; 100 bullish, -100 bearish. Source: TA-Lib CDLDOJISTAR.
indicator cdl_dojistar() -> float {
  let body = candle_body()
  let white = candle_white()
  let top = candle_top()
  let bottom = candle_bottom()
  let seen = body[1] > usual_body()[1]
    and body <= tiny_size()
    and (if white[1] then bottom > top[1] else top < bottom[1])
  give candle_signal(seen, not white[1])
}

/// Counterattack: two long bodies of opposite colour with equal closes; 100 bullish, -100 bearish.
/// Source: TA-Lib CDLCOUNTERATTACK.
indicator cdl_counterattack() -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let same = equal_size()[1]
  let seen = white != white[1]
    and body[1] > mean_body[1]
    and body > mean_body
    and close <= close[1] + same
    and close >= close[1] - same
  give candle_signal(seen, white)
}

/// Separating lines: opposite colours with the same open, the second a belt hold; 100 bullish, -100 bearish.
/// Source: TA-Lib CDLSEPARATINGLINES.
indicator cdl_separatinglines() -> float {
  let white = candle_white()
  let same = equal_size()[1]
  let seen = white != white[1]
    and open <= open[1] + same
    and open >= open[1] - same
    and candle_body() > usual_body()
    and (if white then lower_shadow() else upper_shadow()) < tiny_size()
  give delayed_start(candle_signal(seen, white), 11)
}

/// Dark cloud cover: after a long white candle, an open above its high and a close deep in its body; -100 or 0.
/// Source: TA-Lib CDLDARKCLOUDCOVER.
indicator cdl_darkcloudcover(penetration: float = 0.5) -> float {
  let body = candle_body()
  let white = candle_white()
  let seen = white[1]
    and body[1] > usual_body()[1]
    and not white
    and open > high[1]
    and close > open[1]
    and close < close[1] - body[1] * penetration
  give if seen then -100 else 0
}

/// Piercing line: after a long black candle, an open below its low and a long white body closing above its middle; 100 or 0.
/// Source: TA-Lib CDLPIERCING.
indicator cdl_piercing() -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let seen = not white[1]
    and body[1] > mean_body[1]
    and white
    and body > mean_body
    and open < low[1]
    and close < open[1]
    and close > close[1] + body[1] * 0.5
  give if seen then 100 else 0
}

/// In neck: after a long black candle, a white one from below its low to just above its close; -100 or 0.
/// Source: TA-Lib CDLINNECK.
indicator cdl_inneck() -> float {
  let white = candle_white()
  let seen = not white[1]
    and candle_body()[1] > usual_body()[1]
    and white
    and open < low[1]
    and close <= close[1] + equal_size()[1]
    and close >= close[1]
  give if seen then -100 else 0
}

/// On neck: after a long black candle, a white one from below its low to its low; -100 or 0.
/// Source: TA-Lib CDLONNECK.
indicator cdl_onneck() -> float {
  let white = candle_white()
  let same = equal_size()[1]
  let seen = not white[1]
    and candle_body()[1] > usual_body()[1]
    and white
    and open < low[1]
    and close <= low[1] + same
    and close >= low[1] - same
  give if seen then -100 else 0
}

/// Thrusting: after a long black candle, a white one from below its low into, but not above the middle of, its body; -100 or 0.
/// Source: TA-Lib CDLTHRUSTING.
indicator cdl_thrusting() -> float {
  let body = candle_body()
  let white = candle_white()
  let seen = not white[1]
    and body[1] > usual_body()[1]
    and white
    and open < low[1]
    and close > close[1] + equal_size()[1]
    and close <= close[1] + body[1] * 0.5
  give if seen then -100 else 0
}

/// Homing pigeon: a short black body inside a long black one; 100 or 0. Source: TA-Lib CDLHOMINGPIGEON.
indicator cdl_homingpigeon() -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let seen = not white[1]
    and not white
    and body[1] > mean_body[1]
    and body <= mean_body
    and open < open[1]
    and close > close[1]
  give if seen then 100 else 0
}

/// Matching low: two black candles with equal closes; 100 or 0. Source: TA-Lib CDLMATCHINGLOW.
indicator cdl_matchinglow() -> float {
  let white = candle_white()
  let same = equal_size()[1]
  let seen = not white[1] and not white and close <= close[1] + same and close >= close[1] - same
  give if seen then 100 else 0
}

/// Kicking: two marubozu of opposite colour with a gap between; 100 bullish, -100 bearish.
/// Source: TA-Lib CDLKICKING.
indicator cdl_kicking() -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let tiny = tiny_size()
  let bare = body > mean_body and upper_shadow() < tiny and lower_shadow() < tiny
  let kick = bare
    and bare[1]
    and white != white[1]
    and (if white then low > high[1] else high < low[1])
  give candle_signal(kick, white)
}

/// Kicking, its direction that of the longer of the two marubozu. Source: TA-Lib CDLKICKINGBYLENGTH.
indicator cdl_kickingbylength() -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let tiny = tiny_size()
  let bare = body > mean_body and upper_shadow() < tiny and lower_shadow() < tiny
  let kick = bare
    and bare[1]
    and white != white[1]
    and (if white then low > high[1] else high < low[1])
  give candle_signal(kick, if body > body[1] then white else white[1])
}

test "TA-Lib's CDLCOUNTERATTACK, bullish" {
  given open = [70, 71, 72, 74, 75, 70, 71, 75, 75, 73, 70, 68, 61]
  given high = [71, 77, 74, 75, 75, 71, 75, 75, 78, 73, 70, 68, 64]
  given low = [70, 70, 72, 72, 70, 68, 70, 74, 75, 70, 68, 64, 61]
  given close = [71, 77, 74, 75, 70, 71, 75, 75, 78, 70, 68, 64, 64]
  assert cdl_counterattack() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLCOUNTERATTACK, bearish" {
  given open = [76, 73, 74, 75, 79, 77, 78, 79, 78, 79, 78, 77, 83]
  given high = [77, 74, 75, 76, 79, 79, 79, 79, 79, 79, 78, 80, 83]
  given low = [75, 73, 74, 74, 77, 77, 78, 78, 78, 78, 77, 77, 78]
  given close = [77, 74, 75, 74, 77, 78, 79, 78, 79, 78, 77, 80, 80]
  assert cdl_counterattack() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLDARKCLOUDCOVER, bearish" {
  given open = [47, 49, 46, 35, 36, 36, 38, 29, 27, 26, 27, 26, 31]
  given high = [47, 50, 46, 36, 37, 38, 38, 29, 29, 27, 27, 30, 33]
  given low = [43, 46, 40, 35, 34, 36, 28, 26, 24, 24, 26, 26, 27]
  given close = [45, 46, 40, 36, 36, 38, 29, 27, 26, 27, 26, 30, 27]
  assert cdl_darkcloudcover() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLDOJISTAR, bullish" {
  given open = [61, 61, 68, 64, 65, 65, 66, 61, 64, 65, 66, 66, 58]
  given high = [61, 66, 68, 66, 65, 68, 67, 66, 67, 66, 66, 66, 58]
  given low = [61, 60, 68, 64, 62, 63, 65, 61, 64, 65, 66, 61, 57]
  given close = [61, 66, 68, 65, 62, 66, 65, 64, 66, 66, 66, 62, 58]
  assert cdl_dojistar() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLDOJISTAR, bearish" {
  given open = [42, 41, 42, 46, 49, 53, 56, 55, 53, 54, 61, 61, 68]
  given high = [46, 41, 46, 49, 56, 56, 56, 59, 54, 62, 61, 66, 68]
  given low = [42, 38, 42, 46, 49, 51, 55, 54, 53, 54, 61, 60, 68]
  given close = [46, 39, 46, 49, 56, 56, 55, 59, 54, 61, 61, 66, 68]
  assert cdl_dojistar() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLENGULFING, bullish" {
  given open = [38, 38, 34, 32]
  given high = [38, 38, 34, 36]
  given low = [38, 32, 32, 32]
  given close = [38, 34, 33, 36]
  assert cdl_engulfing() is [_, _, 0, 100]
  assert bullish_engulfing() is [_, _, false, true]
}

test "TA-Lib's CDLENGULFING, bullish, sharing an end" {
  given open = [47, 56, 60, 57]
  given high = [52, 59, 61, 61]
  given low = [47, 56, 57, 57]
  given close = [50, 59, 57, 61]
  assert cdl_engulfing() is [_, _, 0, 80]
}

test "TA-Lib's CDLENGULFING, bearish, sharing an end" {
  given open = [56, 57, 62, 62]
  given high = [59, 60, 64, 62]
  given low = [56, 55, 60, 60]
  given close = [57, 58, 62, 60]
  assert cdl_engulfing() is [_, _, 0, -80]
}

test "TA-Lib's CDLENGULFING, bearish" {
  given open = [38, 35, 26, 30]
  given high = [40, 35, 26, 32]
  given low = [34, 26, 26, 24]
  given close = [35, 26, 26, 24]
  assert cdl_engulfing() is [_, _, 0, -100]
  assert bearish_engulfing() is [_, _, false, true]
}

test "TA-Lib's CDLHAMMER, bullish" {
  given open = [62, 60, 64, 63, 65, 68, 69, 70, 71, 72, 74, 75, 70]
  given high = [62, 61, 66, 67, 68, 69, 70, 71, 77, 74, 75, 75, 71]
  given low = [60, 60, 63, 63, 65, 67, 67, 70, 70, 72, 72, 70, 68]
  given close = [60, 60, 63, 65, 68, 69, 70, 71, 77, 74, 75, 70, 71]
  assert cdl_hammer() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
  assert hammer() is [_, _, _, _, _, _, _, _, _, _, _, false, true]
}

test "TA-Lib's CDLHANGINGMAN, bearish" {
  given open = [57, 65, 57, 56, 57, 62, 62, 60, 64, 63, 65, 68, 69]
  given high = [61, 65, 57, 59, 60, 64, 62, 61, 66, 67, 68, 69, 70]
  given low = [57, 63, 56, 56, 55, 60, 60, 60, 63, 63, 65, 67, 67]
  given close = [61, 63, 56, 57, 58, 62, 60, 60, 63, 65, 68, 69, 70]
  assert cdl_hangingman() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLHARAMI, bullish" {
  given open = [40, 44, 45, 51, 48, 54, 62, 63, 65, 63, 73, 76, 74]
  given high = [44, 45, 51, 51, 54, 62, 63, 70, 68, 68, 75, 76, 75]
  given low = [40, 44, 45, 49, 48, 54, 62, 62, 65, 63, 73, 69, 71]
  given close = [44, 45, 51, 49, 54, 62, 63, 70, 68, 67, 75, 70, 71]
  assert cdl_harami() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
  assert bullish_harami() is [_, _, _, _, _, _, _, _, _, _, _, false, true]
}

test "TA-Lib's CDLHARAMI, bullish, sharing an end" {
  given open = [62, 60, 64, 63, 65, 68, 69, 70, 71, 72, 74, 75, 70]
  given high = [62, 61, 66, 67, 68, 69, 70, 71, 77, 74, 75, 75, 71]
  given low = [60, 60, 63, 63, 65, 67, 67, 70, 70, 72, 72, 70, 68]
  given close = [60, 60, 63, 65, 68, 69, 70, 71, 77, 74, 75, 70, 71]
  assert cdl_harami() is [_, _, _, _, _, _, _, _, _, _, _, 0, 80]
}

test "TA-Lib's CDLHARAMI, bearish, sharing an end" {
  given open = [64, 63, 65, 68, 69, 70, 71, 72, 74, 75, 70, 71, 75]
  given high = [66, 67, 68, 69, 70, 71, 77, 74, 75, 75, 71, 75, 75]
  given low = [63, 63, 65, 67, 67, 70, 70, 72, 72, 70, 68, 70, 74]
  given close = [63, 65, 68, 69, 70, 71, 77, 74, 75, 70, 71, 75, 75]
  assert cdl_harami() is [_, _, _, _, _, _, _, _, _, _, _, 0, -80]
}

test "TA-Lib's CDLHARAMI, bearish" {
  given open = [12, 15, 18, 18, 20, 28, 33, 29, 34, 37, 43, 45, 50]
  given high = [17, 17, 19, 22, 28, 30, 35, 34, 38, 41, 47, 53, 51]
  given low = [12, 13, 18, 18, 20, 28, 29, 29, 34, 37, 43, 44, 48]
  given close = [15, 14, 18, 21, 28, 28, 29, 34, 37, 41, 47, 52, 48]
  assert cdl_harami() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
  assert bearish_harami() is [_, _, _, _, _, _, _, _, _, _, _, false, true]
}

test "TA-Lib's CDLHARAMICROSS, bullish" {
  given open = [87, 85, 89, 90, 89, 88, 88, 50, 50, 51, 55, 55, 52]
  given high = [92, 90, 90, 90, 95, 88, 94, 51, 50, 51, 56, 57, 52]
  given low = [86, 85, 89, 88, 89, 88, 88, 49, 48, 49, 55, 50, 50]
  given close = [90, 89, 90, 89, 93, 88, 92, 50, 50, 51, 55, 50, 52]
  assert cdl_haramicross() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLHARAMICROSS, bullish, sharing an end" {
  given open = [75, 74, 70, 72, 68, 62, 60, 54, 55, 47, 44, 48, 42]
  given high = [75, 74, 73, 72, 68, 62, 60, 57, 57, 47, 48, 48, 42]
  given low = [74, 69, 70, 68, 62, 60, 54, 54, 45, 43, 44, 42, 42]
  given close = [74, 70, 72, 68, 62, 60, 54, 55, 47, 44, 48, 42, 42]
  assert cdl_haramicross() is [_, _, _, _, _, _, _, _, _, _, _, 0, 80]
}

test "TA-Lib's CDLHARAMICROSS, bearish, sharing an end" {
  given open = [64, 63, 65, 68, 69, 70, 71, 72, 74, 75, 70, 71, 75]
  given high = [66, 67, 68, 69, 70, 71, 77, 74, 75, 75, 71, 75, 75]
  given low = [63, 63, 65, 67, 67, 70, 70, 72, 72, 70, 68, 70, 74]
  given close = [63, 65, 68, 69, 70, 71, 77, 74, 75, 70, 71, 75, 75]
  assert cdl_haramicross() is [_, _, _, _, _, _, _, _, _, _, _, 0, -80]
}

test "TA-Lib's CDLHARAMICROSS, bearish" {
  given open = [61, 56, 59, 58, 52, 48, 48, 46, 52, 51, 51, 55, 57]
  given high = [61, 59, 59, 58, 52, 48, 49, 54, 53, 51, 55, 59, 57]
  given low = [55, 54, 58, 52, 47, 48, 44, 46, 51, 49, 51, 55, 57]
  given close = [56, 59, 58, 52, 49, 48, 46, 52, 51, 49, 55, 59, 57]
  assert cdl_haramicross() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLHOMINGPIGEON, bullish" {
  given open = [40, 44, 45, 51, 48, 54, 62, 63, 65, 63, 73, 76, 74]
  given high = [44, 45, 51, 51, 54, 62, 63, 70, 68, 68, 75, 76, 75]
  given low = [40, 44, 45, 49, 48, 54, 62, 62, 65, 63, 73, 69, 71]
  given close = [44, 45, 51, 49, 54, 62, 63, 70, 68, 67, 75, 70, 71]
  assert cdl_homingpigeon() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLINNECK, bearish" {
  given open = [70, 71, 72, 74, 75, 70, 71, 75, 75, 73, 70, 68, 61]
  given high = [71, 77, 74, 75, 75, 71, 75, 75, 78, 73, 70, 68, 64]
  given low = [70, 70, 72, 72, 70, 68, 70, 74, 75, 70, 68, 64, 61]
  given close = [71, 77, 74, 75, 70, 71, 75, 75, 78, 70, 68, 64, 64]
  assert cdl_inneck() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLINVERTEDHAMMER, bullish" {
  given open = [61, 68, 64, 65, 65, 66, 61, 64, 65, 66, 66, 58, 53]
  given high = [66, 68, 66, 65, 68, 67, 66, 67, 66, 66, 66, 58, 55]
  given low = [60, 68, 64, 62, 63, 65, 61, 64, 65, 66, 61, 57, 52]
  given close = [66, 68, 65, 62, 66, 65, 64, 66, 66, 66, 62, 58, 52]
  assert cdl_invertedhammer() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLKICKING, bullish" {
  given open = [62, 63, 64, 67, 66, 66, 66, 59, 61, 57, 51, 51, 53]
  given high = [64, 64, 67, 67, 66, 68, 66, 61, 62, 57, 52, 51, 58]
  given low = [60, 62, 64, 66, 62, 66, 59, 59, 59, 51, 51, 47, 53]
  given close = [63, 64, 67, 66, 64, 66, 59, 61, 59, 51, 51, 47, 58]
  assert cdl_kicking() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLKICKING, bearish" {
  given open = [65, 68, 69, 70, 71, 72, 74, 75, 70, 71, 75, 75, 73]
  given high = [68, 69, 70, 71, 77, 74, 75, 75, 71, 75, 75, 78, 73]
  given low = [65, 67, 67, 70, 70, 72, 72, 70, 68, 70, 74, 75, 70]
  given close = [68, 69, 70, 71, 77, 74, 75, 70, 71, 75, 75, 78, 70]
  assert cdl_kicking() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLKICKINGBYLENGTH, bullish" {
  given open = [65, 68, 69, 70, 71, 72, 74, 75, 70, 71, 75, 75, 73]
  given high = [68, 69, 70, 71, 77, 74, 75, 75, 71, 75, 75, 78, 73]
  given low = [65, 67, 67, 70, 70, 72, 72, 70, 68, 70, 74, 75, 70]
  given close = [68, 69, 70, 71, 77, 74, 75, 70, 71, 75, 75, 78, 70]
  assert cdl_kickingbylength() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLKICKINGBYLENGTH, bearish" {
  given open = [73, 77, 81, 75, 74, 76, 76, 78, 80, 72, 73, 68, 67]
  given high = [77, 81, 81, 75, 76, 78, 78, 78, 80, 73, 74, 72, 67]
  given low = [73, 77, 75, 74, 74, 76, 76, 76, 77, 72, 73, 68, 61]
  given close = [77, 81, 75, 74, 76, 76, 78, 76, 77, 73, 74, 72, 61]
  assert cdl_kickingbylength() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLMATCHINGLOW, bullish" {
  given open = [33, 31, 34, 36, 38, 37, 44, 46]
  given high = [33, 34, 38, 36, 38, 38, 45, 46]
  given low = [29, 31, 34, 32, 37, 36, 42, 41]
  given close = [31, 34, 36, 33, 37, 38, 43, 43]
  assert cdl_matchinglow() is [_, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLONNECK, bearish" {
  given open = [70, 71, 72, 74, 75, 70, 71, 75, 75, 73, 70, 68, 61]
  given high = [71, 77, 74, 75, 75, 71, 75, 75, 78, 73, 70, 68, 64]
  given low = [70, 70, 72, 72, 70, 68, 70, 74, 75, 70, 68, 64, 61]
  given close = [71, 77, 74, 75, 70, 71, 75, 75, 78, 70, 68, 64, 64]
  assert cdl_onneck() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLPIERCING, bullish" {
  given open = [52, 56, 54, 57, 58, 61, 62, 64, 60, 56, 57, 53, 44]
  given high = [56, 58, 57, 58, 61, 62, 66, 66, 60, 57, 58, 53, 51]
  given low = [50, 56, 53, 55, 58, 60, 62, 60, 56, 56, 53, 48, 44]
  given close = [56, 58, 57, 58, 61, 62, 64, 60, 56, 57, 53, 48, 51]
  assert cdl_piercing() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLSEPARATINGLINES, bullish" {
  given open = [61, 63, 61, 56, 59, 58, 52, 48, 48, 46, 52, 51, 51]
  given high = [64, 65, 61, 59, 59, 58, 52, 48, 49, 54, 53, 51, 55]
  given low = [61, 61, 55, 54, 58, 52, 47, 48, 44, 46, 51, 49, 51]
  given close = [63, 61, 56, 59, 58, 52, 49, 48, 46, 52, 51, 49, 55]
  assert cdl_separatinglines() is [_, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLSEPARATINGLINES, bearish" {
  given open = [31, 33, 31, 34, 36, 38, 37, 44, 46, 43, 45, 45, 45]
  given high = [31, 33, 34, 38, 36, 38, 38, 45, 46, 47, 47, 47, 45]
  given low = [29, 29, 31, 34, 32, 37, 36, 42, 41, 41, 45, 45, 42]
  given close = [29, 31, 34, 36, 33, 37, 38, 43, 43, 45, 45, 45, 42]
  assert cdl_separatinglines() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLSHOOTINGSTAR, bearish" {
  given open = [55, 47, 56, 60, 57, 65, 57, 56, 57, 62, 62, 60, 64]
  given high = [56, 52, 59, 61, 61, 65, 57, 59, 60, 64, 62, 61, 66]
  given low = [45, 47, 56, 57, 57, 63, 56, 56, 55, 60, 60, 60, 63]
  given close = [47, 50, 59, 57, 61, 63, 56, 57, 58, 62, 60, 60, 63]
  assert cdl_shootingstar() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
  assert shooting_star() is [_, _, _, _, _, _, _, _, _, _, _, false, true]
}

test "TA-Lib's CDLTHRUSTING, bearish" {
  given open = [77, 79, 78, 81, 89, 83, 80, 78, 85, 80, 82, 78, 68]
  given high = [79, 79, 81, 87, 90, 86, 80, 87, 85, 84, 82, 80, 74]
  given low = [77, 76, 76, 79, 83, 82, 77, 76, 80, 80, 76, 69, 68]
  given close = [79, 78, 81, 85, 83, 86, 78, 85, 80, 82, 78, 71, 72]
  assert cdl_thrusting() is [_, _, _, _, _, _, _, _, _, _, _, 0, -100]
}
