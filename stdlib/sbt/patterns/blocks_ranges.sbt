#sbt 1

// Pattern blocks on the height of the bars: wide and narrow ones, contraction and expansion.

/// The bar's range, relative to its close, is a multiple of the average.
/// Catalogue: HL_WIDE_RANGE; both; r > mult * sma(r, period), r = (high - low) / close.
indicator relative_range_wide(period: bars = 20, mult: float = 1.5) -> bool {
  let r = (high - low) / close
  give r > mult * sma(r, period)
}

/// The bar's range, relative to its close, is a fraction of the average.
/// Catalogue: HL_NARROW_RANGE; both; r < mult * sma(r, period), r = (high - low) / close.
indicator relative_range_narrow(period: bars = 20, mult: float = 0.7) -> bool {
  let r = (high - low) / close
  give r < mult * sma(r, period)
}

/// The bar is a multiple as tall as the one before and white.
/// Catalogue: HL_RANGE_EXPAND; long; high - low > mult * (high - low)[1] and close > open.
indicator range_grows_white(mult: float = 1.5) -> bool {
  give high - low > mult * (high - low)[1] and close > open
}

/// The bars' ranges were a fraction of their average on each of the last bars.
/// Catalogue: CONTRACTION_SETUP; both; held(high - low < mult * sma(high - low, period), span).
indicator range_mostly_narrow(period: bars = 20, mult: float = 0.6, span: bars = 3) -> bool {
  give held(high - low < mult * sma(high - low, period), span)
}

/// After a bar of a fraction of the average range, a white one of a multiple.
/// Catalogue: EXPANSION_AFTER_SQUEEZE, THRUST_BULL; long; (r < contract_mult * usual)[1] and r > expand_mult * usual
/// and close > open, r = high - low, usual = sma(r, period).
indicator range_breaks_out_up(period: bars = 20, contract_mult: float = 0.5,
  expand_mult: float = 1.5) -> bool {
  let r = high - low
  let usual = sma(r, period)
  give (r < contract_mult * usual)[1] and r > expand_mult * usual and close > open
}

/// After a bar of a fraction of the average range, a black one of a multiple.
/// Catalogue: THRUST_BEAR; short; (r < contract_mult * usual)[1] and r > expand_mult * usual and close < open, r =
/// high - low, usual = sma(r, period).
indicator range_breaks_out_down(period: bars = 20, contract_mult: float = 0.7,
  expand_mult: float = 1.5) -> bool {
  let r = high - low
  let usual = sma(r, period)
  give (r < contract_mult * usual)[1] and r > expand_mult * usual and close < open
}

/// After a white bar of a multiple of the average range the close rises.
/// Catalogue: THRUST_CONTINUE; long; (r > mult * sma(r, period))[1] and close[1] > open[1] and close > close[1], r =
/// high - low.
indicator tall_white_goes_on(period: bars = 20, mult: float = 1.5) -> bool {
  let r = high - low
  give (r > mult * sma(r, period))[1] and close[1] > open[1] and close > close[1]
}

/// After narrow bars, one taller than the average.
/// Catalogue: FIRST_BAR_AFTER_CONSOL; both; held(r < share * usual, consol_bars)[1] and r > usual, r = high - low,
/// usual = sma(r, period).
indicator first_wide_bar(period: bars = 20, consol_bars: bars = 3, share: float = 0.5) -> bool {
  let r = high - low
  let usual = sma(r, period)
  give held(r < share * usual, consol_bars)[1] and r > usual
}

/// After the narrowest bar of some the close is above its high.
/// Catalogue: NR4_BREAKOUT_UP, NR7_BREAKOUT_UP; long; narrowest_range(n)[1] and close > high[1].
indicator narrow_range_breaks_up(n: bars = 7) -> bool {
  give narrowest_range(n)[1] and close > high[1]
}

/// After the narrowest bar of some the close is below its low.
/// Catalogue: NR4_BREAKOUT_DOWN, NR7_BREAKOUT_DOWN; short; narrowest_range(n)[1] and close < low[1].
indicator narrow_range_breaks_down(n: bars = 7) -> bool {
  give narrowest_range(n)[1] and close < low[1]
}

/// After mostly narrow bars the close is above the highs before.
/// Catalogue: RANGE_BREAKOUT; long; (times(r < mult * sma(r, period), span) >= least)[1] and close > highest(high,
/// span)[1], r = high - low.
indicator narrow_bars_then_break(period: bars = 20, mult: float = 0.6, span: bars = 5,
  least: float = 3) -> bool {
  let r = high - low
  give (times(r < mult * sma(r, period), span) >= least)[1] and close > highest(high, span)[1]
}

/// After a share of narrow bars the close is above the closes before.
/// Catalogue: CONSOLIDATION_DENSITY; long; (times(r < mult * sma(r, avg_n), period) >= share * period)[1] and close
/// > highest(close, span)[1], r = high - low.
indicator dense_bars_then_break(period: bars = 10, mult: float = 0.7, avg_n: bars = 20,
  share: float = 0.7, span: bars = 5) -> bool {
  let r = high - low
  give (times(r < mult * sma(r, avg_n), period) >= share * period)[1]
    and close > highest(close, span)[1]
}

/// After bars whose whole range was a few of their average true ranges a bar, the close is above the highs before.
/// Catalogue: PRICE_CLUSTERING; long; density[1] < threshold and close > highest(high, span)[1], density =
/// (highest(high, period) - lowest(low, period)) / (atr(atr_n) * period).
indicator clustered_then_breaks(period: bars = 10, threshold: float = 1.5, atr_n: bars = 14,
  span: bars = 5) -> bool {
  let density = (highest(high, period) - lowest(low, period)) / (atr(atr_n) * period)
  give density[1] < threshold and close > highest(high, span)[1]
}

/// The ratio of high to low is a multiple of its average and the bar is white.
/// Catalogue: HL_RATIO_WIDE; long; r > mult * sma(r, period) and close > open, r = high / low.
indicator high_low_ratio_wide(period: bars = 20, mult: float = 1.3) -> bool {
  let r = high / low
  give r > mult * sma(r, period) and close > open
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 88, 95, 107, 113, 110, 109, 115, 118, 120, 120, 106, 111, 123]
  given high = [112, 91, 108, 114, 113, 111, 111, 117, 122, 120, 122, 124, 135, 135]
  given low = [93, 87, 94, 106, 109, 106, 108, 115, 118, 117, 106, 105, 111, 118]
  given close = [93, 90, 107, 113, 110, 108, 110, 117, 120, 119, 108, 112, 123, 118]
  given volume = [8, 5, 1, 2, 10, 12, 12, 3, 6, 12, 4, 6, 20, 20]
  assert relative_range_wide(2, 1.5) is [_, false, false, false, false, false, false, false, false,
    false, true, false, false, false]
  assert relative_range_narrow(2, 0.7) is [_, true, false, false, true, false, false, false, false,
    false, false, false, false, false]
  assert range_grows_white(1.5) is [_, false, true, false, false, false, false, false, true, false,
    false, false, false, false]
  assert range_breaks_out_up(2, 0.5, 1.5) is [_, _, true, false, false, false, false, false, false,
    false, false, false, false, false]
  assert tall_white_goes_on(2, 1.5) is [_, _, false, true, false, false, false, false, false, false,
    false, false, false, false]
  assert narrow_range_breaks_up(2) is [_, _, true, false, false, false, false, true, true, false,
    false, false, false, false]
  assert narrow_range_breaks_down(2) is [_, _, false, false, false, true, false, false, false,
    false, true, false, false, false]
  assert dense_bars_then_break(3, 0.7, 4, 0.7, 2) is [_, _, _, _, _, _, false, true, true, false,
    false, false, false, false]
  assert clustered_then_breaks(3, 1.5, 4, 2) is [_, _, _, _, _, false, false, true, true, false,
    false, false, false, false]
  assert high_low_ratio_wide(2, 0.65) is [_, true, true, true, false, false, true, true, true,
    false, false, true, true, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [101, 97, 95, 104, 105, 88, 82, 80, 75, 73, 72, 76, 72, 75]
  given high = [102, 97, 104, 107, 105, 88, 83, 81, 75, 73, 74, 78, 76, 79]
  given low = [86, 93, 94, 104, 81, 85, 79, 76, 72, 70, 72, 75, 72, 74]
  given close = [98, 95, 104, 105, 93, 87, 80, 77, 73, 70, 74, 77, 75, 78]
  given volume = [10, 20, 6, 2, 3, 12, 1, 5, 10, 6, 12, 5, 4, 3]
  assert range_mostly_narrow(3, 0.6, 2) is [_, _, _, false, false, false, true, false, false, false,
    false, false, false, false]
  assert range_breaks_out_down(2, 0.7, 1.5) is [_, _, false, false, true, false, false, false,
    false, false, false, false, false, false]
  assert first_wide_bar(3, 2, 0.5) is [_, _, _, _, false, false, false, true, false, false, false,
    false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 96, 99, 96, 102, 103, 104, 106, 107, 109, 112, 116, 115, 117]
  given high = [101, 97, 101, 101, 111, 105, 108, 108, 110, 112, 116, 117, 119, 118]
  given low = [94, 95, 94, 88, 100, 101, 104, 105, 106, 107, 111, 115, 114, 112]
  given close = [96, 97, 95, 101, 103, 104, 106, 108, 109, 111, 116, 116, 118, 114]
  given volume = [6, 2, 8, 10, 3, 2, 3, 20, 1, 1, 6, 12, 12, 12]
  assert narrow_bars_then_break(4, 0.6, 3, 3) is [_, _, _, _, _, _, false, false, true, false,
    false, false, false, false]
}
