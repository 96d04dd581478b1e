#sbt 1

// refused: E0301 its own next value

strategy peek {
  on 1h

  rec level = max(level[-1], close) init close

  enter long when close >= level
  exit long when close < open

  size 100% of equity
}
