#sbt 1

// refused: E0342 a day inside four hours

strategy peek {
  on 1h

  on 4h {
    let mean = sma(close, 20)
  }
  on 1d {
    let up = close > mean
  }

  enter long when up
  exit long when close < open

  size 100% of equity
}
