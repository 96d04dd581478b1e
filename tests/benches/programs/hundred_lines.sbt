#sbt 1

// A strategy of a hundred lines, about as long as traders write them.

enum Mode { fast, slow }

/// Distance from the mean in deviations.
indicator zdist(x: num, n: bars = 20) -> float {
  let m = sma(x, n)
  let d = stdev(x, n)
  give (x - m) / d
}

/// The middle of two values.
fn mid(a: num, b: num) -> num = (a + b) / 2

strategy hundred_lines "Dips and fades" {
  on 1h session "08:00-20:00" in "Europe/Rome"

  // parameters
  param mode: Mode = fast in {fast, slow}
  param n: bars = 20 in 10..40 step 5
  param slow_n: bars = 100 in 50..200 step 10
  param width: float = 2 in 1..4 step 0.5
  param risk: percent = 1% in 0.5%..2% step 0.5%
  require n < slow_n

  // the daily trend, of confirmed days only
  on 1d {
    let day_mean = ema(close, 20)
    let trend = close > day_mean
    let wide = high - low > 2 * atr(10)
  }

  // today so far
  let today = forming(1d)
  let above_open = close > today.open
  let day_range = today.high - today.low

  // the channel
  let (m, top, bottom) = bollinger(close, n, width)
  let slow_mean = sma(close, slow_n)
  let range = atr(14)
  let z = zdist(close, n)
  let k = if mode == Mode.fast then 1 else 2

  // momentum
  let r = rsi(close, 14)
  let flow = mfi(14)
  let (line, signal, hist) = macd(close, 12, 26, 9)
  let rising = hist > 0 and hist > hist[1]

  // how many closes rose in a row
  rec streak = if close > close[1] then streak[1] + 1 else 0 init 0

  // what makes a dip
  let stretched = z < -k
  let oversold = r < 35 or flow < 25
  let calm = day_range < 3 * range and not wide
  let working = hour in 9..18 and weekday != sunday

  // what makes a fade
  let tired = streak >= 4 and r > 65
  let far = close > top or close > slow_mean + 3 * range

  enter long #dip when trend and stretched and oversold and calm and working
    at limit mid(close, bottom) for 3 bars {
    stop   entry - 2 * range
    stop   to breakeven after 1R
    target 2R closing 50%
    target entry + 4 * range
    trail  3% after 1.5R
    exit   when position.bars > 30 and position.profit < 1%
    exit   after 60 bars
  }

  enter long #ride when trend and rising and line > signal and close crosses above m {
    stop  entry - 3 * range
    trail 3 * range after 1R
    exit  when close < slow_mean
  }

  enter short #fade when tired and far and above_open and not trend {
    stop   3%
    target 3%
    exit   when close < entry * 0.97
    exit   at session end
  }

  exit #fade when z < 0
  exit long when r > 85

  size risk risk
  limit leverage 3
  limit pyramid 2 every 1%
  limit cooldown 2 bars
  limit trades 3 per 1d

  plot m, top, bottom, slow_mean
  alert "stretched" when z > 3
}
