#sbt 1

// The sweep M: a million points.
strategy million {
  on 15m

  param loss: percent = 2% in 1%..5.9% step 0.1%
  param gain: percent = 3% in 2%..11.9% step 0.1%
  param hold: bars = 50 in 10..200 step 10
  param lever: float = 1 in 1..10 step 1

  enter long when rsi(close, 14) < 40 and close > ema(close, 200) {
    stop   loss
    target gain
    exit   after hold
  }

  size risk 2%
  limit leverage lever
}
