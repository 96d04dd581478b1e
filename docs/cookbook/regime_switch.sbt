#sbt 1

enum Rule { switching, trend_only, fade_only }

strategy regime_switch "Follow when it moves straight, fade when it wanders" {
  on 4h

  param rule: Rule = switching in {switching, trend_only, fade_only}
  param length: bars = 30 in 10..60 step 5
  param straight: float = 0.35 in 0.2..0.6 step 0.05

  let directness = efficiency_ratio(close, length)
  // on above the threshold, off only well below it: no flicker in between
  let trending = latch(directness > straight, directness < 0.6 * straight)
  let follow = if rule == Rule.switching then trending else rule == Rule.trend_only
  let mean = ema(close, length)
  let noise = atr(length)
  let far = (close - mean) / noise

  enter long #follow_up when follow and far crosses above 1 {
    stop  entry - 2.5 * noise
    trail 3 * noise after 1R
  }
  enter short #follow_down when follow and far crosses below -1 {
    stop  entry + 2.5 * noise
    trail 3 * noise after 1R
  }
  enter long #fade_low when not follow and far crosses below -1.5 {
    stop entry - 2 * noise
    exit when far > 0
  }
  enter short #fade_high when not follow and far crosses above 1.5 {
    stop entry + 2 * noise
    exit when far < 0
  }

  size risk 0.75%
  limit leverage 3
}
