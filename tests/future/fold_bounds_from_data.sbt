#sbt 1

// refused: E0203 a fold as long as bars say

strategy peek {
  on 1h

  let ago = highest_ago(high, 20)

  enter long when sum(i in 0..ago: close[i]) > close
  exit long when close < open

  size 100% of equity
}
