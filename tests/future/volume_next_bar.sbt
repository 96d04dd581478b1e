#sbt 1

// refused: E0301 the volume to come

strategy peek {
  on 1h

  enter long when volume[-1] > 2 * sma(volume, 20)
  exit long when close < open

  size 100% of equity
}
