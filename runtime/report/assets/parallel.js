// Parallel coordinates: one upright axis for each parameter and some figures, one line for each point of the sample. Each axis
// has two grips; what lies outside any pair of them is drawn pale.

function parallelLines(model, host, { onPick }) {
  const { axes, figures, sample } = model;
  if (sample.size === 0) {
    host.append(emptyState("No lines", "The sweep evaluated no point."));
    return { show() {} };
  }
  if (sample.figures.length === 0) {
    host.append(emptyState("No figures", "The points have parameters alone."));
    return { show() {} };
  }
  // The figure that colours stands last, before it two others at most.
  const others = sample.figures.filter((f) => f !== model.objective).slice(0, 3);
  const columns = [
    ...axes.filter((a) => a.size > 1).map((a) => ({
      name: a.name, unit: a.unit, low: 0, high: a.size - 1, steps: a.size,
      of: (at) => sample.place(a.index, at), text: (v) => a.values[Math.round(v)] ?? "",
    })),
    ...[...others, model.objective].map((index) => {
      const figure = figures[index];
      const list = sorted(Array.from({ length: sample.size }, (_, at) => sample.value(index, at))).filter((v) => Number.isFinite(v));
      const [low, high] = list.length ? [list[0], list[list.length - 1]] : [0, 1];
      return { name: figure.label, unit: "", figure, low, high: high > low ? high : low + 1, steps: 0, of: (at) => sample.value(index, at), text: (v) => say(figure.kind, v) };
    }),
  ];
  const colours = colourScale(Array.from({ length: sample.size }, (_, at) => sample.value(model.objective, at)), figures[model.objective], { thin: true });
  const ranges = columns.map((c) => [c.low, c.high]);
  const canvas = el("canvas", { class: "lines-canvas", role: "img" });
  const grips = el("div", { class: "grips" });
  const inner = el("div", { class: "lines-inner", vars: { "--columns": columns.length } }, canvas, grips);
  const status = el("p", { class: "note", "aria-live": "polite" });
  const go = el("button", { class: "button", type: "button", onclick: () => best && onPick(best) }, "Choose the best of them");
  const clear = el("button", { class: "button", type: "button", onclick: () => { ranges.forEach((r, i) => { r[0] = columns[i].low; r[1] = columns[i].high; }); moved(); } }, "Clear all ranges");
  host.append(
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Parallel coordinates" }, inner),
    el("div", { class: "lines-foot" }, status, el("div", { class: "tools" }, go, clear)));
  let best = null;
  let picked = null;
  const [top, bottom] = [46, 26];
  const height = 360;
  const ph = height - top - bottom;
  const xOf = (i, w) => (columns.length === 1 ? w / 2 : 46 + (i * (w - 92)) / (columns.length - 1));
  const yOf = (column, v) => top + ph * (1 - (v - column.low) / (column.high - column.low || 1));
  // Points that share a value of a parameter are drawn a little apart.
  const apart = (at) => ((Math.imul(at + 1, 0x9e3779b1) >>> 0) / 2 ** 32 - 0.5);

  const narrowed = (i) => ranges[i][0] > columns[i].low || ranges[i][1] < columns[i].high;
  function inside(at) {
    return columns.every((c, i) => {
      if (!narrowed(i)) return true;
      const v = c.of(at);
      const slack = (c.high - c.low) * 1e-9;
      return v >= ranges[i][0] - slack && v <= ranges[i][1] + slack;
    });
  }

  function draw() {
    const w = canvas.clientWidth;
    if (w === 0) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    canvas.width = Math.round(w * ratio);
    canvas.height = Math.round(height * ratio);
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    c.font = `11px ${FONT}`;
    colours.paint();
    const line = (at) => {
      c.beginPath();
      let pen = false;
      columns.forEach((column, i) => {
        const v = column.of(at);
        if (!Number.isFinite(v)) { pen = false; return; }
        const spread = column.steps > 1 ? (apart(at) * Math.min(10, (ph / (column.steps - 1)) * 0.6)) : 0;
        const [x, y] = [xOf(i, w), Math.min(top + ph, Math.max(top, yOf(column, v) + spread))];
        if (pen) c.lineTo(x, y); else c.moveTo(x, y);
        pen = true;
      });
      c.stroke();
    };
    const kept = [];
    const any = columns.some((_, i) => narrowed(i));
    c.lineWidth = 1;
    c.strokeStyle = faint("soft", 0.04);
    for (let at = 0; at < sample.size; at++) {
      if (inside(at)) kept.push(at);
      else if (any) line(at);
    }
    // The best last, so that they lie on top.
    const worth = (at) => { const v = sample.value(model.objective, at); return Number.isNaN(v) ? -Infinity : figures[model.objective].less ? -v : v; };
    kept.sort((a, b) => worth(a) - worth(b));
    c.globalAlpha = kept.length > 900 ? 0.22 : kept.length > 200 ? 0.4 : 0.75;
    for (const at of kept) {
      const v = sample.value(model.objective, at);
      c.strokeStyle = Number.isNaN(v) ? faint("soft", 0.3) : colours.of(v);
      line(at);
    }
    c.globalAlpha = 1;
    if (picked) {
      c.lineWidth = 2.5;
      c.strokeStyle = colour("ink");
      c.beginPath();
      let params = 0;
      const lineOf = columns.map((column) => (column.figure ? picked.figures[column.figure.index] : picked.places[axes.filter((a) => a.size > 1)[params++].index]));
      lineOf.forEach((v, i) => { const y = Math.min(top + ph, Math.max(top, yOf(columns[i], v))); if (i) c.lineTo(xOf(i, w), y); else c.moveTo(xOf(i, w), y); });
      c.stroke();
    }
    columns.forEach((column, i) => {
      const x = xOf(i, w);
      c.strokeStyle = colour("soft");
      c.lineWidth = 1;
      c.beginPath();
      c.moveTo(x, top);
      c.lineTo(x, top + ph);
      c.stroke();
      if (narrowed(i)) {
        const [a, b] = [yOf(column, ranges[i][1]), yOf(column, ranges[i][0])];
        c.fillStyle = faint("ink", 0.14);
        c.fillRect(x - 8, a, 16, Math.max(2, b - a));
      }
      c.textAlign = "center";
      c.fillStyle = colour("ink");
      c.font = `600 11.5px ${FONT}`;
      c.fillText(fitted(c, column.name, Math.min(2 * Math.min(x, w - x), (w - 92) / Math.max(1, columns.length - 1) - 8)), x, 13);
      c.font = `11px ${FONT}`;
      c.fillStyle = colour("soft");
      for (const [v, y] of [[ranges[i][1], 29], [ranges[i][0], height - 6]]) {
        const text = column.text(v);
        c.fillText(column.unit && column.unit !== "%" ? text : text + (column.unit === "%" ? THIN + "%" : ""), x, y);
      }
    });
    best = kept.length ? sample.point(kept[kept.length - 1]) : null;
    if (best && Number.isNaN(best.figures[model.objective])) best = null;
    go.disabled = !best;
    clear.disabled = !any;
    const drawnOf = model.S.evaluated > sample.size ? `${count(sample.size)} of ${plural(model.S.evaluated, "point")} are drawn: the best ones and others picked evenly. ` : `${plural(sample.size, "point")}. `;
    status.textContent = drawnOf + (any
      ? kept.length ? `${count(kept.length)} lie within the ranges${best ? `; the best of them has ${figures[model.objective].label} ${say(figures[model.objective].kind, best.figures[model.objective])} at ${model.describe(best)}` : ""}.` : "None lies within the ranges: widen one."
      : "Drag along an axis, or move its grips with the arrow keys, to keep a range.");
    canvas.setAttribute("aria-label", `Parallel coordinates of ${plural(sample.size, "point")} over ${columns.map((x) => x.name).join(", ")}`);
    placeGrips(w);
  }

  const handles = columns.map((column, i) => [0, 1].map((end) => {
    const grip = el("span", { class: `grip ${end ? "grip-top" : "grip-bottom"}`, role: "slider", tabindex: 0, "aria-label": `${column.name}, ${end ? "highest" : "lowest"} kept`, "aria-orientation": "vertical" });
    const step = column.steps ? 1 : (column.high - column.low) / 40;
    const move = (v) => {
      const limited = Math.min(end ? column.high : ranges[i][1], Math.max(end ? ranges[i][0] : column.low, v));
      ranges[i][end] = column.steps ? Math.round(limited) : limited;
      moved();
    };
    grip.addEventListener("keydown", (event) => {
      const by = { ArrowUp: step, ArrowRight: step, ArrowDown: -step, ArrowLeft: -step, PageUp: step * 5, PageDown: -step * 5 }[event.key];
      if (event.key === "Home" || event.key === "End") move(event.key === "Home" ? column.low : column.high);
      else if (event.key === "Escape") { ranges[i] = [column.low, column.high]; moved(); } else if (by) move(ranges[i][end] + by);
      else return;
      event.preventDefault();
    });
    grip.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      grip.focus({ preventScroll: true });
      grip.setPointerCapture(event.pointerId);
      grip.onpointermove = (e) => move(valueAt(column, e));
    });
    grip.addEventListener("pointerup", () => { grip.onpointermove = null; });
    grips.append(grip);
    return grip;
  }));

  const valueAt = (column, event) => column.low + (1 - (event.clientY - canvas.getBoundingClientRect().top - top) / ph) * (column.high - column.low);

  function placeGrips(w) {
    handles.forEach((pair, i) => pair.forEach((grip, end) => {
      grip.style.left = `${xOf(i, w)}px`;
      grip.style.top = `${yOf(columns[i], ranges[i][end])}px`;
      grip.setAttribute("aria-valuemin", String(columns[i].low));
      grip.setAttribute("aria-valuemax", String(columns[i].high));
      grip.setAttribute("aria-valuenow", String(ranges[i][end]));
      grip.setAttribute("aria-valuetext", columns[i].text(ranges[i][end]));
    }));
  }

  let waiting = false;
  const moved = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };

  // A drag along an axis marks a range, a click beside its range clears it.
  canvas.addEventListener("pointerdown", (event) => {
    const at = canvas.getBoundingClientRect();
    const x = event.clientX - at.left;
    const i = columns.findIndex((_, n) => Math.abs(xOf(n, canvas.clientWidth) - x) < 16);
    if (i < 0 || event.pointerType === "touch") return;
    const column = columns[i];
    const from = Math.min(column.high, Math.max(column.low, valueAt(column, event)));
    canvas.setPointerCapture(event.pointerId);
    let far = false;
    canvas.onpointermove = (e) => {
      const to = Math.min(column.high, Math.max(column.low, valueAt(column, e)));
      far ||= Math.abs(e.clientY - event.clientY) > 4;
      if (!far) return;
      ranges[i] = [Math.min(from, to), Math.max(from, to)];
      if (column.steps) ranges[i] = [Math.ceil(ranges[i][0] - 0.5), Math.floor(ranges[i][1] + 0.5)];
      moved();
    };
    canvas.onpointerup = () => {
      canvas.onpointermove = null;
      canvas.onpointerup = null;
      if (!far) { ranges[i] = [column.low, column.high]; moved(); }
    };
  });

  new ResizeObserver(draw).observe(inner);
  themeListeners.push(draw);
  return { show: (point) => { picked = point; draw(); } };
}

/** Text cut to a width. */
function fitted(c, text, width) {
  if (c.measureText(text).width <= width) return text;
  let short = text;
  while (short.length > 1 && c.measureText(short + "…").width > width) short = short.slice(0, -1);
  return short + "…";
}
