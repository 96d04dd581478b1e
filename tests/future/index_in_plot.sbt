#sbt 1

// refused: E0301 even a plot cannot see it

strategy peek {
  on 1h

  enter long when close > open
  exit long when close < open
  plot close[-1]

  size 100% of equity
}
