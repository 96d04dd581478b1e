#sbt 1

use patterns/unger_indicators

// Entries of the Unger catalogue on oscillators of momentum.

/// The true strength index crosses above zero.
/// Formula: tsi(close, slow, fast) crosses above 0. Catalogue: MOM_01, LONG, MOM.
indicator tsi_cross_zero_up(fast: bars = 13, slow: bars = 25) -> bool {
  give tsi(close, slow, fast) crosses above 0
}

/// The true strength index crosses below zero.
/// Formula: tsi(close, slow, fast) crosses below 0. Catalogue: MOM_02, SHORT, MOM.
indicator tsi_cross_zero_down(fast: bars = 13, slow: bars = 25) -> bool {
  give tsi(close, slow, fast) crosses below 0
}

/// The true strength index crosses above its exponential average.
/// Formula: tsi(close, slow, fast) crosses above ema(tsi(close, slow, fast), signal). Catalogue: MOM_03, LONG, MOM.
indicator tsi_cross_up(fast: bars = 13, slow: bars = 25, signal: bars = 13) -> bool {
  let line = tsi(close, slow, fast)
  give line crosses above ema(line, signal)
}

/// The true strength index crosses below its exponential average.
/// Formula: tsi(close, slow, fast) crosses below ema(tsi(close, slow, fast), signal). Catalogue: MOM_04, SHORT, MOM.
indicator tsi_cross_down(fast: bars = 13, slow: bars = 25, signal: bars = 13) -> bool {
  let line = tsi(close, slow, fast)
  give line crosses below ema(line, signal)
}

/// The Fisher transform crosses above its value of the bar before: it turns upwards.
/// Formula: fisher(n).line crosses above fisher(n).signal. Catalogue: MOM_05, LONG, MOM.
indicator fisher_turns_up(n: bars = 9) -> bool {
  let line = fisher(n).line
  give line crosses above line[1]
}

/// The Fisher transform crosses below its value of the bar before: it turns downwards.
/// Formula: fisher(n).line crosses below fisher(n).signal. Catalogue: MOM_06, SHORT, MOM.
indicator fisher_turns_down(n: bars = 9) -> bool {
  let line = fisher(n).line
  give line crosses below line[1]
}

/// Chande's momentum is low.
/// Formula: cmo_sum(close, n) < -threshold. Catalogue: MOM_07, LONG, MOM.
indicator cmo_oversold(threshold: float = 40, n: bars = 14) -> bool {
  give cmo_sum(close, n) < -threshold
}

/// Chande's momentum is high.
/// Formula: cmo_sum(close, n) > threshold. Catalogue: MOM_08, SHORT, MOM.
indicator cmo_overbought(threshold: float = 40, n: bars = 14) -> bool {
  give cmo_sum(close, n) > threshold
}

/// The ultimate oscillator is low; not in a market that stands still.
/// Formula: ultosc(fast, mid, slow) < threshold. Catalogue: MOM_09, LONG, MOM.
indicator ultosc_oversold(threshold: float = 30, fast: bars = 7, mid: bars = 14,
  slow: bars = 28) -> bool {
  give ultosc(fast, mid, slow) < threshold and sum_of(true_range(), fast) > 0
}

/// The ultimate oscillator is high; not in a market that stands still.
/// Formula: ultosc(fast, mid, slow) > threshold. Catalogue: MOM_10, SHORT, MOM.
indicator ultosc_overbought(threshold: float = 65, fast: bars = 7, mid: bars = 14,
  slow: bars = 28) -> bool {
  give ultosc(fast, mid, slow) > threshold and sum_of(true_range(), fast) > 0
}

/// The Bollinger bands leave the Keltner channel while the momentum is positive. Mended: the catalogue asks whether the
/// momentum was not zero, which nearly always holds.
/// Formula: ends(squeeze(n, k, kc).squeezed) and squeeze(n, k, kc).value > 0. Catalogue: MOM_11, LONG, MOM.
indicator squeeze_fires_up(n: bars = 20, k: float = 2, kc: float = 1.5) -> bool {
  let s = squeeze(n, k, kc)
  give ends(s.squeezed) and s.value > 0
}

/// The Bollinger bands leave the Keltner channel while the momentum is negative. Mended: the catalogue asks whether the
/// momentum was not zero, which nearly always holds.
/// Formula: ends(squeeze(n, k, kc).squeezed) and squeeze(n, k, kc).value < 0. Catalogue: MOM_12, SHORT, MOM.
indicator squeeze_fires_down(n: bars = 20, k: float = 2, kc: float = 1.5) -> bool {
  let s = squeeze(n, k, kc)
  give ends(s.squeezed) and s.value < 0
}

/// The relative strength index lies low in its own range.
/// Formula: stoch_rsi(n, smooth).k < threshold. Catalogue: MOM_13, LONG, MOM.
indicator stochrsi_oversold(threshold: float = 10, n: bars = 14, smooth: bars = 3) -> bool {
  give stoch_rsi(n, smooth).k < threshold
}

/// The relative strength index lies high in its own range.
/// Formula: stoch_rsi(n, smooth).k > threshold. Catalogue: MOM_14, SHORT, MOM.
indicator stochrsi_overbought(threshold: float = 80, n: bars = 14, smooth: bars = 3) -> bool {
  give stoch_rsi(n, smooth).k > threshold
}

/// The place of the relative strength index in its own range crosses above its average, below the middle.
/// Formula: stoch_rsi(n, smooth, signal).k crosses above stoch_rsi(n, smooth, signal).d and stoch_rsi(n, smooth,
/// signal).k < 50. Catalogue: MOM_15, LONG, MOM.
indicator stochrsi_cross_up(n: bars = 14, smooth: bars = 3, signal: bars = 3) -> bool {
  let s = stoch_rsi(n, smooth, signal)
  give s.k crosses above s.d and s.k < 50
}

/// The place of the relative strength index in its own range crosses below its average, above the middle.
/// Formula: stoch_rsi(n, smooth, signal).k crosses below stoch_rsi(n, smooth, signal).d and stoch_rsi(n, smooth,
/// signal).k > 50. Catalogue: MOM_16, SHORT, MOM.
indicator stochrsi_cross_down(n: bars = 14, smooth: bars = 3, signal: bars = 3) -> bool {
  let s = stoch_rsi(n, smooth, signal)
  give s.k crosses below s.d and s.k > 50
}

/// The relative vigour index crosses above its signal.
/// Formula: rvgi(n).line crosses above rvgi(n).signal. Catalogue: MOM_17, LONG, MOM.
indicator rvgi_cross_up(n: bars = 10) -> bool {
  let v = rvgi(n)
  // the signal takes four lines, and the bar before its own four
  let moved = lowest(sum_of(swma(high - low), n), 5) > 0
  give v.line crosses above v.signal and moved
}

/// The relative vigour index crosses below its signal.
/// Formula: rvgi(n).line crosses below rvgi(n).signal. Catalogue: MOM_18, SHORT, MOM.
indicator rvgi_cross_down(n: bars = 10) -> bool {
  let v = rvgi(n)
  // the signal takes four lines, and the bar before its own four
  let moved = lowest(sum_of(swma(high - low), n), 5) > 0
  give v.line crosses below v.signal and moved
}

/// The smoothed relative strength index runs above its trailing band. Mended: the catalogue compares an index of 0 to
/// 100 with 1, which never holds.
/// Formula: unger_qqe(close, n).up. Catalogue: MOM_19, LONG, MOM.
indicator qqe_up(n: bars = 14) -> bool {
  give unger_qqe(close, n).up
}

/// The smoothed relative strength index runs below its trailing band. Mended: the catalogue compares an index of 0 to
/// 100 with 1, which never holds.
/// Formula: not unger_qqe(close, n).up. Catalogue: MOM_20, SHORT, MOM.
indicator qqe_down(n: bars = 14) -> bool {
  give not unger_qqe(close, n).up
}

/// Inertia turns upwards above 50.
/// Formula: inertia(close, n, rvi_n) crosses above inertia(close, n, rvi_n)[1] and inertia(close, n, rvi_n) > 50.
/// Catalogue: MOM_21, LONG, MOM.
indicator inertia_turns_up(n: bars = 14, rvi_n: bars = 14) -> bool {
  let line = inertia(close, n, rvi_n)
  give line crosses above line[1] and line > 50
}

/// Inertia turns downwards below 50.
/// Formula: inertia(close, n, rvi_n) crosses below inertia(close, n, rvi_n)[1] and inertia(close, n, rvi_n) < 50.
/// Catalogue: MOM_22, SHORT, MOM.
indicator inertia_turns_down(n: bars = 14, rvi_n: bars = 14) -> bool {
  let line = inertia(close, n, rvi_n)
  give line crosses below line[1] and line < 50
}

/// Jurik's smooth relative strength index is low.
/// Formula: rsx(close, n) < threshold. Catalogue: MOM_23, LONG, MOM.
indicator rsx_oversold(threshold: float = 20, n: bars = 14) -> bool {
  give rsx(close, n) < threshold
}

/// Jurik's smooth relative strength index is high.
/// Formula: rsx(close, n) > threshold. Catalogue: MOM_24, SHORT, MOM.
indicator rsx_overbought(threshold: float = 70, n: bars = 14) -> bool {
  give rsx(close, n) > threshold
}

test "bars 1: where they fire and where not" {
  given open = [104, 92, 99, 102, 115, 123, 133, 151, 147, 153, 167, 177, 174, 167, 160, 159, 164,
    179]
  given high = [105, 92, 103, 111, 115, 146, 145, 156, 157, 162, 181, 177, 175, 173, 164, 162, 179,
    179]
  given low = [89, 89, 93, 102, 99, 121, 125, 147, 147, 147, 162, 161, 168, 151, 160, 159, 163, 172]
  given close = [97, 92, 97, 108, 115, 134, 145, 153, 150, 162, 181, 173, 168, 155, 160, 162, 178,
    172]
  assert tsi_cross_zero_up(2, 3) is [_, _, _, _, _, false, false, false, false, false, false, false,
    false, false, false, false, true, false]
  assert tsi_cross_zero_down(2, 3) is [_, _, _, _, _, false, false, false, false, false, false,
    false, false, true, false, false, false, false]
  assert tsi_cross_up(2, 3, 3) is [_, _, _, _, _, _, _, false, false, false, true, false, false,
    false, false, true, false, false]
  assert tsi_cross_down(2, 3, 3) is [_, _, _, _, _, _, _, false, true, false, false, true, false,
    false, false, false, false, false]
  assert fisher_turns_up(3) is [_, _, _, _, false, false, false, false, false, false, false, false,
    true, false, false, false, true, false]
  assert fisher_turns_down(3) is [_, _, _, _, false, false, false, false, false, false, false, true,
    false, true, false, false, false, false]
  assert cmo_oversold(40, 3) is [_, _, _, false, false, false, false, false, false, false, false,
    false, false, true, true, false, false, false]
  assert cmo_overbought(40, 3) is [_, _, _, true, true, true, true, true, true, true, true, true,
    false, false, false, false, true, true]
  assert ultosc_oversold(40, 1, 2, 3) is [_, _, _, false, false, false, false, false, false, false,
    false, false, true, true, false, false, false, true]
  assert ultosc_overbought(65, 1, 2, 3) is [_, _, _, true, true, true, true, true, false, true,
    true, true, false, false, false, true, true, false]
  assert stochrsi_oversold(30, 3, 2) is [_, _, _, _, _, _, false, false, false, true, false, false,
    true, true, true, false, false, false]
  assert stochrsi_overbought(80, 3, 2) is [_, _, _, _, _, _, true, true, false, false, false, false,
    false, false, false, false, true, false]
  assert stochrsi_cross_up(3, 2, 2) is [_, _, _, _, _, _, _, _, false, false, false, false, false,
    false, true, false, false, false]
  assert stochrsi_cross_down(3, 2, 2) is [_, _, _, _, _, _, _, _, false, false, false, false, false,
    false, false, false, false, true]
  assert rvgi_cross_up(2) is [_, _, _, _, _, _, _, _, false, false, false, false, false, false,
    false, false, true, false]
  assert rvgi_cross_down(2) is [_, _, _, _, _, _, _, _, false, false, false, false, true, false,
    false, false, false, false]
  assert qqe_up(2) is [_, _, _, _, _, _, _, _, _, _, _, true, true, false, false, false, false,
    false]
  assert qqe_down(2) is [_, _, _, _, _, _, _, _, _, _, _, false, false, true, true, true, true,
    true]
  assert inertia_turns_up(2, 2) is [_, _, _, _, _, false, false, false, false, true, false, false,
    false, false, true, false, false, false]
  assert inertia_turns_down(2, 2) is [_, _, _, _, _, false, false, false, false, false, false, true,
    false, false, false, false, false, true]
  assert rsx_oversold(30, 2) is [_, _, _, _, _, _, _, false, false, false, false, false, true, true,
    false, false, false, false]
  assert rsx_overbought(70, 2) is [_, _, _, _, _, _, _, true, false, true, true, false, false,
    false, false, false, true, false]
}

test "bars 2: where they fire and where not" {
  given open = [100, 105, 105, 99, 100, 96, 97, 96, 91, 82, 80, 78, 65, 77, 86, 84, 88, 88]
  given high = [100, 110, 105, 99, 100, 97, 100, 104, 97, 89, 83, 79, 80, 93, 89, 84, 88, 96]
  given low = [89, 103, 99, 97, 90, 87, 93, 83, 77, 80, 65, 65, 65, 67, 84, 84, 84, 88]
  given close = [97, 105, 99, 97, 96, 95, 95, 88, 84, 80, 73, 65, 79, 85, 84, 84, 88, 96]
  assert squeeze_fires_up(3, 1.5, 1.5) is [_, _, _, _, false, false, false, false, false, false,
    false, false, false, false, false, false, false, true]
}

test "bars 3: where they fire and where not" {
  given open = [92, 97, 95, 95, 88, 83, 94, 104, 106, 106, 102, 110, 114, 108, 100, 89, 79, 70]
  given high = [98, 105, 95, 102, 88, 103, 104, 106, 114, 106, 119, 117, 114, 110, 100, 95, 79, 72]
  given low = [85, 88, 92, 91, 78, 83, 90, 88, 106, 98, 101, 102, 107, 106, 97, 86, 70, 58]
  given close = [97, 95, 95, 95, 83, 89, 104, 106, 106, 102, 112, 114, 108, 106, 97, 86, 70, 58]
  assert squeeze_fires_down(3, 1.5, 1.5) is [_, _, _, _, false, false, false, false, false, false,
    false, false, false, false, false, true, false, false]
}

test "nothing is oversold or overbought in a market that stands still" {
  given close = [5, 5, 5, 5, 5, 5, 5, 5]
  assert not cmo_oversold(0, 3)
  assert not ultosc_oversold(30, 1, 2, 3)
  assert not ultosc_overbought(0, 1, 2, 3)
  assert not stochrsi_oversold(10, 2, 2)
  assert not stochrsi_overbought(0, 2, 2)
}

test "a first move crosses nothing" {
  given close = [5, 5, 5, 5, 5, 5, 5, 5, 5, 6]
  assert not rvgi_cross_up(2)
}
