#sbt 1

// refused: E0306 a length that can be zero

strategy peek {
  on 1h

  param look: bars = 5 in 0..10

  enter long when close > highest(high, look)
  exit long when close < open

  size 100% of equity
}
