#sbt 1

/// The value itself, but not before bar `n` (counted from 0).
/// Aligns the first value of an indicator whose definition starts later than its inputs would allow.
/// Units: those of `x`.
indicator delayed_start(x: num, n: bars) -> num {
  give if close[n] > 0 then x else x
}

/// Simple moving average: the mean of the last `n` values.
/// Formula: (x[0] + … + x[n-1]) / n. Source: TA-Lib SMA. Units: those of `x`.
indicator sma(x: num, n: bars = 20) -> num {
  give mean_of(x, n)
}

/// Exponential moving average, seeded with the simple average of the first `n` values.
/// Formula: e = e[1] + 2 / (n + 1) * (x - e[1]). Source: TA-Lib EMA. Units: those of `x`.
/// After 4 n bars the start-up bias is below 0.1 %.
indicator ema(x: num, n: bars = 20) -> num {
  // one operation from bar to bar; the weights add up to 1 exactly, so the average of a constant is the constant
  let keep = 1 - 2 / (n + 1)
  rec e = fma(e[1], keep, x * (1 - keep)) init mean_of(x, n) settle 4 * n
  give e
}

/// Wilder's moving average (also called smoothed or running), seeded with the simple average.
/// Formula: e = e[1] + (x - e[1]) / n. Source: J. W. Wilder, New Concepts in Technical Trading Systems, 1978;
/// TA-Lib RMA. Units: those of `x`.
indicator rma(x: num, n: bars = 14) -> num {
  // as in `ema`
  let keep = 1 - 1 / n
  rec e = fma(e[1], keep, x * (1 - keep)) init mean_of(x, n) settle 8 * n
  give e
}

/// Smoothed moving average, another name of Wilder's average `rma`.
indicator smma(x: num, n: bars = 14) -> num {
  give rma(x, n)
}

/// Exponential moving average that starts at the first value instead of a simple average.
/// Formula: e = e[1] + 2 / (n + 1) * (x - e[1]). Source: pandas ewm(span = n, adjust = False). Units: those of `x`.
indicator smooth(x: num, n: bars = 20) -> num {
  let keep = 1 - 2 / (n + 1)
  rec e = fma(e[1], keep, x * (1 - keep)) init x settle 4 * n
  give e
}

/// Exponential moving average whose seed is taken over the `n` bars up to bar `start`, for indicators that
/// start two averages on the same bar. Formula: as `ema`. Source: TA-Lib MACD. Units: those of `x`.
indicator ema_from(x: num, n: bars, start: bars) -> num {
  let keep = 1 - 2 / (n + 1)
  rec e = fma(e[1], keep, x * (1 - keep)) init delayed_start(mean_of(x, n), start) settle 4 * n
  give e
}

/// Linearly weighted moving average: the newest value weighs `n`, the oldest 1.
/// Formula: sum of x[i] * (n - i) over i in 0..<n, divided by n (n + 1) / 2. Source: TA-Lib WMA. Units: those of `x`.
indicator wma(x: num, n: bars = 20) -> num {
  give sum(i in 0..<n: x[i] * (n - i)) * (2 / (n * (n + 1)))
}

/// Double exponential moving average: less lag than `ema`.
/// Formula: 2 ema(x) - ema(ema(x)). Source: P. Mulloy, Stocks & Commodities, 1994; TA-Lib DEMA. Units: those of `x`.
indicator dema(x: num, n: bars = 20) -> num {
  let e1 = ema(x, n)
  let e2 = ema(e1, n)
  give 2 * e1 - e2
}

/// Triple exponential moving average.
/// Formula: 3 e1 - 3 e2 + e3 with e1 = ema(x), e2 = ema(e1), e3 = ema(e2). Source: P. Mulloy, 1994; TA-Lib TEMA.
/// Units: those of `x`.
indicator tema(x: num, n: bars = 20) -> num {
  let e1 = ema(x, n)
  let e2 = ema(e1, n)
  let e3 = ema(e2, n)
  give 3 * e1 - 3 * e2 + e3
}

/// Triangular moving average: the simple average of a simple average, so the middle of the window weighs most.
/// Formula: sma(sma(x, a), b) with a + b = n + 1 and a = b, or b = a + 1 when n is even. Source: TA-Lib TRIMA.
/// Units: those of `x`.
indicator trima(x: num, n: bars = 20) -> num {
  let a = bars(floor((n + 1) / 2))
  let b = bars(floor(n / 2)) + 1
  give mean_of(mean_of(x, a), b)
}

/// Tillson's T3: six chained exponential averages, smooth with little lag; `v` is the volume factor.
/// Formula: c1 e6 + c2 e5 + c3 e4 + c4 e3 with c1 = -v³, c2 = 3 v² + 3 v³, c3 = -6 v² - 3 v - 3 v³,
/// c4 = 1 + 3 v + v³ + 3 v². Source: T. Tillson, Stocks & Commodities, 1998; TA-Lib T3. Units: those of `x`.
indicator t3(x: num, n: bars = 5, v: float = 0.7) -> num {
  let e1 = ema(x, n)
  let e2 = ema(e1, n)
  let e3 = ema(e2, n)
  let e4 = ema(e3, n)
  let e5 = ema(e4, n)
  let e6 = ema(e5, n)
  let c1 = -v * v * v
  let c2 = 3 * (v * v - c1)
  let c3 = -6 * v * v - 3 * (v - c1)
  let c4 = 1 + 3 * v - c1 + 3 * v * v
  give c1 * e6 + c2 * e5 + c3 * e4 + c4 * e3
}

/// Hull moving average: fast and smooth.
/// Formula: wma(2 wma(x, n / 2) - wma(x, n), sqrt(n)), lengths rounded down. Source: A. Hull, 2005; TA-Lib HMA.
/// Units: those of `x`.
indicator hma(x: num, n: bars = 20) -> num {
  let half = bars(floor(n / 2))
  let root = bars(floor(sqrt(float(n))))
  give wma(2 * wma(x, half) - wma(x, n), root)
}

/// Zero-lag exponential moving average: an `ema` of the value extrapolated over the average's own lag.
/// Formula: ema(2 x - x[lag], n), lag = (n - 1) / 2 rounded down. Source: J. Ehlers and R. Way; TA-Lib ZLEMA.
/// Units: those of `x`.
indicator zlema(x: num, n: bars = 20) -> num {
  let lag = bars(floor((n - 1) / 2))
  give ema(2 * x - x[lag], n)
}

/// Efficiency ratio of Kaufman, 0..1: net travel over the path's length; 1 when nothing moved.
/// Formula: |x - x[n]| / sum of |x - x[1]| over n bars. Source: P. Kaufman, Smarter Trading, 1995. Units: none.
indicator efficiency_ratio(x: num, n: bars = 10) -> float {
  let path = sum_of(abs(x - x[1]), n)
  give if path == 0 then 1 else min(abs(x - x[n]) / path, 1)
}

/// Kaufman's adaptive moving average: fast in trends, nearly still in noise.
/// Formula: k = k[1] + c² (x - k[1]), c = er (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1), starting at x[1].
/// Source: P. Kaufman, Smarter Trading, 1995; TA-Lib KAMA (fast 2, slow 30). Units: those of `x`.
indicator kama(x: num, n: bars = 10, fast: bars = 2, slow: bars = 30) -> num {
  let lo = 2 / (slow + 1)
  let c = efficiency_ratio(x, n) * (2 / (fast + 1) - lo) + lo
  let keep = 1 - c * c
  rec k = fma(k[1], keep, x * (1 - keep)) init x settle 4 * slow
  give fma(k[1], keep, x * (1 - keep))
}

/// Volume-weighted moving average.
/// Formula: sum of x volume / sum of volume over n bars. Source: TA-Lib VWMA. Units: those of `x`.
indicator vwma(x: num, n: bars = 20) -> num {
  give sum_of(x * volume, n) / sum_of(volume, n)
}

/// Arnaud Legoux moving average: Gaussian weights whose peak stands at `offset` of the window (1 = the newest bar).
/// Formula: weights exp(-(j - m)² / (2 s²)), j = 0 oldest … n - 1 newest, m = offset (n - 1), s = n / sigma.
/// Source: A. Legoux and D. Kouzis-Loukas, 2009. Units: those of `x`.
indicator alma(x: num, n: bars = 9, offset: float = 0.85, sigma: float = 6) -> num {
  let m = offset * (n - 1)
  let d = 2 * n * n / (sigma * sigma)
  let total = sum(i in 0..<n: exp(-(n - 1 - i - m) * (n - 1 - i - m) / d))
  give sum(i in 0..<n: x[i] * exp(-(n - 1 - i - m) * (n - 1 - i - m) / d)) / total
}

/// Sine-weighted moving average: the middle of the window weighs most.
/// Formula: weights sin(pi (i + 1) / (n + 1)). Source: pandas-ta sinwma. Units: those of `x`.
indicator sinwma(x: num, n: bars = 14) -> num {
  let step = 3.141592653589793 / (n + 1)
  let total = sum(i in 0..<n: sin((i + 1) * step))
  give sum(i in 0..<n: x[i] * sin((i + 1) * step)) / total
}

/// Symmetrically weighted moving average: weights rise to the middle of the window and fall again.
/// Formula: weights min(i + 1, n - i); of four bars (x + 2 x[1] + 2 x[2] + x[3]) / 6.
/// Source: Pine Script swma (4 bars); pandas-ta swma. Units: those of `x`.
indicator swma(x: num, n: bars = 4) -> num {
  let total = sum(i in 0..<n: min(i + 1, n - i))
  give sum(i in 0..<n: x[i] * min(i + 1, n - i)) / total
}

/// McGinley dynamic: an average that adjusts its speed to the market.
/// Formula: m = m[1] + (x - m[1]) / (0.6 n (x / m[1])⁴), starting at the first value.
/// Source: J. McGinley, Journal of Technical Analysis, 1997. Units: those of `x`.
indicator mcginley(x: num, n: bars = 10) -> num {
  rec m = m[1] + (x - m[1]) / (0.6 * n * (x / m[1]) * (x / m[1]) * (x / m[1]) * (x / m[1]))
    init x
    settle 8 * n
  give m
}

/// Variable index dynamic average: an `ema` whose speed follows the Chande momentum.
/// Formula: v = v[1] + 2 / (n + 1) |cmo(x, m)| / 100 (x - v[1]), cmo over plain sums.
/// Source: T. Chande, Stocks & Commodities, 1992. Units: those of `x`.
indicator vidya(x: num, n: bars = 14) -> num {
  let d = x - x[1]
  let path = sum_of(abs(d), n)
  let k = if path == 0 then 0 else abs(x - x[n]) / path
  let keep = 1 - 2 / (n + 1) * k
  rec v = fma(v[1], keep, x * (1 - keep)) init x settle 8 * n
  give v
}

/// Super smoother: Ehlers' two-pole low-pass filter.
/// Formula: a = exp(-√2 pi / n), b = 2 a cos(√2 pi / n), f = (1 - b + a²) (x + x[1]) / 2 + b f[1] - a² f[2].
/// Source: J. Ehlers, Cycle Analytics for Traders, 2013. Units: those of `x`.
indicator super_smoother(x: num, n: bars = 10) -> num {
  let a = exp(-4.442882938158366 / n)
  let b = 2 * a * cos(4.442882938158366 / n)
  let c = 1 - b + a * a
  rec f = fma(f[1], b, fma(f[2], -a * a, c * (x + x[1]) / 2)) init x settle 4 * n
  give f
}

/// Middle of the range of a series over `n` bars. Formula: (highest + lowest) / 2. Source: TA-Lib MIDPOINT.
/// Units: those of `x`.
indicator midpoint(x: num, n: bars = 14) -> num {
  give (highest(x, n) + lowest(x, n)) / 2
}

/// Middle of the bars' range over `n` bars. Formula: (highest high + lowest low) / 2. Source: TA-Lib MIDPRICE.
indicator midprice(n: bars = 14) -> price {
  give (highest(high, n) + lowest(low, n)) / 2
}

/// Distance from the simple average in percent of it. Formula: 100 (x / sma(x, n) - 1). Units: percent points.
indicator bias(x: num, n: bars = 26) -> float {
  give 100 * (x / sma(x, n) - 1)
}

/// Kinds of moving averages, for indicators that leave the choice open. `none` is the value itself.
/// Source: TA-Lib MA_Type.
enum MaType { sma, ema, wma, dema, tema, trima, kama, mama, t3, hma, none, zlema, rma }

/// Moving average of a chosen kind: `ma(close, 30, MaType.ema)`. `mama` takes no length; `t3` has the factor 0.7.
/// Source: TA-Lib MA. Units: those of `x`.
indicator ma(x: num, n: bars = 30, kind: MaType = MaType.sma) -> num {
  give if kind == MaType.sma then sma(x, n)
    else if kind == MaType.ema then ema(x, n)
    else if kind == MaType.wma then wma(x, n)
    else if kind == MaType.dema then dema(x, n)
    else if kind == MaType.tema then tema(x, n)
    else if kind == MaType.trima then trima(x, n)
    else if kind == MaType.kama then kama(x, n)
    else if kind == MaType.mama then mama(x).mama
    else if kind == MaType.t3 then t3(x, n)
    else if kind == MaType.hma then hma(x, n)
    else if kind == MaType.zlema then zlema(x, n)
    else if kind == MaType.rma then rma(x, n)
    else x
}

/// First bar of `ma` of that kind, counted from 0. Source: TA-Lib's lookback of MA. Units: bars.
fn ma_lookback(n: bars, kind: MaType) -> bars = if kind == MaType.dema then 2 * (n - 1)
  else if kind == MaType.tema then 3 * (n - 1)
  else if kind == MaType.kama then n
  else if kind == MaType.mama then 32
  else if kind == MaType.t3 then 6 * (n - 1)
  else if kind == MaType.hma then n - 2 + min(bars(floor(sqrt(float(n)))), n)
  else if kind == MaType.zlema then n - 1 + bars(floor((n - 1) / 2))
  else if kind == MaType.none then 0
  else n - 1

/// Simple average whose length follows the series `n`, held between `least` and `most`; fractions are cut off.
/// Formula: mean of the last n values. Source: TA-Lib MAVP with its default average. Units: those of `x`.
indicator mavp(x: num, n: float, least: bars = 2, most: bars = 30) -> num {
  let k = min(max(floor(n), least), most)
  give sum(i in 0..<most: if i < k then x[i] else 0) / k
}

/// Relation of two averages' lines as a ribbon: how many of five exponential averages (lengths n, 2n, … 5n) lie in
/// rising order, -4..4 (4 = each faster average above the slower one). Units: none.
indicator ribbon(x: num, n: bars = 10) -> float {
  let a = ema(x, n)
  let b = ema(x, 2 * n)
  let c = ema(x, 3 * n)
  let d = ema(x, 4 * n)
  let e = ema(x, 5 * n)
  give sign(a - b) + sign(b - c) + sign(c - d) + sign(d - e)
}

test "sma of a ramp" {
  given close = [1, 2, 3, 4]
  assert sma(close, 2) is [_, 1.5, 2.5, 3.5]
}

test "a delayed value" {
  given close = [1, 2, 3, 4]
  assert delayed_start(close, 2) is [_, _, 3, 4]
}

test "midpoint of the range" {
  given close = [1, 5, 3, 4]
  assert midpoint(close, 3) is [_, _, 3, 4]
}

test "ema starts at the simple average" {
  given close = [1, 2, 3, 4, 8]
  assert ema(close, 3) is [_, _, 2, 3, 5.5]
  assert ema_from(close, 3, 3) is [_, _, _, 3, 5.5]
}

test "Wilder's average moves by a share of the distance" {
  given close = [2, 4, 8, 1]
  assert rma(close, 2) is [_, 3, 5.5, 3.25]
  assert smma(close, 2) is [_, 3, 5.5, 3.25]
}

test "averages of a constant are the constant, to the last bit" {
  given close = [0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]
  assert ema(close, 1) == close
  assert ema(close, 2) == close
  assert ema(close, 4) == close
  assert ema(close, 7) == close
  assert rma(close, 6) == close
  assert smooth(close, 200) == close
}

test "smoothing starts at the first value" {
  given close = [2, 4, 8]
  assert smooth(close, 3) is [2, 3, 5.5]
}

test "averages by kind" {
  given close = [1, 2, 3, 4, 8]
  assert ma(close, 3) is [_, _, 2, 3, 5]
  assert ma(close, 3, MaType.ema) is [_, _, 2, 3, 5.5]
  assert ma(close, 3, MaType.none) is [1, 2, 3, 4, 8]
  assert ma(close, 2, MaType.dema) is [_, _, 3, 4, 7.666666666666667]
  assert ma_lookback(3, MaType.t3) == 12 and ma_lookback(4, MaType.hma) == 4
}

test "average of a changing length" {
  given close = [1, 2, 3, 4, 8]
  given volume = [9, 9, 2, 3.9, 1]
  assert mavp(close, float(volume), 2, 3) is [_, _, 2.5, 3, 6]
}

test "weighted averages" {
  given close = [1, 2, 3, 4, 8]
  assert wma(close, 3) is [_, _, 2.3333333333333335, 3.3333333333333335, 5.833333333333333]
  assert trima(close, 3) is [_, _, 2, 3, 4.75]
  assert trima(close, 4) is [_, _, _, 2.5, 4]
  assert swma(close) is [_, _, _, 2.5, 4]
  assert swma(close, 3) is [_, _, 2, 3, 4.75]
}

test "averages of averages follow a ramp without lag" {
  given close = [1, 2, 3, 4, 5, 6, 7, 8]
  assert dema(close, 2) is [_, _, 3, 4, 5, 6, 7, 8]
  assert tema(close, 2) is [_, _, _, 4, 5, 6, 7, 8]
  assert hma(close, 4) is [_, _, _, _, 5, 6, 7, 8]
  assert zlema(close, 3) is [_, _, _, 4, 5, 6, 7, 8]
}

test "t3 of a constant is the constant" {
  given close = [5, 5, 5, 5, 5, 5, 5, 5]
  assert t3(close, 2, 0.7) is [_, _, _, _, _, _, 5, 5]
}

test "kama equals the price path when the market never turns" {
  given close = [1, 2, 3, 4, 5]
  assert efficiency_ratio(close, 2) is [_, _, 1, 1, 1]
  assert kama(close, 2) is [_, _, 2.4444444444444446, 3.1358024691358026, 3.964334705075446]
}

test "volume weighs the price" {
  given close = [1, 2, 4]
  given volume = [1, 3, 1]
  assert vwma(close, 2) is [_, 1.75, 2.5]
}

test "fixed-weight windows" {
  given close = [2, 2, 2, 6]
  assert sinwma(close, 3) is [_, _, 2, 3.1715728752538097]
  assert alma(close, 3) is [_, _, 2, 4.7528741544046635]
}

test "adaptive averages start at the price" {
  given close = [1, 2, 2, 2]
  assert mcginley(close, 10) is [1, 1.0104166666666667, 1.0211610908112878, 1.0322481668388146]
  assert vidya(close, 2) is [_, 2, 2, 2]
}

test "super smoother of a constant" {
  given close = [3, 3, 3, 3]
  assert super_smoother(close, 10) is [3, 3, 3, 3]
}

test "middle of the bar range" {
  given high = [3, 6, 5]
  given low = [1, 2, 1]
  given close = [2, 4, 3]
  assert midprice(2) is [_, 3.5, 3.5]
}

test "distance from the average" {
  given close = [1, 3]
  assert bias(close, 2) is [_, 50]
}

test "ribbon counts ordered averages" {
  given close = [1, 2, 3, 4, 5, 6]
  assert ribbon(close, 1) is [_, _, _, _, 4, 4]
}
