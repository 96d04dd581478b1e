#sbt 1

// refused: E0340 the minutes inside the bar

strategy peek {
  on 1h

  on 5m {
    let spike = close > sma(close, 20)
  }

  enter long when spike
  exit long when close < open

  size 100% of equity
}
