#sbt 1

// refused: E0344 a session inside a daily bar

strategy peek {
  on 1h session "09:00-17:00" in "UTC"

  on 1d {
    let last = session.end
  }

  enter long when last
  exit long when close < open

  size 100% of equity
}
