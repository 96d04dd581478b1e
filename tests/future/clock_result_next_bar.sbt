#sbt 1

// refused: E0301 the next value of a coarser clock

strategy peek {
  on 1h

  on 1d {
    let mean = sma(close, 20)
  }

  enter long when mean[-24] > close
  exit long when close < open

  size 100% of equity
}
