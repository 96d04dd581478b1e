#sbt 1

use patterns/unger
use patterns/unger_indicators

// Entries of the Unger catalogue that break out of something or cross something.

/// The close passes the highest high of the `n` bars before; with 20 or 55 bars the Donchian breakout.
/// Formula: close > highest(high, n)[1]. Catalogue: BRK_03, BRK_05, LONG, TRD.
indicator breakout_high(n: bars = 20) -> bool {
  give close > highest(high, n)[1]
}

/// The close passes the lowest low of the `n` bars before; with 20 or 55 bars the Donchian breakout.
/// Formula: close < lowest(low, n)[1]. Catalogue: BRK_04, BRK_06, SHORT, TRD.
indicator breakout_low(n: bars = 20) -> bool {
  give close < lowest(low, n)[1]
}

/// The close rises by more than `k` mean ranges in one bar. The mean range ignores gaps between bars, as the catalogue
/// says; `atr` heeds them.
/// Formula: close > close[1] + k * adr(n). Catalogue: BRK_07, LONG, TRD.
indicator volatility_breakout_up(k: float = 1.5, n: bars = 14) -> bool {
  give close > close[1] + k * adr(n)
}

/// The close falls by more than `k` mean ranges in one bar. The mean range ignores gaps between bars, as the catalogue
/// says; `atr` heeds them.
/// Formula: close < close[1] - k * adr(n). Catalogue: BRK_08, SHORT, TRD.
indicator volatility_breakout_down(k: float = 1.5, n: bars = 14) -> bool {
  give close < close[1] - k * adr(n)
}

/// An up bar taller than `k` times the mean range of the `n` bars before.
/// Formula: high - low > k * sma(high - low, n)[1] and close > open. Catalogue: BRK_09, LONG, TRD.
indicator wide_bar_up(n: bars = 10, k: float = 1.5) -> bool {
  give range_above_usual(k, n) and close > open
}

/// A down bar taller than `k` times the mean range of the `n` bars before.
/// Formula: high - low > k * sma(high - low, n)[1] and close < open. Catalogue: BRK_10, SHORT, TRD.
indicator wide_bar_down(n: bars = 10, k: float = 1.5) -> bool {
  give range_above_usual(k, n) and close < open
}

/// The bar after an inside bar closes above its high.
/// Formula: inside_bar_strict()[1] and close > high[1]. Catalogue: BRK_11, LONG, TRD.
indicator inside_breakout_up() -> bool {
  give inside_bar_strict()[1] and close > high[1]
}

/// The bar after an inside bar closes below its low.
/// Formula: inside_bar_strict()[1] and close < low[1]. Catalogue: BRK_12, SHORT, TRD.
indicator inside_breakout_down() -> bool {
  give inside_bar_strict()[1] and close < low[1]
}

/// The fast simple average crosses above the slow one. Never holds unless `fast` is below `slow`: the catalogue allows
/// the degenerate pair.
/// Formula: sma(close, fast) crosses above sma(close, slow) and fast < slow. Catalogue: CRS_01, LONG, TRD.
indicator sma_cross_up(fast: bars = 10, slow: bars = 50) -> bool {
  give sma(close, fast) crosses above sma(close, slow) and fast < slow
}

/// The fast simple average crosses below the slow one. Never holds unless `fast` is below `slow`: the catalogue allows
/// the degenerate pair.
/// Formula: sma(close, fast) crosses below sma(close, slow) and fast < slow. Catalogue: CRS_02, SHORT, TRD.
indicator sma_cross_down(fast: bars = 10, slow: bars = 50) -> bool {
  give sma(close, fast) crosses below sma(close, slow) and fast < slow
}

/// The close crosses above its simple average. EXT_06 closes a short position with it.
/// Formula: close crosses above sma(close, n). Catalogue: CRS_03, EXT_06, LONG, TRD.
indicator price_cross_sma_up(n: bars = 20) -> bool {
  give close crosses above sma(close, n)
}

/// The close crosses below its simple average. EXT_05 closes a long position with it.
/// Formula: close crosses below sma(close, n). Catalogue: CRS_04, EXT_05, SHORT, TRD.
indicator price_cross_sma_down(n: bars = 20) -> bool {
  give close crosses below sma(close, n)
}

/// The line of the moving average convergence crosses above its signal. EXT_04 closes a short position with it.
/// Formula: macd(close, fast, slow, signal).line crosses above macd(close, fast, slow, signal).signal. Catalogue:
/// CRS_05, EXT_04, LONG, TRD.
indicator macd_cross_up(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let m = macd(close, fast, slow, signal)
  give m.line crosses above m.signal
}

/// The line of the moving average convergence crosses below its signal. EXT_03 closes a long position with it.
/// Formula: macd(close, fast, slow, signal).line crosses below macd(close, fast, slow, signal).signal. Catalogue:
/// CRS_06, EXT_03, SHORT, TRD.
indicator macd_cross_down(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let m = macd(close, fast, slow, signal)
  give m.line crosses below m.signal
}

/// The fast exponential average crosses above the slow one.
/// Formula: macd(close, fast, slow).line crosses above 0. Catalogue: CRS_07, LONG, TRD.
indicator macd_cross_zero_up(fast: bars = 12, slow: bars = 26) -> bool {
  give apo(close, fast, slow) crosses above 0
}

/// The fast exponential average crosses below the slow one.
/// Formula: macd(close, fast, slow).line crosses below 0. Catalogue: CRS_08, SHORT, TRD.
indicator macd_cross_zero_down(fast: bars = 12, slow: bars = 26) -> bool {
  give apo(close, fast, slow) crosses below 0
}

/// The fast exponential average crosses above the slow one.
/// Formula: ema(close, fast) crosses above ema(close, slow). Catalogue: CRS_09, LONG, TRD.
indicator ema_cross_up(fast: bars = 8, slow: bars = 21) -> bool {
  give ema(close, fast) crosses above ema(close, slow)
}

/// The fast exponential average crosses below the slow one.
/// Formula: ema(close, fast) crosses below ema(close, slow). Catalogue: CRS_10, SHORT, TRD.
indicator ema_cross_down(fast: bars = 8, slow: bars = 21) -> bool {
  give ema(close, fast) crosses below ema(close, slow)
}

/// The close's place in the range crosses above its average, still low.
/// Formula: stoch_raw(n) crosses above sma(stoch_raw(n), signal) and stoch_raw(n) < most. Catalogue: CRS_11, LONG, TRD.
indicator stoch_cross_up(n: bars = 14, signal: bars = 3, most: float = 30) -> bool {
  let k = stoch_raw(n)
  give k crosses above sma(k, signal) and k < most
}

/// The close's place in the range crosses below its average, still high.
/// Formula: stoch_raw(n) crosses below sma(stoch_raw(n), signal) and stoch_raw(n) > least. Catalogue: CRS_12, SHORT,
/// TRD.
indicator stoch_cross_down(n: bars = 14, signal: bars = 3, least: float = 70) -> bool {
  let k = stoch_raw(n)
  give k crosses below sma(k, signal) and k > least
}

/// The close crosses above the average price by volume of the last `n` bars. Mended: the catalogue's average price runs
/// from the first bar of the data and so depends on where that is; this one takes the last `n` bars.
/// Formula: close crosses above vwap_rolling(n). Catalogue: CRS_13, LONG, TRD.
indicator vwap_cross_up(n: bars = 20) -> bool {
  give close crosses above vwap_rolling(n)
}

/// The close crosses below the average price by volume of the last `n` bars. Mended: the catalogue's average price runs
/// from the first bar of the data and so depends on where that is; this one takes the last `n` bars.
/// Formula: close crosses below vwap_rolling(n). Catalogue: CRS_14, SHORT, TRD.
indicator vwap_cross_down(n: bars = 20) -> bool {
  give close crosses below vwap_rolling(n)
}

test "bars 1: where they fire and where not" {
  given open = [100, 100, 106, 109, 107, 104, 105, 105, 102, 101, 103, 112, 116, 116]
  given high = [100, 106, 110, 113, 107, 109, 108, 106, 102, 105, 116, 124, 116, 121]
  given low = [95, 92, 105, 107, 104, 103, 105, 99, 99, 93, 102, 109, 111, 116]
  given close = [100, 106, 109, 107, 104, 105, 105, 102, 101, 103, 112, 116, 116, 120]
  given volume = [2, 9, 40, 1, 2, 40, 2, 6, 9, 7, 2, 2, 7, 5]
  assert breakout_high(3) is [_, _, _, false, false, false, false, false, false, false, true, false,
    false, false]
  assert breakout_low(3) is [_, _, _, false, false, false, false, true, false, false, false, false,
    false, false]
  assert volatility_breakout_up(0.5, 3) is [_, _, false, false, false, false, false, false, false,
    false, true, false, false, false]
  assert volatility_breakout_down(0.5, 3) is [_, _, false, false, true, false, false, true, false,
    false, false, false, false, false]
  assert wide_bar_up(3) is [_, _, _, false, false, false, false, false, false, true, true, true,
    false, false]
  assert wide_bar_down(3) is [_, _, _, false, false, false, false, true, false, false, false, false,
    false, false]
  assert inside_breakout_up() is [_, _, false, false, false, false, false, false, false, false,
    false, false, false, true]
  assert inside_breakout_down() is [_, _, false, false, false, false, false, true, false, false,
    false, false, false, false]
  assert sma_cross_up(2, 4) is [_, _, _, _, false, false, false, false, false, false, true, false,
    false, false]
  assert sma_cross_down(2, 4) is [_, _, _, _, true, false, false, false, false, false, false, false,
    false, false]
  assert price_cross_sma_up(3) is [_, _, _, false, false, false, true, false, false, true, false,
    false, false, false]
  assert price_cross_sma_down(3) is [_, _, _, true, false, false, false, true, false, false, false,
    false, false, false]
  assert macd_cross_up(2, 4, 2) is [_, _, _, _, _, false, false, false, false, true, false, false,
    false, true]
  assert macd_cross_down(2, 4, 2) is [_, _, _, _, _, false, false, false, false, false, false,
    false, true, false]
  assert macd_cross_zero_up(2, 4) is [_, _, _, _, false, false, false, false, false, false, true,
    false, false, false]
  assert macd_cross_zero_down(2, 4) is [_, _, _, _, false, false, false, true, false, false, false,
    false, false, false]
  assert ema_cross_up(2, 4) is [_, _, _, _, false, false, false, false, false, false, true, false,
    false, false]
  assert ema_cross_down(2, 4) is [_, _, _, _, false, false, false, true, false, false, false, false,
    false, false]
  assert stoch_cross_up(4, 3, 60) is [_, _, _, _, _, _, false, true, false, false, false, false,
    false, false]
  assert stoch_cross_down(4, 3, 40) is [_, _, _, _, _, _, false, false, false, false, false, true,
    false, false]
  assert vwap_cross_up(3) is [_, _, _, false, false, false, false, false, false, true, false, false,
    false, false]
  assert vwap_cross_down(3) is [_, _, _, false, true, false, false, false, false, false, false,
    false, false, false]
}
