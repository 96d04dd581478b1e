#sbt 1

strategy rsi_dip "Two-bar RSI in an uptrend" {
  on 4h

  param oversold: float = 10 in 2..25 step 1
  param trend_len: bars = 200 in 100..300 step 50

  let rising_market = close > sma(close, trend_len)

  enter long when rising_market and rsi(close, 2) < oversold
  exit long when close > sma(close, 5)
  exit long when position.bars >= 12

  size 50% of equity
}
