#sbt 1

// refused: E0203 a bound that changes every bar

strategy peek {
  on 1h

  let ago = lowest_ago(low, 50)

  enter long when high[ago max ago] > close
  exit long when close < open

  size 100% of equity
}
