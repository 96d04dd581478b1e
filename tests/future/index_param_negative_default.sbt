#sbt 1

// refused: E0301 the parameter is negative

strategy peek {
  on 1h

  param shift: int = -1

  enter long when close[shift] > close
  exit long when close < open

  size 100% of equity
}
