#sbt 1

/// Morning star: a long black body, a short one gapping below it, a white one that closes deep in the first; 100 or 0.
/// Source: TA-Lib CDLMORNINGSTAR.
indicator cdl_morningstar(penetration: float = 0.3) -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let seen = not white[2]
    and body[2] > mean_body[2]
    and body[1] <= mean_body[1]
    and candle_top()[1] < candle_bottom()[2]
    and white
    and body > mean_body
    and close > close[2] + body[2] * penetration
  give if seen then 100 else 0
}

/// Evening star: a long white body, a short one gapping above it, a black one that closes deep in the first; -100 or 0.
/// Source: TA-Lib CDLEVENINGSTAR.
indicator cdl_eveningstar(penetration: float = 0.3) -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let seen = white[2]
    and body[2] > mean_body[2]
    and body[1] <= mean_body[1]
    and candle_bottom()[1] > candle_top()[2]
    and not white
    and body > mean_body
    and close < close[2] - body[2] * penetration
  give if seen then -100 else 0
}

/// Morning doji star: a morning star whose middle is a doji; 100 or 0. Source: TA-Lib CDLMORNINGDOJISTAR.
indicator cdl_morningdojistar(penetration: float = 0.3) -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let seen = not white[2]
    and body[2] > mean_body[2]
    and body[1] <= tiny_size()[1]
    and candle_top()[1] < candle_bottom()[2]
    and white
    and body > mean_body
    and close > close[2] + body[2] * penetration
  give if seen then 100 else 0
}

/// Evening doji star: an evening star whose middle is a doji; -100 or 0. Source: TA-Lib CDLEVENINGDOJISTAR.
indicator cdl_eveningdojistar(penetration: float = 0.3) -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let seen = white[2]
    and body[2] > mean_body[2]
    and body[1] <= tiny_size()[1]
    and candle_bottom()[1] > candle_top()[2]
    and not white
    and body > mean_body
    and close < close[2] - body[2] * penetration
  give if seen then -100 else 0
}

/// Abandoned baby: a doji star with gaps between the shadows on both sides; 100 bullish, -100 bearish.
/// Source: TA-Lib CDLABANDONEDBABY.
indicator cdl_abandonedbaby(penetration: float = 0.3) -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let shape = body[2] > mean_body[2] and body[1] <= tiny_size()[1] and body > mean_body
  let down = white[2]
    and not white
    and close < close[2] - body[2] * penetration
    and low[1] > high[2]
    and high < low[1]
  let up = not white[2]
    and white
    and close > close[2] + body[2] * penetration
    and high[1] < low[2]
    and low > high[1]
  give candle_signal(shape and (up or down), white)
}

/// Two crows: a long white candle, a black one gapping above it, a black one closing inside the first; -100 or 0.
/// Source: TA-Lib CDL2CROWS.
indicator cdl_2crows() -> float {
  let white = candle_white()
  let seen = white[2]
    and candle_body()[2] > usual_body()[2]
    and not white[1]
    and candle_bottom()[1] > candle_top()[2]
    and not white
    and open < open[1]
    and open > close[1]
    and close > open[2]
    and close < close[2]
  give if seen then -100 else 0
}

/// Upside gap two crows: a long white candle, a short black one gapping above it, a black one engulfing the second; -100 or 0.
/// Source: TA-Lib CDLUPSIDEGAP2CROWS.
indicator cdl_upsidegap2crows() -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let seen = white[2]
    and body[2] > mean_body[2]
    and not white[1]
    and body[1] <= mean_body[1]
    and candle_bottom()[1] > candle_top()[2]
    and not white
    and open > open[1]
    and close < close[1]
    and close > close[2]
  give if seen then -100 else 0
}

/// Three inside up or down: a harami confirmed by the third close; 100 bullish, -100 bearish.
/// Source: TA-Lib CDL3INSIDE.
indicator cdl_3inside() -> float {
  let body = candle_body()
  let white = candle_white()
  let top = candle_top()
  let bottom = candle_bottom()
  let mean_body = usual_body()
  let seen = body[2] > mean_body[2]
    and body[1] <= mean_body[1]
    and top[1] < top[2]
    and bottom[1] > bottom[2]
    and white != white[2]
    and (if white then close > open[2] else close < open[2])
  give candle_signal(seen, not white[2])
}

/// Three outside up or down: an engulfing confirmed by the third close; 100 bullish, -100 bearish.
/// Source: TA-Lib CDL3OUTSIDE.
indicator cdl_3outside() -> float {
  let white = candle_white()
  let up = white[1]
    and not white[2]
    and close[1] > open[2]
    and open[1] < close[2]
    and close > close[1]
  let down = not white[1]
    and white[2]
    and open[1] > close[2]
    and close[1] < open[2]
    and close < close[1]
  give delayed_start(candle_signal(up or down, white[1]), 3)
}

/// Three advancing white soldiers: three white candles of like size, each closing higher with hardly an upper shadow; 100 or 0.
/// Source: TA-Lib CDL3WHITESOLDIERS.
indicator cdl_3whitesoldiers() -> float {
  let body = candle_body()
  let white = candle_white()
  let upper = upper_shadow()
  let tiny = tiny_size()
  let near = near_size()
  let far = 3 * near_size()
  let bare = white and upper < tiny
  let seen = bare
    and bare[1]
    and bare[2]
    and close > close[1]
    and close[1] > close[2]
    and open[1] > open[2]
    and open[1] <= close[2] + near[2]
    and open > open[1]
    and open <= close[1] + near[1]
    and body[1] > body[2] - far[2]
    and body > body[1] - far[1]
    and body > usual_body()
  give if seen then 100 else 0
}

/// Three black crows: after a white candle, three black ones stepping down with hardly a lower shadow; -100 or 0.
/// Source: TA-Lib CDL3BLACKCROWS.
indicator cdl_3blackcrows() -> float {
  let white = candle_white()
  let bare = not white and lower_shadow() < tiny_size()
  let seen = white[3]
    and bare[2]
    and bare[1]
    and bare
    and open[1] < open[2]
    and open[1] > close[2]
    and open < open[1]
    and open > close[1]
    and high[3] > close[2]
    and close[2] > close[1]
    and close[1] > close
  give delayed_start(if seen then -100 else 0, 13)
}

/// Identical three crows: three black candles each opening at the close before; -100 or 0.
/// Source: TA-Lib CDLIDENTICAL3CROWS.
indicator cdl_identical3crows() -> float {
  let equal = equal_size()
  let bare = not candle_white() and lower_shadow() < tiny_size()
  let seen = bare[2]
    and bare[1]
    and bare
    and close[2] > close[1]
    and close[1] > close
    and open[1] <= close[2] + equal[2]
    and open[1] >= close[2] - equal[2]
    and open <= close[1] + equal[1]
    and open >= close[1] - equal[1]
  give if seen then -100 else 0
}

/// Three stars in the south: three black candles, each inside the range before, the last a small marubozu; 100 or 0.
/// Source: TA-Lib CDL3STARSINSOUTH.
indicator cdl_3starsinsouth() -> float {
  let body = candle_body()
  let white = candle_white()
  let lower = lower_shadow()
  let tiny = tiny_size()
  let mean_body = usual_body()
  let seen = not white[2]
    and not white[1]
    and not white
    and body[2] > mean_body[2]
    and lower[2] > body[2]
    and body[1] < body[2]
    and open[1] > close[2]
    and open[1] <= high[2]
    and low[1] < close[2]
    and low[1] >= low[2]
    and lower[1] > tiny[1]
    and body < mean_body
    and lower < tiny
    and upper_shadow() < tiny
    and low > low[1]
    and high < high[1]
  give if seen then 100 else 0
}

/// Advance block: three rising white candles that lose strength; -100 or 0. Source: TA-Lib CDLADVANCEBLOCK.
indicator cdl_advanceblock() -> float {
  let body = candle_body()
  let white = candle_white()
  let upper = upper_shadow()
  let short_shadow = usual_shadow()
  let near = near_size()
  let far = 3 * near_size()
  let rise = white[2] and white[1] and white and close > close[1] and close[1] > close[2]
  let steps = open[1] > open[2]
    and open[1] <= close[2] + near[2]
    and open > open[1]
    and open <= close[1] + near[1]
  let strong = body[2] > usual_body()[2] and upper[2] < short_shadow[2]
  let smaller = body[1] < body[2] - far[2] and body < body[1] + near[1] or body < body[1] - far[1]
  let shadows = body < body[1]
    and body[1] < body[2]
    and (upper > short_shadow or upper[1] > short_shadow[1])
    or body < body[1] and upper > body
  give if rise and steps and strong and (smaller or shadows) then -100 else 0
}

/// Stalled pattern: two long white candles and a small one on their shoulder; -100 or 0.
/// Source: TA-Lib CDLSTALLEDPATTERN.
indicator cdl_stalledpattern() -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let near = near_size()
  let seen = white[2]
    and white[1]
    and white
    and close > close[1]
    and close[1] > close[2]
    and body[2] > mean_body[2]
    and body[1] > mean_body[1]
    and upper_shadow()[1] < tiny_size()[1]
    and open[1] > open[2]
    and open[1] <= close[2] + near[2]
    and body < mean_body
    and open >= close[1] - body - near[1]
  give if seen then -100 else 0
}

/// Stick sandwich: a white candle between two black ones with equal closes; 100 or 0.
/// Source: TA-Lib CDLSTICKSANDWICH.
indicator cdl_sticksandwich() -> float {
  let white = candle_white()
  let same = equal_size()[2]
  let seen = not white[2]
    and white[1]
    and not white
    and low[1] > close[2]
    and close <= close[2] + same
    and close >= close[2] - same
  give if seen then 100 else 0
}

/// Tasuki gap: a gap, a candle with it, and one of the other colour that does not close the gap; 100 upward, -100 downward.
/// Source: TA-Lib CDLTASUKIGAP.
indicator cdl_tasukigap() -> float {
  let body = candle_body()
  let white = candle_white()
  let top = candle_top()
  let bottom = candle_bottom()
  let like = abs(body[1] - body) < near_size()[1]
  let up = bottom[1] > top[2]
    and white[1]
    and not white
    and open < close[1]
    and open > open[1]
    and close < open[1]
    and close > top[2]
  let down = top[1] < bottom[2]
    and not white[1]
    and white
    and open < open[1]
    and open > close[1]
    and close > open[1]
    and close < bottom[2]
  give delayed_start(candle_signal(like and (up or down), white[1]), 7)
}

/// Side-by-side white lines: two like white candles after a gap; 100 upward, -100 downward.
/// Source: TA-Lib CDLGAPSIDESIDEWHITE.
indicator cdl_gapsidesidewhite() -> float {
  let body = candle_body()
  let white = candle_white()
  let top = candle_top()
  let bottom = candle_bottom()
  let close_by = near_size()[1]
  let same = equal_size()[1]
  let up = bottom[1] > top[2] and bottom > top[2]
  let down = top[1] < bottom[2] and top < bottom[2]
  let seen = (up or down)
    and white[1]
    and white
    and body >= body[1] - close_by
    and body <= body[1] + close_by
    and open >= open[1] - same
    and open <= open[1] + same
  give delayed_start(candle_signal(seen, up), 7)
}

/// Tristar: three doji, the middle one gapping away; 100 bullish, -100 bearish. Source: TA-Lib CDLTRISTAR.
indicator cdl_tristar() -> float {
  let body = candle_body()
  let top = candle_top()
  let bottom = candle_bottom()
  let limit_size = tiny_size()[2]
  let three = body[2] <= limit_size and body[1] <= limit_size and body <= limit_size
  let down = bottom[1] > top[2] and top < top[1]
  let up = top[1] < bottom[2] and bottom > bottom[1]
  give candle_signal(three and (up or down), up)
}

/// Unique three river: a long black candle, a black harami with a new low, a small white candle; 100 or 0.
/// Source: TA-Lib CDLUNIQUE3RIVER.
indicator cdl_unique3river() -> float {
  let body = candle_body()
  let white = candle_white()
  let mean_body = usual_body()
  let seen = not white[2]
    and body[2] > mean_body[2]
    and not white[1]
    and close[1] > close[2]
    and open[1] <= open[2]
    and low[1] < low[2]
    and white
    and body < mean_body
    and open > low[1]
  give if seen then 100 else 0
}

/// Gap three methods: two candles of one colour with a gap, closed by a third of the other colour; 100 upward, -100 downward.
/// Source: TA-Lib CDLXSIDEGAP3METHODS.
indicator cdl_xsidegap3methods() -> float {
  let white = candle_white()
  let top = candle_top()
  let bottom = candle_bottom()
  let seen = white[2] == white[1]
    and white[1] != white
    and open < top[1]
    and open > bottom[1]
    and close < top[2]
    and close > bottom[2]
    and (if white[2] then bottom[1] > top[2] else top[1] < bottom[2])
  give candle_signal(seen, white[2])
}

test "TA-Lib's CDL2CROWS, bearish" {
  given open = [81, 79, 79, 82, 80, 80, 86, 87, 86, 83, 83, 72, 81, 79]
  given high = [81, 79, 82, 82, 80, 81, 86, 89, 87, 83, 84, 77, 81, 79]
  given low = [79, 73, 79, 80, 79, 80, 85, 86, 83, 79, 77, 70, 75, 74]
  given close = [79, 73, 82, 80, 79, 81, 85, 86, 83, 80, 78, 76, 77, 74]
  assert cdl_2crows() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDL3BLACKCROWS, bearish" {
  given open = [50, 50, 49, 50, 44, 45, 40, 34, 32, 37, 30, 28, 34, 30, 27]
  given high = [52, 50, 50, 50, 45, 45, 40, 36, 37, 39, 30, 29, 35, 30, 27]
  given low = [47, 49, 47, 44, 44, 38, 34, 32, 32, 34, 23, 28, 26, 25, 22]
  given close = [48, 49, 50, 44, 45, 40, 34, 32, 37, 34, 23, 29, 26, 25, 22]
  assert cdl_3blackcrows() is [_, _, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
  assert three_black_crows() is [_, _, _, _, _, _, _, _, _, _, _, _, _, false, true]
}

test "TA-Lib's CDL3INSIDE, bullish" {
  given open = [57, 55, 54, 55, 53, 50, 47, 45, 37, 43, 44, 42, 41, 43]
  given high = [59, 57, 56, 55, 54, 51, 48, 45, 37, 46, 44, 44, 42, 47]
  given low = [55, 54, 54, 53, 50, 47, 45, 37, 36, 43, 41, 39, 40, 42]
  given close = [55, 54, 55, 53, 50, 47, 45, 37, 37, 44, 42, 39, 41, 45]
  assert cdl_3inside() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDL3INSIDE, bearish" {
  given open = [64, 59, 62, 65, 65, 71, 71, 70, 70, 65, 62, 68, 69, 69]
  given high = [64, 60, 67, 65, 71, 73, 73, 70, 70, 66, 66, 74, 69, 69]
  given low = [64, 59, 62, 65, 65, 71, 70, 69, 65, 65, 62, 67, 67, 63]
  given close = [64, 60, 65, 65, 71, 72, 70, 70, 65, 66, 65, 74, 69, 65]
  assert cdl_3inside() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDL3OUTSIDE, bullish" {
  given open = [44, 45, 51, 48, 54]
  given high = [45, 51, 51, 54, 62]
  given low = [44, 45, 49, 48, 54]
  given close = [45, 51, 49, 54, 62]
  assert cdl_3outside() is [_, _, _, 0, 100]
}

test "TA-Lib's CDL3OUTSIDE, bearish" {
  given open = [12, 14, 50, 53, 42]
  given high = [14, 16, 51, 53, 43]
  given low = [12, 10, 49, 48, 42]
  given close = [14, 10, 50, 48, 43]
  assert cdl_3outside() is [_, _, _, 0, -100]
}

test "TA-Lib's CDL3STARSINSOUTH, bullish" {
  given open = [77, 80, 78, 69, 70, 68, 69, 71, 69, 65, 59, 55, 56, 54]
  given high = [81, 81, 78, 73, 74, 68, 73, 71, 71, 65, 64, 59, 56, 54]
  given low = [76, 76, 67, 69, 68, 68, 67, 65, 69, 64, 54, 47, 51, 53]
  given close = [76, 78, 69, 70, 68, 68, 73, 69, 71, 64, 55, 52, 54, 53]
  assert cdl_3starsinsouth() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDL3WHITESOLDIERS, bullish" {
  given open = [65, 57, 56, 57, 62, 62, 60, 64, 63, 65, 68, 69, 70, 71]
  given high = [65, 57, 59, 60, 64, 62, 61, 66, 67, 68, 69, 70, 71, 77]
  given low = [63, 56, 56, 55, 60, 60, 60, 63, 63, 65, 67, 67, 70, 70]
  given close = [63, 56, 57, 58, 62, 60, 60, 63, 65, 68, 69, 70, 71, 77]
  assert cdl_3whitesoldiers() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
  assert three_white_soldiers() is [_, _, _, _, _, _, _, _, _, _, _, _, false, true]
}

test "TA-Lib's CDLABANDONEDBABY, bullish" {
  given open = [40, 39, 35, 36, 39, 30, 34, 23, 17, 15, 50, 50, 43, 48]
  given high = [41, 39, 38, 38, 41, 34, 36, 23, 18, 15, 51, 51, 43, 51]
  given low = [37, 36, 35, 36, 35, 28, 29, 22, 15, 12, 49, 44, 43, 48]
  given close = [39, 38, 36, 38, 36, 34, 29, 22, 15, 13, 50, 45, 43, 51]
  assert cdl_abandonedbaby() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLABANDONEDBABY, bearish" {
  given open = [63, 60, 59, 63, 63, 64, 65, 64, 60, 57, 58, 56, 60, 59]
  given high = [63, 60, 63, 63, 64, 67, 65, 65, 60, 58, 60, 59, 60, 59]
  given low = [60, 59, 59, 62, 63, 62, 64, 60, 57, 57, 58, 56, 60, 52]
  given close = [60, 59, 63, 63, 64, 65, 64, 60, 57, 58, 60, 59, 60, 54]
  assert cdl_abandonedbaby() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLADVANCEBLOCK, bearish" {
  given open = [60, 57, 65, 57, 56, 57, 62, 62, 60, 64, 63, 65, 68, 69]
  given high = [61, 61, 65, 57, 59, 60, 64, 62, 61, 66, 67, 68, 69, 70]
  given low = [57, 57, 63, 56, 56, 55, 60, 60, 60, 63, 63, 65, 67, 67]
  given close = [57, 61, 63, 56, 57, 58, 62, 60, 60, 63, 65, 68, 69, 70]
  assert cdl_advanceblock() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLEVENINGDOJISTAR, bearish" {
  given open = [63, 60, 59, 63, 63, 64, 65, 64, 60, 57, 58, 56, 60, 59]
  given high = [63, 60, 63, 63, 64, 67, 65, 65, 60, 58, 60, 59, 60, 59]
  given low = [60, 59, 59, 62, 63, 62, 64, 60, 57, 57, 58, 56, 60, 52]
  given close = [60, 59, 63, 63, 64, 65, 64, 60, 57, 58, 60, 59, 60, 54]
  assert cdl_eveningdojistar() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLEVENINGSTAR, bearish" {
  given open = [45, 37, 38, 35, 41, 44, 43, 46, 51, 50, 52, 52, 57, 55]
  given high = [47, 38, 38, 36, 41, 46, 47, 52, 52, 52, 52, 55, 58, 56]
  given low = [37, 35, 35, 35, 37, 43, 43, 44, 50, 50, 52, 52, 55, 52]
  given close = [37, 38, 35, 36, 39, 43, 46, 51, 50, 52, 52, 54, 55, 52]
  assert cdl_eveningstar() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
  assert evening_star() is [_, _, _, _, _, _, _, _, _, _, _, _, false, true]
}

test "TA-Lib's CDLGAPSIDESIDEWHITE, bullish" {
  given open = [48, 44, 35, 26, 19, 21, 18, 50, 50]
  given high = [48, 44, 35, 26, 23, 22, 20, 51, 53]
  given low = [42, 38, 26, 17, 19, 16, 12, 49, 50]
  given close = [44, 38, 26, 19, 21, 18, 13, 50, 51]
  assert cdl_gapsidesidewhite() is [_, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLGAPSIDESIDEWHITE, bearish" {
  given open = [87, 85, 89, 90, 89, 88, 88, 50, 50]
  given high = [92, 90, 90, 90, 95, 88, 94, 51, 50]
  given low = [86, 85, 89, 88, 89, 88, 88, 49, 48]
  given close = [90, 89, 90, 89, 93, 88, 92, 50, 50]
  assert cdl_gapsidesidewhite() is [_, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLIDENTICAL3CROWS, bearish" {
  given open = [68, 69, 70, 71, 72, 74, 75, 70, 71, 75, 75, 73, 70, 68]
  given high = [69, 70, 71, 77, 74, 75, 75, 71, 75, 75, 78, 73, 70, 68]
  given low = [67, 67, 70, 70, 72, 72, 70, 68, 70, 74, 75, 70, 68, 64]
  given close = [69, 70, 71, 77, 74, 75, 70, 71, 75, 75, 78, 70, 68, 64]
  assert cdl_identical3crows() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLMORNINGDOJISTAR, bullish" {
  given open = [50, 54, 54, 54, 53, 53, 55, 56, 57, 55, 51, 47, 44, 44]
  given high = [55, 54, 54, 54, 53, 55, 56, 57, 57, 57, 51, 47, 44, 48]
  given low = [50, 50, 52, 53, 51, 51, 55, 56, 53, 50, 50, 44, 44, 44]
  given close = [54, 50, 54, 53, 53, 55, 56, 57, 55, 52, 51, 45, 44, 48]
  assert cdl_morningdojistar() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLMORNINGSTAR, bullish" {
  given open = [73, 71, 71, 67, 67, 70, 75, 78, 79, 84, 85, 86, 81, 79]
  given high = [74, 71, 74, 67, 70, 73, 78, 79, 84, 87, 88, 86, 81, 86]
  given low = [71, 71, 71, 67, 67, 70, 74, 78, 79, 83, 85, 83, 77, 78]
  given close = [71, 71, 73, 67, 70, 72, 78, 79, 84, 85, 86, 83, 79, 85]
  assert cdl_morningstar() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
  assert morning_star() is [_, _, _, _, _, _, _, _, _, _, _, _, false, true]
}

test "TA-Lib's CDLSTALLEDPATTERN, bearish" {
  given open = [56, 60, 57, 65, 57, 56, 57, 62, 62, 60, 64, 63, 65, 68]
  given high = [59, 61, 61, 65, 57, 59, 60, 64, 62, 61, 66, 67, 68, 69]
  given low = [56, 57, 57, 63, 56, 56, 55, 60, 60, 60, 63, 63, 65, 67]
  given close = [59, 57, 61, 63, 56, 57, 58, 62, 60, 60, 63, 65, 68, 69]
  assert cdl_stalledpattern() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLSTICKSANDWICH, bullish" {
  given open = [22, 27, 27, 30, 31, 34, 35, 35, 37]
  given high = [27, 29, 32, 31, 34, 36, 36, 37, 37]
  given low = [21, 27, 27, 29, 31, 32, 34, 35, 34]
  given close = [27, 27, 30, 31, 34, 32, 34, 37, 34]
  assert cdl_sticksandwich() is [_, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLTASUKIGAP, bullish" {
  given open = [62, 53, 47, 47, 49, 47, 51, 53, 54]
  given high = [64, 53, 48, 49, 50, 51, 51, 56, 54]
  given low = [53, 46, 47, 47, 47, 47, 49, 51, 50]
  given close = [53, 47, 48, 49, 47, 51, 49, 55, 52]
  assert cdl_tasukigap() is [_, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLTASUKIGAP, bearish" {
  given open = [46, 44, 39, 33, 31, 32, 32, 27, 25]
  given high = [46, 44, 40, 35, 32, 32, 32, 27, 28]
  given low = [44, 38, 35, 31, 31, 32, 31, 23, 25]
  given close = [44, 38, 37, 31, 32, 32, 31, 24, 28]
  assert cdl_tasukigap() is [_, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLTRISTAR, bullish" {
  given open = [43, 44, 43, 45, 53, 56, 53, 54, 52, 57, 52, 46, 45, 48]
  given high = [45, 44, 45, 53, 54, 58, 60, 54, 53, 58, 52, 46, 45, 48]
  given low = [43, 43, 43, 45, 53, 52, 53, 47, 50, 51, 48, 45, 44, 48]
  given close = [44, 43, 44, 53, 54, 53, 58, 49, 51, 52, 48, 46, 45, 48]
  assert cdl_tristar() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLTRISTAR, bearish" {
  given open = [69, 67, 64, 61, 65, 64, 65, 69, 74, 81, 82, 90, 95, 50]
  given high = [69, 67, 64, 66, 66, 67, 69, 69, 83, 83, 85, 92, 95, 51]
  given low = [66, 64, 61, 60, 64, 62, 64, 69, 72, 80, 82, 89, 95, 49]
  given close = [67, 64, 61, 65, 64, 65, 69, 69, 82, 83, 84, 90, 95, 50]
  assert cdl_tristar() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLUNIQUE3RIVER, bullish" {
  given open = [46, 43, 44, 46, 45, 48, 48, 47, 43, 40, 40, 50, 48, 45]
  given high = [46, 44, 46, 46, 48, 50, 50, 47, 43, 41, 50, 50, 48, 46]
  given low = [43, 43, 44, 45, 43, 48, 47, 43, 40, 39, 40, 44, 43, 44]
  given close = [43, 44, 46, 45, 48, 48, 47, 43, 40, 41, 50, 44, 45, 46]
  assert cdl_unique3river() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLUPSIDEGAP2CROWS, bearish" {
  given open = [43, 51, 56, 51, 51, 50, 46, 45, 46, 44, 41, 42, 54, 58]
  given high = [47, 56, 57, 51, 51, 50, 46, 46, 50, 44, 44, 48, 56, 58]
  given low = [43, 49, 51, 51, 50, 47, 45, 45, 46, 41, 41, 41, 51, 50]
  given close = [47, 56, 51, 51, 50, 49, 45, 46, 48, 41, 42, 48, 52, 50]
  assert cdl_upsidegap2crows() is [_, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLXSIDEGAP3METHODS, bullish" {
  given open = [54, 58, 61, 63]
  given high = [58, 60, 66, 64]
  given low = [54, 58, 61, 59]
  given close = [58, 60, 64, 59]
  assert cdl_xsidegap3methods() is [_, _, 0, 100]
}

test "TA-Lib's CDLXSIDEGAP3METHODS, bearish" {
  given open = [84, 80, 75, 73]
  given high = [84, 80, 75, 81]
  given low = [78, 77, 67, 71]
  given close = [80, 77, 67, 79]
  assert cdl_xsidegap3methods() is [_, _, 0, -100]
}
