// What the trades have in common: months, distribution, excursions, exits and costs.

// ---- monthly returns ----

function monthsTable() {
  const body = byId("months-body");
  if (D.months.length === 0) {
    body.append(emptyState("No months", "The run covered no bar."));
    return;
  }
  const byYear = new Map(D.years.map(([year, total]) => [year, { total, cells: new Array(12).fill(null) }]));
  for (const [year, month, value] of D.months) byYear.get(year).cells[month - 1] = value;
  // The strongest colour is the 90th percentile, so that one wild month does not pale all others.
  const sizes = D.months.map(([, , v]) => Math.abs(v)).sort((a, b) => a - b);
  const strongest = Math.max(0.002, sizes[Math.floor((sizes.length - 1) * 0.9)]);
  const cell = (value, name, className = "") => {
    if (value === null) return el("td", { class: "none" }, el("span", { class: "unseen" }, `${name}: no data`));
    const heat = Math.min(1, Math.abs(value) / strongest);
    return el("td", {
      class: `heat ${tone(value)} ${className}`,
      vars: { "--heat": `${Math.round(6 + heat * 44)}%` },
      title: `${name}: ${signedPercent(value)}`,
    }, plus(value, digits(value * 100, 1)));
  };
  const years = [...byYear.entries()].sort(([a], [b]) => a - b);
  body.append(el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of monthly returns" },
    el("table", { class: "months" },
      el("caption", { class: "unseen" }, "Return of each month in percent"),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Year"), MONTHS.map((m) => el("th", { scope: "col" }, m)), el("th", { scope: "col" }, "Year %"))),
      el("tbody", {}, years.map(([year, { total, cells }]) => el("tr", {},
        el("th", { scope: "row" }, String(year)),
        cells.map((v, i) => cell(v, `${MONTHS[i]} ${year}`)),
        el("td", { class: `total ${tone(total)}` }, plus(total, digits(total * 100, 1)))))))));
  if (D.months.every(([, , v]) => v === 0)) return;
  const won = D.months.filter(([, , v]) => v > 0).length;
  const best = D.months.reduce((a, b) => (b[2] > a[2] ? b : a));
  const worst = D.months.reduce((a, b) => (b[2] < a[2] ? b : a));
  const name = ([year, month, v]) => `${MONTHS[month - 1]} ${year} (${signedPercent(v, 1)})`;
  body.append(el("p", { class: "note" }, `${won} of ${plural(D.months.length, "month")} gained. Best ${name(best)}, worst ${name(worst)}.`));
}

// ---- distribution ----

const hasR = trades.some((t) => t.r !== null);

const MEASURES = {
  pct: { of: (t) => t.pct * 100, name: "% of notional", show: (v) => digits(v, 0, 2) + THIN + "%" },
  r: { of: (t) => t.r, name: "multiples of the initial risk", show: (v) => digits(v, 0, 2) + THIN + "R" },
  pnl: { of: (t) => t.pnl, name: D.currency, show: (v) => digits(v, 0, 2) },
};

function distribution() {
  const body = byId("spread-body");
  if (trades.length === 0) {
    body.append(emptyState("Nothing to distribute", "The run has no trades."));
    return;
  }
  const draw = (key) => {
    const measure = MEASURES[key];
    const values = trades.map(measure.of).filter((v) => !missing(v)).sort((a, b) => a - b);
    body.replaceChildren(histogram(values, measure));
    const middle = quantile(values, 0.5);
    byId("spread-sub").textContent = `Profit after costs, ${measure.name}. Median ${measure.show(middle)}, mean ${measure.show(sum(values, (v) => v) / values.length)}.`;
  };
  byId("spread-tools").append(choice("Measure", [["pct", "%"], ...(hasR ? [["r", "R"]] : []), ["pnl", D.currency || "Money"]], "pct", draw));
  draw("pct");
}

function histogram(values, measure) {
  // The tails beyond the 1st and 99th percentile share an end bin: they would squeeze all others into one.
  let low = quantile(values, 0.01);
  let high = quantile(values, 0.99);
  if (!(high > low)) [low, high] = [low - 1, low + 1];
  const step = niceStep(high - low, Math.min(40, Math.max(8, Math.sqrt(values.length) * 2)));
  const start = Math.floor(low / step);
  const bins = new Array(Math.max(1, Math.ceil(high / step) - start)).fill(0);
  for (const v of values) bins[Math.min(bins.length - 1, Math.max(0, Math.floor(v / step) - start))]++;
  const [w, h, left, bottom, top] = [560, 250, 34, 26, 10];
  const most = Math.max(...bins);
  const gridStep = Math.max(1, Math.ceil(niceStep(most, 5)));
  const x = (v) => left + ((v / step - start) / bins.length) * (w - left - 4);
  const y = (n) => h - bottom - (n / most) * (h - bottom - top);
  const width = (w - left - 4) / bins.length;
  const parts = [];
  for (let n = 0; n <= most; n += gridStep) {
    parts.push(svg("path", { d: `M${left} ${y(n)}H${w - 4}`, class: "grid" }),
      svg("text", { x: left - 6, y: y(n) + 3.5, "text-anchor": "end" }, count(n)));
  }
  bins.forEach((n, i) => {
    const from = (start + i) * step;
    const name = i === 0 ? `under ${measure.show(from + step)}` : i === bins.length - 1 ? `${measure.show(from)} or more` : `${measure.show(from)} to ${measure.show(from + step)}`;
    parts.push(svg("rect", {
      x: left + i * width + 0.75, y: y(n), width: Math.max(1, width - 1.5), height: h - bottom - y(n), rx: Math.min(2, width / 4),
      class: from + step / 2 > 0 ? "fill-up" : "fill-down",
    }, svg("title", {}, `${name}: ${plural(n, "trade")}`)));
  });
  const tick = niceStep(bins.length * step, 6);
  for (let v = Math.ceil((start * step) / tick) * tick; v <= (start + bins.length) * step + 1e-9; v += tick) {
    parts.push(svg("text", { x: Math.min(w - 14, Math.max(left + 10, x(v))), y: h - 8, "text-anchor": "middle" }, measure.show(Math.abs(v) < tick / 1e6 ? 0 : v)));
  }
  if (start < 0 && start + bins.length > 0) parts.push(svg("path", { d: `M${x(0)} ${top}V${h - bottom}`, class: "axis" }));
  const mean = sum(values, (v) => v) / values.length;
  const at = Math.min(w - 4, Math.max(left, x(mean)));
  parts.push(svg("path", { d: `M${at} ${top}V${h - bottom}`, class: "mean" }),
    svg("text", { x: at + (at > w - 60 ? -5 : 5), y: top + 9, class: "mean-text", "text-anchor": at > w - 60 ? "end" : "start" }, "mean"));
  return svg("svg", { viewBox: `0 0 ${w} ${h}`, class: "plot", role: "img", "aria-label": `Histogram of ${plural(values.length, "trade")} by profit, ${measure.name}` }, parts);
}

// ---- excursions ----

const REACH = {
  mae: { of: (t) => t.mae, title: "Worst moment", sub: "How far each trade ran against its entry, and what it made. Far right and still a gain: the stop was nearly hit." },
  mfe: { of: (t) => t.mfe, title: "Best moment", sub: "How far each trade ran in its favour, and what it made. Far right and a loss: profit was given back." },
};

function excursions() {
  const body = byId("reach-body");
  if (trades.length === 0) {
    body.append(emptyState("No excursions", "The run has no trades."));
    return;
  }
  const canvas = el("canvas", { class: "plot-canvas", role: "img", tabindex: -1 });
  const tip = el("div", { class: "tip", hidden: true });
  const box = el("div", { class: "plot-box" }, canvas, tip);
  body.append(box);
  let key = "mae";
  let points = [];

  const draw = () => {
    const reach = REACH[key];
    byId("reach-sub").textContent = reach.sub;
    canvas.setAttribute("aria-label", `Scatter of ${plural(trades.length, "trade")}: ${reach.title.toLowerCase()} against profit. The trade list holds the same figures.`);
    points = scatter(canvas, trades.map((t) => ({ index: t.index, x: reach.of(t) * 100, y: t.pct * 100, won: t.pnl > 0 })), key === "mae" ? "Maximum adverse excursion (MAE), % of entry" : "Maximum favourable excursion (MFE), % of entry");
  };
  const nearest = (event) => {
    const at = canvas.getBoundingClientRect();
    const [mx, my] = [event.clientX - at.left, event.clientY - at.top];
    let best = null;
    let least = 18 * 18;
    for (const p of points) {
      const off = (p.px - mx) ** 2 + (p.py - my) ** 2;
      if (off < least) [best, least] = [p, off];
    }
    return best;
  };
  canvas.addEventListener("pointermove", (event) => {
    const p = nearest(event);
    tip.hidden = !p;
    canvas.style.cursor = p ? "pointer" : "";
    if (!p) return;
    const t = trades[p.index];
    tip.replaceChildren(
      el("b", { class: tone(t.pnl) }, `${signedPercent(t.pct)}`),
      ` #${t.id} ${sideName(t).toLowerCase()}, ${day(t.entry)}`,
      el("br"), `MAE ${percent(t.mae)} · MFE ${percent(t.mfe)}`);
    tip.style.left = `${Math.min(box.clientWidth - tip.offsetWidth - 4, Math.max(4, p.px + 12))}px`;
    tip.style.top = `${Math.max(4, p.py - tip.offsetHeight - 8)}px`;
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("click", (event) => {
    const p = nearest(event);
    if (p) choose(p.index, { jump: true, scroll: true });
  });
  byId("reach-tools").append(choice("Excursion", [["mae", "Adverse"], ["mfe", "Favourable"]], "mae", (k) => { key = k; draw(); }));
  new ResizeObserver(draw).observe(box);
  themeListeners.push(draw);
}

function scatter(canvas, data, name) {
  const [w, h] = [canvas.clientWidth, canvas.clientHeight];
  if (w === 0) return [];
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(w * ratio);
  canvas.height = Math.round(h * ratio);
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  c.font = `11px ${FONT}`;
  const xs = data.map((p) => p.x).sort((a, b) => a - b);
  const ys = data.map((p) => p.y).sort((a, b) => a - b);
  // Beyond the 99.5th percentile points sit on the edge.
  const right = Math.max(quantile(xs, 0.995), 1e-6) * 1.06;
  const low = Math.min(0, quantile(ys, 0.005));
  const high = Math.max(0, quantile(ys, 0.995));
  const room = Math.max(1e-6, high - low) * 0.06;
  const [left, bottom, top, edge] = [46, 40, 22, 8];
  const x = (v) => left + (Math.min(v, right) / right) * (w - left - edge);
  const y = (v) => top + ((high + room - Math.min(high + room, Math.max(low - room, v))) / (high - low + 2 * room)) * (h - top - bottom);
  c.strokeStyle = colour("line");
  c.fillStyle = colour("soft");
  c.lineWidth = 1;
  const line = (x1, y1, x2, y2) => { c.beginPath(); c.moveTo(x1, y1); c.lineTo(x2, y2); c.stroke(); };
  const yStep = niceStep(high - low + 2 * room, 5);
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (let v = Math.ceil((low - room) / yStep) * yStep; v <= high + room; v += yStep) {
    const at = Math.round(y(v)) + 0.5;
    line(left, at, w - edge, at);
    c.fillText(digits(Math.abs(v) < yStep / 1e6 ? 0 : v, 0, 2) + "%", left - 6, at);
  }
  const xStep = niceStep(right, w < 420 ? 4 : 6);
  c.textAlign = "center";
  c.textBaseline = "alphabetic";
  for (let v = 0; v <= right; v += xStep) c.fillText(digits(v, 0, 2) + "%", Math.min(w - 18, x(v)), h - 24);
  c.textAlign = "left";
  c.fillText("Profit, % of notional", 2, 11);
  c.textAlign = "right";
  c.fillText(name, w - edge, h - 6);
  c.strokeStyle = colour("soft");
  line(left, Math.round(y(0)) + 0.5, w - edge, Math.round(y(0)) + 0.5);
  const size = data.length > 1500 ? 2.2 : data.length > 300 ? 3 : 4;
  const alpha = data.length > 1500 ? 0.45 : 0.6;
  const inks = { true: faint("up-mark", alpha), false: faint("down-mark", alpha) };
  const points = data.map((p) => ({ ...p, px: x(p.x), py: y(p.y) }));
  for (const p of points) {
    c.fillStyle = inks[p.won];
    c.beginPath();
    // Losses are squares here as on the chart: colour is never the only sign.
    if (p.won) c.arc(p.px, p.py, size, 0, 2 * Math.PI);
    else c.rect(p.px - size * 0.85, p.py - size * 0.85, size * 1.7, size * 1.7);
    c.fill();
  }
  return points;
}

// ---- exits and costs ----

function exitsTable() {
  const body = byId("exits-body");
  if (trades.length === 0) {
    body.append(emptyState("No exits", "The run has no trades."));
    return;
  }
  const rows = D.trades.reason_labels.map((name, i) => {
    const list = trades.filter((t) => t.reason === i);
    return { name, n: list.length, won: list.filter((t) => t.pnl > 0).length, pnl: sum(list, (t) => t.pnl), pct: sum(list, (t) => t.pct) };
  }).sort((a, b) => b.n - a.n);
  const most = Math.max(...rows.map((r) => r.n));
  body.append(el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of exit reasons" }, el("table", { class: "plain" },
    el("thead", {}, el("tr", {}, ["Reason", "Trades", "Won", "Mean", "Total " + D.currency].map((t, i) => el("th", { scope: "col", class: i ? "number" : "" }, t)))),
    el("tbody", {}, rows.map((r) => el("tr", {},
      el("th", { scope: "row", class: "barred", vars: { "--share": `${(r.n / most) * 100}%` } }, r.name),
      el("td", { class: "number" }, `${count(r.n)} `, el("span", { class: "faded" }, percent(r.n / trades.length, 0))),
      el("td", { class: "number" }, percent(r.won / r.n, 0)),
      el("td", { class: `number ${tone(r.pct)}` }, signedPercent(r.pct / r.n)),
      el("td", { class: `number ${tone(r.pnl)}` }, signedMoney(r.pnl))))))));
}

function costsTable() {
  const body = byId("costs-body");
  if (trades.length === 0) {
    body.append(emptyState("No costs", "Nothing was traded, so nothing was paid."));
    return;
  }
  const net = sum(trades, (t) => t.pnl);
  const of = (name, fallback) => metricValue(name) ?? sum(trades, fallback);
  const costs = [
    ["Fees", of("fees", (t) => t.fees), "commission of every fill"],
    ["Slippage", of("slippage", (t) => t.slippage), "contained in the fill prices"],
    ["Funding", of("funding", (t) => t.funding), "paid by the side that the market leans to; negative is received"],
  ];
  const paid = sum(costs, ([, v]) => v);
  const gross = net + paid;
  const volume = sum(trades, (t) => 2 * t.notional);
  const most = Math.max(Math.abs(gross), Math.abs(net), ...costs.map(([, v]) => Math.abs(v)), 1e-9);
  const row = (name, value, note, kind) => el("tr", { class: kind },
    el("th", { scope: "row", title: note }, name),
    el("td", { class: "bar-cell" }, el("span", { class: `bar-fill ${kind === "cost" ? "down" : tone(value)}`, vars: { "--share": `${(Math.abs(value) / most) * 100}%` } })),
    el("td", { class: "number" }, kind === "cost" ? plus(-value, digits(-value, 2)) : signedMoney(value)),
    el("td", { class: "number faded" }, signedMoney((kind === "cost" ? -value : value) / trades.length)));
  body.append(el("table", { class: "plain costs" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Part"), el("td"), el("th", { scope: "col", class: "number" }, D.currency || "Money"), el("th", { scope: "col", class: "number" }, "A trade"))),
    el("tbody", {},
      row("Before costs", gross, "profit with fills at the prices the orders were due at", "sum"),
      costs.map(([name, value, note]) => row(name, value, note, "cost")),
      row("After costs", net, "sum of the trades' profits", "sum total"))));
  const share = gross <= 0 ? "" : paid > gross ? "More than the whole profit before costs. " : `${percent(paid / gross, 0)} of the profit before costs. `;
  byId("costs-sub").textContent = `${money(paid)} ${D.currency} in all. ${share}${volume > 0 ? `${digits((paid / volume) * 1e4, 1)} basis points of what was traded.` : ""}`;
}
