#sbt 1

strategy obv_trend "Price and volume agree" {
  on 4h

  param length: bars = 40 in 20..100 step 10

  let flow = obv()
  let flow_up = flow > sma(flow, length)
  let price_up = close > sma(close, length)

  enter long when flow_up and price_up
  enter short when not flow_up and not price_up
  exit long when not flow_up
  exit short when flow_up

  size 50% of equity
}
