#sbt 1

// refused: E0301 a computed index below zero

strategy peek {
  on 1h

  let shift = -1 - highest_ago(high, 10)

  enter long when close[shift max 50] > close
  exit long when close < open

  size 100% of equity
}
