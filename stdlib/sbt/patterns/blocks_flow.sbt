#sbt 1

// Pattern blocks on less common measures of volume and movement: volume-weighted RSI, demand, payoff, swing and
// facilitation indices, inertia, accumulation patterns.

/// Volume-weighted relative strength, 0..100: rises times volume over all changes times volume; 0 when nothing
/// moved. Formula: 100 up / (up + down), plain sums over the window. Units: none.
indicator volume_weighted_rsi(period: bars = 14) -> float {
  let flow = (close - close[1]) * volume
  let up = sum_of(max(flow, 0), period)
  let down = sum_of(max(-flow, 0), period)
  give if up + down == 0 then 0 else 100 * (up / (up + down))
}

/// The volume-weighted relative strength is below a level.
/// Catalogue: VWRSI_OVERSOLD; long; volume_weighted_rsi(period) < level.
indicator volume_weighted_rsi_below(period: bars = 14, level: float = 30) -> bool {
  give volume_weighted_rsi(period) < level
}

/// The volume-weighted relative strength crosses above its middle.
/// Catalogue: VWRSI_CROSS_UP; long; volume_weighted_rsi(period) crosses above level.
indicator volume_weighted_rsi_crosses_up(period: bars = 14, level: float = 50) -> bool {
  give volume_weighted_rsi(period) crosses above level
}

/// The volume-weighted relative strength is above a level and higher than some bars ago.
/// Catalogue: VWRSI_STRONG; long; r > level and r > r[span], r = volume_weighted_rsi(period).
indicator volume_weighted_rsi_strong(period: bars = 14, level: float = 60, span: bars = 3) -> bool {
  let r = volume_weighted_rsi(period)
  give r > level and r > r[span]
}

/// Demand over supply: closes above lows against highs above closes, weighted by volume. Formula: sum of (close -
/// low) volume / sum of (high - close) volume; infinite without supply. Units: none.
indicator demand_ratio(period: bars = 14) -> float {
  give sum_of((close - low) * volume, period) / sum_of((high - close) * volume, period)
}

/// Demand is a multiple of supply.
/// Catalogue: DI_STRONG; long; demand_ratio(period) > threshold.
indicator demand_above(period: bars = 14, threshold: float = 1.5) -> bool {
  give demand_ratio(period) > threshold
}

/// Demand crosses above supply.
/// Catalogue: DI_CROSS; long; demand_ratio(period) crosses above 1.
indicator demand_crosses_supply(period: bars = 14) -> bool {
  give demand_ratio(period) crosses above 1
}

/// Demand exceeds supply, by more than some bars ago.
/// Catalogue: DI_POSITIVE; long; d > 1 and d > d[span], d = demand_ratio(period).
indicator demand_leads_and_grows(period: bars = 14, span: bars = 3) -> bool {
  let d = demand_ratio(period)
  give d > 1 and d > d[span]
}

/// Herrick's payoff without open interest: moves of the bars' middle weighted by relative volume, summed. Formula:
/// sum of (m - m[1]) volume / sma(volume), m = (high + low) / 2.
indicator payoff_of_volume(period: bars = 14) -> price {
  give sum_of((hl2 - hl2[1]) * (volume / sma(volume, period)), period)
}

/// The payoff is positive and higher than some bars ago.
/// Catalogue: HPI_RISING; long; p > p[span] and p > 0, p = payoff_of_volume(period).
indicator payoff_positive_rising(period: bars = 14, span: bars = 3) -> bool {
  let p = payoff_of_volume(period)
  give p > p[span] and p > 0
}

/// The payoff crosses above zero.
/// Catalogue: HPI_CROSS_ZERO; long; payoff_of_volume(period) crosses above 0.
indicator payoff_crosses_above_zero(period: bars = 14) -> bool {
  give payoff_of_volume(period) crosses above 0
}

/// The close fell while the payoff rose.
/// Catalogue: HPI_DIVERGENCE; long; close < close[span] and p > p[span], p = payoff_of_volume(period).
indicator payoff_rises_against_price(period: bars = 14, span: bars = 5) -> bool {
  let p = payoff_of_volume(period)
  give close < close[span] and p > p[span]
}

/// Swing of one bar, a simplified swing index: change of the close and half the body over the true range. Formula:
/// 50 ((close - close[1]) + (close - open) / 2) / true range; 0 without a range. Source: after J. W. Wilder, 1978.
/// Units: none.
indicator swing_strength() -> float {
  let tr = true_range()
  give if tr == 0 then 0 else 50 * ((close - close[1]) + 0.5 * (close - open)) / tr
}

/// The average swing is positive and higher than some bars ago.
/// Catalogue: SI_POSITIVE; long; s > 0 and s > s[span], s = sma(swing_strength(), period).
indicator swing_average_rises(period: bars = 14, span: bars = 3) -> bool {
  let s = sma(swing_strength(), period)
  give s > 0 and s > s[span]
}

/// The average swing crosses above zero.
/// Catalogue: SI_CROSS; long; sma(swing_strength(), period) crosses above 0.
indicator swing_average_crosses_zero(period: bars = 14) -> bool {
  give sma(swing_strength(), period) crosses above 0
}

/// The sum of swings is a multiple of its standard deviation.
/// Catalogue: SI_STRONG; long; s > mult * sample_stdev(s, period), s = sum_of(swing_strength(), period).
indicator swing_sum_strong(period: bars = 14, mult: float = 1.5) -> bool {
  let s = sum_of(swing_strength(), period)
  give s > mult * sample_stdev(s, period)
}

/// Accumulative swing index: the running sum of Wilder's swing index with the true range in place of the limit move;
/// only its differences mean something. Formula: sum of 50 N max(|high - close[1]|, |low - close[1]|) / tr², N =
/// (close - close[1]) + (close - open) / 2 + (close[1] - open[1]) / 4. Source: J. W. Wilder, 1978. Units: none.
indicator swing_line() -> float {
  let tr = true_range()
  let n = (close - close[1]) + 0.5 * (close - open) + 0.25 * (close[1] - open[1])
  let k = max(abs(high - close[1]), abs(low - close[1]))
  give cumulative(if tr == 0 then 0 else 50 * (n / tr) * (k / tr))
}

/// The accumulated swings are above their average and higher than some bars ago.
/// Catalogue: ASI_RISING; long; swing_line() > sma(swing_line(), period) and swing_line() > swing_line()[span].
/// Derived from name and parameters, as the catalogue has no formula: ASI_RISING.
indicator swing_line_rises(period: bars = 14, span: bars = 3) -> bool {
  give swing_line() > sma(swing_line(), period) and swing_line() > swing_line()[span]
}

/// The accumulated swings are above their highest of the bars before.
/// Catalogue: ASI_BREAKOUT; long; new_high(swing_line(), period).
indicator swing_line_breaks_out(period: bars = 20) -> bool {
  give new_high(swing_line(), period)
}

/// The close fell while the accumulated swings rose.
/// Catalogue: ASI_DIVERGENCE; long; close < close[lookback] and swing_line() > swing_line()[lookback].
indicator swing_line_rises_against_price(lookback: bars = 5) -> bool {
  give close < close[lookback] and swing_line() > swing_line()[lookback]
}

/// A unit of volume bought more range than on the bar before, on more volume.
/// Catalogue: MFI_GREEN; long; market_facilitation() > market_facilitation()[1] and volume > volume[1].
indicator facilitation_green() -> bool {
  give market_facilitation() > market_facilitation()[1] and volume > volume[1]
}

/// On most of the last bars more volume bought less range, while the close rose.
/// Catalogue: MFI_SQUAT; long; times(market_facilitation() < market_facilitation()[1] and volume > volume[1], span)
/// >= least and close > close[span].
indicator facilitation_squats(span: bars = 3, least: float = 2) -> bool {
  give times(market_facilitation() < market_facilitation()[1] and volume > volume[1], span) >= least
    and close > close[span]
}

/// After a bar of less volume and less range a unit of volume, more range again.
/// Catalogue: MFI_FADE_RECOVERY; both; (m < m[1] and volume < volume[1])[1] and m > m[1], m = market_facilitation().
indicator facilitation_recovers() -> bool {
  let m = market_facilitation()
  give (m < m[1] and volume < volume[1])[1] and m > m[1]
}

/// Inertia: the least-squares line of the relative vigour. Formula: linreg(rvgi(n).line, n). Source: D. Dorsey,
/// Stocks & Commodities, 1995. Units: none.
indicator vigour_inertia(period: bars = 14) -> float {
  give linreg(rvgi(period).line, period)
}

/// The inertia is above a level.
/// Catalogue: INERTIA_STRONG; long; vigour_inertia(period) > threshold.
/// Mended (INERTIA_STRONG): all four bars of the vigour weighted 1, 2, 2, 1 as published; the catalogue leaves one
/// factor out.
indicator inertia_above(period: bars = 14, threshold: float = 0.3) -> bool {
  give vigour_inertia(period) > threshold
}

/// The inertia crosses above zero.
/// Catalogue: INERTIA_CROSS_ZERO; long; vigour_inertia(period) crosses above 0.
/// Mended (INERTIA_CROSS_ZERO): all four bars of the vigour weighted 1, 2, 2, 1 as published.
indicator inertia_crosses_above_zero(period: bars = 14) -> bool {
  give vigour_inertia(period) crosses above 0
}

/// The inertia is positive and rises.
/// Catalogue: INERTIA_RISING; long; i > i[1] and i > 0, i = vigour_inertia(period).
/// Mended (INERTIA_RISING): all four bars of the vigour weighted 1, 2, 2, 1 as published.
indicator inertia_positive_rising(period: bars = 14) -> bool {
  let i = vigour_inertia(period)
  give i > i[1] and i > 0
}

/// Narrow bars on high volume closed in their upper half, at least a few times.
/// Catalogue: ACCUMULATION_PATTERN; long; times(r < share * sma(r, period) and volume > mult * sma(volume, period)
/// and close > hl2, span) >= least, r = high - low.
indicator quiet_accumulation(mult: float = 1.3, period: bars = 20, share: float = 0.7,
  span: bars = 10, least: float = 2) -> bool {
  let r = high - low
  give times(r < share * sma(r, period) and volume > mult * sma(volume, period) and close > hl2,
    span) >= least
}

/// Narrow bars on high volume closed in their lower half, at least a few times.
/// Catalogue: DISTRIBUTION_DETECT; short; times(r < share * sma(r, period) and volume > mult * sma(volume, period)
/// and close < hl2, span) >= least, r = high - low.
indicator quiet_distribution(mult: float = 1.3, period: bars = 20, share: float = 0.7,
  span: bars = 10, least: float = 2) -> bool {
  let r = high - low
  give times(r < share * sma(r, period) and volume > mult * sma(volume, period) and close < hl2,
    span) >= least
}

/// After a small body on high volume, a white bar.
/// Catalogue: ABSORPTION_PATTERN; long; (candle_body() < share * (high - low) and volume > mult * sma(volume,
/// period))[1] and close > open.
indicator absorbed_then_white(mult: float = 1.5, period: bars = 20, share: float = 0.3) -> bool {
  give (candle_body() < share * (high - low) and volume > mult * sma(volume, period))[1]
    and close > open
}

/// A black bar makes the lowest low on a multiple of the average volume.
/// Catalogue: SELLING_CLIMAX; long; volume > mult * sma(volume, period) and close < open and low <= lowest(low,
/// period).
/// Derived from name and parameters, as the catalogue has no formula: SELLING_CLIMAX.
indicator selling_climax(period: bars = 20, mult: float = 2) -> bool {
  give volume > mult * sma(volume, period) and close < open and low <= lowest(low, period)
}

/// A white bar makes the highest high on a multiple of the average volume.
/// Catalogue: BUYING_CLIMAX; short; volume > mult * sma(volume, period) and close > open and high >= highest(high,
/// period).
/// Derived from name and parameters, as the catalogue has no formula: BUYING_CLIMAX.
indicator buying_climax(period: bars = 20, mult: float = 2) -> bool {
  give volume > mult * sma(volume, period) and close > open and high >= highest(high, period)
}

/// A tall bar on high volume makes the highest high and closes in its upper half.
/// Catalogue: VCX_BUYING_CLIMAX; long; volume > mult * sma(volume, period) and r > range_mult * sma(r, period) and
/// close > hl2 and high >= highest(high, period), r = high - low.
indicator tall_buying_climax(mult: float = 2, period: bars = 20, range_mult: float = 1.5) -> bool {
  let r = high - low
  give volume > mult * sma(volume, period)
    and r > range_mult * sma(r, period)
    and close > hl2
    and high >= highest(high, period)
}

/// After a tall bar on high volume that made the lowest low and closed in its lower half, a white bar.
/// Catalogue: VCX_SELLING_CLIMAX; long; climax[1] and close > open, r = high - low, climax = volume > mult *
/// sma(volume, period) and r > range_mult * sma(r, period) and close < hl2 and low <= lowest(low, period).
indicator tall_selling_climax_answered(mult: float = 2, period: bars = 20,
  range_mult: float = 1.5) -> bool {
  let r = high - low
  let climax = volume > mult * sma(volume, period)
    and r > range_mult * sma(r, period)
    and close < hl2
    and low <= lowest(low, period)
  give climax[1] and close > open
}

/// A small body on high volume, of the other colour than the bar before.
/// Catalogue: EXHAUSTION_VOL; both; volume > mult * sma(volume, period) and candle_body() < share * (high - low) and
/// (close > open) != (close[1] > open[1]).
indicator exhausted_volume(mult: float = 2, period: bars = 20, share: float = 0.3) -> bool {
  give volume > mult * sma(volume, period)
    and candle_body() < share * (high - low)
    and (close > open) != (close[1] > open[1])
}

/// A tall black bar on high volume.
/// Catalogue: CLIMAX_REVERSAL; short; r > mult * sma(r, period) and volume > vol_mult * sma(volume, period) and
/// close < open, r = high - low.
indicator climax_turns_down(mult: float = 2, period: bars = 20, vol_mult: float = 2) -> bool {
  let r = high - low
  give r > mult * sma(r, period) and volume > vol_mult * sma(volume, period) and close < open
}

test "bars 1: where the blocks fire and where not" {
  given open = [100, 101, 103, 102, 102, 101, 101, 102, 103, 101, 102, 104, 105, 105]
  given high = [101, 103, 103, 103, 103, 103, 104, 103, 104, 104, 104, 107, 105, 107]
  given low = [100, 100, 100, 102, 99, 98, 99, 101, 101, 100, 102, 103, 103, 103]
  given close = [100, 101, 102, 102, 101, 100, 102, 103, 101, 102, 103, 105, 105, 103]
  given volume = [8, 3, 1, 6, 1, 2, 20, 12, 4, 4, 30, 12, 1, 20]
  assert volume_weighted_rsi(2) is [_, _, 100, 100, 0, 0, 95.23809523809523, 100, 60,
    33.33333333333333, 100, 100, 100, 0]
  assert volume_weighted_rsi_below(2, 30) is [_, _, false, false, true, true, false, false, false,
    false, false, false, false, true]
  assert volume_weighted_rsi_crosses_up(2, 50) is [_, _, _, false, false, false, true, false, false,
    false, true, false, false, false]
  assert volume_weighted_rsi_strong(3, 60, 2) is [_, _, _, _, _, false, true, true, false, false,
    false, true, true, false]
  assert demand_ratio(2) is [_, 0.21428571428571427, 0.7142857142857143, 0.2857142857142857, 0.25,
    0.75, 1.391304347826087, 2.1, 2, 0.4, 1, 1, 1.0833333333333333, 0.025]
  assert demand_above(2, 1.5) is [_, false, false, false, false, false, false, true, true, false,
    false, false, false, false]
  assert demand_crosses_supply(2) is [_, _, false, false, false, false, true, false, false, false,
    false, false, true, false]
  assert demand_leads_and_grows(3, 2) is [_, _, _, _, false, false, true, true, true, false, false,
    false, true, false]
  assert payoff_of_volume(2) is [_, _, 0.5454545454545454, 1.7142857142857142, 1.2857142857142856,
    -1.0952380952380951, 1.1515151515151514, 2.1931818181818183, 0.625, -0.25, 1.2647058823529411,
    2.907563025210084, 0.9890109890109889, 1.750915750915751]
  assert payoff_positive_rising(3, 2) is [_, _, _, _, _, _, true, true, true, false, false, true,
    true, false]
  assert payoff_crosses_above_zero(2) is [_, _, _, false, false, false, true, false, false, false,
    true, false, false, false]
  assert payoff_rises_against_price(3, 2) is [_, _, _, _, _, _, false, false, true, false, false,
    false, false, false]
  assert swing_strength() is [_, 16.666666666666668, 8.333333333333334, 0, -18.75, -15, 25, 37.5,
    -50, 18.75, 37.5, 31.25, 0, -37.5]
  assert swing_average_rises(3, 2) is [_, _, _, _, _, false, false, true, true, false, false, true,
    true, false]
  assert swing_average_crosses_zero(2) is [_, _, _, false, false, false, true, false, false, false,
    true, false, false, false]
  assert swing_sum_strong(2, 1.5) is [_, _, _, false, false, false, false, true, false, false,
    false, true, false, false]
  assert swing_line() is [_, 16.666666666666664, 22.222222222222218, 9.722222222222218,
    -4.340277777777782, -14.840277777777782, 3.159722222222218, 25.034722222222218,
    -5.520833333333332, 3.854166666666668, 47.60416666666667, 81.97916666666667, 88.22916666666667,
    69.47916666666667]
  assert swing_line_rises(3, 2) is [_, _, _, false, false, false, true, true, false, false, true,
    true, true, false]
  assert swing_line_breaks_out(2) is [_, _, _, false, false, false, true, true, false, false, true,
    true, true, false]
  assert facilitation_squats(2, 2) is [_, _, false, false, false, false, true, false, false, false,
    false, false, false, false]
  assert facilitation_recovers() is [_, _, false, false, false, false, false, false, true, false,
    false, false, false, false]
  assert vigour_inertia(2) is [_, _, _, _, _, -0.2121212121212121, -0.16666666666666669,
    -0.06000000000000002, 0.02083333333333333, 0.024390243902439025, 0, 0.08108108108108109,
    0.21621621621621628, 0.16666666666666666]
  assert inertia_crosses_above_zero(2) is [_, _, _, _, _, _, false, false, true, false, false, true,
    false, false]
  assert inertia_positive_rising(2) is [_, _, _, _, _, _, false, false, true, true, false, true,
    true, false]
  assert absorbed_then_white(1.5, 2, 0.3) is [_, _, false, false, false, false, false, true, false,
    false, false, false, false, false]
  assert buying_climax(3, 2) is [_, _, false, false, false, false, true, false, false, false, true,
    false, false, false]
  assert exhausted_volume(2, 3, 0.3) is [_, _, false, false, false, false, true, false, false,
    false, false, false, false, false]
}

test "bars 2: where the blocks fire and where not" {
  given open = [95, 89, 84, 81, 79, 74, 67, 60, 57, 59, 60, 64, 60, 59]
  given high = [97, 89, 90, 81, 79, 75, 68, 66, 60, 61, 66, 67, 61, 59]
  given low = [82, 84, 81, 79, 74, 61, 61, 53, 56, 59, 58, 62, 59, 57]
  given close = [88, 84, 82, 79, 74, 67, 61, 59, 60, 59, 64, 65, 59, 59]
  given volume = [1, 3, 3, 4, 30, 8, 8, 1, 5, 10, 8, 6, 8, 10]
  assert swing_line_rises_against_price(2) is [_, _, _, false, false, false, false, false, true,
    false, false, false, false, false]
  assert inertia_above(2, 0.3) is [_, _, _, _, _, false, false, false, false, false, false, true,
    true, false]
  assert quiet_distribution(0.65, 3, 0.35, 2, 1) is [_, _, _, false, false, false, false, false,
    false, true, true, false, false, false]
  assert selling_climax(3, 2) is [_, _, false, false, true, false, false, false, false, false,
    false, false, false, false]
}

test "bars 3: where the blocks fire and where not" {
  given open = [100, 100, 87, 80, 93, 88, 88, 89, 88, 84, 88, 90, 87, 90]
  given high = [106, 112, 99, 88, 93, 90, 90, 90, 89, 88, 92, 90, 87, 91]
  given low = [99, 87, 80, 79, 87, 87, 86, 89, 84, 84, 88, 87, 84, 86]
  given close = [105, 87, 80, 88, 88, 89, 89, 90, 85, 87, 90, 87, 85, 88]
  given volume = [20, 5, 10, 30, 12, 30, 1, 20, 10, 4, 8, 12, 5, 6]
  assert facilitation_green() is [_, false, false, false, false, false, false, false, false, false,
    false, false, false, true]
  assert quiet_accumulation(1.3, 4, 0.7, 3, 2) is [_, _, _, _, _, true, false, false, false, false,
    false, false, false, false]
}

test "bars 4: where the blocks fire and where not" {
  given open = [100, 104, 107, 107, 108, 109, 123, 142, 139, 138, 151, 152, 155, 157]
  given high = [104, 109, 107, 109, 112, 125, 138, 142, 151, 152, 153, 156, 156, 160]
  given low = [99, 103, 107, 106, 107, 107, 122, 127, 126, 138, 150, 150, 153, 156]
  given close = [104, 107, 107, 108, 110, 123, 137, 139, 138, 150, 152, 155, 156, 159]
  given volume = [10, 30, 5, 1, 3, 12, 4, 30, 10, 8, 20, 5, 10, 1]
  assert tall_buying_climax(2, 3, 1.5) is [_, _, false, false, false, true, false, false, false,
    false, false, false, false, false]
}

test "bars 5: where the blocks fire and where not" {
  given open = [102, 105, 110, 104, 105, 101, 100, 99, 95, 97, 97, 96, 93, 94]
  given high = [106, 109, 113, 106, 107, 104, 100, 101, 99, 97, 98, 99, 96, 97]
  given low = [102, 103, 108, 102, 99, 100, 98, 93, 92, 94, 94, 96, 90, 94]
  given close = [105, 108, 109, 105, 102, 100, 99, 96, 97, 95, 96, 98, 94, 95]
  given volume = [20, 5, 6, 1, 30, 12, 2, 30, 8, 5, 8, 10, 6, 10]
  assert tall_selling_climax_answered(2, 3, 1.5) is [_, _, _, false, false, false, false, false,
    true, false, false, false, false, false]
}

test "bars 6: where the blocks fire and where not" {
  given open = [100, 90, 86, 86, 73, 64, 61, 60, 57, 55, 53, 54, 56, 66]
  given high = [101, 92, 87, 98, 74, 64, 62, 62, 57, 55, 55, 56, 66, 68]
  given low = [88, 85, 84, 61, 65, 59, 60, 56, 53, 49, 52, 54, 56, 56]
  given close = [90, 86, 86, 73, 65, 60, 60, 57, 55, 51, 54, 56, 66, 57]
  given volume = [20, 4, 8, 30, 10, 4, 12, 6, 30, 6, 2, 5, 10, 30]
  assert climax_turns_down(2, 3, 2) is [_, _, false, true, false, false, false, false, false, false,
    false, false, false, false]
}
