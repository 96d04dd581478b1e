#sbt 1

/// Upward directional movement of the bar: the rise of the high when it exceeds the fall of the low, else 0.
/// Source: J. W. Wilder, 1978.
indicator up_move() -> price {
  let up = high - high[1]
  let down = low[1] - low
  give if up > down and up > 0 then up else 0
}

/// Downward directional movement of the bar: the fall of the low when it exceeds the rise of the high, else 0.
/// Source: J. W. Wilder, 1978.
indicator down_move() -> price {
  let up = high - high[1]
  let down = low[1] - low
  give if down > up and down > 0 then down else 0
}

/// Wilder's running sum: n times his average, seeded with the sum of the first n - 1 values.
/// Formula: s = s[1] - s[1] / n + x. Source: J. W. Wilder, 1978; TA-Lib's directional movement. Units: those of `x`.
indicator wilder_sum(x: num, n: bars = 14) -> num {
  let keep = 1 - 1 / n
  rec s = fma(s[1], keep, x) init sum_of(x, max(n - 1, 1)) settle 8 * n
  give s
}

/// Smoothed upward directional movement. Formula: wilder_sum(up_move(), n). Source: TA-Lib PLUS_DM.
indicator plus_dm(n: bars = 14) -> price {
  give wilder_sum(up_move(), n)
}

/// Smoothed downward directional movement. Formula: wilder_sum(down_move(), n). Source: TA-Lib MINUS_DM.
indicator minus_dm(n: bars = 14) -> price {
  give wilder_sum(down_move(), n)
}

/// Upward directional index, 0..100. Formula: 100 plus_dm(n) / wilder_sum(true_range(), n).
/// Source: J. W. Wilder, 1978; TA-Lib PLUS_DI. Units: none.
indicator plus_di(n: bars = 14) -> float {
  let tr = wilder_sum(true_range(), n)
  let v = if tr == 0 then 0 else 100 * (plus_dm(n) / tr)
  give delayed_start(v, n)
}

/// Downward directional index, 0..100. Formula: 100 minus_dm(n) / wilder_sum(true_range(), n).
/// Source: J. W. Wilder, 1978; TA-Lib MINUS_DI. Units: none.
indicator minus_di(n: bars = 14) -> float {
  let tr = wilder_sum(true_range(), n)
  let v = if tr == 0 then 0 else 100 * (minus_dm(n) / tr)
  give delayed_start(v, n)
}

/// Directional movement index, 0..100: imbalance of the two directions.
/// Formula: 100 |plus - minus| / (plus + minus), of plus_dm and minus_dm (the true range cancels).
/// Source: J. W. Wilder, 1978; TA-Lib DX. Units: none.
indicator dx(n: bars = 14) -> float {
  let p = plus_dm(n)
  let m = minus_dm(n)
  let both = p + m
  let v = if both == 0 then 0 else 100 * (abs(p - m) / both)
  give delayed_start(v, n)
}

/// Average directional index, 0..100: strength of the trend, whatever its direction.
/// Formula: rma(dx(n), n). Source: J. W. Wilder, 1978; TA-Lib ADX. Units: none.
indicator adx(n: bars = 14) -> float {
  give rma(dx(n), n)
}

/// Directional movement system: both indices and the strength. Source: J. W. Wilder, 1978. Units: none.
indicator dmi(n: bars = 14) -> (plus: float, minus: float, adx: float) {
  give plus_di(n), minus_di(n), adx(n)
}

/// Average directional index rating: the mean of `adx` now and n - 1 bars ago. Source: J. W. Wilder, 1978; TA-Lib ADXR. Units: none.
indicator adxr(n: bars = 14) -> float {
  let a = adx(n)
  give (a + a[n - 1]) / 2
}

/// Aroon: how recently the extremes of the last n + 1 bars occurred, 100 = on this bar, 0 = `n` bars ago.
/// Formula: up = 100 (n - bars since the highest high) / n; down likewise of the lowest low.
/// Source: T. Chande, 1995; TA-Lib AROON. Units: none.
indicator aroon(n: bars = 14) -> (up: float, down: float) {
  let f = 100 / n
  give f * (n - highest_ago(high, n + 1)), f * (n - lowest_ago(low, n + 1))
}

/// Aroon oscillator, -100..100. Formula: aroon up - aroon down. Source: TA-Lib AROONOSC. Units: none.
indicator aroonosc(n: bars = 14) -> float {
  give 100 / n * (lowest_ago(low, n + 1) - highest_ago(high, n + 1))
}

/// Supertrend: a band of `k` average true ranges around the bar's middle that only tightens until it is crossed.
/// Formula: top = mid + k atr(n), kept unless lower or the close before passed it; bottom likewise; the trend turns when
/// the close passes the band that it follows; it starts upwards. Source: O. Seban; TA-Lib SUPERTREND.
indicator supertrend(n: bars = 10, k: float = 3) -> (line: price, up: bool) {
  let mid = (high + low) / 2
  let d = k * atr(n)
  let raw_top = mid + d
  let raw_low = mid - d
  rec top = if raw_top < top[1] or close[1] > top[1] then raw_top else top[1]
    init raw_top
    settle 8 * n
  rec bottom = if raw_low > bottom[1] or close[1] < bottom[1] then raw_low else bottom[1]
    init raw_low
    settle 8 * n
  rec up: bool = if up[1] then close >= bottom else close > top init raw_low <= raw_top settle 8 * n
  give if up then bottom else top, up
}

/// Parabolic stop and reverse: a stop that accelerates towards the extreme of the trend.
/// Formula: sar = sar[1] + af (extreme - sar[1]); af grows by `step` with every new extreme, at most `limit_af`.
/// Source: J. W. Wilder, 1978; TA-Lib SAR.
indicator psar(step: float = 0.02, limit_af: float = 0.2) -> (line: price, up: bool) {
  let down0 = low[1] - low > 0 and low[1] - low > high - high[1]
  let start = if down0 then high[1] else low[1]
  let flip0 = if down0 then high >= start else low <= start
  let up0 = down0 == flip0
  let line0 = if flip0 then (if down0 then low else high) else start
  let ep0 = if up0 then high else low
  let raw0 = line0 + step * (ep0 - line0)
  let next0 = if up0 then min(raw0, low) else max(raw0, high)
  rec up: bool = if up[1] then low > ahead[1] else high >= ahead[1] init up0 settle 100
  rec line = if up == up[1] then ahead[1]
    else if up then min(ep[1], low[1], low)
    else max(ep[1], high[1], high)
    init line0
    settle 100
  rec ep = if up != up[1] then (if up then high else low)
    else if up then max(ep[1], high)
    else min(ep[1], low)
    init ep0
    settle 100
  rec af = if up != up[1] then step else if ep != ep[1] then min(af[1] + step, limit_af) else af[1]
    init step
    settle 100
  rec ahead = if up then min(line + af * (ep - line), low[1], low)
    else max(line + af * (ep - line), high[1], high)
    init next0
    settle 100
  give line, up
}

/// Parabolic stop with its own acceleration for each side, a chosen start and a margin added when it turns. `start` above 0
/// begins long at that price, below 0 short at its size, 0 with the direction of the first two bars; `margin` is a fraction
/// of the price. Formula: as `psar`; the acceleration begins at `init`, grows by `step`, at most to `limit`.
/// Source: J. W. Wilder, 1978; TA-Lib SAREXT, which writes the line of a short side as a negative number.
indicator sarext(start: price = 0, margin: float = 0, long_init: float = 0.02,
  long_step: float = 0.02, long_limit: float = 0.2, short_init: float = 0.02,
  short_step: float = 0.02, short_limit: float = 0.2) -> (line: price, up: bool) {
  let af_up = min(long_init, long_limit)
  let af_down = min(short_init, short_limit)
  let falls = low[1] - low > 0 and low[1] - low > high - high[1]
  let down0 = if start == 0 then falls else start < 0
  let first = delayed_start(if start == 0 then (if falls then high[1] else low[1]) else abs(start),
    1)
  let flip0 = if down0 then high >= first else low <= first
  let up0 = down0 == flip0
  let turned0 = if down0 then low - margin * low else high + margin * high
  let line0 = if flip0 then turned0 else first
  let ep0 = if up0 then high else low
  let af0 = if up0 then af_up else af_down
  let raw0 = line0 + af0 * (ep0 - line0)
  let next0 = if up0 then min(raw0, low) else max(raw0, high)
  rec up: bool = if up[1] then low > ahead[1] else high >= ahead[1] init up0 settle 100
  let top = max(ep[1], high[1], high)
  let bottom = min(ep[1], low[1], low)
  rec line = if up == up[1] then ahead[1]
    else if up then bottom - margin * bottom
    else top + margin * top
    init line0
    settle 100
  rec ep = if up != up[1] then (if up then high else low)
    else if up then max(ep[1], high)
    else min(ep[1], low)
    init ep0
    settle 100
  let grown = if up then min(af[1] + long_step, long_limit)
    else min(af[1] + short_step, short_limit)
  rec af = if up != up[1] then (if up then af_up else af_down)
    else if ep != ep[1] then grown
    else af[1]
    init af0
    settle 100
  rec ahead = if up then min(line + af * (ep - line), low[1], low)
    else max(line + af * (ep - line), high[1], high)
    init next0
    settle 100
  give line, up
}

/// Ichimoku Kinko Hyo. The two spans are those that stand over this bar, computed `shift` - 1 bars ago; `lag` is the
/// close that the lagging line is compared with. Nothing reads the future.
/// Formula: conversion, base = middle of the range of 9 and 26 bars; span_a = their mean; span_b = middle of 52 bars.
/// Source: G. Hosoda, 1969.
indicator ichimoku(fast: bars = 9, mid: bars = 26, slow: bars = 52,
  shift: bars = 26) -> (conversion: price, base: price, span_a: price, span_b: price, lag: price) {
  let c = midprice(fast)
  let b = midprice(mid)
  let s = midprice(slow)
  give c, b, ((c + b) / 2)[shift - 1], s[shift - 1], close[shift - 1]
}

/// Vortex indicator: upward and downward movement over the true range.
/// Formula: plus = sum of |high - low[1]| / sum of true range; minus = sum of |low - high[1]| / sum of true range.
/// Source: E. Botes and D. Siepman, 2010; TA-Lib VORTEX. Units: none.
indicator vortex(n: bars = 14) -> (plus: float, minus: float) {
  let tr = sum_of(true_range(), n)
  let p = if tr == 0 then 0 else sum_of(abs(high - low[1]), n) / tr
  let m = if tr == 0 then 0 else sum_of(abs(low - high[1]), n) / tr
  give p, m
}

/// Vertical horizontal filter: high in trends, low in ranges.
/// Formula: (highest - lowest) / sum of |x - x[1]| over `n` bars. Source: A. White, 1991; TA-Lib VHF. Units: none.
indicator vhf(x: num, n: bars = 28) -> float {
  let path = sum_of(abs(x - x[1]), n)
  give if path == 0 then 0 else (highest(x, n) - lowest(x, n)) / path
}

/// Heikin-Ashi candle: smoothed open, high, low and close.
/// Formula: close = (o + h + l + c) / 4; open = (open[1] + close[1]) / 2 of the smoothed candle, starting at (o + c) / 2.
/// Source: M. Komatsu; TA-Lib HA.
indicator heikin_ashi() -> (open: price, high: price, low: price, close: price) {
  let c = (open + high + low + close) / 4
  rec o = (o[1] + c[1]) / 2 init (open + close) / 2 settle 20
  give o, max(high, o, c), min(low, o, c), c
}

/// Alligator: three displaced Wilder averages of the bars' middle. Source: B. Williams, 1995.
indicator alligator(jaw: bars = 13, teeth: bars = 8, lips: bars = 5) -> (jaw: price, teeth: price,
  lips: price) {
  let m = (high + low) / 2
  give rma(m, jaw)[8], rma(m, teeth)[5], rma(m, lips)[3]
}

/// Chande Kroll stop: a stop from average true ranges, then its extreme.
/// Formula: long = highest over q bars of highest(high, p) - k atr(p); short = lowest over q bars of lowest(low, p) + k atr(p).
/// Source: T. Chande and S. Kroll, The New Technical Trader, 1994.
indicator chande_kroll(p: bars = 10, k: float = 1, q: bars = 9) -> (long_stop: price,
  short_stop: price) {
  let d = k * atr(p)
  give highest(highest(high, p) - d, q), lowest(lowest(low, p) + d, q)
}

/// Trailing stop of average true ranges that turns with the close: distance `k` atr(n), never loosened.
/// Formula: as a ratchet; flips when the close passes it. Source: UT Bot in common use.
indicator atr_trail(n: bars = 14, k: float = 3) -> (line: price, up: bool) {
  let d = k * atr(n)
  rec line = if close > line[1] and close[1] > line[1] then max(line[1], close - d)
    else if close < line[1] and close[1] < line[1] then min(line[1], close + d)
    else if close > line[1] then close - d
    else close + d
    init close - d
    settle 8 * n
  give line, close > line
}

/// Random walk index: travel in units of what a random walk would make of the same true range.
/// Formula: high = (high - low[n]) / (atr(n) sqrt(n)); low = (high[n] - low) / (atr(n) sqrt(n)). Source: M. Poulos, 1990. Units: none.
indicator random_walk_index(n: bars = 14) -> (high: float, low: float) {
  let d = atr(n) * sqrt(float(n))
  give if d == 0 then 0 else (high - low[n]) / d, if d == 0 then 0 else (high[n] - low) / d
}

/// Bars of a fractal: the high (low) `right` bars ago is above (below) every bar of `left` bars before and `right` bars
/// after it. True on the bar that confirms it. Source: B. Williams, 1995; TA-Lib FRACTAL.
indicator fractal(left: bars = 2, right: bars = 2) -> (top: bool, bottom: bool) {
  let h = high[right]
  let l = low[right]
  let top = all(i in 0..<right: high[i] < h) and all(i in 1..left: high[right + i] < h)
  let bottom = all(i in 0..<right: low[i] > l) and all(i in 1..left: low[right + i] > l)
  give top, bottom
}

/// The most recent confirmed swing high, the current high before there is one. Confirmed `right` bars after it.
indicator swing_high(left: bars = 2, right: bars = 2) -> price {
  let f = fractal(left, right).top
  rec level = if f then high[right] else level[1] init high
  give level
}

/// The most recent confirmed swing low, the current low before there is one. Confirmed `right` bars after it.
indicator swing_low(left: bars = 2, right: bars = 2) -> price {
  let f = fractal(left, right).bottom
  rec level = if f then low[right] else level[1] init low
  give level
}

/// Floor-trader pivots from a bar (use inside `on 1d`): the pivot, three resistances and three supports of the period
/// after it. Formula: p = (h + l + c) / 3, r1 = 2 p - l, s1 = 2 p - h, r2 = p + h - l, s2 = p - h + l, r3 = h + 2 (p - l),
/// s3 = l - 2 (h - p).
indicator pivots() -> (p: price, r1: price, s1: price, r2: price, s2: price, r3: price, s3: price) {
  let c = (high + low + close) / 3
  give c, 2 * c - low, 2 * c - high, c + high - low, c - high + low, high + 2 * (c - low),
    low - 2 * (high - c)
}

test "directional movement by hand" {
  given high = [2, 4, 5, 5]
  given low = [1, 2, 3, 1]
  given close = [2, 3, 4, 2]
  assert up_move() is [_, 2, 1, 0]
  assert down_move() is [_, 0, 0, 2]
  assert plus_dm(2) is [_, 2, 2, 1]
  assert minus_dm(2) is [_, 0, 0, 2]
  assert plus_di(2) is [_, _, 66.66666666666667, 18.181818181818183]
  assert minus_di(2) is [_, _, 0, 36.36363636363637]
  assert dx(2) is [_, _, 100, 33.333333333333336]
  assert adx(2) is [_, _, _, 66.66666666666667]
}

test "direction and strength stay in range" {
  forall random_bars(500)
  assert adx(14) in 0..100.0000001
  assert adxr(14) in 0..100.0000001
  assert dmi(14).plus in 0..100.0000001
  assert aroonosc(14) in -100..100
}

test "aroon by hand" {
  given high = [3, 5, 4, 4]
  given low = [1, 2, 1, 3]
  given close = [2, 3, 2, 4]
  assert (aroon(2).up) is [_, _, 50, 0]
  assert (aroon(2).down) is [_, _, 100, 50]
  assert aroonosc(2) is [_, _, -50, -50]
}

test "supertrend turns with the close" {
  given high = [10, 11, 12, 13, 6]
  given low = [9, 10, 11, 12, 4]
  given close = [10, 11, 12, 13, 4]
  assert (supertrend(1, 2).up) is [_, true, true, true, false]
}

test "parabolic stop rises under a rise" {
  given high = [2, 3, 4, 5, 6]
  given low = [1, 2, 3, 4, 5]
  given close = [2, 3, 4, 5, 6]
  assert (psar().line) is [_, 1, 1.04, 1.1584, 1.388896]
  assert (psar().up) is [_, true, true, true, true]
}

test "parabolic stop with sides of their own" {
  given high = [2, 3, 4, 5, 6]
  given low = [1, 2, 3, 4, 5]
  given close = [2, 3, 4, 5, 6]
  assert (sarext().line) is [_, 1, 1.04, 1.1584, 1.388896]
  assert (sarext(price(-2), 0.5).line) is [_, 1, 1.04, 1.1584, 1.388896]
  assert (sarext(price(-4.5)).up) is [_, false, false, true, true]
}

test "ichimoku reads nothing ahead" {
  given high = [2, 4, 6, 8]
  given low = [0, 2, 4, 6]
  given close = [1, 3, 5, 7]
  assert (ichimoku(1, 2, 3, 2).conversion) is [1, 3, 5, 7]
  assert (ichimoku(1, 2, 3, 2).base) is [_, 2, 4, 6]
  assert (ichimoku(1, 2, 3, 2).span_a) is [_, _, 2.5, 4.5]
  assert (ichimoku(1, 2, 3, 2).span_b) is [_, _, _, 3]
  assert (ichimoku(1, 2, 3, 2).lag) is [_, 1, 3, 5]
}

test "movement over true range" {
  given high = [2, 4, 6]
  given low = [0, 2, 4]
  given close = [1, 3, 5]
  assert (vortex(2).plus) is [_, _, 1.3333333333333333]
  assert (vortex(2).minus) is [_, _, 0]
  assert vhf(close, 2) is [_, _, 0.5]
  assert (random_walk_index(1).high) is [_, 1.3333333333333333, 1.3333333333333333]
}

test "heikin-ashi by hand" {
  given open = [1, 2]
  given high = [3, 4]
  given low = [1, 2]
  given close = [3, 4]
  assert (heikin_ashi().open) is [2, 2]
  assert (heikin_ashi().close) is [2, 3]
  assert (heikin_ashi().high) is [3, 4]
  assert (heikin_ashi().low) is [1, 2]
}

test "swings are confirmed later" {
  given high = [1, 2, 5, 3, 2, 2]
  given low = [1, 1, 4, 2, 1, 0]
  given close = [1, 2, 5, 3, 2, 1]
  assert (fractal(2, 2).top) is [_, _, _, _, true, false]
  assert (fractal(1, 1).bottom) is [_, _, false, false, false, false]
  assert swing_high(2, 2) is [_, _, _, 3, 5, 5]
  assert swing_low(1, 1) is [_, 1, 1, 1, 1, 1]
}

test "pivots by hand" {
  given high = [6]
  given low = [2]
  given close = [4]
  assert (pivots().p) is [4]
  assert (pivots().r1) is [6]
  assert (pivots().s1) is [2]
  assert (pivots().r2) is [8]
  assert (pivots().s3) is [-2]
}

test "Wilder's sum" {
  given close = [1, 2, 3, 6]
  assert wilder_sum(close, 2) is [1, 2.5, 4.25, 8.125]
}

test "displaced averages" {
  given high = [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
  given low = [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
  given close = [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
  assert (alligator(2, 2, 2).jaw) is [_, _, _, _, _, _, _, _, _, 2]
  assert (alligator(2, 2, 2).lips) is [_, _, _, _, 2, 2, 2, 2, 2, 2]
}

test "stops from true ranges" {
  given high = [10, 11, 12, 13, 7]
  given low = [9, 10, 11, 12, 4]
  given close = [10, 11, 12, 13, 5]
  assert (atr_trail(1, 2).line) is [_, 9, 10, 11, 23]
  assert (atr_trail(1, 2).up) is [_, true, true, true, false]
  assert (chande_kroll(1, 1, 2).long_stop) is [_, _, 11, 12, 12]
  assert (chande_kroll(1, 1, 2).short_stop) is [_, _, 11, 12, 13]
}
