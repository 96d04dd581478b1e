#sbt 1

strategy regression_channel "Buy the lower edge of a straight rising channel" {
  on 4h

  param length: bars = 60 in 30..120 step 10
  param fit: float = 0.6 in 0.3..0.9 step 0.1

  let channel = linreg_channel(close, length, 1.5)
  let slope = linreg_slope(close, length)
  let straight = linreg_r2(close, length) > fit
  let width = channel.top - channel.low

  enter long when straight and slope > 0 and close < channel.low {
    stop entry - 0.75 * width
    exit when close > channel.mid
    exit after 30 bars
  }
  enter short when straight and slope < 0 and close > channel.top {
    stop entry + 0.75 * width
    exit when close < channel.mid
    exit after 30 bars
  }

  size risk 1%
  limit leverage 3
}
