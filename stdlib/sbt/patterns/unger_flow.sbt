#sbt 1

// Entries of the Unger catalogue on the flow of volume.

/// Chaikin's money flow crosses above the threshold.
/// Formula: cmf(n) crosses above threshold. Catalogue: VFL_01, LONG, VOL.
indicator cmf_cross_up(threshold: float = 0, n: bars = 20) -> bool {
  give cmf(n) crosses above threshold and sum_of(volume, n)[1] > 0
}

/// Chaikin's money flow crosses below the threshold's opposite.
/// Formula: cmf(n) crosses below -threshold. Catalogue: VFL_02, SHORT, VOL.
indicator cmf_cross_down(threshold: float = 0, n: bars = 20) -> bool {
  give cmf(n) crosses below -threshold and sum_of(volume, n)[1] > 0
}

/// Elder's force index crosses above zero.
/// Formula: force_index(n) crosses above 0. Catalogue: VFL_03, LONG, VOL.
indicator force_cross_up(n: bars = 13) -> bool {
  give force_index(n) crosses above 0
}

/// Elder's force index crosses below zero.
/// Formula: force_index(n) crosses below 0. Catalogue: VFL_04, SHORT, VOL.
indicator force_cross_down(n: bars = 13) -> bool {
  give force_index(n) crosses below 0
}

/// Klinger's oscillator crosses above its signal.
/// Formula: klinger(fast, slow, signal).line crosses above klinger(fast, slow, signal).signal. Catalogue: VFL_05, LONG,
/// VOL.
indicator klinger_cross_up(fast: bars = 34, slow: bars = 55, signal: bars = 13) -> bool {
  let k = klinger(fast, slow, signal)
  give k.line crosses above k.signal
}

/// Klinger's oscillator crosses below its signal.
/// Formula: klinger(fast, slow, signal).line crosses below klinger(fast, slow, signal).signal. Catalogue: VFL_06,
/// SHORT, VOL.
indicator klinger_cross_down(fast: bars = 34, slow: bars = 55, signal: bars = 13) -> bool {
  let k = klinger(fast, slow, signal)
  give k.line crosses below k.signal
}

/// The percentage volume oscillator crosses above its exponential average.
/// Formula: pvo(fast, slow) crosses above ema(pvo(fast, slow), signal). Catalogue: VFL_07, LONG, VOL.
indicator pvo_cross_up(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let p = pvo(fast, slow)
  // without volume there is no oscillator, and an average would never lose the gap
  let line = if is_finite(p) then p else 0
  give line crosses above ema(line, signal)
}

/// The percentage volume oscillator crosses below its exponential average.
/// Formula: pvo(fast, slow) crosses below ema(pvo(fast, slow), signal). Catalogue: VFL_08, SHORT, VOL.
indicator pvo_cross_down(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let p = pvo(fast, slow)
  let line = if is_finite(p) then p else 0
  give line crosses below ema(line, signal)
}

/// The negative volume index crosses above its simple average. Mended: the history is as long as its length asks for;
/// the catalogue's live buffer of 200 bars was shorter, and it never fired.
/// Formula: nvi() crosses above sma(nvi(), n). Catalogue: VFL_09, LONG, VOL.
indicator nvi_cross_up(n: bars = 255) -> bool {
  give nvi() crosses above sma(nvi(), n)
}

/// The positive volume index crosses below its simple average. Mended: the history is as long as its length asks for;
/// the catalogue's live buffer of 200 bars was shorter, and it never fired.
/// Formula: pvi() crosses below sma(pvi(), n). Catalogue: VFL_10, SHORT, VOL.
indicator pvi_cross_down(n: bars = 255) -> bool {
  give pvi() crosses below sma(pvi(), n)
}

/// On-balance volume leaves its range of the `n` bars before upwards. Mended: the catalogue's window includes the bar
/// itself, so that it never fired.
/// Formula: starts(obv() > highest(obv(), n)[1]). Catalogue: VFL_11, LONG, VOL.
indicator obv_breakout_up(n: bars = 2) -> bool {
  let line = obv()
  give starts(line > highest(line, n)[1])
}

/// On-balance volume leaves its range of the `n` bars before downwards. Mended: the catalogue's window includes the bar
/// itself, so that it never fired.
/// Formula: starts(obv() < lowest(obv(), n)[1]). Catalogue: VFL_12, SHORT, VOL.
indicator obv_breakout_down(n: bars = 2) -> bool {
  let line = obv()
  give starts(line < lowest(line, n)[1])
}

/// The accumulation/distribution line crosses above its simple average.
/// Formula: ad() crosses above sma(ad(), n). Catalogue: VFL_13, LONG, VOL.
indicator ad_cross_up(n: bars = 10) -> bool {
  give ad() crosses above sma(ad(), n)
}

/// The accumulation/distribution line crosses below its simple average.
/// Formula: ad() crosses below sma(ad(), n). Catalogue: VFL_14, SHORT, VOL.
indicator ad_cross_down(n: bars = 10) -> bool {
  give ad() crosses below sma(ad(), n)
}

/// Chaikin's oscillator crosses above zero.
/// Formula: adosc(fast, slow) crosses above 0. Catalogue: VFL_15, LONG, VOL.
indicator adosc_cross_up(fast: bars = 3, slow: bars = 10) -> bool {
  give adosc(fast, slow) crosses above 0
}

/// Chaikin's oscillator crosses below zero.
/// Formula: adosc(fast, slow) crosses below 0. Catalogue: VFL_16, SHORT, VOL.
indicator adosc_cross_down(fast: bars = 3, slow: bars = 10) -> bool {
  give adosc(fast, slow) crosses below 0
}

test "bars 1: where they fire and where not" {
  given open = [103, 102, 112, 111, 109, 101, 107, 108, 111, 111, 121, 122, 122, 125]
  given high = [107, 111, 112, 111, 111, 117, 114, 112, 113, 121, 128, 122, 131, 137]
  given low = [97, 97, 109, 99, 101, 101, 105, 106, 108, 111, 121, 116, 122, 122]
  given close = [97, 107, 111, 109, 103, 107, 111, 111, 110, 117, 122, 122, 125, 129]
  given volume = [6, 9, 1, 7, 6, 3, 8, 3, 4, 9, 2, 8, 1, 1]
  assert cmf_cross_up(0, 3) is [_, _, _, true, false, false, false, true, false, false, false, true,
    false, false]
  assert cmf_cross_down(0, 3) is [_, _, _, false, false, false, true, false, false, false, true,
    false, false, false]
  assert force_cross_up(3) is [_, _, _, _, false, true, false, false, false, false, false, false,
    false, false]
  assert force_cross_down(3) is [_, _, _, _, true, false, false, false, false, false, false, false,
    false, false]
  assert klinger_cross_up(2, 3, 2) is [_, _, _, _, _, false, false, false, true, false, false,
    false, true, false]
  assert klinger_cross_down(2, 3, 2) is [_, _, _, _, _, false, false, true, false, false, true,
    false, false, false]
  assert pvo_cross_up(2, 3, 2) is [_, _, _, _, false, false, true, false, true, false, false, true,
    false, false]
  assert pvo_cross_down(2, 3, 2) is [_, _, _, _, false, true, false, true, false, false, true,
    false, true, false]
  assert nvi_cross_up(3) is [_, _, _, false, false, true, false, false, false, false, true, false,
    false, false]
  assert pvi_cross_down(3) is [_, _, _, true, false, false, false, false, true, false, false, false,
    false, false]
  assert obv_breakout_up(2) is [_, _, _, false, false, false, true, false, false, true, false,
    false, true, false]
  assert obv_breakout_down(2) is [_, _, _, true, false, false, false, false, true, false, false,
    false, false, false]
  assert ad_cross_up(3) is [_, _, _, false, false, false, true, false, false, false, false, true,
    false, false]
  assert ad_cross_down(3) is [_, _, _, false, true, false, false, false, false, false, true, false,
    false, true]
  assert adosc_cross_up(2, 3) is [_, _, _, false, false, false, true, false, false, false, false,
    false, false, false]
  assert adosc_cross_down(2, 3) is [_, _, _, false, false, true, false, false, false, false, false,
    false, false, false]
}

test "a first volume crosses nothing" {
  given high = [5, 5, 5, 5, 5, 6]
  given low = [5, 5, 5, 5, 5, 5]
  given close = [5, 5, 5, 5, 5, 6]
  given volume = [0, 0, 0, 0, 0, 1]
  assert not cmf_cross_up(0, 2)
  assert not pvo_cross_down(1, 2, 1)
}
