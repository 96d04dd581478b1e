#sbt 1

strategy keltner_ride "Outside the channel is where the trend is" {
  on 4h

  param length: bars = 20 in 10..50 step 5
  param width: float = 2 in 1..3 step 0.25

  let channel = keltner(length, width)

  enter long when close > channel.top
  enter short when close < channel.low
  exit long when close < channel.mid
  exit short when close > channel.mid

  size 50% of equity
  plot channel.top, channel.mid, channel.low
}
