#sbt 1

strategy sma_cross "Crossing of two simple averages, one unit" {
  on 30m

  let fast = sma(close, 20)
  let slow = sma(close, 100)

  enter long when fast crosses above slow
  exit long when fast crosses below slow

  size 1
}
