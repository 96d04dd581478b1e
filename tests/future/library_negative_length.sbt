#sbt 1

// refused: E0306 an average over minus five bars

strategy peek {
  on 1h

  enter long when sma(close, -5) > close
  exit long when close < open

  size 100% of equity
}
