#sbt 1

use patterns/risk
use patterns/unger_breakouts
use patterns/unger_filters

// Exit mechanism 11 of the Unger catalogue: the exit condition and the trailing stop together, or the
// target. The stop protects every one of them.
// Catalogue: MECH_11.

strategy ec_and_ts_or_tp "The exit condition and the trailing stop together, or the target" {
  on 30m

  let trailing = trail_percent(position.side, position.bars, position.entry, 2%, 2.5%)

  enter long when breakout_high(55) and close_above_sma(100) {
    stop   2%
    target 3%
    exit   when trailing.hit and roc_negative(10)
  }
  enter short when breakout_low(55) and close_below_sma(100) {
    stop   2%
    target 3%
    exit   when trailing.hit and roc_positive(10)
  }

  size risk 0.5%
}
