#sbt 1

// refused: E0301 3 - 5 is negative

strategy peek {
  on 1h

  enter long when close[3 - 5] > close
  exit long when close < open

  size 100% of equity
}
