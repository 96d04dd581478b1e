#sbt 1

// refused: E0301 whether the next bar ends the session

strategy peek {
  on 1h session "09:00-17:00" in "UTC"

  enter long when session.end[-1]
  exit long when session.end

  size 100% of equity
}
