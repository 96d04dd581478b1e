#sbt 1

strategy chandelier_trail "One entry, and a stop that only rises" {
  on 4h

  param width: float = 4 in 2..8 step 0.5

  let noise = atr(22)
  let strong = roc(close, 30) > 5 and close == highest(close, 30)

  enter long when strong {
    stop  entry - width * noise
    trail width * noise
  }

  size risk 1%
  limit leverage 3
  limit cooldown 6 bars
}
