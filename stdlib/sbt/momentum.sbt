#sbt 1

/// Change over `n` bars. Formula: x - x[n]. Source: TA-Lib MOM. Units: those of `x`.
indicator mom(x: num, n: bars = 10) -> num {
  give x - x[n]
}

/// Rate of change over `n` bars, in percent points. Formula: 100 (x / x[n] - 1). Source: TA-Lib ROC. Units: none.
indicator roc(x: num, n: bars = 10) -> float {
  give (x / x[n] - 1) * 100
}

/// Rate of change as a fraction. Formula: (x - x[n]) / x[n]. Source: TA-Lib ROCP. Units: none.
indicator rocp(x: num, n: bars = 10) -> float {
  give (x - x[n]) / x[n]
}

/// Ratio to the value `n` bars ago. Formula: x / x[n]. Source: TA-Lib ROCR. Units: none.
indicator rocr(x: num, n: bars = 10) -> float {
  give x / x[n]
}

/// Ratio to the value `n` bars ago, times 100. Formula: 100 x / x[n]. Source: TA-Lib ROCR100. Units: none.
indicator rocr100(x: num, n: bars = 10) -> float {
  give x / x[n] * 100
}

/// Relative strength index, 0..100; 50 when nothing moved (TA-Lib says 0 there).
/// Formula: 100 up / (up + down), Wilder averages of the rises and of the falls.
/// Source: J. W. Wilder, 1978; TA-Lib RSI. Units: none.
indicator rsi(x: num, n: bars = 14) -> float {
  let d = x - x[1]
  let up = rma(max(d, 0), n)
  let down = rma(max(-d, 0), n)
  let total = up + down
  give if total == 0 then 50 else 100 * (up / total)
}

/// Chande momentum oscillator with Wilder's smoothing, -100..100; 0 when nothing moved.
/// Formula: 100 (up - down) / (up + down). Source: TA-Lib CMO. Units: none.
indicator cmo(x: num, n: bars = 14) -> float {
  let d = x - x[1]
  let up = rma(max(d, 0), n)
  let down = rma(max(-d, 0), n)
  let total = up + down
  give if total == 0 then 0 else 100 * ((up - down) / total)
}

/// Chande momentum oscillator over plain sums, as its author defined it, -100..100.
/// Formula: 100 (up - down) / (up + down), sums of rises and falls over `n` bars.
/// Source: T. Chande, The New Technical Trader, 1994; TA-Lib CMOU. Units: none.
indicator cmo_sum(x: num, n: bars = 14) -> float {
  let d = x - x[1]
  let total = sum_of(abs(d), n)
  give if total == 0 then 0 else 100 * (sum_of(d, n) / total)
}

/// Moving average convergence/divergence: the distance of two exponential averages, its average and their difference.
/// Formula: line = ema(x, fast) - ema(x, slow); signal = ema(line, signal); hist = line - signal. Both averages start on
/// the same bar, as in TA-Lib MACD. Source: G. Appel, 1979. Units: those of `x`.
indicator macd(x: num, fast: bars = 12, slow: bars = 26, signal: bars = 9) -> (line: num,
  signal: num, hist: num) {
  let m = ema_from(x, fast, slow - 1) - ema(x, slow)
  let s = ema(m, signal)
  give m, s, m - s
}

/// MACD with Appel's fixed factors 0.15 (12 bars) and 0.075 (26 bars).
/// Source: TA-Lib MACDFIX. Units: those of `x`.
indicator macdfix(x: num, signal: bars = 9) -> (line: num, signal: num, hist: num) {
  let fast = 1 - 0.15
  let slow = 1 - 0.075
  rec f = fma(f[1], fast, x * (1 - fast)) init delayed_start(mean_of(x, 12), 25) settle 48
  rec s = fma(s[1], slow, x * (1 - slow)) init mean_of(x, 26) settle 104
  let m = f - s
  let e = ema(m, signal)
  give m, e, m - e
}

/// MACD from simple averages. Source: TA-Lib MACDEXT with its default average. Units: those of `x`.
indicator macd_sma(x: num, fast: bars = 12, slow: bars = 26, signal: bars = 9) -> (line: num,
  signal: num, hist: num) {
  let m = sma(x, fast) - sma(x, slow)
  let s = sma(m, signal)
  give m, s, m - s
}

/// MACD from averages of chosen kinds. Both averages start on the same bar.
/// Formula: line = ma(x, fast, fast_kind) - ma(x, slow, slow_kind); signal = ma(line, signal, signal_kind); hist = line -
/// signal. Source: TA-Lib MACDEXT. Units: those of `x`.
indicator macdext(x: num, fast: bars = 12, fast_kind: MaType = MaType.sma, slow: bars = 26,
  slow_kind: MaType = MaType.sma, signal: bars = 9, signal_kind: MaType = MaType.sma) -> (line: num,
  signal: num, hist: num) {
  let a = ma_lookback(fast, fast_kind)
  let b = ma_lookback(slow, slow_kind)
  let f = ma(delayed_start(x, max(b - a, 0)), fast, fast_kind)
  let m = f - ma(delayed_start(x, max(a - b, 0)), slow, slow_kind)
  let s = ma(m, signal, signal_kind)
  give m, s, m - s
}

/// MACD of volume-weighted averages: their distance, its volume-weighted average and the difference of both.
/// Formula: line = vwma(x, fast) - vwma(x, slow); signal = vwma(line, signal). Source: B. Dormeier; pandas-ta vwmacd.
/// Units: those of `x`.
indicator vwmacd(x: num, fast: bars = 12, slow: bars = 26, signal: bars = 9) -> (line: num,
  signal: num, hist: num) {
  let m = vwma(x, fast) - vwma(x, slow)
  let s = vwma(m, signal)
  give m, s, m - s
}

/// Absolute price oscillator: the distance of a fast and a slow average, exponential unless another kind is asked for.
/// Formula: ma(x, fast, kind) - ma(x, slow, kind). Source: TA-Lib APO. Units: those of `x`.
indicator apo(x: num, fast: bars = 12, slow: bars = 26, kind: MaType = MaType.ema) -> num {
  give ma(x, fast, kind) - ma(x, slow, kind)
}

/// Percentage price oscillator: `apo` in percent points of the slow average; 0 when that is 0.
/// Formula: 100 (ma(x, fast, kind) - ma(x, slow, kind)) / ma(x, slow, kind). Source: TA-Lib PPO. Units: none.
indicator ppo(x: num, fast: bars = 12, slow: bars = 26, kind: MaType = MaType.ema) -> float {
  let s = ma(x, slow, kind)
  give if s == 0 then 0 else (ma(x, fast, kind) - s) / s * 100
}

/// Percentage volume oscillator: `ppo` of the volume. Source: TA-Lib PVO. Units: none.
indicator pvo(fast: bars = 12, slow: bars = 26, kind: MaType = MaType.ema) -> float {
  give ppo(volume, fast, slow, kind)
}

/// Position of the close in the range of the last `k` bars, 0..100, and its average; 0 when the range is empty.
/// Formula: k = 100 (close - lowest low) / (highest high - lowest low); d = ma(k). Source: G. Lane; TA-Lib STOCHF.
/// Units: none.
indicator stochf(k: bars = 5, d: bars = 3, d_kind: MaType = MaType.sma) -> (k: float, d: float) {
  let low_end = lowest(low, k)
  let width = highest(high, k) - low_end
  let fast = if width == 0 then 0 else 100 * ((close - low_end) / width)
  give fast, ma(fast, d, d_kind)
}

/// Slow stochastic oscillator, 0..100: the fast one smoothed, and its average.
/// Formula: k = ma(stochf.k, smooth); d = ma(k). Source: G. Lane; TA-Lib STOCH (5, 3, 3). Units: none.
indicator stoch(k: bars = 5, smooth: bars = 3, d: bars = 3, smooth_kind: MaType = MaType.sma,
  d_kind: MaType = MaType.sma) -> (k: float, d: float) {
  let low_end = lowest(low, k)
  let width = highest(high, k) - low_end
  let fast = if width == 0 then 0 else 100 * ((close - low_end) / width)
  let slow = ma(fast, smooth, smooth_kind)
  give slow, ma(slow, d, d_kind)
}

/// Stochastic oscillator of the relative strength index, 0..100; 0 when the index did not move (by more than rounding).
/// Formula: k = position of rsi(x, n) in its range over `k` bars; d = ma(k). Source: T. Chande and S. Kroll, 1994;
/// TA-Lib STOCHRSI. Units: none.
indicator stochrsi(x: num, n: bars = 14, k: bars = 5, d: bars = 3,
  d_kind: MaType = MaType.sma) -> (k: float, d: float) {
  let r = rsi(x, n)
  let low_end = lowest(r, k)
  let width = highest(r, k) - low_end
  let fast = if width < 1e-10 then 0 else 100 * ((r - low_end) / width)
  give fast, ma(fast, d, d_kind)
}

/// KDJ: a stochastic oscillator smoothed with Wilder averages, and the exaggerated line j.
/// Formula: k = rma(position in range, smooth); d = rma(k); j = 3 k - 2 d. Source: TA-Lib KDJ. Units: none.
indicator kdj(n: bars = 9, smooth: bars = 3, d: bars = 3) -> (k: float, d: float, j: float) {
  let kk = rma(stochf(n, 1).k, smooth)
  let dd = rma(kk, d)
  give kk, dd, 3 * kk - 2 * dd
}

/// Williams %R, -100..0: how far the close is below the top of the range; 0 when the range is empty.
/// Formula: -100 (highest high - close) / (highest high - lowest low). Source: L. Williams, 1979; TA-Lib WILLR.
/// Units: none.
indicator willr(n: bars = 14) -> float {
  let top = highest(high, n)
  let width = top - lowest(low, n)
  give if width == 0 then 0 else -100 * ((top - close) / width)
}

/// Commodity channel index: distance of the typical price from its average in mean absolute deviations.
/// Formula: (tp - sma(tp)) / (0.015 mean |tp[i] - sma(tp)|), tp = (high + low + close) / 3; 0 when nothing moved.
/// Source: D. Lambert, 1980; TA-Lib CCI. Units: none.
indicator cci(n: bars = 20) -> float {
  let tp = (high + low + close) / 3
  let m = sma(tp, n)
  let spread = sum(i in 0..<n: abs(tp[i] - m)) * (0.015 / n)
  give if spread == 0 then 0 else (tp - m) / spread
}

/// Money flow index, 0..100: the relative strength index of money flow; 0 when there was none.
/// Formula: 100 up / (up + down), sums over `n` bars of tp volume on rising and falling typical prices tp; a change
/// within rounding (1e-12 of the price) is none.
/// Source: G. Quong and A. Soudack, Stocks & Commodities, 1989; TA-Lib MFI. Units: none.
indicator mfi(n: bars = 14) -> float {
  let tp = (high + low + close) / 3
  let flow = tp * volume
  let change = tp - tp[1]
  let least = 1e-12 * tp
  let up = sum_of(if change > least then flow else 0, n)
  let down = sum_of(if change < -least then flow else 0, n)
  give if up + down == 0 then 0 else 100 * (up / (up + down))
}

/// Balance of power, -1..1: where the bar closed relative to its open, in units of its range.
/// Formula: (close - open) / (high - low); 0 on an empty range. Source: I. Livshin, 2001; TA-Lib BOP. Units: none.
indicator bop() -> float {
  let width = high - low
  give if width == 0 then 0 else (close - open) / width
}

/// Rate of change of a triple exponential average, in percent points.
/// Formula: roc(ema(ema(ema(x, n), n), n), 1). Source: J. Hutson, 1983; TA-Lib TRIX. Units: none.
indicator trix(x: num, n: bars = 30) -> float {
  let e = ema(ema(ema(x, n), n), n)
  give roc(e, 1)
}

/// Ultimate oscillator, 0..100: buying pressure over three spans.
/// Formula: 100 (4 a + 2 b + c) / 7, each the sum of close - true low over the sum of true range.
/// Source: L. Williams, 1985; TA-Lib ULTOSC. Units: none.
indicator ultosc(fast: bars = 7, mid: bars = 14, slow: bars = 28) -> float {
  let true_low = min(low, close[1])
  let pressure = close - true_low
  let range = max(high, close[1]) - true_low
  let ra = sum_of(range, fast)
  let rb = sum_of(range, mid)
  let rc = sum_of(range, slow)
  let a = if ra == 0 then 0 else sum_of(pressure, fast) / ra
  let b = if rb == 0 then 0 else sum_of(pressure, mid) / rb
  let c = if rc == 0 then 0 else sum_of(pressure, slow) / rc
  give (4 * a + 2 * b + c) * (100 / 7)
}

/// True strength index, -100..100: a doubly smoothed momentum over its doubly smoothed size.
/// Formula: 100 ema(ema(d, first), second) / ema(ema(|d|, first), second), d = x - x[1].
/// Source: W. Blau, 1991; TA-Lib TSI. Units: none.
indicator tsi(x: num, first: bars = 25, second: bars = 13) -> float {
  let d = x - x[1]
  let top = ema(ema(d, first), second)
  let den = ema(ema(abs(d), first), second)
  give if den == 0 then 0 else 100 * (top / den)
}

/// Stochastic momentum index, -100..100: distance of the close from the middle of the range, doubly smoothed.
/// Formula: 100 s(close - mid) / (s(range) / 2), s = ema(ema(·, slow), fast); signal = ema. Source: W. Blau, 1993;
/// TA-Lib SMI. Units: none.
indicator smi(n: bars = 13, fast: bars = 2, slow: bars = 25, signal: bars = 9) -> (line: float,
  signal: float) {
  let top = highest(high, n)
  let bottom = lowest(low, n)
  let away = ema(ema(close - (top + bottom) / 2, slow), fast)
  let width = ema(ema(top - bottom, slow), fast) / 2
  let m = if width == 0 then 0 else 100 * (away / width)
  give m, ema(m, signal)
}

/// Awesome oscillator: the distance of two simple averages of the bars' middle.
/// Formula: sma((high + low) / 2, fast) - sma((high + low) / 2, slow). Source: B. Williams; TA-Lib AO.
indicator ao(fast: bars = 5, slow: bars = 34) -> price {
  let m = (high + low) / 2
  give sma(m, fast) - sma(m, slow)
}

/// Accelerator oscillator: the awesome oscillator minus its average.
/// Formula: ao - sma(ao, signal). Source: B. Williams; TA-Lib AC.
indicator ac(fast: bars = 5, slow: bars = 34, signal: bars = 5) -> price {
  let a = ao(fast, slow)
  give a - sma(a, signal)
}

/// Detrended price oscillator: an earlier price against the average around it; never reads the future.
/// Formula: x[n / 2 + 1] - sma(x, n), n / 2 rounded down. Source: TA-Lib DPO. Units: those of `x`.
indicator dpo(x: num, n: bars = 20) -> num {
  give x[bars(floor(n / 2)) + 1] - sma(x, n)
}

/// Coppock curve: a weighted average of two rates of change.
/// Formula: wma(roc(x, long_n) + roc(x, short_n), n). Source: E. Coppock, Barron's, 1962; TA-Lib COPPOCK. Units: none.
indicator coppock(x: num, n: bars = 10, short_n: bars = 11, long_n: bars = 14) -> float {
  give wma(roc(x, long_n) + roc(x, short_n), n)
}

/// Know sure thing: four smoothed rates of change, weighted 1..4, and its average.
/// Formula: sum of w sma(roc(x, r), s) for (r, s) = (10, 10), (15, 10), (20, 10), (30, 15); signal = sma(·, signal).
/// Source: M. Pring, Stocks & Commodities, 1992. Units: none.
indicator kst(x: num, signal: bars = 9) -> (line: float, signal: float) {
  let k = sma(roc(x, 10), 10) + 2 * sma(roc(x, 15), 10) + 3 * sma(roc(x, 20),
    10) + 4 * sma(roc(x, 30), 15)
  give k, sma(k, signal)
}

/// Elder ray: how far the bar's ends reach beyond an exponential average of the close.
/// Formula: bull = high - ema(close, n); bear = low - ema(close, n). Source: A. Elder, 1989; TA-Lib ERI.
indicator elder_ray(n: bars = 13) -> (bull: price, bear: price) {
  let e = ema(close, n)
  give high - e, low - e
}

/// Intraday momentum index, 0..100: rising bodies over all bodies; 50 when there was none.
/// Formula: 100 up / (up + down), sums of close - open and open - close over `n` bars. Source: T. Chande; TA-Lib IMI.
/// Units: none.
indicator imi(n: bars = 14) -> float {
  let total = sum_of(abs(close - open), n)
  give if total == 0 then 50 else 100 * (sum_of(max(close - open, 0), n) / total)
}

/// Qstick: the average body. Formula: sma(close - open, n). Source: T. Chande; TA-Lib QSTICK.
indicator qstick(n: bars = 10) -> price {
  give sma(close - open, n)
}

/// Forecast oscillator: the last close against the forecast that a regression made for it, in percent points.
/// Formula: 100 (x - tsf(x, n)[1]) / x. Source: T. Chande; TA-Lib FOSC. Units: none.
indicator fosc(x: num, n: bars = 5) -> float {
  give 100 * ((x - tsf(x, n)[1]) / x)
}

/// Connors RSI, 0..100: the mean of a short RSI, the RSI of the length of the current streak, and the percent rank of
/// the last return. Formula: (rsi(x, n) + rsi(streak, m) + percent_rank(roc(x, 1), rank_n)) / 3.
/// Source: L. Connors, 2012. Units: none.
indicator connors_rsi(x: num, n: bars = 3, m: bars = 2, rank_n: bars = 100) -> float {
  rec streak = if x > x[1] then max(streak[1], 0) + 1
    else if x < x[1] then min(streak[1], 0) - 1
    else 0
    init 0
  give (rsi(x, n) + rsi(streak, m) + percent_rank(roc(x, 1), rank_n)) / 3
}

/// Relative vigour index: smoothed body over smoothed range, and its smoothed line.
/// Formula: line = sum of swma(close - open) / sum of swma(high - low) over `n` bars; signal = swma(line).
/// Source: J. Ehlers, Stocks & Commodities, 2002. Units: none.
indicator rvgi(n: bars = 10) -> (line: float, signal: float) {
  let top = sum_of(swma(close - open), n)
  let range = sum_of(swma(high - low), n)
  let line = if range == 0 then 0 else top / range
  give line, swma(line)
}

/// Fisher transform of the bars' middle within its range, and the line one bar earlier; peaks mark turning points.
/// Formula: v = 0.66 (position - 0.5) + 0.67 v[1], ±0.999 beyond ±0.99; f = ln((1 + v) / (1 - v)) / 2 + f[1] / 2.
/// Source: J. Ehlers, Stocks & Commodities, 2002. Units: none.
indicator fisher(n: bars = 9) -> (line: float, signal: float) {
  let m = (high + low) / 2
  let bottom = lowest(m, n)
  let width = highest(m, n) - bottom
  let at = if width == 0 then 0 else (m - bottom) / width - 0.5
  let raw = 0.66 * at + 0.67 * v[1]
  rec v = if raw > 0.99 then 0.999 else if raw < -0.99 then -0.999 else raw init at - at settle 20
  rec f = 0.5 * log((1 + v) / (1 - v)) + 0.5 * f[1] init v settle 20
  give f, f[1]
}

/// Squeeze momentum of LazyBear: whether the Bollinger bands lie inside the Keltner channel, and the regression of
/// the distance from the middle. Formula: value = linreg(close - ((highest + lowest) / 2 + sma) / 2, n).
/// Source: J. Carter, TTM Squeeze; LazyBear's script.
indicator squeeze(n: bars = 20, bb: float = 2, kc: float = 1.5) -> (value: price, squeezed: bool) {
  let m = sma(close, n)
  let dev = bb * stdev(close, n)
  let range = kc * sma(true_range(), n)
  let v = linreg(close - (midprice(n) + m) / 2, n)
  give v, dev < range
}

/// Demand of the last bars' closes within their ranges: close location value, -1..1; 0 on an empty range.
/// Formula: ((close - low) - (high - close)) / (high - low). Source: M. Chaikin. Units: none.
indicator close_location() -> float {
  let width = high - low
  give if width == 0 then 0 else ((close - low) - (high - close)) / width
}

/// Internal bar strength, 0..1: position of the close in the bar; 0.5 on an empty range.
/// Formula: (close - low) / (high - low). Units: none.
indicator ibs() -> float {
  let width = high - low
  give if width == 0 then 0.5 else (close - low) / width
}

/// Psychological line, 0..100: the share of the last `n` bars that closed higher. Source: pandas-ta psl. Units: none.
indicator psl(x: num, n: bars = 12) -> float {
  give 100 * mean_of(if x > x[1] then 1 else 0, n)
}

/// Schaff trend cycle, 0..100: two stochastic passes over the MACD line.
/// Formula: position of macd in its range over `n`, smoothed, twice; 3 bars of smoothing are the usual factor 0.5. Source: D. Schaff, 1999. Units: none.
indicator stc(x: num, n: bars = 10, fast: bars = 23, slow: bars = 50,
  smoothing: bars = 3) -> float {
  let m = ema_from(x, fast, slow - 1) - ema(x, slow)
  let a0 = lowest(m, n)
  let aw = highest(m, n) - a0
  let p = if aw == 0 then 0 else 100 * ((m - a0) / aw)
  let ps = smooth(p, smoothing)
  let b0 = lowest(ps, n)
  let bw = highest(ps, n) - b0
  let q = if bw == 0 then 0 else 100 * ((ps - b0) / bw)
  give smooth(q, smoothing)
}

test "changes over bars" {
  given close = [1, 2, 4, 5]
  assert mom(close, 2) is [_, _, 3, 3]
  assert roc(close, 2) is [_, _, 300, 150]
  assert rocp(close, 2) is [_, _, 3, 1.5]
  assert rocr(close, 2) is [_, _, 4, 2.5]
  assert rocr100(close, 2) is [_, _, 400, 250]
}

test "rsi by hand" {
  given close = [1, 2, 1, 4]
  assert rsi(close, 2) is [_, _, 50, 87.5]
  assert cmo(close, 2) is [_, _, 0, 75]
  assert cmo_sum(close, 2) is [_, _, 0, 50]
}

test "averages of other kinds in the oscillators" {
  given close = [1, 2, 4, 8, 16, 32]
  assert apo(close, 1, 2, MaType.sma) is [_, 0.5, 1, 2, 4, 8]
  assert ppo(close, 1, 2, MaType.sma) is [_, 33.333333333333336, 33.333333333333336,
    33.333333333333336, 33.333333333333336, 33.333333333333336]
  assert (macdext(close, 1, MaType.none, 2, MaType.sma, 2, MaType.sma).line) is [_, 0.5, 1, 2, 4, 8]
  assert (macdext(close, 1, MaType.sma, 2, MaType.wma, 2, MaType.sma).signal) is [_, _, 0.5, 1, 2,
    4]
  assert (stochf(2, 2, MaType.wma).d) is [_, _, 100, 100, 100, 100]
}

test "volume weighs both averages and the signal" {
  given close = [1, 3, 5, 3]
  given volume = [1, 1, 3, 1]
  assert (vwmacd(close, 1, 2, 2).line) is [_, 1, 0.5, -1.5]
  assert (vwmacd(close, 1, 2, 2).signal) is [_, _, 0.625, 0]
}

test "rsi of a flat market" {
  given close = [3, 3, 3, 3]
  assert rsi(close, 2) is [_, _, 50, 50]
  assert cmo(close, 2) is [_, _, 0, 0]
}

test "rsi is bounded" {
  forall random_bars(1000)
  assert rsi(close, 14) in 0..100
  assert stochrsi(close, 14).k in 0..100
}

test "ranges of the oscillators" {
  forall random_bars(500)
  assert stoch().k in 0..100
  assert willr(14) in -100..0
  assert mfi(14) in 0..100.0000001
  assert bop() in -1..1
  assert ibs() in 0..1
  assert close_location() in -1..1
}

test "macd by hand" {
  given close = [1, 2, 3, 5, 8, 8]
  assert (macd(close, 2, 3, 2).line) is [_, _, 0.5, 0.6666666666666667, 0.9722222222222223,
    0.6990740740740741]
  assert (macd(close, 2, 3, 2).signal) is [_, _, _, 0.5833333333333334, 0.8425925925925926,
    0.746913580246913]
  assert (macd(close, 2, 3, 2).hist) is [_, _, _, 0.08333333333333331, 0.1296296296296297,
    -0.0478395061728395]
  assert apo(close, 2, 3) is [_, _, 0.5, 0.6666666666666667, 0.9722222222222223, 0.6990740740740741]
  assert ppo(close, 2, 3) is [_, _, 25, 19.047619047619047, 16.908212560386474, 10.168350168350169]
  assert (macd_sma(close, 2, 3, 2).line) is [_, _, 0.5, 0.6666666666666665, 1.166666666666667, 1]
}

test "fixed macd of a constant" {
  given close = [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]
  assert (macdfix(close, 2).hist) is [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    _, _, _, _, _, 0, 0]
}

test "volume oscillator" {
  given close = [1, 1, 1]
  given volume = [1, 3, 5]
  assert pvo(1, 2) is [_, 50, 25]
}

test "stochastics by hand" {
  given high = [4, 5, 6, 7]
  given low = [2, 3, 2, 5]
  given close = [3, 4, 4, 6]
  assert (stochf(2, 2).k) is [_, 66.66666666666667, 50, 80]
  assert (stochf(2, 2).d) is [_, _, 58.333333333333336, 65]
  assert (stoch(2, 2, 1).k) is [_, _, 58.333333333333336, 65]
  assert (kdj(2, 1, 1).j) is [_, 66.66666666666667, 50, 80]
  assert willr(2) is [_, -33.333333333333336, -50, -20]
}

test "cci by hand" {
  given high = [2, 4, 6]
  given low = [2, 4, 6]
  given close = [2, 4, 6]
  assert cci(3) is [_, _, 100]
}

test "money flow by hand" {
  given high = [1, 2, 1, 3]
  given low = [1, 2, 1, 3]
  given close = [1, 2, 1, 3]
  given volume = [10, 10, 10, 10]
  assert mfi(2) is [_, _, 66.66666666666667, 75]
}

test "bar measures" {
  given open = [2, 2]
  given high = [4, 3]
  given low = [0, 3]
  given close = [3, 3]
  assert bop() is [0.25, 0]
  assert ibs() is [0.75, 0.5]
  assert close_location() is [0.5, 0]
  assert qstick(2) is [_, 1]
  assert imi(2) is [_, 100]
}

test "smoothed momentum of a straight line" {
  given close = [1, 2, 3, 4, 5, 6]
  assert tsi(close, 2, 2) is [_, _, _, 100, 100, 100]
  assert psl(close, 2) is [_, _, 100, 100, 100, 100]
  assert dpo(close, 2) is [_, _, -1.5, -1.5, -1.5, -1.5]
  assert fosc(close, 3) is [_, _, _, 0, 0, 0]
}

test "ultimate oscillator by hand" {
  given high = [2, 3, 4]
  given low = [1, 2, 2]
  given close = [2, 2, 4]
  assert ultosc(1, 1, 2) is [_, _, 95.23809523809524]
}

test "trix of a constant" {
  given close = [7, 7, 7, 7, 7]
  assert trix(close, 2) is [_, _, _, _, 0]
}

test "oscillators of the bars' middle" {
  given high = [2, 4, 6, 10]
  given low = [0, 2, 4, 6]
  given close = [1, 3, 6, 6]
  assert ao(1, 2) is [_, 1, 1, 1.5]
  assert ac(1, 2, 2) is [_, _, 0, 0.25]
  assert (elder_ray(2).bull) is [_, 2, 1.3333333333333333, 4.444444444444444]
  assert (elder_ray(2).bear) is [_, 0, -0.6666666666666667, 0.4444444444444444]
  assert (smi(2, 1, 1, 1).line) is [_, 50, 100, -33.333333333333336]
  assert (smi(2, 1, 1, 1).signal) is [_, 50, 100, -33.333333333333336]
}

test "curves of rates of change" {
  given close = [1, 2, 4, 8, 16]
  assert coppock(close, 2, 1, 2) is [_, _, _, 400, 400]
}

test "what never moves has no momentum" {
  given high = [4, 4, 4, 4, 4, 4]
  given low = [4, 4, 4, 4, 4, 4]
  given open = [4, 4, 4, 4, 4, 4]
  given close = [4, 4, 4, 4, 4, 4]
  assert (rvgi(2).line) is [_, _, _, _, 0, 0]
  assert (fisher(2).line) is [_, 0, 0, 0, 0, 0]
  assert stc(close, 2, 1, 2) is [_, _, _, 0, 0, 0]
  assert connors_rsi(close, 2, 2, 2) is [_, _, _, 33.333333333333336, 33.333333333333336,
    33.333333333333336]
}

test "slow oscillators stay in range" {
  forall random_bars(600)
  assert stc(close) in -0.000001..100.000001
  assert connors_rsi(close) in 0..100
  assert (kst(close).line) > -400
  assert (squeeze().squeezed) == (2 * stdev(close, 20) < 1.5 * sma(true_range(), 20))
}
