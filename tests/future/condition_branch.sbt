#sbt 1

// refused: E0301 hidden in a branch

strategy peek {
  on 1h

  enter long when (if close > open then close[-1] else close) > close
  exit long when close < open

  size 100% of equity
}
