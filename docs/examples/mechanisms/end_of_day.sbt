#sbt 1

use patterns/unger_breakouts

// The end-of-day exit of the Unger catalogue is a leg of the language: it closes at the end of the day itself, where the
// catalogue counts bars.
// Catalogue: EXT_10.

strategy end_of_day "No position overnight" {
  on 30m session "00:00-24:00" in "UTC"

  enter long when breakout_high(20) and hour < 20 {
    stop 2%
    exit at session end
  }

  size risk 0.5%
}
