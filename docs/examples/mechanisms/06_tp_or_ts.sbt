#sbt 1

use patterns/unger_breakouts
use patterns/unger_filters

// Exit mechanism 6 of the Unger catalogue: the target or the trailing stop, whichever comes first. The
// stop protects every one of them.
// Catalogue: MECH_06.

strategy tp_or_ts "The target or the trailing stop, whichever comes first" {
  on 30m

  enter long when breakout_high(55) and close_above_sma(100) {
    stop   2%
    target 3%
    trail  2% after 2.5%
  }
  enter short when breakout_low(55) and close_below_sma(100) {
    stop   2%
    target 3%
    trail  2% after 2.5%
  }

  size risk 0.5%
}
