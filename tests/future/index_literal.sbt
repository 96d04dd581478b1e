#sbt 1

// refused: E0301 the close of the next bar

strategy peek {
  on 1h

  enter long when close[-1] > close
  exit long when close < open

  size 100% of equity
}
