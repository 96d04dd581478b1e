#sbt 1

/// Sentiment of a market: `ar` weighs the bars' highs against their lows around the open, `br` around the previous close;
/// 100 is balance. Formula: ar = 100 sum of (high - open) / sum of (open - low); br = 100 sum of max(high - close[1], 0) /
/// sum of max(close[1] - low, 0); 100 when both sums are 0. Source: pandas-ta brar. Units: none.
indicator brar(n: bars = 26) -> (ar: float, br: float) {
  let up = sum_of(high - open, n)
  let down = sum_of(open - low, n)
  let strong = sum_of(max(high - close[1], 0), n)
  let weak = sum_of(max(close[1] - low, 0), n)
  give if down == 0 and up == 0 then 100 else 100 * up / down,
    if weak == 0 and strong == 0 then 100 else 100 * strong / weak
}

/// Chande's forecast oscillator: the value against the forecast that the regression makes for the next bar, in percent
/// points. `fosc` compares with the forecast made a bar ago. Formula: 100 (x - tsf(x, n)) / x.
/// Source: T. Chande; pandas-ta cfo. Units: none.
indicator cfo(x: num, n: bars = 9) -> float {
  give 100 * (x - tsf(x, n)) / x
}

/// Centre of gravity of the last `n` values, in bars before the present one, negative: -1 when all the weight is new.
/// Formula: -sum of (i + 1) x[i] / sum of x[i]. Source: J. Ehlers, Stocks & Commodities, 2002; pandas-ta cg. Units: bars,
/// as a plain number.
indicator cg(x: num, n: bars = 10) -> float {
  give -sum(i in 0..<n: (i + 1) * x[i]) / sum_of(x, n)
}

/// Correlation trend indicator, -1..1: correlation of the values with a straight line; 0 when nothing moved.
/// Formula: slope of the least-squares line sqrt((n² - 1) / 12) / stdev(x, n).
/// Source: J. Ehlers, Stocks & Commodities, May 2020; pandas-ta cti. Units: none.
indicator cti(x: num, n: bars = 12) -> float {
  let s = stdev(x, n)
  give if s == 0 then 0 else linreg_slope(x, n) * sqrt((n * n - 1) / 12) / s
}

/// Relative volatility index with one length and exponential averages, 0..100; 50 when nothing moved.
/// Formula: 100 up / (up + down), ema of sample_stdev(x, n) on rising and on falling bars.
/// Source: pandas-ta rvi; TA-Lib's form is `rvi`. Units: none.
indicator rvi_ema(x: num, n: bars = 14) -> float {
  let s = sample_stdev(x, n)
  let up = ema(if x > x[1] then s else 0, n)
  let down = ema(if x < x[1] then s else 0, n)
  give if up + down == 0 then 50 else 100 * (up / (up + down))
}

/// Inertia: the regression line of the relative volatility index; above 50 a rise persists.
/// Formula: linreg(rvi_ema(x, rvi_n), n). Source: D. Dorsey, Stocks & Commodities, 1995; pandas-ta inertia. Units: none.
indicator inertia(x: num, n: bars = 20, rvi_n: bars = 14) -> float {
  give linreg(rvi_ema(x, rvi_n), n)
}

/// Laguerre relative strength index, 0..100: fast, with few whipsaws; 0 when nothing moved.
/// Formula: four Laguerre filters of damping `gamma`; 100 times the rises from each to the one before it over rises and falls.
/// Source: J. Ehlers, Cybernetic Analysis for Stocks and Futures, 2004; pandas-ta lrsi. Units: none.
indicator lrsi(x: num, gamma: float = 0.5) -> float {
  rec a = (1 - gamma) * x + gamma * a[1] init x settle 100
  rec b = -gamma * a + a[1] + gamma * b[1] init x settle 100
  rec c = -gamma * b + b[1] + gamma * c[1] init x settle 100
  rec d = -gamma * c + c[1] + gamma * d[1] init x settle 100
  let up = max(a - b, 0) + max(b - c, 0) + max(c - d, 0)
  let down = max(b - a, 0) + max(c - b, 0) + max(d - c, 0)
  give if up + down == 0 then 0 else 100 * (up / (up + down))
}

/// Pretty good oscillator: distance of the close from its average in smoothed average true ranges; 0 when nothing moved.
/// Formula: (close - sma(close, n)) / ema(atr(n), n). Source: M. Johnson; pandas-ta pgo. Units: none.
indicator pgo(n: bars = 14) -> float {
  let range = ema(atr(n), n)
  give if range == 0 then 0 else (close - sma(close, n)) / range
}

/// Projection oscillator: distance of the value from its regression line in percent points of the line.
/// Formula: 100 (x - linreg(x, n)) / linreg(x, n). Source: pandas-ta po. Units: none.
indicator po(x: num, n: bars = 14) -> float {
  let line = linreg(x, n)
  give if line == 0 then 0 else 100 * (x - line) / line
}

/// Quantitative qualitative estimation: a smoothed relative strength index and a stop that trails it.
/// Formula: r = ema(rsi(x, n), smooth); distance = k ema(ema(|r - r[1]|, 2 n - 1), 2 n - 1); the stop below only rises while
/// r stays above it, the stop above only falls; the line is the one that r has not crossed.
/// Source: pandas-ta qqe. Units: none.
indicator qqe(x: num, n: bars = 14, smooth: bars = 5, k: float = 4.236) -> (line: float, rsi: float,
  up: bool) {
  let r = ema(rsi(x, n), smooth)
  let d = k * ema(ema(abs(r - r[1]), 2 * n - 1), 2 * n - 1)
  rec below = if r[1] > below[1] and r > below[1] then max(below[1], r - d) else r - d
    init r - d
    settle 16 * n
  rec above = if r[1] < above[1] and r < above[1] then min(above[1], r + d) else r + d
    init r + d
    settle 16 * n
  let rises = r > above[1] and r[1] < above[2] or r <= above[1] and r[1] >= above[2]
  let falls = r > below[1] and r[1] < below[2] or r <= below[1] and r[1] >= below[2]
  rec up: bool = if rises then true else if falls then false else up[1] init d >= 0 settle 16 * n
  give if up then below else above, r, up
}

/// Half of a two-stage smoother of `rsx`: 1.5 first - 0.5 second, each an exponential average of factor `a` from 0.
/// Units: those of `x`.
indicator rsx_stage(x: num, a: float) -> num {
  rec first: num = (1 - a) * first[1] + a * x init 0 settle 60
  rec second: num = (1 - a) * second[1] + a * first init 0 settle 60
  give 1.5 * first - 0.5 * second
}

/// Relative strength index without noise, 0..100: three two-stage smoothers of the change over those of its size; 50 when
/// nothing moved. Formula: 50 (m / a + 1), m the thrice smoothed change, a the thrice smoothed |change|, factor 3 / (n + 2).
/// Source: M. Jurik's RSX as rebuilt in pandas-ta rsx. Units: none.
indicator rsx(x: num, n: bars = 14) -> float {
  let p = delayed_start(x, n)
  let d = 100 * (p - p[1])
  let a = 3 / (n + 2)
  let m = rsx_stage(rsx_stage(rsx_stage(d, a), a), a)
  let size = rsx_stage(rsx_stage(rsx_stage(abs(d), a), a), a)
  let v = if float(size) > 1e-10 then max(min(50 * (m / size + 1), 100), 0) else 50
  give delayed_start(v, n + max(n - 1, 5))
}

/// Mean change a bar over `n` bars. Formula: (x - x[n]) / n. Source: pandas-ta slope. Units: those of `x` a bar.
indicator slope(x: num, n: bars = 1) -> num {
  give (x - x[n]) / n
}

/// Sequence of Tom DeMark: on how many bars in a row the value stood above (below) the one `back` bars before, at most `cap`.
/// Source: T. DeMark, The New Science of Technical Analysis, 1994; pandas-ta td_seq, exhc. Units: none.
indicator td_seq(x: num, back: bars = 4, cap: float = 13) -> (up: float, down: float) {
  let higher = x > x[back]
  let lower = x < x[back]
  rec up = if higher then min(up[1] + 1, cap) else 0 init 0
  rec down = if lower then min(down[1] + 1, cap) else 0 init 0
  give up, down
}

/// True momentum oscillator: on how many more of the `n` bars before the open lay below than above this close, smoothed, and
/// smoothed again. Formula: s = sum of sign(close - open[i]), i = 1 … n; main = ema(ema(s, calc), smooth); signal =
/// ema(main, smooth). Source: Mobius, ThinkorSwim; pandas-ta tmo. Units: none.
indicator tmo(n: bars = 14, calc: bars = 5, smooth: bars = 3) -> (main: float, signal: float) {
  let s = sum(i in 1..n: sign(close - open[i]))
  let m = ema(ema(s, calc), smooth)
  give m, ema(m, smooth)
}

/// Rate of change of a triple exponential average, its simple average, and their difference.
/// Formula: line = trix(x, n); signal = sma(line, signal); hist = line - signal. Source: pandas-ta trixh. Units: none.
indicator trixh(x: num, n: bars = 18, signal: bars = 9) -> (line: float, signal: float,
  hist: float) {
  let t = trix(x, n)
  let s = sma(t, signal)
  give t, s, t - s
}

/// Squeeze with three Keltner channels: a smoothed momentum, and in which of the channels the Bollinger bands lie.
/// Formula: value = sma(mom(close, mom_n), smooth); wide, normal, narrow: k stdev < scale · sma(true_range, n), scales 2, 1.5, 1;
/// off: the bands lie outside the widest. Source: J. Carter; pandas-ta squeeze_pro. Units: value: price.
indicator squeeze_pro(n: bars = 20, k: float = 2, mom_n: bars = 12, smooth: bars = 6,
  wide: float = 2, normal: float = 1.5, narrow: float = 1) -> (value: price, wide: bool,
  normal: bool, narrow: bool, off: bool) {
  let d = k * stdev(close, n)
  let range = sma(true_range(), n)
  give sma(mom(close, mom_n), smooth), d < wide * range, d < normal * range, d < narrow * range,
    d > wide * range
}

/// The power of a value, to make what is large stand out: `p` 3 or more. Formula: x^p.
/// Source: J. Ehlers, Stocks & Commodities, 2008; pandas-ta cube. Units: none.
fn cube(x: float, p: float = 3) -> float = pow(x, p)

/// Inverse Fisher transform of a value within -1..1 (see `remap`), with an amplifier: it pushes values to the ends.
/// Formula: (exp(amp x) - 1) / (exp(amp x) + 1). Source: J. Ehlers, 2004; pandas-ta ifisher, which without being asked
/// stretches other values by their extremes, future ones included. Units: none.
fn ifisher(x: float, amp: float = 1) -> float = tanh(amp * x / 2)

/// A value moved from one range to another, in a straight line.
/// Formula: c + (d - c) (x - a) / (b - a). Source: pandas-ta remap. Units: those of `c`.
fn remap(x: num, a: num, b: num, c: num2 = -1,
  d: num2 = 1) -> num2 = c + (d - c) * ((x - a) / (b - a))

test "sentiment by hand" {
  given open = [2, 2, 3]
  given high = [4, 3, 5]
  given low = [1, 1, 2]
  given close = [3, 2, 4]
  assert (brar(2).ar) is [_, 150, 150]
  assert (brar(2).br) is [_, _, 150]
  assert pgo(1) is [_, 0, 0]
}

test "regression oscillators of a ramp" {
  given close = [2, 4, 6, 8, 10]
  assert cfo(close, 3) is [_, _, -33.333333333333336, -25, -20]
  assert cg(close, 2) is [_, -1.3333333333333333, -1.4, -1.4285714285714286, -1.4444444444444444]
  assert cti(close, 3) is [_, _, 1, 1, 1]
  assert po(close, 3) is [_, _, 0, 0, 0]
  assert slope(close, 2) is [_, _, 2, 2, 2]
}

test "relative strengths of a rise" {
  given close = [1, 2, 4, 7, 8, 9, 11, 12, 14, 15, 16, 18]
  assert rvi_ema(close, 2) is [_, _, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100]
  assert inertia(close, 2, 2) is [_, _, _, 100, 100, 100, 100, 100, 100, 100, 100, 100]
  assert rsx(close, 2) is [_, _, _, _, _, _, _, 100, 100, 100, 100, 100]
  assert (rsx_stage(close, 1)) is [0, 2, 4, 7, 8, 9, 11, 12, 14, 15, 16, 18]
  assert (trixh(close, 1, 1).hist) is [_, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

test "indices stay in their ranges" {
  forall random_bars(600)
  assert (qqe(close).rsi) in 0..100
  assert (qqe(close).line) > -100
  assert rsx(close) in 0..100
  assert lrsi(close) in 0..100
  assert inertia(close) > -100
  assert (tmo().main) in -14..14
}

test "Laguerre's filters by hand" {
  given close = [1, 2]
  assert lrsi(close) is [0, 71.42857142857143]
}

test "runs against the bar before" {
  given close = [1, 2, 3, 2, 1, 0]
  assert (td_seq(close, 1).up) is [0, 1, 2, 0, 0, 0]
  assert (td_seq(close, 1, 2).down) is [0, 0, 0, 1, 2, 2]
  assert (tmo(1, 1, 1).main) is [_, 1, 1, -1, -1, -1]
}

test "squeezed between the channels" {
  given high = [5, 6, 5, 6]
  given low = [1, 2, 1, 2]
  given close = [3, 3, 3, 3]
  assert (squeeze_pro(2, 2, 1, 1).value) is [_, 0, 0, 0]
  assert (squeeze_pro(2, 2, 1, 1).narrow) is [_, _, true, true]
  assert (squeeze_pro(2, 2, 1, 1).off) is [_, _, false, false]
}

test "transforms" {
  given close = [0, 50, 100]
  assert remap(close, price(0), price(100)) is [-1, 0, 1]
  assert cube(float(close) / 50) is [0, 1, 8]
  assert ifisher(float(close) / 100, 2) is [0, 0.46211715726000973, 0.7615941559557649]
}
