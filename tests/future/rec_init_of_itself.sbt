#sbt 1

// refused: E0313 a first value made of itself

strategy peek {
  on 1h

  rec level = max(level[1], close) init level[1]

  enter long when close >= level
  exit long when close < open

  size 100% of equity
}
