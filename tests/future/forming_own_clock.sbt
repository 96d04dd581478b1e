#sbt 1

// refused: E0340 the own bar is finished when it is seen

strategy peek {
  on 1h

  let own = forming(1h)

  enter long when own.high > high[1]
  exit long when close < open

  size 100% of equity
}
