#sbt 1

// refused: E0301 a return over minus five bars

strategy peek {
  on 1h

  enter long when returns(close, -5) > 0
  exit long when close < open

  size 100% of equity
}
