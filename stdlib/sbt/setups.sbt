#sbt 1

/// Whether the value is above that of `n` bars ago. Source: pandas-ta increasing.
indicator increasing(x: num, n: bars = 1) -> bool {
  give x > x[n]
}

/// Whether the value is below that of `n` bars ago. Source: pandas-ta decreasing.
indicator decreasing(x: num, n: bars = 1) -> bool {
  give x < x[n]
}

/// Whether a fast line rose over `n` bars while the slow one moved at all. Source: pandas-ta long_run.
indicator long_run(fast: num, slow: num, n: bars = 2) -> bool {
  give fast > fast[n] and slow != slow[n]
}

/// Whether a fast line fell over `n` bars while the slow one moved at all. Source: pandas-ta short_run.
indicator short_run(fast: num, slow: num, n: bars = 2) -> bool {
  give fast < fast[n] and slow != slow[n]
}

/// Archer's moving average trends: runs of a fast against a slow average.
/// Formula: long_run and short_run of ma(x, fast, kind) and ma(x, slow, kind). Source: K. Johnson; pandas-ta amat.
indicator amat(x: num, fast: bars = 8, slow: bars = 21, n: bars = 2,
  kind: MaType = MaType.ema) -> (long_run: bool, short_run: bool) {
  let a = ma(x, fast, kind)
  let b = ma(x, slow, kind)
  give long_run(a, b, n), short_run(a, b, n)
}

/// Linear decay: the value, or the one before less 1 / n when that is more. Formula: max(x, x[1] - 1 / n, 0).
/// Source: pandas-ta decay. Units: none.
indicator decay(x: float, n: bars = 5) -> float {
  give max(x, x[1] - 1 / n, 0)
}

/// Exponential decay: the value, or its own past shrinking by exp(-1 / n) a bar when that is more.
/// Formula: e = max(x, e[1] exp(-1 / n)). Source: pandas-ta edecay. Units: those of `x`.
indicator edecay(x: num, n: bars = 5) -> num {
  rec e = max(x, e[1] * exp(-1 / n)) init x settle 20 * n
  give e
}

/// Gann's high-low activator: the average of the lows while the close is above the average of the highs a bar ago, the
/// average of the highs while it is below that of the lows; `up` while it follows the lows.
/// Source: R. Krausz, Stocks & Commodities, 1998; pandas-ta hilo.
indicator hilo(high_n: bars = 13, low_n: bars = 21, kind: MaType = MaType.sma) -> (line: price,
  up: bool) {
  let top = ma(high, high_n, kind)
  let bottom = ma(low, low_n, kind)
  let rises = close > top[1]
  let falls = not rises and close < bottom[1]
  rec line = if rises then bottom else if falls then top else line[1] init bottom settle 100
  rec up: bool = if rises then true else if falls then false else up[1]
    init top >= bottom
    settle 100
  give line, up
}

/// Profit maximizer: a stop that trails an average by `k` average true ranges and turns when the close passes it.
/// Formula: below = ma - k atr(n), which does not fall while the close stays above it; above = ma + k atr(n) likewise.
/// Source: K. Özbilgiç; pandas-ta pmax.
indicator pmax(n: bars = 10, k: float = 3, kind: MaType = MaType.ema) -> (line: price, up: bool) {
  let m = ma(close, n, kind)
  let d = k * atr(n)
  rec below = if close[1] > below[1] then max(m - d, below[1]) else m - d init m - d settle 8 * n
  rec above = if close[1] < above[1] then min(m + d, above[1]) else m + d init m + d settle 8 * n
  rec up: bool = if close > above[1] then true else if close < below[1] then false else up[1]
    init d >= 0
    settle 8 * n
  give if up then below else above, up
}

/// Alpha trend: a line that does not fall while momentum is strong and does not rise while it is weak, and the line `lag`
/// bars ago, with which it crosses. Formula: low - k sma(true_range, n) when mfi(n) ≥ `threshold`, at least the line before;
/// else high + k sma(true_range, n), at most the line before.
/// Source: K. Özbilgiç; pandas-ta alphatrend.
indicator alphatrend(n: bars = 14, k: float = 1, threshold: float = 50,
  lag: bars = 2) -> (line: price, signal: price) {
  let d = k * sma(true_range(), n)
  let strong = mfi(n) >= threshold
  rec line = if strong then max(low - d, line[1]) else min(high + d, line[1])
    init if strong then low - d else high + d
    settle 100
  give line, line[lag]
}

/// Trailing stop on the side that an average gives: below the close while it is above its average, else above; it is
/// never loosened while it stays on one side.
/// Formula: close - k ema(true_range, n), at least the line before, when close > ema(close, ma_n); else close +, at most.
/// Source: pandas-ta atrts.
indicator atrts(n: bars = 14, ma_n: bars = 20, k: float = 3) -> price {
  let d = k * ema(true_range(), n)
  let up = close > ema(close, ma_n)
  let start = if up then close - d else close + d
  rec line = if up then max(close - d, line[1]) else min(close + d, line[1])
    init delayed_start(start, max(n, ma_n))
    settle 100
  give line
}

/// Whether the close is above the average middle of the last `n` bars. Source: J. Carter; pandas-ta ttm_trend.
indicator ttm_trend(n: bars = 6) -> bool {
  give close > mean_of((high + low) / 2, n)
}

/// Entries and exits of a trend: the bars on which it begins and ends. Source: pandas-ta tsignals.
indicator tsignals(trend: bool) -> (starts: bool, ends: bool) {
  give trend and not trend[1], trend[1] and not trend
}

/// A trend that begins when the value rises above one threshold and ends when it falls to another or below.
/// Source: pandas-ta xsignals.
indicator xsignals(x: num, enter_above: num, exit_below: num) -> bool {
  let begins = x > enter_above and x[1] < enter_above[1]
  let ends_now = x <= exit_below and x[1] >= exit_below[1]
  rec on_now: bool = if ends_now then false else if begins then true else on_now[1]
    init x > enter_above and x < enter_above
  give on_now
}

/// Sweep of liquidity: 1 when the bar dips below the lowest low of the `n` bars before and closes above it, rising, with a
/// lower shadow over `k` bodies; -1 for the same at the highs; else 0. Source: pandas-ta smc_sweep. Units: none.
indicator smc_sweep(n: bars = 15, k: float = 1.5) -> float {
  let bottom = lowest(low, n)[1]
  let top = highest(high, n)[1]
  let body = abs(close - open)
  let bull = low < bottom and close > bottom and close > open and min(open, close) - low > k * body
  let bear = high > top and close < top and close < open and high - max(open, close) > k * body
  give (if bull then 1 else 0) - (if bear then 1 else 0)
}

/// Smart money: a bar of unusual range, and gaps between this bar and the one two before it (fair value gaps), above 1 % of
/// the range of `range_n` bars. Formula: volatile: high - low > ratio sma(high - low, vol_n); gap_up: low > high[2]; gap_down:
/// low[2] > high. Source: pandas-ta smc, which also writes signals back over its warm-up; nothing is written back here.
indicator smc(range_n: bars = 14, vol_n: bars = 20, ratio: float = 1.5) -> (volatile: bool,
  gap_up: bool, gap_down: bool) {
  let range = highest(high, range_n) - lowest(low, range_n)
  let up = low - high[2]
  let down = low[2] - high
  let size = high - low
  give size > ratio * sma(size, vol_n), up > 0.01 * range and up > 0,
    down > 0.01 * range and down > 0
}

/// Zigzag without hindsight: the extreme of the present leg, and its direction. A leg ends, and the other begins, on the bar
/// whose low (high) is `deviation` away from the extreme. What other programs draw by looking back from the last bar is
/// known only then. Source: pandas-ta zigzag, made causal.
indicator zigzag(deviation: percent = 5%) -> (extreme: price, up: bool) {
  let turns = if up[1] then low < extreme[1] * (1 - deviation)
    else high > extreme[1] * (1 + deviation)
  rec up: bool = if turns then not up[1] else up[1] init high >= low
  rec extreme = if turns then (if up then high else low)
    else if up then max(extreme[1], high)
    else min(extreme[1], low)
    init high
  give extreme, up
}

/// Central pivot range of a bar (use inside `on 1d`): the pivot and the two ends of the range, for the period after it.
/// Formula: pivot = (h + l + c) / 3; bottom = (h + l) / 2; top = 2 pivot - bottom, which may lie below the bottom; width =
/// |top - bottom| in percent points of the pivot. Source: F. Ochoa, Secrets of a Pivot Boss, 2010; pandas-ta cpr.
indicator cpr() -> (pivot: price, top: price, bottom: price, width: float) {
  let p = (high + low + close) / 3
  let b = (high + low) / 2
  let t = 2 * p - b
  give p, t, b, 100 * abs(t - b) / p
}

/// Camarilla pivots of a bar (use inside `on 1d`). Formula: levels c ± 1.1 (h - l) / 12, / 6, / 4, / 2.
/// Source: N. Scott, 1989; pandas-ta pivots and cpr, method camarilla.
indicator pivots_camarilla() -> (p: price, r1: price, s1: price, r2: price, s2: price, r3: price,
  s3: price, r4: price, s4: price) {
  let w = 1.1 * (high - low)
  give (high + low + close) / 3, close + w / 12, close - w / 12, close + w / 6, close - w / 6,
    close + w / 4, close - w / 4, close + w / 2, close - w / 2
}

/// Fibonacci pivots of a bar (use inside `on 1d`). Formula: p ± 0.382, 0.618, 1 times (h - l).
/// Source: pandas-ta pivots and cpr, method fibonacci.
indicator pivots_fibonacci() -> (p: price, r1: price, s1: price, r2: price, s2: price, r3: price,
  s3: price) {
  let p = (high + low + close) / 3
  let w = high - low
  give p, p + 0.382 * w, p - 0.382 * w, p + 0.618 * w, p - 0.618 * w, p + w, p - w
}

/// Woodie's pivots of a bar (use inside `on 1d`). Formula: p = (h + l + 2 c) / 4, r1 = 2 p - l, s1 = 2 p - h, r2 = p + h - l,
/// s2 = p - h + l. Source: K. Wood; pandas-ta cpr, method woodie.
indicator pivots_woodie() -> (p: price, r1: price, s1: price, r2: price, s2: price) {
  let p = (high + low + 2 * close) / 4
  let w = high - low
  give p, 2 * p - low, 2 * p - high, p + w, p - w
}

/// DeMark's pivots of a bar (use inside `on 1d`). Formula: p = (h + l + 2 c) / 4 when it closed at its open,
/// (2 h + l + c) / 4 when above, (h + 2 l + c) / 4 when below; r1 = 2 p - l, s1 = 2 p - h. Source: T. DeMark, 1994.
indicator pivots_demark() -> (p: price, r1: price, s1: price) {
  let extra = if close == open then close else if close > open then high else low
  let p = (high + low + close + extra) / 4
  give p, 2 * p - low, 2 * p - high
}

test "rising and falling" {
  given close = [1, 3, 2, 4]
  given open = [1, 1, 2, 2]
  assert increasing(close, 2) is [_, _, true, true]
  assert decreasing(close) is [_, false, true, false]
  assert long_run(close, open, 1) is [_, false, false, false]
  assert short_run(close, open, 1) is [_, false, true, false]
  assert (amat(close, 1, 2, 1).long_run) is [_, _, false, true]
  assert (amat(close, 1, 2, 1).short_run) is [_, _, false, false]
}

test "decay" {
  given close = [2, 1, 1, 5]
  assert decay(float(close), 2) is [_, 1.5, 1, 5]
  assert edecay(close, 1) is [2, 1, 1, 5]
  assert edecay(close, 2) is [2, 1.2130613194252668, 1, 5]
}

test "stops turn with the close" {
  given high = [10, 11, 12, 13, 6]
  given low = [9, 10, 11, 12, 4]
  given close = [10, 11, 12, 13, 4]
  assert (pmax(1, 2).up) is [_, true, true, true, false]
  assert (pmax(1, 2).line) is [_, 9, 10, 11, 22]
  assert (hilo(2, 2).up) is [_, true, true, true, false]
  assert (hilo(2, 2).line) is [_, 9.5, 10.5, 11.5, 9.5]
  assert atrts(1, 2, 2) is [_, _, 10, 11, 11]
  assert (alphatrend(1, 1).line) is [_, 9, 10, 11, 11]
  assert (zigzag(20%).extreme) is [10, 11, 12, 13, 4]
  assert (zigzag(20%).up) is [true, true, true, true, false]
  assert ttm_trend(2) is [_, true, true, true, false]
}

test "signals of a trend" {
  given close = [1, 3, 2, 1, 4]
  assert (tsignals(close > price(2)).starts) is [_, true, false, false, true]
  assert (tsignals(close > price(2)).ends) is [_, false, true, false, false]
  assert xsignals(close, price(2), price(1)) is [false, true, true, false, true]
}

test "sweeps and gaps" {
  given open = [5, 5, 5, 9]
  given high = [6, 6, 5.5, 10]
  given low = [4, 4, 2, 8]
  given close = [5, 5, 5.5, 9]
  assert smc_sweep(2, 1.5) is [_, _, 1, 0]
  assert (smc(1, 2).gap_up) is [_, _, false, true]
  assert (smc(1, 2).gap_down) is [_, _, false, false]
  assert (smc(1, 2, 1.1).volatile) is [_, false, true, false]
}

test "levels of a bar" {
  given open = [3]
  given high = [6]
  given low = [2]
  given close = [4]
  assert (cpr().pivot) is [4]
  assert (cpr().top) is [4]
  assert (cpr().width) is [0]
  assert (pivots_camarilla().r4) is [6.2]
  assert (pivots_fibonacci().s3) is [0]
  assert (pivots_woodie().r1) is [6]
  assert (pivots_demark().p) is [4.5]
}
