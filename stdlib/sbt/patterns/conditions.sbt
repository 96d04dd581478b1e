#sbt 1

// The seven conditions that turn any measure into a signal. Which of them suit which indicator, with which levels, and which
// indicators go together, is in the table `catalogue/conditions.toml` beside the library.

/// The measure is below a level. Catalogue: threshold_below; long; value < level.
fn threshold_below(value: num, level: num) -> bool = value < level

/// The measure is above a level. Catalogue: threshold_above; short; value > level.
fn threshold_above(value: num, level: num) -> bool = value > level

/// The measure crosses above a level on this bar. Catalogue: crossed_above; long; value > level, not so a bar ago.
indicator crosses_above_level(value: num, level: num) -> bool {
  give value crosses above level
}

/// The measure crosses below a level on this bar. Catalogue: crossed_below; short; value < level, not so a bar ago.
indicator crosses_below_level(value: num, level: num) -> bool {
  give value crosses below level
}

/// The measure is between two levels, neither included. Catalogue: between; both; low_end < value < high_end.
fn between_levels(value: num, low_end: num, high_end: num) -> bool = low_end < value
  and value < high_end

/// The measure rose since the bar before. Catalogue: slope_up; long; value > value[1].
indicator slopes_up(value: num) -> bool {
  give value > value[1]
}

/// The measure fell since the bar before. Catalogue: slope_down; short; value < value[1].
indicator slopes_down(value: num) -> bool {
  give value < value[1]
}

test "a measure against levels" {
  given close = [1, 2, 4, 3, 3]
  assert threshold_below(close, price(3)) is [true, true, false, false, false]
  assert threshold_above(close, price(2)) is [false, false, true, true, true]
  assert crosses_above_level(close, price(2)) is [_, false, true, false, false]
  assert crosses_above_level(close, price(1)) is [_, true, false, false, false]
  assert crosses_below_level(close, price(4)) is [_, false, false, true, false]
  assert between_levels(close, price(1), price(4)) is [false, true, false, true, true]
}

test "a measure against itself" {
  given close = [1, 2, 4, 3, 3]
  assert slopes_up(close) is [_, true, true, false, false]
  assert slopes_down(close) is [_, false, false, true, false]
}

test "a measure without unit" {
  given close = [10, 9, 8, 9, 12]
  assert crosses_above_level(rsi(close, 2), 50) is [_, _, _, false, true]
  assert between_levels(rsi(close, 2), 20, 60) is [_, _, false, true, false]
}
