#sbt 1

// The parametric space of the pipeline as parameters: stop, target, time exit and leverage of a strategy whose signal is fixed.
// A target of 0 and a time exit of 0 are none: the one then lies where no price goes, the other after nearly a million bars.

strategy percentage_space "Breakout with swept exits" {
  on 1h

  param loss: percent = 4% in {2%, 3%, 4%, 6%, 10%}
  param goal: percent = 6% in {0%, 4%, 6%, 10%, 15%, 20%}
  param hold: bars = 8 in {0, 4, 8, 16, 32}
  param lever: int = 3 in {1, 2, 3, 5, 10, 20, 40}
  require goal > 0% or hold > 0
  require goal == 0% or goal > loss

  let mean = sma(close, 20)

  enter long when close crosses above mean {
    stop   loss
    target if goal > 0% then entry * (1 + goal) else entry * 1000000
    exit   after if hold > 0 then max(hold, 1) else 999999 bars
  }
  enter short when close crosses below mean {
    stop   loss
    target if goal > 0% then entry * (1 - goal) else entry / 1000000
    exit   after if hold > 0 then max(hold, 1) else 999999 bars
  }

  size risk 2%
  limit leverage lever
}
