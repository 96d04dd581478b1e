#sbt 1

// refused: E0343 a clock inside a clock

strategy peek {
  on 1h

  on 4h {
    let up = on 1h: close > open
  }

  enter long when up
  exit long when close < open

  size 100% of equity
}
