#sbt 1

strategy triple_screen "Tide, wave and ripple" {
  on 1h

  // the tide
  on 1d {
    let slope = ema(close, 13) - ema(close, 13)[1]
  }
  // the wave against it
  on 4h {
    let wave = stoch(14, 3, 3)
    let washed_out = wave.k < 25
    let run_up = wave.k > 75
  }
  let noise = atr(24)

  // the ripple: a stop order just beyond the last bar
  enter long when slope > 0 and washed_out
    at stop high for 2 bars {
    stop  lowest(low, 12) - 0.25 * noise
    trail 4 * noise after 1R
    exit  when slope < 0
  }
  enter short when slope < 0 and run_up
    at stop low for 2 bars {
    stop  highest(high, 12) + 0.25 * noise
    trail 4 * noise after 1R
    exit  when slope > 0
  }

  size risk 0.75%
  limit leverage 3
}
