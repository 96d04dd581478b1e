// The verdict: gates with figure, threshold and distance, and how time was split.

const ICONS = {
  pass: "M10 1.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm4.6 6.2-5.4 6a.9.9 0 0 1-1.3 0l-2.6-2.6 1.3-1.3 1.9 1.9 4.8-5.2 1.3 1.2Z",
  fail: "M10 1.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm3.7 10.9-1.3 1.3L10 11.3l-2.4 2.4-1.3-1.3L8.7 10 6.3 7.6l1.3-1.3L10 8.7l2.4-2.4 1.3 1.3L11.3 10l2.4 2.4Z",
  reported: "M10 1.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm0 1.8a6.7 6.7 0 1 1 0 13.4 6.7 6.7 0 0 1 0-13.4ZM9.1 8.9h1.8v5H9.1v-5Zm0-2.8h1.8v1.8H9.1V6.1Z",
  not_run: "M10 1.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm0 1.8a6.7 6.7 0 1 1 0 13.4 6.7 6.7 0 0 1 0-13.4ZM6 9.1h8v1.8H6V9.1Z",
};
const WORDS = { pass: "Pass", fail: "Fail", reported: "Reported", not_run: "Not run" };

const capital = (text) => text.replace(/^\p{Ll}/u, (c) => c.toUpperCase());
const icon = (verdict, size) => svg("svg", { viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true" }, svg("path", { fill: "currentColor", d: ICONS[verdict] }));
const said = (verdict) => el("span", { class: `said ${verdict}` }, icon(verdict, 16), WORDS[verdict]);

function verdictCard(V) {
  const kind = V.verdict === "incomplete" ? "not_run" : V.verdict;
  const title = { pass: "Every gate passed", fail: "It does not pass", incomplete: "Not judged to the end" }[V.verdict];
  byId("headline").before(el("section", { class: `verdict ${kind}`, "aria-label": "Verdict" },
    el("span", { class: `said ${kind}` }, icon(kind, 40)),
    el("div", {}, el("strong", {}, title), V.sentence ? el("p", {}, capital(V.sentence)) : null)));
}

/** The figure on a rail whose middle is the threshold: right of it passes. A bar of full length is half the threshold away. */
function gauge(gate) {
  const distance = numberOf(gate.distance);
  if (!Number.isFinite(distance)) return el("span", { class: "faded" }, gate.verdict === "not_run" ? NONE : "no distance");
  const [w, h] = [190, 26];
  const reach = Math.max(-1, Math.min(1, distance / 0.5)) * (w / 2 - 4);
  const good = gate.verdict === "pass" || (gate.verdict === "reported" && distance >= 0);
  const words = distance === 0 ? "at the threshold" : good ? `${percent(Math.abs(distance), 0)} to spare` : `${percent(Math.abs(distance), 0)} ${gate.comparison.startsWith("<") ? "too much" : "short"}`;
  return svg("svg", { width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": words },
    svg("rect", { x: 0, y: 3, width: w, height: 8, rx: 4, class: "rail" }),
    svg("rect", { x: Math.min(w / 2, w / 2 + reach), y: 3, width: Math.max(2, Math.abs(reach)), height: 8, rx: 2, class: good ? "fill-up" : "fill-down" }),
    svg("path", { d: `M${w / 2} 0V14`, class: "gate-line" }),
    svg("text", { x: distance < 0 ? w / 2 - 2 : w / 2 + 2, y: 24, "text-anchor": distance < 0 ? "end" : "start" }, words));
}

function gatesTable(V, host, tools) {
  if (V.gates.length === 0) {
    host.append(emptyState("No gates", "Nothing was asked of this strategy."));
    return;
  }
  const open = V.gates.filter((g) => g.verdict === "fail" || g.verdict === "not_run");
  const body = el("div", {});
  host.append(body);
  const show = (which) => body.replaceChildren(gatesOf(which === "all" ? V.gates : open));
  // Of many gates those that refuse come first to mind.
  if (V.gates.length > 8 && open.length > 0 && open.length < V.gates.length) {
    tools.append(choice("Which gates", [["all", `All ${count(V.gates.length)}`], ["open", `Not passed ${count(open.length)}`]], "all", show));
  }
  show("all");
}

function gatesOf(list) {
  const stages = [];
  for (const gate of list) {
    if (stages.length === 0 || stages[stages.length - 1][0] !== gate.stage) stages.push([gate.stage, []]);
    stages[stages.length - 1][1].push(gate);
  }
  const sign = { ">=": "≥", "<=": "≤", ">": ">", "<": "<" };
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of gates" }, el("table", { class: "plain gates" },
    el("caption", { class: "unseen" }, "Gates with their figures, thresholds and verdicts"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Gate"), el("th", { scope: "col", class: "number" }, "Figure"), el("th", { scope: "col", class: "number" }, "Asked"), el("th", { scope: "col" }, "Distance"), el("th", { scope: "col" }, "Verdict"))),
    stages.map(([stage, gates]) => el("tbody", {},
      stage ? el("tr", { class: "stage" }, el("th", { colspan: 5, scope: "rowgroup" }, capital(stage))) : null,
      gates.map((g) => el("tr", { class: "gate" },
        el("th", { scope: "row" }, capital(g.name), g.sentence ? el("span", { class: "faded" }, capital(g.sentence)) : null),
        el("td", { class: "number of-figure" }, el("b", {}, say(g.kind, g.value))),
        el("td", { class: "number faded-figure of-asked" }, Number.isNaN(numberOf(g.threshold)) ? NONE : `${sign[g.comparison] ?? g.comparison} ${say(g.kind, g.threshold)}`),
        el("td", { class: "gauge" }, gauge(g)),
        el("td", { class: "of-verdict" }, said(g.verdict))))))));
}

const STRETCHES = { in_sample: "in sample", purged: "purged", out_of_sample: "out of sample", sealed: "sealed" };

function timeline(V, host) {
  if (V.timeline.length === 0) {
    host.append(emptyState("No split", "It was not recorded how time was split."));
    return;
  }
  const from = Math.min(...V.timeline.map(([, a]) => a));
  const to = Math.max(...V.timeline.map(([, , b]) => b));
  const kinds = [...new Set(V.timeline.map(([kind]) => kind))];
  host.append(drawn("plot-wide timeline", (w) => {
    const height = 78;
    const x = linear(from, to, 0, w);
    const hatch = svg("defs", {}, svg("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 5, height: 5, fill: "var(--sunk)", stroke: "none" }), svg("rect", { width: 1.6, height: 5, fill: "var(--soft)", stroke: "none" })));
    const parts = [hatch, yearTicks(from, to, w).map(([t, text]) => [
      svg("path", { d: `M${x(t)} 50V56`, class: "axis" }),
      svg("text", { x: x(t), y: 70, "text-anchor": x(t) > w - 30 ? "end" : x(t) < 20 ? "start" : "middle" }, text)])];
    for (const [kind, a, b, bars, note] of V.timeline) {
      const wide = x(b) - x(a);
      const name = STRETCHES[kind];
      parts.push(svg("rect", { x: x(a), y: 24, width: Math.max(3, wide), height: 26, rx: 4, class: kind },
        svg("title", {}, `${name}: ${shortSpan([a, b])}${bars ? `, ${plural(bars, "bar")}` : ""}${note ? ` (${note})` : ""}`)));
      if (wide > name.length * 7 + 6) parts.push(svg("text", { x: x(a) + 2, y: 16, class: "on" }, wide > (name.length + note.length) * 6.6 + 30 && note ? `${name} · ${note}` : name));
    }
    return picture(w, height, V.timeline.map(([kind, a, b]) => `${STRETCHES[kind]} ${shortSpan([a, b])}`).join("; "), parts);
  }), el("ul", { class: "legend" }, kinds.map((kind) => el("li", {}, el("i", { class: `key ${{ in_sample: "key-train", purged: "key-purge", out_of_sample: "key-test", sealed: "key-seal" }[kind]}` }),
    { in_sample: "in sample: parameters were chosen here", purged: "purged: left out between the two", out_of_sample: "out of sample: judged here", sealed: "sealed: for the last question" }[kind]))));
}
