#sbt 1

/// Moving average with Fibonacci weights: the newest value weighs most.
/// Formula: weights F(n - i), F = 1, 1, 2, 3, 5 …, over their sum F(n + 2) - 1. Source: pandas-ta fwma. Units: those of `x`.
indicator fwma(x: num, n: bars = 10) -> num {
  let phi = 1.618033988749895
  let root = 2.23606797749979
  let total = round(pow(phi, n + 2) / root) - 1
  give sum(i in 0..<n: x[i] * round(pow(phi, n - i) / root)) / total
}

/// Moving average with the weights of Pascal's triangle: the middle of the window weighs most.
/// Formula: weights C(n - 1, i) / 2^(n - 1). Source: pandas-ta pwma. Units: those of `x`.
indicator pwma(x: num, n: bars = 10) -> num {
  give sum(i in 0..<n: x[i] * round(exp(sum(j in 0..<n: if j < i then log((n - 1 - j) / (j + 1))
    else 0)))) / pow(2,
    n - 1)
}

/// Holt-Winters moving average: level, slope and curvature, each smoothed by its own factor.
/// Formula: f = (1 - a) (f[1] + v[1] + w[1] / 2) + a x; v = (1 - b) (v[1] + w[1]) + b (f - f[1]);
/// w = (1 - c) w[1] + c (v - v[1]); the average is f + v + w / 2. Source: pandas-ta hwma. Units: those of `x`.
indicator hwma(x: num, a: float = 0.2, b: float = 0.1, c: float = 0.1) -> num {
  rec f = (1 - a) * (f[1] + v[1] + 0.5 * w[1]) + a * x init x settle 200
  rec v: num = (1 - b) * (v[1] + w[1]) + b * (f - f[1]) init 0 settle 200
  rec w: num = (1 - c) * w[1] + c * (v - v[1]) init 0 settle 200
  give f + v + 0.5 * w
}

/// Holt-Winters channel: the Holt-Winters average and `k` smoothed deviations of the price from it to both sides.
/// Formula: mid = hwma(x, a, b, c); var = (1 - d) var[1] + d (x[1] - mid[1])²; top, low = mid ± k sqrt(var[1]).
/// Source: pandas-ta hwc. Units: those of `x`.
indicator hwc(x: num, a: float = 0.2, b: float = 0.1, c: float = 0.1, d: float = 0.1,
  k: float = 1) -> (mid: num, top: num, low: num) {
  let m = hwma(x, a, b, c)
  let away = x - m
  rec spread = (1 - d) * spread[1] + d * away[2] * away[2] init (x - x) * (x - x) settle 100
  give m, m + k * sqrt(spread), m - k * sqrt(spread)
}

/// Jurik's moving average in the form that is publicly known: smooth, with little lag and little overshoot.
/// `phase` -100..100 shifts between lag and overshoot.
/// Formula: a volatility measured against its mean of 66 bars sets the speed; two bands, an adaptive average, and a
/// two-stage filter follow. Source: M. Jurik's average as rebuilt in pandas-ta jma. Units: those of `x`.
indicator jma(x: num, n: bars = 7, phase: float = 0) -> num {
  let half = 0.5 * (n - 1)
  let span = max(log(sqrt(half)) / 0.6931471805599453 + 2, 0)
  let power = max(span - 2, 0.5)
  let long_span = span * sqrt(half)
  let bet = long_span / (long_span + 1)
  let beta = 0.45 * (n - 1) / (0.45 * (n - 1) + 2)
  let ratio = if phase < -100 then 0.5 else if phase > 100 then 2.5 else 1.5 + phase * 0.01
  let above = x - top[1]
  let below = x - bottom[1]
  rec swing: num = if abs(above) == abs(below) then 0 else max(abs(above), abs(below)) init 0
  rec swings: num = swings[1] + (swing - swing[10]) / 10 init 0
  rec bars_seen = min(bars_seen[1] + 1, 66) init 1
  rec total: num = total[1] + swings - swings[66] init 0
  let usual = total / bars_seen
  let relative = if usual == 0 then 0 else swing / usual
  let limited = max(1, min(pow(span, 1 / power), relative))
  let speed = pow(limited, power)
  let keep = pow(bet, sqrt(speed))
  rec top = if above > 0 then x else x - keep * above init x settle 200
  rec bottom = if below < 0 then x else x - keep * below init x settle 200
  let a = pow(beta, speed)
  rec first = (1 - a) * x + a * first[1] init x settle 200
  rec drift: num = (x - first) * (1 - beta) + beta * drift[1] init 0 settle 200
  let second = first + ratio * drift
  rec step: num = (second - line[1]) * (1 - a) * (1 - a) + a * a * step[1] init 0 settle 200
  rec line = line[1] + step init x settle 200
  give delayed_start(line, n - 1)
}

/// Super smoother with two poles, without the mean of two bars that `super_smoother` takes first; it is the price on its
/// first two bars. Formula: a = exp(-√2 pi / n), b = 2 a cos(√2 pi / n), f = (1 - b + a²) x + b f[1] - a² f[2].
/// Source: J. Ehlers, Cybernetic Analysis for Stocks and Futures, 2004; pandas-ta ssf. Units: those of `x`.
indicator ssf(x: num, n: bars = 10) -> num {
  let a = exp(-4.442882938158366 / n)
  let b = 2 * a * cos(4.442882938158366 / n)
  rec k = k[1] + 1 init 0
  rec f = if k < 2 then x else fma(f[1], b, fma(f[2], -a * a, (1 - b + a * a) * x))
    init x
    settle 4 * n
  give f
}

/// Super smoother with three poles; it is the price on its first three bars.
/// Formula: a = exp(-pi / n), b = 2 a cos(√3 pi / n), c = a², f = (1 - d2 - d3 - d4) x + d2 f[1] + d3 f[2] + d4 f[3] with
/// d2 = b + c, d3 = -c (1 + b), d4 = c². Source: J. Ehlers, 2004; pandas-ta ssf3. Units: those of `x`.
indicator ssf3(x: num, n: bars = 20) -> num {
  let a = exp(-3.141592653589793 / n)
  let b = 2 * a * cos(5.441398092702653 / n)
  let c = a * a
  let d2 = b + c
  let d3 = -c * (1 + b)
  let d4 = c * c
  rec k = k[1] + 1 init 0
  rec f = if k < 3 then x else fma(f[1], d2, fma(f[2], d3, fma(f[3], d4, (1 - d2 - d3 - d4) * x)))
    init x
    settle 6 * n
  give f
}

/// Super smoother that `reflex` and `trendflex` rest on: as `super_smoother`, but 0 on its first two bars.
/// Source: J. Ehlers, Stocks & Commodities, February 2020. Units: those of `x`.
indicator flex_smoother(x: num, smooth: bars = 20) -> num {
  let a = exp(-8.885765876316732 / smooth)
  let b = 2 * a * cos(8.885765876316732 / smooth)
  rec k = k[1] + 1 init 0
  rec f: num = if k < 2 then 0
    else fma(f[1], b, fma(f[2], -a * a, (1 - b + a * a) * (x + x[1]) / 2))
    init 0
    settle 4 * smooth
  give f
}

/// Reflex: how far the smoothed price lies above the straight line to its value `n` bars ago, in root mean squares.
/// Formula: s = mean of f - f[j] + j (f[n] - f) / n; line = s / sqrt(ms), ms = 0.04 s² + 0.96 ms[1].
/// Source: J. Ehlers, Stocks & Commodities, February 2020; pandas-ta reflex, which takes degrees for radians. Units: none.
indicator reflex(x: num, n: bars = 20, smooth: bars = 20) -> float {
  let f = float(flex_smoother(x, smooth))
  let slope = (f[n] - f) / n
  let s = sum(j in 1..<n: f - f[j] + j * slope) / n
  rec ms = 0.04 * s * s + 0.96 * ms[1] init 0.04 * s * s settle 4 * n
  give if ms == 0 then 0 else s / sqrt(ms)
}

/// Trendflex: how far the smoothed price lies above its values of the last `n` bars, in root mean squares.
/// Formula: s = mean of f - f[j]; line = s / sqrt(ms), ms = 0.04 s² + 0.96 ms[1].
/// Source: J. Ehlers, Stocks & Commodities, February 2020; pandas-ta trendflex, which takes degrees for radians. Units: none.
indicator trendflex(x: num, n: bars = 20, smooth: bars = 20) -> float {
  let f = float(flex_smoother(x, smooth))
  let s = delayed_start(sum(j in 1..<n: f - f[j]) / n, n)
  rec ms = 0.04 * s * s + 0.96 * ms[1] init 0.04 * s * s settle 4 * n
  give if ms == 0 then 0 else s / sqrt(ms)
}

/// Even better sine wave, -1..1: a high-pass filter, a super smoother, and normalisation by power.
/// Formula: c = (1 - sin(2 pi / n)) / cos(2 pi / n); h = (1 + c) / 2 (x - x[1]) + c h[1]; f = super_smoother(h, smooth);
/// wave = mean of f over 3 bars / root mean square of f over 3 bars.
/// Source: J. Ehlers, Cycle Analytics for Traders, 2013; pandas-ta ebsw, which takes degrees for radians. Units: none.
indicator ebsw(x: num, n: bars = 40, smooth: bars = 10) -> float {
  let c = (1 - sin(6.283185307179586 / n)) / cos(6.283185307179586 / n)
  let d = float(x - x[1])
  rec h = 0.5 * (1 + c) * d + c * h[1] init 0 settle 4 * n
  let f = super_smoother(h, smooth)
  let wave = (f + f[1] + f[2]) / 3
  let power = (f * f + f[1] * f[1] + f[2] * f[2]) / 3
  give if power > 0 then wave / sqrt(power) else 0
}

/// Mesa sine wave: the sine of the phase of a cycle of `n` bars in the price, and the sine 45 degrees ahead.
/// Formula: phase = atan of the sine sum over the cosine sum of `n` bars, plus 90 degrees.
/// Source: J. Ehlers; Tulip Indicators msw; pandas-ta msw. Units: none.
indicator msw(x: num, n: bars = 5) -> (sine: float, lead: float) {
  let p = float(x)
  let step = 6.283185307179586 / n
  let real = sum(i in 0..<n: p[i] * cos(i * step))
  let imag = sum(i in 0..<n: p[i] * sin(i * step))
  let half = if imag < 0 then -3.141592653589793 else 3.141592653589793
  let raw = if abs(real) > 0.001 then atan(imag / real) else half
  let phase = raw + (if real < 0 then 3.141592653589793 else 0) + 1.5707963267948966
  give sin(phase), sin(phase + 0.7853981633974483)
}

/// Detrended synthetic price: the distance from an exponential average. Formula: x - ema(x, n).
/// Source: pandas-ta dsp. Units: those of `x`.
indicator dsp(x: num, n: bars = 14) -> num {
  give x - ema(x, n)
}

/// Ribbon of six exponential averages, their lengths `step` bars apart. Formula: ema(x, n + i step), i = 0 … 5.
/// Source: Madrid moving average ribbon; pandas-ta mmar. Units: those of `x`.
indicator mmar(x: num, n: bars = 10, step: bars = 5) -> (a: num, b: num, c: num, d: num, e: num,
  f: num) {
  give ema(x, n), ema(x, n + step), ema(x, n + 2 * step), ema(x, n + 3 * step),
    ema(x, n + 4 * step), ema(x, n + 5 * step)
}

/// Rainbow: ten simple averages, each of the one before. Formula: r1 = sma(x, n), r2 = sma(r1, n), … r10.
/// Source: M. Widner, Stocks & Commodities, 1997; pandas-ta rainbow. Units: those of `x`.
indicator rainbow(x: num, n: bars = 2) -> (r1: num, r2: num, r3: num, r4: num, r5: num, r6: num,
  r7: num, r8: num, r9: num, r10: num) {
  let a = sma(x, n)
  let b = sma(a, n)
  let c = sma(b, n)
  let d = sma(c, n)
  let e = sma(d, n)
  let f = sma(e, n)
  let g = sma(f, n)
  let h = sma(g, n)
  let i = sma(h, n)
  give a, b, c, d, e, f, g, h, i, sma(i, n)
}

test "weights by Fibonacci and Pascal" {
  given close = [1, 2, 3, 4, 8]
  assert fwma(close, 4) is [_, _, _, 3, 5.285714285714286]
  assert pwma(close, 3) is [_, _, 2, 3, 4.75]
  assert pwma(close, 1) is [1, 2, 3, 4, 8]
}

test "Holt-Winters follows" {
  given close = [1, 2, 4]
  assert hwma(close) is [1, 1.221, 1.858054]
  assert (hwc(close).mid) is [1, 1.221, 1.858054]
  assert (hwc(close).top) is [_, 1.221, 1.858054]
}

test "smoothers of a constant" {
  given close = [3, 3, 3, 3, 3, 3, 3, 3]
  assert jma(close, 3) is [_, _, 3, 3, 3, 3, 3, 3]
  assert ssf(close, 10) is [3, 3, 3, 3, 3, 3, 3, 3]
  assert ssf3(close, 10) is [3, 3, 3, 3, 3, 3, 3, 3]
  assert dsp(close, 2) is [_, 0, 0, 0, 0, 0, 0, 0]
  assert (mmar(close, 1, 1).f) is [_, _, _, _, _, 3, 3, 3]
  assert ebsw(close, 40, 10) is [_, _, _, _, 0, 0, 0, 0]
}

test "smoothers begin as the price" {
  given close = [1, 2, 4, 8]
  assert ssf(close, 10) is [1, 2, 2.9176303046663943, 4.5818268215504165]
  assert ssf3(close, 10) is [1, 2, 4, 6.0760094873667425]
  assert (rainbow(close, 2).r1) is [_, 1.5, 3, 6]
  assert (rainbow(close, 2).r3) is [_, _, _, 3.375]
}

test "waves stay within one" {
  forall random_bars(400)
  assert ebsw(close) in -1.0000001..1.0000001
  assert (msw(close).sine) in -1..1
  assert (msw(close).lead) in -1..1
  assert reflex(close) in -10..10
  assert trendflex(close) in -10..10
  assert flex_smoother(close) <= 2 * highest(close, 1)
}
