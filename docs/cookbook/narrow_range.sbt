#sbt 1

strategy narrow_range "Stop orders around the narrowest day of seven" {
  on 1d

  param days: bars = 7 in 4..12
  param hold: bars = 5 in 1..15

  let quiet = narrowest_range(days)
  let middle = (high + low) / 2

  enter long #up when quiet
    at stop high {
    stop middle
    exit after hold
  }
  enter short #down when quiet
    at stop low {
    stop middle
    exit after hold
  }

  size risk 1%
  limit leverage 3
}
