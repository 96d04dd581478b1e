// Puts the page of a sweep together, top to bottom.

const model = pointModel(D.sweep);
const S = D.sweep;
const goal = model.figures[S.objective.figure];

function headline() {
  subjectLine("Parameter sweep");
  const speed = numberOf(S.ns_per_bar_point);
  const time = numberOf(S.elapsed_ms);
  const took = Number.isFinite(time) ? ` in ${time < 1000 ? `${digits(time, 0)}${THIN}ms` : time < 120000 ? `${digits(time / 1000, time < 10000 ? 1 : 0)}${THIN}s` : span(time / 1000)}` : "";
  byId("lead").textContent = model.nothing
    ? `No point was evaluated. ${dataLine()}.`
    : `${plural(S.evaluated, "point")} of ${plural(model.axes.length, "parameter")}${took}, by ${S.objective.expression || goal?.label || "no objective"}. ${dataLine()}.`;
  const best = model.top[0];
  const at = (point) => (point && goal ? say(goal.kind, point.figures[goal.index]) : NONE);
  const values = (point) => (point ? model.describe(point) : "no point could be ranked");
  const shareOf = (n) => (S.space > 0 ? `${percent(n / S.space, 1)} of the space` : "");
  byId("headline").append(
    tile(model.chosen ? `${goal?.label ?? "Objective"}, chosen point` : `${goal?.label ?? "Objective"}, best point`, at(model.chosen ?? best), values(model.chosen ?? best)),
    tile("Best of all", at(best), best && model.chosen && model.key(best.places) === model.key(model.chosen.places) ? "the chosen point" : values(best)),
    tile("Plateau", model.plateau ? digits(model.plateau.score, 2) : NONE, model.plateau ? plural(model.plateau.points, "point") : "none was sought or found"),
    tile("Points", count(S.evaluated), S.search),
    tile("Left out", count(S.pruned), S.pruned ? `${shareOf(S.pruned)}, by conditions` : "no condition applied"),
    tile("Without a value", count(S.undefined), S.undefined ? shareOf(S.undefined) : "every point has one"),
    tile("A bar and point", Number.isFinite(speed) ? `${digits(speed, speed < 10 ? 2 : 0)}${THIN}ns` : NONE, S.path));
  const small = (label, value) => el("div", {}, el("dt", {}, label), el("dd", {}, value));
  byId("bar-figures").append(small(goal?.label ?? "Objective", at(model.chosen ?? best)), small("Points", count(S.evaluated)));
}

const detail = byId("detail");
const parts = [];

function choose(point, from) {
  for (const part of parts) if (part !== from) part.show(point);
  from?.show?.(point);
  const flags = point.places.map((at, axis) => `--param ${model.axes[axis].name}=${model.axes[axis].values[at]}${model.axes[axis].unit === "%" ? "%" : ""}`).join(" ");
  const shown = model.figures.filter((f) => !Number.isNaN(point.figures[f.index]) || point.exact);
  detail.replaceChildren(
    el("div", { class: "detail-head" }, el("h3", {}, "Point in hand", el("span", { class: "pill" }, model.chosen && model.key(model.chosen.places) === model.key(point.places) ? "the chosen point" : point.exact ? "exact figures" : "figures to three digits"))),
    el("dl", { class: "facts" },
      model.axes.map((a) => el("div", {}, el("dt", {}, a.name), el("dd", {}, model.valueText(a.index, point.places[a.index])))),
      shown.map((f) => el("div", {}, el("dt", {}, f.label), el("dd", {}, say(f.kind, point.figures[f.index]))))),
    el("div", { class: "command hash" }, el("code", {}, flags), copyButton(() => flags)));
}

headline();
warnings();
{
  const heat = heatMap(model, byId("map-body"), { onPick: (p) => choose(p, heat) });
  const lines = parallelLines(model, byId("lines-body"), { onPick: (p) => choose(p, lines) });
  const cloud = cloudOf(model, byId("cloud-body"), byId("cloud-tools"), { onPick: (p) => choose(p, cloud) });
  const table = rankingTable(model, byId("best-body"), byId("best-tools"), { onPick: (p) => choose(p, table) });
  parts.push(heat, lines, cloud, table);
  // The map begins with all points taken together; the other pictures show the chosen one.
  if (model.chosen) {
    for (const part of [lines, cloud, table]) part.show(model.chosen);
    detail.replaceChildren(el("p", { class: "faded" }, "Choose a cell, a line of the table or a dot: its point is described here, marked everywhere, and the sliders hold its other parameters."));
  } else if (!model.nothing) detail.replaceChildren(el("p", { class: "faded" }, "Choose a cell, a line of the table or a dot to see its point everywhere."));
  if (model.nothing) detail.hidden = true;
}
byId("map-sub").textContent = model.plateau?.about || "Each cell is a pair of values; the other parameters are taken together until a slider holds them.";
byId("best-sub").textContent = [S.objective.expression ? `Ranked by ${S.objective.expression}` : "", S.objective.constraints.length ? `among points with ${S.objective.constraints.join(" and ")}` : ""].filter(Boolean).join(" ") || "";
facts("params-body", model.axes.map((a) => [a.name, a.size === 0 ? NONE : a.size === 1 ? model.valueText(a.index, 0) : `${withUnit(a.values[0], a.unit)} to ${withUnit(a.values[a.size - 1], a.unit)}, ${plural(a.size, "value")}`]), "Nothing was varied.");
if (S.plan.trim()) byId("plan-body").append(el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Plan of the sweep" }, el("pre", { class: "source" }, S.plan.replace(/\n$/, ""))));
else byId("plan-body").append(emptyState("No plan", "The result was recorded without it."));
closing();
stickyBar();
READY();
