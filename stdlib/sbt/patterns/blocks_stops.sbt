#sbt 1

// Pattern blocks on lines that trail the price and turn: parabolic stop, supertrend, chandelier.

/// The parabolic stop changes to below the close.
/// Catalogue: SAR_FLIP_BULLISH, PSAR_FLIP_LONG; long; psar(accel, maximum).line < close and psar(accel,
/// maximum).line[1] >= close[1].
indicator psar_flips_up(accel: float = 0.02, maximum: float = 0.2) -> bool {
  give psar(accel, maximum).line < close and psar(accel, maximum).line[1] >= close[1]
}

/// The parabolic stop changes to above the close.
/// Catalogue: SAR_FLIP_BEARISH; short; psar(accel, maximum).line > close and psar(accel, maximum).line[1] <=
/// close[1].
indicator psar_flips_down(accel: float = 0.02, maximum: float = 0.2) -> bool {
  give psar(accel, maximum).line > close and psar(accel, maximum).line[1] <= close[1]
}

/// The parabolic stop has been below the close for some bars.
/// Catalogue: SAR_CONFIRMED_UP; long; held(psar(accel, maximum).line < close, span).
indicator psar_below(accel: float = 0.02, maximum: float = 0.2, span: bars = 3) -> bool {
  give held(psar(accel, maximum).line < close, span)
}

/// The parabolic stop has been above the close for some bars.
/// Catalogue: SAR_CONFIRMED_DOWN; short; held(psar(accel, maximum).line > close, span).
indicator psar_above(accel: float = 0.02, maximum: float = 0.2, span: bars = 3) -> bool {
  give held(psar(accel, maximum).line > close, span)
}

/// The parabolic stop is below the close by less than a fraction.
/// Catalogue: PSAR_PROXIMITY; long; (close - s) / close < proximity and s < close, s = psar(accel, max_accel).line.
indicator psar_near(accel: float = 0.02, max_accel: float = 0.2, proximity: float = 0.01) -> bool {
  let s = psar(accel, max_accel).line
  give (close - s) / close < proximity and s < close
}

/// The parabolic stop below the close stepped farther on most of the last bars.
/// Catalogue: PSAR_ACCEL_ZONE; long; times(stride > stride[1], span) >= least and s < close, s = psar(accel,
/// max_accel).line, stride = s - s[1].
indicator psar_accelerates(accel: float = 0.02, max_accel: float = 0.2, span: bars = 3,
  least: float = 2) -> bool {
  let s = psar(accel, max_accel).line
  let stride = s - s[1]
  give times(stride > stride[1], span) >= least and s < close
}

/// The supertrend turns upwards.
/// Catalogue: SUPERTREND_BUY; long; starts(supertrend(period, mult).up).
/// Derived from name and parameters, as the catalogue has no formula: SUPERTREND_BUY.
indicator supertrend_flips_up(period: bars = 10, mult: float = 3) -> bool {
  give starts(supertrend(period, mult).up)
}

/// The supertrend has pointed upwards for some bars.
/// Catalogue: SUPERTREND_UP; long; held(supertrend(period, mult).up, span).
/// Mended (SUPERTREND_UP): the catalogue leaves out the ratchet that makes the line a supertrend.
indicator supertrend_is_up(period: bars = 10, mult: float = 3, span: bars = 3) -> bool {
  give held(supertrend(period, mult).up, span)
}

/// The supertrend points upwards and its line is below the close by less than a fraction.
/// Catalogue: SUPERTREND_PROXIMITY; long; s.up and close > s.line and (close - s.line) / close < proximity, s =
/// supertrend(period, mult).
/// Mended (SUPERTREND_PROXIMITY): the catalogue leaves out the ratchet that makes the line a supertrend.
indicator supertrend_near(period: bars = 10, mult: float = 2, proximity: float = 0.01) -> bool {
  let s = supertrend(period, mult)
  give s.up and close > s.line and (close - s.line) / close < proximity
}

/// The close comes back above the chandelier stop.
/// Catalogue: CHANDELIER_LONG_ENTRY; long; starts(close > chandelier(period, mult).long_exit).
indicator close_crosses_above_chandelier(period: bars = 22, mult: float = 3) -> bool {
  give starts(close > chandelier(period, mult).long_exit)
}

/// The close was above the chandelier stop on most of the last bars.
/// Catalogue: CHANDELIER_TREND; long; times(close > chandelier(period, mult).long_exit, span) >= least.
indicator close_mostly_above_chandelier(period: bars = 22, mult: float = 3, span: bars = 5,
  least: float = 4) -> bool {
  give times(close > chandelier(period, mult).long_exit, span) >= least
}

/// The close is above the chandelier stop by less than a fraction.
/// Catalogue: CHANDELIER_PROXIMITY; long; (close - s) / close < proximity and close > s, s = chandelier(period,
/// mult).long_exit.
indicator close_just_above_chandelier(period: bars = 22, mult: float = 3,
  proximity: float = 0.02) -> bool {
  let s = chandelier(period, mult).long_exit
  give (close - s) / close < proximity and close > s
}

/// After a rise of some percent the close is average true ranges below the highest high.
/// Catalogue: TRAIL_STOP_TRIGGER; short; close < top - mult * atr(atr_n) and top > rise * close[period], top =
/// highest(high, period).
indicator close_below_high_stop(period: bars = 10, mult: float = 2, atr_n: bars = 14,
  rise: float = 1.02) -> bool {
  let top = highest(high, period)
  give close < top - mult * atr(atr_n) and top > rise * close[period]
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 98, 95, 99, 102, 111, 108, 108, 105, 108, 107, 105, 101, 100]
  given high = [101, 99, 100, 105, 106, 113, 109, 111, 109, 110, 107, 106, 101, 102]
  given low = [97, 94, 94, 98, 101, 107, 106, 108, 105, 107, 105, 101, 100, 93]
  given close = [97, 95, 98, 103, 106, 108, 107, 110, 108, 107, 105, 101, 100, 97]
  given volume = [1, 6, 10, 1, 2, 20, 20, 20, 1, 5, 10, 30, 1, 6]
  assert psar_flips_up(0.02, 0.2) is [_, _, false, true, false, false, false, false, false, false,
    false, false, false, false]
  assert psar_flips_down(0.02, 0.2) is [_, _, false, false, false, false, false, false, false,
    false, false, false, true, false]
  assert psar_below(0.02, 0.2, 2) is [_, _, false, false, true, true, true, true, true, true, true,
    true, false, false]
  assert psar_above(0.02, 0.2, 2) is [_, _, true, false, false, false, false, false, false, false,
    false, false, false, true]
  assert psar_near(0.02, 0.2, 0.01) is [_, false, false, false, false, false, false, false, false,
    false, false, true, false, false]
  assert psar_accelerates(0.02, 0.2, 2, 2) is [_, _, _, _, false, true, true, false, false, false,
    false, false, false, false]
  assert supertrend_near(2, 2, 0.01) is [_, _, false, false, false, false, false, false, false,
    false, false, true, false, false]
  assert close_mostly_above_chandelier(3, 1.5, 2, 2) is [_, _, _, _, true, true, true, true, true,
    true, true, false, false, false]
  assert close_just_above_chandelier(2, 3, 0.02) is [_, _, false, false, false, false, false, false,
    false, false, false, false, true, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [100, 104, 110, 112, 112, 107, 106, 101, 94, 91, 94, 88, 90, 84]
  given high = [106, 111, 110, 112, 112, 108, 110, 101, 94, 92, 95, 90, 94, 88]
  given low = [99, 103, 110, 111, 111, 106, 101, 93, 91, 87, 93, 87, 83, 79]
  given close = [104, 110, 110, 112, 112, 107, 102, 95, 91, 89, 93, 90, 85, 81]
  given volume = [1, 6, 4, 5, 5, 6, 20, 5, 12, 30, 3, 6, 8, 10]
  assert supertrend_is_up(3, 3, 2) is [_, _, _, _, true, true, false, false, false, false, false,
    false, false, false]
  assert close_crosses_above_chandelier(3, 3) is [_, _, _, _, false, false, false, false, false,
    true, false, false, false, false]
  assert close_below_high_stop(2, 2, 3, 1.02) is [_, _, _, false, false, false, false, true, false,
    false, false, false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 107, 114, 109, 113, 100, 103, 105, 108, 102, 91, 98, 105, 112]
  given high = [107, 115, 115, 114, 114, 102, 104, 108, 108, 103, 97, 106, 107, 127]
  given low = [92, 106, 113, 108, 104, 92, 102, 97, 102, 95, 89, 97, 97, 111]
  given close = [107, 114, 114, 113, 105, 102, 104, 108, 102, 96, 96, 105, 107, 119]
  given volume = [20, 5, 12, 12, 4, 6, 12, 2, 2, 6, 10, 2, 4, 3]
  assert supertrend_flips_up(2, 3) is [_, _, _, false, false, false, false, false, false, false,
    false, false, false, true]
}
