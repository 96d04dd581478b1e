#sbt 1

strategy follow_the_leader "Four coins, but only while Bitcoin rises" {
  on 4h

  param length: bars = 30 in 10..60 step 5

  // a condition on another symbol's bars; where that symbol has no bar, it counts as false
  let leader_up = on 1d of BTCUSD: close > ema(close, 20)
  let leader = on 4h of BTCUSD: returns(close, length)
  let own = returns(close, length)
  // without a bar of the leader there is nothing to be stronger than
  let stronger = own >= (leader ?? own + 1)

  enter long when leader_up and stronger and close > highest(high, length)[1] {
    stop  entry - 3 * atr(20)
    trail 4 * atr(20) after 1R
    exit  when not leader_up
  }

  size risk 0.75%
  limit leverage 3
}
