#sbt 1

// refused: E0301 the profit to come

strategy peek {
  on 1h

  enter long when close > open
  exit long when position.profit[-1] < 0%

  size 100% of equity
}
