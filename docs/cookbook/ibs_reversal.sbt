#sbt 1

strategy ibs_reversal "Buy a close at the day's low, sell one at its high" {
  on 1d

  param weak: float = 0.15 in 0.05..0.4 step 0.05
  param strong: float = 0.85 in 0.6..0.95 step 0.05

  let place = ibs()
  let calm = close > sma(close, 10) * 0.85

  enter long when place < weak and calm
  exit long when place > strong or position.bars >= 5

  size 50% of equity
}
