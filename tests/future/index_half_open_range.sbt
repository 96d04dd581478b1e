#sbt 1

// refused: E0301 the range begins at -3

strategy peek {
  on 1h

  param shift: int = 0 in -3..<3

  enter long when high[shift] > high
  exit long when close < open

  size 100% of equity
}
