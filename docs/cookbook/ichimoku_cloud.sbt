#sbt 1

strategy ichimoku_cloud "Close beyond the cloud, lines in order" {
  on 4h

  let lines = ichimoku()
  let top = max(lines.span_a, lines.span_b)
  let bottom = min(lines.span_a, lines.span_b)

  enter long when close > top and lines.conversion > lines.base {
    stop bottom
    exit when close < lines.base
  }
  enter short when close < bottom and lines.conversion < lines.base {
    stop top
    exit when close > lines.base
  }

  size risk 1%
  limit leverage 3
}
