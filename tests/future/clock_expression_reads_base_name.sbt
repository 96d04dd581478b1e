#sbt 1

// refused: E0342 a daily expression that sees the hour

strategy peek {
  on 1h

  let mean = sma(close, 20)

  enter long when (on 1d: close > mean)
  exit long when close < open

  size 100% of equity
}
