#sbt 1

// The thirty-six documented pattern blocks: conditions to join with `and`, each asked on the bar that just closed.
// Those whose direction is "both" say that something happens, not where to: they need a partner that has a side.

/// The relative strength index is below a level.
/// Catalogue: RSI_OVERSOLD, NOT_OVERBOUGHT; long; rsi(close, period) < threshold.
indicator rsi_below(period: bars = 14, threshold: float = 30) -> bool {
  give rsi(close, period) < threshold
}

/// The relative strength index is above a level.
/// Catalogue: RSI_OVERBOUGHT, NOT_OVERSOLD; short; rsi(close, period) > threshold.
indicator rsi_above(period: bars = 14, threshold: float = 75) -> bool {
  give rsi(close, period) > threshold
}

/// The slow stochastic oscillator is below a level.
/// Catalogue: STOCH_OVERSOLD; long; stoch(fastk, slowk).k < threshold.
indicator stoch_below(fastk: bars = 5, slowk: bars = 3, threshold: float = 20) -> bool {
  give stoch(fastk, slowk).k < threshold
}

/// The slow stochastic oscillator is above a level.
/// Catalogue: STOCH_OVERBOUGHT; short; stoch(fastk, slowk).k > threshold.
indicator stoch_above(fastk: bars = 5, slowk: bars = 3, threshold: float = 80) -> bool {
  give stoch(fastk, slowk).k > threshold
}

/// The commodity channel index is below a level.
/// Catalogue: CCI_OVERSOLD; long; cci(period) < threshold.
indicator cci_below(period: bars = 14, threshold: float = -100) -> bool {
  give cci(period) < threshold
}

/// The commodity channel index is above a level.
/// Catalogue: CCI_OVERBOUGHT; short; cci(period) > threshold.
indicator cci_above(period: bars = 14, threshold: float = 100) -> bool {
  give cci(period) > threshold
}

/// Williams %R is below a level.
/// Catalogue: WILLR_OVERSOLD, WLR_OVERSOLD; long; willr(period) < threshold.
indicator willr_below(period: bars = 14, threshold: float = -85) -> bool {
  give willr(period) < threshold
}

/// Williams %R is above a level.
/// Catalogue: WILLR_OVERBOUGHT, WLR_OVERBOUGHT; short; willr(period) > threshold.
indicator willr_above(period: bars = 14, threshold: float = -15) -> bool {
  give willr(period) > threshold
}

/// The money flow index is below a level.
/// Catalogue: MFI_OVERSOLD, MFI_LEVEL_OVERSOLD; long; mfi(period) < threshold.
indicator mfi_below(period: bars = 14, threshold: float = 20) -> bool {
  give mfi(period) < threshold
}

/// The money flow index is above a level.
/// Catalogue: MFI_OVERBOUGHT, MFI_LEVEL_OVERBOUGHT; short; mfi(period) > threshold.
indicator mfi_above(period: bars = 14, threshold: float = 80) -> bool {
  give mfi(period) > threshold
}

/// A fast exponential average crosses above a slow one.
/// Catalogue: EMA_CROSS_UP; long; ema(close, fast_period) crosses above ema(close, slow_period).
indicator ema_pair_crosses_up(fast_period: bars = 12, slow_period: bars = 50) -> bool {
  give ema(close, fast_period) crosses above ema(close, slow_period)
}

/// A fast exponential average crosses below a slow one.
/// Catalogue: EMA_CROSS_DOWN; short; ema(close, fast_period) crosses below ema(close, slow_period).
indicator ema_pair_crosses_down(fast_period: bars = 12, slow_period: bars = 50) -> bool {
  give ema(close, fast_period) crosses below ema(close, slow_period)
}

/// The close crosses above an exponential average.
/// Catalogue: PRICE_CROSS_EMA_UP; long; close crosses above ema(close, period).
indicator close_crosses_above_ema(period: bars = 50) -> bool {
  give close crosses above ema(close, period)
}

/// The close crosses below an exponential average.
/// Catalogue: PRICE_CROSS_EMA_DOWN; short; close crosses below ema(close, period).
indicator close_crosses_below_ema(period: bars = 50) -> bool {
  give close crosses below ema(close, period)
}

/// The MACD line crosses above its signal line.
/// Catalogue: MACD_CROSS_UP, MACD_HIST_CROSS_UP; long; m.line crosses above m.signal, m = macd(close, fast, slow,
/// signal).
indicator macd_crosses_above_signal(fast: bars = 8, slow: bars = 21, signal: bars = 7) -> bool {
  let m = macd(close, fast, slow, signal)
  give m.line crosses above m.signal
}

/// The MACD line crosses below its signal line.
/// Catalogue: MACD_CROSS_DOWN; short; m.line crosses below m.signal, m = macd(close, fast, slow, signal).
indicator macd_crosses_below_signal(fast: bars = 8, slow: bars = 21, signal: bars = 7) -> bool {
  let m = macd(close, fast, slow, signal)
  give m.line crosses below m.signal
}

/// The volume is a multiple of its average.
/// Catalogue: VOLUME_SPIKE, VOLUME_ABOVE_AVERAGE; both; volume > multiplier * sma(volume, period).
indicator volume_spikes(period: bars = 20, multiplier: float = 2.5) -> bool {
  give volume > multiplier * sma(volume, period)
}

/// The volume is a fraction of its average.
/// Catalogue: VOLUME_DRY; both; volume < multiplier * sma(volume, period).
indicator volume_dry(period: bars = 10, multiplier: float = 0.5) -> bool {
  give volume < multiplier * sma(volume, period)
}

/// A rise of the close on a multiple of the average volume.
/// Catalogue: VOLUME_BREAKOUT_UP, VOL_PRICE_UP_CONFIRM; long; volume > multiplier * sma(volume, period) and close >
/// close[1].
indicator volume_breakout_up(period: bars = 20, multiplier: float = 2.5) -> bool {
  give volume > multiplier * sma(volume, period) and close > close[1]
}

/// A fall of the close on a multiple of the average volume.
/// Catalogue: VOLUME_BREAKOUT_DOWN, VOL_PRICE_DOWN_CONFIRM; short; volume > multiplier * sma(volume, period) and
/// close < close[1].
indicator volume_breakout_down(period: bars = 20, multiplier: float = 2.5) -> bool {
  give volume > multiplier * sma(volume, period) and close < close[1]
}

/// The high rose on each of the last two bars.
/// Catalogue: HIGHER_HIGH; long; high > high[1] and high[1] > high[2].
indicator two_higher_highs() -> bool {
  give high > high[1] and high[1] > high[2]
}

/// The low fell on each of the last two bars.
/// Catalogue: LOWER_LOW; short; low < low[1] and low[1] < low[2].
indicator two_lower_lows() -> bool {
  give low < low[1] and low[1] < low[2]
}

/// The bar lies inside the one before, neither end touching.
/// Catalogue: INSIDE_BAR; both; high < high[1] and low > low[1].
indicator bar_inside_previous() -> bool {
  give high < high[1] and low > low[1]
}

/// The bar exceeds the one before at both ends.
/// Catalogue: OUTSIDE_BAR; both; high > high[1] and low < low[1].
indicator bar_outside_previous() -> bool {
  give high > high[1] and low < low[1]
}

/// The bar opens above the high of the one before.
/// Catalogue: GAP_UP; long; open > high[1].
indicator opens_above_previous_high() -> bool {
  give open > high[1]
}

/// The bar opens below the low of the one before.
/// Catalogue: GAP_DOWN; short; open < low[1].
indicator opens_below_previous_low() -> bool {
  give open < low[1]
}

/// A white body exceeds a black one at both ends.
/// Catalogue: BULLISH_ENGULFING; long; close[1] < open[1] and close > open and close > open[1] and open < close[1].
indicator body_engulfs_up() -> bool {
  give close[1] < open[1] and close > open and close > open[1] and open < close[1]
}

/// A black body exceeds a white one at both ends.
/// Catalogue: BEARISH_ENGULFING; short; close[1] > open[1] and close < open and open > close[1] and close < open[1].
indicator body_engulfs_down() -> bool {
  give close[1] > open[1] and close < open and open > close[1] and close < open[1]
}

/// The relative change over some bars is below a level, a fraction.
/// Catalogue: RETURN_NEGATIVE, ROC_OVERSOLD, MOM_OVERSOLD; long; returns(close, period) < threshold.
indicator return_below(period: bars = 24, threshold: float = -0.07) -> bool {
  give returns(close, period) < threshold
}

/// The relative change over some bars is above a level, a fraction.
/// Catalogue: RETURN_POSITIVE, ROC_OVERBOUGHT, MOM_OVERBOUGHT; short; returns(close, period) > threshold.
indicator return_above(period: bars = 24, threshold: float = 0.07) -> bool {
  give returns(close, period) > threshold
}

/// The close is more than a fraction below the highest high.
/// Catalogue: DRAWDOWN; long; 1 - close / highest(high, period) > threshold.
indicator drawdown_from_high(period: bars = 48, threshold: float = 0.1) -> bool {
  give 1 - close / highest(high, period) > threshold
}

/// The close is more than a fraction above the lowest low.
/// Catalogue: RALLY_FROM_LOW; short; close / lowest(low, period) - 1 > threshold.
indicator rally_from_low(period: bars = 48, threshold: float = 0.1) -> bool {
  give close / lowest(low, period) - 1 > threshold
}

/// The close is below the lower Bollinger band.
/// Catalogue: BB_LOWER; long; close < bollinger(close, period, std).low.
indicator close_below_bollinger(period: bars = 10, std: float = 2) -> bool {
  give close < bollinger(close, period, std).low
}

/// The close is above the upper Bollinger band.
/// Catalogue: BB_UPPER; short; close > bollinger(close, period, std).top.
indicator close_above_bollinger(period: bars = 10, std: float = 2) -> bool {
  give close > bollinger(close, period, std).top
}

/// The average true range is a fraction of its own average.
/// Catalogue: ATR_SQUEEZE; both; atr(period) < threshold * sma(atr(period), avg_period).
indicator atr_below_average(period: bars = 14, avg_period: bars = 20,
  threshold: float = 0.6) -> bool {
  give atr(period) < threshold * sma(atr(period), avg_period)
}

/// The average true range is a multiple of its own average.
/// Catalogue: ATR_EXPANSION, VOLATILITY_EXPANDING; both; atr(period) > threshold * sma(atr(period), avg_period).
indicator atr_above_average(period: bars = 14, avg_period: bars = 20,
  threshold: float = 2) -> bool {
  give atr(period) > threshold * sma(atr(period), avg_period)
}

test "bars 1: where the blocks fire and where not" {
  given open = [99, 104, 98, 105, 99, 94, 98, 94, 85, 80, 75, 70, 71, 76]
  given high = [108, 104, 104, 105, 99, 98, 99, 95, 86, 80, 77, 72, 82, 87]
  given low = [98, 92, 98, 97, 90, 94, 91, 90, 80, 74, 69, 70, 71, 76]
  given close = [102, 98, 103, 99, 96, 98, 92, 90, 80, 74, 75, 71, 76, 81]
  given volume = [12, 1, 5, 1, 6, 2, 4, 5, 30, 2, 5, 3, 30, 20]
  assert rsi_below(2, 30) is [_, _, false, true, true, false, true, true, true, true, true, true,
    false, false]
  assert rsi_above(2, 75) is [_, _, false, false, false, false, false, false, false, false, false,
    false, false, true]
  assert stoch_below(3, 2, 20) is [_, _, _, false, false, false, false, true, true, true, true,
    false, false, false]
  assert cci_below(2, -50) is [_, true, false, true, true, false, true, true, true, true, true,
    true, false, false]
  assert cci_above(2, 50) is [_, false, true, false, false, true, false, false, false, false, false,
    false, true, true]
  assert willr_below(2, -85) is [_, false, false, false, false, false, true, true, true, true,
    false, false, false, false]
  assert willr_above(2, -15) is [_, false, true, false, false, true, false, false, false, false,
    false, false, false, false]
  assert mfi_below(2, 20) is [_, _, false, false, true, false, false, true, true, true, true, true,
    false, false]
  assert mfi_above(2, 80) is [_, _, true, true, false, false, false, false, false, false, false,
    false, true, true]
  assert ema_pair_crosses_up(2, 3) is [_, _, _, false, false, false, false, false, false, false,
    false, false, false, true]
  assert ema_pair_crosses_down(2, 3) is [_, _, _, false, true, false, false, false, false, false,
    false, false, false, false]
  assert close_crosses_above_ema(2) is [_, _, true, false, false, true, false, false, false, false,
    false, false, true, false]
  assert close_crosses_below_ema(2) is [_, _, false, true, false, false, true, false, false, false,
    false, false, false, false]
  assert macd_crosses_above_signal(3, 4, 2) is [_, _, _, _, _, true, false, false, false, false,
    true, false, false, false]
  assert macd_crosses_below_signal(3, 4, 2) is [_, _, _, _, _, false, true, false, false, false,
    false, false, false, false]
  assert volume_dry(2, 0.5) is [_, true, false, true, false, false, false, false, false, true,
    false, false, false, false]
  assert two_higher_highs() is [_, _, false, false, false, false, false, false, false, false, false,
    false, false, true]
  assert two_lower_lows() is [_, _, false, false, true, false, false, true, true, true, true, false,
    false, false]
  assert bar_inside_previous() is [_, false, false, false, false, true, false, false, false, false,
    false, true, false, false]
  assert bar_outside_previous() is [_, false, false, true, false, false, true, false, false, false,
    false, false, false, false]
  assert opens_above_previous_high() is [_, false, false, true, false, false, false, false, false,
    false, false, false, false, false]
  assert opens_below_previous_low() is [_, false, false, false, false, false, false, false, true,
    false, false, false, false, false]
  assert body_engulfs_down() is [_, true, false, false, false, false, false, false, false, false,
    false, false, false, false]
  assert return_below(2, -0.07) is [_, _, false, false, false, false, false, true, true, true,
    false, false, false, false]
  assert return_above(2, 0.07) is [_, _, false, false, false, false, false, false, false, false,
    false, false, false, true]
  assert drawdown_from_high(2, 0.1) is [_, false, false, false, false, false, false, false, true,
    true, false, false, false, false]
  assert rally_from_low(2, 0.1) is [_, false, true, false, false, false, false, false, false, false,
    false, false, false, true]
  assert close_below_bollinger(3, 1) is [_, _, false, false, true, false, true, false, true, true,
    false, true, false, false]
  assert close_above_bollinger(3, 1) is [_, _, false, false, false, false, false, false, false,
    false, false, false, false, true]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 98, 94, 94, 90, 90, 98, 104, 98, 99, 97, 97, 97, 99]
  given high = [101, 100, 96, 95, 91, 101, 105, 112, 100, 99, 97, 98, 99, 101]
  given low = [98, 94, 93, 91, 89, 82, 98, 97, 97, 94, 96, 97, 95, 99]
  given close = [98, 96, 94, 92, 90, 93, 105, 98, 99, 95, 97, 97, 99, 100]
  given volume = [3, 1, 30, 6, 5, 12, 1, 20, 2, 1, 20, 4, 12, 12]
  assert volume_spikes(3, 2.5) is [_, _, true, false, false, false, false, false, false, false,
    true, false, false, false]
  assert volume_breakout_up(3, 2.5) is [_, _, false, false, false, false, false, false, false,
    false, true, false, false, false]
  assert volume_breakout_down(3, 2.5) is [_, _, true, false, false, false, false, false, false,
    false, false, false, false, false]
  assert atr_below_average(2, 3, 0.6) is [_, _, _, _, false, false, false, false, false, false,
    false, true, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [101, 106, 114, 124, 122, 118, 117, 120, 121, 121, 117, 125, 123, 118]
  given high = [108, 116, 122, 130, 123, 118, 126, 123, 127, 121, 125, 126, 123, 120]
  given low = [99, 104, 114, 120, 112, 114, 117, 119, 121, 117, 116, 123, 113, 116]
  given close = [106, 114, 122, 121, 118, 116, 120, 121, 121, 118, 123, 123, 119, 116]
  given volume = [12, 6, 8, 4, 8, 3, 3, 6, 10, 12, 8, 20, 8, 8]
  assert stoch_above(3, 2, 80) is [_, _, _, true, false, false, false, false, false, false, false,
    false, false, false]
  assert body_engulfs_up() is [_, false, false, false, false, false, false, false, false, false,
    true, false, false, false]
}

test "bars 4: where the blocks fire and where not" {
  given open = [99, 93, 92, 88, 88, 89, 89, 91, 99, 92, 93, 93, 93, 92]
  given high = [100, 94, 94, 91, 91, 89, 91, 101, 111, 94, 94, 93, 94, 94]
  given low = [96, 91, 91, 87, 87, 89, 89, 79, 93, 90, 92, 92, 91, 91]
  given close = [98, 92, 93, 89, 89, 89, 91, 99, 94, 94, 93, 93, 92, 91]
  given volume = [3, 1, 20, 6, 10, 30, 10, 12, 12, 20, 30, 1, 12, 12]
  assert atr_above_average(2, 3, 2) is [_, _, _, _, false, false, false, true, false, false, false,
    false, false, false]
}
