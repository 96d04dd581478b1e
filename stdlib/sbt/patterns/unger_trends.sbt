#sbt 1

// Entries of the Unger catalogue that follow a trend's line: its turn, or the price crossing it.

/// The supertrend turns upwards.
/// Formula: supertrend(n, k).up and not supertrend(n, k).up[1]. Catalogue: TRD_01, LONG, TRD.
indicator supertrend_turns_up(n: bars = 10, k: float = 2) -> bool {
  give starts(supertrend(n, k).up)
}

/// The supertrend turns downwards.
/// Formula: not supertrend(n, k).up and supertrend(n, k).up[1]. Catalogue: TRD_02, SHORT, TRD.
indicator supertrend_turns_down(n: bars = 10, k: float = 2) -> bool {
  give ends(supertrend(n, k).up)
}

/// The parabolic stop turns upwards.
/// Formula: psar(step, most).up and not psar(step, most).up[1]. Catalogue: TRD_03, LONG, TRD.
indicator psar_turns_up(step: float = 0.02, most: float = 0.2) -> bool {
  give starts(psar(step, most).up)
}

/// The parabolic stop turns downwards.
/// Formula: not psar(step, most).up and psar(step, most).up[1]. Catalogue: TRD_04, SHORT, TRD.
indicator psar_turns_down(step: float = 0.02, most: float = 0.2) -> bool {
  give ends(psar(step, most).up)
}

/// Ichimoku's conversion line crosses above its base line.
/// Formula: midprice(fast) crosses above midprice(mid). Catalogue: TRD_05, LONG, TRD.
indicator ichimoku_cross_up(fast: bars = 9, mid: bars = 26) -> bool {
  give midprice(fast) crosses above midprice(mid)
}

/// Ichimoku's conversion line crosses below its base line.
/// Formula: midprice(fast) crosses below midprice(mid). Catalogue: TRD_06, SHORT, TRD.
indicator ichimoku_cross_down(fast: bars = 9, mid: bars = 26) -> bool {
  give midprice(fast) crosses below midprice(mid)
}

/// The close crosses above Ichimoku's cloud. The spans are those that stand over the bar, computed `shift` - 1 bars
/// ago; the lagging line has no part in it.
/// Formula: close crosses above max(span_a, span_b) of ichimoku(fast, mid, slow, shift). Catalogue: TRD_07, LONG, TRD.
indicator cloud_break_up(fast: bars = 9, mid: bars = 26, slow: bars = 52,
  shift: bars = 26) -> bool {
  let cloud = ichimoku(fast, mid, slow, shift)
  give close crosses above max(cloud.span_a, cloud.span_b)
}

/// The close crosses below Ichimoku's cloud. The spans are those that stand over the bar, computed `shift` - 1 bars
/// ago; the lagging line has no part in it.
/// Formula: close crosses below min(span_a, span_b) of ichimoku(fast, mid, slow, shift). Catalogue: TRD_08, SHORT, TRD.
indicator cloud_break_down(fast: bars = 9, mid: bars = 26, slow: bars = 52,
  shift: bars = 26) -> bool {
  let cloud = ichimoku(fast, mid, slow, shift)
  give close crosses below min(cloud.span_a, cloud.span_b)
}

/// The last high became fresher than the last low.
/// Formula: aroon(n).up crosses above aroon(n).down. Catalogue: TRD_09, LONG, TRD.
indicator aroon_cross_up(n: bars = 14) -> bool {
  let line = aroon(n)
  give line.up crosses above line.down
}

/// The last low became fresher than the last high.
/// Formula: aroon(n).down crosses above aroon(n).up. Catalogue: TRD_10, SHORT, TRD.
indicator aroon_cross_down(n: bars = 14) -> bool {
  let line = aroon(n)
  give line.down crosses above line.up
}

/// The highest high of the last `n` + 1 bars is fresh.
/// Formula: aroon(n).up >= threshold. Catalogue: TRD_11, LONG, TRD.
indicator aroon_high(n: bars = 14, threshold: float = 90) -> bool {
  give aroon(n).up >= threshold
}

/// The lowest low of the last `n` + 1 bars is fresh.
/// Formula: aroon(n).down >= threshold. Catalogue: TRD_12, SHORT, TRD.
indicator aroon_low(n: bars = 14, threshold: float = 90) -> bool {
  give aroon(n).down >= threshold
}

/// Upward movement becomes the larger one.
/// Formula: vortex(n).plus crosses above vortex(n).minus. Catalogue: TRD_13, LONG, TRD.
indicator vortex_cross_up(n: bars = 14) -> bool {
  let line = vortex(n)
  give line.plus crosses above line.minus and sum_of(true_range(), n)[1] > 0
}

/// Downward movement becomes the larger one.
/// Formula: vortex(n).minus crosses above vortex(n).plus. Catalogue: TRD_14, SHORT, TRD.
indicator vortex_cross_down(n: bars = 14) -> bool {
  let line = vortex(n)
  give line.minus crosses above line.plus and sum_of(true_range(), n)[1] > 0
}

/// The market travels instead of chopping. Has no side of its own.
/// Formula: choppiness(n) < threshold. Catalogue: TRD_15, BIDI, TRD.
indicator choppiness_low(n: bars = 14, threshold: float = 38.2) -> bool {
  give choppiness(n) < threshold
}

/// The close crosses above the stop that hangs from the highest high.
/// Formula: close crosses above highest(high, n) - k * atr(n). Catalogue: TRD_16, LONG, TRD.
indicator chandelier_cross_up(n: bars = 22, k: float = 3) -> bool {
  give close crosses above chandelier(n, k).long_exit
}

/// The close crosses below the stop that stands on the lowest low.
/// Formula: close crosses below lowest(low, n) + k * atr(n). Catalogue: TRD_17, SHORT, TRD.
indicator chandelier_cross_down(n: bars = 22, k: float = 3) -> bool {
  give close crosses below chandelier(n, k).short_exit
}

/// Hull's moving average turns upwards.
/// Formula: hma(close, n) crosses above hma(close, n)[1]. Catalogue: TRD_18, LONG, TRD.
indicator hma_turns_up(n: bars = 14) -> bool {
  let line = hma(close, n)
  give line crosses above line[1]
}

/// Hull's moving average turns downwards.
/// Formula: hma(close, n) crosses below hma(close, n)[1]. Catalogue: TRD_19, SHORT, TRD.
indicator hma_turns_down(n: bars = 14) -> bool {
  let line = hma(close, n)
  give line crosses below line[1]
}

/// The close crosses above Legoux's moving average.
/// Formula: close crosses above alma(close, n). Catalogue: TRD_20, LONG, TRD.
indicator alma_cross_up(n: bars = 14) -> bool {
  give close crosses above alma(close, n)
}

/// The close crosses below Legoux's moving average. The short side of TRD_20, which the catalogue lacks.
/// Formula: close crosses below alma(close, n).
indicator alma_cross_down(n: bars = 14) -> bool {
  give close crosses below alma(close, n)
}

test "bars 1: where they fire and where not" {
  given open = [95, 99, 102, 100, 93, 96, 100, 95, 94, 83, 89, 93, 102, 94]
  given high = [101, 99, 106, 100, 99, 100, 103, 98, 106, 85, 89, 96, 102, 94]
  given low = [93, 93, 91, 96, 93, 95, 100, 89, 86, 83, 84, 90, 93, 93]
  given close = [100, 99, 96, 97, 95, 95, 100, 89, 88, 83, 88, 96, 97, 94]
  assert supertrend_turns_up(2, 1) is [_, _, _, false, false, false, false, false, false, false,
    false, true, false, false]
  assert supertrend_turns_down(2, 1) is [_, _, _, false, false, false, false, true, false, false,
    false, false, false, false]
  assert psar_turns_up() is [_, _, true, false, false, false, false, false, true, false, false,
    false, false, false]
  assert psar_turns_down() is [_, _, false, false, false, false, false, true, false, true, false,
    false, false, false]
  assert ichimoku_cross_up(2, 4) is [_, _, _, _, false, false, true, false, false, false, false,
    false, true, false]
  assert ichimoku_cross_down(2, 4) is [_, _, _, _, true, false, false, false, false, false, true,
    false, false, false]
  assert cloud_break_up(2, 3, 4, 3) is [_, _, _, _, _, _, true, false, false, false, false, true,
    false, false]
  assert cloud_break_down(2, 3, 4, 3) is [_, _, _, _, _, _, false, true, false, false, false, false,
    false, false]
  assert aroon_cross_up(4) is [_, _, _, _, _, false, false, false, false, false, false, false,
    false, true]
  assert aroon_cross_down(4) is [_, _, _, _, _, false, false, true, false, true, false, false,
    false, false]
  assert aroon_high(4, 90) is [_, _, _, _, false, false, false, false, true, false, false, false,
    false, false]
  assert aroon_low(4, 90) is [_, _, _, _, false, false, false, true, true, true, false, false,
    false, false]
  assert vortex_cross_up(3) is [_, _, _, _, false, false, true, false, true, false, false, false,
    true, false]
  assert vortex_cross_down(3) is [_, _, _, _, false, true, false, true, false, true, false, false,
    false, false]
  assert choppiness_low(4, 45) is [_, _, _, _, false, false, false, false, false, false, true, true,
    true, true]
  assert chandelier_cross_up(3, 1) is [_, _, _, _, false, true, false, false, false, false, false,
    true, false, false]
  assert chandelier_cross_down(3, 1) is [_, _, _, _, false, false, false, false, false, false,
    false, false, false, true]
  assert hma_turns_up(4) is [_, _, _, _, _, _, true, false, false, false, true, false, false, false]
  assert hma_turns_down(4) is [_, _, _, _, _, _, false, true, false, false, false, false, false,
    true]
  assert alma_cross_up(4) is [_, _, _, _, false, false, true, false, false, false, true, false,
    false, false]
  assert alma_cross_down(4) is [_, _, _, _, true, false, false, true, false, false, false, false,
    false, true]
}

test "a first move crosses nothing" {
  given close = [5, 5, 5, 5, 5, 6]
  assert not vortex_cross_up(2)
}
