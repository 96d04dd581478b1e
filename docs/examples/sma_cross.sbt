#sbt 1

strategy sma_cross "SMA cross" {
  on 1h

  param fast: bars = 20 in 5..60 step 5
  param slow: bars = 100 in 50..300 step 10
  require fast < slow

  let f = sma(close, fast)
  let s = sma(close, slow)

  enter long when f crosses above s
  exit long when f crosses below s

  size 100% of equity
  plot f, s
}
