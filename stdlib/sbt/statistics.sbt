#sbt 1

/// Relative change over `n` bars as a fraction. Formula: x / x[n] - 1. Units: none.
indicator returns(x: num, n: bars = 1) -> float {
  give x / x[n] - 1
}

/// Logarithmic change over `n` bars. Formula: ln(x / x[n]). Units: none.
indicator log_returns(x: num, n: bars = 1) -> float {
  give log(x / x[n])
}

/// Distance from the mean in sample standard deviations; 0 when nothing moved.
/// Formula: (x - sma(x, n)) / sample_stdev(x, n). Source: pandas-ta zscore. Units: none.
indicator zscore(x: num, n: bars = 30) -> float {
  let s = sample_stdev(x, n)
  give if s == 0 then 0 else (x - mean_of(x, n)) / s
}

/// Mean absolute deviation from the mean. Formula: mean of |x[i] - sma(x, n)|. Source: TA-Lib AVGDEV. Units: those of `x`.
indicator avgdev(x: num, n: bars = 14) -> num {
  let m = mean_of(x, n)
  give sum(i in 0..<n: abs(x[i] - m)) / n
}

/// Median of the last `n` values; the mean of the two middle ones when `n` is even. Units: those of `x`.
indicator median(x: num, n: bars = 30) -> num {
  give (kth(x, n, floor((n - 1) / 2)) + kth(x, n, floor(n / 2))) / 2
}

/// Percentile `p` (0..100) of the last `n` values by nearest rank: the value itself, never a mean of two.
/// Formula: the ceil(n p / 100)-th smallest. Source: TA-Lib PERCENTILE. Units: those of `x`.
indicator percentile(x: num, n: bars = 30, p: float = 50) -> num {
  give kth(x, n, max(ceil(n * p / 100) - 1, 0))
}

/// Quantile `q` (0..1) of the last `n` values, linear between neighbours.
/// Formula: rank h = (n - 1) q. Source: R. Hyndman and Y. Fan, 1996, type 7 (the default of NumPy). Units: those of `x`.
indicator quantile(x: num, n: bars = 30, q: float = 0.5) -> num {
  let h = (n - 1) * q
  let a = kth(x, n, floor(h))
  let b = kth(x, n, ceil(h))
  give a + (h - floor(h)) * (b - a)
}

/// Percent rank, 0..100: the share of the `n` values before this one that lie below it.
/// Source: TA-Lib PERCENTRANK. Units: none.
indicator percent_rank(x: num, n: bars = 100) -> float {
  give 100 * count(i in 1..n: x[i] < x) / n
}

/// Place of the value in its range over `n` bars, 0..1; 0.5 when the range is empty.
/// Formula: (x - lowest) / (highest - lowest). Units: none.
indicator place_in_range(x: num, n: bars = 20) -> float {
  let a = lowest(x, n)
  let w = highest(x, n) - a
  give if w == 0 then 0.5 else (x - a) / w
}

/// Slope of the least-squares line through the last `n` values, a bar.
/// Formula: sum of ((n - 1) / 2 - i) x[i] / (n (n² - 1) / 12). Source: TA-Lib LINEARREG_SLOPE. Units: those of `x` a bar.
indicator linreg_slope(x: num, n: bars = 14) -> num {
  let c = (n - 1) / 2
  let k = 12 / (n * (n * n - 1))
  give sum(i in 0..<n: (c - i) * x[i]) * k
}

/// Value of the least-squares line at the newest bar. Source: TA-Lib LINEARREG. Units: those of `x`.
indicator linreg(x: num, n: bars = 14) -> num {
  give mean_of(x, n) + linreg_slope(x, n) * ((n - 1) / 2)
}

/// Value of the least-squares line at the oldest bar of the window. Source: TA-Lib LINEARREG_INTERCEPT. Units: those of `x`.
indicator linreg_intercept(x: num, n: bars = 14) -> num {
  give mean_of(x, n) - linreg_slope(x, n) * ((n - 1) / 2)
}

/// Angle of the least-squares line in degrees (depends on the scale of `x`). Source: TA-Lib LINEARREG_ANGLE. Units: degrees.
indicator linreg_angle(x: num, n: bars = 14) -> float {
  give atan(float(linreg_slope(x, n))) * 57.29577951308232
}

/// Time series forecast: the least-squares line continued by one bar. Source: TA-Lib TSF. Units: those of `x`.
indicator tsf(x: num, n: bars = 14) -> num {
  give mean_of(x, n) + linreg_slope(x, n) * ((n + 1) / 2)
}

/// Share of the variance that the least-squares line explains, 0..1; 0 when nothing moved.
/// Formula: slope² (n (n² - 1) / 12) / sum of squared deviations. Units: none.
indicator linreg_r2(x: num, n: bars = 14) -> float {
  let s = linreg_slope(x, n)
  let d = sqdev_of(x, n)
  give if d == 0 then 0 else s * s * (n * (n * n - 1) / 12) / d
}

/// Least-squares line with a channel of `k` standard errors of the residuals.
/// Formula: mid ± k sqrt((1 - r²) · sum of squared deviations / n). Units: those of `x`.
indicator linreg_channel(x: num, n: bars = 100, k: float = 2) -> (mid: num, top: num, low: num) {
  let m = linreg(x, n)
  let d = k * sqrt(max(1 - linreg_r2(x, n), 0)) * stdev(x, n)
  give m, m + d, m - d
}

/// Pearson correlation of two series over `n` bars, -1..1; 0 when one of them did not move.
/// Formula: sum of (x - mx)(y - my) / sqrt(sum of (x - mx)² · sum of (y - my)²). Source: TA-Lib CORREL. Units: none.
indicator correlation(x: num, y: num2, n: bars = 30) -> float {
  let mx = mean_of(x, n)
  let my = mean_of(y, n)
  let d = sqrt(sqdev_of(x, n)) * sqrt(sqdev_of(y, n))
  give if d == 0 then 0 else sum(i in 0..<n: (x[i] - mx) * (y[i] - my)) / d
}

/// Correlation of a series with itself `lag` bars ago. Units: none.
indicator autocorrelation(x: num, n: bars = 30, lag: bars = 1) -> float {
  give correlation(x, x[lag], n)
}

/// Beta: slope of the one-bar returns of `y` on those of `x` over `n` bars; 0 when `x` did not move.
/// Source: TA-Lib BETA(x, y). Units: none.
indicator beta(x: num, y: num2, n: bars = 5) -> float {
  let rx = x / x[1] - 1
  let ry = y / y[1] - 1
  let mx = mean_of(rx, n)
  let my = mean_of(ry, n)
  let d = sqdev_of(rx, n)
  give if d == 0 then 0 else sum(i in 0..<n: (rx[i] - mx) * (ry[i] - my)) / d
}

/// Sample skewness over `n` values (pandas' unbiased form); 0 when nothing moved.
/// Formula: n / ((n - 1)(n - 2)) · sum of ((x - m) / s)³, s the sample standard deviation. Source: pandas-ta skew. Units: none.
indicator skew(x: num, n: bars = 30) -> float {
  let m = mean_of(x, n)
  let s = sample_stdev(x, n)
  give if s == 0 then 0
    else n / ((n - 1) * (n - 2)) * sum(i in 0..<n: (x[i] - m) / s * ((x[i] - m) / s) * ((x[i] - m) / s))
}

/// Sample excess kurtosis over `n` values (pandas' unbiased form); 0 when nothing moved.
/// Formula: n (n + 1) / ((n - 1)(n - 2)(n - 3)) · sum of ((x - m) / s)⁴ - 3 (n - 1)² / ((n - 2)(n - 3)).
/// Source: pandas-ta kurtosis. Units: none.
indicator kurtosis(x: num, n: bars = 30) -> float {
  let m = mean_of(x, n)
  let s = sample_stdev(x, n)
  let a = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3))
  let b = 3 * (n - 1) * (n - 1) / ((n - 2) * (n - 3))
  let f = sum(i in 0..<n: (x[i] - m) / s * ((x[i] - m) / s) * ((x[i] - m) / s) * ((x[i] - m) / s))
  give if s == 0 then 0 else a * f - b
}

/// Shannon entropy of the values' shares of their sum, in bits. Formula: -sum of p log2(p), p = x[i] / sum, as it stood on
/// each bar. Source: pandas-ta entropy. Units: bits.
indicator entropy(x: num, n: bars = 10) -> float {
  let p = x / sum_of(x, n)
  give sum_of(-p * log(p) * 1.4426950408889634, n)
}

/// Mean of the returns in units of their standard deviation over `n` bars, not annualised. Units: none.
indicator rolling_sharpe(x: num, n: bars = 30) -> float {
  let r = returns(x)
  let s = sample_stdev(r, n)
  give if s == 0 then 0 else mean_of(r, n) / s
}

/// Standard error of the mean. Formula: sample_stdev(x, n) / sqrt(n). Source: pandas-ta stderr. Units: those of `x`.
indicator stderr(x: num, n: bars = 14) -> num {
  give sample_stdev(x, n) / sqrt(float(n))
}

/// Least-squares line through the last `n` values with channels of one, two and three sample standard deviations of the
/// values. Formula: mid = linreg(x, n); top, low = mid ± i sample_stdev(x, n). Source: thinkorswim's standard deviation
/// channel; pandas-ta tos_stdevall, which draws the newest line over the past. Units: those of `x`.
indicator tos_stdevall(x: num, n: bars = 30) -> (mid: num, top1: num, low1: num, top2: num,
  low2: num, top3: num, low3: num) {
  let m = linreg(x, n)
  let d = sample_stdev(x, n)
  give m, m + d, m - d, m + 2 * d, m - 2 * d, m + 3 * d, m - 3 * d
}

/// Entropy of the last `n` values' shares of their sum, in bits. `entropy` takes each share as it stood on its own bar.
/// Formula: log2(s) - sum of x[i] log2(x[i]) / s, s the sum of x[i]; for values above 0. Source: C. Shannon, 1948;
/// pandas-ta-classic entropy. Units: bits.
indicator window_entropy(x: num, n: bars = 10) -> float {
  let s = float(sum_of(x, n))
  give -sum(i in 0..<n: float(x[i]) / s * log(float(x[i]) / s)) * 1.4426950408889634
}

/// Fall from the highest value since the first bar: its size, its share of that high, and the logarithm of the ratio.
/// Formula: size = record_high(x) - x; share = 1 - x / record_high(x); log = ln(record_high(x)) - ln(x).
/// Source: pandas-ta drawdown. Units: those of `x`; none; none.
indicator drawdown(x: num) -> (size: num, share: float, log: float) {
  let top = record_high(x)
  give top - x, 1 - x / top, log(top / x)
}

/// The bar in standard deviations: each price's distance from its own mean over `n` bars.
/// Formula: zscore(·, n) of open, high, low and close. Source: pandas-ta cdl_z. Units: none.
indicator cdl_z(n: bars = 30) -> (open: float, high: float, low: float, close: float) {
  give zscore(open, n), zscore(high, n), zscore(low, n), zscore(close, n)
}

/// Middle of the bar. Formula: (high + low) / 2. Source: TA-Lib MEDPRICE.
indicator median_price() -> price {
  give (high + low) / 2
}

/// Typical price. Formula: (high + low + close) / 3. Source: TA-Lib TYPPRICE.
indicator typical_price() -> price {
  give (high + low + close) / 3
}

/// Average price. Formula: (open + high + low + close) / 4. Source: TA-Lib AVGPRICE.
indicator average_price() -> price {
  give (open + high + low + close) / 4
}

/// Weighted close. Formula: (high + low + 2 close) / 4. Source: TA-Lib WCLPRICE.
indicator weighted_close() -> price {
  give (high + low + 2 * close) / 4
}

test "returns" {
  given close = [1, 2, 3]
  assert returns(close) is [_, 1, 0.5]
  assert returns(close, 2) is [_, _, 2]
  assert log_returns(close) is [_, 0.6931471805599453, 0.4054651081081644]
}

test "spread and rank" {
  given close = [1, 2, 6, 3]
  assert avgdev(close, 3) is [_, _, 2, 1.5555555555555554]
  assert median(close, 3) is [_, _, 2, 3]
  assert median(close, 2) is [_, 1.5, 4, 4.5]
  assert percentile(close, 3, 25) is [_, _, 1, 2]
  assert percentile(close, 3, 50) is [_, _, 2, 3]
  assert quantile(close, 3, 0.25) is [_, _, 1.5, 2.5]
  assert percent_rank(close, 2) is [_, _, 100, 50]
  assert place_in_range(close, 3) is [_, _, 1, 0.25]
  assert zscore(close, 2) is [_, 0.7071067811865475, 0.7071067811865475, -0.7071067811865475]
}

test "least squares of a straight line" {
  given close = [1, 3, 5, 7]
  assert linreg(close, 3) is [_, _, 5, 7]
  assert linreg_slope(close, 3) is [_, _, 2, 2]
  assert linreg_intercept(close, 3) is [_, _, 1, 3]
  assert tsf(close, 3) is [_, _, 7, 9]
  assert linreg_angle(close, 3) is [_, _, 63.43494882292201, 63.43494882292201]
  assert linreg_r2(close, 3) is [_, _, 1, 1]
  assert (linreg_channel(close, 3, 2).top) is [_, _, 5, 7]
}

test "correlation" {
  given close = [1, 2, 3, 1]
  given open = [2, 4, 6, 7]
  assert correlation(close, open, 3) is [_, _, 1, -0.32732683535398854]
  assert beta(close, close, 2) is [_, _, 1, 1]
  assert autocorrelation(open, 2, 1) is [_, _, 1, 1]
}

test "higher moments of a symmetric window" {
  given close = [1, 2, 3, 4, 5]
  assert skew(close, 5) is [_, _, _, _, 0]
  assert kurtosis(close, 5) is [_, _, _, _, -1.2]
  assert rolling_sharpe(close, 2) is [_, _, 2.1213203435596424, 3.5355339059327355,
    4.949747468305837]
}

test "channels around a line" {
  given close = [1, 3, 5, 7]
  assert stderr(close, 4) is [_, _, _, 1.2909944487358056]
  assert (tos_stdevall(close, 3).mid) is [_, _, 5, 7]
  assert (tos_stdevall(close, 3).top2) is [_, _, 9, 11]
  assert (tos_stdevall(close, 3).low3) is [_, _, -1, 1]
}

test "falls from the top" {
  given close = [1, 4, 2, 4]
  assert (drawdown(close).size) is [0, 0, 2, 0]
  assert (drawdown(close).share) is [0, 0, 0.5, 0]
  assert (drawdown(close).log) is [0, 0, 0.6931471805599453, 0]
  assert window_entropy(close, 2) is [_, 0.7219280948873623, 0.9182958340544896, 0.9182958340544896]
  assert (cdl_z(2).close) is [_, 0.7071067811865475, -0.7071067811865475, 0.7071067811865475]
}

test "entropy of equal shares" {
  given close = [1, 1, 1, 1]
  assert entropy(close, 2) is [_, _, 1, 1]
}

test "prices of a bar" {
  given open = [1]
  given high = [5]
  given low = [1]
  given close = [3]
  assert median_price() is [3]
  assert typical_price() is [3]
  assert average_price() is [2.5]
  assert weighted_close() is [3]
}
