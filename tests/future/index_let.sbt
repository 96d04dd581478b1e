#sbt 1

// refused: E0301 a name for a negative number

strategy peek {
  on 1h

  let next = -1

  enter long when close[next] > close
  exit long when close < open

  size 100% of equity
}
