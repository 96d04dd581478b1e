#sbt 1

strategy bollinger_fade "Back to the middle band while nothing trends" {
  on 1h

  param length: bars = 20 in 10..50 step 5
  param width: float = 2 in 1.5..3 step 0.25
  param quiet: float = 20 in 10..30 step 2.5

  let bands = bollinger(close, length, width)
  let sideways = adx(14) < quiet
  let half = bands.mid - bands.low

  enter long when sideways and close crosses below bands.low {
    stop entry - half
    exit when close >= bands.mid
    exit after 24 bars
  }
  enter short when sideways and close crosses above bands.top {
    stop entry + half
    exit when close <= bands.mid
    exit after 24 bars
  }

  size risk 0.5%
  limit leverage 3
}
