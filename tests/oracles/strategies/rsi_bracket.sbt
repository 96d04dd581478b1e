#sbt 1

strategy rsi_bracket "Oversold reversal with stop, target and signal exit, one unit" {
  on 30m

  let r = rsi(close, 14)

  enter long when r crosses above 30 {
    stop   2%
    target 3%
    exit   when r > 70
  }

  size 1
}
