#sbt 1

// Two moving averages: long while the fast one is above the slow one.
strategy name "Two averages" {
  // the bars this strategy lives on; every decision is taken at the close of one
  on 1h

  // a parameter has a default and, for sweeps, a range
  param fast: bars = 20 in 5..60 step 5
  param slow: bars = 100 in 50..300 step 10
  require fast < slow

  let f = sma(close, fast)
  let s = sma(close, slow)

  // orders fill at the open of the next bar
  enter long when f crosses above s
  exit long when f crosses below s

  size 100% of equity
  plot f, s
}

test "the average of a ramp" {
  given close = [1, 2, 3, 4]
  assert sma(close, 2) is [_, 1.5, 2.5, 3.5]
}
