#sbt 1

// Stops, targets and trails of the Unger catalogue as price levels and conditions. A side is `long` (1), `short` (-1) or
// `position.side`; `from` is the price of the entry: `entry` in a leg, `position.entry` elsewhere.
//
// The language has legs of its own, and they are the first choice: `stop 2.5%`, `target 2.5R`, `trail 2 * atr(14) after 1.5%`,
// `stop to breakeven after 1%`. Legs end a trade one by one, whichever comes first. What must hold together is a condition:
// `exit when goal_reached(position.side, position.entry, 5%) and rsi_overbought()`. docs/examples/mechanisms shows each of the
// eleven ways in which the catalogue joins target, signal and trail.

/// Stop at a share of the price below (long) or above (short) the entry. The leg `stop 2.5%` says the same.
/// Formula: from * (1 - side * distance). Catalogue: SL_01.
fn stop_percent(from: price, side: int,
  distance: percent = 2.5%) -> price = from * (1 - side * distance)

/// Stop at `k` average true ranges from the entry. Mended: the catalogue reads `k` under another name, and so always
/// took 2.
/// Formula: from - side * k * atr(n). Catalogue: SL_02.
indicator stop_atr(from: price, side: int, k: float = 2, n: bars = 14) -> price {
  give from - side * k * atr(n)
}

/// Stop at the lowest low (long) or highest high (short) of the last `n` bars.
/// Formula: lowest(low, n) for long, highest(high, n) for short. Catalogue: SL_03.
indicator stop_structure(side: int, n: bars = 5) -> price {
  give if side > 0 then lowest(low, n) else highest(high, n)
}

/// Stop at the last pivot, a low below (high above) both of its neighbours, of the last 3 `n` bars; without one on the
/// right side of the close, at the extreme of these bars. A pivot is known one bar later. Mended: the catalogue reads
/// the length under another name, and so always took 10.
/// Formula: value_when(fractal(1, 1).bottom, low[1]) or lowest(low, 3 * n); mirrored for short. Catalogue: SL_04.
indicator stop_swing(side: int, n: bars = 10) -> price {
  let pivot = fractal(1, 1)
  let bottom = value_when(pivot.bottom, low[1])
  let top = value_when(pivot.top, high[1])
  let bottom_holds = bars_since(pivot.bottom) + 1 < 3 * n and bottom < close
  let top_holds = bars_since(pivot.top) + 1 < 3 * n and top > close
  let below = if bottom_holds then bottom else lowest(low, 3 * n)
  let above = if top_holds then top else highest(high, 3 * n)
  give if side > 0 then below else above
}

/// Stop at `k` sample deviations of the bars' returns from the entry. Mended: the catalogue fell back to a fixed 2 %.
/// Formula: from * (1 - side * k * sample_stdev(returns(close), n)). Catalogue: SL_05.
indicator stop_deviation(from: price, side: int, k: float = 2, n: bars = 20) -> price {
  give from * (1 - side * k * sample_stdev(returns(close), n))
}

/// Target at a share of the price above (long) or below (short) the entry. The leg `target 5%` says the same.
/// Formula: from * (1 + side * distance). Catalogue: TP_01.
fn target_percent(from: price, side: int,
  distance: percent = 5%) -> price = from * (1 + side * distance)

/// Target at a multiple of the distance from the entry to the stop. The leg `target 2.5R` says the same.
/// Formula: from + ratio * (from - stop_at). Catalogue: TP_02.
fn target_risk(from: price, stop_at: price,
  ratio: float = 2.5) -> price = from + ratio * (from - stop_at)

/// Target at `k` average true ranges from the entry. Mended: the catalogue reads `k` under another name, and so always
/// took 3.
/// Formula: from + side * k * atr(n). Catalogue: TP_03.
indicator target_atr(from: price, side: int, k: float = 4, n: bars = 14) -> price {
  give from + side * k * atr(n)
}

/// Target at the highest high (long) or lowest low (short) of the last `n` bars. After a new extreme it lies on the
/// wrong side of the entry: then the order is dropped and counted. Mended: the catalogue fell back to a fixed 4 %.
/// Formula: highest(high, n) for long, lowest(low, n) for short. Catalogue: TP_04.
indicator target_structure(side: int, n: bars = 20) -> price {
  give if side > 0 then highest(high, n) else lowest(low, n)
}

/// Target at a Fibonacci multiple of the height of the last `n` bars, as a share of the close. Mended: the catalogue
/// fell back to a fixed 4 %.
/// Formula: from * (1 + side * ratio * (highest(high, n) - lowest(low, n)) / close). Catalogue: TP_05.
indicator target_fibonacci(from: price, side: int, ratio: float = 2, n: bars = 50) -> price {
  give from * (1 + side * ratio * (highest(high, n) - lowest(low, n)) / close)
}

/// The close has brought the position at least the given profit: a target as a condition, to be joined with others.
/// Formula: side * (close - from) >= goal * from, while a position is held.
indicator goal_reached(side: int, from: price, goal: percent) -> bool {
  give side != 0 and side * (close - from) >= goal * from
}

/// The best price of the position so far, that of the bar of entry included. Call it with `position.side`, `position.bars` and
/// `position.entry`.
/// Formula: the highest high (long) or lowest low (short) of the bars since `held` was 0, and `from`.
indicator best_since_entry(side: int, held: bars, from: price) -> price {
  let now = if side > 0 then max(from, high) else min(from, low)
  rec best = if held <= 0 then now else if side > 0 then max(best[1], high) else min(best[1], low)
    init now
  give best
}

/// A trailing stop at a share of the best price, as a value: its level, and whether the close has passed it. It begins
/// once the best price has brought the profit `after`; with `breakeven` it never lies on the wrong side of the entry.
/// TS_01 is the leg `trail 1.5% after 2%`, TS_04 `trail 0.5% after 0.75%`, TS_05 `trail 2.5% after 4%`, TS_03 the pair
/// `stop to breakeven after 1%` and `trail 1% after 1%`. Mended: the catalogue never emitted them.
/// Formula: best * (1 - side * distance). Catalogue: TS_01, TS_03, TS_04, TS_05.
indicator trail_percent(side: int, held: bars, from: price, distance: percent = 1.5%,
  after: percent = 2%, breakeven: bool = false) -> (level: price, hit: bool) {
  let best = best_since_entry(side, held, from)
  let begun = side != 0 and side * (best - from) >= after * from
  let raw = best * (1 - side * distance)
  let safe = if side > 0 then max(raw, from) else min(raw, from)
  let level = if breakeven then safe else raw
  give level, begun and side * (close - level) <= 0
}

/// A trailing stop of average true ranges from the best price, as a value: its level, which never loosens, and whether
/// the close has passed it. It begins once the best price has brought the profit `after`. TS_02 is the leg `trail 2 *
/// atr(14) after 1.5%`, TS_06 `trail 2.5 * atr(14) after 1%`. Mended: the catalogue never emitted them.
/// Formula: best - side * k * atr(n). Catalogue: TS_02, TS_06.
indicator trail_atr(side: int, held: bars, from: price, k: float = 2, n: bars = 14,
  after: percent = 1.5%) -> (level: price, hit: bool) {
  let best = best_since_entry(side, held, from)
  let begun = side != 0 and side * (best - from) >= after * from
  let raw = best - side * k * atr(n)
  rec level = if held <= 0 or not begun[1] then raw
    else if side > 0 then max(level[1], raw)
    else min(level[1], raw)
    init raw
  give level, begun and side * (close - level) <= 0
}

test "levels from an entry" {
  given close = [100, 200]
  assert stop_percent(close, long, 2%) is [98, 196]
  assert stop_percent(close, short, 2%) is [102, 204]
  assert target_percent(close, long, 5%) is [105, 210]
  assert target_percent(close, short, 5%) is [95, 190]
  assert target_risk(close, close - price(4), 2.5) is [110, 210]
  assert target_risk(close, close + price(4), 2.5) is [90, 190]
}

test "levels from the bars" {
  given high = [11, 13, 12, 14]
  given low = [9, 10, 8, 11]
  given close = [10, 12, 9, 13]
  // true ranges 3, 4, 5; their Wilder average over two bars 3.5, 4.25
  assert stop_atr(close, long, 2, 2) is [_, _, 2, 4.5]
  assert stop_atr(close, short, 2, 2) is [_, _, 16, 21.5]
  assert target_atr(close, long, 4, 2) is [_, _, 23, 30]
  assert target_atr(close, short, 4, 2) is [_, _, -5, -4]
  assert stop_structure(long, 2) is [_, 9, 8, 8]
  assert stop_structure(short, 2) is [_, 13, 13, 14]
  assert target_structure(long, 3) is [_, _, 13, 14]
  assert target_structure(short, 3) is [_, _, 8, 8]
  // heights of two bars 4, 5, 6, at the price of the close
  assert target_fibonacci(close, long, 2, 2) is [_, 20, 19, 25]
  assert target_fibonacci(close, short, 2, 2) is [_, 4, -1, 1]
}

test "a stop by deviations of returns" {
  given close = [100, 110, 99, 108.9]
  // returns 0.1, -0.1, 0.1: sample deviation of two is 0.1414
  assert stop_deviation(close, long, 1, 2) is [_, _, 84.99928574646066, 93.49921432110673]
  assert stop_deviation(close, short, 1, 2) is [_, _, 113.00071425353934, 124.30078567889329]
}

test "a stop at the last pivot" {
  given high = [12, 11, 13, 15, 14, 12, 11, 12]
  given low = [10, 8, 11, 13, 12, 10, 7, 9]
  given close = [11, 10, 12, 14, 13, 11, 9, 11]
  // the low of 8 is a pivot from the bar after it on, until it is three bars old; the low of 7 on the last bar
  assert stop_swing(long, 1) is [_, _, 8, 8, 11, 10, 7, 7]
  // the high of 15 is a pivot two bars long; then the highest of three bars
  assert stop_swing(short, 1) is [_, _, 13, 15, 15, 15, 14, 12]
}

test "what a held position is worth" {
  given high = [10, 12, 14, 13, 12, 10, 9]
  given low = [9, 10, 12, 11, 10, 8, 7]
  given close = [10, 12, 13, 12, 11, 9, 8]
  // bought at 10 on the second bar
  let held = bars_since(bar_index <= 1)
  let paid = value_when(bar_index <= 1, price(10))
  assert best_since_entry(long, held, paid) is [10, 12, 14, 14, 14, 14, 14]
  assert best_since_entry(short, held, paid) is [9, 10, 10, 10, 10, 8, 7]
  assert goal_reached(long, paid, 20%) is [false, true, true, true, false, false, false]
  assert goal_reached(short, paid, 10%) is [false, false, false, false, false, true, true]
  assert goal_reached(0, paid, 0%) is [false, false, false, false, false, false, false]
  assert (trail_percent(long, held, paid, 20%, 30%).level) is [8, 9.6, 11.2, 11.2, 11.2, 11.2, 11.2]
  assert (trail_percent(long, held, paid, 20%, 30%).hit) is [false, false, false, false, true, true,
    true]
  assert (trail_percent(long, held, paid, 50%, 30%, true).level) is [10, 10, 10, 10, 10, 10, 10]
  assert (trail_percent(long, held, paid, 50%, 30%, true).hit) is [false, false, false, false,
    false, true, true]
  assert (trail_percent(long, held, paid, 20%, 50%).hit) is [false, false, false, false, false,
    false, false]
  assert (trail_percent(short, held, paid, 10%, 10%).hit) is [true, false, false, false, false,
    true, true]
  // true ranges 2, 2, 2, 2, 3, 2 from the second bar on
  assert (trail_atr(long, held, paid, 1, 1, 30%).level) is [_, 10, 12, 12, 12, 12, 12]
  assert (trail_atr(long, held, paid, 1, 1, 30%).hit) is [_, false, false, true, true, true, true]
}
