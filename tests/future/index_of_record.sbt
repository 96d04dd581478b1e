#sbt 1

// refused: E0301 a band of the next bar

strategy peek {
  on 1h

  let bands = bollinger(close, 20)

  enter long when bands[-1].top > close
  exit long when close < open

  size 100% of equity
}
