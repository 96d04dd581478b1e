#sbt 1

// refused: E0311 the parameter can be zero

strategy peek {
  on 1h

  param k: bars = 1 in 0..3

  rec level = max(level[k], close) init close

  enter long when close >= level
  exit long when close < open

  size 100% of equity
}
