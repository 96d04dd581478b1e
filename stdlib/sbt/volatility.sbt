#sbt 1

/// True range: the range of the bar extended to the previous close.
/// Formula: max(high - low, |high - close[1]|, |low - close[1]|). Source: J. W. Wilder, 1978; TA-Lib TRANGE.
indicator true_range() -> price {
  give max(high, close[1]) - min(low, close[1])
}

/// Average true range, Wilder's average of the true range.
/// Formula: rma(true_range(), n). Source: J. W. Wilder, 1978; TA-Lib ATR.
indicator atr(n: bars = 14) -> price {
  give rma(true_range(), n)
}

/// Average true range in percent points of the close. Formula: 100 atr(n) / close. Source: TA-Lib NATR. Units: none.
indicator natr(n: bars = 14) -> float {
  give 100 * (atr(n) / close)
}

/// Average range of the bars. Formula: sma(high - low, n). Source: TA-Lib ADR.
indicator adr(n: bars = 14) -> price {
  give sma(high - low, n)
}

/// Population variance over `n` bars. Formula: sum of (x[i] - mean)² / n. Source: TA-Lib VAR. Units: those of `x` squared.
indicator variance(x: num, n: bars = 5) -> num^2{
  give sqdev_of(x, n) * (1 / n)
}

/// Population standard deviation over `n` bars. Formula: sqrt(variance). Source: TA-Lib STDDEV. Units: those of `x`.
indicator stdev(x: num, n: bars = 20) -> num {
  give sqrt(sqdev_of(x, n) * (1 / n))
}

/// Sample standard deviation (divides by n - 1), as pandas and spreadsheets default to. Units: those of `x`.
indicator sample_stdev(x: num, n: bars = 20) -> num {
  give sqrt(sqdev_of(x, n) / (n - 1))
}

/// Bollinger bands: an average, simple unless another kind is asked for, and `k` population standard deviations to both sides.
/// Formula: mid = ma(x, n, kind); top, low = mid ± k stdev(x, n). Source: J. Bollinger, 1983; TA-Lib BBANDS. Units: those of `x`.
indicator bollinger(x: num, n: bars = 20, k: float = 2, kind: MaType = MaType.sma) -> (mid: num,
  top: num, low: num) {
  let m = ma(x, n, kind)
  let d = k * stdev(x, n)
  give m, m + d, m - d
}

/// Position of the value in its Bollinger bands: 0 at the lower, 1 at the upper band. Units: none.
indicator percent_b(x: num, n: bars = 20, k: float = 2) -> float {
  let d = k * stdev(x, n)
  give if d == 0 then 0.5 else (x - mean_of(x, n) + d) / (2 * d)
}

/// Width of the Bollinger bands relative to their middle. Formula: (top - low) / mid. Units: none.
indicator bandwidth(x: num, n: bars = 20, k: float = 2) -> float {
  give 2 * k * stdev(x, n) / mean_of(x, n)
}

/// Keltner channel: an exponential average of the typical price and `k` average true ranges to both sides.
/// Formula: mid = ema((high + low + close) / 3, n); top, low = mid ± k atr(atr_n). Source: L. Raschke's form of C. Keltner, 1960; TA-Lib KC.
indicator keltner(n: bars = 20, k: float = 2, atr_n: bars = 10) -> (mid: price, top: price,
  low: price) {
  let m = ema((high + low + close) / 3, n)
  let d = k * rma(delayed_start(true_range(), max(n - atr_n, 0)), atr_n)
  give m, m + d, m - d
}

/// Donchian channel: highest high and lowest low of the last `n` bars, this one included, and their middle.
/// Source: R. Donchian; TA-Lib DONCHIAN.
indicator donchian(n: bars = 20) -> (mid: price, top: price, low: price) {
  let t = highest(high, n)
  let b = lowest(low, n)
  give (t + b) / 2, t, b
}

/// Acceleration bands: averages of highs and lows widened by the bar's relative range.
/// Formula: top = sma(high (1 + 4 (high - low) / (high + low))), mid = sma(close), low = sma(low (1 - 4 (high - low) / (high + low))).
/// Source: P. Headley, 2002; TA-Lib ACCBANDS.
indicator accbands(n: bars = 20) -> (mid: price, top: price, low: price) {
  let w = if high + low == 0 then 0 else 4 * (high - low) / (high + low)
  give sma(close, n), sma(high * (1 + w), n), sma(low * (1 - w), n)
}

/// Chaikin's volatility: the rate of change of a smoothed range, in percent points; 0 when there was no range.
/// Formula: roc(ema(high - low, n), m). Source: M. Chaikin; TA-Lib CVI. Units: none.
indicator chaikin_volatility(n: bars = 10, m: bars = 10) -> float {
  let e = ema(high - low, n)
  give if e[m] == 0 then 0 else roc(e, m)
}

/// Mass index: bulges of the range warn of a reversal. A market without range counts 1 a bar.
/// Formula: sum over `m` bars of ema(high - low, n) / ema(ema(high - low, n), n). Source: D. Dorsey, 1992; TA-Lib MASSI.
/// Units: none.
indicator mass_index(n: bars = 9, m: bars = 25) -> float {
  let e = ema(high - low, n)
  let ee = ema(e, n)
  give sum_of(if ee == 0 then 1 else e / ee, m)
}

/// Relative volatility index, 0..100: the relative strength index of the standard deviation, its direction given by the
/// price; 50 when nothing moved. Formula: 100 up / (up + down), Wilder averages of stdev(x, m) on rising and on falling bars.
/// Source: D. Dorsey, 1993; TA-Lib RVI. Units: none.
indicator rvi(x: num, n: bars = 14, m: bars = 10) -> float {
  let s = stdev(x, m)
  let up = rma(if x > x[1] then s else 0, n)
  let down = rma(if x < x[1] then s else 0, n)
  give if up + down == 0 then 50 else 100 * (up / (up + down))
}

/// Choppiness index, 0..100: high in ranges, low in trends.
/// Formula: 100 log10(sum of true range / (highest high - lowest low)) / log10(n). Source: E. Dreiss, 1993. Units: none.
indicator choppiness(n: bars = 14) -> float {
  let width = highest(high, n) - lowest(low, n)
  give if width == 0 then 100 else 100 * log10(sum_of(true_range(), n) / width) / log10(float(n))
}

/// Ulcer index: root mean square of the drawdown from the highest value of the last `n` bars, in percent points.
/// Formula: sqrt(mean of (100 (x / highest(x, n) - 1))²). Source: P. Martin, 1987. Units: none.
indicator ulcer_index(x: num, n: bars = 14) -> float {
  let d = 100 * (x / highest(x, n) - 1)
  give sqrt(mean_of(d * d, n))
}

/// Volatility of log returns over `n` bars, annualised with `bars_a_year`.
/// Formula: sqrt(bars_a_year) sample_stdev(ln(x / x[1]), n). Units: fraction a year.
indicator historical_volatility(x: num, n: bars = 20, bars_a_year: float = 365) -> float {
  give sqrt(bars_a_year) * sample_stdev(log(x / x[1]), n)
}

/// Parkinson's volatility per bar from the ranges of `n` bars.
/// Formula: sqrt(mean of ln(high / low)² / (4 ln 2)). Source: M. Parkinson, Journal of Business, 1980. Units: fraction a bar.
indicator parkinson(n: bars = 20) -> float {
  let r = log(high / low)
  give sqrt(mean_of(r * r, n) / 2.772588722239781)
}

/// Garman-Klass volatility per bar from open, high, low and close of `n` bars.
/// Formula: sqrt(mean of ln(h / l)² / 2 - (2 ln 2 - 1) ln(c / o)²). Source: M. Garman and M. Klass, 1980. Units: fraction a bar.
indicator garman_klass(n: bars = 20) -> float {
  let r = log(high / low)
  let b = log(close / open)
  give sqrt(max(mean_of(0.5 * r * r - 0.3862943611198906 * b * b, n), 0))
}

/// Rogers-Satchell volatility per bar, unbiased under drift.
/// Formula: sqrt(mean of ln(h / c) ln(h / o) + ln(l / c) ln(l / o)). Source: L. Rogers and S. Satchell, 1991. Units: fraction a bar.
indicator rogers_satchell(n: bars = 20) -> float {
  let v = log(high / close) * log(high / open) + log(low / close) * log(low / open)
  give sqrt(max(mean_of(v, n), 0))
}

/// Chandelier exits: the highest high minus, the lowest low plus `k` average true ranges.
/// Source: C. LeBeau; A. Elder, 2002.
indicator chandelier(n: bars = 22, k: float = 3) -> (long_exit: price, short_exit: price) {
  let d = k * atr(n)
  give highest(high, n) - d, lowest(low, n) + d
}

/// Relative range: this bar's true range in units of its average. Formula: true_range / atr(n). Units: none.
indicator relative_range(n: bars = 14) -> float {
  let a = atr(n)
  give if a == 0 then 0 else true_range() / a
}

/// Whether this bar has the narrowest range of the last `n` bars (NR4, NR7).
/// Source: T. Crabel, Day Trading with Short Term Price Patterns, 1990.
indicator narrowest_range(n: bars = 7) -> bool {
  give high - low <= lowest(high - low, n)
}

/// Whether this bar has the widest range of the last `n` bars (WS4, WS7). Source: T. Crabel, 1990.
indicator widest_range(n: bars = 7) -> bool {
  give high - low >= highest(high - low, n)
}

/// Aberration: an average of the typical price and an average true range to both sides of it.
/// Formula: mid = sma((high + low + close) / 3, n); top, low = mid ± atr(atr_n). Source: K. Fitschen; pandas-ta aberration.
indicator aberration(n: bars = 5, atr_n: bars = 15) -> (mid: price, top: price, low: price) {
  let m = sma((high + low + close) / 3, n)
  let d = atr(atr_n)
  give m, m + d, m - d
}

/// Keltner channel around an average of the close, as wide as `k` exponential averages of the true range.
/// Formula: mid = ema(close, n); top, low = mid ± k ema(true_range, n). Source: pandas-ta kc; TA-Lib's KC is `keltner`.
indicator kc(n: bars = 20, k: float = 2, kind: MaType = MaType.ema) -> (mid: price, top: price,
  low: price) {
  let m = ma(close, n, kind)
  let d = k * ma(true_range(), n, kind)
  give m, m + d, m - d
}

/// Annualised volatility of log returns, population standard deviation.
/// Formula: sqrt(bars_a_year) stdev(ln(x / x[1]), n). Source: Tulip Indicators volatility; pandas-ta avolume. Units:
/// fraction a year.
indicator avolume(x: num, n: bars = 20, bars_a_year: float = 252) -> float {
  give sqrt(bars_a_year) * stdev(log(x / x[1]), n)
}

/// Distance that the price travelled within the bar at least. Formula: 2 (high - low) + |open - close[1]| - |close - open|.
/// Source: pandas-ta pdist.
indicator pdist() -> price {
  give 2 * (high - low) + abs(open - close[1]) - abs(close - open)
}

/// Elder's thermometer: how far the bar reaches beyond the one before, its average, and whether the market is quiet enough to
/// enter (`calm`, below `k_calm` averages) or hot enough to leave (`hot`, above `k_hot` averages).
/// Formula: size = max(|high - high[1]|, |low[1] - low|); average = ema(size, n).
/// Source: A. Elder, Come Into My Trading Room, 2002; pandas-ta thermo.
indicator thermo(n: bars = 20, k_calm: float = 2, k_hot: float = 0.5) -> (size: price,
  average: price, calm: bool, hot: bool) {
  let size = max(abs(high - high[1]), abs(low[1] - low))
  let average = ema(size, n)
  give size, average, size < k_calm * average, size > k_hot * average
}

test "true range and its average" {
  given high = [3, 5, 9, 9]
  given low = [1, 4, 7, 5]
  given close = [2, 5, 8, 6]
  assert true_range() is [_, 3, 4, 4]
  assert atr(2) is [_, _, 3.5, 3.75]
  assert natr(2) is [_, _, 43.75, 62.5]
  assert adr(2) is [_, 1.5, 1.5, 3]
  assert relative_range(2) is [_, _, 1.1428571428571428, 1.0666666666666667]
}

test "spread around the mean" {
  given close = [1, 3, 5, 5]
  assert variance(close, 2) is [_, 1, 1, 0]
  assert stdev(close, 2) is [_, 1, 1, 0]
  assert sample_stdev(close, 2) is [_, 1.4142135623730951, 1.4142135623730951, 0]
  assert (bollinger(close, 2).mid) is [_, 2, 4, 5]
  assert (bollinger(close, 2).top) is [_, 4, 6, 5]
  assert (bollinger(close, 2).low) is [_, 0, 2, 5]
  assert percent_b(close, 2) is [_, 0.75, 0.75, 0.5]
  assert bandwidth(close, 2) is [_, 2, 1, 0]
}

test "channels" {
  given high = [2, 4, 3, 3]
  given low = [1, 2, 2, 1]
  given close = [2, 3, 3, 2]
  assert (donchian(2).top) is [_, 4, 4, 3]
  assert (donchian(2).low) is [_, 1, 2, 1]
  assert (donchian(2).mid) is [_, 2.5, 3, 2]
  assert (keltner(2, 2, 2).mid) is [_, 2.3333333333333335, 2.5555555555555554, 2.185185185185185]
  assert (keltner(2, 2, 2).top) is [_, _, 5.555555555555555, 5.685185185185185]
  assert (accbands(1).mid) is [2, 3, 3, 2]
  assert (chandelier(2, 1).long_exit) is [_, _, 2.5, 1.25]
  assert (chandelier(2, 1).short_exit) is [_, _, 3.5, 2.75]
  assert narrowest_range(2) is [_, false, true, false]
  assert widest_range(2) is [_, true, false, true]
}

test "volatility of still bars is nothing" {
  given open = [2, 2, 2, 2]
  given high = [2, 2, 2, 2]
  given low = [2, 2, 2, 2]
  given close = [2, 2, 2, 2]
  assert parkinson(2) is [_, 0, 0, 0]
  assert garman_klass(2) is [_, 0, 0, 0]
  assert rogers_satchell(2) is [_, 0, 0, 0]
  assert historical_volatility(close, 2) is [_, _, 0, 0]
  assert ulcer_index(close, 2) is [_, _, 0, 0]
  assert choppiness(2) is [_, _, 100, 100]
  assert rvi(close, 2, 2) is [_, _, 50, 50]
  assert chaikin_volatility(2, 1) is [_, _, 0, 0]
  assert mass_index(2, 1) is [_, _, 1, 1]
}

test "distances of bars" {
  given open = [1, 2, 4]
  given high = [3, 5, 9]
  given low = [1, 2, 4]
  given close = [2, 5, 8]
  assert pdist() is [_, 3, 7]
  assert (thermo(1).size) is [_, 2, 4]
  assert (thermo(2).average) is [_, _, 3]
  assert (thermo(2).calm) is [_, _, true]
  assert (thermo(2, 1, 2).hot) is [_, _, false]
  assert (aberration(1, 1).top) is [_, 7, 12]
  assert (kc(1, 2).low) is [_, -1, -2]
  assert avolume(close, 2, 1) is [_, _, 0.22314355131420976]
}

test "bands enclose their middle" {
  forall random_bars(500)
  assert bollinger(close, 20).top >= bollinger(close, 20).low
  assert keltner(20).top >= keltner(20).mid
  assert donchian(20).low <= close and close <= donchian(20).top
}

test "range measures of equal bars" {
  given high = [3, 3, 3, 3, 3]
  given low = [1, 1, 1, 1, 1]
  given close = [2, 2, 2, 2, 2]
  assert mass_index(2, 2) is [_, _, _, 2, 2]
  assert chaikin_volatility(2, 2) is [_, _, _, 0, 0]
}
