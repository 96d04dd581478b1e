#sbt 1

// refused: E0301 a parameter moves the fold ahead

strategy peek {
  on 1h

  param back: int = 2 in 0..4

  enter long when sum(i in 0..3: close[i - back]) > close
  exit long when close < open

  size 100% of equity
}
