#sbt 1

// refused: E0301 a signal of the next bar

strategy peek {
  on 1h

  let up = close > open

  enter long when up[-1]
  exit long when close < open

  size 100% of equity
}
