#sbt 1

strategy vol_target_trend "The same risk a year, whatever the market does" {
  on 1d

  param look: bars = 60 in 20..120 step 10

  let momentum = close / close[look] - 1

  enter long when momentum > 0
  exit long when momentum < 0

  size target vol 20%
  limit leverage 2
}
