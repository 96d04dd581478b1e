#sbt 1

use patterns/unger_indicators

// Entries of the Unger catalogue at a level: overbought and oversold, bands, and too far from an average.

/// The relative strength index over plain averages is low. EXT_02 closes a short position with it, n = 14.
/// Formula: rsi_sma(close, n) < threshold. Catalogue: THR_01, EXT_02, LONG, MOM.
indicator rsi_oversold(threshold: float = 25, n: bars = 7) -> bool {
  give rsi_sma(close, n) < threshold
}

/// The relative strength index over plain averages is high. EXT_01 closes a long position with it, n = 14.
/// Formula: rsi_sma(close, n) > threshold. Catalogue: THR_02, EXT_01, SHORT, MOM.
indicator rsi_overbought(threshold: float = 75, n: bars = 7) -> bool {
  give rsi_sma(close, n) > threshold
}

/// The relative strength index comes back above the threshold.
/// Formula: rsi_sma(close, n) crosses above threshold. Catalogue: THR_03, LONG, MOM.
indicator rsi_leaves_oversold(threshold: float = 30, n: bars = 14) -> bool {
  give rsi_sma(close, n) crosses above threshold
}

/// The relative strength index comes back below the threshold.
/// Formula: rsi_sma(close, n) crosses below threshold. Catalogue: THR_04, SHORT, MOM.
indicator rsi_leaves_overbought(threshold: float = 65, n: bars = 14) -> bool {
  give rsi_sma(close, n) crosses below threshold
}

/// The close lies low in the range of the last `n` bars.
/// Formula: stoch_raw(n) < threshold. Catalogue: THR_05, LONG, MOM.
indicator stoch_oversold(threshold: float = 20, n: bars = 14) -> bool {
  give stoch_raw(n) < threshold
}

/// The close lies high in the range of the last `n` bars.
/// Formula: stoch_raw(n) > threshold. Catalogue: THR_06, SHORT, MOM.
indicator stoch_overbought(threshold: float = 80, n: bars = 14) -> bool {
  give stoch_raw(n) > threshold
}

/// The commodity channel index is low. Mended: by the mean absolute deviation, as its author defined it; the
/// catalogue's columns took the standard deviation.
/// Formula: cci(n) < -threshold. Catalogue: THR_07, LONG, MOM.
indicator cci_oversold(threshold: float = 150, n: bars = 20) -> bool {
  give cci(n) < -threshold
}

/// The commodity channel index is high. Mended: by the mean absolute deviation, as its author defined it; the
/// catalogue's columns took the standard deviation.
/// Formula: cci(n) > threshold. Catalogue: THR_08, SHORT, MOM.
indicator cci_overbought(threshold: float = 150, n: bars = 20) -> bool {
  give cci(n) > threshold
}

/// The average directional index over plain averages is high: there is a trend, up or down. Has no side of its own.
/// FLT_T07 takes a threshold of 20.
/// Formula: adx_sma(n) > threshold. Catalogue: THR_09, FLT_T07, BIDI, LONG, SHORT, MOM.
indicator adx_trending(threshold: float = 25, n: bars = 14) -> bool {
  give adx_sma(n) > threshold
}

/// Williams %R is low.
/// Formula: willr(n) < -threshold. Catalogue: THR_10, LONG, MOM.
indicator willr_oversold(threshold: float = 85, n: bars = 14) -> bool {
  give stoch_raw(n) - 100 < -threshold
}

/// Williams %R is high.
/// Formula: willr(n) > -threshold. Catalogue: THR_11, SHORT, MOM.
indicator willr_overbought(threshold: float = 15, n: bars = 14) -> bool {
  give stoch_raw(n) - 100 > -threshold
}

/// The money flow index is low; not when no money flowed.
/// Formula: mfi(n) < threshold. Catalogue: THR_12, LONG, MOM.
indicator mfi_oversold(threshold: float = 25, n: bars = 14) -> bool {
  give mfi(n) < threshold and money_flowed(n)
}

/// The money flow index is high.
/// Formula: mfi(n) > threshold. Catalogue: THR_13, SHORT, MOM.
indicator mfi_overbought(threshold: float = 75, n: bars = 14) -> bool {
  give mfi(n) > threshold
}

/// The close rose by more than so many percent in `n` bars.
/// Formula: roc(close, n) > threshold. Catalogue: THR_14, LONG, MOM.
indicator roc_above(threshold: float = 2, n: bars = 14) -> bool {
  give roc(close, n) > threshold
}

/// The close fell by more than so many percent in `n` bars.
/// Formula: roc(close, n) < -threshold. Catalogue: THR_15, SHORT, MOM.
indicator roc_below(threshold: float = 2, n: bars = 14) -> bool {
  give roc(close, n) < -threshold
}

/// The rise over `n` bars is more than `k` of its own deviations.
/// Formula: mom(close, n) > k * sample_stdev(mom(close, n), n). Catalogue: THR_16, LONG, MOM.
indicator momentum_high(k: float = 1.5, n: bars = 10) -> bool {
  give mom(close, n) > k * sample_stdev(mom(close, n), n)
}

/// The fall over `n` bars is more than `k` of its own deviations. The short side of THR_16, which the catalogue lacks.
/// Formula: mom(close, n) < -k * sample_stdev(mom(close, n), n).
indicator momentum_low(k: float = 1.5, n: bars = 10) -> bool {
  give mom(close, n) < -k * sample_stdev(mom(close, n), n)
}

/// The close passes the upper band of `k` sample deviations: a breakout, not a reversal.
/// Formula: close > sma(close, n) + k * sample_stdev(close, n). Catalogue: VOL_01, LONG, REV.
indicator bands_break_up(n: bars = 20, k: float = 2) -> bool {
  give close > sma(close, n) + k * sample_stdev(close, n)
}

/// The close passes the lower band of `k` sample deviations: a breakout, not a reversal.
/// Formula: close < sma(close, n) - k * sample_stdev(close, n). Catalogue: VOL_02, SHORT, REV.
indicator bands_break_down(n: bars = 20, k: float = 2) -> bool {
  give close < sma(close, n) - k * sample_stdev(close, n)
}

/// The bands stop being narrow and the close lies above its average.
/// Formula: ends(bands_narrow(share, n, window)) and close > sma(close, n). Catalogue: VOL_03, LONG, REV.
indicator squeeze_release_up(n: bars = 20, share: float = 0.2, window: bars = 50) -> bool {
  give ends(bands_narrow(share, n, window)) and close > sma(close, n)
}

/// The bands stop being narrow and the close lies below its average.
/// Formula: ends(bands_narrow(share, n, window)) and close < sma(close, n). Catalogue: VOL_04, SHORT, REV.
indicator squeeze_release_down(n: bars = 20, share: float = 0.2, window: bars = 50) -> bool {
  give ends(bands_narrow(share, n, window)) and close < sma(close, n)
}

/// The close passes its exponential average by more than `k` mean ranges.
/// Formula: close > ema(close, n) + k * adr(range_n). Catalogue: VOL_05, LONG, REV.
indicator keltner_break_up(k: float = 2, n: bars = 20, range_n: bars = 14) -> bool {
  give close > ema(close, n) + k * adr(range_n)
}

/// The close falls below its exponential average by more than `k` mean ranges.
/// Formula: close < ema(close, n) - k * adr(range_n). Catalogue: VOL_06, SHORT, REV.
indicator keltner_break_down(k: float = 2, n: bars = 20, range_n: bars = 14) -> bool {
  give close < ema(close, n) - k * adr(range_n)
}

/// The mean range is more than `k` times its own average. Has no side of its own.
/// Formula: adr(n) > k * sma(adr(n), m). Catalogue: VOL_07, BIDI, REV.
indicator ranges_expand(k: float = 1.5, n: bars = 14, m: bars = 20) -> bool {
  give adr(n) > k * sma(adr(n), m)
}

/// The mean range is less than `k` times its own average. Has no side of its own.
/// Formula: adr(n) < k * sma(adr(n), m). Catalogue: VOL_08, BIDI, REV.
indicator ranges_contract(k: float = 0.5, n: bars = 14, m: bars = 20) -> bool {
  give adr(n) < k * sma(adr(n), m)
}

/// The close is more than the distance below its simple average.
/// Formula: close < sma(close, n) * (1 - distance). Catalogue: REV_01, LONG, REV.
indicator far_below_sma(distance: percent = 3%, n: bars = 20) -> bool {
  give close < sma(close, n) * (1 - distance)
}

/// The close is more than the distance above its simple average.
/// Formula: close > sma(close, n) * (1 + distance). Catalogue: REV_02, SHORT, REV.
indicator far_above_sma(distance: percent = 3%, n: bars = 20) -> bool {
  give close > sma(close, n) * (1 + distance)
}

/// The close is more than the distance below the average price by volume. Mended: the catalogue's average price runs
/// from the first bar of the data and so depends on where that is; this one takes the last `n` bars.
/// Formula: close < vwap_rolling(n) * (1 - distance). Catalogue: REV_05, LONG, REV.
indicator far_below_vwap(distance: percent = 2%, n: bars = 20) -> bool {
  give close < vwap_rolling(n) * (1 - distance)
}

/// The close is more than the distance above the average price by volume. Mended: the catalogue's average price runs
/// from the first bar of the data and so depends on where that is; this one takes the last `n` bars.
/// Formula: close > vwap_rolling(n) * (1 + distance). Catalogue: REV_06, SHORT, REV.
indicator far_above_vwap(distance: percent = 2%, n: bars = 20) -> bool {
  give close > vwap_rolling(n) * (1 + distance)
}

/// The relative strength index is low and rises.
/// Formula: rsi_sma(close, n) < threshold and rsi_sma(close, n) > rsi_sma(close, n)[1]. Catalogue: REV_07, LONG, REV.
indicator rsi_bounce(threshold: float = 30, n: bars = 14) -> bool {
  let r = rsi_sma(close, n)
  give r < threshold and r > r[1]
}

/// The relative strength index is high and falls.
/// Formula: rsi_sma(close, n) > threshold and rsi_sma(close, n) < rsi_sma(close, n)[1]. Catalogue: REV_08, SHORT, REV.
indicator rsi_fade(threshold: float = 70, n: bars = 14) -> bool {
  let r = rsi_sma(close, n)
  give r > threshold and r < r[1]
}

test "bars 1: where they fire and where not" {
  given open = [104, 104, 114, 107, 100, 103, 101, 101, 95, 97, 103, 104, 106, 105]
  given high = [112, 111, 119, 110, 100, 109, 107, 106, 96, 97, 110, 122, 109, 112]
  given low = [104, 104, 111, 103, 97, 97, 99, 98, 94, 95, 103, 104, 102, 99]
  given close = [109, 108, 111, 103, 98, 106, 105, 98, 96, 97, 109, 112, 109, 108]
  given volume = [4, 2, 6, 1, 2, 1, 1, 1, 6, 5, 8, 5, 3, 1]
  assert rsi_oversold(30, 3) is [_, _, _, true, true, false, false, false, true, true, false, false,
    false, false]
  assert rsi_overbought(70, 3) is [_, _, _, false, false, false, false, false, false, false, true,
    true, true, false]
  assert rsi_leaves_oversold(40, 3) is [_, _, _, _, false, false, true, false, false, false, true,
    false, false, false]
  assert rsi_leaves_overbought(60, 3) is [_, _, _, _, false, false, false, false, false, false,
    false, false, false, true]
  assert stoch_oversold(20, 4) is [_, _, _, true, true, false, false, true, true, false, false,
    false, false, false]
  assert stoch_overbought(80, 4) is [_, _, _, false, false, false, false, false, false, false, true,
    false, false, false]
  assert cci_oversold(90, 4) is [_, _, _, true, true, false, false, false, true, false, false,
    false, false, false]
  assert cci_overbought(90, 4) is [_, _, _, false, false, false, false, false, false, false, true,
    true, false, false]
  assert adx_trending(40, 3) is [_, _, _, _, _, false, false, true, true, true, true, true, true,
    true]
  assert willr_oversold(80, 4) is [_, _, _, true, true, false, false, true, true, false, false,
    false, false, false]
  assert willr_overbought(20, 4) is [_, _, _, false, false, false, false, false, false, false, true,
    false, false, false]
  assert mfi_oversold(25, 3) is [_, _, _, false, false, false, false, false, true, false, false,
    false, false, false]
  assert mfi_overbought(75, 3) is [_, _, _, false, false, false, false, false, false, false, false,
    true, true, false]
  assert roc_above(2, 3) is [_, _, _, false, false, false, false, false, false, false, true, true,
    true, false]
  assert roc_below(2, 3) is [_, _, _, true, true, true, false, false, true, true, false, false,
    false, false]
  assert momentum_high(1.5, 3) is [_, _, _, _, _, false, false, false, false, false, false, false,
    true, false]
  assert momentum_low(1.5, 3) is [_, _, _, _, _, true, false, false, true, true, false, false,
    false, false]
  assert bands_break_up(4, 1) is [_, _, _, false, false, false, false, false, false, false, true,
    true, false, false]
  assert bands_break_down(4, 1) is [_, _, _, true, true, false, false, false, true, false, false,
    false, false, false]
  assert squeeze_release_up(3, 0.3, 5) is [_, _, _, _, _, _, _, false, false, false, true, false,
    false, false]
  assert squeeze_release_down(3, 0.3, 5) is [_, _, _, _, _, _, _, false, false, false, false, false,
    false, true]
  assert keltner_break_up(0.5, 3, 3) is [_, _, false, false, false, false, false, false, false,
    false, true, false, false, false]
  assert keltner_break_down(0.5, 3, 3) is [_, _, false, false, true, false, false, false, false,
    false, false, false, false, false]
  assert ranges_expand(1.1, 2, 4) is [_, _, _, _, false, false, true, false, false, false, false,
    true, true, false]
  assert ranges_contract(0.8, 2, 4) is [_, _, _, _, true, false, false, false, true, true, false,
    false, false, false]
  assert far_below_sma(2%, 4) is [_, _, _, true, true, false, false, true, true, true, false, false,
    false, false]
  assert far_above_sma(2%, 4) is [_, _, _, false, false, false, false, false, false, false, true,
    true, true, false]
  assert far_below_vwap(2%, 4) is [_, _, _, true, true, true, false, true, false, false, false,
    false, false, false]
  assert far_above_vwap(2%, 4) is [_, _, _, false, false, false, true, false, false, false, true,
    true, true, false]
  assert rsi_bounce(40, 3) is [_, _, _, _, false, true, false, false, false, true, false, false,
    false, false]
  assert rsi_fade(60, 3) is [_, _, _, _, false, false, false, false, false, false, false, false,
    true, false]
}

test "nothing is oversold or overbought in a market that stands still" {
  given close = [5, 5, 5, 5, 5, 5, 5, 5]
  assert not rsi_oversold(30, 3)
  assert not rsi_overbought(70, 3)
  assert not stoch_oversold(20, 3)
  assert not stoch_overbought(80, 3)
  assert not willr_oversold(80, 3)
  assert not willr_overbought(20, 3)
  assert not cci_oversold(0, 3)
  assert not mfi_oversold(25, 3)
  assert not mfi_overbought(0, 3)
  assert not adx_trending(0, 2)
}
