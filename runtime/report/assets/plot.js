// Scales, colours and the simple plots: drawn at the size they have, so that text keeps its size at every width.

// ---- colours of values ----

/** Viridis: even steps of lightness, apart for every common colour vision. */
const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37]];

const channels = (text) => (/^rgba?\(([^)]+)\)$/.exec(text)?.[1] ?? "128,128,128").split(/[ ,/]+/).slice(0, 3).map(Number);

function mixed(stops, t) {
  const at = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  return stops[low].map((c, i) => Math.round(c + (stops[low + 1][i] - c) * (at - low)));
}

/** Neutral: nearly the card's own shade for areas, a grey that can be seen for lines and dots. */
const middleInk = (thin) => (thin ? (isDark() ? [116, 127, 143] : [176, 184, 196]) : isDark() ? [45, 52, 63] : [236, 239, 243]);

/**
 * Colours for the values of a figure. Values on both sides of neutral get orange and blue about it, others viridis; the better
 * end is the blue or the bright one. The ends leave out what lies far beyond the 2nd and 98th percentile, so that a few wild points do not pale the rest.
 */
function colourScale(values, figure, { thin = false } = {}) {
  const list = sorted(values).filter((v) => Number.isFinite(v));
  const middle = share(list, 0.5);
  /** The outermost value, unless it lies far beyond the 98th (2nd) percentile. */
  const fence = (q, end) => {
    const at = share(list, q);
    const far = at + (at - middle) * 0.2;
    return q > 0.5 ? Math.min(end, Math.max(at, far)) : Math.max(end, Math.min(at, far));
  };
  let [low, high] = [fence(0.02, list[0]), fence(0.98, list[list.length - 1])];
  const neutral = neutralOf(figure);
  const both = list.length > 0 && low < neutral && high > neutral && figure.kind !== "count" && figure.kind !== "bars";
  if (both) {
    const reach = Math.max(high - neutral, neutral - low);
    [low, high] = [neutral - reach, neutral + reach];
  }
  if (!(high > low)) {
    const room = Math.abs(low) > 0 ? Math.abs(low) * 0.05 : 1;
    [low, high] = list.length === 0 ? [0, 1] : [low - room, low + room];
  }
  let stops = null;
  const paint = () => {
    stops = both
      ? [channels(colour("down-mark")), middleInk(thin), channels(colour("up-mark"))]
      : VIRIDIS;
    if (figure.less) stops = [...stops].reverse();
  };
  paint();
  const rgb = (v) => mixed(stops, (v - low) / (high - low));
  return {
    low, high, both, neutral, paint,
    of: (v) => `rgb(${rgb(v).join(",")})`,
    /** Text on such a colour. */
    ink: (v) => {
      const [r, g, b] = rgb(v);
      return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#10151d" : "#ffffff";
    },
    empty: list.length === 0,
  };
}

/** The scale as a strip with its ends and middle. */
function colourLegend(scale, figure) {
  const canvas = el("canvas", { width: 180, height: 1, "aria-hidden": "true" });
  const c = canvas.getContext("2d");
  for (let x = 0; x < 180; x++) {
    c.fillStyle = scale.of(scale.low + ((x + 0.5) / 180) * (scale.high - scale.low));
    c.fillRect(x, 0, 1, 1);
  }
  return el("div", { class: "strip", role: "img", "aria-label": `Colours from ${say(figure.kind, scale.low)} to ${say(figure.kind, scale.high)}, ${figure.label}` },
    el("span", {}, `≤ ${say(figure.kind, scale.low)}`), canvas, el("span", {}, `≥ ${say(figure.kind, scale.high)}`));
}

// ---- frames ----

const ticksOf = (low, high, wanted) => {
  const step = niceStep(high - low, wanted);
  const out = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) out.push(Math.abs(v) < step / 1e6 ? 0 : v);
  return out;
};

/** Text of ticks: as many decimals as their step needs. */
function tickText(kind, ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) * (kind === "fraction" ? 100 : 1) : 1;
  const places = kind === "count" || kind === "bars" ? 0 : Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (String(+(step / 10 ** Math.floor(Math.log10(step))).toPrecision(3)).includes(".") ? 1 : 0)));
  return (v) => (kind === "fraction" ? percent(v, places) : digits(v, places));
}

const linear = (low, high, from, to) => (v) => from + ((v - low) / (high - low)) * (to - from);

/** A box whose content `draw(width)` makes, again whenever its width or the theme changes. */
function drawn(className, draw) {
  const box = el("div", { class: className });
  let width = 0;
  const again = () => {
    if (width > 0) box.replaceChildren(...[draw(width)].flat().filter(Boolean));
  };
  new ResizeObserver(() => {
    if (box.clientWidth === width) return;
    width = box.clientWidth;
    again();
  }).observe(box);
  themeListeners.push(again);
  box.again = again;
  return box;
}

const picture = (width, height, label, parts) =>
  svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "plot still", role: "img", "aria-label": label }, parts.flat(3).filter(Boolean));

/** Grid lines with their values along the left edge, and names of ticks along the lower. */
function gridLeft(ticks, text, y, left, right) {
  return ticks.map((v) => [
    svg("path", { d: `M${left} ${y(v)}H${right}`, class: "grid" }),
    svg("text", { x: left - 6, y: y(v) + 3.5, "text-anchor": "end" }, text(v)),
  ]);
}

function ticksBelow(ticks, text, x, y, right) {
  return ticks.map((v) => svg("text", { x: Math.min(right - 2, x(v)), y, "text-anchor": x(v) > right - 20 ? "end" : "middle" }, text(v)));
}

/** A tooltip that stays within its box. */
function tipIn(box) {
  const tip = el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  box.append(tip);
  return {
    show(x, y, ...parts) {
      tip.replaceChildren(...parts);
      tip.hidden = false;
      const [w, h] = [tip.offsetWidth, tip.offsetHeight];
      tip.style.left = `${Math.max(0, x + 14 + w > box.clientWidth ? x - 14 - w : x + 14)}px`;
      tip.style.top = `${Math.max(0, y - h - 10 < 0 ? y + 16 : y - h - 10)}px`;
    },
    hide() { tip.hidden = true; },
  };
}

// ---- histogram ----

/**
 * A histogram with marks: `marks` are [value, name, tone]. The tails beyond half a percent share an end bin unless a mark lies
 * there.
 */
function histogramPlot(values, { kind, label, marks = [], better = null, height = 240, unit = "run" }) {
  const list = sorted(values).filter((v) => Number.isFinite(v));
  const lost = values.length - list.length;
  if (list.length === 0) return emptyState("Nothing to distribute", "No value exists.");
  const at = marks.filter(([v]) => Number.isFinite(v));
  let low = share(list, 0.005);
  let high = share(list, 0.995);
  for (const [v] of at) [low, high] = [Math.min(low, v), Math.max(high, v)];
  if (!(high > low)) [low, high] = [low - 1, low + 1];
  const step = niceStep(high - low, Math.min(48, Math.max(8, Math.sqrt(list.length) * 1.6)));
  const start = Math.floor(low / step);
  const bins = new Array(Math.max(1, Math.ceil(high / step + 1e-9) - start)).fill(0);
  for (const v of list) bins[Math.min(bins.length - 1, Math.max(0, Math.floor(v / step) - start))]++;
  const most = Math.max(...bins);
  const box = drawn("plot-wide", (w) => {
    const [left, right, top, bottom] = [40, w - 6, 16 + 15 * at.length, height - 24];
    const x = linear(start * step, (start + bins.length) * step, left, right);
    const y = linear(0, most, bottom, top);
    const ticks = ticksOf(0, most, 4).filter((v) => Number.isInteger(v));
    const below = ticksOf(start * step, (start + bins.length) * step, w < 420 ? 4 : 7);
    const parts = [gridLeft(ticks, count, y, left, right)];
    bins.forEach((n, i) => {
      if (n === 0) return;
      const from = (start + i) * step;
      const wide = x(from + step) - x(from);
      parts.push(svg("rect", {
        x: x(from) + Math.min(0.75, wide / 8), y: y(n), width: Math.max(0.8, wide - Math.min(1.5, wide / 4)), height: bottom - y(n), rx: Math.min(2, wide / 4),
        class: better === null ? "fill-plain" : better(from + step / 2) ? "fill-up" : "fill-plain",
      }, svg("title", {}, `${say(kind, from)} to ${say(kind, from + step)}: ${plural(n, unit)}`)));
    });
    parts.push(ticksBelow(below, tickText(kind, below), x, height - 7, right));
    at.forEach(([v, name, mood], i) => {
      const right_ = x(v) > w * 0.6;
      parts.push(
        svg("path", { d: `M${x(v)} ${4 + 15 * i}V${bottom}`, class: `mark ${mood}` }),
        svg("text", { x: x(v) + (right_ ? -6 : 6), y: 13 + 15 * i, class: `mark-text ${mood}`, "text-anchor": right_ ? "end" : "start" }, `${name} ${say(kind, v)}`));
    });
    return picture(w, height, `Histogram of ${plural(list.length, unit)}, ${label}. ${at.map(([v, name]) => `${name} ${say(kind, v)}`).join(", ")}`, parts);
  });
  return lost > 0 ? [box, el("p", { class: "note" }, `${plural(lost, unit)} without this figure ${lost === 1 ? "is" : "are"} left out.`)] : box;
}

// ---- bars under conditions ----

/** Bars from the limit: a bar that falls short of it points the other way and is named so. */
function stressPlot({ label, kind, labels, values, limit }) {
  const list = values.map(numberOf);
  const asked = numberOf(limit);
  const shown = list.filter((v) => Number.isFinite(v));
  if (shown.length === 0) return emptyState("Nothing to compare", "No value exists.");
  const rest = Number.isFinite(asked) ? asked : 0;
  let [low, high] = [Math.min(rest, ...shown), Math.max(rest, ...shown)];
  if (!(high > low)) high = low + 1;
  const room = (high - low) * 0.16;
  [low, high] = [low < rest ? low - room : low, high > rest ? high + room : high];
  return drawn("plot-wide", (w) => {
    const height = 34 * list.length + 30;
    const left = Math.min(120, Math.max(60, ...labels.map((l) => l.length * 7 + 14)));
    const x = linear(low, high, left, w - 46);
    const parts = list.map((v, i) => {
      const top = 34 * i + 6;
      if (Number.isNaN(v)) return [svg("text", { x: left - 10, y: top + 15, "text-anchor": "end", class: "row-name" }, labels[i]), svg("text", { x: x(rest) + 8, y: top + 15 }, "no value")];
      const end = Number.isFinite(v) ? x(v) : x(v > 0 ? high : low);
      const good = v >= rest;
      return [
        svg("text", { x: left - 10, y: top + 15, "text-anchor": "end", class: "row-name" }, labels[i]),
        svg("rect", { x: Math.min(end, x(rest)), y: top, width: Math.max(2, Math.abs(end - x(rest))), height: 22, rx: 4, class: good ? "fill-up" : "fill-down" }, svg("title", {}, `${labels[i]}: ${label} ${say(kind, v)}`)),
        svg("text", { x: Math.max(end, x(rest)) + 7, y: top + 15.5, class: "value" }, say(kind, v)),
      ];
    });
    parts.push(svg("path", { d: `M${x(rest)} 0V${34 * list.length + 2}`, class: "axis" }));
    if (Number.isFinite(asked)) parts.push(svg("text", { x: x(rest), y: height - 8, "text-anchor": x(rest) > w - 90 ? "end" : x(rest) < 60 ? "start" : "middle" }, `asked ${say(kind, asked)}`));
    return picture(w, height, `${label}: ${labels.map((l, i) => `${l} ${say(kind, list[i])}`).join(", ")}`, parts);
  });
}

// ---- pairs of values ----

/** A canvas scatter. `points` are {x, y, ink, shape, data}; `lines` are {path, dash}; a point that is chosen gets a ring. */
function scatterPlot({ label, x: across, y: up, points, diagonal = false, front = null, height = 340, onPick = null, tip = null, lines = [] }) {
  const canvas = el("canvas", { class: "plot-canvas", role: "img", "aria-label": label });
  canvas.style.height = `${height}px`;
  const box = el("div", { class: "plot-box" }, canvas);
  const hint = tipIn(box);
  let placed = [];
  let chosen = null;
  const finite = points.filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y));
  if (finite.length === 0) {
    return Object.assign(el("div", {}, emptyState("Nothing to draw", "No point has both figures.")), { choose() {} });
  }
  const reach = (key, extra) => {
    const list = sorted(finite.map((p) => p[key]));
    const keep = finite.filter((p) => p.keep).map((p) => p[key]);
    let low = Math.min(share(list, 0.003), ...keep, ...extra);
    let high = Math.max(share(list, 0.997), ...keep, ...extra);
    if (!(high > low)) [low, high] = [low - 1, high + 1];
    const room = (high - low) * 0.05;
    return [low - room, high + room];
  };
  let [x0, x1] = reach("x", across.also ?? []);
  let [y0, y1] = reach("y", up.also ?? []);
  if (diagonal) [x0, x1, y0, y1] = [Math.min(x0, y0), Math.max(x1, y1), Math.min(x0, y0), Math.max(x1, y1)];
  const draw = () => {
    const [w, h] = [canvas.clientWidth, canvas.clientHeight];
    if (w === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(w * ratio);
    canvas.height = Math.round(h * ratio);
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    c.font = `11px ${FONT}`;
    const [left, right, top, bottom] = [52, w - 8, 24, h - 40];
    const px = linear(x0, x1, left, right);
    const py = linear(y0, y1, bottom, top);
    const inside = (v, a, b) => Math.min(Math.max(v, Math.min(a, b)), Math.max(a, b));
    c.lineWidth = 1;
    c.strokeStyle = colour("line");
    c.fillStyle = colour("soft");
    const stroke = (a, b, d, e) => { c.beginPath(); c.moveTo(a, b); c.lineTo(d, e); c.stroke(); };
    const yTicks = ticksOf(y0, y1, 5);
    const yText = tickText(up.kind, yTicks);
    c.textAlign = "right";
    c.textBaseline = "middle";
    for (const v of yTicks) {
      const at = Math.round(py(v)) + 0.5;
      stroke(left, at, right, at);
      c.fillText(yText(v), left - 7, at);
    }
    const xTicks = ticksOf(x0, x1, w < 420 ? 4 : 7);
    const xText = tickText(across.kind, xTicks);
    c.textAlign = "center";
    c.textBaseline = "alphabetic";
    for (const v of xTicks) c.fillText(xText(v), Math.min(right - 14, px(v)), bottom + 16);
    c.textAlign = "left";
    c.fillText(up.label, 2, 12);
    c.textAlign = "right";
    c.fillText(across.label, right, h - 6);
    c.strokeStyle = colour("soft");
    if (y0 < 0 && y1 > 0) stroke(left, Math.round(py(0)) + 0.5, right, Math.round(py(0)) + 0.5);
    if (x0 < 0 && x1 > 0) stroke(Math.round(px(0)) + 0.5, top, Math.round(px(0)) + 0.5, bottom);
    if (diagonal) {
      c.setLineDash([4, 4]);
      stroke(px(Math.max(x0, y0)), py(Math.max(x0, y0)), px(Math.min(x1, y1)), py(Math.min(x1, y1)));
      c.setLineDash([]);
    }
    const size = finite.length > 1200 ? 2.2 : finite.length > 300 ? 3 : 4;
    placed = finite.map((p) => ({ p, px: inside(px(p.x), left, right), py: inside(py(p.y), top, bottom) }));
    for (const { p, px: a, py: b } of placed) {
      c.globalAlpha = p.keep ? 1 : 0.62;
      c.fillStyle = p.ink();
      c.beginPath();
      if (p.shape === "square") c.rect(a - size, b - size, 2 * size, 2 * size);
      else c.arc(a, b, p.keep ? size + 1 : size, 0, 2 * Math.PI);
      c.fill();
    }
    c.globalAlpha = 1;
    if (front && front.length > 1) {
      c.strokeStyle = colour("ink");
      c.lineWidth = 1.5;
      c.beginPath();
      front.forEach((p, i) => (i ? c.lineTo(px(p.x), py(p.y)) : c.moveTo(px(p.x), py(p.y))));
      c.stroke();
    }
    for (const { p, px: a, py: b } of placed) {
      if (p !== chosen && !p.ring) continue;
      c.strokeStyle = colour("ink");
      c.lineWidth = 2;
      c.beginPath();
      c.arc(a, b, 7, 0, 2 * Math.PI);
      c.stroke();
    }
    lines.forEach((line) => line(c, px, py));
  };
  const nearest = (event) => {
    const at = canvas.getBoundingClientRect();
    let best = null;
    let least = 18 * 18;
    for (const q of placed) {
      const off = (q.px - (event.clientX - at.left)) ** 2 + (q.py - (event.clientY - at.top)) ** 2;
      if (off < least) [best, least] = [q, off];
    }
    return best;
  };
  if (tip) {
    canvas.addEventListener("pointermove", (event) => {
      const q = nearest(event);
      canvas.style.cursor = q && onPick ? "pointer" : "";
      if (q) hint.show(q.px, q.py, ...tip(q.p));
      else hint.hide();
    });
    canvas.addEventListener("pointerleave", () => hint.hide());
  }
  if (onPick) canvas.addEventListener("click", (event) => { const q = nearest(event); if (q) onPick(q.p); });
  new ResizeObserver(draw).observe(box);
  themeListeners.push(draw);
  box.choose = (test) => { chosen = test ? finite.find(test) ?? null : null; draw(); };
  return box;
}
