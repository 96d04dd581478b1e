#sbt 1

strategy donchian "Donchian breakout with an ATR trail" {
  on 4h

  param entry_len: bars = 55 in 20..120 step 5
  param atr_len: bars = 20 in 10..40 step 5
  param width: float = 2.5 in 1..5 step 0.5

  let upper = highest(high, entry_len)[1]
  let lower = lowest(low, entry_len)[1]
  let range = atr(atr_len)

  enter long #up when close > upper {
    stop   entry - 2 * range
    trail  width * range after 1R
    target 3R closing 50%
    stop   to breakeven after 1R
  }
  enter short #down when close < lower {
    stop   entry + 2 * range
    trail  width * range after 1R
    target 3R closing 50%
    stop   to breakeven after 1R
  }

  size risk 0.75%
  limit leverage 5
  limit pyramid 3 every 1 * range
}
