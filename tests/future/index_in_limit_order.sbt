#sbt 1

// refused: E0301 a limit at the low to come

strategy peek {
  on 1h

  enter long when close > open
    at limit low[-1]
  exit long when close < open

  size 100% of equity
}
