#sbt 1

use patterns/risk
use patterns/unger_breakouts
use patterns/unger_filters

// Exit mechanism 10 of the Unger catalogue: the target and the exit condition together, or the
// trailing stop. The stop protects every one of them.
// Catalogue: MECH_10.

strategy tp_and_ec_or_ts "The target and the exit condition together, or the trailing stop" {
  on 30m

  enter long when breakout_high(55) and close_above_sma(100) {
    stop  2%
    trail 2% after 2.5%
    exit  when goal_reached(long, entry, 3%) and roc_negative(10)
  }
  enter short when breakout_low(55) and close_below_sma(100) {
    stop  2%
    trail 2% after 2.5%
    exit  when goal_reached(short, entry, 3%) and roc_positive(10)
  }

  size risk 0.5%
}
