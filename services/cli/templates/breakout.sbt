#sbt 1

// Trades breaks of a price channel in both directions and trails the stop.
strategy name "Channel breakout" {
  on 4h

  param len: bars = 55 in 20..120 step 5
  param width: float = 2.5 in 1..5 step 0.5

  // [1] is the bar before: a break is measured against the channel as it was
  let upper = highest(high, len)[1]
  let lower = lowest(low, len)[1]
  let range = atr(20)

  enter long #up when close > upper {
    stop  entry - 2 * range
    trail width * range after 1R
  }
  enter short #down when close < lower {
    stop  entry + 2 * range
    trail width * range after 1R
  }

  size risk 0.75%
  limit leverage 5
}
