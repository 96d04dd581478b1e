#sbt 1

// Pattern blocks on levels: extremes, swings, pivots, zones.
// Every level is known before the bar that is compared with it, unless the sentence says that the bar takes part.

/// The bar makes the highest high.
/// Catalogue: PRICE_AT_HIGH; long; high >= highest(high, period).
indicator high_is_highest(period: bars = 20) -> bool {
  give high >= highest(high, period)
}

/// The bar makes the lowest low.
/// Catalogue: PRICE_AT_LOW; short; low <= lowest(low, period).
indicator low_is_lowest(period: bars = 20) -> bool {
  give low <= lowest(low, period)
}

/// After a bar that made the lowest low, a white one.
/// Catalogue: BOUNCE_FROM_LOW; long; low[1] <= lowest(low, period)[1] and close > open.
indicator bounces_from_lowest(period: bars = 20) -> bool {
  give low[1] <= lowest(low, period)[1] and close > open
}

/// After a bar that made the highest high, a black one.
/// Catalogue: REJECTION_FROM_HIGH; short; high[1] >= highest(high, period)[1] and close < open.
indicator falls_from_highest(period: bars = 20) -> bool {
  give high[1] >= highest(high, period)[1] and close < open
}

/// The bar makes the lowest low of some bars, above that of the bars before them.
/// Catalogue: HIGHER_LOW_FORMATION; long; low == l and l > l[lookback], l = lowest(low, lookback).
indicator higher_low_forms(lookback: bars = 10) -> bool {
  let l = lowest(low, lookback)
  give low == l and l > l[lookback]
}

/// The bar makes the highest high of some bars, below that of the bars before them.
/// Catalogue: LOWER_HIGH_FORMATION; short; high == h and h < h[lookback], h = highest(high, lookback).
indicator lower_high_forms(lookback: bars = 10) -> bool {
  let h = highest(high, lookback)
  give high == h and h < h[lookback]
}

/// The lowest low of some bars is above that of the bars before them, and the close rose.
/// Catalogue: ZIGZAG_HIGHER_LOW; long; l > l[period] and close > close[1], l = lowest(low, period).
indicator lowest_rises(period: bars = 10) -> bool {
  let l = lowest(low, period)
  give l > l[period] and close > close[1]
}

/// The lowest low was some bars ago and the close is above it.
/// Catalogue: ZIGZAG_SWING_LOW; long; (low == lowest(low, period))[confirm] and close > low[confirm].
indicator swing_low_confirmed(period: bars = 10, confirm: bars = 2) -> bool {
  give (low == lowest(low, period))[confirm] and close > low[confirm]
}

/// The highest high was some bars ago and the close is below it.
/// Catalogue: ZIGZAG_SWING_HIGH; short; (high == highest(high, period))[confirm] and close < high[confirm].
indicator swing_high_confirmed(period: bars = 10, confirm: bars = 2) -> bool {
  give (high == highest(high, period))[confirm] and close < high[confirm]
}

/// The high two bars ago is above the two highs on either side.
/// Catalogue: FRACTAL_HIGH; short; fractal(2, 2).top.
indicator fractal_top() -> bool {
  give fractal(2, 2).top
}

/// The low two bars ago is below the two lows on either side.
/// Catalogue: FRACTAL_LOW; long; fractal(2, 2).bottom.
indicator fractal_bottom() -> bool {
  give fractal(2, 2).bottom
}

/// The highest high was made at least some bars ago.
/// Catalogue: BARS_SINCE_HIGH; short; highest_ago(high, lookback) >= trigger_bars.
/// Derived from name and parameters, as the catalogue has no formula: BARS_SINCE_HIGH.
indicator highest_is_old(lookback: bars = 20, trigger_bars: bars = 5) -> bool {
  give highest_ago(high, lookback) >= trigger_bars
}

/// The lowest low was made at least some bars ago.
/// Catalogue: BARS_SINCE_LOW; long; lowest_ago(low, lookback) >= trigger_bars.
/// Derived from name and parameters, as the catalogue has no formula: BARS_SINCE_LOW.
indicator lowest_is_old(lookback: bars = 20, trigger_bars: bars = 5) -> bool {
  give lowest_ago(low, lookback) >= trigger_bars
}

/// A black bar's high comes within a fraction of the highs before.
/// Catalogue: SWING_HIGH_RETEST; short; abs(high - highest(high, period)[1]) < reach * close and close < open.
indicator high_retests_highest(period: bars = 20, reach: float = 0.01) -> bool {
  give abs(high - highest(high, period)[1]) < reach * close and close < open
}

/// A white bar's low comes within a fraction of the lows before.
/// Catalogue: SWING_LOW_RETEST; long; abs(low - lowest(low, period)[1]) < reach * close and close > open.
indicator low_retests_lowest(period: bars = 20, reach: float = 0.01) -> bool {
  give abs(low - lowest(low, period)[1]) < reach * close and close > open
}

/// A white bar's low is within a fraction of the lowest low, its own included.
/// Catalogue: SUPPORT_BOUNCE; long; low - lowest(low, period) < tolerance * close and close > open.
indicator bounces_near_lowest(period: bars = 20, tolerance: float = 0.01) -> bool {
  give low - lowest(low, period) < tolerance * close and close > open
}

/// A black bar's high is within a fraction of the highest high, its own included.
/// Catalogue: RESISTANCE_REJECT; short; highest(high, period) - high < tolerance * close and close < open.
indicator rejected_near_highest(period: bars = 20, tolerance: float = 0.01) -> bool {
  give highest(high, period) - high < tolerance * close and close < open
}

/// A white bar's low is within a fraction of the lowest low, measured from that.
/// Catalogue: DEMAND_ZONE_TOUCH; long; low <= lowest(low, period) * (1 + zone_width) and close > open.
indicator touches_demand_zone(period: bars = 20, zone_width: float = 0.01) -> bool {
  give low <= lowest(low, period) * (1 + zone_width) and close > open
}

/// A black bar's high is within a fraction of the highest high, measured from that.
/// Catalogue: SUPPLY_ZONE_TOUCH; short; high >= highest(high, period) * (1 - zone_width) and close < open.
indicator touches_supply_zone(period: bars = 20, zone_width: float = 0.01) -> bool {
  give high >= highest(high, period) * (1 - zone_width) and close < open
}

/// The close crosses above the pivot of the bar before.
/// Catalogue: PIVOT_BREAK_UP; long; close crosses above pivots().p[1].
indicator close_crosses_above_pivot() -> bool {
  give close crosses above pivots().p[1]
}

/// The close crosses below the pivot of the bar before.
/// Catalogue: PIVOT_BREAK_DOWN; short; close crosses below pivots().p[1].
indicator close_crosses_below_pivot() -> bool {
  give close crosses below pivots().p[1]
}

/// The close crosses above the first resistance of the bar before.
/// Catalogue: PIVOT_R1_BREAK; long; close crosses above pivots().r1[1].
indicator close_crosses_above_first_resistance() -> bool {
  give close crosses above pivots().r1[1]
}

/// The close crosses below the first support of the bar before.
/// Catalogue: PIVOT_S1_BREAK; short; close crosses below pivots().s1[1].
indicator close_crosses_below_first_support() -> bool {
  give close crosses below pivots().s1[1]
}

/// A white bar's low is within a fraction of the first support.
/// Catalogue: PIVOT_S1_LONG, PIVOT_S1_BOUNCE; long; low <= s * (1 + tolerance) and low >= s * (1 - tolerance) and
/// close > open, s = pivots().s1[1].
/// Mended (PIVOT_S1_BOUNCE): the tolerance is taken of the level.
indicator low_at_first_support(tolerance: float = 0.002) -> bool {
  let s = pivots().s1[1]
  give low <= s * (1 + tolerance) and low >= s * (1 - tolerance) and close > open
}

/// A black bar's high is within a fraction of the first resistance.
/// Catalogue: PIVOT_R1_SHORT, PIVOT_R1_REJECT; short; high >= r * (1 - tolerance) and high <= r * (1 + tolerance)
/// and close < open, r = pivots().r1[1].
/// Mended (PIVOT_R1_REJECT): the tolerance is taken of the level.
indicator high_at_first_resistance(tolerance: float = 0.002) -> bool {
  let r = pivots().r1[1]
  give high >= r * (1 - tolerance) and high <= r * (1 + tolerance) and close < open
}

/// A white bar reaches the first support, nearly, and closes above it.
/// Catalogue: PIVOT_BOUNCE; long; low <= s * (1 + reach) and close > open and close > s, s = pivots().s1[1].
indicator low_reaches_first_support(reach: float = 0.005) -> bool {
  let s = pivots().s1[1]
  give low <= s * (1 + reach) and close > open and close > s
}

/// A black bar reaches the first resistance, nearly, and closes below it.
/// Catalogue: PIVOT_REJECTION; short; high >= r * (1 - reach) and close < open and close < r, r = pivots().r1[1].
indicator high_reaches_first_resistance(reach: float = 0.005) -> bool {
  let r = pivots().r1[1]
  give high >= r * (1 - reach) and close < open and close < r
}

/// A white bar closes near the pivot or the first support.
/// Catalogue: PIVOT_CLUSTER; long; (abs(close - pivots().p[1]) < near * close or abs(close - pivots().s1[1]) < far *
/// close) and close > open.
indicator close_at_pivots(near: float = 0.005, far: float = 0.01) -> bool {
  give (abs(close - pivots().p[1]) < near * close or abs(close - pivots().s1[1]) < far * close)
    and close > open
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 88, 95, 107, 113, 110, 109, 115, 118, 120, 120, 106, 111, 123]
  given high = [112, 91, 108, 114, 113, 111, 111, 117, 122, 120, 122, 124, 135, 135]
  given low = [93, 87, 94, 106, 109, 106, 108, 115, 118, 117, 106, 105, 111, 118]
  given close = [93, 90, 107, 113, 110, 108, 110, 117, 120, 119, 108, 112, 123, 118]
  given volume = [8, 5, 1, 2, 10, 12, 12, 3, 6, 12, 4, 6, 20, 20]
  assert high_is_highest(2) is [_, false, true, true, false, false, true, true, true, false, true,
    true, true, true]
  assert low_is_lowest(2) is [_, true, false, false, false, true, false, false, false, true, true,
    true, false, false]
  assert bounces_from_lowest(2) is [_, _, true, false, false, false, true, false, false, false,
    false, true, true, false]
  assert falls_from_highest(2) is [_, _, false, false, true, false, false, false, false, true,
    false, false, false, true]
  assert higher_low_forms(2) is [_, _, _, false, false, true, false, false, false, true, false,
    false, false, false]
  assert lower_high_forms(2) is [_, _, _, false, false, false, true, false, false, false, false,
    false, false, false]
  assert lowest_rises(2) is [_, _, _, true, false, false, false, true, true, false, false, false,
    false, false]
  assert swing_low_confirmed(3, 2) is [_, _, _, _, false, false, false, true, false, false, false,
    false, true, true]
  assert swing_high_confirmed(3, 2) is [_, _, _, _, false, true, false, false, false, false, true,
    false, false, true]
  assert fractal_top() is [_, _, _, _, false, true, false, false, false, false, false, false, false,
    false]
  assert fractal_bottom() is [_, _, _, _, false, false, false, false, false, false, false, false,
    false, true]
  assert highest_is_old(3, 2) is [_, _, true, false, false, true, true, false, false, false, false,
    false, false, false]
  assert lowest_is_old(3, 2) is [_, _, false, true, true, false, false, true, true, true, false,
    false, false, true]
  assert high_retests_highest(2, 0.01) is [_, _, false, false, true, false, false, false, false,
    false, true, false, false, true]
  assert low_retests_lowest(2, 0.01) is [_, _, false, false, false, false, false, false, false,
    false, false, true, false, false]
  assert bounces_near_lowest(2, 0.01) is [_, true, false, false, false, false, false, false, false,
    false, false, true, false, false]
  assert rejected_near_highest(2, 0.01) is [_, false, false, false, true, false, false, false,
    false, false, true, false, false, true]
  assert touches_demand_zone(2, 0.01) is [_, true, false, false, false, false, false, false, false,
    false, false, true, false, false]
  assert touches_supply_zone(2, 0.01) is [_, false, false, false, true, false, false, false, false,
    false, true, false, false, true]
  assert close_crosses_above_pivot() is [_, _, true, false, false, false, true, false, false, false,
    false, false, true, false]
  assert close_crosses_below_pivot() is [_, _, false, false, true, false, false, false, false, true,
    false, false, false, true]
  assert close_crosses_above_first_resistance() is [_, _, true, false, false, false, false, true,
    false, false, false, false, true, false]
  assert close_crosses_below_first_support() is [_, _, false, false, false, true, false, false,
    false, false, true, false, false, false]
  assert high_at_first_resistance(0.002) is [_, false, false, false, false, false, false, false,
    false, false, false, false, false, true]
  assert low_reaches_first_support(0.005) is [_, true, false, false, false, false, false, false,
    false, false, false, false, false, false]
  assert high_reaches_first_resistance(0.005) is [_, false, false, false, false, false, false,
    false, false, false, true, false, false, true]
  assert close_at_pivots(0.005, 0.01) is [_, false, false, false, false, false, false, false, false,
    false, false, true, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 96, 99, 96, 102, 103, 104, 106, 107, 109, 112, 116, 115, 117]
  given high = [101, 97, 101, 101, 111, 105, 108, 108, 110, 112, 116, 117, 119, 118]
  given low = [94, 95, 94, 88, 100, 101, 104, 105, 106, 107, 111, 115, 114, 112]
  given close = [96, 97, 95, 101, 103, 104, 106, 108, 109, 111, 116, 116, 118, 114]
  given volume = [6, 2, 8, 10, 3, 2, 3, 20, 1, 1, 6, 12, 12, 12]
  assert low_at_first_support(0.002) is [_, false, false, false, false, false, false, false, true,
    false, false, false, false, false]
}
