#sbt 1

// refused: E0301 the next value of a name

strategy peek {
  on 1h

  let mean = ema(close, 20)

  enter long when mean[-1] > mean
  exit long when close < open

  size 100% of equity
}
