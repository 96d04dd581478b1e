#sbt 1

// refused: E0303 half a bar ahead

strategy peek {
  on 1h

  enter long when close[-0.5] > close
  exit long when close < open

  size 100% of equity
}
