#sbt 1

use patterns/unger_breakouts
use patterns/unger_filters

// Exit mechanism 1 of the Unger catalogue: the target alone. The stop protects every one of them.
// Catalogue: MECH_01.

strategy tp "The target alone" {
  on 30m

  enter long when breakout_high(55) and close_above_sma(100) {
    stop   2%
    target 3%
  }
  enter short when breakout_low(55) and close_below_sma(100) {
    stop   2%
    target 3%
  }

  size risk 0.5%
}
