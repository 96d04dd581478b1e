#sbt 1

// The sweep W3: stop × target × time × leverage, 1,015 points.
strategy w3 {
  on 15m

  param loss: percent = 2% in {1%, 1.5%, 2%, 3%, 5%}
  // 1000 % is out of reach: no target
  param gain: percent = 3% in {2%, 3%, 5%, 7%, 10%, 1000%}
  // longer than the data: no time exit
  param hold: bars = 50 in {10, 20, 50, 100, 1000000}
  param lever: float = 1 in {1, 2, 3, 5, 10, 20, 40}
  require gain < 1000% or hold < 1000000

  enter long when rsi(close, 14) < 40 and close > ema(close, 200) {
    stop   loss
    target gain
    exit   after hold
  }

  size risk 2%
  limit leverage lever
}
