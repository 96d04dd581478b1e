#sbt 1

/// On-balance volume: the volume added on rising and subtracted on falling closes, starting with the first volume.
/// Source: J. Granville, 1963; TA-Lib OBV. Units: quantity.
indicator obv() -> quantity {
  rec o = o[1] + (if close > close[1] then volume else if close < close[1] then -volume else 0)
    init volume
  give o
}

/// Accumulation/distribution line: the running sum of volume weighted by where the bar closed in its range.
/// Formula: a = a[1] + volume ((close - low) - (high - close)) / (high - low). Source: M. Chaikin; TA-Lib AD. Units: quantity.
indicator ad() -> quantity {
  let flow = close_location() * volume
  rec a = a[1] + flow init flow
  give a
}

/// Chaikin oscillator: the distance of a fast and a slow exponential average of `ad`, both starting at its first value.
/// Source: M. Chaikin; TA-Lib ADOSC. Units: quantity.
indicator adosc(fast: bars = 3, slow: bars = 10) -> quantity {
  let a = ad()
  let line = smooth(a, fast) - smooth(a, slow)
  give delayed_start(line, slow - 1)
}

/// Chaikin money flow, -1..1: volume weighted by the close's place in its range, over the volume.
/// Formula: sum of close_location volume / sum of volume over `n` bars. Source: M. Chaikin; TA-Lib CMF. Units: none.
indicator cmf(n: bars = 20) -> float {
  let v = sum_of(volume, n)
  give if v == 0 then 0 else sum_of(close_location() * volume, n) / v
}

/// Force index: the change of the close times the volume, smoothed. Formula: ema((close - close[1]) volume, n).
/// Source: A. Elder, 1993; TA-Lib EFI. Units: money.
indicator force_index(n: bars = 13) -> money {
  give ema((close - close[1]) * volume, n)
}

/// Volume-weighted average price of the day so far, from midnight UTC.
/// Formula: sum of tp volume / sum of volume since the day's first bar, tp = (high + low + close) / 3.
indicator vwap() -> price {
  let tp = (high + low + close) / 3
  let flow = tp * volume
  let fresh = day != day[1]
  rec pv = (if fresh then 0 else pv[1]) + flow init flow
  rec v = (if fresh then 0 else v[1]) + volume init volume
  give if v == 0 then tp else pv / v
}

/// Volume-weighted average price since the first bar of the data. Source: TA-Lib VWAP.
indicator vwap_cumulative() -> price {
  let tp = (high + low + close) / 3
  rec pv = pv[1] + tp * volume init tp * volume
  rec v = v[1] + volume init volume
  give if v == 0 then tp else pv / v
}

/// Volume-weighted average price since the last bar on which `start` held; since the first bar before that.
indicator anchored_vwap(start: bool) -> price {
  let tp = (high + low + close) / 3
  let flow = tp * volume
  rec pv = (if start then 0 else pv[1]) + flow init flow
  rec v = (if start then 0 else v[1]) + volume init volume
  give if v == 0 then tp else pv / v
}

/// Volume-weighted average price of the last `n` bars. Formula: vwma((high + low + close) / 3, n).
indicator vwap_rolling(n: bars = 20) -> price {
  give vwma((high + low + close) / 3, n)
}

/// Volume in units of the average volume of the `n` bars before. Formula: volume / sma(volume, n)[1].
/// Source: TA-Lib RVOL. Units: none.
indicator relative_volume(n: bars = 20) -> float {
  let base = sma(volume, n)[1]
  give if base == 0 then 0 else volume / base
}

/// Price-volume trend: the running sum of volume weighted by the close's relative change.
/// Formula: p = p[1] + volume (close - close[1]) / close[1], starting at 0. Source: TA-Lib PVT. Units: quantity.
indicator pvt() -> quantity {
  rec p = p[1] + volume * ((close - close[1]) / close[1]) init 0
  give p
}

/// Negative volume index: changes only on days of falling volume. Starts at 1000.
/// Formula: v = v[1] close / close[1] when volume < volume[1]. Source: P. Dysart, 1936; TA-Lib NVI. Units: none.
indicator nvi() -> float {
  rec v = if volume < volume[1] then v[1] * (close / close[1]) else v[1] init 1000
  give v
}

/// Positive volume index: changes only on days of rising volume. Starts at 1000.
/// Formula: v = v[1] close / close[1] when volume > volume[1]. Source: P. Dysart, 1936; TA-Lib PVI. Units: none.
indicator pvi() -> float {
  rec v = if volume > volume[1] then v[1] * (close / close[1]) else v[1] init 1000
  give v
}

/// Market facilitation index: the range that a unit of volume bought. Formula: (high - low) / volume.
/// Source: B. Williams; TA-Lib MARKETFI. Units: price a unit of volume.
indicator market_facilitation() -> float {
  give if volume == 0 then 0 else float(high - low) / float(volume)
}

/// Ease of movement: how far the middle of the bar moved for its volume, averaged.
/// Formula: sma((m - m[1]) (high - low) / volume · scale, n), m = (high + low) / 2. Source: R. Arms. Units: none.
indicator ease_of_movement(n: bars = 14, scale: float = 1) -> float {
  let m = (high + low) / 2
  let v = float(volume)
  give sma(if v == 0 then 0 else scale * float(m - m[1]) * float(high - low) / v, n)
}

/// Volume price confirmation: close weighted by volume against the plain average, in percent points.
/// Formula: 100 (vwma(close, n) / sma(close, n) - 1). Units: none.
indicator volume_bias(n: bars = 20) -> float {
  give 100 * (vwma(close, n) / sma(close, n) - 1)
}

/// Klinger oscillator: trend-signed volume, fast minus slow exponential average, and its signal line.
/// Formula: sign = direction of high + low + close, 0 when unchanged; line = ema(sign volume, fast) - ema(sign volume, slow).
/// Source: S. Klinger, in pandas-ta's form. Units: quantity.
indicator klinger(fast: bars = 34, slow: bars = 55, signal: bars = 13) -> (line: quantity,
  signal: quantity) {
  let tp = high + low + close
  let flow = sign(tp - tp[1]) * volume
  let line = ema(flow, fast) - ema(flow, slow)
  give line, ema(line, signal)
}

/// Volume zone oscillator, -100..100: smoothed signed volume over smoothed volume.
/// Formula: 100 ema(sign(close - close[1]) volume, n) / ema(volume, n). Source: W. Khalil and D. Steckler, 2011. Units: none.
indicator vzo(n: bars = 14) -> float {
  let v = ema(volume, n)
  give if v == 0 then 0 else 100 * (ema(sign(close - close[1]) * volume, n) / v)
}

/// Turnover of the bar in quote currency. Formula: volume (high + low + close) / 3.
indicator turnover() -> money {
  give volume * ((high + low + close) / 3)
}

/// Williams accumulation/distribution: the running sum of the close's distance from the true range's end.
/// Formula: w = w[1] + close - min(low, close[1]) on a rise, close - max(high, close[1]) on a fall; starts at 0.
/// Source: L. Williams, 1972; TA-Lib WAD.
indicator wad() -> price {
  rec w = w[1] + (if close > close[1] then close - min(low, close[1])
    else if close < close[1] then close - max(high, close[1])
    else 0)
    init 0
  give w
}

/// Archer's on-balance volume: two averages of it, and whether they run up or down.
/// Formula: fast, slow = ema(obv, ·); long_run and short_run of both over `n` bars. Source: K. Johnson; pandas-ta aobv.
/// Units: quantity.
indicator aobv(fast: bars = 4, slow: bars = 12, n: bars = 2) -> (obv: quantity, fast: quantity,
  slow: quantity, long_run: bool, short_run: bool) {
  let o = obv()
  let a = ema(o, fast)
  let b = ema(o, slow)
  give o, a, b, long_run(a, b, n), short_run(a, b, n)
}

/// Ease of movement of one bar, not averaged: how far the bar's middle moved for its volume; 0 without volume.
/// Formula: (m - m[1]) (high - low) scale / volume, m = (high + low) / 2. Source: R. Arms; pandas-ta emv. Units: none.
indicator emv(scale: float = 10000) -> float {
  let m = (high + low) / 2
  let v = float(volume)
  give if v == 0 then 0 else scale * float(m - m[1]) * float(high - low) / v
}

/// Turnover at the close. Formula: close volume. Source: pandas-ta pvol.
indicator pvol() -> money {
  give close * volume
}

/// Price-volume rank: 1 when price and volume rose, 2 when the price rose, 3 when the volume rose, 4 when both fell;
/// unchanged counts as risen. Source: A. Macek, Stocks & Commodities, 1994; pandas-ta pvr. Units: none.
indicator pvr() -> float {
  let c = close >= close[1]
  let v = volume >= volume[1]
  give if c and v then 1 else if c then 2 else if v then 3 else 4
}

/// Volume flow indicator: volume signed by price moves of some size, without its peaks, against the usual volume.
/// Formula: ema(sum over `n` of min(volume, vcoef v) d / mean of v, 3), v = sma(volume, n)[1], d = close - close[1] when
/// |d| > coef close, else 0; 0 without volume. Source: M. Katsanos, Stocks & Commodities, 2004, as in pandas-ta vfi.
indicator vfi(n: bars = 130, coef: float = 0.2, vcoef: float = 2.5) -> price {
  let usual = sma(volume, n)[1]
  let d = close - close[1]
  let move = if abs(d) > coef * close then d else 0
  let base = sma(usual, n)
  let total = sum_of(min(volume, vcoef * usual) * move, n)
  give ema(if base == 0 then 0 else total / base, 3)
}

/// Volume oscillator: two simple averages of the volume, their distance in percent points of the slow one; 0 without volume.
/// Formula: 100 (sma(volume, fast) - sma(volume, slow)) / sma(volume, slow). Source: pandas-ta vosc. Units: none.
indicator vosc(fast: bars = 14, slow: bars = 28) -> float {
  let s = sma(volume, slow)
  give if s == 0 then 0 else 100 * (sma(volume, fast) - s) / s
}

/// Volume heat map: the volume's distance from its average in standard deviations; 0 when it does not change.
/// Formula: (volume - sma(volume, n)) / stdev(volume, n). Source: pandas-ta vhm, which spreads over the whole data, the
/// future included. Units: none.
indicator vhm(n: bars = 610) -> float {
  let s = stdev(volume, n)
  give if s == 0 then 0 else (volume - sma(volume, n)) / s
}

/// Time segmented volume of Worden Brothers: volume times the change of the close, summed; its average and the ratio of both.
/// Formula: line = sum over `n` of volume (close - close[1]); signal = sma(line, signal); ratio = line / signal.
/// Source: D. Worden; pandas-ta wb_tsv. Units: money; money; none.
indicator wb_tsv(n: bars = 18, signal: bars = 10) -> (line: money, signal: money, ratio: float) {
  let t = sum_of(volume * (close - close[1]), n)
  let s = sma(t, signal)
  give t, s, t / s
}

/// Volume profile of the last `n` bars over `bins` equal steps from the lowest to the highest close: the middle of the step
/// with the most volume (the lowest of equals), and the share of all volume that the present close's step has.
/// Source: P. Steidlmayer's market profile; pandas-ta vp, made causal: that one looks at the whole data.
indicator vp(n: bars = 100, bins: int = 10) -> (most: price, share: float) {
  let bottom = lowest(close, n)
  let width = highest(close, n) - bottom
  let least = if width == 0 then price(1) else width / bins
  let here = min(floor((close - bottom) / least), bins - 1)
  let total = sum_of(volume, n)
  let now = sum(i in 0..<n: if min(floor((close[i] - bottom) / least), bins - 1) == here
    then volume[i]
    else 0)
  let peak = max(b in 0..<bins: sum(i in 0..<n: if min(floor((close[i] - bottom) / least),
    bins - 1) == b
    then volume[i]
    else 0))
  let first = min(b in 0..<bins: if sum(i in 0..<n: if min(floor((close[i] - bottom) / least),
    bins - 1) == b
    then volume[i]
    else 0) == peak
    then b
    else bins)
  give bottom + (if width == 0 then 0 else (first + 0.5) * width / bins),
    if total == 0 then 0 else now / total
}

test "volume follows the close" {
  given close = [2, 3, 3, 1]
  given volume = [10, 20, 30, 40]
  assert obv() is [10, 30, 30, -10]
  assert pvt() is [0, 10, 10, -16.666666666666664]
  assert nvi() is [1000, 1000, 1000, 1000]
  assert pvi() is [1000, 1500, 1500, 500]
  assert relative_volume(2) is [_, _, 2, 1.6]
  assert force_index(1) is [_, 20, 0, -80]
}

test "volume weighted by the place of the close" {
  given high = [4, 4, 4]
  given low = [0, 0, 4]
  given close = [4, 1, 4]
  given volume = [10, 20, 30]
  assert ad() is [10, 0, 0]
  assert cmf(2) is [_, 0, -0.2]
  assert adosc(1, 2) is [_, -3.333333333333333, -1.1111111111111112]
  assert market_facilitation() is [0.4, 0.2, 0]
}

test "average prices by volume" {
  given high = [3, 6, 9]
  given low = [3, 6, 9]
  given close = [3, 6, 9]
  given volume = [1, 1, 2]
  assert vwap_cumulative() is [3, 4.5, 6.75]
  assert vwap_rolling(2) is [_, 4.5, 8]
  assert anchored_vwap(close == price(6)) is [3, 6, 8]
  assert turnover() is [3, 6, 18]
  assert volume_bias(2) is [_, 0, 6.666666666666665]
  assert vzo(2) is [_, _, 90]
}

test "running sums of price and volume" {
  given high = [5, 7, 6]
  given low = [3, 4, 2]
  given close = [4, 6, 3]
  given volume = [2, 4, 8]
  assert wad() is [0, 2, -1]
  assert ease_of_movement(1) is [_, 1.125, -0.75]
  assert (klinger(1, 2, 1).line) is [_, _, -6]
}

test "the day's average price starts anew at midnight" {
  forall random_bars(300)
  assert vwap() > 0
}

test "volume against itself" {
  given high = [5, 7, 6]
  given low = [3, 4, 2]
  given close = [4, 6, 3]
  given volume = [2, 4, 8]
  assert pvol() is [8, 24, 24]
  assert pvr() is [_, 1, 3]
  assert emv(1) is [_, 1.125, -0.75]
  assert vosc(1, 2) is [_, 33.333333333333336, 33.333333333333336]
  assert vhm(2) is [_, 1, 1]
  assert (wb_tsv(1, 2).line) is [_, 8, -24]
  assert (wb_tsv(1, 2).ratio) is [_, _, 3]
  assert (aobv(1, 2, 1).obv) is [2, 6, -2]
  assert (aobv(1, 2, 1).short_run) is [_, _, true]
}

test "where the volume was" {
  given close = [1, 2, 11, 2]
  given volume = [1, 2, 4, 8]
  assert (vp(4, 2).most) is [_, _, _, 3.5]
  assert (vp(4, 2).share) is [_, _, _, 0.7333333333333333]
  assert (vp(2, 2).share) is [_, 0.6666666666666666, 0.6666666666666666, 0.6666666666666666]
}

test "volume that moves the price" {
  given close = [1, 2, 3, 3, 5, 4]
  given volume = [1, 1, 1, 1, 1, 1]
  assert vfi(1, 0.2, 2) is [_, _, _, 0.6666666666666666, 1.3333333333333333, 0.1666666666666666]
}
