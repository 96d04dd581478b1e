#sbt 1

portfolio momentum_rank "Weekly cross-sectional momentum" {
  on 1d

  universe top 40 by median(volume * close, 30)

  param look: bars = 90 in 30..180 step 15
  param skip: bars = 5 in 0..10
  param n: int = 5 in 3..10

  let past = close[look]
  let momentum = close[skip] / past - 1
  let noise = stdev(returns(close), 30)
  let score = momentum / noise
  let calm = on 1d of BTC: close > sma(close, 100)

  hold top n by score as long
    rebalance every 1w weight (if calm then 1 / noise else 0)

  size target vol 20%
  limit leverage 2
}
