#sbt 1

// refused: E0301 nor an alert

strategy peek {
  on 1h

  enter long when close > open
  exit long when close < open
  alert "rise" when close[-1] > close

  size 100% of equity
}
