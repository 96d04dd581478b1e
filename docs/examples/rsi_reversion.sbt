#sbt 1

strategy rsi_reversion "RSI mean reversion in the direction of the trend" {
  on 15m

  param len: bars = 14 in 5..30
  param oversold: float = 30 in 10..40 step 2.5
  param sl: percent = 1.5% in 0.5%..4% step 0.25%
  param tp: percent = 3% in 1%..8% step 0.5%

  let trend = ema(close, 200)
  let r = rsi(close, len)

  enter long when r crosses above oversold and close > trend {
    stop   sl
    target tp
    exit   when r > 100 - oversold
    exit   after 48 bars
  }

  size risk 1%
  limit leverage 3
  limit cooldown 4 bars
}
