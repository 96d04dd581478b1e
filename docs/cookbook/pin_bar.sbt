#sbt 1

strategy pin_bar "A rejected low above the last swing low" {
  on 4h

  param tail: float = 0.66 in 0.5..0.8 step 0.02

  let support = swing_low(3, 3)
  let resistance = swing_high(3, 3)
  let noise = atr(14)

  enter long when bullish_pin_bar(tail) and low > support - noise and close > support {
    stop   low - 0.5 * noise
    target resistance
    exit   after 40 bars
  }
  enter short when bearish_pin_bar(tail) and high < resistance + noise and close < resistance {
    stop   high + 0.5 * noise
    target support
    exit   after 40 bars
  }

  size risk 1%
  limit leverage 3
}
