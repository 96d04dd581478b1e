#sbt 1

// refused: E0340 the minutes inside the bar

strategy peek {
  on 1h

  enter long when (on 1m: close) > close
  exit long when close < open

  size 100% of equity
}
