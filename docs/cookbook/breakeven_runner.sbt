#sbt 1

strategy breakeven_runner "Half at 1R, the rest for nothing" {
  on 1h

  param length: bars = 48 in 24..120 step 12
  param width: float = 2 in 1..4 step 0.5

  let upper = highest(high, length)[1]
  let noise = atr(24)

  enter long when close > upper and close > sma(close, 200) {
    stop   entry - width * noise
    target 1R closing 50%
    stop   to breakeven after 1R
    trail  3 * noise after 2R
    exit   after 120 bars
  }

  size risk 1%
  limit leverage 3
}
