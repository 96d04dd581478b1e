#sbt 1

use patterns/unger_breakouts
use patterns/unger_filters

// Exit mechanism 7 of the Unger catalogue: the exit condition or the trailing stop, whichever comes
// first. The stop protects every one of them.
// Catalogue: MECH_07.

strategy ec_or_ts "The exit condition or the trailing stop, whichever comes first" {
  on 30m

  enter long when breakout_high(55) and close_above_sma(100) {
    stop  2%
    trail 2% after 2.5%
    exit  when roc_negative(10)
  }
  enter short when breakout_low(55) and close_below_sma(100) {
    stop  2%
    trail 2% after 2.5%
    exit  when roc_positive(10)
  }

  size risk 0.5%
}
