#sbt 1

portfolio inverse_volatility "All four, the calm ones more" {
  on 1d

  universe { BTC, ETH, LTC, XRP }

  param days: bars = 30 in 10..90 step 10

  let noise = stdev(returns(close), days)

  hold top 4 by 1 / noise as long
    rebalance every 1w weight 1 / noise

  size target vol 30%
  limit leverage 1
}
