#sbt 1

// refused: E0301 a negative argument becomes an index

indicator ago(x: num, n: int) -> num {
  give x[n]
}

strategy peek {
  on 1h

  enter long when ago(close, -1) > close
  exit long when close < open

  size 100% of equity
}
