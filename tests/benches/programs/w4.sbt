#sbt 1

// The sweep W4: 10,000 pairs of averages.
strategy w4 {
  on 1m

  param fast: bars = 10 in 2..101
  param slow: bars = 105 in 105..600 step 5

  let quick = sma(close, fast)
  let calm = sma(close, slow)
  enter long when quick crosses above calm
  exit long when quick crosses below calm

  size 100% of equity
}
