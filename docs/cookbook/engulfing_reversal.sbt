#sbt 1

strategy engulfing_reversal "An engulfing bar at the end of a stretch" {
  on 4h

  param stretch: bars = 20 in 10..60 step 5

  let at_low = happened(new_low(low, stretch), 2)
  let at_high = happened(new_high(high, stretch), 2)
  let noise = atr(14)

  enter long when bullish_engulfing() and at_low {
    stop   lowest(low, 3) - 0.25 * noise
    target 2R
    exit   after 30 bars
  }
  enter short when bearish_engulfing() and at_high {
    stop   highest(high, 3) + 0.25 * noise
    target 2R
    exit   after 30 bars
  }

  size risk 1%
  limit leverage 3
}
