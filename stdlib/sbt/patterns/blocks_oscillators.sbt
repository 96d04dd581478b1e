#sbt 1

// Pattern blocks on bounded oscillators other than the relative strength index: levels, crossings, turns.

/// The slow stochastic jumped from below one level to above another.
/// Catalogue: STOCH_POP; long; k[span] < oversold and k > pop_level, k = stoch(period, smooth_n).k.
indicator stoch_pops(period: bars = 14, oversold: float = 20, pop_level: float = 50,
  smooth_n: bars = 3, span: bars = 3) -> bool {
  let k = stoch(period, smooth_n).k
  give k[span] < oversold and k > pop_level
}

/// The slow stochastic turns up below a level.
/// Catalogue: STOCH_HOOK; long; k < level and k > k[1] and k[1] < k[2], k = stoch(period, smooth_n).k.
indicator stoch_hooks_up(period: bars = 14, level: float = 20, smooth_n: bars = 3) -> bool {
  let k = stoch(period, smooth_n).k
  give k < level and k > k[1] and k[1] < k[2]
}

/// The slow stochastic gained more than some points and is above its average.
/// Catalogue: STOCH_MOMENTUM; long; s.k - s.k[span] > threshold and s.k > s.d, s = stoch(period, smooth_n, d).
indicator stoch_gained(period: bars = 14, threshold: float = 20, smooth_n: bars = 3, d: bars = 3,
  span: bars = 5) -> bool {
  let s = stoch(period, smooth_n, d)
  give s.k - s.k[span] > threshold and s.k > s.d
}

/// The slow stochastic crosses above its average below a level.
/// Catalogue: STOCH_CROSS_EXT; long; s.k crosses above s.d and s.k < level, s = stoch(period, smooth_n, d).
indicator stoch_crosses_up_below(period: bars = 14, level: float = 30, smooth_n: bars = 3,
  d: bars = 3) -> bool {
  let s = stoch(period, smooth_n, d)
  give s.k crosses above s.d and s.k < level
}

/// The slow stochastic is above its average, below a level and higher than some bars ago.
/// Catalogue: STOCH_FILTER; long; s.k > s.d and s.k < level and s.k > s.k[span], s = stoch(period, smooth_n, d).
indicator stoch_rising_below(period: bars = 14, level: float = 80, smooth_n: bars = 3, d: bars = 3,
  span: bars = 3) -> bool {
  let s = stoch(period, smooth_n, d)
  give s.k > s.d and s.k < level and s.k > s.k[span]
}

/// The commodity channel index crosses above zero after having been below a level.
/// Catalogue: CCI_ZERO_CROSS; long; c crosses above 0 and c[span] < was, c = cci(period).
indicator cci_crosses_zero_from_low(period: bars = 20, was: float = -50, span: bars = 3) -> bool {
  let c = cci(period)
  give c crosses above 0 and c[span] < was
}

/// Williams %R comes back up through a level.
/// Catalogue: WILLR_EXIT_OVERSOLD; long; w[1] < threshold and w >= threshold, w = willr(period).
indicator willr_leaves_oversold(period: bars = 14, threshold: float = -80) -> bool {
  let w = willr(period)
  give w[1] < threshold and w >= threshold
}

/// Williams %R comes back down through a level.
/// Catalogue: WILLR_EXIT_OVERBOUGHT; short; w[1] > threshold and w <= threshold, w = willr(period).
indicator willr_leaves_overbought(period: bars = 14, threshold: float = -20) -> bool {
  let w = willr(period)
  give w[1] > threshold and w <= threshold
}

/// The money flow index rose from below one level to above another, and the close with it.
/// Catalogue: FLOW_REVERSAL; long; m[span] < was and m > now and close > close[span], m = mfi(period).
indicator mfi_recovers_with_price(period: bars = 14, was: float = 20, now: float = 30,
  span: bars = 3) -> bool {
  let m = mfi(period)
  give m[span] < was and m > now and close > close[span]
}

/// The ultimate oscillator is below a level.
/// Catalogue: ULTOSC_OVERSOLD; long; ultosc(p1, p2, p3) < threshold.
indicator ultosc_below(p1: bars = 7, p2: bars = 14, p3: bars = 28, threshold: float = 30) -> bool {
  give ultosc(p1, p2, p3) < threshold
}

/// The ultimate oscillator is above a level.
/// Catalogue: ULTOSC_OVERBOUGHT; short; ultosc(p1, p2, p3) > threshold.
indicator ultosc_above(p1: bars = 7, p2: bars = 14, p3: bars = 28, threshold: float = 70) -> bool {
  give ultosc(p1, p2, p3) > threshold
}

/// The ultimate oscillator comes back up through a level.
/// Catalogue: ULTOSC_CROSS_UP; long; u[1] < threshold and u >= threshold, u = ultosc(p1, p2, p3).
indicator ultosc_crosses_up(p1: bars = 7, p2: bars = 14, p3: bars = 28,
  threshold: float = 30) -> bool {
  let u = ultosc(p1, p2, p3)
  give u[1] < threshold and u >= threshold
}

/// The ultimate oscillator comes back down through a level.
/// Catalogue: ULTOSC_CROSS_DOWN; short; u[1] > threshold and u <= threshold, u = ultosc(p1, p2, p3).
indicator ultosc_crosses_down(p1: bars = 7, p2: bars = 14, p3: bars = 28,
  threshold: float = 70) -> bool {
  let u = ultosc(p1, p2, p3)
  give u[1] > threshold and u <= threshold
}

/// The ultimate oscillator is below a level and rises.
/// Catalogue: UO_OVERSOLD_REV; long; u < level and u > u[1], u = ultosc(p1, p2, p3).
indicator ultosc_turns_up_below(p1: bars = 7, p2: bars = 14, p3: bars = 28,
  level: float = 30) -> bool {
  let u = ultosc(p1, p2, p3)
  give u < level and u > u[1]
}

/// The ultimate oscillator gained more than some points and is above its middle.
/// Catalogue: UO_THRUST; long; u - u[span] > threshold and u > middle, u = ultosc(p1, p2, p3).
indicator ultosc_gained(p1: bars = 7, p2: bars = 14, p3: bars = 28, threshold: float = 10,
  span: bars = 3, middle: float = 50) -> bool {
  let u = ultosc(p1, p2, p3)
  give u - u[span] > threshold and u > middle
}

/// The Chande momentum oscillator is below a level.
/// Catalogue: CMO_OVERSOLD; long; cmo(close, period) < threshold.
indicator cmo_below(period: bars = 14, threshold: float = -40) -> bool {
  give cmo(close, period) < threshold
}

/// The Chande momentum oscillator is above a level.
/// Catalogue: CMO_OVERBOUGHT, VIDYA_MOMENTUM; short, long; cmo(close, period) > threshold.
indicator cmo_above(period: bars = 14, threshold: float = 40) -> bool {
  give cmo(close, period) > threshold
}

/// The Chande momentum oscillator crosses above zero.
/// Catalogue: CMO_CROSS_ZERO_UP; long; cmo(close, period) crosses above 0.
indicator cmo_crosses_above_zero(period: bars = 14) -> bool {
  give cmo(close, period) crosses above 0
}

/// The Chande momentum oscillator crosses below zero.
/// Catalogue: CMO_CROSS_ZERO_DOWN; short; cmo(close, period) crosses below 0.
indicator cmo_crosses_below_zero(period: bars = 14) -> bool {
  give cmo(close, period) crosses below 0
}

/// The relative vigour index crosses above its signal line.
/// Catalogue: RVI_CROSS_UP; long; r.line crosses above r.signal, r = rvgi(period).
/// Derived from name and parameters, as the catalogue has no formula: RVI_CROSS_UP.
indicator rvgi_crosses_signal(period: bars = 10) -> bool {
  let r = rvgi(period)
  give r.line crosses above r.signal
}

/// The relative vigour index is positive and rises.
/// Catalogue: RVI_POSITIVE; long; r > 0 and r > r[1], r = rvgi(period).line.
indicator rvgi_positive_rising(period: bars = 10) -> bool {
  let r = rvgi(period).line
  give r > 0 and r > r[1]
}

/// The Schaff trend cycle is below a level.
/// Catalogue: STC_OVERSOLD; long; stc(close, cycle, fast, slow) < level.
/// Mended (STC_OVERSOLD): the published cycle smooths its second pass too.
indicator stc_below(fast: bars = 23, slow: bars = 50, cycle: bars = 10, level: float = 25) -> bool {
  give stc(close, cycle, fast, slow) < level
}

/// The Schaff trend cycle, below a level a bar ago, rises.
/// Catalogue: STC_RISING; long; s[1] < low_level and s > s[1], s = stc(close, cycle, fast, slow).
/// Derived from name and parameters, as the catalogue has no formula: STC_RISING.
indicator stc_rises_from(fast: bars = 23, slow: bars = 50, cycle: bars = 10,
  low_level: float = 25) -> bool {
  let s = stc(close, cycle, fast, slow)
  give s[1] < low_level and s > s[1]
}

/// The Schaff trend cycle is above a level and the close above that of some bars ago.
/// Catalogue: STC_TREND_CONFIRM; long; stc(close, cycle, fast, slow) > high_level and close > close[span].
/// Mended (STC_TREND_CONFIRM): the published cycle smooths its second pass too.
indicator stc_confirms_rise(fast: bars = 23, slow: bars = 50, cycle: bars = 10,
  high_level: float = 75, span: bars = 3) -> bool {
  give stc(close, cycle, fast, slow) > high_level and close > close[span]
}

/// The Fisher transform is below a level.
/// Catalogue: FISHER_OVERSOLD; long; fisher(period).line < level.
/// Mended (FISHER_OVERSOLD): Ehlers' recursion instead of an average of unsmoothed transforms.
indicator fisher_below(period: bars = 10, level: float = -1.5) -> bool {
  give fisher(period).line < level
}

/// The Fisher transform crosses above its value of the bar before.
/// Catalogue: FISHER_CROSS_UP; long; f.line crosses above f.signal, f = fisher(period).
/// Derived from name and parameters, as the catalogue has no formula: FISHER_CROSS_UP.
indicator fisher_crosses_signal(period: bars = 10) -> bool {
  let f = fisher(period)
  give f.line crosses above f.signal
}

/// The Fisher transform crosses above zero.
/// Catalogue: FISHER_ZERO_CROSS; long; fisher(period).line crosses above 0.
/// Mended (FISHER_ZERO_CROSS): Ehlers' recursion instead of an average of unsmoothed transforms.
indicator fisher_crosses_above_zero(period: bars = 10) -> bool {
  give fisher(period).line crosses above 0
}

/// Centre of gravity of the closes: where in the window the prices weigh, 0 when they are all equal, positive when
/// the newer ones are higher. Formula: (n + 1) / 2 - sum of (i + 1) close[i] / sum of close[i]. Source: J. Ehlers,
/// Stocks & Commodities, 2002, centred. Units: bars.
indicator gravity_of_closes(period: bars = 10) -> float {
  give (period + 1) / 2 - sum(i in 0..<period: close[i] * (i + 1)) / sum_of(close, period)
}

/// The centre of gravity crosses to the side of the newer bars.
/// Catalogue: COG_ZERO_CROSS; long; gravity_of_closes(period) crosses above 0.
/// Derived from name and parameters, as the catalogue has no formula: COG_ZERO_CROSS.
indicator gravity_crosses_above_zero(period: bars = 10) -> bool {
  give gravity_of_closes(period) crosses above 0
}

/// The centre of gravity lies on the side of the newer bars and moves further.
/// Catalogue: COG_MOMENTUM; long; g > 0 and g > g[1], g = gravity_of_closes(period).
/// Derived from name and parameters, as the catalogue has no formula: COG_MOMENTUM.
indicator gravity_rising(period: bars = 10) -> bool {
  let g = gravity_of_closes(period)
  give g > 0 and g > g[1]
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 99, 98, 103, 104, 106, 98, 93, 98, 101, 107, 107, 105, 104]
  given high = [100, 100, 104, 103, 107, 107, 100, 98, 101, 108, 113, 113, 111, 106]
  given low = [98, 97, 97, 97, 104, 101, 94, 92, 97, 101, 107, 105, 101, 103]
  given close = [99, 100, 102, 103, 106, 103, 94, 97, 101, 107, 112, 105, 103, 105]
  given volume = [1, 30, 3, 30, 30, 2, 2, 10, 5, 10, 3, 4, 20, 10]
  assert stoch_pops(3, 20, 50, 2, 2) is [_, _, _, _, _, false, false, false, false, true, false,
    false, false, false]
  assert stoch_gained(4, 20, 2, 2, 3) is [_, _, _, _, _, _, _, false, false, true, true, false,
    false, false]
  assert cci_crosses_zero_from_low(3, -50, 2) is [_, _, _, _, false, false, false, false, true,
    false, false, false, false, false]
  assert willr_leaves_oversold(2, -80) is [_, _, false, false, false, false, false, true, false,
    false, false, false, false, true]
  assert willr_leaves_overbought(2, -20) is [_, _, true, false, false, true, false, false, false,
    false, false, true, false, false]
  assert mfi_recovers_with_price(3, 20, 30, 2) is [_, _, _, _, _, false, false, false, false, true,
    false, false, false, false]
  assert ultosc_below(2, 3, 4, 30) is [_, _, _, _, false, false, true, false, false, false, false,
    false, true, true]
  assert ultosc_above(2, 3, 4, 70) is [_, _, _, _, true, false, false, false, true, true, true,
    false, false, false]
  assert ultosc_crosses_up(2, 3, 4, 30) is [_, _, _, _, _, false, false, true, false, false, false,
    false, false, false]
  assert ultosc_crosses_down(2, 3, 4, 70) is [_, _, _, _, _, true, false, false, false, false,
    false, true, false, false]
  assert ultosc_turns_up_below(2, 3, 4, 30) is [_, _, _, _, _, false, false, false, false, false,
    false, false, false, true]
  assert ultosc_gained(3, 4, 5, 10, 2, 50) is [_, _, _, _, _, _, _, false, false, true, true, false,
    false, false]
  assert cmo_below(2, -40) is [_, _, false, false, false, false, true, false, false, false, false,
    false, true, false]
  assert cmo_above(2, 40) is [_, _, true, true, true, false, false, false, false, true, true, false,
    false, false]
  assert cmo_crosses_above_zero(2) is [_, _, _, false, false, false, false, false, true, false,
    false, false, false, true]
  assert cmo_crosses_below_zero(2) is [_, _, _, false, false, true, false, false, false, false,
    false, true, false, false]
  assert rvgi_crosses_signal(2) is [_, _, _, _, _, _, _, _, false, true, false, false, false, false]
  assert rvgi_positive_rising(2) is [_, _, _, _, _, false, false, false, false, true, true, true,
    false, false]
  assert stc_below(3, 4, 2, 25) is [_, _, _, _, _, true, true, false, false, false, false, false,
    true, false]
  assert stc_rises_from(3, 4, 2, 25) is [_, _, _, _, _, _, false, true, false, false, false, false,
    false, true]
  assert stc_confirms_rise(4, 5, 3, 75, 2) is [_, _, _, _, _, _, _, _, true, true, true, false,
    false, false]
  assert fisher_crosses_signal(2) is [_, _, _, false, true, false, false, false, true, false, false,
    false, false, false]
  assert fisher_crosses_above_zero(2) is [_, _, true, false, false, false, false, false, false,
    false, true, false, false, false]
  assert gravity_of_closes(2) is [_, 0.002512562814070307, 0.004950495049504955,
    0.0024390243902439046, 0.0071770334928229484, -0.0071770334928229484, -0.02284263959390853,
    0.007853403141361293, 0.010101010101010166, 0.014423076923076872, 0.011415525114155223,
    -0.016129032258064502, -0.004807692307692291, 0.004807692307692291]
  assert gravity_crosses_above_zero(2) is [_, _, false, false, false, false, false, true, false,
    false, false, false, false, true]
  assert gravity_rising(2) is [_, _, true, false, true, false, false, true, true, true, false,
    false, false, true]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 96, 93, 94, 93, 88, 85, 87, 83, 83, 78, 76, 66, 64]
  given high = [101, 96, 94, 94, 94, 90, 86, 88, 86, 86, 79, 76, 68, 68]
  given low = [93, 92, 93, 90, 87, 83, 83, 80, 82, 78, 77, 68, 62, 64]
  given close = [96, 93, 94, 93, 88, 85, 85, 83, 83, 78, 77, 71, 64, 65]
  given volume = [10, 2, 4, 10, 4, 12, 2, 30, 3, 20, 10, 2, 30, 10]
  assert stoch_hooks_up(3, 20, 2) is [_, _, _, _, _, false, true, false, false, false, false, true,
    false, false]
  assert stoch_crosses_up_below(3, 30, 2, 2) is [_, _, _, _, _, false, true, false, false, false,
    false, true, false, false]
  assert stoch_rising_below(3, 80, 2, 2, 2) is [_, _, _, _, _, false, false, true, true, false,
    false, false, true, true]
  assert fisher_below(2, -1.5) is [_, false, false, false, false, true, true, true, true, true,
    true, true, true, true]
}
