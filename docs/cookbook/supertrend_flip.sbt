#sbt 1

strategy supertrend_flip "Always in the market, on the side of the Supertrend" {
  on 4h

  param length: bars = 10 in 5..30
  param width: float = 3 in 1.5..6 step 0.5

  let trend = supertrend(length, width)

  enter long when trend.up
  enter short when not trend.up

  size 50% of equity
  plot trend.line
}
