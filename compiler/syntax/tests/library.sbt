#sbt 1

/// Exponential moving average, seeded with the simple average of the first n values, as TA-Lib does;
/// `settle` is the number of bars until start-up bias is below 0.1%.
indicator ema(x: num, n: bars) -> num {
  let a = 2 / (n + 1)
  rec e = e[1] + a * (x - e[1]) init sma(x, n) settle 4 * n
  give e
}

/// Wilder's moving average.
indicator rma(x: num, n: bars) -> num {
  rec e = e[1] + (x - e[1]) / n init sma(x, n) settle 8 * n
  give e
}

/// Relative strength index, 0..100; 50 when nothing moved.
indicator rsi(x: num, n: bars) -> float {
  let d = x - x[1]
  let up = rma(max(d, 0), n)
  let dn = rma(max(-d, 0), n)
  give if up + dn == 0 then 50 else 100 * up / (up + dn)
}

indicator true_range() -> price {
  give max(high - low, abs(high - close[1]), abs(low - close[1]))
}

indicator atr(n: bars) -> price {
  give rma(true_range(), n)
}

indicator wma(x: num, n: bars) -> num {
  give sum(i in 0..<n: x[i] * (n - i)) / (n * (n + 1) / 2)
}

indicator bollinger(x: num, n: bars, k: float = 2) -> (mid: num, top: num, low: num) {
  let m = sma(x, n)
  let d = k * stdev(x, n)
  give m, m + d, m - d
}

indicator supertrend(n: bars, k: float) -> (line: price, up: bool) {
  let mid = (high + low) / 2
  let raw_top = mid + k * atr(n)
  let raw_low = mid - k * atr(n)
  rec top = if raw_top < top[1] or close[1] > top[1] then raw_top else top[1] init raw_top
  rec bot = if raw_low > bot[1] or close[1] < bot[1] then raw_low else bot[1] init raw_low
  rec up: bool = if close > top[1] then true else if close < bot[1] then false else up[1] init true
  give if up then bot else top, up
}

fn clamp(x: num, lo: num, hi: num) -> num = min(max(x, lo), hi)

test "sma of a ramp" {
  given close = [1, 2, 3, 4]
  assert sma(close, 2) is [_, 1.5, 2.5, 3.5]
}

test "rsi is bounded" {
  forall random_bars(1000)
  assert rsi(close, 14) in 0..100
}
