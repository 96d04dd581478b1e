#sbt 1

// refused: E0301 a requirement is not a bound of the index

strategy peek {
  on 1h

  param fast: bars = 20 in 5..30
  param slow: bars = 10 in 5..30
  require fast >= slow

  enter long when close[fast - slow] > close
  exit long when close < open

  size 100% of equity
}
