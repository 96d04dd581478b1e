#sbt 1

// refused: E0301 an exit before the fall

strategy peek {
  on 1h

  enter long when close > open
  exit long when close[-1] < close

  size 100% of equity
}
