#sbt 1

portfolio weekly_momentum "The two strongest of four, every week" {
  on 1d

  param look: bars = 28 in 7..84 step 7
  param n: int = 2 in 1..3

  let momentum = returns(close, look)

  hold top n by momentum as long
    rebalance every 1w

  size 80% of equity
}
