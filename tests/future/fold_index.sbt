#sbt 1

// refused: E0301 i - 5 is negative

strategy peek {
  on 1h

  enter long when sum(i in 0..<5: close[i - 5]) > close
  exit long when close < open

  size 100% of equity
}
