#sbt 1

// refused: E0301 the weekday of the next bar

strategy peek {
  on 1h

  enter long when weekday[-1] == monday
  exit long when close < open

  size 100% of equity
}
