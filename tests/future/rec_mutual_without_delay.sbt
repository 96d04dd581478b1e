#sbt 1

// refused: E0311 each needs the other first

strategy peek {
  on 1h

  rec a = b + 1 init 0
  rec b = a + 1 init 0

  enter long when a > b
  exit long when close < open

  size 100% of equity
}
