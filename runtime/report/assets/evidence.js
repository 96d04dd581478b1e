// The evidence behind the gates: permutations, resampled equity, stress, overfitting, the deflated Sharpe ratio.

/** Calls `draw` with a part, or says why it is not there. */
function part(host, found, draw) {
  if (found?.shown !== undefined) draw(found.shown);
  else host.append(emptyState("Not run", found?.absent || "This part was not computed."));
}

const about = (text) => (text ? el("p", { class: "note" }, text) : null);
const sumOf = (...rows) => el("dl", { class: "sum" }, rows.filter(Boolean).map(([name, value, note, mood]) => el("div", {}, el("dt", {}, name), el("dd", { class: mood ?? "" }, value, note ? el("small", {}, note) : null))));
const put = (host, ...nodes) => host.append(...nodes.flat(2).filter(Boolean));

/** Several of a kind: buttons choose one. */
function oneOf(host, tools, list, name, draw, nothing) {
  if (list.length === 0) { host.append(emptyState(...nothing)); return; }
  const body = el("div", {});
  const show = (i) => { body.replaceChildren(); draw(body, list[i]); };
  if (list.length > 1) tools.append(pick("Test", list.map((item, i) => [i, name(item)]), 0, (i) => show(Number(i))));
  host.append(body);
  show(0);
}

function permutations(V, host, tools) {
  part(host, V.permutations, (list) => oneOf(host, tools, list, (p) => p.title, (body, p) => {
    const { values } = readHalves(p.values);
    const real = numberOf(p.real);
    const p_value = numberOf(p.p_value);
    put(body,
      sumOf(
        ["p-value", Number.isNaN(p_value) ? NONE : digits(p_value, 3, 4), p.interval ? `95${THIN}%: ${digits(p.interval[0], 3)} to ${digits(p.interval[1], 3)}` : ""],
        [`${p.label}, real`, say(p.kind, real)],
        ["Permuted runs", count(p.runs), p.title]),
      histogramPlot([...values], { kind: p.kind, label: p.label, marks: [[real, "real result", "up"], [share(sorted(values), 0.5), "median of luck", "asked"]], unit: "permuted run" }),
      about(p.about));
  }, ["No permutation", "No permutation was run."]));
}

function fans(V, host, tools) {
  part(host, V.monte_carlo, (list) => oneOf(host, tools, list, (f) => f.title, (body, f) => {
    const bands = f.bands.map((band) => band.map(numberOf));
    const real = f.real.map(numberOf);
    const all = [...bands.flat(), ...real].filter((v) => Number.isFinite(v));
    if (all.length === 0 || f.at.length < 2) { body.append(emptyState("No fan", "There were too few trades to resample.")); return; }
    let [low, high] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
    if (!(high > low)) [low, high] = [low - 1, low + 1];
    const last = f.at.length - 1;
    const middle = f.probabilities.findIndex((p) => Math.abs(p - 0.5) < 1e-9);
    const outer = [0, bands.length - 1];
    const name = (p) => `${digits(p * 100, 0, 1)}${THIN}%`;
    put(body,
      sumOf(
        middle >= 0 ? ["Median end", money(bands[middle][last]), D.currency] : null,
        [`Between ${name(f.probabilities[outer[0]])} and ${name(f.probabilities[outer[1]])}`, `${digits(bands[outer[0]][last], 0)} to ${digits(bands[outer[1]][last], 0)}`, D.currency],
        ["Runs", count(f.runs), f.title]),
      drawn("plot-wide", (w) => {
        const [height, left, right, top, bottom] = [270, 58, w - 8, 8, 238];
        const x = linear(f.at[0], f.at[last], left, right);
        const y = linear(low - (high - low) * 0.03, high + (high - low) * 0.03, bottom, top);
        const ticks = ticksOf(low, high, 5);
        const below = ticksOf(f.at[0], f.at[last], w < 420 ? 4 : 7);
        const line = (values) => values.map((v, i) => (Number.isFinite(v) ? `${i && Number.isFinite(values[i - 1]) ? "L" : "M"}${x(f.at[i]).toFixed(1)} ${y(v).toFixed(1)}` : "")).join("");
        const between = (a, b) => `${line(a)}L${b.map((v, i) => [x(f.at[i]).toFixed(1), y(v).toFixed(1)].join(" ")).reverse().join("L")}Z`;
        const areas = [];
        for (let i = 0; i < Math.floor(bands.length / 2); i++) areas.push(svg("path", { d: between(bands[i], bands[bands.length - 1 - i]), class: i === 0 ? "fan-outer" : "fan-inner" }));
        return picture(w, height, `Equity over ${f.step} of ${plural(f.runs, "resampled run")}`, [
          gridLeft(ticks, (v) => digits(v, 0), y, left, right), areas,
          svg("path", { d: `M${left} ${y(V.initial)}H${right}`, class: "axis" }),
          middle >= 0 ? svg("path", { d: line(bands[middle]), class: "fan-middle" }) : null,
          real.length ? svg("path", { d: line(real), class: "fan-real" }) : null,
          ticksBelow(below, count, x, height - 12, right),
          svg("text", { x: right, y: height, "text-anchor": "end" }, f.step)]);
      }),
      el("ul", { class: "legend" },
        real.length ? el("li", {}, el("i", { class: "key key-line" }), "the real run") : null,
        middle >= 0 ? el("li", {}, el("i", { class: "key key-dash" }), "median") : null,
        el("li", {}, el("i", { class: "key", vars: { background: "color-mix(in srgb, var(--up-mark) 30%, transparent)" } }), `bands: ${f.probabilities.filter((p) => p < 0.5).map((p) => `${name(p)} to ${name(1 - p)}`).join(", ")}`)),
      about(f.about));
  }, ["No resampling", "No way of resampling was run."]));
}

function distributionOf(V, key, host, unit) {
  part(host, V[key], (d) => {
    const { values } = readHalves(d.values);
    const list = sorted(values);
    const real = numberOf(d.real);
    const limit = numberOf(d.limit);
    const tail = d.less ? 0.95 : 0.05;
    const ok = Number.isFinite(limit) ? list.filter((v) => (d.less ? v <= limit : v >= limit)).length / Math.max(1, list.length) : NaN;
    put(host,
      sumOf(
        ["Median", say(d.kind, share(list, 0.5))],
        [`${tail * 100}th percentile`, say(d.kind, share(list, tail)), d.less ? "worse in 5 of 100" : "worse in 5 of 100"],
        Number.isFinite(ok) ? ["Within the limit", percent(ok, 0), `${d.less ? "≤" : "≥"} ${say(d.kind, limit)}`] : ["Runs", count(d.runs)]),
      histogramPlot([...values], {
        kind: d.kind, label: d.label, unit,
        marks: [[real, "real", ""], [limit, "limit", "asked"]],
        better: Number.isFinite(limit) ? (v) => (d.less ? v <= limit : v >= limit) : null,
      }),
      el("p", { class: "note" }, `${d.label} of ${plural(d.runs, unit)}.${d.about ? " " + d.about : ""}`));
  });
}

function stressOf(V, key, host) {
  part(host, V[key], (s) => put(host, el("p", { class: "note first" }, s.label), stressPlot(s), about(s.about)));
}

function overfitting(V, host) {
  part(host, V.overfitting, (o) => {
    const probability = numberOf(o.probability);
    put(host,
      sumOf(
        ["Probability of overfitting", say("fraction", probability, 1), "best inside is below the median outside", probability > 0.5 ? "down" : ""],
        ["Splits", count(o.splits), o.blocks ? `of ${count(o.blocks)} blocks` : ""],
        ["Points compared", count(o.points)]),
      histogramPlot([...readHalves(o.logits).values], {
        kind: "ratio", label: "logit of the rank out of sample", unit: "split", better: (v) => v > 0, marks: [[0, "median of the others", "asked"]],
      }),
      el("p", { class: "note" }, `Logit of the rank that the best point of one half has in the other half: left of zero it is worse than half of the points.${o.about ? " " + o.about : ""}`));
  });
}

function insideOutside(V, host) {
  part(host, V.overfitting, (o) => {
    const [inside, outside] = [readHalves(o.inside).values, readHalves(o.outside).values];
    if (inside.length === 0) { host.append(emptyState("No pairs", "The figures of the splits were not kept.")); return; }
    const kept = [...inside].filter((v, i) => Number.isFinite(v) && Number.isFinite(outside[i]));
    const below = [...outside].filter((v, i) => Number.isFinite(v) && v < inside[i]).length;
    put(host,
      scatterPlot({
        label: `${o.label} in sample against out of sample of ${plural(kept.length, "split")}`,
        x: { label: `${o.label}, in sample`, kind: o.kind }, y: { label: `${o.label}, out of sample`, kind: o.kind }, diagonal: true, height: 330,
        points: Array.from(inside, (x, i) => ({ x, y: outside[i], shape: outside[i] > 0 ? "" : "square", ink: () => colour(outside[i] > 0 ? "up-mark" : "down-mark") })),
        tip: (p) => [`in sample ${say(o.kind, p.x)}`, el("br"), `out of sample ${say(o.kind, p.y)}`],
      }),
      el("p", { class: "note" }, `The best point of each split. ${percent(kept.length ? below / kept.length : NaN, 0)} lie under the dashed line: they did worse outside than inside.`));
  });
}

function deflated(V, host) {
  part(host, V.deflated, (d) => {
    const [sharpe, expected, probability] = [d.sharpe, d.expected_max, d.probability].map(numberOf);
    const text = (v) => digits(v, 4);
    const step = (...nodes) => el("li", {}, nodes);
    put(host,
      sumOf(
        ["Deflated Sharpe ratio", say("fraction", probability, 1), "probability of skill"],
        ["Sharpe ratio a bar", Number.isNaN(sharpe) ? NONE : text(sharpe)],
        ["To be expected of luck", Number.isNaN(expected) ? NONE : text(expected), "the best of the trials"]),
      Number.isFinite(sharpe) && Number.isFinite(expected) ? drawn("plot-wide", (w) => {
        const top = Math.max(sharpe, expected, 1e-9) * 1.12;
        const low = Math.min(0, sharpe, expected) * 1.12;
        const x = linear(low, top, 96, w - 62);
        const bar = (v, y, name, className) => [
          svg("text", { x: 88, y: y + 16, "text-anchor": "end", class: "row-name" }, name),
          svg("rect", { x: Math.min(x(0), x(v)), y, width: Math.max(2, Math.abs(x(v) - x(0))), height: 24, rx: 4, class: className }),
          svg("text", { x: Math.max(x(0), x(v)) + 7, y: y + 16.5, class: "value" }, text(v))];
        return picture(w, 74, `Found ${text(sharpe)}, expected of luck ${text(expected)}`, [bar(sharpe, 4, "found", sharpe > expected ? "fill-up" : "fill-down"), bar(expected, 38, "by luck", "fill-plain")]);
      }) : null,
      el("ol", { class: "steps" },
        step(`${plural(d.trials, "trial")} ${d.trials === 1 ? "was" : "were"} looked at before this result`, Number.isFinite(numberOf(d.effective_trials)) ? `, worth ${digits(numberOf(d.effective_trials), 0)} independent ones.` : "."),
        step(`Their Sharpe ratios vary by ${Number.isFinite(numberOf(d.variance)) ? Number(numberOf(d.variance)).toPrecision(3) : NONE}; the best of so many without skill would show ${Number.isNaN(expected) ? NONE : text(expected)}.`),
        step(`${plural(d.observations, "return")} with a skewness of ${say("ratio", d.skewness)} and a kurtosis of ${say("ratio", d.kurtosis)} say how exactly the ratio is known.`),
        step(`The ratio is above luck with a probability of ${say("fraction", probability, 1)}.`)),
      about(d.about));
  });
}
