#sbt 1

// refused: E0346 the end of a session that is not named

strategy peek {
  on 1h

  enter long when close > open {
    exit at session end
  }

  size 100% of equity
}
