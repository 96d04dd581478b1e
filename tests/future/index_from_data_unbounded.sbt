#sbt 1

// refused: E0302 how far back depends on bars

strategy peek {
  on 1h

  let ago = lowest_ago(low, 50)

  enter long when close > high[ago]
  exit long when close < open

  size 100% of equity
}
