#sbt 1

// refused: E0301 fast - slow can be negative

strategy peek {
  on 1h

  param fast: bars = 20 in 5..30
  param slow: bars = 10 in 5..30

  enter long when close[fast - slow] > close
  exit long when close < open

  size 100% of equity
}
