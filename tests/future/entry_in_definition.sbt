#sbt 1

// refused: E0611 a definition cannot see the fill

indicator far_below() -> price {
  give entry * 0.98
}

strategy peek {
  on 1h

  enter long when close > open {
    stop far_below()
  }

  size 100% of equity
}
