#sbt 1

// refused: E0342 four-hour bars that see the hour

strategy peek {
  on 1h

  let mean = sma(close, 20)

  on 4h {
    let up = close > mean
  }

  enter long when up
  exit long when close < open

  size 100% of equity
}
