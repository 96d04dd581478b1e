#sbt 1

use patterns/unger

enum Bias { with_trend, against_trend, off }

strategy unger_bidirectional "Daily-range breakout, both sides, pattern and session filter" {
  on 5m session "08:00-21:00" in "UTC"

  param k: float = 0.6 in 0.2..1.2 step 0.1
  param long_pattern: int = 12 in 0..40
  param short_pattern: int = 31 in 0..40
  param bias: Bias = with_trend in {with_trend, against_trend, off}

  on 1d {
    let range1 = high - low
    let body1 = abs(close - open)
    let quiet = body1 < 0.5 * range1
    let trend = close > ema(close, 20)
    let long_ok = unger(long_pattern)
    let short_ok = unger(short_pattern)
  }

  // forming(1d) folds only the 5m bars seen so far, so it cannot repaint.
  let today = forming(1d)
  let buy_at = today.open + k * range1
  let sell_at = today.open - k * range1
  let allow_long = bias == Bias.off or trend == (bias == Bias.with_trend)
  let allow_short = bias == Bias.off or trend != (bias == Bias.with_trend)
  let weekday_ok = weekday != friday and hour in 9..19

  enter long #up when quiet and long_ok and allow_long and weekday_ok
    at stop buy_at {
    stop   1.5%
    target 2R
    exit   at session end
  }
  enter short #down when quiet and short_ok and allow_short and weekday_ok
    at stop sell_at {
    stop   1.5%
    target 2R
    exit   at session end
  }

  size risk 0.5%
  limit trades 1 per 1d
}
