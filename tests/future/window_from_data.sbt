#sbt 1

// refused: E0203 a window as long as bars say

strategy peek {
  on 1h

  let n = highest_ago(high, 20) + 1

  enter long when close > highest(high, n)
  exit long when close < open

  size 100% of equity
}
