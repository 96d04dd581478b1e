#sbt 1

// refused: E0341 bars that do not end together

strategy peek {
  on 1h

  on 90m {
    let up = close > open
  }

  enter long when up
  exit long when close < open

  size 100% of equity
}
