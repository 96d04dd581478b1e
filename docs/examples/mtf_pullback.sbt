#sbt 1

strategy mtf_pullback "Buy 15m pullbacks in a confirmed 4h and daily uptrend" {
  on 15m

  param pull: bars = 20 in 10..50 step 5

  // Inside a block every name means that clock's own confirmed bars.
  on 4h {
    let fast = ema(close, 21)
    let slow = ema(close, 55)
    let up4 = fast > slow and fast > fast[1]
  }
  let up1d = on 1d: close > sma(close, 50)

  let mean = ema(close, pull)
  let dip = low < mean and close > mean

  enter long when up4 and up1d and dip
    at limit mean for 4 bars {
    stop   lowest(low, 10) - 0.5 * atr(14)
    target 2R closing 50%
    trail  3 * atr(14) after 2R
    exit   when not up4
  }

  size risk 1%
}
