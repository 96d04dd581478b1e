// Two figures against each other, with the points that no other beats in both (the Pareto front).

function cloudOf(model, host, tools, { onPick }) {
  const { figures, sample } = model;
  if (sample.size === 0 || sample.figures.length < 2) {
    host.append(emptyState("Nothing to weigh", sample.size === 0 ? "The sweep evaluated no point." : "A trade-off needs two figures; the sweep kept one."));
    return { show() {} };
  }
  const wanted = model.S.front_figures;
  const state = { x: wanted[1] ?? sample.figures.find((f) => f !== model.objective), y: wanted[0] ?? model.objective };
  if (state.x === state.y) state.x = sample.figures.find((f) => f !== state.y);
  let plot = null;
  let picked = null;
  const note = el("p", { class: "note" });
  const body = el("div", {});
  host.append(body, note);
  const refresh = () => {
    const [fx, fy] = [figures[state.x], figures[state.y]];
    const colours = colourScale(Array.from({ length: sample.size }, (_, at) => sample.value(model.objective, at)), figures[model.objective], { thin: true });
    // The sweep's own front is exact; for other pairs it is taken from the points drawn.
    const own = wanted.length === 2 && wanted.includes(state.x) && wanted.includes(state.y) && model.front.length > 0;
    const points = Array.from({ length: sample.size }, (_, at) => ({ at, x: sample.value(state.x, at), y: sample.value(state.y, at), key: "" }));
    const better = (figure, a, b) => (figure.less ? a < b : a > b);
    const all = own ? model.front.map((row) => ({ row, x: row.figures[state.x], y: row.figures[state.y] })) : points;
    const front = [];
    for (const p of all.filter((q) => Number.isFinite(q.x) && Number.isFinite(q.y)).sort((a, b) => (fy.less ? a.y - b.y : b.y - a.y) || (fx.less ? a.x - b.x : b.x - a.x))) {
      if (front.length === 0 || better(fx, p.x, front[front.length - 1].x)) front.push(p);
    }
    const marked = front.map((p) => ({ ...p, keep: true, ink: () => colour("ink") }));
    const of = (p) => p.row ?? sample.point(p.at);
    for (const p of points) {
      const v = sample.value(model.objective, p.at);
      p.ink = () => { colours.paint(); return Number.isNaN(v) ? colour("soft") : colours.of(v); };
    }
    const chosen = model.chosen ? [{ row: model.chosen, x: model.chosen.figures[state.x], y: model.chosen.figures[state.y], keep: true, ring: true, ink: () => colour("up-mark") }] : [];
    plot = scatterPlot({
      label: `${fy.label} against ${fx.label} of ${plural(sample.size, "point")}. The table of the front holds the same figures.`,
      x: { label: fx.label + (fx.less ? " (less is better)" : ""), kind: fx.kind }, y: { label: fy.label + (fy.less ? " (less is better)" : ""), kind: fy.kind },
      points: [...points, ...marked, ...chosen], front: marked, height: 380,
      tip: (p) => [el("b", {}, `${fy.label} ${say(fy.kind, p.y)}`), ` · ${fx.label} ${say(fx.kind, p.x)}`, el("br"), el("span", { class: "faded" }, model.describe(of(p)))],
      onPick: (p) => onPick(of(p)),
    });
    body.replaceChildren(plot);
    note.textContent = `${own ? `The line joins the ${plural(front.length, "point")} of the whole sweep that no other beats in both figures.` : `The line joins the ${plural(front.length, "point")}, of those drawn, that no other beats in both figures.`} Colours are ${figures[model.objective].label}, as on the map.${model.chosen ? " The ring is the chosen point." : ""}`;
    if (picked) show(picked);
  };
  const show = (point) => {
    picked = point;
    if (point) plot?.choose((p) => (p.row ? model.key(p.row.places) === model.key(point.places) : sample.size > 0 && point.places.every((v, a) => sample.place(a, p.at) === v)));
  };
  const list = sample.figures.map((f) => [f, figures[f].label]);
  tools.append(
    pick("Up", list, state.y, (v) => { state.y = Number(v); refresh(); }),
    pick("Across", list, state.x, (v) => { state.x = Number(v); refresh(); }));
  refresh();
  return { show };
}
