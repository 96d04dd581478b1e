#sbt 1

// refused: E0301 a computed index that can be negative

strategy peek {
  on 1h

  let shift = highest_ago(high, 10) - 5

  enter long when close[shift max 50] > close
  exit long when close < open

  size 100% of equity
}
