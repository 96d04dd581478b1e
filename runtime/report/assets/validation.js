// Puts the page of a validation together, top to bottom.

const V = D.validation;

function headline() {
  subjectLine("Validation");
  const count_ = (verdict) => V.gates.filter((g) => g.verdict === verdict).length;
  const [passed, failed, open] = [count_("pass"), count_("fail"), count_("not_run")];
  const asked = V.gates.length - count_("reported");
  byId("lead").textContent = `${plural(V.gates.length, "gate")}: ${count(passed)} passed, ${count(failed)} failed, ${count(open)} not run${count_("reported") ? `, ${count(count_("reported"))} for information` : ""}. ${dataLine()}.`;
  verdictCard(V);
  const m = (name) => figure(metric(name));
  const p = V.permutations.shown?.[0];
  const over = V.overfitting.shown;
  const walk = V.walk_forward.shown;
  const skill = V.deflated.shown;
  byId("headline").append(
    tile("Gates passed", asked ? `${count(passed)} of ${count(asked)}` : NONE, failed ? `${count(failed)} failed` : open ? `${count(open)} not run` : "none failed", failed ? "down" : ""),
    tile("Net return", missing(metricValue("total_return")) ? NONE : signedPercent(metricValue("total_return")), "of the run judged", tone(metricValue("total_return"))),
    tile("Profit factor", m("profit_factor"), missing(metricValue("trades")) ? "" : plural(metricValue("trades"), "trade")),
    tile("p-value", p && !Number.isNaN(numberOf(p.p_value)) ? digits(numberOf(p.p_value), 3) : NONE, p ? "by permutation" : "not run"),
    tile("Deflated Sharpe", skill ? say("fraction", skill.probability, 1) : NONE, skill ? plural(skill.trials, "trial") : "not run"),
    tile("Overfitting", over ? say("fraction", over.probability, 0) : NONE, over ? "probability" : "not run"),
    tile("Efficiency", walk ? say("fraction", walk.efficiency, 0) : NONE, walk ? "of the walk-forward" : "not run"));
  const small = (label, value, mood) => el("div", {}, el("dt", {}, label), el("dd", { class: mood ?? "" }, value));
  byId("bar-figures").append(small("Verdict", { pass: "Pass", fail: "Fail", incomplete: "Open" }[V.verdict], V.verdict === "pass" ? "up" : V.verdict === "fail" ? "down" : ""), small("Gates", `${passed} of ${asked}`));
}

/** Equity over the time that was looked at, the stretches behind it. */
function judgedCurve() {
  const host = byId("curve-chart");
  if (V.curve.shown === undefined || V.curve.shown.time.length === 0) {
    host.replaceWith(emptyState("No curve", V.curve.absent || "The run covered no bar."));
    return;
  }
  const curve = readCurve(V.curve.shown, V.initial);
  const chart = LWC.createChart(host, chartOptions());
  const compact = (v) => (Math.abs(v) >= 1e6 ? digits(v / 1e6, 2) + "M" : digits(v, Math.abs(v) < 100 ? 2 : 0));
  const balance = chart.addSeries(LWC.BaselineSeries, { baseValue: { type: "price", price: V.initial }, lineWidth: 2, priceLineVisible: false, priceFormat: { type: "custom", formatter: compact, minMove: 0.01 } });
  balance.setData(curve.time.map((time, i) => ({ time, value: curve.value[i] })));
  balance.priceScale().applyOptions({ scaleMargins: { top: 0.12, bottom: 0.06 } });
  const last = curve.time.length - 1;
  const stretch = (t) => V.timeline.find(([, a, b]) => t >= a && t < b);
  const show = readout(host, (i) => [
    ["", D.step >= 86400 ? day(curve.time[i]) : moment(curve.time[i])],
    ["Equity", money(curve.value[i])],
    ["Return", signedPercent(V.initial > 0 ? curve.value[i] / V.initial - 1 : null), tone(curve.value[i] - V.initial)],
    ["Drawdown", percent(curve.drawdown[i]), tone(curve.drawdown[i])],
    ...(stretch(curve.time[i]) ? [["", STRETCHES[stretch(curve.time[i])[0]]]] : []),
  ]);
  show(last);
  chart.subscribeCrosshairMove((x) => show(Math.min(last, Math.max(0, x.logical ?? last))));
  windowBands(host, chart, curve.time, V.timeline.map(([kind, a, b]) => ({ test: [a, b], name: STRETCHES[kind] })));
  const fit = () => chart.timeScale().fitContent();
  const paint = () => {
    chart.applyOptions(chartOptions());
    balance.applyOptions({
      topLineColor: colour("up-mark"), topFillColor1: faint("up-mark", 0.26), topFillColor2: faint("up-mark", 0.02),
      bottomLineColor: colour("down-mark"), bottomFillColor1: faint("down-mark", 0.02), bottomFillColor2: faint("down-mark", 0.26),
    });
  };
  paint();
  themeListeners.push(paint);
  fit();
  makeOperable(host, chart, "Equity over time", fit);
}

headline();
warnings();
gatesTable(V, byId("gates-body"), byId("gates-tools"));
timeline(V, byId("time-body"));
judgedCurve();
permutations(V, byId("permutation-body"), byId("permutation-tools"));
deflated(V, byId("deflated-body"));
fans(V, byId("fan-body"), byId("fan-tools"));
distributionOf(V, "drawdown", byId("drawdown-body"), "resampled run");
stressOf(V, "costs", byId("costs-body"));
stressOf(V, "delay", byId("delay-body"));
distributionOf(V, "noise", byId("noise-body"), "noisy run");
overfitting(V, byId("overfitting-body"));
insideOutside(V, byId("inside-body"));
part(byId("plateau-body"), V.plateau, (sweep) => {
  const model = pointModel(sweep);
  heatMap(model, byId("plateau-body"));
  if (model.plateau) byId("plateau-sub").textContent = model.plateau.about;
});
part(byId("walk-body"), V.walk_forward, (W) => {
  byId("walk-words").textContent = [W.scheme ? `${W.scheme[0].toUpperCase()}${W.scheme.slice(1)}.` : "", walkWords(W)].filter(Boolean).join(" ");
  const host = el("div", { class: "chart chart-equity" });
  const note = el("p", { class: "note" });
  const line = el("p", { class: "sub" });
  const [gantt, pairs, table, drift] = Array.from({ length: 4 }, () => el("div", { class: "apart" }));
  byId("walk-body").append(line, host, note, gantt, pairs, table, drift);
  walkCurve(W, host, byId("walk-tools"), line, note);
  walkGantt(W, gantt);
  walkPairs(W, pairs);
  walkTable(W, table);
  walkDrift(W, drift);
});
figuresTable();
closing();
stickyBar();
READY();
