#sbt 1

// refused: E0311 a circle of three

strategy peek {
  on 1h

  rec a = b[1] + b init 0
  rec b = c + 1 init 0
  rec c = a + 1 init 0

  enter long when a > c
  exit long when close < open

  size 100% of equity
}
