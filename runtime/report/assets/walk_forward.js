// Puts the page of a walk-forward together, top to bottom.

const W = D.walk;

function headline() {
  subjectLine("Walk-forward");
  byId("lead").textContent = W.windows.length === 0
    ? `No window fitted into the data. ${dataLine()}.`
    : `${plural(W.windows.length, "window")}${W.scheme ? `, ${W.scheme}` : ""}${W.objective ? `, chosen by ${W.objective}` : ""}. ${dataLine()}.`;
  const m = (name) => figure(metric(name));
  const curve = readCurve(W.stitched, W.initial);
  const final = curve.value.length ? curve.value[curve.value.length - 1] : W.initial;
  const total = metricValue("total_return") ?? (curve.value.length && W.initial > 0 ? final / W.initial - 1 : null);
  const judged = W.figures[W.judged_by];
  const gains = W.windows.filter((w) => numberOf(w.outside[W.judged_by]) > 0).length;
  const deepest = metricValue("max_drawdown") ?? (curve.drawdown.length ? -curve.drawdown.reduce((a, b) => Math.min(a, b), 0) : null);
  const efficiency = numberOf(W.efficiency);
  byId("headline").append(
    tile("Net return, out of sample", signedPercent(total), curve.value.length ? `${signedMoney(final - W.initial)} ${D.currency}` : "no test part covered a bar", tone(total)),
    tile("Efficiency", say("fraction", efficiency, 0), judged ? `${judged.label}, out of sample over in sample` : "", tone(efficiency)),
    tile("Windows above zero", W.windows.length ? `${count(gains)} of ${count(W.windows.length)}` : NONE, judged ? judged.label : ""),
    tile("Maximum drawdown", missing(deepest) ? NONE : percent(-deepest), "of the stitched curve", deepest > 0 ? "down" : ""),
    tile("Sharpe ratio", m("sharpe"), "of the stitched curve"),
    tile("Profit factor", m("profit_factor"), missing(metricValue("win_rate")) ? "" : `win rate ${m("win_rate")}`),
    tile("Trades", m("trades"), "out of sample"));
  const small = (label, value, mood) => el("div", {}, el("dt", {}, label), el("dd", { class: mood ?? "" }, value));
  byId("bar-figures").append(small("Out of sample", signedPercent(total, 1), tone(total)), small("Efficiency", say("fraction", efficiency, 0)));
}

headline();
warnings();
walkCurve(W, byId("walk-chart"), byId("walk-tools"), byId("walk-sub"), byId("walk-note"));
walkGantt(W, byId("walk-gantt"));
byId("windows-sub").textContent = walkWords(W);
walkPairs(W, byId("walk-pairs"));
walkTable(W, byId("walk-table"));
walkDrift(W, byId("drift-body"));
figuresTable();
closing();
stickyBar();
READY();
