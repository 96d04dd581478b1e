#sbt 1

// refused: E0301 the entry to come

strategy peek {
  on 1h

  enter long when close > open {
    stop entry[-1] * 0.98
  }

  size 100% of equity
}
