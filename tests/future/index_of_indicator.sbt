#sbt 1

// refused: E0301 an average of bars to come

strategy peek {
  on 1h

  enter long when sma(close, 20)[-10] > close
  exit long when close < open

  size 100% of equity
}
