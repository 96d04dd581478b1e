#sbt 1

// refused: E0301 back and then forward

strategy peek {
  on 1h

  enter long when close[1][-2] > close
  exit long when close < open

  size 100% of equity
}
