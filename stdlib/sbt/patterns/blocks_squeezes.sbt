#sbt 1

// Pattern blocks on narrow bands: the width of the Bollinger bands, and squeezes inside the Keltner channel.

/// The Bollinger bands were narrower than usual and the close is above the upper one.
/// Catalogue: BB_SQUEEZE_BREAKOUT_UP; long; (w < squeeze_mult * sma(w, squeeze_lookback))[1] and close >
/// bollinger(close, period, std).top, w = bandwidth(close, period, std).
indicator squeeze_breaks_up(period: bars = 20, std: float = 2, squeeze_lookback: bars = 50,
  squeeze_mult: float = 0.7) -> bool {
  let w = bandwidth(close, period, std)
  give (w < squeeze_mult * sma(w, squeeze_lookback))[1]
    and close > bollinger(close, period, std).top
}

/// The Bollinger bands were narrower than usual and the close is below the lower one.
/// Catalogue: BB_SQUEEZE_BREAKOUT_DOWN; short; (w < squeeze_mult * sma(w, squeeze_lookback))[1] and close <
/// bollinger(close, period, std).low, w = bandwidth(close, period, std).
indicator squeeze_breaks_down(period: bars = 20, std: float = 2, squeeze_lookback: bars = 50,
  squeeze_mult: float = 0.7) -> bool {
  let w = bandwidth(close, period, std)
  give (w < squeeze_mult * sma(w, squeeze_lookback))[1]
    and close < bollinger(close, period, std).low
}

/// The width of the Bollinger bands is a fraction of its average.
/// Catalogue: BBWIDTH_SQUEEZE; both; w < mult * sma(w, avg_period), w = bandwidth(close, period).
indicator bandwidth_below_usual(period: bars = 20, avg_period: bars = 50,
  mult: float = 0.7) -> bool {
  let w = bandwidth(close, period)
  give w < mult * sma(w, avg_period)
}

/// The width of the Bollinger bands is a multiple of that of the bar before.
/// Catalogue: BBWIDTH_EXPAND; both; w > mult * w[1], w = bandwidth(close, period).
indicator bandwidth_jumps(period: bars = 20, mult: float = 1.2) -> bool {
  let w = bandwidth(close, period)
  give w > mult * w[1]
}

/// The width of the Bollinger bands is in the lowest percent of its own range.
/// Catalogue: BBWIDTH_PERCENTILE_LOW; both; 100 * place_in_range(bandwidth(close, period), lookback) < threshold.
indicator bandwidth_low_in_range(period: bars = 20, lookback: bars = 100,
  threshold: float = 10) -> bool {
  give 100 * place_in_range(bandwidth(close, period), lookback) < threshold
}

/// The width of the Bollinger bands rises from a fraction of its average to above it in one bar.
/// Catalogue: BBWIDTH_BREAKOUT; both; w[1] < share * usual[1] and w > usual, w = bandwidth(close, period), usual =
/// sma(w, avg_period).
indicator bandwidth_bursts(period: bars = 20, avg_period: bars = 50, share: float = 0.7) -> bool {
  let w = bandwidth(close, period)
  let usual = sma(w, avg_period)
  give w[1] < share * usual[1] and w > usual
}

/// The Bollinger bands were mostly in the narrowest part of their past, and the close is above the upper one.
/// Catalogue: VOL_SQUEEZE_BREAK; long; (times(w < quantile(w, lookback, q), span) >= least)[1] and close >
/// bollinger(close, period, std).top, w = bandwidth(close, period, std).
indicator low_bandwidth_breaks_up(period: bars = 20, std: float = 2, lookback: bars = 50,
  q: float = 0.2, span: bars = 5, least: float = 3) -> bool {
  let w = bandwidth(close, period, std)
  give (times(w < quantile(w, lookback, q), span) >= least)[1]
    and close > bollinger(close, period, std).top
}

/// The close is below the lower Bollinger band with a low relative strength index, on high volume.
/// Catalogue: FEAR_EXTREME; long; close < bollinger(close, period, std).low and rsi(close, rsi_n) < rsi_level and
/// volume > mult * sma(volume, avg_n).
indicator fear_extreme(rsi_level: float = 25, period: bars = 20, std: float = 2, rsi_n: bars = 14,
  mult: float = 1.5, avg_n: bars = 20) -> bool {
  give close < bollinger(close, period, std).low
    and rsi(close, rsi_n) < rsi_level
    and volume > mult * sma(volume, avg_n)
}

/// The close is above the upper Bollinger band with a high relative strength index, on high volume.
/// Catalogue: GREED_EXTREME; short; close > bollinger(close, period, std).top and rsi(close, rsi_n) > rsi_level and
/// volume > mult * sma(volume, avg_n).
indicator greed_extreme(rsi_level: float = 75, period: bars = 20, std: float = 2, rsi_n: bars = 14,
  mult: float = 1.5, avg_n: bars = 20) -> bool {
  give close > bollinger(close, period, std).top
    and rsi(close, rsi_n) > rsi_level
    and volume > mult * sma(volume, avg_n)
}

/// Whether the Bollinger bands lie inside the Keltner channel of an exponential average and average true ranges.
/// Source: J. Carter, Mastering the Trade, 2005.
indicator bands_squeezed(period: bars = 20, std: float = 2, mult: float = 1.5,
  atr_n: bars = 20) -> bool {
  let b = bollinger(close, period, std)
  let e = ema(close, period)
  let d = mult * atr(atr_n)
  give b.low > e - d and b.top < e + d
}

/// The Bollinger bands contract to inside the Keltner channel.
/// Catalogue: SQUEEZE_ON; both; starts(bands_squeezed(period, std, mult, period)).
indicator squeeze_starts(period: bars = 20, std: float = 2, mult: float = 1.5) -> bool {
  give starts(bands_squeezed(period, std, mult, period))
}

/// The Bollinger bands leave the Keltner channel with the close above its simple average.
/// Catalogue: SQUEEZE_FIRE_LONG; long; ends(bands_squeezed(period, std, mult, atr_n)) and close > sma(close,
/// period).
indicator squeeze_releases_up(period: bars = 20, atr_n: bars = 20, std: float = 2,
  mult: float = 1.5) -> bool {
  give ends(bands_squeezed(period, std, mult, atr_n)) and close > sma(close, period)
}

/// The Bollinger bands leave the Keltner channel with the close below its simple average.
/// Catalogue: SQUEEZE_FIRE_SHORT; short; ends(bands_squeezed(period, std, mult, atr_n)) and close < sma(close,
/// period).
indicator squeeze_releases_down(period: bars = 20, atr_n: bars = 20, std: float = 2,
  mult: float = 1.5) -> bool {
  give ends(bands_squeezed(period, std, mult, atr_n)) and close < sma(close, period)
}

/// The Bollinger bands leave the Keltner channel with the close above its exponential average.
/// Catalogue: KELTNER_SQUEEZE; long; ends(bands_squeezed(period, std, mult, atr_n)) and close > ema(close, period).
indicator squeeze_releases_above_ema(period: bars = 20, atr_n: bars = 14, std: float = 2,
  mult: float = 1.5) -> bool {
  give ends(bands_squeezed(period, std, mult, atr_n)) and close > ema(close, period)
}

/// The channel of highs and lows is a fraction of its usual width.
/// Catalogue: DONCHIAN_SQUEEZE; both; w < squeeze_mult * sma(w, period), w = (highest(high, period) - lowest(low,
/// period)) / close.
indicator donchian_narrow(period: bars = 20, squeeze_mult: float = 0.7) -> bool {
  let w = (highest(high, period) - lowest(low, period)) / close
  give w < squeeze_mult * sma(w, period)
}

/// The channel of highs and lows is wider than usual with the close in its upper half.
/// Catalogue: PCH_WIDTH_EXPAND; long; w > mult * sma(w, period) and close > midprice(period), w = (highest(high,
/// period) - lowest(low, period)) / close.
indicator donchian_widens_up(period: bars = 20, mult: float = 1.2) -> bool {
  let w = (highest(high, period) - lowest(low, period)) / close
  give w > mult * sma(w, period) and close > midprice(period)
}

test "bars 1: where the blocks fire and where not" {
  given open = [95, 97, 89, 87, 79, 79, 81, 78, 80, 79, 74, 68, 72, 70]
  given high = [98, 98, 90, 88, 79, 82, 81, 86, 80, 81, 75, 73, 74, 75]
  given low = [94, 88, 84, 79, 78, 73, 72, 72, 78, 78, 66, 68, 71, 69]
  given close = [97, 90, 86, 79, 79, 81, 78, 80, 79, 79, 66, 72, 71, 74]
  given volume = [5, 30, 1, 6, 4, 3, 8, 3, 5, 6, 12, 8, 1, 12]
  assert squeeze_breaks_down(3, 1, 4, 0.35) is [_, _, _, _, _, _, true, false, false, false, false,
    false, false, false]
  assert bandwidth_below_usual(2, 3, 0.7) is [_, _, _, false, true, true, false, false, true, true,
    false, false, true, false]
  assert bandwidth_jumps(2, 1.2) is [_, _, false, true, false, true, true, false, false, false,
    true, false, false, true]
  assert bandwidth_low_in_range(2, 3, 10) is [_, _, _, false, true, false, false, true, true, true,
    false, false, true, false]
  assert bandwidth_bursts(2, 3, 0.7) is [_, _, _, _, false, false, true, false, false, false, true,
    false, false, false]
  assert fear_extreme(12.5, 3, 1, 2, 0.75, 3) is [_, _, false, false, false, false, false, false,
    false, false, true, false, false, false]
  assert greed_extreme(37.5, 3, 1, 2, 0.75, 3) is [_, _, false, false, false, false, false, false,
    false, false, false, false, false, true]
  assert bands_squeezed(2, 2, 1.5, 2) is [_, _, true, true, true, true, true, true, true, true,
    false, true, true, true]
  assert squeeze_starts(2, 2, 1.5) is [_, _, _, false, false, false, false, false, false, false,
    false, true, false, false]
  assert squeeze_releases_down(2, 2, 2, 1.5) is [_, _, _, false, false, false, false, false, false,
    false, true, false, false, false]
  assert donchian_narrow(2, 0.7) is [_, _, false, false, false, false, false, false, false, true,
    false, false, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 97, 94, 96, 98, 96, 105, 114, 119, 120, 115, 126, 123, 120]
  given high = [101, 99, 96, 98, 100, 106, 113, 120, 121, 120, 127, 128, 125, 121]
  given low = [99, 94, 92, 95, 98, 96, 104, 113, 117, 115, 115, 123, 119, 108]
  given close = [99, 94, 96, 98, 98, 104, 113, 119, 120, 115, 126, 124, 120, 108]
  given volume = [5, 2, 30, 30, 3, 4, 10, 20, 8, 8, 30, 1, 6, 20]
  assert low_bandwidth_breaks_up(3, 1, 4, 0.1, 2, 1.5) is [_, _, _, _, _, _, _, false, false, false,
    true, false, false, false]
  assert squeeze_releases_up(2, 2, 2, 1.5) is [_, _, _, false, false, false, false, false, false,
    false, true, false, false, false]
  assert squeeze_releases_above_ema(3, 2, 2, 1.5) is [_, _, _, false, false, false, true, false,
    false, false, false, true, false, false]
  assert donchian_widens_up(2, 1.2) is [_, _, false, false, false, true, true, false, false, false,
    true, false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 103, 108, 109, 107, 110, 112, 111, 112, 113, 117, 118, 114, 117]
  given high = [103, 103, 112, 110, 112, 110, 113, 113, 115, 116, 119, 118, 118, 117]
  given low = [97, 102, 105, 108, 105, 109, 110, 111, 111, 112, 115, 113, 112, 116]
  given close = [103, 103, 111, 109, 109, 110, 111, 111, 114, 115, 117, 114, 118, 116]
  given volume = [30, 20, 1, 4, 1, 5, 30, 8, 30, 20, 8, 6, 4, 12]
  assert squeeze_breaks_up(3, 1, 4, 0.35) is [_, _, _, _, _, _, true, false, false, false, false,
    false, false, false]
}
