#sbt 1

strategy volume_climax "Buy the exhaustion after a fall on very high volume" {
  on 1h

  param climax: float = 4 in 2..8 step 0.5
  param fall: percent = 4% in 1%..10% step 1%

  let noise = atr(24)
  let fell = returns(close, 12) < -float(fall)
  // the bar closed off its low: somebody bought
  let rejected = close_location() > 0

  enter long when fell and relative_volume(48) > climax and rejected {
    stop   low - noise
    target 1.5R closing 50%
    target 3R closing 50%
    exit   after 48 bars
  }

  size risk 1%
  limit leverage 3
}
