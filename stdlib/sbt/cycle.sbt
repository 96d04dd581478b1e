#sbt 1

/// Four-bar weighted price that starts at bar `start` (0 before), the input of the Hilbert transform below.
indicator cycle_price(x: num, start: bars = 12) -> float {
  let p = float(x)
  give if bar_index >= start then (4 * p + 3 * p[1] + 2 * p[2] + p[3]) / 10 else 0
}

/// Ehlers' discrete Hilbert transform: the dominant cycle's period in bars, and the in-phase and quadrature parts of the
/// detrended price. Everything is 0 before bar `start`, as in TA-Lib, so that the start-up bias is the same.
/// Source: J. Ehlers, Rocket Science for Traders, 2001; TA-Lib HT_PHASOR.
indicator hilbert(x: num, start: bars = 12) -> (period: float, inphase: float, quadrature: float) {
  let s = cycle_price(x, start)
  rec speed = 0.075 * period[1] + 0.54 init 0
  rec trendless = (0.0962 * (s - s[6]) + 0.5769 * (s[2] - s[4])) * speed init 0
  rec q1 = (0.0962 * (trendless - trendless[6]) + 0.5769 * (trendless[2] - trendless[4])) * speed
    init 0
  rec ji = (0.0962 * (trendless[3] - trendless[9]) + 0.5769 * (trendless[5] - trendless[7])) * speed
    init 0
  rec jq = (0.0962 * (q1 - q1[6]) + 0.5769 * (q1[2] - q1[4])) * speed init 0
  rec q2 = 0.2 * (q1 + ji) + 0.8 * q2[1] init 0
  rec i2 = 0.2 * (trendless[3] - jq) + 0.8 * i2[1] init 0
  rec re = 0.2 * (i2 * i2[1] + q2 * q2[1]) + 0.8 * re[1] init 0
  rec im = 0.2 * (i2 * q2[1] - q2 * i2[1]) + 0.8 * im[1] init 0
  rec raw = if re != 0 and im != 0 then 6.283185307179586 / atan(im / re) else period[1] init 0
  rec near = min(max(min(max(raw, 0.67 * period[1]), 1.5 * period[1]), 6), 50) init 0
  rec period = if bar_index >= start then 0.2 * near + 0.8 * period[1] else 0 init 0 settle 100
  give period, trendless[3], q1
}

/// Dominant cycle period in bars, smoothed. Source: J. Ehlers; TA-Lib HT_DCPERIOD.
indicator ht_dcperiod(x: num, start: bars = 12) -> float {
  let p = hilbert(x, start).period
  rec smoothed = 0.33 * p + 0.67 * smoothed[1] init 0 settle 100
  give delayed_start(smoothed, 32)
}

/// In-phase and quadrature parts of the dominant cycle. Source: J. Ehlers; TA-Lib HT_PHASOR.
indicator ht_phasor(x: num) -> (inphase: float, quadrature: float) {
  let h = hilbert(x)
  give delayed_start(h.inphase, 32), delayed_start(h.quadrature, 32)
}

/// Phase of the dominant cycle in degrees and its period in bars, as they stand before TA-Lib shows them.
/// Source: J. Ehlers, Rocket Science for Traders, 2001.
indicator cycle_phase(x: num) -> (phase: float, period: float) {
  let s = cycle_price(x, 37)
  let p = hilbert(x, 37).period
  rec period = 0.33 * p + 0.67 * period[1] init 0 settle 100
  let n = floor(period + 0.5)
  let real = sum(i in 0..<50: if i < n then sin(i * (6.283185307179586 / n)) * s[i] else 0)
  let imag = sum(i in 0..<50: if i < n then cos(i * (6.283185307179586 / n)) * s[i] else 0)
  rec angle = if imag != 0 then atan(real / imag) * 57.29577951308232
    else phase[1] + 90 * sign(real)
    init 0
  rec turned = angle + 90 + (if period > 0 then 360 / period else 0) + (if imag < 0 then 180 else 0)
    init 0
  rec phase = if turned > 315 then turned - 360 else turned init 0 settle 100
  give phase, period
}

/// Phase of the dominant cycle in degrees, -45..315. Source: J. Ehlers; TA-Lib HT_DCPHASE.
indicator ht_dcphase(x: num) -> float {
  give delayed_start(cycle_phase(x).phase, 63)
}

/// Sine of the dominant cycle's phase, and the sine 45 degrees ahead. Source: J. Ehlers; TA-Lib HT_SINE.
indicator ht_sine(x: num) -> (sine: float, lead: float) {
  let phase = ht_dcphase(x) * 0.017453292519943295
  give sin(phase), sin(phase + 0.7853981633974483)
}

/// Instantaneous trend line: the average over the dominant cycle, smoothed. Source: J. Ehlers; TA-Lib HT_TRENDLINE.
/// Units: those of `x`.
indicator ht_trendline(x: num) -> num {
  let n = floor(cycle_phase(x).period + 0.5)
  let mean = sum(i in 0..<50: if i < n then x[i] else 0) / max(n, 1)
  let kept = if bar_index >= 37 then mean else 0
  give delayed_start((4 * kept + 3 * kept[1] + 2 * kept[2] + kept[3]) / 10, 63)
}

/// Whether the market trends (true) or cycles (false). It cycles for half a period after the sine and its lead crossed, and
/// while the phase advances as fast as in a cycle; it trends when the price is 1.5 % away from the trend line.
/// Source: J. Ehlers; TA-Lib HT_TRENDMODE, whose first 12 values are missing here: they rest on crosses before the data.
indicator ht_trendmode(x: num) -> bool {
  let c = cycle_phase(x)
  let sine = sin(c.phase * 0.017453292519943295)
  let lead = sin((c.phase + 45) * 0.017453292519943295)
  let turn = sine crosses above lead or sine crosses below lead
  let soon = any(i in 0..<24: turn[i] and i + 1 < 0.5 * c.period)
  let step = c.phase - c.phase[1]
  let steady = step > 241.2 / c.period and step < 540 / c.period
  let line = float(ht_trendline(x))
  give not (soon or steady) or abs(cycle_price(x, 37) - line) >= 0.015 * line
}

/// MESA adaptive moving average and its following line: an average whose speed follows the phase of the dominant cycle.
/// Formula: mama = a x + (1 - a) mama[1], a = fast / change of phase, at least `slow`; fama = a / 2 mama + (1 - a / 2) fama[1].
/// Source: J. Ehlers, Stocks & Commodities, 2001; TA-Lib MAMA. Units: those of `x`.
indicator mama(x: num, fast: float = 0.5, slow: float = 0.05) -> (mama: num, fama: num) {
  let h = hilbert(x)
  let phase = if h.inphase != 0 then atan(h.quadrature / h.inphase) * 57.29577951308232 else 0
  let change = max(phase[1] - phase, 1)
  let a = if change > 1 then max(fast / change, slow) else fast
  rec m = if bar_index >= 12 then a * x + (1 - a) * m[1] else 0 init x - x settle 100
  rec f = if bar_index >= 12 then 0.5 * a * m + (1 - 0.5 * a) * f[1] else 0 init x - x settle 100
  give delayed_start(m, 32), delayed_start(f, 32)
}

test "ranges of cycle measures" {
  forall random_bars(300)
  assert ht_dcperiod(close) in 0..50
  assert hilbert(close).period in 0..50
  assert cycle_phase(close).period in 0..50
  assert ht_dcphase(close) in -360..315
  assert (ht_sine(close).sine) in -1..1
  assert is_finite(ht_phasor(close).inphase)
  assert ht_trendmode(close) or not ht_trendmode(close)
}

test "weighted price of a ramp" {
  given close = [1, 2, 3, 4, 5, 6]
  assert cycle_price(close, 4) is [_, _, _, 0, 4, 5]
}

test "adaptive averages stay within the prices" {
  forall random_bars(300)
  assert (mama(close).mama) <= highest(close, 300) or bar_index < 299
  assert (mama(close).fama) > 0
  assert ht_trendline(close) <= highest(close, 54)
}
