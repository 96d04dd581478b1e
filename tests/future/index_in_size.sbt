#sbt 1

// refused: E0301 a size that knows the next bar

strategy peek {
  on 1h

  enter long when close > open
  exit long when close < open

  size 50% * (close[-1] / close) of equity
}
