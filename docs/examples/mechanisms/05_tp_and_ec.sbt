#sbt 1

use patterns/unger_breakouts
use patterns/unger_filters

// Exit mechanism 5 of the Unger catalogue: the exit condition, once the target was touched. The stop
// protects every one of them. A leg ends the trade on its own, so a target that must wait for the
// condition is no `target` but a value that stays true for the rest of the position.
// Catalogue: MECH_05.

strategy tp_and_ec "The exit condition, once the target was touched" {
  on 30m

  rec up_reached: bool = high >= position.entry * (1 + 3%) or (position.bars > 0 and up_reached[1])
    init false
  rec down_reached: bool = low <= position.entry * (1 - 3%)
    or (position.bars > 0 and down_reached[1])
    init false

  enter long when breakout_high(55) and close_above_sma(100) {
    stop 2%
    exit when up_reached and roc_negative(10)
  }
  enter short when breakout_low(55) and close_below_sma(100) {
    stop 2%
    exit when down_reached and roc_positive(10)
  }

  size risk 0.5%
}
