#sbt 1

// refused: E0340 finer bars of another symbol

strategy peek {
  on 1h

  enter long when (on 15m of BTC: close > open)
  exit long when close < open

  size 100% of equity
}
