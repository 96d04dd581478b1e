#sbt 1

// refused: E0301 the range of the parameter begins below zero

strategy peek {
  on 1h

  param shift: int = 0 in -5..5

  enter long when close[shift] > close
  exit long when close < open

  size 100% of equity
}
