#sbt 1

portfolio rank_breakout "Breakouts, of the strongest only" {
  on 4h

  param length: bars = 42 in 18..90 step 6

  let strength = rank(returns(close, length))
  let noise = atr(20)

  enter long when strength > 0.7 and close > highest(high, length)[1] {
    stop  entry - 3 * noise
    trail 4 * noise after 1R
    exit  when strength < 0.4
  }

  size risk 0.75%
  limit leverage 3
}
