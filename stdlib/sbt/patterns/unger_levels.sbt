#sbt 1

use patterns/unger_indicators

// Entries of the Unger catalogue at a level: overbought and oversold, bands, and too far from an average.

/// The relative strength index over plain averages is low.
/// Catalogue: THR_01, EXT_02, LONG, MOM; formula: rsi_sma(close, n) < threshold.
/// EXT_02 closes a short position with it, n = 14.
indicator rsi_oversold(threshold: float = 25, n: bars = 7) -> bool {
  give rsi_sma(close, n) < threshold
}

/// The relative strength index over plain averages is high.
/// Catalogue: THR_02, EXT_01, SHORT, MOM; formula: rsi_sma(close, n) > threshold.
/// EXT_01 closes a long position with it, n = 14.
indicator rsi_overbought(threshold: float = 75, n: bars = 7) -> bool {
  give rsi_sma(close, n) > threshold
}

/// The relative strength index comes back above the threshold.
/// Catalogue: THR_03, LONG, MOM; formula: rsi_sma(close, n) crosses above threshold.
indicator rsi_leaves_oversold(threshold: float = 30, n: bars = 14) -> bool {
  give rsi_sma(close, n) crosses above threshold
}

/// The relative strength index comes back below the threshold.
/// Catalogue: THR_04, SHORT, MOM; formula: rsi_sma(close, n) crosses below threshold.
indicator rsi_leaves_overbought(threshold: float = 65, n: bars = 14) -> bool {
  give rsi_sma(close, n) crosses below threshold
}

/// The close lies low in the range of the last `n` bars.
/// Catalogue: THR_05, LONG, MOM; formula: stoch_raw(n) < threshold.
indicator stoch_oversold(threshold: float = 20, n: bars = 14) -> bool {
  give stoch_raw(n) < threshold
}

/// The close lies high in the range of the last `n` bars.
/// Catalogue: THR_06, SHORT, MOM; formula: stoch_raw(n) > threshold.
indicator stoch_overbought(threshold: float = 80, n: bars = 14) -> bool {
  give stoch_raw(n) > threshold
}

/// The commodity channel index is low.
/// Catalogue: THR_07, LONG, MOM; formula: cci(n) < -threshold.
/// Mended: by the mean absolute deviation, as its author defined it; the catalogue's columns took the standard
/// deviation.
indicator cci_oversold(threshold: float = 150, n: bars = 20) -> bool {
  give cci(n) < -threshold
}

/// The commodity channel index is high.
/// Catalogue: THR_08, SHORT, MOM; formula: cci(n) > threshold.
/// Mended: by the mean absolute deviation, as its author defined it; the catalogue's columns took the standard
/// deviation.
indicator cci_overbought(threshold: float = 150, n: bars = 20) -> bool {
  give cci(n) > threshold
}

/// The average directional index over plain averages is high: there is a trend, up or down.
/// Catalogue: THR_09, FLT_T07, BIDI, LONG, SHORT, MOM; formula: adx_sma(n) > threshold.
/// Has no side of its own. FLT_T07 takes a threshold of 20.
indicator adx_trending(threshold: float = 25, n: bars = 14) -> bool {
  give adx_sma(n) > threshold
}

/// Williams %R is low.
/// Catalogue: THR_10, LONG, MOM; formula: willr(n) < -threshold.
indicator willr_oversold(threshold: float = 85, n: bars = 14) -> bool {
  give stoch_raw(n) - 100 < -threshold
}

/// Williams %R is high.
/// Catalogue: THR_11, SHORT, MOM; formula: willr(n) > -threshold.
indicator willr_overbought(threshold: float = 15, n: bars = 14) -> bool {
  give stoch_raw(n) - 100 > -threshold
}

/// The money flow index is low; not when no money flowed.
/// Catalogue: THR_12, LONG, MOM; formula: mfi(n) < threshold.
indicator mfi_oversold(threshold: float = 25, n: bars = 14) -> bool {
  give mfi(n) < threshold and money_flowed(n)
}

/// The money flow index is high.
/// Catalogue: THR_13, SHORT, MOM; formula: mfi(n) > threshold.
indicator mfi_overbought(threshold: float = 75, n: bars = 14) -> bool {
  give mfi(n) > threshold
}

/// The close rose by more than so many percent in `n` bars.
/// Catalogue: THR_14, LONG, MOM; formula: roc(close, n) > threshold.
indicator roc_above(threshold: float = 2, n: bars = 14) -> bool {
  give roc(close, n) > threshold
}

/// The close fell by more than so many percent in `n` bars.
/// Catalogue: THR_15, SHORT, MOM; formula: roc(close, n) < -threshold.
indicator roc_below(threshold: float = 2, n: bars = 14) -> bool {
  give roc(close, n) < -threshold
}

/// The rise over `n` bars is more than `k` of its own deviations.
/// Catalogue: THR_16, LONG, MOM; formula: mom(close, n) > k * sample_stdev(mom(close, n), n).
indicator momentum_high(k: float = 1.5, n: bars = 10) -> bool {
  give mom(close, n) > k * sample_stdev(mom(close, n), n)
}

/// The fall over `n` bars is more than `k` of its own deviations.
/// Formula: mom(close, n) < -k * sample_stdev(mom(close, n), n).
/// The short side of THR_16, which the catalogue lacks.
indicator momentum_low(k: float = 1.5, n: bars = 10) -> bool {
  give mom(close, n) < -k * sample_stdev(mom(close, n), n)
}

/// The close passes the upper band of `k` sample deviations: a breakout, not a reversal.
/// Catalogue: VOL_01, LONG, REV; formula: close > sma(close, n) + k * sample_stdev(close, n).
indicator bands_break_up(n: bars = 20, k: float = 2) -> bool {
  give close > sma(close, n) + k * sample_stdev(close, n)
}

/// The close passes the lower band of `k` sample deviations: a breakout, not a reversal.
/// Catalogue: VOL_02, SHORT, REV; formula: close < sma(close, n) - k * sample_stdev(close, n).
indicator bands_break_down(n: bars = 20, k: float = 2) -> bool {
  give close < sma(close, n) - k * sample_stdev(close, n)
}

/// The bands stop being narrow and the close lies above its average.
/// Catalogue: VOL_03, LONG, REV; formula: ends(bands_narrow(share, n, window)) and close > sma(close, n).
indicator squeeze_release_up(n: bars = 20, share: float = 0.2, window: bars = 50) -> bool {
  give ends(bands_narrow(share, n, window)) and close > sma(close, n)
}

/// The bands stop being narrow and the close lies below its average.
/// Catalogue: VOL_04, SHORT, REV; formula: ends(bands_narrow(share, n, window)) and close < sma(close, n).
indicator squeeze_release_down(n: bars = 20, share: float = 0.2, window: bars = 50) -> bool {
  give ends(bands_narrow(share, n, window)) and close < sma(close, n)
}

/// The close passes its exponential average by more than `k` mean ranges.
/// Catalogue: VOL_05, LONG, REV; formula: close > ema(close, n) + k * adr(range_n).
indicator keltner_break_up(k: float = 2, n: bars = 20, range_n: bars = 14) -> bool {
  give close > ema(close, n) + k * adr(range_n)
}

/// The close falls below its exponential average by more than `k` mean ranges.
/// Catalogue: VOL_06, SHORT, REV; formula: close < ema(close, n) - k * adr(range_n).
indicator keltner_break_down(k: float = 2, n: bars = 20, range_n: bars = 14) -> bool {
  give close < ema(close, n) - k * adr(range_n)
}

/// The mean range is more than `k` times its own average.
/// Catalogue: VOL_07, BIDI, REV; formula: adr(n) > k * sma(adr(n), m).
/// Has no side of its own.
indicator ranges_expand(k: float = 1.5, n: bars = 14, m: bars = 20) -> bool {
  give adr(n) > k * sma(adr(n), m)
}

/// The mean range is less than `k` times its own average.
/// Catalogue: VOL_08, BIDI, REV; formula: adr(n) < k * sma(adr(n), m).
/// Has no side of its own.
indicator ranges_contract(k: float = 0.5, n: bars = 14, m: bars = 20) -> bool {
  give adr(n) < k * sma(adr(n), m)
}

/// The close is more than the distance below its simple average.
/// Catalogue: REV_01, LONG, REV; formula: close < sma(close, n) * (1 - distance).
indicator far_below_sma(distance: percent = 3%, n: bars = 20) -> bool {
  give close < sma(close, n) * (1 - distance)
}

/// The close is more than the distance above its simple average.
/// Catalogue: REV_02, SHORT, REV; formula: close > sma(close, n) * (1 + distance).
indicator far_above_sma(distance: percent = 3%, n: bars = 20) -> bool {
  give close > sma(close, n) * (1 + distance)
}

/// The close is more than the distance below the average price by volume.
/// Catalogue: REV_05, LONG, REV; formula: close < vwap_rolling(n) * (1 - distance).
/// Mended: the catalogue's average price runs from the first bar of the data and so depends on where that is; this one
/// takes the last `n` bars.
indicator far_below_vwap(distance: percent = 2%, n: bars = 20) -> bool {
  give close < vwap_rolling(n) * (1 - distance)
}

/// The close is more than the distance above the average price by volume.
/// Catalogue: REV_06, SHORT, REV; formula: close > vwap_rolling(n) * (1 + distance).
/// Mended: the catalogue's average price runs from the first bar of the data and so depends on where that is; this one
/// takes the last `n` bars.
indicator far_above_vwap(distance: percent = 2%, n: bars = 20) -> bool {
  give close > vwap_rolling(n) * (1 + distance)
}

/// The relative strength index is low and rises.
/// Catalogue: REV_07, LONG, REV; formula: rsi_sma(close, n) < threshold and rsi_sma(close, n) > rsi_sma(close, n)[1].
indicator rsi_bounce(threshold: float = 30, n: bars = 14) -> bool {
  let r = rsi_sma(close, n)
  give r < threshold and r > r[1]
}

/// The relative strength index is high and falls.
/// Catalogue: REV_08, SHORT, REV; formula: rsi_sma(close, n) > threshold and rsi_sma(close, n) < rsi_sma(close, n)[1].
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
