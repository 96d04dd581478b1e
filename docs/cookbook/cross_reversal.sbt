#sbt 1

portfolio cross_reversal "Yesterday's loser against yesterday's winner" {
  on 1d

  param days: bars = 3 in 1..10

  let change = cross_zscore(returns(close, days))

  hold bottom 1 by change as long
  hold top 1 by change as short

  size 60% of equity
}
