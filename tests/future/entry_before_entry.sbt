#sbt 1

// refused: E0611 a fill that has not happened

strategy peek {
  on 1h

  enter long when close > entry
  exit long when close < open

  size 100% of equity
}
