#sbt 1

strategy opening_range "Breakout of the first hour of New York" {
  on 30m session "09:30-16:00" in "America/New_York"

  param target_r: float = 2 in 1..4 step 0.5

  // bars since the session began: 0 on its first bar
  let age = bars_since(session.start)
  let first_hour_over = session.active and age >= 1
  let top = highest_since(session.start, high)
  let bottom = lowest_since(session.start, low)
  // the range as it stood when the first hour was over
  let range_top = value_when(age == 1, top)
  let range_bottom = value_when(age == 1, bottom)

  enter long #up when first_hour_over and close < range_top
    at stop range_top {
    stop   range_bottom
    target target_r * (entry - range_bottom) + entry
    exit   at session end
  }
  enter short #down when first_hour_over and close > range_bottom
    at stop range_bottom {
    stop   range_top
    target entry - target_r * (range_top - entry)
    exit   at session end
  }

  size risk 0.5%
  limit leverage 3
  limit trades 1 per 1d
}
