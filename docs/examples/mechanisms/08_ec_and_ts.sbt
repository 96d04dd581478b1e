#sbt 1

use patterns/risk
use patterns/unger_breakouts
use patterns/unger_filters

// Exit mechanism 8 of the Unger catalogue: the trailing stop, once the exit condition has held. The
// stop protects every one of them. The trailing stop that must wait for the condition is read as a
// value; it looks at the close, where a `trail` looks at the range.
// Catalogue: MECH_08.

strategy ec_and_ts "The trailing stop, once the exit condition has held" {
  on 30m

  let trailing = trail_percent(position.side, position.bars, position.entry, 2%, 2.5%)
  rec up_armed: bool = roc_negative(10) or (position.bars > 0 and up_armed[1]) init false
  rec down_armed: bool = roc_positive(10) or (position.bars > 0 and down_armed[1]) init false

  enter long when breakout_high(55) and close_above_sma(100) {
    stop 2%
    exit when up_armed and trailing.hit
  }
  enter short when breakout_low(55) and close_below_sma(100) {
    stop 2%
    exit when down_armed and trailing.hit
  }

  size risk 0.5%
}
