#sbt 1

strategy macd_momentum "MACD signal on the right side of zero" {
  on 4h

  param stop_width: float = 3 in 1..6 step 0.5

  let (line, signal, _hist) = macd(close, 12, 26, 9)
  let noise = atr(20)

  enter long when line crosses above signal and line > 0 {
    stop entry - stop_width * noise
    exit when line crosses below signal
  }
  enter short when line crosses below signal and line < 0 {
    stop entry + stop_width * noise
    exit when line crosses above signal
  }

  size risk 1%
  limit leverage 3
}
