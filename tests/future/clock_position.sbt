#sbt 1

// refused: E0344 a position inside a coarser bar

strategy peek {
  on 1h

  on 4h {
    let late = position.bars > 5
  }

  enter long when close > open
  exit long when late

  size 100% of equity
}
