#sbt 1

// refused: E0311 its own value of the same bar

strategy peek {
  on 1h

  rec level = max(level, close) init close

  enter long when close >= level
  exit long when close < open

  size 100% of equity
}
