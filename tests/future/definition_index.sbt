#sbt 1

// refused: E0301 hidden in a definition

indicator tomorrow(x: num) -> num {
  give x[-1]
}

strategy peek {
  on 1h

  enter long when tomorrow(close) > close
  exit long when close < open

  size 100% of equity
}
