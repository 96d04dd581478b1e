#sbt 1

use patterns/unger

strategy unger_breakout "Yesterday's extremes, if yesterday looked right" {
  on 30m

  param long_pattern: int = 26 in 0..40
  param short_pattern: int = 15 in 0..40

  on 1d {
    let top = high
    let bottom = low
    let long_ok = unger(long_pattern)
    let short_ok = unger(short_pattern)
  }
  let weekday_ok = weekday in {monday, tuesday, wednesday, thursday, friday}

  enter long #up when long_ok and weekday_ok and close < top
    at stop top {
    stop   2%
    target 3R
    exit   when hour == 23 and minute == 30
  }
  enter short #down when short_ok and weekday_ok and close > bottom
    at stop bottom {
    stop   2%
    target 3R
    exit   when hour == 23 and minute == 30
  }

  size risk 0.5%
  limit leverage 3
  limit trades 1 per 1d
}
