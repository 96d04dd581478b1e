#sbt 1

// refused: E0340 an unfinished bar inside a finished one

strategy peek {
  on 1h

  let part = forming(15m)

  enter long when part.high > high[1]
  exit long when close < open

  size 100% of equity
}
