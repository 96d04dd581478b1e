#sbt 1

/// Three-line strike: three candles of one colour, then one of the other that undoes them; 100 after white, -100 after black.
/// Source: TA-Lib CDL3LINESTRIKE.
indicator cdl_3linestrike() -> float {
  let white = candle_white()
  let top = candle_top()
  let bottom = candle_bottom()
  let near = near_size()
  let alike = white[3] == white[2] and white[2] == white[1] and white != white[1]
  let steps = open[2] >= bottom[3] - near[3]
    and open[2] <= top[3] + near[3]
    and open[1] >= bottom[2] - near[2]
    and open[1] <= top[2] + near[2]
  let up = white[1]
    and close[1] > close[2]
    and close[2] > close[3]
    and open > close[1]
    and close < open[3]
  let down = not white[1]
    and close[1] < close[2]
    and close[2] < close[3]
    and open < close[1]
    and close > open[3]
  give candle_signal(alike and steps and (up or down), white[1])
}

/// Concealing baby swallow: two black marubozu, a black candle with an upper shadow into them, a black one engulfing it; 100 or 0.
/// Source: TA-Lib CDLCONCEALBABYSWALL.
indicator cdl_concealbabyswall() -> float {
  let white = candle_white()
  let upper = upper_shadow()
  let tiny = tiny_size()
  let bare = not white and lower_shadow() < tiny and upper < tiny
  let seen = bare[3]
    and bare[2]
    and not white[1]
    and not white
    and candle_top()[1] < candle_bottom()[2]
    and upper[1] > tiny[1]
    and high[1] > close[2]
    and high > high[1]
    and low < low[1]
  give if seen then 100 else 0
}

/// Breakaway: a long candle, a gap with it, more of the trend, then the other colour into the gap; 100 bullish, -100 bearish.
/// Source: TA-Lib CDLBREAKAWAY.
indicator cdl_breakaway() -> float {
  let white = candle_white()
  let top = candle_top()
  let bottom = candle_bottom()
  let alike = white[4] == white[3] and white[3] == white[1] and white[1] != white
  let up = not white[4]
    and top[3] < bottom[4]
    and high[2] < high[3]
    and low[2] < low[3]
    and high[1] < high[2]
    and low[1] < low[2]
    and close > open[3]
    and close < close[4]
  let down = white[4]
    and bottom[3] > top[4]
    and high[2] > high[3]
    and low[2] > low[3]
    and high[1] > high[2]
    and low[1] > low[2]
    and close < open[3]
    and close > close[4]
  give candle_signal(candle_body()[4] > usual_body()[4] and alike and (up or down), white)
}

/// Ladder bottom: three falling black candles, a black one with an upper shadow, a white one above it; 100 or 0.
/// Source: TA-Lib CDLLADDERBOTTOM.
indicator cdl_ladderbottom() -> float {
  let white = candle_white()
  let seen = not white[4]
    and not white[3]
    and not white[2]
    and open[4] > open[3]
    and open[3] > open[2]
    and close[4] > close[3]
    and close[3] > close[2]
    and not white[1]
    and upper_shadow()[1] > tiny_size()[1]
    and white
    and open > open[1]
    and close > high[1]
  give delayed_start(if seen then 100 else 0, 14)
}

/// Mat hold: a long white candle, a gap and three small ones that hold above, then a white one to a new high; 100 or 0.
/// Source: TA-Lib CDLMATHOLD.
indicator cdl_mathold(penetration: float = 0.5) -> float {
  let body = candle_body()
  let white = candle_white()
  let top = candle_top()
  let bottom = candle_bottom()
  let mean_body = usual_body()
  let held_above = close[4] - body[4] * penetration
  let seen = body[4] > mean_body[4]
    and body[3] < mean_body[3]
    and body[2] < mean_body[2]
    and body[1] < mean_body[1]
    and white[4]
    and not white[3]
    and white
    and bottom[3] > top[4]
    and bottom[2] < close[4]
    and bottom[1] < close[4]
    and bottom[2] > held_above
    and bottom[1] > held_above
    and top[2] < open[3]
    and top[1] < top[2]
    and open > close[1]
    and close > max(high[3], high[2], high[1])
  give if seen then 100 else 0
}

/// Rising or falling three methods: a long candle, three small ones against it, a long one with it; ±100 in its direction.
/// Source: TA-Lib CDLRISEFALL3METHODS.
indicator cdl_risefall3methods() -> float {
  let body = candle_body()
  let white = candle_white()
  let top = candle_top()
  let bottom = candle_bottom()
  let mean_body = usual_body()
  let sizes = body[4] > mean_body[4]
    and body[3] < mean_body[3]
    and body[2] < mean_body[2]
    and body[1] < mean_body[1]
    and body > mean_body
  let colours = white[4] != white[3]
    and white[3] == white[2]
    and white[2] == white[1]
    and white[1] != white
  let inside = bottom[3] < high[4]
    and top[3] > low[4]
    and bottom[2] < high[4]
    and top[2] > low[4]
    and bottom[1] < high[4]
    and top[1] > low[4]
  let up = close[2] < close[3] and close[1] < close[2] and open > close[1] and close > close[4]
  let down = close[2] > close[3] and close[1] > close[2] and open < close[1] and close < close[4]
  give candle_signal(sizes and colours and inside and (if white[4] then up else down), white[4])
}

/// Hikkake: an inside bar and a false break of it, ±100; ±200 on the bar, within three, whose close confirms the turn.
/// Source: D. Chesler, 2003; TA-Lib CDLHIKKAKE.
indicator cdl_hikkake() -> float {
  let inside = high[1] < high[2] and low[1] > low[2]
  let up = high < high[1] and low < low[1]
  let down = high > high[1] and low > low[1]
  let p = if inside and up then 1 else if inside and down then -1 else 0
  rec side = if p != 0 then p else side[1] init p
  rec level = if p > 0 then high[1] else if p < 0 then low[1] else level[1]
    init if p < 0 then low[1] else high[1]
  let turned = if side[1] > 0 then close > level[1] else close < level[1]
  rec age = if p != 0 then 0 else if age[1] < 3 and turned then 100 else age[1] + 1
    init if p != 0 then 0 else 100
  let confirmed = p == 0 and age == 100 and age[1] < 3
  give delayed_start(if p != 0 then 100 * p else if confirmed then 200 * side else 0, 5)
}

/// Modified Hikkake: a Hikkake after two inside bars, the first closing near its end, ±100; ±200 on the confirming bar.
/// Source: D. Chesler, 2003; TA-Lib CDLHIKKAKEMOD.
indicator cdl_hikkakemod() -> float {
  let near = near_size()[2]
  let inside = high[2] < high[3] and low[2] > low[3] and high[1] < high[2] and low[1] > low[2]
  let up = high < high[1] and low < low[1] and close[2] <= low[2] + near
  let down = high > high[1] and low > low[1] and close[2] >= high[2] - near
  let p = if inside and up then 1 else if inside and down then -1 else 0
  rec side = if p != 0 then p else side[1] init p
  rec level = if p > 0 then high[1] else if p < 0 then low[1] else level[1]
    init if p < 0 then low[1] else high[1]
  let turned = if side[1] > 0 then close > level[1] else close < level[1]
  rec age = if p != 0 then 0 else if age[1] < 3 and turned then 100 else age[1] + 1
    init if p != 0 then 0 else 100
  let confirmed = p == 0 and age == 100 and age[1] < 3
  give delayed_start(if p != 0 then 100 * p else if confirmed then 200 * side else 0, 10)
}

test "TA-Lib's CDL3LINESTRIKE, bullish" {
  given open = [65, 64, 64, 63, 68, 69, 73, 75, 77, 81]
  given high = [65, 64, 64, 68, 69, 73, 75, 79, 79, 82]
  given low = [64, 62, 63, 63, 68, 69, 73, 75, 76, 68]
  given close = [64, 64, 63, 68, 69, 73, 75, 77, 79, 68]
  assert cdl_3linestrike() is [_, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDL3LINESTRIKE, bearish" {
  given open = [39, 37, 34, 28, 28, 33, 35, 34, 32, 30]
  given high = [39, 38, 36, 28, 32, 36, 35, 34, 33, 36]
  given low = [37, 33, 32, 27, 28, 33, 34, 32, 29, 29]
  given close = [37, 34, 34, 28, 32, 35, 34, 32, 31, 36]
  assert cdl_3linestrike() is [_, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLBREAKAWAY, bullish" {
  given open = [63, 71, 69, 66, 67, 67, 67, 66, 73, 74, 70, 63, 53, 47, 48, 50]
  given high = [65, 72, 72, 70, 68, 67, 67, 69, 78, 74, 70, 65, 53, 49, 48, 54]
  given low = [62, 71, 69, 66, 67, 67, 66, 66, 73, 68, 63, 56, 47, 45, 44, 50]
  given close = [65, 72, 72, 69, 67, 67, 66, 67, 78, 70, 63, 56, 47, 48, 44, 54]
  assert cdl_breakaway() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLBREAKAWAY, bearish" {
  given open = [45, 47, 52, 49, 49, 52, 50, 54, 57, 55, 51, 51, 60, 60, 62, 61]
  given high = [47, 53, 53, 49, 53, 53, 50, 54, 57, 56, 51, 54, 60, 62, 63, 61]
  given low = [45, 47, 52, 45, 49, 52, 47, 52, 55, 49, 48, 50, 58, 59, 62, 57]
  given close = [47, 53, 53, 47, 52, 52, 48, 54, 55, 51, 48, 54, 60, 62, 63, 59]
  assert cdl_breakaway() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLCONCEALBABYSWALL, bullish" {
  given open = [60, 63, 65, 55, 56, 55, 51, 56, 56, 55, 56, 55, 52, 47, 47]
  given high = [69, 63, 65, 58, 56, 55, 52, 56, 56, 56, 58, 55, 52, 50, 51]
  given low = [59, 61, 55, 55, 55, 52, 51, 50, 55, 50, 54, 52, 48, 45, 41]
  given close = [69, 61, 55, 56, 55, 53, 52, 55, 55, 56, 54, 52, 48, 45, 44]
  assert cdl_concealbabyswall() is [_, _, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLHIKKAKE, bullish, confirmed" {
  given open = [58, 53, 48, 50, 49, 48, 49]
  given high = [58, 55, 53, 52, 49, 49, 54]
  given low = [57, 52, 48, 50, 46, 47, 49]
  given close = [58, 52, 53, 52, 48, 49, 54]
  assert cdl_hikkake() is [_, _, _, _, _, 0, 200]
}

test "TA-Lib's CDLHIKKAKE, bullish" {
  given open = [74, 80, 77, 75, 74, 70, 72]
  given high = [80, 82, 78, 75, 74, 73, 72]
  given low = [74, 77, 75, 74, 69, 70, 68]
  given close = [80, 77, 75, 74, 70, 72, 68]
  assert cdl_hikkake() is [_, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLHIKKAKE, bearish" {
  given open = [54, 51, 53, 56, 55, 47, 56]
  given high = [55, 55, 57, 57, 56, 52, 59]
  given low = [51, 49, 51, 55, 45, 47, 56]
  given close = [51, 53, 55, 55, 47, 50, 59]
  assert cdl_hikkake() is [_, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLHIKKAKE, bearish, confirmed" {
  given open = [47, 43, 37, 37, 42, 40, 37]
  given high = [47, 43, 38, 37, 44, 40, 37]
  given low = [41, 36, 35, 37, 40, 37, 34]
  given close = [43, 37, 36, 37, 44, 37, 36]
  assert cdl_hikkake() is [_, _, _, _, _, 0, -200]
}

test "TA-Lib's CDLHIKKAKEMOD, bullish, confirmed" {
  given open = [39, 38, 36, 37, 40, 43, 42, 47, 45, 40, 46, 46]
  given high = [39, 38, 37, 40, 43, 48, 48, 47, 46, 40, 47, 51]
  given low = [38, 36, 36, 37, 39, 41, 42, 43, 45, 40, 45, 46]
  given close = [38, 36, 37, 40, 43, 47, 47, 43, 46, 40, 46, 51]
  assert cdl_hikkakemod() is [_, _, _, _, _, _, _, _, _, _, 0, 200]
}

test "TA-Lib's CDLHIKKAKEMOD, bullish" {
  given open = [32, 35, 39, 38, 36, 37, 40, 43, 42, 47, 45, 40]
  given high = [35, 40, 39, 38, 37, 40, 43, 48, 48, 47, 46, 40]
  given low = [31, 33, 38, 36, 36, 37, 39, 41, 42, 43, 45, 40]
  given close = [35, 39, 38, 36, 37, 40, 43, 47, 47, 43, 46, 40]
  assert cdl_hikkakemod() is [_, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLHIKKAKEMOD, bearish" {
  given open = [21, 26, 27, 18, 22, 19, 24, 26, 24, 19, 21, 24]
  given high = [21, 26, 27, 24, 22, 20, 27, 26, 25, 22, 21, 24]
  given low = [20, 23, 20, 16, 19, 19, 22, 24, 17, 19, 20, 23]
  given close = [20, 25, 21, 22, 19, 20, 27, 24, 17, 22, 20, 23]
  assert cdl_hikkakemod() is [_, _, _, _, _, _, _, _, _, _, 0, -100]
}

test "TA-Lib's CDLHIKKAKEMOD, bearish, confirmed" {
  given open = [60, 58, 65, 72, 67, 66, 66, 64, 61, 62, 67, 64]
  given high = [64, 64, 72, 72, 72, 72, 66, 66, 63, 62, 67, 66]
  given low = [59, 58, 65, 69, 67, 66, 65, 60, 61, 62, 64, 60]
  given close = [64, 64, 72, 69, 72, 72, 65, 62, 63, 62, 64, 60]
  assert cdl_hikkakemod() is [_, _, _, _, _, _, _, _, _, _, -100, -200]
}

test "TA-Lib's CDLLADDERBOTTOM, bullish" {
  given open = [56, 57, 53, 44, 49, 43, 44, 43, 35, 36, 34, 30, 23, 16, 14, 50]
  given high = [57, 58, 53, 51, 49, 44, 44, 43, 37, 40, 34, 30, 23, 17, 15, 51]
  given low = [56, 53, 48, 44, 48, 43, 43, 39, 35, 36, 30, 28, 15, 11, 10, 49]
  given close = [57, 53, 48, 51, 48, 44, 43, 41, 36, 40, 30, 29, 16, 11, 10, 50]
  assert cdl_ladderbottom() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLMATHOLD, bullish" {
  given open = [63, 76, 81, 86, 80, 76, 94, 83, 87, 50, 46, 51, 65, 64, 62, 60]
  given high = [77, 77, 91, 89, 85, 95, 94, 87, 95, 51, 47, 63, 69, 64, 65, 83]
  given low = [60, 76, 76, 81, 75, 75, 87, 83, 87, 49, 46, 51, 64, 62, 59, 59]
  given close = [77, 77, 86, 81, 76, 93, 87, 87, 95, 50, 47, 63, 64, 62, 59, 80]
  assert cdl_mathold() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLRISEFALL3METHODS, bullish" {
  given open = [35, 29, 33, 24, 32, 30, 28, 34, 38, 32, 39, 39, 45, 41, 40, 41]
  given high = [35, 31, 33, 27, 35, 30, 28, 38, 39, 36, 44, 45, 45, 41, 40, 47]
  given low = [28, 26, 29, 23, 32, 29, 28, 33, 37, 30, 39, 38, 44, 39, 37, 40]
  given close = [29, 28, 29, 26, 35, 29, 28, 38, 37, 36, 43, 45, 44, 40, 38, 46]
  assert cdl_risefall3methods() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, 0, 100]
}

test "TA-Lib's CDLRISEFALL3METHODS, bearish" {
  given open = [93, 92, 50, 48, 53, 52, 51, 53, 54, 53, 53, 48, 44, 45, 47, 44]
  given high = [93, 94, 51, 53, 53, 53, 53, 56, 55, 53, 53, 48, 46, 47, 48, 44]
  given low = [92, 91, 49, 46, 52, 51, 51, 51, 53, 53, 48, 44, 42, 45, 47, 42]
  given close = [92, 91, 50, 53, 52, 51, 53, 54, 53, 53, 48, 44, 45, 47, 48, 42]
  assert cdl_risefall3methods() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, 0, -100]
}
