#sbt 1

strategy ratio_reversion "Each coin against Bitcoin, one leg" {
  on 4h

  param length: bars = 60 in 30..180 step 30
  param far: float = 2 in 1..3 step 0.25

  // Bitcoin's price, or the last one known where it has no bar
  let other = on 4h of BTCUSD: close
  rec btc = other ?? btc[1] init other ?? close
  let ratio = close / btc
  let z = zscore(ratio, length)
  let paired = other.present

  enter long when paired and z crosses above -far {
    stop 8%
    exit when z > 0
    exit after 60 bars
  }
  enter short when paired and z crosses below far {
    stop 8%
    exit when z < 0
    exit after 60 bars
  }

  size risk 1%
  limit leverage 2
}
