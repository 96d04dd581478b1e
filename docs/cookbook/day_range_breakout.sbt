#sbt 1

strategy day_range_breakout "Open of the day plus a part of yesterday's range" {
  on 30m

  param k: float = 0.6 in 0.2..1.2 step 0.1

  on 1d {
    let yesterday = high - low
  }
  let today = forming(1d)
  let buy_at = today.open + k * yesterday
  let sell_at = today.open - k * yesterday
  let in_time = hour < 20

  enter long #up when in_time and close < buy_at
    at stop buy_at {
    stop entry - 0.5 * yesterday
    exit when hour == 23 and minute == 30
  }
  enter short #down when in_time and close > sell_at
    at stop sell_at {
    stop entry + 0.5 * yesterday
    exit when hour == 23 and minute == 30
  }

  size risk 0.5%
  limit leverage 3
  limit trades 1 per 1d
}
