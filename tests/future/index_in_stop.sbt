#sbt 1

// refused: E0301 a stop below the low to come

strategy peek {
  on 1h

  enter long when close > open {
    stop low[-1]
  }

  size 100% of equity
}
