#sbt 1

// refused: E0301 the next bar of another symbol

strategy peek {
  on 1h

  let btc = on 1h of BTC: close[-1] / close

  enter long when (btc ?? 1) > 1
  exit long when close < open

  size 100% of equity
}
