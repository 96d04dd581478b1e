#sbt 1

use patterns/risk
use patterns/unger_breakouts
use patterns/unger_filters

// Exit mechanism 5 of the Unger catalogue: the target and the exit condition, both at the close of one
// bar. The stop protects every one of them. A leg ends the trade on its own, so a target that must
// wait for the condition is no `target` but a part of the condition.
// Catalogue: MECH_05.

strategy tp_and_ec "The target and the exit condition, both at the close of one bar" {
  on 30m

  enter long when breakout_high(55) and close_above_sma(100) {
    stop 2%
    exit when goal_reached(long, entry, 3%) and roc_negative(10)
  }
  enter short when breakout_low(55) and close_below_sma(100) {
    stop 2%
    exit when goal_reached(short, entry, 3%) and roc_positive(10)
  }

  size risk 0.5%
}
