#sbt 1

/// How many standard deviations x lies from its mean, kept within ±limit.
indicator bounded_zscore(x: num, n: bars, limit: float = 5) -> float {
  give clamp(zscore(x, n), -limit, limit)
}

strategy zscore_fade "Fade what is far from its mean, unless it trends" {
  on 1h

  param length: bars = 72 in 24..240 step 24
  param far: float = 2.5 in 1.5..4 step 0.25
  param near: float = 0.5 in 0..1 step 0.25

  let z = bounded_zscore(close, length)
  let trendless = efficiency_ratio(close, length) < 0.35

  enter long when trendless and z < -far {
    stop 4%
  }
  enter short when trendless and z > far {
    stop 4%
  }
  exit long when z > -near
  exit short when z < near

  size risk 0.5%
  limit leverage 3
  limit cooldown 6 bars
  plot z
}

test "the z-score stays within its limit" {
  forall random_bars(500)
  assert bounded_zscore(close, 20, 2) in -2..2
}
