#sbt 1

use patterns/unger_breakouts
use patterns/unger_filters

// Exit mechanism 3 of the Unger catalogue: the trailing stop alone. The stop protects every one of
// them.
// Catalogue: MECH_03.

strategy ts "The trailing stop alone" {
  on 30m

  enter long when breakout_high(55) and close_above_sma(100) {
    stop  2%
    trail 2% after 2.5%
  }
  enter short when breakout_low(55) and close_below_sma(100) {
    stop  2%
    trail 2% after 2.5%
  }

  size risk 0.5%
}
