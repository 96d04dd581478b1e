#sbt 1

strategy ema_pullback "Limit order at the average of a rising market" {
  on 1h

  param length: bars = 24 in 12..72 step 6
  param wait: bars = 6 in 1..12

  let mean = ema(close, length)
  let slow = ema(close, 4 * length)
  let noise = atr(24)
  let up = mean > slow and rising(slow, 6)

  enter long when up and close > mean + noise
    at limit mean for wait {
    stop   entry - 2 * noise
    target 2R closing 50%
    stop   to breakeven after 1R
    exit   when close < slow
  }

  size risk 1%
  limit leverage 3
  limit cooldown 12 bars
}
