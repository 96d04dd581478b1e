#sbt 1

// refused: E0341 weeks that do not end on a bar

strategy peek {
  on 5h

  enter long when (on 1w: close > open)
  exit long when close < open

  size 100% of equity
}
