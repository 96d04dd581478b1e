#sbt 1

use patterns/unger_indicators
use patterns/unger_levels

// Filters of the Unger catalogue on trend, momentum, volatility, volume and structure: states that an entry may ask
// for. Those that its entries know too stand with these: `adx_trending` (FLT_T07), `bands_narrow` (FLT_V04) and the bar
// patterns.

/// The close lies above its simple average.
/// Formula: close > sma(close, n). Catalogue: FLT_T01, LONG.
indicator close_above_sma(n: bars = 50) -> bool {
  give close > sma(close, n)
}

/// The close lies below its simple average.
/// Formula: close < sma(close, n). Catalogue: FLT_T02, SHORT.
indicator close_below_sma(n: bars = 50) -> bool {
  give close < sma(close, n)
}

/// The simple average is above its first value of the last `slope` bars.
/// Formula: sma(close, n) > sma(close, n)[slope - 1]. Catalogue: FLT_T03, LONG.
indicator sma_rises(n: bars = 20, slope: bars = 3) -> bool {
  let line = sma(close, n)
  give line > line[slope - 1]
}

/// The simple average is below its first value of the last `slope` bars.
/// Formula: sma(close, n) < sma(close, n)[slope - 1]. Catalogue: FLT_T04, SHORT.
indicator sma_falls(n: bars = 20, slope: bars = 3) -> bool {
  let line = sma(close, n)
  give line < line[slope - 1]
}

/// Three simple averages lie in the order of a rise.
/// Formula: sma(close, fast) > sma(close, mid) and sma(close, mid) > sma(close, slow). Catalogue: FLT_T05, LONG.
indicator sma_stack_up(fast: bars = 20, mid: bars = 50, slow: bars = 100) -> bool {
  give sma(close, fast) > sma(close, mid) and sma(close, mid) > sma(close, slow)
}

/// Three simple averages lie in the order of a fall.
/// Formula: sma(close, fast) < sma(close, mid) and sma(close, mid) < sma(close, slow). Catalogue: FLT_T06, SHORT.
indicator sma_stack_down(fast: bars = 20, mid: bars = 50, slow: bars = 100) -> bool {
  give sma(close, fast) < sma(close, mid) and sma(close, mid) < sma(close, slow)
}

/// A new high of `n` bars, or `n` bars whose highest high is above that of the `n` bars before them. Mended: both
/// windows are `n` bars long; the catalogue compares n - 1 bars with n.
/// Formula: high > highest(high, n)[1] or highest(high, n)[1] > highest(high, n)[n + 1]. Catalogue: FLT_T08, LONG.
indicator higher_highs(n: bars = 5) -> bool {
  let top = highest(high, n)
  give high > top[1] or top[1] > top[n + 1]
}

/// A new low of `n` bars, or `n` bars whose lowest low is below that of the `n` bars before them. The short side of
/// FLT_T08, which the catalogue lacks.
/// Formula: low < lowest(low, n)[1] or lowest(low, n)[1] < lowest(low, n)[n + 1].
indicator lower_lows(n: bars = 5) -> bool {
  let bottom = lowest(low, n)
  give low < bottom[1] or bottom[1] < bottom[n + 1]
}

/// The relative strength index lies between 40 and 60.
/// Formula: rsi_sma(close, n) > 40 and rsi_sma(close, n) < 60. Catalogue: FLT_M01, LONG, SHORT.
indicator rsi_neutral(n: bars = 14) -> bool {
  let r = rsi_sma(close, n)
  give r > 40 and r < 60
}

/// The relative strength index is not low.
/// Formula: rsi_sma(close, n) > threshold. Catalogue: FLT_M02, LONG.
indicator rsi_not_oversold(threshold: float = 30, n: bars = 14) -> bool {
  give rsi_sma(close, n) > threshold
}

/// The relative strength index is not high.
/// Formula: rsi_sma(close, n) < threshold. Catalogue: FLT_M03, SHORT.
indicator rsi_not_overbought(threshold: float = 65, n: bars = 14) -> bool {
  give rsi_sma(close, n) < threshold
}

/// The fast exponential average is above the slow one.
/// Formula: macd(close, fast, slow).line > 0. Catalogue: FLT_M04, LONG.
indicator macd_above_zero(fast: bars = 12, slow: bars = 26) -> bool {
  give apo(close, fast, slow) > 0
}

/// The fast exponential average is below the slow one.
/// Formula: macd(close, fast, slow).line < 0. Catalogue: FLT_M05, SHORT.
indicator macd_below_zero(fast: bars = 12, slow: bars = 26) -> bool {
  give apo(close, fast, slow) < 0
}

/// The histogram of the moving average convergence is higher than on the bar before.
/// Formula: macd(close, fast, slow, signal).hist > macd(close, fast, slow, signal).hist[1]. Catalogue: FLT_M06, LONG.
indicator macd_hist_rises(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let line = macd(close, fast, slow, signal).hist
  give line > line[1]
}

/// The histogram of the moving average convergence is lower than on the bar before. The short side of FLT_M06, which
/// the catalogue lacks.
/// Formula: macd(close, fast, slow, signal).hist < macd(close, fast, slow, signal).hist[1].
indicator macd_hist_falls(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let line = macd(close, fast, slow, signal).hist
  give line < line[1]
}

/// The close is above that of `n` bars ago. EXT_08 closes a short position with it.
/// Formula: roc(close, n) > 0. Catalogue: FLT_M07, EXT_08, LONG.
indicator roc_positive(n: bars = 10) -> bool {
  give roc(close, n) > 0
}

/// The close is below that of `n` bars ago. EXT_07 closes a long position with it.
/// Formula: roc(close, n) < 0. Catalogue: FLT_M08, EXT_07, SHORT.
indicator roc_negative(n: bars = 10) -> bool {
  give roc(close, n) < 0
}

/// The mean range is above its own average.
/// Formula: adr(n) > sma(adr(n), m). Catalogue: FLT_V01, LONG, SHORT.
indicator volatility_above_usual(n: bars = 14, m: bars = 20) -> bool {
  give ranges_expand(1, n, m)
}

/// The mean range is below its own average.
/// Formula: adr(n) < sma(adr(n), m). Catalogue: FLT_V02, LONG, SHORT.
indicator volatility_below_usual(n: bars = 14, m: bars = 20) -> bool {
  give ranges_contract(1, n, m)
}

/// The bands are wider than `back` bars ago.
/// Formula: band_width(n) > band_width(n)[back]. Catalogue: FLT_V03, LONG, SHORT.
indicator bands_widen(n: bars = 20, back: bars = 4) -> bool {
  let width = band_width(n)
  give width > width[back]
}

/// The bar is less than `k` mean ranges tall.
/// Formula: high - low < k * adr(n). Catalogue: FLT_V05, LONG, SHORT.
indicator range_not_extreme(k: float = 2, n: bars = 14) -> bool {
  give high - low < k * adr(n)
}

/// The bar is more than `k` mean ranges tall.
/// Formula: high - low > k * adr(n). Catalogue: FLT_V06, LONG, SHORT.
indicator range_sufficient(k: float = 0.5, n: bars = 14) -> bool {
  give high - low > k * adr(n)
}

/// The volume is above its simple average.
/// Formula: volume > sma(volume, n). Catalogue: FLT_I01, LONG, SHORT.
indicator volume_above_average(n: bars = 20) -> bool {
  give volume > sma(volume, n)
}

/// The volume is more than `k` times its simple average, its own bar included.
/// Formula: volume > k * sma(volume, n). Catalogue: FLT_I02, LONG, SHORT.
indicator volume_spike(k: float = 1.5, n: bars = 20) -> bool {
  give volume > k * sma(volume, n)
}

/// On-balance volume is above its first value of the last `n` bars.
/// Formula: obv() > obv()[n - 1]. Catalogue: FLT_I03, LONG.
indicator obv_rises(n: bars = 5) -> bool {
  let line = obv()
  give line > line[n - 1]
}

/// On-balance volume is below its first value of the last `n` bars.
/// Formula: obv() < obv()[n - 1]. Catalogue: FLT_I04, SHORT.
indicator obv_falls(n: bars = 5) -> bool {
  let line = obv()
  give line < line[n - 1]
}

/// The close keeps the distance from the highest high of the `n` bars before.
/// Formula: close < (1 - distance) * highest(high, n)[1]. Catalogue: FLT_S01, LONG.
indicator below_resistance(n: bars = 10, distance: percent = 2%) -> bool {
  give close < highest(high, n)[1] * (1 - distance)
}

/// The close keeps the distance from the lowest low of the `n` bars before.
/// Formula: close > (1 + distance) * lowest(low, n)[1]. Catalogue: FLT_S02, SHORT.
indicator above_support(n: bars = 10, distance: percent = 2%) -> bool {
  give close > lowest(low, n)[1] * (1 + distance)
}

/// The close lies within the extremes of the `n` bars before.
/// Formula: lowest(low, n)[1] < close and close < highest(high, n)[1]. Catalogue: FLT_S03, LONG, SHORT.
indicator inside_recent_range(n: bars = 10) -> bool {
  give lowest(low, n)[1] < close and close < highest(high, n)[1]
}

/// The last `n` bars together are less than `k` mean ranges tall.
/// Formula: highest(high, n) - lowest(low, n) < k * adr(range_n). Catalogue: FLT_S04, LONG, SHORT.
indicator consolidation(n: bars = 5, k: float = 2, range_n: bars = 14) -> bool {
  give highest(high, n) - lowest(low, n) < k * adr(range_n)
}

/// The close lies above its simple average and below the highest high of the `n` bars before.
/// Formula: sma(close, ma) < close and close < highest(high, n)[1]. Catalogue: FLT_S05, LONG.
indicator pullback_in_uptrend(n: bars = 5, ma: bars = 20) -> bool {
  give sma(close, ma) < close and close < highest(high, n)[1]
}

/// The close lies below its simple average and above the lowest low of the `n` bars before.
/// Formula: lowest(low, n)[1] < close and close < sma(close, ma). Catalogue: FLT_S06, SHORT.
indicator pullback_in_downtrend(n: bars = 5, ma: bars = 20) -> bool {
  give lowest(low, n)[1] < close and close < sma(close, ma)
}

test "bars 1: where they fire and where not" {
  given open = [103, 94, 100, 102, 106, 96, 82, 79, 80, 81, 87, 75, 76, 72]
  given high = [103, 94, 109, 110, 108, 102, 83, 79, 84, 85, 92, 81, 76, 84]
  given low = [93, 91, 100, 102, 91, 84, 70, 75, 80, 81, 79, 73, 71, 66]
  given close = [97, 94, 105, 107, 97, 87, 74, 78, 80, 84, 81, 73, 71, 66]
  given volume = [20, 1, 6, 45, 9, 9, 30, 9, 3, 2, 2, 1, 8, 7]
  assert close_above_sma(3) is [_, _, true, true, false, false, false, false, true, true, false,
    false, false, false]
  assert close_below_sma(3) is [_, _, false, false, true, true, true, true, false, false, true,
    true, true, true]
  assert sma_rises(3, 3) is [_, _, _, _, true, false, false, false, false, true, true, false, false,
    false]
  assert sma_falls(3, 3) is [_, _, _, _, false, true, true, true, true, false, false, true, true,
    true]
  assert sma_stack_up(2, 3, 5) is [_, _, _, _, false, false, false, false, false, true, true, false,
    false, false]
  assert sma_stack_down(2, 3, 5) is [_, _, _, _, false, true, true, true, false, false, false,
    false, true, true]
  assert higher_highs(2) is [_, _, _, _, true, true, false, false, true, true, true, true, true,
    true]
  assert lower_lows(2) is [_, _, _, _, true, true, true, true, true, false, true, true, true, true]
  assert rsi_neutral(3) is [_, _, _, false, true, false, false, false, false, false, false, false,
    false, false]
  assert rsi_not_oversold(30, 3) is [_, _, _, true, true, false, false, false, true, true, true,
    false, false, false]
  assert rsi_not_overbought(65, 3) is [_, _, _, false, true, true, true, true, true, false, false,
    true, true, true]
  assert macd_above_zero(2, 4) is [_, _, _, true, true, false, false, false, false, false, false,
    false, false, false]
  assert macd_below_zero(2, 4) is [_, _, _, false, false, true, true, true, true, true, true, true,
    true, true]
  assert macd_hist_rises(2, 4, 2) is [_, _, _, _, _, true, true, true, true, true, false, false,
    true, false]
  assert macd_hist_falls(2, 4, 2) is [_, _, _, _, _, false, false, false, false, false, true, true,
    false, true]
  assert roc_positive(3) is [_, _, _, true, true, false, false, false, false, true, true, false,
    false, false]
  assert roc_negative(3) is [_, _, _, false, false, true, true, true, true, false, false, true,
    true, true]
  assert volatility_above_usual(2, 4) is [_, _, _, _, true, true, true, false, false, false, true,
    true, false, true]
  assert volatility_below_usual(2, 4) is [_, _, _, _, false, false, false, true, true, true, false,
    false, true, false]
  assert bands_widen(3, 2) is [_, _, _, _, false, true, true, false, false, false, false, true,
    true, false]
  assert range_not_extreme(1.3, 3) is [_, _, true, true, false, true, true, true, true, true, false,
    true, true, false]
  assert range_sufficient(0.5, 3) is [_, _, true, true, true, true, true, false, true, true, true,
    true, true, true]
  assert volume_above_average(3) is [_, _, false, true, false, false, true, false, false, false,
    false, false, true, true]
  assert volume_spike(1.5, 3) is [_, _, false, true, false, false, true, false, false, false, false,
    false, true, false]
  assert obv_rises(3) is [_, _, true, true, true, false, false, false, true, true, false, false,
    false, false]
  assert obv_falls(3) is [_, _, false, false, false, true, true, true, false, false, false, true,
    true, true]
  assert below_resistance(3, 2%) is [_, _, _, false, true, true, true, true, true, false, true,
    true, true, true]
  assert above_support(3, 2%) is [_, _, _, true, true, false, false, true, true, true, true, false,
    false, false]
  assert inside_recent_range(2) is [_, _, false, true, false, false, false, true, true, false, true,
    false, false, false]
  assert consolidation(2, 1.4, 4) is [_, _, _, true, false, false, false, true, true, true, false,
    false, true, false]
  assert pullback_in_uptrend(2, 3) is [_, _, false, true, false, false, false, false, true, false,
    false, false, false, false]
  assert pullback_in_downtrend(2, 3) is [_, _, false, false, false, false, false, true, false,
    false, true, false, false, false]
}
