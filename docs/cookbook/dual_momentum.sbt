#sbt 1

portfolio dual_momentum "The strongest, and only while it rises" {
  on 1d

  param look: bars = 60 in 20..120 step 10

  let momentum = returns(close, look)
  let market_up = on 1d of BTC: close > sma(close, 50)
  let risk_on = momentum > 0 and market_up

  // a weight of 0 is cash
  hold top 1 by momentum as long
    rebalance every 1w weight (if risk_on then 1 else 0)

  size 80% of equity
}
