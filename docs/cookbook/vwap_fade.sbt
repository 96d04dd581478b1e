#sbt 1

strategy vwap_fade "Back to the day's volume-weighted price" {
  on 30m

  param far: float = 3 in 1.5..6 step 0.5

  let fair = anchored_vwap(hour == 0 and minute == 0)
  let noise = atr(48)
  let stretch = (close - fair) / noise
  // the first hours have too little of a day in them
  let ripe = hour in 6..20

  enter long when ripe and stretch < -far {
    stop entry - 2 * noise
    exit when close >= fair
    exit when hour == 23
  }
  enter short when ripe and stretch > far {
    stop entry + 2 * noise
    exit when close <= fair
    exit when hour == 23
  }

  size risk 0.5%
  limit leverage 3
  limit trades 2 per 1d
}
