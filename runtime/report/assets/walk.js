// A walk-forward: the stitched curve over its windows, each window's figures, and how the parameters drifted.

/** A stretch by its first and last day, the year once when it is one. */
function shortSpan([from, to]) {
  const [a, b] = [day(from), day(to - 1)];
  return a.slice(-4) === b.slice(-4) ? `${a.slice(0, -5)} to ${b}` : `${a} to ${b}`;
}

/** The stitched curve with its drawdown, the windows shaded behind it. */
function walkCurve(W, host, tools, sub, note) {
  const curve = readCurve(W.stitched, W.initial);
  const rows = curve.time.length;
  if (rows === 0) {
    host.replaceWith(emptyState("No curve", W.windows.length === 0 ? "The data was too short for one window of training and test." : "No test part covered a bar."));
    return;
  }
  const chart = LWC.createChart(host, chartOptions());
  const compact = (v) => (Math.abs(v) >= 1e6 ? digits(v / 1e6, 2) + "M" : digits(v, Math.abs(v) < 100 ? 2 : 0));
  const format = { type: "custom", formatter: compact, minMove: 0.01 };
  const balance = chart.addSeries(LWC.BaselineSeries, { baseValue: { type: "price", price: W.initial }, lineWidth: 2, priceLineVisible: false, priceFormat: format }, 0);
  const other = W.fixed && readCurve(W.fixed[1], W.initial);
  // The two curves may have been thinned to different rows: the compared one is read at the times of the other.
  const at = other && curve.time.map((t) => { const i = indexAt(other.time, t); return i < 0 ? null : other.value[i]; });
  const fixed = other && other.time.length > 0 && chart.addSeries(LWC.LineSeries, { lineWidth: 1.5, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false, priceFormat: format }, 0);
  const depth = chart.addSeries(LWC.AreaSeries, {
    invertFilledArea: true, lineWidth: 1, priceLineVisible: false, lastValueVisible: false,
    priceFormat: { type: "custom", formatter: (v) => digits(v * 100, 0, 1) + "%", minMove: 0.001 },
  }, 1);
  depth.applyOptions({ autoscaleInfoProvider: (own) => {
    const info = own();
    return info && { ...info, priceRange: { minValue: Math.min(info.priceRange.minValue, -0.01), maxValue: 0 } };
  } });
  balance.setData(curve.time.map((time, i) => ({ time, value: curve.value[i] })));
  depth.setData(curve.time.map((time, i) => ({ time, value: curve.drawdown[i] })));
  if (fixed) fixed.setData(curve.time.map((time, i) => (at[i] === null ? { time } : { time, value: at[i] })));
  depth.priceScale().applyOptions({ entireTextOnly: true, scaleMargins: { top: 0.04, bottom: 0.06 } });
  balance.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.06 } });
  const panes = chart.panes();
  panes[0].setStretchFactor(3);
  panes[1].setStretchFactor(1);

  windowBands(host, chart, curve.time, W.windows);
  const windowAt = (t) => W.windows.findIndex((w) => t >= w.test[0] && t < w.test[1]);
  const show = readout(host, (i) => [
    ["", D.step >= 86400 ? day(curve.time[i]) : moment(curve.time[i])],
    ...(windowAt(curve.time[i]) >= 0 ? [["Window", String(windowAt(curve.time[i]) + 1)]] : []),
    ["Equity", money(curve.value[i])],
    ["Return", signedPercent(W.initial > 0 ? curve.value[i] / W.initial - 1 : null), tone(curve.value[i] - W.initial)],
    ["Drawdown", percent(curve.drawdown[i]), tone(curve.drawdown[i])],
    ...(fixed ? [[W.fixed[0], money(at[i])]] : []),
  ]);
  const last = rows - 1;
  show(last);
  chart.subscribeCrosshairMove((x) => show(Math.min(last, Math.max(0, x.logical ?? last))));
  const fit = () => chart.timeScale().fitContent();
  const paint = () => {
    chart.applyOptions(chartOptions());
    balance.applyOptions({
      topLineColor: colour("up-mark"), topFillColor1: faint("up-mark", 0.26), topFillColor2: faint("up-mark", 0.02),
      bottomLineColor: colour("down-mark"), bottomFillColor1: faint("down-mark", 0.02), bottomFillColor2: faint("down-mark", 0.26),
    });
    depth.applyOptions({ lineColor: colour("down-mark"), topColor: faint("down-mark", 0.06), bottomColor: faint("down-mark", 0.3) });
    if (fixed) fixed.applyOptions({ color: colour("soft") });
  };
  paint();
  themeListeners.push(paint);
  fit();
  makeOperable(host, chart, "Stitched equity and drawdown over time", fit);
  tools.append(...[
    fixed ? toggle(W.fixed[0], true, (on) => fixed.applyOptions({ visible: on })) : null,
    iconButton("Show the whole time", "⤢", fit),
  ].filter(Boolean));
  const final = curve.value[last];
  sub.textContent = `The test parts joined: ${signedPercent(W.initial > 0 ? final / W.initial - 1 : null)} out of sample${fixed ? `, against ${signedPercent(W.initial > 0 ? at[last] / W.initial - 1 : null)} with ${W.fixed[0].toLowerCase()} (grey)` : ""}.`;
  if (W.stitched.thinned) note.textContent = `Drawn from ${count(rows)} of ${count(W.stitched.thinned)} bars: the highest, lowest and deepest of each stretch are kept.`;
}

/** Numbered stretches behind a chart over time. */
function windowBands(host, chart, times, windows) {
  const layer = el("div", { class: "bands", "aria-hidden": "true" });
  host.append(layer);
  const marks = windows.map((w, i) => {
    const mark = el("i", { class: i % 2 ? "odd" : "" }, el("span", {}, w.name ?? String(i + 1)));
    layer.append(mark);
    return mark;
  });
  const place = () => {
    const scale = chart.timeScale();
    const width = scale.width();
    layer.style.right = `${host.clientWidth - width}px`;
    layer.style.bottom = `${scale.height()}px`;
    windows.forEach((w, i) => {
      const from = scale.logicalToCoordinate(Math.max(0, indexAt(times, w.test[0] - 1) + 1));
      const to = scale.logicalToCoordinate(Math.max(0, indexAt(times, w.test[1] - 1) + 1));
      const out = from === null || to === null || to < 0 || from > width || to - from < 1;
      marks[i].hidden = out;
      if (out) return;
      marks[i].style.left = `${from}px`;
      marks[i].style.width = `${to - from}px`;
      marks[i].firstChild.hidden = to - from < 8 + 7 * (w.name ?? "12").length;
    });
  };
  chart.timeScale().subscribeVisibleLogicalRangeChange(place);
  chart.timeScale().subscribeSizeChange(place);
  place();
}

/** Training and test of every window over time. */
function walkGantt(W, host) {
  if (W.windows.length === 0) {
    host.append(emptyState("No windows", "The data was too short for one window of training and test."));
    return;
  }
  const from = Math.min(...W.windows.map((w) => w.train[0]));
  const to = Math.max(...W.windows.map((w) => w.test[1]));
  const gains = W.windows.map((w) => numberOf(w.outside[W.judged_by]));
  host.append(drawn("plot-wide gantt", (w) => {
    const row = W.windows.length > 40 ? 5 : W.windows.length > 20 ? 9 : 14;
    const gap = row > 8 ? 4 : 1;
    const height = W.windows.length * (row + gap) + 24;
    const [left, right] = [26, w - 2];
    const x = linear(from, to, left, right);
    const every = Math.max(1, Math.ceil(12 / (row + gap)));
    const parts = yearTicks(from, to, w).map(([t, text]) => [
      svg("path", { d: `M${x(t)} 0V${height - 20}`, class: "grid" }),
      svg("text", { x: x(t), y: height - 6, "text-anchor": x(t) > right - 24 ? "end" : x(t) < left + 20 ? "start" : "middle" }, text)]);
    W.windows.forEach((win, i) => {
      const top = i * (row + gap) + 2;
      parts.push(
        i % every === 0 ? svg("text", { x: left - 7, y: top + row / 2 + 4, "text-anchor": "end" }, String(i + 1)) : null,
        svg("rect", { x: x(win.train[0]), y: top, width: Math.max(1, x(win.train[1]) - x(win.train[0])), height: row, rx: 2, class: "train" }),
        svg("rect", { x: x(win.test[0]), y: top, width: Math.max(1.5, x(win.test[1]) - x(win.test[0])), height: row, rx: 2, class: gains[i] > 0 ? "test" : "test down" }),
        svg("rect", { x: left, y: top, width: right - left, height: row, class: "row-hit" },
          svg("title", {}, `Window ${i + 1}: trained ${shortSpan(win.train)}, tested ${shortSpan(win.test)}`)));
    });
    return picture(w, height, `${plural(W.windows.length, "window")} from ${day(from)} to ${day(to)}, training before test`, parts);
  }), el("ul", { class: "legend" },
    el("li", {}, el("i", { class: "key key-train" }), "training"),
    el("li", {}, el("i", { class: "key key-test" }), "test above zero"),
    gains.some((v) => !(v > 0)) ? el("li", {}, el("i", { class: "key key-loss" }), "test at or below zero") : null));
}

/** Years, or months when there are few of them. */
function yearTicks(from, to, width) {
  const out = [];
  const years = (to - from) / (365 * 86400);
  const months = years > 8 ? 24 : years > 3 ? 12 : years > 1.5 ? 6 : years > 0.5 ? 3 : 1;
  const step = width < 480 && months < 24 ? months * 2 : months;
  const start = new Date(from * 1000);
  for (let n = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth() + 0.001) / step) * step; ; n += step) {
    const t = Date.UTC(Math.floor(n / 12), n % 12, 1) / 1000;
    if (t > to || out.length > 60) break;
    out.push([t, step >= 12 ? String(Math.floor(n / 12)) : `${MONTHS[n % 12]} ${Math.floor(n / 12)}`]);
  }
  return out;
}

/** In-sample and out-of-sample of each window side by side. */
function walkPairs(W, host) {
  const figure = W.figures[W.judged_by];
  if (!figure || W.windows.length === 0) return;
  const pairs = W.windows.map((w) => [numberOf(w.inside[W.judged_by]), numberOf(w.outside[W.judged_by])]);
  const finite = pairs.flat().filter((v) => Number.isFinite(v));
  if (finite.length === 0) {
    host.append(emptyState("Nothing to compare", `No window has a value of ${figure.label}.`));
    return;
  }
  let [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  if (!(high > low)) high = low + 1;
  const room = (high - low) * 0.06;
  [low, high] = [low < 0 ? low - room : low, high + room];
  host.append(drawn("plot-wide", (w) => {
    const [height, left, right, top, bottom] = [230, 44, w - 4, 8, 206];
    const y = linear(low, high, bottom, top);
    const x = (i) => left + ((i + 0.5) * (right - left)) / pairs.length;
    const ticks = ticksOf(low, high, 5);
    const every = Math.max(1, Math.ceil((pairs.length * 22) / (right - left)));
    const size = pairs.length > 40 ? 3 : 5;
    const parts = [gridLeft(ticks, tickText(figure.kind, ticks), y, left, right), svg("path", { d: `M${left} ${y(0)}H${right}`, class: "axis" })];
    pairs.forEach(([a, b], i) => {
      if (i % every === 0) parts.push(svg("text", { x: x(i), y: height - 7, "text-anchor": "middle" }, String(i + 1)));
      if (Number.isFinite(a) && Number.isFinite(b)) parts.push(svg("path", { d: `M${x(i)} ${y(a)}V${y(b)}`, class: "dumb-link" }));
      if (Number.isFinite(a)) parts.push(svg("circle", { cx: x(i), cy: y(a), r: size, class: "dumb-in" }, svg("title", {}, `Window ${i + 1}, in sample ${say(figure.kind, a)}`)));
      if (Number.isFinite(b)) {
        const title = svg("title", {}, `Window ${i + 1}, out of sample ${say(figure.kind, b)}`);
        parts.push(b > 0 ? svg("circle", { cx: x(i), cy: y(b), r: size, class: "fill-up" }, title) : svg("rect", { x: x(i) - size, y: y(b) - size, width: 2 * size, height: 2 * size, class: "fill-down" }, title));
      }
    });
    return picture(w, height, `${figure.label} of each window, in sample and out of sample. The table holds the same figures.`, parts);
  }), el("ul", { class: "legend" },
    el("li", {}, el("i", { class: "key", vars: { border: "2px solid var(--soft)", "border-radius": "50%" } }), `in sample, ${figure.label}`),
    el("li", {}, el("i", { class: "key key-test", vars: { "border-radius": "50%" } }), "out of sample"),
    el("li", {}, el("i", { class: "key key-loss", vars: { "border-radius": "0" } }), "out of sample, at or below zero")));
}

function walkTable(W, host) {
  if (W.windows.length === 0) return;
  const num = (text, mood = "") => el("td", { class: `number ${mood}` }, text);
  const columns = 4 + W.params.length + 2 * W.figures.length;
  host.append(el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of windows" }, el("table", { class: "plain windows" },
    el("caption", { class: "unseen" }, "Windows with their parameters and figures"),
    el("thead", {}, el("tr", {},
      el("th", { scope: "col" }, "#"), el("th", { scope: "col" }, "Tested"),
      W.params.map((name) => el("th", { scope: "col", class: "number" }, name)),
      W.figures.map((f) => [el("th", { scope: "col", class: "number" }, `${f.label}, in`), el("th", { scope: "col", class: "number" }, "out")]),
      el("th", { scope: "col", class: "number" }, "Efficiency"), el("th", { scope: "col" }, "Trained"))),
    el("tbody", {}, W.windows.map((w, i) => [
      el("tr", { class: w.note ? "has-note" : "" },
        el("th", { scope: "row" }, String(i + 1)),
        el("td", {}, shortSpan(w.test)),
        w.shown.map((text) => num(text)),
        W.figures.map((f, k) => {
          const out = numberOf(w.outside[k]);
          const signed = f.kind !== "count" && f.kind !== "bars" && f.name !== "profit_factor" && f.name !== "win_rate" && f.name !== "max_drawdown";
          return [num(say(f.kind, w.inside[k]), "faded-figure"), num(say(f.kind, out), signed ? tone(out) : "")];
        }),
        num(say("fraction", w.efficiency, 0), tone(numberOf(w.efficiency))),
        el("td", { class: "faded-figure" }, shortSpan(w.train))),
      w.note ? el("tr", {}, el("td", {}), el("td", { colspan: columns - 1, class: "noted" }, w.note)) : null,
    ])))));
}

/** One small line of each parameter over the windows. */
function walkDrift(W, host) {
  if (W.params.length === 0 || W.windows.length === 0) {
    host.append(emptyState("Nothing drifts", W.windows.length === 0 ? "There is no window." : "The strategy has no parameter that was chosen."));
    return;
  }
  host.append(el("div", { class: "drift" }, W.params.map((name, p) => {
    const values = W.windows.map((w) => numberOf(w.params[p]));
    const finite = values.filter((v) => Number.isFinite(v));
    const names = new Map(W.windows.map((w, i) => [values[i], w.shown[p]]));
    const changes = values.filter((v, i) => i > 0 && v !== values[i - 1]).length;
    const few = [...new Set(finite)].sort((a, b) => a - b);
    let [low, high] = [Math.min(...finite), Math.max(...finite)];
    if (!(high > low)) [low, high] = [low - 1, high + 1];
    const plot = finite.length === 0 ? emptyState("No value", "") : drawn("plot-wide", (w) => {
      const [height, right, top, bottom] = [130, w - 6, 10, 106];
      const ticks = few.length <= 4 ? few : [few[0], few[few.length >> 1], few[few.length - 1]];
      const text = (v) => names.get(v) ?? digits(v, 0, 4);
      const left = Math.min(110, Math.max(30, ...ticks.map((v) => text(v).length * 6.4 + 12)));
      const y = linear(low, high, bottom, top);
      const x = (i) => left + ((i + 0.5) * (right - left)) / values.length;
      const half = (right - left) / values.length / 2;
      const every = Math.max(1, Math.ceil((values.length * 22) / (right - left)));
      let path = "";
      values.forEach((v, i) => {
        if (!Number.isFinite(v)) return;
        const joined = i > 0 && Number.isFinite(values[i - 1]);
        path += `${joined ? "L" : "M"}${x(i) - half} ${y(v)}L${x(i) + half} ${y(v)}`;
      });
      return picture(w, height, `${name} in each window: ${W.windows.map((win) => win.shown[p]).join(", ")}`, [
        gridLeft(ticks, text, y, left, right),
        svg("path", { d: path, class: "line" }),
        values.map((v, i) => [
          Number.isFinite(v) ? svg("circle", { cx: x(i), cy: y(v), r: values.length > 40 ? 2 : 3.5, class: "dot" }, svg("title", {}, `Window ${i + 1}: ${names.get(v)}`)) : null,
          i % every === 0 ? svg("text", { x: x(i), y: height - 7, "text-anchor": "middle" }, String(i + 1)) : null]),
      ]);
    });
    return el("div", {}, el("h3", {}, name, el("span", { class: "pill" }, changes === 0 ? "never changed" : `changed ${plural(changes, "time")}`)), plot);
  })));
}

/** How many windows gained, in words. */
function walkWords(W) {
  const figure = W.figures[W.judged_by];
  if (!figure || W.windows.length === 0) return "";
  const gains = W.windows.filter((w) => numberOf(w.outside[W.judged_by]) > 0).length;
  return `${count(gains)} of ${plural(W.windows.length, "window")} ${gains === 1 ? "is" : "are"} above zero out of sample, by ${figure.label}.`;
}
