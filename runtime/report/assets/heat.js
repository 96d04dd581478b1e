// The heat map: a figure over any two parameters, the others taken together or held by sliders.

/** `onPick(point)` is told which point was chosen. */
function heatMap(model, host, { onPick = () => {}, compact = false } = {}) {
  const { axes, figures } = model;
  const varied = axes.filter((a) => a.size > 1);
  if (model.nothing || figures.length === 0) {
    host.append(emptyState("No points", "The sweep evaluated no point, so there is nothing to map."));
    return { show() {} };
  }
  if (axes.length === 0) {
    host.append(emptyState("No parameters", "Nothing was varied, so there is nothing to map."));
    return { show() {} };
  }
  const seen = figures.filter((f) => f.whole || f.pairs);
  // The two longest axes tell most at first sight.
  const longest = [...varied].sort((a, b) => b.size - a.size || a.index - b.index).slice(0, 2).map((a) => a.index).sort((a, b) => a - b);
  const state = {
    x: longest[0] ?? 0,
    y: longest[1] ?? -1,
    figure: seen.some((f) => f.index === model.objective) ? model.objective : seen[0]?.index ?? 0,
    aggregate: "best",
    fixed: axes.map(() => -1),
    picked: null,
    cursor: null,
  };
  if (state.y < 0 && axes.length > 1) state.y = axes.find((a) => a.index !== state.x).index;

  const canvas = el("canvas", {
    class: "heat-canvas", tabindex: 0, role: "application",
    "aria-keyshortcuts": "ArrowLeft ArrowRight ArrowUp ArrowDown Enter",
  });
  const box = el("div", { class: "plot-box heat-box" }, canvas);
  const hint = tipIn(box);
  const spoken = el("p", { class: "unseen", "aria-live": "polite" });
  const legend = el("div", { class: "heat-legend" });
  const sliders = el("div", { class: "sliders" });
  const note = el("p", { class: "note" });
  const pickX = pick("Across", axes.map((a) => [a.index, a.name]), state.x, (v) => turn("x", Number(v)));
  const pickY = axes.length > 1 ? pick("Up", axes.map((a) => [a.index, a.name]), state.y, (v) => turn("y", Number(v))) : null;
  const pickFigure = pick("Figure", seen.map((f) => [f.index, f.label]), state.figure, (v) => { state.figure = Number(v); refresh(); });
  const aggregate = choice("How points of a cell are taken together", [["best", "Best"], ["median", "Median"], ["mean", "Mean"]], state.aggregate, (v) => { state.aggregate = v; refresh(); });
  host.append(el("div", { class: "tools heat-tools" }, pickX, pickY, pickFigure, aggregate), el("div", { class: compact ? "heat-body compact" : "heat-body" }, el("div", { class: "heat-main" }, box, legend), sliders), note, spoken);

  let shown = null;
  let scale = null;
  let area = null;
  let marks = { plateau: null, chosen: -1, best: -1, picked: -1 };

  function turn(which, axis) {
    const other = which === "x" ? "y" : "x";
    if (state[other] === axis) state[other] = state[which];
    state[which] = axis;
    pickX.select.value = String(state.x);
    if (pickY) pickY.select.value = String(state.y);
    state.cursor = null;
    makeSliders();
    refresh();
  }

  const others = () => axes.filter((a) => a.index !== state.x && a.index !== state.y);
  const isFixed = (a) => state.fixed[a.index] >= 0;

  function makeSliders() {
    const list = others();
    sliders.hidden = list.length === 0;
    const canSlice = model.sliceable(state.figure);
    sliders.replaceChildren(
      el("h3", {}, "Other parameters"),
      ...list.map((a) => {
        const says = () => (isFixed(a) ? withUnit(a.binLabel(state.fixed[a.index]), a.unit) : `all ${count(a.size)}`);
        const value = el("output", {}, says());
        const range = el("input", {
          type: "range", min: -1, max: a.bins - 1, step: 1, value: state.fixed[a.index], disabled: !canSlice,
          "aria-label": a.name, "aria-valuetext": says(),
          oninput: () => {
            state.fixed[a.index] = Number(range.value);
            value.textContent = says();
            range.setAttribute("aria-valuetext", says());
            refresh();
          },
        });
        return el("label", { class: "slider" }, el("span", { class: "slider-head" }, el("span", {}, a.name), value), range);
      }),
      canSlice
        ? el("button", { class: "button", type: "button", onclick: () => { state.fixed.fill(-1); makeSliders(); refresh(); } }, "Take all together")
        : el("p", { class: "note" }, model.S.layout === "cells"
          ? `Slices need every point on the page; of ${count(model.S.evaluated)} it holds the cells alone.`
          : "The page holds the cells of this figure alone, without every single point, so it cannot be sliced."));
  }

  /** Whether the fixed parameters let a point of these places be seen. */
  const within = (place) => axes.every((a) => a.index === state.x || a.index === state.y || !isFixed(a) || a.binOf(place(a.index)) === state.fixed[a.index]);
  const cellOf = (place) => (state.y < 0 ? 0 : axes[state.y].binOf(place(state.y)) * axes[state.x].bins) + axes[state.x].binOf(place(state.x));
  const markOf = (point) => (point && within((a) => point.places[a]) ? cellOf((a) => point.places[a]) : -1);

  function refresh() {
    if (state.figure === undefined || seen.length === 0) return;
    const figure = figures[state.figure];
    if (!model.sliceable(state.figure)) {
      state.fixed.fill(-1);
    }
    if (sliders.dataset.of !== String(model.sliceable(state.figure))) {
      sliders.dataset.of = String(model.sliceable(state.figure));
      makeSliders();
    }
    shown = model.cells(state.x, state.y, state.figure, state.aggregate, state.fixed);
    scale = colourScale(shown.values, figure);
    marks = { plateau: null, chosen: markOf(model.chosen), best: markOf(model.top[0]), picked: markOf(state.picked) };
    if (model.plateau) {
      marks.plateau = new Uint8Array(shown.values.length);
      for (let at = 0; at < model.plateau.size; at++) {
        if (within((a) => model.plateau.place(a, at))) marks.plateau[cellOf((a) => model.plateau.place(a, at))] = 1;
      }
    }
    const single = others().every((a) => (isFixed(a) && a.bins === a.size) || a.size === 1) && axes[state.x].bins === axes[state.x].size;
    const what = single ? figure.label : `${{ best: "Best", median: "Median", mean: "Mean" }[state.aggregate]} ${figure.label.replace(/^[A-Z](?=[a-z])/, (c) => c.toLowerCase())}`;
    canvas.setAttribute("aria-label", `Heat map: ${what} over ${axes[state.x].name}${state.y < 0 ? "" : ` and ${axes[state.y].name}`}. Arrow keys move between cells, Enter chooses a point.`);
    const undefinedHere = shown.values.some((v, i) => Number.isNaN(v) && shown.counts[i] > 0);
    const holesHere = shown.counts.some((n) => n === 0);
    legend.replaceChildren(...[
      el("span", { class: "legend-what" }, what), colourLegend(scale, figure),
      el("ul", { class: "legend" },
        marks.plateau?.some((v) => v) ? el("li", {}, el("i", { class: "key key-plateau" }), "plateau") : null,
        marks.chosen >= 0 ? el("li", {}, el("i", { class: "key key-chosen" }), "chosen point") : null,
        marks.best >= 0 && marks.best !== marks.chosen ? el("li", {}, el("i", { class: "key key-best" }), "best point") : null,
        undefinedHere ? el("li", {}, el("i", { class: "key key-none" }), "no value") : null,
        holesHere ? el("li", {}, el("i", { class: "key key-hole" }), "not run") : null),
    ]);
    note.textContent = axes[state.x].bins < axes[state.x].size || (state.y >= 0 && axes[state.y].bins < axes[state.y].size)
      ? "Long axes are drawn in steps of several values; a cell then holds all of them." : "";
    draw();
  }

  function layout() {
    const w = canvas.clientWidth;
    const X = axes[state.x];
    const Y = state.y < 0 ? null : axes[state.y];
    const c = canvas.getContext("2d");
    c.font = `11px ${FONT}`;
    const label = (axis, bin) => (axis.bins < axis.size ? axis.values[axis.firstOf(bin)] : axis.values[bin]);
    const widest = Y ? Math.max(...Array.from({ length: Y.bins }, (_, i) => c.measureText(label(Y, i)).width)) : 0;
    const left = Y ? Math.min(110, Math.ceil(widest) + 12) : 52;
    const pw = Math.max(40, w - left - 2);
    const cw = pw / shown.wide;
    const ch = Math.min(40, Math.max(shown.high > 40 ? 7 : 11, cw * 0.72));
    const ph = !Y ? 220 : shown.high === 1 ? 60 : Math.min(520, Math.max(170, ch * shown.high));
    return { left, top: Y ? 22 : 6, pw, ph, cw: pw / shown.wide, ch: ph / shown.high, X, Y, label };
  }

  function draw() {
    if (!shown || canvas.clientWidth === 0) return;
    area = layout();
    const { left, top, pw, ph, cw, ch, X, Y, label } = area;
    const height = top + ph + 38;
    canvas.style.height = `${height}px`;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(height * ratio);
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    c.font = `11px ${FONT}`;
    scale.paint();
    const gap = Math.min(cw, ch) > 9 ? 1 : 0;
    const edge = (i, size, from) => Math.round((from + i * size) * ratio) / ratio;
    const xAt = (i) => edge(i, cw, left);
    const yAt = (j) => edge(shown.high - j, ch, top);
    const figure = figures[state.figure];
    const withText = cw >= 46 && ch >= 19;
    const hatch = faint("soft", 0.5);
    if (!Y) drawBars(c);
    for (let j = 0; Y && j < shown.high; j++) {
      for (let i = 0; i < shown.wide; i++) {
        const cell = j * shown.wide + i;
        const [x, y, w, h] = [xAt(i), yAt(j + 1), xAt(i + 1) - xAt(i) - gap, yAt(j) - yAt(j + 1) - gap];
        if (shown.counts[cell] === 0) continue;
        const v = shown.values[cell];
        if (Number.isNaN(v)) {
          c.fillStyle = colour("sunk");
          c.fillRect(x, y, w, h);
          c.strokeStyle = hatch;
          c.lineWidth = 1;
          c.beginPath();
          c.moveTo(x, y + h);
          c.lineTo(x + w, y);
          c.stroke();
          continue;
        }
        c.fillStyle = scale.of(v);
        c.fillRect(x, y, w, h);
        if (withText && cell !== marks.chosen && cell !== marks.best) {
          c.fillStyle = scale.ink(v);
          c.textAlign = "center";
          c.textBaseline = "middle";
          c.fillText(say(figure.kind, v), x + w / 2, y + h / 2 + 0.5);
        }
      }
    }
    c.fillStyle = colour("soft");
    c.textBaseline = "alphabetic";
    c.textAlign = "center";
    const everyX = Math.max(1, Math.ceil((Math.max(...Array.from({ length: X.bins }, (_, i) => c.measureText(label(X, i)).width)) + 10) / cw));
    for (let i = 0; i < X.bins; i += everyX) {
      const half = c.measureText(label(X, i)).width / 2;
      c.fillText(label(X, i), Math.min(left + pw - half, Math.max(left + half, left + (i + 0.5) * cw)), top + ph + 15);
    }
    c.textAlign = "right";
    c.fillStyle = colour("ink");
    c.fillText(withUnit(X.name, X.unit === "%" ? "" : X.unit) + (X.unit === "%" ? ", %" : ""), left + pw, top + ph + 32);
    if (Y) {
      c.textAlign = "left";
      c.fillText(withUnit(Y.name, Y.unit === "%" ? "" : Y.unit) + (Y.unit === "%" ? ", %" : ""), 0, 12);
      c.fillStyle = colour("soft");
      c.textAlign = "right";
      c.textBaseline = "middle";
      const everyY = Math.max(1, Math.ceil(14 / ch));
      for (let j = 0; j < Y.bins; j += everyY) c.fillText(label(Y, j), left - 7, top + ph - (j + 0.5) * ch);
    }
    if (Y) outlinePlateau(c, xAt, yAt, gap);
    const centre = (cell) => [left + ((cell % shown.wide) + 0.5) * cw, !Y ? top + 10 : top + ph - (Math.floor(cell / shown.wide) + 0.5) * ch];
    const ring = (cell, shape) => {
      const [x, y] = centre(cell);
      for (const [ink, width] of [[colour("card"), 5], [colour("ink"), 2]]) {
        c.strokeStyle = ink;
        c.lineWidth = width;
        c.beginPath();
        if (shape === "best") { c.moveTo(x, y - 7); c.lineTo(x + 7, y); c.lineTo(x, y + 7); c.lineTo(x - 7, y); c.closePath(); } else c.arc(x, y, 6.5, 0, 2 * Math.PI);
        c.stroke();
      }
    };
    if (marks.best >= 0 && marks.best !== marks.chosen) ring(marks.best, "best");
    if (marks.chosen >= 0) ring(marks.chosen, "chosen");
    const frame = (cell, dash) => {
      const [i, j] = [cell % shown.wide, Math.floor(cell / shown.wide)];
      c.setLineDash(dash);
      for (const [ink, width] of [[colour("card"), 5], [colour("ink"), 2.5]]) {
        c.strokeStyle = ink;
        c.lineWidth = width;
        c.strokeRect(xAt(i) - 1, yAt(j + 1) - 1, xAt(i + 1) - xAt(i) + 1, yAt(j) - yAt(j + 1) + 1);
      }
      c.setLineDash([]);
    };
    if (marks.picked >= 0) frame(marks.picked, []);
    if (state.cursor !== null && document.activeElement === canvas) frame(state.cursor, [3, 3]);
  }

  /** One parameter alone: a bar for each of its values, from neutral or from below the lowest. */
  function drawBars(c) {
    const { left, top, pw, ph, cw } = area;
    const figure = figures[state.figure];
    const finite = [...shown.values].filter((v) => Number.isFinite(v));
    if (finite.length === 0) return;
    let [low, high] = [Math.min(...finite), Math.max(...finite)];
    if (scale.both) [low, high] = [Math.min(low, scale.neutral), Math.max(high, scale.neutral)];
    if (!(high > low)) [low, high] = [low - 1, high + 1];
    const room = (high - low) * 0.12;
    const y = linear(scale.both && low >= scale.neutral ? low : low - room, high + room, top + ph, top + 20);
    const ticks = ticksOf(low, high, 5);
    const text = tickText(figure.kind, ticks);
    c.textAlign = "right";
    c.textBaseline = "middle";
    for (const v of ticks) {
      c.fillStyle = colour("line");
      c.fillRect(left, Math.round(y(v)), pw, 1);
      c.fillStyle = colour("soft");
      c.fillText(text(v), left - 7, y(v));
    }
    const base = scale.both ? y(scale.neutral) : top + ph;
    for (let i = 0; i < shown.wide; i++) {
      const v = shown.values[i];
      if (!Number.isFinite(v)) continue;
      const wide = Math.max(1, cw - Math.min(3, cw / 4));
      c.fillStyle = scale.of(v);
      c.fillRect(left + i * cw + (cw - wide) / 2, Math.min(y(v), base), wide, Math.max(2, Math.abs(base - y(v))));
      if (marks.plateau?.[i]) {
        c.fillStyle = colour("ink");
        c.fillRect(left + i * cw, top + ph - 2, cw, 3);
      }
    }
  }

  /** A line around the cells in which the plateau has a point. */
  function outlinePlateau(c, xAt, yAt, gap) {
    if (!marks.plateau) return;
    const inside = (i, j) => i >= 0 && j >= 0 && i < shown.wide && j < shown.high && marks.plateau[j * shown.wide + i] === 1;
    const path = new Path2D();
    const off = gap / 2;
    for (let j = 0; j < shown.high; j++) {
      for (let i = 0; i < shown.wide; i++) {
        if (!inside(i, j)) continue;
        const [x0, x1, y0, y1] = [xAt(i) - off, xAt(i + 1) - off, yAt(j) - off, yAt(j + 1) - off];
        if (!inside(i - 1, j)) { path.moveTo(x0, y0); path.lineTo(x0, y1); }
        if (!inside(i + 1, j)) { path.moveTo(x1, y0); path.lineTo(x1, y1); }
        if (!inside(i, j - 1)) { path.moveTo(x0, y0); path.lineTo(x1, y0); }
        if (!inside(i, j + 1)) { path.moveTo(x0, y1); path.lineTo(x1, y1); }
      }
    }
    c.lineCap = "square";
    c.strokeStyle = colour("card");
    c.lineWidth = 4.5;
    c.stroke(path);
    c.strokeStyle = colour("ink");
    c.lineWidth = 2;
    c.stroke(path);
    c.lineCap = "butt";
  }

  const cellAt = (event) => {
    if (!area) return null;
    const at = canvas.getBoundingClientRect();
    const i = Math.floor((event.clientX - at.left - area.left) / area.cw);
    const j = shown.high - 1 - Math.floor((event.clientY - at.top - area.top) / area.ch);
    return i >= 0 && j >= 0 && i < shown.wide && j < shown.high ? j * shown.wide + i : null;
  };

  function wordsOfCell(cell) {
    const [i, j] = [cell % shown.wide, Math.floor(cell / shown.wide)];
    const figure = figures[state.figure];
    const where = [area.X, area.Y].filter(Boolean).map((a, n) => `${a.name} ${withUnit(a.binLabel(n ? j : i), a.unit)}`).join(", ");
    const n = shown.counts[cell];
    const what = n === 0 ? "not run" : Number.isNaN(shown.values[cell]) ? "no value" : say(figure.kind, shown.values[cell]);
    const of = n === 0 ? "Left out by a condition, or not searched." : !shown.counted ? "" : n === 1 ? "one point" : `${{ best: "best", median: "median", mean: "mean" }[state.aggregate]} of ${count(n)} points`;
    return { where, what, of, label: figure.label };
  }

  canvas.addEventListener("pointermove", (event) => {
    const cell = cellAt(event);
    if (cell === null) { hint.hide(); return; }
    const { where, what, of, label } = wordsOfCell(cell);
    const at = canvas.getBoundingClientRect();
    hint.show(event.clientX - at.left, event.clientY - at.top, el("b", {}, `${label} ${what}`), el("br"), where, ...(of ? [el("br"), el("span", { class: "faded" }, of)] : []));
  });
  canvas.addEventListener("pointerleave", () => hint.hide());

  /** The best point of a cell becomes the chosen one, and the sliders hold its other parameters. */
  function take(cell) {
    const at = shown.best?.[cell] ?? -1;
    if (at < 0) {
      note.textContent = model.sliceable(state.figure) ? "This cell holds no point with a value." : "The page does not hold the single points of this cell.";
      spoken.textContent = note.textContent;
      return;
    }
    show(model.pointAt(at));
    onPick(state.picked);
  }

  function show(point) {
    state.picked = point;
    if (point && model.sliceable(state.figure)) for (const a of others()) state.fixed[a.index] = a.binOf(point.places[a.index]);
    makeSliders();
    refresh();
  }

  canvas.addEventListener("click", (event) => {
    const cell = cellAt(event);
    if (cell === null) return;
    hint.hide();
    take(cell);
  });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!moves && event.key !== "Enter") return;
    event.preventDefault();
    const start = state.cursor ?? Math.max(0, marks.picked, marks.chosen);
    if (event.key === "Enter") { take(start); return; }
    const i = Math.min(shown.wide - 1, Math.max(0, (start % shown.wide) + moves[0]));
    const j = Math.min(shown.high - 1, Math.max(0, Math.floor(start / shown.wide) + moves[1]));
    state.cursor = j * shown.wide + i;
    draw();
    const { where, what, of, label } = wordsOfCell(state.cursor);
    spoken.textContent = `${where}: ${label} ${what}${of ? `, ${of}` : ""}`;
    hint.show(area.left + (i + 0.5) * area.cw, area.top + area.ph - (j + 0.5) * area.ch, el("b", {}, `${label} ${what}`), el("br"), where);
  });
  canvas.addEventListener("focus", draw);
  canvas.addEventListener("blur", () => { hint.hide(); draw(); });

  if (seen.length === 0) {
    host.replaceChildren(emptyState("No map", "There are too many points and parameters for this page to hold any figure of them; the tables below are complete."));
    return { show() {} };
  }
  makeSliders();
  new ResizeObserver(draw).observe(box);
  themeListeners.push(refresh);
  refresh();
  return { show };
}
