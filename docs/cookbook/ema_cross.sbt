#sbt 1

strategy ema_cross "EMA cross that waits for a trend" {
  on 4h

  param fast: bars = 12 in 5..30
  param slow: bars = 48 in 20..120 step 4
  param strength: float = 20 in 10..40 step 2.5
  require fast < slow

  let quick = ema(close, fast)
  let calm = ema(close, slow)
  let trending = adx(14) > strength

  enter long when quick > calm and trending
  enter short when quick < calm and trending
  exit long when quick crosses below calm
  exit short when quick crosses above calm

  size 50% of equity
  plot quick, calm
}
