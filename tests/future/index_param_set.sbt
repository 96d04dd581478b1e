#sbt 1

// refused: E0301 one member of the set is negative

strategy peek {
  on 1h

  param shift: int = 1 in {-1, 0, 1}

  enter long when close[shift] > close
  exit long when close < open

  size 100% of equity
}
