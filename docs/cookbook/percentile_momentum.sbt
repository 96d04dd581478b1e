#sbt 1

strategy percentile_momentum "A move that is rare for this market" {
  on 4h

  param move: bars = 12 in 6..48 step 6
  param history: bars = 500 in 250..1000 step 250
  param rare: float = 95 in 80..99 step 1

  let change = returns(close, move)
  let place = percent_rank(change, history)

  enter long when place > rare {
    stop 6%
    exit after move
  }
  enter short when place < 100 - rare {
    stop 6%
    exit after move
  }

  size risk 1%
  limit leverage 2
}
