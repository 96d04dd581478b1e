#sbt 1

// refused: E0301 a first value from the next bar

strategy peek {
  on 1h

  rec level = max(level[1], close) init close[-1]

  enter long when close >= level
  exit long when close < open

  size 100% of equity
}
