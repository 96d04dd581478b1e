#sbt 1

// Pattern blocks on opens away from the close before. A market that never closes opens where it closed, so that
// these hardly ever fire on one.

/// The bar opens more than a fraction above the high before and is white.
/// Catalogue: GAP_UP_CONTINUATION; long; open > high[1] and open / high[1] - 1 > min_gap and close > open.
indicator gap_up_goes_on(min_gap: float = 0.005) -> bool {
  give open > high[1] and open / high[1] - 1 > min_gap and close > open
}

/// The bar opens more than a fraction below the low before and is black.
/// Catalogue: GAP_DOWN_CONTINUATION; short; open < low[1] and 1 - open / low[1] > min_gap and close < open.
indicator gap_down_goes_on(min_gap: float = 0.005) -> bool {
  give open < low[1] and 1 - open / low[1] > min_gap and close < open
}

/// The bar opens more than a fraction above the high before and is black.
/// Catalogue: GAP_UP_FILL; short; open > high[1] and open / high[1] - 1 > min_gap and close < open.
indicator gap_up_fades(min_gap: float = 0.005) -> bool {
  give open > high[1] and open / high[1] - 1 > min_gap and close < open
}

/// The bar opens more than a fraction below the low before and is white.
/// Catalogue: GAP_DOWN_FILL; long; open < low[1] and 1 - open / low[1] > min_gap and close > open.
indicator gap_down_fades(min_gap: float = 0.005) -> bool {
  give open < low[1] and 1 - open / low[1] > min_gap and close > open
}

/// The bar opens more than a fraction above the close before and is white.
/// Catalogue: GAP_UP_CONTINUE; long; open > close[1] * (1 + gap_pct) and close > open.
indicator opens_up_and_rises(gap_pct: float = 0.005) -> bool {
  give open > close[1] * (1 + gap_pct) and close > open
}

/// The bar opens more than a fraction below the close before and is black.
/// Catalogue: GAP_DOWN_CONTINUE; short; open < close[1] * (1 - gap_pct) and close < open.
indicator opens_down_and_falls(gap_pct: float = 0.005) -> bool {
  give open < close[1] * (1 - gap_pct) and close < open
}

/// The bar opens more than a fraction above the close before and is black.
/// Catalogue: CLOSE_OPEN_GAP; short; open / close[1] > 1 + gap_thresh and close < open.
indicator opens_up_and_falls(gap_thresh: float = 0.005) -> bool {
  give open / close[1] > 1 + gap_thresh and close < open
}

/// The bar opens more than a fraction above the close before and comes back to it.
/// Catalogue: OCR_GAP_UP_FILL; short; open > close[1] * (1 + gap_pct) and low <= close[1].
indicator opens_up_and_fills(gap_pct: float = 0.005) -> bool {
  give open > close[1] * (1 + gap_pct) and low <= close[1]
}

/// The bar opens more than some percent above the close before, never comes back to it, and is white.
/// Catalogue: GAP_UP_CONT; long; 100 * (open / close[1] - 1) > threshold and low > close[1] and close > open.
indicator opens_up_and_stays(threshold: float = 0.5) -> bool {
  give 100 * (open / close[1] - 1) > threshold and low > close[1] and close > open
}

/// The bar opens more than some percent below the close before, comes back to it, and is white.
/// Catalogue: GAP_FILL_REV; long; 100 * (open / close[1] - 1) < -threshold and high >= close[1] and close > open.
indicator opens_down_and_fills(threshold: float = 0.5) -> bool {
  give 100 * (open / close[1] - 1) < -threshold and high >= close[1] and close > open
}

/// The lows of some bars stayed above the close before them, and the close is above the highs before.
/// Catalogue: UNFILLED_GAP_BREAK; long; lowest(low, span) > close[span + 1] and close > highest(high, break_n)[1].
indicator gap_stays_open_then_break(span: bars = 5, break_n: bars = 3) -> bool {
  give lowest(low, span) > close[span + 1] and close > highest(high, break_n)[1]
}

/// After a bar whose low left a gap over the high before, the next comes back to that high and is white.
/// Catalogue: LIQUIDITY_VOID; long; (low - high[1] > gap * close[1])[1] and low <= high[2] and close > open.
indicator gap_between_bars_revisited(gap: float = 0.005) -> bool {
  give (low - high[1] > gap * close[1])[1] and low <= high[2] and close > open
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 99, 102, 103, 106, 110, 113, 114, 109, 110, 108, 109, 100, 106]
  given high = [102, 104, 104, 106, 111, 111, 115, 114, 109, 111, 110, 110, 106, 116]
  given low = [99, 97, 100, 101, 106, 110, 112, 112, 106, 107, 108, 102, 100, 105]
  given close = [99, 102, 103, 105, 109, 111, 114, 114, 108, 108, 109, 102, 106, 116]
  given volume = [30, 20, 8, 3, 2, 6, 4, 1, 10, 8, 20, 4, 1, 5]
  assert gap_up_goes_on(0.005) is [_, false, false, false, false, false, true, false, false, false,
    false, false, false, false]
  assert gap_down_goes_on(0.005) is [_, false, false, false, false, false, false, false, true,
    false, false, false, false, false]
  assert gap_up_fades(0.005) is [_, false, false, false, false, false, false, false, false, true,
    false, false, false, false]
  assert gap_down_fades(0.005) is [_, false, false, false, false, false, false, false, false, false,
    false, false, true, false]
  assert opens_up_and_rises(0.005) is [_, false, false, false, true, true, true, false, false,
    false, false, false, false, false]
  assert opens_down_and_falls(0.005) is [_, false, false, false, false, false, false, false, true,
    false, false, false, false, false]
  assert opens_up_and_falls(0.005) is [_, false, false, false, false, false, false, false, false,
    true, false, false, false, false]
  assert opens_up_and_fills(0.005) is [_, false, false, false, false, false, false, false, false,
    true, false, false, false, false]
  assert opens_up_and_stays(0.5) is [_, false, false, false, true, true, true, false, false, false,
    false, false, false, false]
  assert opens_down_and_fills(0.5) is [_, false, false, false, false, false, false, false, false,
    false, false, false, true, false]
  assert gap_stays_open_then_break(3, 2) is [_, _, _, _, true, false, true, false, false, false,
    false, false, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 100, 99, 106, 111, 107, 103, 112, 113, 116, 106, 110, 108, 109]
  given high = [103, 101, 108, 106, 111, 108, 111, 113, 117, 118, 112, 110, 117, 110]
  given low = [98, 99, 98, 105, 106, 103, 102, 112, 105, 107, 104, 100, 108, 101]
  given close = [101, 99, 106, 106, 106, 103, 110, 113, 116, 108, 110, 108, 109, 101]
  given volume = [6, 6, 30, 3, 1, 2, 2, 1, 10, 12, 5, 12, 30, 12]
  assert gap_between_bars_revisited(0.005) is [_, _, false, false, false, false, false, false, true,
    false, false, false, false, false]
}
