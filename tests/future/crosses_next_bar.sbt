#sbt 1

// refused: E0301 a cross that has not happened

strategy peek {
  on 1h

  enter long when close crosses above sma(close, 20)[-1]
  exit long when close < open

  size 100% of equity
}
