#sbt 1

strategy squeeze_release "Bollinger bands leave the Keltner channel" {
  on 1h

  param length: bars = 20 in 10..40 step 5
  param patience: bars = 6 in 1..12

  let state = squeeze(length)
  // quiet for a while, and no longer
  let released = not state.squeezed and happened(state.squeezed, patience)
  let noise = atr(14)

  enter long when released and state.value > 0 and state.value > state.value[1] {
    stop  entry - 2 * noise
    trail 3 * noise after 1R
    exit  when state.value < 0
  }
  enter short when released and state.value < 0 and state.value < state.value[1] {
    stop  entry + 2 * noise
    trail 3 * noise after 1R
    exit  when state.value > 0
  }

  size risk 0.75%
  limit leverage 3
}
