#sbt 1

// refused: E0301 the next bar of a coarser clock

strategy peek {
  on 1h

  on 1d {
    let up = close[-1] > close
  }

  enter long when up
  exit long when close < open

  size 100% of equity
}
