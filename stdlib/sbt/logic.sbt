#sbt 1

/// The value held between two bounds. Units: those of `x`.
fn clamp(x: num, lo: num, hi: num) -> num = min(max(x, lo), hi)

/// Point between two values: `a` at t = 0, `b` at t = 1. Units: those of `a`.
fn lerp(a: num, b: num, t: float) -> num = a + (b - a) * t

/// One when true, zero when false.
fn as_number(c: bool) -> float = if c then 1 else 0

/// Exactly one of two conditions.
fn either(a: bool, b: bool) -> bool = a != b

/// Bars since the condition last held: 0 on the bar itself; a million and more before it first held.
indicator bars_since(c: bool) -> bars {
  rec n: bars = if c then 0 else n[1] + 1 init if c then 0 else 1_000_000
  give n
}

/// The value of `x` on the most recent bar on which the condition held; the first value before that. Units: those of `x`.
indicator value_when(c: bool, x: num) -> num {
  rec v = if c then x else v[1] init x
  give v
}

/// Whether the condition held on this bar but not on the one before.
indicator starts(c: bool) -> bool {
  give c and not c[1]
}

/// Whether the condition held on the bar before but not on this one.
indicator ends(c: bool) -> bool {
  give c[1] and not c
}

/// Whether the condition held on at least one of the last `n` bars, this one included.
indicator happened(c: bool, n: bars) -> bool {
  give any(i in 0..<n: c[i])
}

/// Whether the condition held on each of the last `n` bars, this one included.
indicator held(c: bool, n: bars) -> bool {
  give all(i in 0..<n: c[i])
}

/// On how many of the last `n` bars the condition held.
indicator times(c: bool, n: bars) -> float {
  give sum_of(if c then 1 else 0, n)
}

/// Whether `a` crossed above `b` on one of the last `n` bars.
indicator crossed_above(a: num, b: num, n: bars = 3) -> bool {
  let c = a crosses above b
  give any(i in 0..<n: c[i])
}

/// Whether `a` crossed below `b` on one of the last `n` bars.
indicator crossed_below(a: num, b: num, n: bars = 3) -> bool {
  let c = a crosses below b
  give any(i in 0..<n: c[i])
}

/// Whether the value rose on each of the last `n` bars.
indicator rising(x: num, n: bars = 3) -> bool {
  give all(i in 0..<n: x[i] > x[i + 1])
}

/// Whether the value fell on each of the last `n` bars.
indicator falling(x: num, n: bars = 3) -> bool {
  give all(i in 0..<n: x[i] < x[i + 1])
}

/// Length of the current run of rises (positive) or falls (negative); 0 after an unchanged bar.
indicator streak(x: num) -> float {
  rec s = if x > x[1] then max(s[1], 0) + 1 else if x < x[1] then min(s[1], 0) - 1 else 0 init 0
  give s
}

/// Whether the value is above everything of the `n` bars before.
indicator new_high(x: num, n: bars = 20) -> bool {
  give x > highest(x, n)[1]
}

/// Whether the value is below everything of the `n` bars before.
indicator new_low(x: num, n: bars = 20) -> bool {
  give x < lowest(x, n)[1]
}

/// Running sum since the first bar. Source: TA-Lib CUMSUM. Units: those of `x`.
indicator cumulative(x: num) -> num {
  rec s = s[1] + x init x
  give s
}

/// Highest value since the first bar. Units: those of `x`.
indicator record_high(x: num) -> num {
  rec m = max(m[1], x) init x
  give m
}

/// Lowest value since the first bar. Units: those of `x`.
indicator record_low(x: num) -> num {
  rec m = min(m[1], x) init x
  give m
}

/// Highest value since the condition last held, that bar included. Units: those of `x`.
indicator highest_since(c: bool, x: num) -> num {
  rec m = if c then x else max(m[1], x) init x
  give m
}

/// Lowest value since the condition last held, that bar included. Units: those of `x`.
indicator lowest_since(c: bool, x: num) -> num {
  rec m = if c then x else min(m[1], x) init x
  give m
}

/// A switch: on from a bar on which `set` holds until one on which `reset` holds; `reset` wins.
indicator latch(set: bool, reset: bool) -> bool {
  rec s: bool = if reset then false else if set then true else s[1] init set and not reset
  give s
}

/// Whether the bar's range lies wholly above the one before. Source: any textbook: gap up.
indicator gap_up() -> bool {
  give low > high[1]
}

/// Whether the bar's range lies wholly below the one before.
indicator gap_down() -> bool {
  give high < low[1]
}

test "holding between bounds" {
  given close = [1, 5, 9]
  assert clamp(close, price(2), price(6)) is [2, 5, 6]
  assert lerp(close, price(11), 0.5) is [6, 8, 10]
  assert as_number(close > price(4)) is [0, 1, 1]
  assert either(close > price(4), close > price(6)) is [false, true, false]
}

test "since when" {
  given close = [1, 5, 2, 1, 7]
  assert bars_since(close > price(4)) is [1000000, 0, 1, 2, 0]
  assert value_when(close > price(4), close) is [1, 5, 5, 5, 7]
  assert highest_since(close == price(2), close) is [1, 5, 2, 2, 7]
  assert lowest_since(close == price(2), close) is [1, 1, 2, 1, 1]
}

test "edges and counts" {
  given close = [1, 5, 6, 1, 7]
  assert starts(close > price(4)) is [_, true, false, false, true]
  assert ends(close > price(4)) is [_, false, false, true, false]
  assert happened(close > price(4), 2) is [_, true, true, true, true]
  assert held(close > price(4), 2) is [_, false, true, false, false]
  assert times(close > price(4), 2) is [_, 1, 2, 1, 1]
  assert crossed_above(close, price(4), 2) is [_, _, true, false, true]
  assert crossed_below(close, price(4), 2) is [_, _, false, true, true]
  assert latch(close > price(5), close < price(2)) is [false, false, true, false, true]
}

test "runs" {
  given close = [1, 2, 3, 3, 2, 1]
  assert rising(close, 2) is [_, _, true, false, false, false]
  assert falling(close, 2) is [_, _, false, false, false, true]
  assert streak(close) is [0, 1, 2, 0, -1, -2]
  assert new_high(close, 2) is [_, _, true, false, false, false]
  assert new_low(close, 2) is [_, _, false, false, true, true]
  assert cumulative(close) is [1, 3, 6, 9, 11, 12]
  assert record_high(close) is [1, 2, 3, 3, 3, 3]
  assert record_low(close) is [1, 1, 1, 1, 1, 1]
}

test "gaps" {
  given high = [2, 4, 1]
  given low = [1, 3, 0]
  given close = [2, 4, 1]
  assert gap_up() is [_, true, false]
  assert gap_down() is [_, false, true]
}
