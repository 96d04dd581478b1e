#sbt 1

// refused: E0301 the fold begins below zero

strategy peek {
  on 1h

  enter long when max(i in -3..3: close[i]) > close
  exit long when close < open

  size 100% of equity
}
