#sbt 1

// refused: E0301 a year ahead

strategy peek {
  on 1h

  enter long when close[-8760] > close
  exit long when close < open

  size 100% of equity
}
