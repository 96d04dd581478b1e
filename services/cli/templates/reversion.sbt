#sbt 1

// Buys weakness inside an up-trend, with a stop, a target and a time limit.
strategy name "RSI reversion" {
  on 1h

  param len: bars = 14 in 5..30
  param oversold: float = 30 in 10..40 step 2.5

  let trend = ema(close, 200)
  let r = rsi(close, len)

  enter long when r crosses above oversold and close > trend {
    // percentages are measured from the actual fill
    stop   2%
    target 4%
    exit   after 48 bars
  }

  // the size follows from the distance to the stop: 1% of the account is at risk
  size risk 1%
  limit leverage 3
}
