#sbt 1

strategy time_stop "Three rising closes, then out by the clock" {
  on 4h

  param hold: bars = 9 in 1..30
  param up: bars = 3 in 2..6

  enter long when rising(close, up) and close > sma(close, 60) {
    stop 8%
    exit after hold
  }

  size 40% of equity
  limit cooldown 2 bars
}
