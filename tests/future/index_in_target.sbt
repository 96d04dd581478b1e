#sbt 1

// refused: E0301 a target at the high to come

strategy peek {
  on 1h

  enter long when close > open {
    target high[-3]
  }

  size 100% of equity
}
