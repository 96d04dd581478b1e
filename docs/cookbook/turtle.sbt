#sbt 1

strategy turtle "Turtle: four units, half an N apart" {
  on 1d

  param entry_len: bars = 20 in 10..60 step 5
  param exit_len: bars = 10 in 5..30 step 5
  require exit_len < entry_len

  // as of yesterday, so that today's close can exceed it
  let upper = highest(high, entry_len)[1]
  let lower = lowest(low, entry_len)[1]
  let n = atr(20)

  enter long #long_unit when close > upper {
    stop entry - 2 * n
  }
  enter short #short_unit when close < lower {
    stop entry + 2 * n
  }
  exit long when close < lowest(low, exit_len)[1]
  exit short when close > highest(high, exit_len)[1]

  size risk 1%
  limit leverage 3
  limit pyramid 4 every 0.5 * n
}
