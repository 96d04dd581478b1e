// The two charts over time: equity with its drawdown, and candles with the trades drawn on them.

// ---- equity ----

function equityChart() {
  const host = byId("equity-chart");
  const rows = equity.time.length;
  if (rows === 0) {
    host.replaceWith(emptyState("No equity curve", "The run covered no bar."));
    return null;
  }
  const chart = LWC.createChart(host, chartOptions());
  const compact = (v) => (Math.abs(v) >= 1e6 ? digits(v / 1e6, 2) + "M" : digits(v, Math.abs(v) < 100 ? 2 : 0));
  const balance = chart.addSeries(LWC.BaselineSeries, {
    baseValue: { type: "price", price: D.initial }, lineWidth: 2, priceLineVisible: false,
    priceFormat: { type: "custom", formatter: compact, minMove: 0.01 },
  }, 0);
  const benchmark = D.markets.length === 1 ? holdCurve() : null;
  const hold = benchmark && chart.addSeries(LWC.LineSeries, {
    lineWidth: 1, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false, visible: false,
    priceFormat: { type: "custom", formatter: compact, minMove: 0.01 },
  }, 0);
  const depth = chart.addSeries(LWC.AreaSeries, {
    invertFilledArea: true, lineWidth: 1, priceLineVisible: false, lastValueVisible: false,
    priceFormat: { type: "custom", formatter: (v) => digits(v * 100, 0, 1) + "%", minMove: 0.001 },
  }, 1);
  // A flat line still gets a scale of distinct figures, a run without losses a drawdown axis that starts at zero.
  balance.applyOptions({ autoscaleInfoProvider: (own) => {
    const info = own();
    if (!info) return info;
    const { minValue, maxValue } = info.priceRange;
    const room = Math.max(0, D.initial * 0.01 - (maxValue - minValue)) / 2;
    return { ...info, priceRange: { minValue: minValue - room, maxValue: maxValue + room } };
  } });
  depth.applyOptions({ autoscaleInfoProvider: (own) => {
    const info = own();
    return info && { ...info, priceRange: { minValue: Math.min(info.priceRange.minValue, -0.01), maxValue: 0 } };
  } });
  balance.setData(equity.time.map((time, i) => ({ time, value: equity.value[i] })));
  depth.setData(equity.time.map((time, i) => ({ time, value: equity.drawdown[i] })));
  hold?.setData(equity.time.map((time, i) => ({ time, value: benchmark[i] })));
  depth.priceScale().applyOptions({ entireTextOnly: true, scaleMargins: { top: 0.04, bottom: 0.06 } });
  balance.priceScale().applyOptions({ scaleMargins: { top: 0.05, bottom: 0.06 } });
  const panes = chart.panes();
  panes[0].setStretchFactor(3);
  panes[1].setStretchFactor(1);

  const band = windowBand(host, chart);

  let holdShown = false;
  const show = readout(host, (i) => [
    ["", D.step >= 86400 ? day(equity.time[i]) : moment(equity.time[i])],
    ["Equity", money(equity.value[i])],
    ["Return", signedPercent(D.initial > 0 ? equity.value[i] / D.initial - 1 : null), tone(equity.value[i] - D.initial)],
    ["Drawdown", percent(equity.drawdown[i]), tone(equity.drawdown[i])],
    ...(holdShown ? [["Buy and hold", money(benchmark[i])]] : []),
  ]);
  const last = rows - 1;
  show(last);
  chart.subscribeCrosshairMove((at) => show(Math.min(last, Math.max(0, at.logical ?? last))));
  chart.subscribeClick((at) => {
    if (at.logical !== undefined) equityClicked(equity.time[Math.min(last, Math.max(0, at.logical))]);
  });

  const fit = () => chart.timeScale().fitContent();
  const paint = () => {
    chart.applyOptions(chartOptions());
    balance.applyOptions({
      topLineColor: colour("up-mark"), topFillColor1: faint("up-mark", 0.26), topFillColor2: faint("up-mark", 0.02),
      bottomLineColor: colour("down-mark"), bottomFillColor1: faint("down-mark", 0.02), bottomFillColor2: faint("down-mark", 0.26),
    });
    depth.applyOptions({ lineColor: colour("down-mark"), topColor: faint("down-mark", 0.06), bottomColor: faint("down-mark", 0.3) });
    hold?.applyOptions({ color: colour("soft") });
  };
  paint();
  themeListeners.push(paint);
  fit();
  makeOperable(host, chart, "Equity and drawdown over time", fit);

  const scale = choice("Scale of equity", [["linear", "Linear"], ["log", "Log"]], "linear", (v) =>
    balance.priceScale().applyOptions({ mode: v === "log" ? 1 : 0 }));
  byId("equity-tools").append(...[
    hold && toggle("Buy and hold", false, (on) => { holdShown = on; hold.applyOptions({ visible: on }); show(last); }),
    scale,
    iconButton("Show the whole run", "⤢", fit),
  ].filter(Boolean));
  const deepest = equity.drawdown.reduce((worst, v, i) => (v < equity.drawdown[worst] ? i : worst), 0);
  byId("equity-sub").textContent = equity.drawdown[deepest] < 0
    ? `Deepest fall ${percent(equity.drawdown[deepest])} on ${day(equity.time[deepest])}. Select a point to see its prices below.`
    : "Equity never fell below a former high.";
  if (D.equity.thinned) {
    byId("equity-note").textContent = `Drawn from ${count(rows)} of ${count(D.equity.thinned)} bars: the highest, lowest and deepest of each stretch are kept, so extremes and drawdowns are exact.`;
  }
  return { chart, band };
}

/** The capital put into the one market at the first bar's close, without costs. */
function holdCurve() {
  const { time, bars } = candlesOf(0);
  const first = indexAt(time, equity.time[0]);
  const start = bars[Math.max(0, first)]?.close;
  if (!start) return null;
  return equity.time.map((t) => (D.initial * bars[Math.max(0, indexAt(time, t))].close) / start);
}

/** The stretch of time that the price chart shows, shaded on the equity chart: an element over it, because a canvas of many
 *  thousand points is too slow to draw again for every step of a pan elsewhere. */
function windowBand(host, chart) {
  const band = el("div", { class: "band", hidden: true });
  host.append(band);
  let range = null;
  const place = () => {
    if (!range) return;
    const scale = chart.timeScale();
    const x = (t) => scale.logicalToCoordinate(Math.max(0, indexAt(equity.time, t)));
    const [from, to] = [x(range[0]), x(range[1])];
    const width = scale.width();
    // A band over all of it says nothing.
    band.hidden = from === null || to === null || to < 0 || from > width || (from <= 0 && to >= width * 0.98);
    if (band.hidden) return;
    const left = Math.max(0, from);
    band.style.transform = `translateX(${left}px)`;
    band.style.width = `${Math.max(3, Math.min(width, to) - left)}px`;
    band.style.bottom = `${scale.height()}px`;
  };
  chart.timeScale().subscribeVisibleLogicalRangeChange(place);
  chart.timeScale().subscribeSizeChange(place);
  return {
    show(from, to) {
      range = [from, to];
      place();
    },
  };
}

// ---- candles ----

function priceChart() {
  const host = byId("price-chart");
  if (D.markets.every((m) => m.time.length === 0)) {
    host.replaceWith(emptyState("No prices", "The run covered no bar."));
    return null;
  }
  const chart = LWC.createChart(host, chartOptions());
  // Candles narrower than half a pixel are drawn as one that spans them all.
  chart.timeScale().applyOptions({ enableConflation: true });
  const series = chart.addSeries(LWC.CandlestickSeries, { priceLineVisible: false, lastValueVisible: false });
  const layer = tradeLayer();
  series.attachPrimitive(layer);
  series.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.08 } });
  let shown = -1;
  let candles = { time: [], bars: [], plots: [] };
  let lines = [];

  const show = readout(host, (i) => {
    const b = candles.bars[i];
    if (!b) return [];
    return [
      ["", moment(b.time)],
      ["O", price(b.open, shown)], ["H", price(b.high, shown)], ["L", price(b.low, shown)], ["C", price(b.close, shown)],
      ["", signedPercent(b.close / b.open - 1), tone(b.close - b.open)],
      ...candles.plots.map((plot, p) => [plot.name, plot.isPrice ? price(plot.values[i], shown) : missing(plot.values[i]) ? NONE : digits(plot.values[i], 0, 4), `plot-${1 + (p % 4)}`]),
    ];
  });
  const last = () => candles.bars.length - 1;
  /** Without a crosshair the values are those of the last candle in sight. */
  const lastSeen = () => Math.min(last(), Math.max(0, Math.floor(chart.timeScale().getVisibleLogicalRange()?.to ?? last())));
  chart.subscribeCrosshairMove((at) => show(at.logical === undefined ? lastSeen() : Math.min(last(), Math.max(0, at.logical))));
  chart.subscribeClick((at) => {
    if (at.logical === undefined || !at.point) return;
    const range = chart.timeScale().getVisibleLogicalRange();
    const found = layer.nearest(at.logical, series.coordinateToPrice(at.point.y), Math.max(1.5, (range.to - range.from) / 60));
    if (found !== null) choose(found, { jump: false });
  });
  const paint = () => {
    chart.applyOptions(chartOptions());
    series.applyOptions({
      upColor: faint("up-mark", 0.85), downColor: faint("down-mark", 0.85), borderVisible: false,
      wickUpColor: faint("up-mark", 0.85), wickDownColor: faint("down-mark", 0.85),
    });
    lines.forEach((line, i) => line.applyOptions({ color: colour(`plot-${1 + (i % 4)}`) }));
    layer.repaint();
  };
  paint();
  themeListeners.push(paint);

  /** The strategy's plots: prices on the candles, each other series in a pane below. */
  function showPlots() {
    for (const line of lines) chart.removeSeries(line);
    let pane = 0;
    lines = candles.plots.map((plot, i) => {
      const line = chart.addSeries(LWC.LineSeries, {
        lineWidth: 1.5, color: colour(`plot-${1 + (i % 4)}`), priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false,
        priceFormat: plot.isPrice ? series.options().priceFormat : { type: "custom", formatter: (v) => digits(v, 0, 3), minMove: 0.001 },
      }, plot.isPrice ? 0 : ++pane);
      line.setData(candles.time.map((time, row) => (plot.values[row] === null ? { time } : { time, value: plot.values[row] })));
      return line;
    });
    chart.panes().forEach((p, i) => p.setStretchFactor(i === 0 ? 3 : 1));
    host.style.height = pane > 0 ? `calc(var(--price-height) + ${pane * 110}px)` : "";
  }

  function showMarket(index) {
    if (shown === index) return;
    shown = index;
    const m = D.markets[index];
    candles = candlesOf(index);
    series.applyOptions({ priceFormat: { type: "custom", formatter: (v) => price(v, index), minMove: 10 ** -m.digits } });
    series.setData(candles.bars);
    showPlots();
    layer.setTrades(placedTrades(index));
    show(last());
    byId("chart-sub").textContent = `${m.symbol}, ${m.timeframe} candles. ${touch.matches ? "Drag to pan, pinch to zoom." : "Drag to pan; select the chart, then scroll to zoom."}`;
    byId("chart-note").textContent = m.coarser
      ? `The run used ${count(m.coarser)} bars of ${D.timeframe}; they are drawn as ${m.timeframe} candles to keep this file small. Fills and levels keep their exact prices.`
      : "";
    if (picker) picker.value = String(index);
  }

  /** `bars` candles that end at the last one, or about `at`. */
  function window_(bars, at = null) {
    const end = at === null ? last() + 2 : Math.min(last() + 2, at + bars / 2);
    chart.timeScale().setVisibleLogicalRange({ from: Math.max(0, end - bars), to: end });
  }
  const fit = () => chart.timeScale().fitContent();
  const bySpan = (days) => () => window_(Math.max(20, (days * 86400) / D.markets[shown].step), middleRow());
  function middleRow() {
    const range = chart.timeScale().getVisibleLogicalRange();
    return range ? (range.from + range.to) / 2 : null;
  }
  const picker = D.markets.length > 1
    ? el("select", { "aria-label": "Symbol", class: "field", onchange: (e) => { showMarket(Number(e.target.value)); window_(180); } },
      D.markets.map((m, i) => el("option", { value: i }, m.symbol)))
    : null;
  const runDays = equity.time.length ? (equity.time[equity.time.length - 1] - equity.time[0]) / 86400 : 0;
  const spans = [["1D", 1], ["1W", 7], ["1M", 30], ["3M", 91], ["1Y", 365]]
    .filter(([, days]) => days < runDays && (days * 86400) / D.step >= 20);
  byId("chart-tools").append(...[
    picker,
    el("div", { class: "segment", role: "group", "aria-label": "Stretch of time" },
      spans.map(([text, days]) => el("button", { type: "button", onclick: bySpan(days) }, text)),
      el("button", { type: "button", onclick: fit }, "All")),
    el("div", { class: "segment", role: "group", "aria-label": "Zoom" },
      el("button", { type: "button", "aria-label": "Zoom out", onclick: () => zoom(chart, 1 / 0.7) }, MINUS),
      el("button", { type: "button", "aria-label": "Zoom in", onclick: () => zoom(chart, 0.7) }, "+")),
  ].filter(Boolean));
  makeOperable(host, chart, "Candles with the trades' entries, exits, stops and targets", fit);
  byId("chart-legend").append(...legend());

  chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
    if (!range || candles.time.length === 0) return;
    const row = (r) => candles.time[Math.min(last(), Math.max(0, Math.round(r)))];
    windowMoved(row(range.from), row(range.to));
    show(lastSeen());
  });

  return {
    showMarket,
    latest: () => window_(Math.min(last() + 1, narrow.matches ? 90 : 220)),
    at(time) {
      const row = indexAt(candles.time, time);
      const range = chart.timeScale().getVisibleLogicalRange();
      const bars = range ? Math.min(range.to - range.from, 600) : 200;
      window_(bars, Math.max(0, row));
    },
    mark: (index) => layer.choose(index),
    jump(index) {
      showMarket(trades[index].symbol);
      layer.choose(index);
      const p = layer.placedOf(index);
      const pad = Math.max(narrow.matches ? 18 : 40, (p.to - p.from) * 0.7);
      // Room to the right for the labels of stop and target.
      chart.timeScale().setVisibleLogicalRange({ from: p.from - pad, to: p.to + pad * 1.3 });
      chart.priceScale("right").applyOptions({ autoScale: true });
    },
  };
}

function legend() {
  const mark = (draw, text) => el("li", {}, svg("svg", { viewBox: "0 0 18 12", width: 18, height: 12, "aria-hidden": "true" }, draw), text);
  return [
    mark(svg("path", { d: "M9 1 14 11H4z", class: "fill-ink" }), "Long entry"),
    mark(svg("path", { d: "M9 11 14 1H4z", class: "fill-ink" }), "Short entry"),
    mark(svg("circle", { cx: 9, cy: 6, r: 4.5, class: "fill-up" }), "Exit with profit"),
    mark(svg("rect", { x: 5, y: 2, width: 8, height: 8, class: "fill-down" }), "Exit with loss"),
    mark(svg("path", { d: "M0 6H18", class: "line-down" }), "Stop"),
    mark(svg("path", { d: "M0 6H18", class: "line-up", "stroke-dasharray": "5 3" }), "Target"),
  ];
}
