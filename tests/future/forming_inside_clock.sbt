#sbt 1

// refused: E0348 an unfinished day on the four-hour clock

strategy peek {
  on 1h

  on 4h {
    let today = forming(1d).high
  }

  enter long when close > today
  exit long when close < open

  size 100% of equity
}
