#sbt 1

// Pattern blocks on distances of averages: MACD, price oscillators, Elder's impulse, the know sure thing.

/// The percentage price oscillator crosses above zero.
/// Catalogue: PPO_CROSS_ZERO_UP, PRICE_OSC_ZERO_EXT, APO_CROSS_UP, APO_ZERO_CROSS; long; ppo(close, fast, slow)
/// crosses above 0.
indicator ppo_crosses_above_zero(fast: bars = 12, slow: bars = 26) -> bool {
  give ppo(close, fast, slow) crosses above 0
}

/// The percentage price oscillator crosses below zero.
/// Catalogue: PPO_CROSS_ZERO_DOWN, APO_CROSS_DOWN; short; ppo(close, fast, slow) crosses below 0.
indicator ppo_crosses_below_zero(fast: bars = 12, slow: bars = 26) -> bool {
  give ppo(close, fast, slow) crosses below 0
}

/// The percentage price oscillator crosses above its exponential average.
/// Catalogue: PPO_SIGNAL_CROSS_UP, PPO_CROSS_UP_EXT; long; p crosses above ema(p, signal), p = ppo(close, fast,
/// slow).
indicator ppo_crosses_above_signal(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let p = ppo(close, fast, slow)
  give p crosses above ema(p, signal)
}

/// The percentage price oscillator crosses below its exponential average.
/// Catalogue: PPO_SIGNAL_CROSS_DOWN; short; p crosses below ema(p, signal), p = ppo(close, fast, slow).
indicator ppo_crosses_below_signal(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let p = ppo(close, fast, slow)
  give p crosses below ema(p, signal)
}

/// The percentage price oscillator crosses above its simple average.
/// Catalogue: PRICE_OSC_CROSS_EXT; long; p crosses above sma(p, signal), p = ppo(close, fast, slow).
indicator ppo_crosses_above_simple_signal(fast: bars = 10, slow: bars = 21,
  signal: bars = 9) -> bool {
  let p = ppo(close, fast, slow)
  give p crosses above sma(p, signal)
}

/// The distance of the percentage price oscillator from its average rose on most of the last bars.
/// Catalogue: PPO_HIST_RISING; long; times(h > h[1], span) >= least, p = ppo(close, fast, slow), h = p - ema(p,
/// signal).
indicator ppo_histogram_mostly_rises(fast: bars = 12, slow: bars = 26, signal: bars = 9,
  span: bars = 3, least: float = 2) -> bool {
  let p = ppo(close, fast, slow)
  let h = p - ema(p, signal)
  give times(h > h[1], span) >= least
}

/// The percentage price oscillator crosses above zero, higher than some bars ago.
/// Catalogue: PPO_ZERO_CROSS_EXT; long; p crosses above 0 and p > p[span], p = ppo(close, fast, slow).
indicator ppo_rising_cross(fast: bars = 12, slow: bars = 26, span: bars = 3) -> bool {
  let p = ppo(close, fast, slow)
  give p crosses above 0 and p > p[span]
}

/// The percentage price oscillator is above a level and higher than some bars ago.
/// Catalogue: PRICE_OSC_STRONG_EXT; long; p > threshold and p > p[span], p = ppo(close, fast, slow).
indicator ppo_strong(fast: bars = 10, slow: bars = 21, threshold: float = 1,
  span: bars = 3) -> bool {
  let p = ppo(close, fast, slow)
  give p > threshold and p > p[span]
}

/// The distance of two averages, in percent of the close, is above a level.
/// Catalogue: APO_HIGH; long; 100 * (apo(close, fast, slow) / close) > threshold.
indicator apo_above(fast: bars = 12, slow: bars = 26, threshold: float = 1) -> bool {
  give 100 * (apo(close, fast, slow) / close) > threshold
}

/// The distance of two averages, in percent of the close, is below a level.
/// Catalogue: APO_LOW; short; 100 * (apo(close, fast, slow) / close) < threshold.
indicator apo_below(fast: bars = 12, slow: bars = 26, threshold: float = -1) -> bool {
  give 100 * (apo(close, fast, slow) / close) < threshold
}

/// The distance of two averages crosses above its own average.
/// Catalogue: APO_SIGNAL_CROSS_UP; long; a crosses above ema(a, signal), a = apo(close, fast, slow).
indicator apo_crosses_above_signal(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let a = apo(close, fast, slow)
  give a crosses above ema(a, signal)
}

/// The distance of two averages is positive and higher than some bars ago.
/// Catalogue: APO_POSITIVE_RISING; long; a > 0 and a > a[span], a = apo(close, fast, slow).
indicator apo_positive_rising(fast: bars = 12, slow: bars = 26, span: bars = 3) -> bool {
  let a = apo(close, fast, slow)
  give a > 0 and a > a[span]
}

/// The MACD histogram, positive, turns down.
/// Catalogue: MACD_HIST_PEAK; short; h < h[1] and h[1] > h[2] and h > 0, h = macd(close, fast, slow, signal).hist.
indicator macd_histogram_peaks(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let h = macd(close, fast, slow, signal).hist
  give h < h[1] and h[1] > h[2] and h > 0
}

/// The MACD histogram, negative, turns up.
/// Catalogue: MACD_HIST_TROUGH; long; h > h[1] and h[1] < h[2] and h < 0, h = macd(close, fast, slow, signal).hist.
indicator macd_histogram_troughs(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let h = macd(close, fast, slow, signal).hist
  give h > h[1] and h[1] < h[2] and h < 0
}

/// The MACD line and histogram both rise.
/// Catalogue: IMPULSE_MACD_GREEN; long; m.hist > m.hist[1] and m.line > m.line[1], m = macd(close, fast, slow,
/// signal).
indicator macd_impulse_up(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let m = macd(close, fast, slow, signal)
  give m.hist > m.hist[1] and m.line > m.line[1]
}

/// The MACD line and histogram both fall.
/// Catalogue: IMPULSE_MACD_RED; short; m.hist < m.hist[1] and m.line < m.line[1], m = macd(close, fast, slow,
/// signal).
indicator macd_impulse_down(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let m = macd(close, fast, slow, signal)
  give m.hist < m.hist[1] and m.line < m.line[1]
}

/// The MACD line and histogram both rise, and did not both rise on the bar before.
/// Catalogue: IMPULSE_MACD_CHANGE; long; starts(m.hist > m.hist[1] and m.line > m.line[1]), m = macd(close, fast,
/// slow, signal).
indicator macd_impulse_starts(fast: bars = 12, slow: bars = 26, signal: bars = 9) -> bool {
  let m = macd(close, fast, slow, signal)
  give starts(m.hist > m.hist[1] and m.line > m.line[1])
}

/// The MACD line crosses above its signal line with the relative strength index above a level.
/// Catalogue: MOMENTUM_FLIP; long; m.line crosses above m.signal and rsi(close, rsi_n) > level, m = macd(close,
/// fast, slow, signal).
indicator macd_flip_with_rsi(fast: bars = 12, slow: bars = 26, signal: bars = 9, rsi_n: bars = 14,
  level: float = 50) -> bool {
  let m = macd(close, fast, slow, signal)
  give m.line crosses above m.signal and rsi(close, rsi_n) > level
}

/// The MACD histogram is positive and grew, the close above an exponential average.
/// Catalogue: MACD_FILTER; long; h > 0 and h > h[span] and close > ema(close, ma_n), h = macd(close, fast, slow,
/// signal).hist.
indicator macd_histogram_grows_in_uptrend(fast: bars = 12, slow: bars = 26, signal: bars = 9,
  span: bars = 3, ma_n: bars = 20) -> bool {
  let h = macd(close, fast, slow, signal).hist
  give h > 0 and h > h[span] and close > ema(close, ma_n)
}

/// An exponential average and the MACD histogram both rise.
/// Catalogue: ELDER_IMPULSE_GREEN; long; e > e[1] and h > h[1], e = ema(close, period), h = macd(close, fast, slow,
/// signal).hist.
indicator elder_impulse_up(period: bars = 13, fast: bars = 12, slow: bars = 26,
  signal: bars = 9) -> bool {
  let e = ema(close, period)
  let h = macd(close, fast, slow, signal).hist
  give e > e[1] and h > h[1]
}

/// An exponential average and the MACD histogram both rise, and did not on the bar before.
/// Catalogue: ELDER_IMPULSE_GREEN_START, ELDER_IMPULSE_BLUE_GREEN; long; starts(e > e[1] and h > h[1]), e =
/// ema(close, period), h = macd(close, fast, slow, signal).hist.
indicator elder_impulse_starts(period: bars = 13, fast: bars = 12, slow: bars = 26,
  signal: bars = 9) -> bool {
  let e = ema(close, period)
  let h = macd(close, fast, slow, signal).hist
  give starts(e > e[1] and h > h[1])
}

/// The high is above an exponential average, by more than on the bar before.
/// Catalogue: BULL_POWER_POSITIVE; long; b > 0 and b > b[1], b = elder_ray(period).bull.
indicator bull_power_rises(period: bars = 13) -> bool {
  let b = elder_ray(period).bull
  give b > 0 and b > b[1]
}

/// The low is below an exponential average, by more than on the bar before.
/// Catalogue: BEAR_POWER_NEGATIVE; short; b < 0 and b < b[1], b = elder_ray(period).bear.
indicator bear_power_falls(period: bars = 13) -> bool {
  let b = elder_ray(period).bear
  give b < 0 and b < b[1]
}

/// The know sure thing crosses above its signal line.
/// Catalogue: KST_CROSS_UP; long; k.line crosses above k.signal, k = kst(close, signal).
indicator kst_crosses_above_signal(signal: bars = 9) -> bool {
  let k = kst(close, signal)
  give k.line crosses above k.signal
}

/// The know sure thing is positive and higher than some bars ago.
/// Catalogue: KST_POSITIVE; long; k > 0 and k > k[span], k = kst(close).line.
indicator kst_positive_rising(span: bars = 3) -> bool {
  let k = kst(close).line
  give k > 0 and k > k[span]
}

/// The know sure thing crosses above zero.
/// Catalogue: KST_ZERO_CROSS; long; kst(close).line crosses above 0.
indicator kst_crosses_above_zero() -> bool {
  give kst(close).line crosses above 0
}

/// Special K: rates of change over six spans, smoothed and weighted. Formula: the know sure thing + sma(roc(close,
/// 40), 50) + 2 sma(roc(close, 65), 65). Source: M. Pring, shortened to 65 bars. Units: none.
indicator pring_special_k() -> float {
  give kst(close).line + sma(roc(close, 40), 50) + 2 * sma(roc(close, 65), 65)
}

/// The special K is positive and higher than some bars ago.
/// Catalogue: SPECIAL_K_RISING; long; k > 0 and k > k[span], k = pring_special_k().
indicator special_k_positive_rising(span: bars = 3) -> bool {
  let k = pring_special_k()
  give k > 0 and k > k[span]
}

/// The special K crosses above zero.
/// Catalogue: SPECIAL_K_ZERO_CROSS; long; pring_special_k() crosses above 0.
indicator special_k_crosses_above_zero() -> bool {
  give pring_special_k() crosses above 0
}

/// The special K gained more over some bars than the standard deviation of such gains.
/// Catalogue: SPECIAL_K_MOMENTUM; long; g > mult * sample_stdev(g, n), g = pring_special_k() -
/// pring_special_k()[span].
indicator special_k_surges(span: bars = 5, mult: float = 1, n: bars = 20) -> bool {
  let g = pring_special_k() - pring_special_k()[span]
  give g > mult * sample_stdev(g, n)
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 99, 98, 103, 104, 106, 98, 93, 98, 101, 107, 107, 105, 104]
  given high = [100, 100, 104, 103, 107, 107, 100, 98, 101, 108, 113, 113, 111, 106]
  given low = [98, 97, 97, 97, 104, 101, 94, 92, 97, 101, 107, 105, 101, 103]
  given close = [99, 100, 102, 103, 106, 103, 94, 97, 101, 107, 112, 105, 103, 105]
  given volume = [1, 30, 3, 30, 30, 2, 2, 10, 5, 10, 3, 4, 20, 10]
  assert ppo_crosses_above_zero(2, 3) is [_, _, _, false, false, false, false, false, true, false,
    false, false, false, false]
  assert ppo_crosses_below_zero(2, 3) is [_, _, _, false, false, false, true, false, false, false,
    false, false, true, false]
  assert ppo_crosses_above_signal(3, 4, 2) is [_, _, _, _, _, false, false, false, true, false,
    false, false, false, false]
  assert ppo_crosses_below_signal(3, 4, 2) is [_, _, _, _, _, true, false, false, false, false,
    false, true, false, false]
  assert ppo_crosses_above_simple_signal(3, 4, 2) is [_, _, _, _, _, false, false, true, false,
    false, false, false, false, true]
  assert ppo_histogram_mostly_rises(4, 5, 3, 2, 2) is [_, _, _, _, _, _, _, _, true, true, true,
    false, false, false]
  assert ppo_rising_cross(3, 4, 2) is [_, _, _, _, _, false, false, false, false, true, false,
    false, false, false]
  assert ppo_strong(3, 4, 1, 2) is [_, _, _, _, _, false, false, false, false, false, true, false,
    false, false]
  assert apo_above(2, 3, 1) is [_, _, false, false, false, false, false, false, false, true, true,
    false, false, false]
  assert apo_below(2, 3, -1) is [_, _, false, false, false, false, true, false, false, false, false,
    false, false, false]
  assert apo_crosses_above_signal(3, 4, 2) is [_, _, _, _, _, false, false, false, true, false,
    false, false, false, false]
  assert apo_positive_rising(3, 4, 2) is [_, _, _, _, _, false, false, false, false, true, true,
    false, false, false]
  assert macd_histogram_peaks(3, 4, 2) is [_, _, _, _, _, _, false, false, false, false, true,
    false, false, false]
  assert macd_histogram_troughs(3, 4, 2) is [_, _, _, _, _, _, false, true, false, false, false,
    false, false, true]
  assert macd_impulse_up(3, 4, 2) is [_, _, _, _, _, false, false, true, true, true, false, false,
    false, true]
  assert macd_impulse_down(3, 4, 2) is [_, _, _, _, _, true, true, false, false, false, false, true,
    true, false]
  assert macd_impulse_starts(3, 4, 2) is [_, _, _, _, _, _, false, true, false, false, false, false,
    false, true]
  assert macd_flip_with_rsi(3, 5, 2, 4, 50) is [_, _, _, _, _, _, false, false, true, false, false,
    false, false, false]
  assert macd_histogram_grows_in_uptrend(4, 6, 3, 2, 5) is [_, _, _, _, _, _, _, _, _, true, true,
    false, false, false]
  assert elder_impulse_up(4, 3, 5, 2) is [_, _, _, _, _, _, false, false, true, true, true, false,
    false, true]
  assert elder_impulse_starts(4, 3, 5, 2) is [_, _, _, _, _, _, _, false, true, false, false, false,
    false, true]
  assert bull_power_rises(2) is [_, _, true, false, true, true, false, false, true, true, true,
    true, true, false]
  assert bear_power_falls(2) is [_, _, true, true, false, true, true, true, false, true, false,
    false, true, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 94, 93, 90, 95, 100, 96, 90, 93, 97, 90, 95, 100, 96, 96, 91, 92, 105, 102,
    107, 111, 111, 121, 113, 111, 111, 113, 109, 103, 102, 96, 100, 99, 98, 102, 106, 102, 104, 102,
    97, 91, 89, 88, 93, 86, 84, 88, 90, 90, 84, 87, 86, 76, 83, 83, 86, 94, 98, 101, 100, 90, 92]
  given high = [100, 96, 93, 95, 96, 101, 98, 93, 104, 97, 101, 100, 100, 101, 96, 92, 101, 106,
    106, 111, 124, 117, 121, 115, 112, 116, 114, 117, 103, 102, 100, 100, 99, 103, 107, 107, 105,
    105, 102, 97, 93, 90, 94, 94, 94, 88, 88, 91, 90, 87, 92, 86, 85, 83, 89, 95, 106, 101, 102,
    101, 92, 92]
  given low = [93, 93, 90, 89, 95, 95, 87, 90, 93, 88, 90, 93, 94, 96, 90, 90, 92, 100, 94, 107,
    111, 111, 112, 109, 109, 110, 101, 105, 101, 89, 88, 99, 98, 97, 102, 101, 101, 102, 89, 89, 89,
    87, 80, 91, 76, 83, 88, 88, 83, 76, 86, 70, 75, 81, 83, 86, 92, 98, 92, 93, 89, 89]
  given close = [94, 93, 90, 94, 95, 96, 88, 93, 96, 90, 93, 100, 95, 101, 91, 92, 100, 102, 106,
    111, 116, 116, 113, 111, 112, 115, 109, 105, 102, 97, 99, 99, 99, 102, 106, 102, 104, 102, 97,
    91, 89, 88, 93, 91, 84, 87, 88, 89, 83, 86, 91, 78, 84, 83, 88, 94, 98, 101, 100, 95, 91, 89]
  given volume = [12, 30, 20, 20, 2, 3, 3, 4, 10, 6, 6, 20, 12, 8, 8, 8, 4, 2, 4, 2, 10, 2, 10, 1,
    4, 5, 10, 5, 8, 1, 30, 10, 30, 8, 3, 5, 6, 3, 2, 2, 2, 30, 12, 4, 6, 3, 8, 2, 30, 6, 8, 1, 4, 8,
    1, 6, 1, 6, 3, 4, 30, 1]
  assert kst_crosses_above_signal(9) is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, false, false, false, true, false, false, false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [98, 96, 92, 96, 97, 96, 96, 97, 99, 97, 94, 96, 99, 100, 97, 101, 100, 100, 96, 94,
    91, 88, 87, 88, 86, 90, 92, 91, 92, 89, 86, 89, 88, 84, 81, 79, 77, 76, 75, 74, 76, 80, 83, 82,
    86, 89, 89, 88, 84, 82, 87, 85, 84, 89, 90, 88, 91, 89, 90, 87, 84, 90]
  given high = [99, 96, 97, 98, 103, 96, 101, 103, 99, 101, 97, 101, 100, 102, 105, 103, 101, 101,
    98, 95, 91, 90, 89, 89, 90, 93, 92, 93, 94, 89, 93, 93, 88, 86, 83, 80, 78, 76, 76, 78, 81, 87,
    84, 87, 91, 91, 91, 89, 84, 89, 87, 87, 88, 91, 92, 91, 91, 90, 92, 89, 90, 94]
  given low = [95, 93, 91, 96, 97, 95, 96, 93, 92, 93, 93, 94, 97, 95, 95, 100, 96, 94, 89, 89, 88,
    87, 86, 84, 85, 90, 87, 89, 88, 85, 82, 86, 82, 79, 77, 73, 77, 75, 73, 70, 76, 80, 78, 78, 85,
    87, 87, 83, 80, 81, 84, 80, 83, 87, 88, 87, 88, 88, 88, 80, 82, 85]
  given close = [96, 93, 96, 97, 101, 96, 97, 99, 96, 94, 96, 99, 100, 96, 101, 100, 98, 96, 93, 93,
    88, 87, 88, 86, 89, 92, 91, 92, 89, 86, 89, 88, 84, 81, 79, 77, 77, 75, 73, 78, 80, 83, 82, 86,
    89, 89, 88, 84, 82, 85, 85, 84, 84, 90, 88, 91, 88, 89, 88, 84, 88, 86]
  given volume = [3, 12, 30, 10, 2, 3, 8, 4, 20, 5, 3, 20, 6, 6, 20, 20, 5, 1, 4, 1, 6, 6, 20, 1, 5,
    12, 4, 30, 5, 12, 10, 12, 6, 8, 12, 10, 20, 10, 4, 5, 30, 4, 3, 1, 20, 6, 8, 30, 3, 12, 2, 6, 4,
    10, 10, 5, 5, 5, 6, 1, 8, 2]
  assert kst_positive_rising(3) is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, false, false,
    false, false, false, false, false, false, false, true, true, true, true, true, true]
}

test "bars 4: where the blocks fire and where not" {
  given open = [98, 96, 92, 96, 97, 96, 96, 97, 99, 97, 94, 96, 99, 100, 97, 101, 100, 100, 96, 94,
    91, 88, 87, 88, 86, 90, 92, 91, 92, 89, 86, 89, 88, 84, 81, 79, 77, 76, 75, 74, 76, 80, 83, 82,
    86, 89, 89, 88, 84, 82, 87, 85, 84, 89, 90, 88, 91, 89, 90, 87, 84, 90]
  given high = [99, 96, 97, 98, 103, 96, 101, 103, 99, 101, 97, 101, 100, 102, 105, 103, 101, 101,
    98, 95, 91, 90, 89, 89, 90, 93, 92, 93, 94, 89, 93, 93, 88, 86, 83, 80, 78, 76, 76, 78, 81, 87,
    84, 87, 91, 91, 91, 89, 84, 89, 87, 87, 88, 91, 92, 91, 91, 90, 92, 89, 90, 94]
  given low = [95, 93, 91, 96, 97, 95, 96, 93, 92, 93, 93, 94, 97, 95, 95, 100, 96, 94, 89, 89, 88,
    87, 86, 84, 85, 90, 87, 89, 88, 85, 82, 86, 82, 79, 77, 73, 77, 75, 73, 70, 76, 80, 78, 78, 85,
    87, 87, 83, 80, 81, 84, 80, 83, 87, 88, 87, 88, 88, 88, 80, 82, 85]
  given close = [96, 93, 96, 97, 101, 96, 97, 99, 96, 94, 96, 99, 100, 96, 101, 100, 98, 96, 93, 93,
    88, 87, 88, 86, 89, 92, 91, 92, 89, 86, 89, 88, 84, 81, 79, 77, 77, 75, 73, 78, 80, 83, 82, 86,
    89, 89, 88, 84, 82, 85, 85, 84, 84, 90, 88, 91, 88, 89, 88, 84, 88, 86]
  given volume = [3, 12, 30, 10, 2, 3, 8, 4, 20, 5, 3, 20, 6, 6, 20, 20, 5, 1, 4, 1, 6, 6, 20, 1, 5,
    12, 4, 30, 5, 12, 10, 12, 6, 8, 12, 10, 20, 10, 4, 5, 30, 4, 3, 1, 20, 6, 8, 30, 3, 12, 2, 6, 4,
    10, 10, 5, 5, 5, 6, 1, 8, 2]
  assert kst_crosses_above_zero() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, false, false, false,
    false, false, false, false, false, false, false, false, true, false, false, false, false, false]
}

test "bars 5: where the blocks fire and where not" {
  given open = [98, 96, 92, 96, 97, 96, 96, 97, 99, 97, 94, 96, 99, 100, 97, 101, 100, 100, 96, 94,
    91, 88, 87, 88, 86, 90, 92, 91, 92, 89, 86, 89, 88, 84, 81, 79, 77, 76, 75, 74, 76, 80, 83, 82,
    86, 89, 89, 88, 84, 82, 87, 85, 84, 89, 90, 88, 91, 89, 90, 87, 84, 90, 86, 88, 87, 85, 81, 78,
    76, 85, 88, 91, 89, 88, 87, 90, 87, 81, 83, 79, 79, 75, 73, 73, 72, 66, 64, 68, 70, 67, 65, 69,
    71, 70, 79, 77, 77, 74, 73, 70, 71, 67, 63, 60, 56, 57, 59, 59, 55, 53, 57, 49, 45, 40, 42, 45,
    47, 51, 48, 46, 49, 50, 50, 48, 48, 53, 59, 55, 57, 58, 61, 58, 59, 50, 50, 48]
  given high = [99, 96, 97, 98, 103, 96, 101, 103, 99, 101, 97, 101, 100, 102, 105, 103, 101, 101,
    98, 95, 91, 90, 89, 89, 90, 93, 92, 93, 94, 89, 93, 93, 88, 86, 83, 80, 78, 76, 76, 78, 81, 87,
    84, 87, 91, 91, 91, 89, 84, 89, 87, 87, 88, 91, 92, 91, 91, 90, 92, 89, 90, 94, 90, 90, 88, 86,
    82, 82, 81, 87, 93, 91, 93, 92, 87, 90, 91, 84, 87, 79, 80, 76, 73, 73, 72, 67, 68, 72, 70, 71,
    70, 73, 71, 74, 79, 79, 77, 74, 73, 70, 75, 71, 63, 64, 58, 61, 63, 61, 59, 57, 58, 49, 49, 42,
    49, 46, 55, 52, 52, 51, 51, 52, 51, 49, 48, 54, 63, 58, 60, 63, 65, 59, 60, 51, 52, 52]
  given low = [95, 93, 91, 96, 97, 95, 96, 93, 92, 93, 93, 94, 97, 95, 95, 100, 96, 94, 89, 89, 88,
    87, 86, 84, 85, 90, 87, 89, 88, 85, 82, 86, 82, 79, 77, 73, 77, 75, 73, 70, 76, 80, 78, 78, 85,
    87, 87, 83, 80, 81, 84, 80, 83, 87, 88, 87, 88, 88, 88, 80, 82, 85, 85, 86, 84, 77, 77, 74, 76,
    81, 88, 88, 88, 88, 85, 86, 83, 80, 78, 78, 75, 75, 72, 70, 67, 63, 63, 67, 68, 61, 61, 68, 70,
    69, 76, 76, 76, 71, 67, 69, 66, 64, 60, 56, 56, 53, 58, 55, 54, 51, 54, 44, 38, 39, 42, 41, 47,
    47, 45, 42, 48, 50, 48, 46, 46, 49, 52, 54, 57, 56, 57, 57, 54, 49, 47, 47]
  given close = [96, 93, 96, 97, 101, 96, 97, 99, 96, 94, 96, 99, 100, 96, 101, 100, 98, 96, 93, 93,
    88, 87, 88, 86, 89, 92, 91, 92, 89, 86, 89, 88, 84, 81, 79, 77, 77, 75, 73, 78, 80, 83, 82, 86,
    89, 89, 88, 84, 82, 85, 85, 84, 84, 90, 88, 91, 88, 89, 88, 84, 88, 86, 88, 87, 85, 81, 78, 74,
    80, 87, 91, 89, 89, 92, 85, 87, 83, 83, 79, 79, 75, 75, 73, 72, 71, 64, 68, 70, 68, 65, 69, 71,
    70, 74, 77, 78, 76, 73, 69, 70, 67, 65, 60, 56, 57, 60, 59, 55, 54, 57, 54, 45, 42, 41, 45, 42,
    51, 48, 46, 49, 50, 50, 48, 47, 48, 54, 56, 57, 58, 61, 57, 58, 55, 51, 48, 52]
  given volume = [3, 12, 30, 10, 2, 3, 8, 4, 20, 5, 3, 20, 6, 6, 20, 20, 5, 1, 4, 1, 6, 6, 20, 1, 5,
    12, 4, 30, 5, 12, 10, 12, 6, 8, 12, 10, 20, 10, 4, 5, 30, 4, 3, 1, 20, 6, 8, 30, 3, 12, 2, 6, 4,
    10, 10, 5, 5, 5, 6, 1, 8, 2, 5, 20, 10, 3, 1, 20, 6, 10, 2, 30, 8, 1, 2, 12, 1, 5, 8, 6, 10, 20,
    30, 12, 1, 8, 6, 6, 8, 12, 8, 4, 10, 4, 10, 2, 2, 3, 2, 12, 20, 3, 6, 30, 20, 30, 2, 5, 8, 5,
    10, 8, 20, 2, 4, 3, 12, 6, 4, 20, 10, 3, 4, 3, 30, 12, 2, 12, 5, 30, 30, 10, 2, 8, 10, 3]
  assert pring_special_k() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, -192.71321727686168, -166.28484969844544, -141.08150274633533,
    -114.43912700334982, -92.7721421118223, -82.9002174805482, -72.6607277739603]
}

test "bars 6: where the blocks fire and where not" {
  given open = [100, 100, 98, 100, 99, 106, 106, 109, 101, 103, 96, 90, 94, 100, 104, 105, 101, 102,
    99, 106, 112, 113, 121, 118, 118, 111, 103, 99, 98, 103, 106, 107, 99, 105, 109, 111, 107, 102,
    99, 100, 99, 92, 93, 94, 100, 93, 97, 96, 97, 99, 105, 110, 116, 112, 105, 118, 112, 118, 116,
    111, 104, 108, 102, 102, 99, 96, 89, 88, 79, 79, 79, 74, 87, 95, 97, 92, 94, 100, 99, 103, 108,
    111, 118, 111, 120, 125, 127, 126, 122, 109, 112, 115, 102, 110, 111, 118, 122, 120, 122, 115,
    115, 118, 122, 128, 119, 118, 120, 118, 122, 119, 120, 108, 108, 104, 106, 102, 104, 111, 100,
    97, 100, 106, 106, 107, 109, 102, 108, 102, 100, 104, 111, 110, 118, 111, 119, 119, 126, 120,
    117, 115]
  given high = [108, 100, 102, 102, 106, 107, 108, 117, 105, 103, 96, 102, 99, 104, 111, 105, 111,
    103, 105, 120, 115, 121, 123, 118, 120, 112, 111, 107, 103, 108, 107, 107, 106, 109, 111, 111,
    109, 103, 108, 100, 99, 95, 95, 100, 101, 97, 101, 99, 99, 104, 111, 123, 116, 112, 114, 118,
    119, 119, 117, 119, 108, 109, 103, 102, 100, 98, 89, 88, 87, 79, 79, 84, 96, 95, 98, 95, 103,
    108, 106, 110, 113, 119, 119, 119, 126, 140, 127, 127, 130, 113, 115, 115, 110, 112, 120, 122,
    122, 127, 130, 116, 116, 123, 127, 129, 121, 129, 122, 123, 130, 119, 120, 121, 109, 114, 114,
    105, 113, 119, 100, 100, 109, 107, 109, 110, 110, 108, 110, 102, 105, 112, 119, 118, 120, 122,
    121, 127, 127, 121, 125, 123]
  given low = [100, 85, 97, 86, 99, 105, 105, 103, 100, 95, 89, 82, 92, 99, 104, 93, 100, 96, 91,
    98, 111, 111, 119, 112, 104, 103, 98, 97, 90, 103, 106, 99, 99, 97, 107, 105, 101, 99, 91, 92,
    91, 91, 92, 86, 85, 93, 97, 95, 97, 98, 104, 110, 111, 105, 97, 111, 112, 115, 115, 104, 102,
    102, 94, 98, 95, 81, 87, 81, 79, 79, 72, 66, 86, 92, 91, 92, 93, 95, 99, 101, 106, 110, 109,
    111, 119, 117, 124, 121, 106, 107, 112, 107, 94, 108, 110, 116, 119, 118, 114, 113, 105, 117,
    114, 118, 117, 116, 118, 118, 118, 107, 105, 107, 96, 96, 92, 102, 104, 103, 97, 96, 100, 98,
    105, 105, 102, 102, 94, 98, 100, 104, 109, 108, 111, 110, 111, 111, 119, 115, 114, 102]
  given close = [100, 93, 100, 94, 106, 106, 108, 103, 104, 96, 90, 94, 99, 104, 110, 101, 103, 97,
    105, 112, 113, 121, 119, 113, 112, 103, 99, 97, 103, 106, 107, 99, 105, 109, 111, 107, 102, 99,
    100, 100, 91, 93, 94, 100, 93, 96, 101, 97, 99, 103, 111, 115, 113, 105, 113, 112, 117, 116,
    116, 104, 108, 104, 102, 99, 96, 89, 88, 81, 79, 79, 74, 82, 95, 92, 92, 94, 101, 97, 105, 109,
    112, 119, 111, 119, 126, 132, 126, 121, 114, 112, 115, 107, 110, 112, 118, 122, 121, 127, 115,
    115, 113, 122, 126, 120, 118, 121, 118, 122, 119, 115, 113, 113, 104, 106, 100, 104, 112, 105,
    97, 100, 108, 106, 109, 110, 102, 108, 102, 99, 104, 111, 110, 118, 111, 114, 119, 126, 120,
    117, 114, 110]
  given volume = [30, 20, 6, 30, 2, 20, 12, 5, 3, 1, 3, 3, 10, 1, 4, 10, 20, 5, 1, 5, 30, 4, 30, 10,
    3, 3, 4, 1, 3, 3, 6, 6, 20, 2, 6, 12, 8, 30, 3, 5, 4, 20, 30, 4, 30, 4, 3, 20, 8, 4, 2, 8, 30,
    3, 30, 6, 2, 20, 30, 20, 6, 12, 30, 4, 2, 2, 30, 30, 30, 6, 1, 1, 3, 1, 8, 30, 8, 3, 3, 6, 10,
    3, 5, 6, 10, 20, 2, 6, 30, 30, 2, 3, 1, 2, 2, 20, 30, 6, 3, 6, 2, 30, 4, 12, 2, 2, 20, 8, 4, 6,
    20, 3, 2, 3, 1, 12, 3, 1, 3, 10, 10, 20, 10, 5, 12, 30, 12, 12, 20, 3, 3, 8, 12, 2, 3, 10, 30,
    3, 8, 2]
  assert special_k_positive_rising(3) is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, false, false, true, true, true, true, true,
    true]
}

test "bars 7: where the blocks fire and where not" {
  given open = [99, 100, 97, 93, 93, 98, 98, 101, 106, 107, 101, 104, 104, 102, 107, 108, 109, 106,
    102, 108, 103, 99, 93, 92, 94, 98, 98, 99, 105, 110, 109, 114, 115, 121, 124, 119, 114, 113,
    117, 121, 118, 124, 122, 120, 116, 109, 103, 108, 112, 101, 99, 94, 97, 89, 100, 105, 99, 93,
    91, 93, 88, 83, 87, 87, 90, 94, 89, 91, 92, 96, 90, 97, 103, 100, 95, 100, 94, 95, 92, 94, 94,
    97, 102, 102, 107, 115, 116, 110, 115, 111, 109, 111, 107, 114, 108, 102, 105, 109, 107, 111,
    109, 110, 111, 109, 110, 110, 104, 102, 105, 107, 110, 116, 111, 114, 116, 110, 108, 104, 106,
    103, 109, 102, 103, 105, 106, 109, 112, 106, 104, 108, 111, 115, 121, 119, 116, 122, 128, 132,
    136, 132]
  given high = [100, 101, 98, 95, 98, 104, 103, 106, 109, 113, 106, 105, 105, 108, 108, 111, 110,
    112, 104, 108, 103, 105, 99, 95, 99, 99, 99, 109, 110, 112, 115, 115, 121, 121, 130, 119, 119,
    118, 121, 123, 125, 126, 124, 120, 122, 110, 108, 114, 113, 107, 100, 99, 98, 101, 106, 107,
    100, 95, 93, 94, 88, 85, 87, 90, 99, 95, 92, 94, 98, 96, 92, 109, 103, 100, 99, 100, 97, 95, 95,
    94, 104, 103, 103, 112, 116, 117, 116, 115, 116, 115, 111, 117, 115, 116, 108, 106, 111, 110,
    111, 111, 109, 113, 111, 110, 111, 112, 110, 107, 108, 110, 116, 116, 114, 121, 117, 110, 108,
    106, 106, 109, 109, 104, 111, 111, 114, 111, 113, 106, 109, 111, 116, 121, 123, 121, 128, 129,
    134, 137, 136, 139]
  given low = [99, 97, 93, 91, 91, 96, 96, 101, 104, 99, 99, 98, 101, 101, 106, 106, 107, 102, 100,
    106, 98, 98, 91, 91, 88, 92, 96, 98, 104, 110, 107, 113, 109, 113, 118, 113, 114, 111, 116, 117,
    118, 122, 121, 115, 113, 103, 102, 108, 100, 99, 93, 92, 92, 88, 99, 99, 95, 90, 89, 88, 82, 81,
    86, 87, 89, 89, 89, 91, 86, 84, 90, 97, 100, 94, 94, 88, 92, 90, 86, 93, 93, 96, 102, 96, 106,
    114, 110, 110, 111, 111, 109, 106, 106, 102, 103, 101, 105, 103, 106, 103, 106, 109, 101, 103,
    108, 103, 101, 100, 105, 105, 110, 110, 111, 114, 109, 107, 104, 104, 103, 101, 103, 96, 97,
    103, 106, 103, 105, 99, 98, 107, 111, 114, 117, 116, 114, 120, 127, 132, 133, 131]
  given close = [100, 98, 93, 93, 98, 97, 101, 106, 108, 101, 104, 105, 102, 107, 108, 109, 108,
    102, 103, 108, 99, 98, 92, 94, 99, 98, 99, 103, 110, 110, 115, 115, 120, 119, 119, 119, 118,
    116, 121, 118, 119, 122, 121, 116, 114, 103, 107, 112, 106, 99, 94, 97, 94, 95, 104, 99, 95, 91,
    93, 89, 83, 85, 87, 90, 93, 89, 90, 93, 97, 90, 92, 103, 100, 95, 99, 94, 97, 92, 94, 94, 98,
    102, 102, 106, 110, 116, 110, 115, 112, 114, 111, 108, 113, 108, 104, 105, 109, 105, 110, 109,
    108, 111, 107, 105, 110, 104, 101, 106, 108, 110, 116, 110, 113, 115, 110, 108, 104, 106, 103,
    109, 103, 103, 105, 105, 108, 110, 106, 105, 108, 111, 115, 121, 118, 117, 122, 128, 132, 136,
    134, 138]
  given volume = [1, 3, 12, 20, 20, 5, 12, 6, 8, 6, 12, 8, 12, 5, 20, 6, 6, 20, 1, 5, 6, 1, 8, 20,
    30, 10, 30, 20, 3, 4, 12, 3, 2, 5, 1, 8, 4, 2, 1, 12, 5, 2, 30, 20, 12, 1, 4, 8, 8, 2, 6, 5, 3,
    10, 3, 1, 2, 8, 30, 6, 4, 20, 4, 10, 4, 6, 3, 20, 10, 1, 10, 8, 12, 5, 12, 3, 6, 2, 10, 10, 10,
    6, 1, 10, 3, 30, 30, 1, 20, 10, 8, 2, 10, 1, 6, 8, 10, 12, 20, 5, 2, 30, 12, 10, 8, 2, 30, 30,
    20, 10, 2, 8, 8, 30, 10, 4, 8, 5, 2, 30, 5, 30, 4, 20, 30, 30, 3, 5, 6, 3, 3, 10, 8, 30, 12, 4,
    5, 2, 3, 12]
  assert special_k_crosses_above_zero() is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, true, false, false, false, false, false, false,
    false, false, false]
}

test "bars 8: where the blocks fire and where not" {
  given open = [100, 99, 102, 108, 100, 96, 98, 101, 101, 93, 99, 105, 93, 91, 86, 94, 98, 96, 88,
    92, 92, 94, 92, 88, 80, 71, 68, 68, 66, 66, 66, 59, 53, 60, 56, 53, 60, 62, 59, 55, 49, 44, 41,
    40, 37, 35, 42, 42, 43, 47, 49, 43, 43, 48, 56, 63, 58, 60, 54, 52, 51, 51, 52, 48, 46, 50, 47,
    42, 45, 50, 51, 47, 50, 53, 58, 62, 74, 72, 72, 66, 66, 68, 68, 75, 70, 66, 63, 61, 69, 69, 76,
    70, 63, 60, 58, 64, 71, 65, 70, 79, 73, 76, 71, 70, 59, 69, 71, 62, 60, 57, 62, 63, 58, 50, 51,
    44, 32, 34, 37, 44, 45, 47, 49, 54, 52, 54, 58, 53, 59, 63, 67, 61, 60, 68, 74, 79, 83, 77, 70,
    72, 74, 79, 84, 90, 97, 101, 99, 98, 94, 100, 110, 112, 111, 112, 112, 120, 120, 113, 115, 120]
  given high = [101, 104, 116, 108, 102, 97, 108, 109, 102, 102, 107, 113, 94, 91, 101, 99, 99, 104,
    93, 92, 95, 95, 93, 89, 80, 79, 68, 69, 67, 66, 74, 59, 59, 60, 56, 61, 70, 62, 60, 56, 49, 44,
    49, 42, 37, 44, 42, 43, 47, 57, 49, 43, 50, 57, 65, 71, 61, 61, 54, 53, 57, 53, 60, 48, 52, 50,
    47, 46, 52, 51, 51, 51, 54, 59, 70, 70, 74, 74, 73, 66, 69, 70, 75, 75, 72, 66, 63, 76, 71, 77,
    76, 71, 63, 62, 65, 71, 73, 71, 78, 81, 76, 78, 72, 70, 65, 70, 73, 62, 60, 65, 66, 64, 59, 52,
    52, 45, 33, 39, 45, 45, 48, 49, 54, 54, 55, 59, 66, 60, 71, 67, 67, 62, 70, 74, 88, 79, 85, 85,
    72, 74, 79, 94, 90, 105, 109, 109, 107, 100, 101, 113, 113, 113, 113, 115, 126, 128, 121, 123,
    121, 130]
  given low = [95, 98, 101, 101, 96, 94, 97, 99, 92, 91, 91, 96, 91, 85, 86, 92, 95, 87, 88, 90, 84,
    90, 91, 79, 73, 68, 68, 65, 64, 64, 58, 46, 51, 55, 45, 53, 59, 58, 53, 48, 43, 39, 39, 35, 35,
    27, 34, 42, 42, 39, 41, 35, 42, 40, 56, 58, 56, 46, 51, 49, 50, 50, 48, 37, 46, 47, 40, 42, 43,
    50, 46, 46, 49, 53, 58, 60, 72, 71, 67, 58, 65, 66, 67, 68, 64, 63, 61, 61, 67, 68, 71, 62, 59,
    53, 57, 64, 62, 65, 68, 74, 73, 69, 69, 56, 58, 61, 62, 60, 56, 55, 61, 57, 50, 50, 44, 36, 21,
    34, 36, 43, 43, 46, 49, 51, 52, 54, 45, 45, 59, 62, 59, 58, 52, 68, 73, 77, 75, 70, 69, 72, 66,
    78, 82, 89, 96, 100, 90, 86, 86, 100, 110, 104, 109, 111, 111, 119, 111, 111, 115, 119]
  given close = [97, 104, 108, 101, 96, 97, 106, 99, 93, 101, 107, 98, 91, 86, 93, 99, 95, 88, 92,
    92, 93, 92, 93, 80, 73, 68, 68, 66, 66, 64, 58, 54, 59, 56, 53, 59, 62, 60, 55, 49, 44, 39, 40,
    37, 35, 42, 42, 42, 46, 49, 42, 43, 49, 56, 64, 58, 61, 54, 53, 49, 56, 52, 48, 45, 50, 47, 41,
    45, 50, 50, 47, 50, 54, 57, 62, 69, 72, 72, 67, 66, 68, 68, 75, 68, 66, 63, 61, 68, 69, 76, 71,
    62, 60, 53, 64, 71, 70, 70, 77, 75, 75, 69, 69, 64, 64, 70, 64, 60, 57, 63, 65, 58, 50, 51, 44,
    37, 29, 38, 44, 44, 47, 49, 54, 52, 54, 58, 53, 60, 63, 65, 60, 60, 68, 74, 80, 78, 77, 70, 72,
    74, 79, 86, 90, 97, 101, 100, 98, 94, 100, 105, 112, 112, 113, 114, 118, 119, 113, 115, 120,
    122]
  given volume = [12, 20, 10, 2, 4, 8, 8, 1, 10, 4, 20, 20, 2, 8, 6, 5, 6, 6, 30, 5, 10, 20, 8, 6,
    4, 4, 3, 2, 6, 6, 20, 3, 4, 3, 6, 12, 1, 20, 6, 4, 1, 3, 3, 1, 8, 8, 20, 8, 5, 3, 12, 3, 12, 20,
    20, 3, 8, 5, 20, 20, 4, 4, 4, 5, 2, 20, 12, 12, 4, 20, 6, 30, 10, 8, 4, 10, 20, 3, 2, 10, 5, 4,
    4, 12, 1, 6, 6, 5, 3, 3, 4, 3, 30, 3, 10, 10, 5, 8, 1, 4, 10, 20, 10, 2, 1, 8, 6, 4, 2, 2, 4, 1,
    5, 1, 12, 10, 1, 6, 8, 1, 5, 8, 4, 1, 4, 12, 2, 6, 8, 6, 10, 4, 4, 4, 5, 3, 8, 20, 1, 12, 2, 5,
    12, 6, 30, 1, 5, 8, 5, 30, 10, 20, 5, 8, 6, 30, 4, 2, 5, 30]
  assert special_k_surges(5, 1, 20) is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, true, true, true, true, true, true, false]
}
