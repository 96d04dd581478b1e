#sbt 1

// refused: E0301 minus a length

strategy peek {
  on 1h

  param look: bars = 5 in 1..10

  enter long when close[-look] > close
  exit long when close < open

  size 100% of equity
}
