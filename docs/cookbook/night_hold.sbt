#sbt 1

strategy night_hold "Hold through the American night, nothing else" {
  on 1h

  param from_hour: int = 21 in 0..23
  param hold: bars = 6 in 1..12

  enter long when hour == from_hour {
    stop 5%
    exit after hold
  }

  size 25% of equity
}
