// The page's data, its numbers as people read them, and the few ways the page makes elements.
// Text reaches the page by textContent alone: titles and tags of strategies are not to be trusted.

const D = JSON.parse(document.getElementById("data").textContent);

// The page shows itself when it is whole, so that nothing moves under the reader; on a fault it shows what there is.
addEventListener("error", () => { document.documentElement.dataset.ready = "partly"; });

const byId = (id) => document.getElementById(id);

/** An element with attributes and children; a string child becomes text. */
function el(name, attributes = {}, ...children) {
  return build(document.createElement(name), attributes, children);
}

/** The same for SVG. */
function svg(name, attributes = {}, ...children) {
  return build(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function build(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.setAttribute("class", value);
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "vars") for (const [name, v] of Object.entries(value)) node.style.setProperty(name, v);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

// ---- numbers ----

const MINUS = "\u2212";
const NONE = "\u2013";
const THIN = "\u202f";
const formats = new Map();

function digits(value, least, most = least) {
  const key = least * 32 + most;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: most }));
  }
  const text = formats.get(key).format(Math.abs(value));
  // What rounds to zero has no sign.
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

const missing = (value) => value === null || value === undefined || Number.isNaN(value);
const plus = (value, text) => (value > 0 && /[1-9]/.test(text) ? "+" + text : text);

const money = (value) => (missing(value) ? NONE : digits(value, 2));
const signedMoney = (value) => (missing(value) ? NONE : plus(value, digits(value, 2)));
const percent = (value, places = 2) => (missing(value) ? NONE : digits(value * 100, places) + THIN + "%");
const signedPercent = (value, places = 2) => (missing(value) ? NONE : plus(value, percent(value, places)));
const count = (value) => (missing(value) ? NONE : digits(value, 0));
const plural = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;
/** A figure of the run by its kind. */
function figure({ kind, value }) {
  if (value === "inf") return "∞";
  if (value === "-inf") return MINUS + "∞";
  if (missing(value)) return NONE;
  switch (kind) {
    case "fraction": return percent(value);
    case "money": return money(value);
    case "count": return count(value);
    case "bars": return `${digits(value, 0, 1)} ${value === 1 ? "bar" : "bars"}`;
    default: return digits(value, 2);
  }
}

const metrics = new Map(D.metrics.map((m) => [m.name, m]));
const metric = (name) => metrics.get(name) ?? { kind: "ratio", value: null };
const metricValue = (name) => {
  const { value } = metric(name);
  return typeof value === "number" ? value : null;
};

// ---- times, in seconds since the epoch, UTC ----

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");

function day(t) {
  const d = new Date(t * 1000);
  // A date does not break between its parts.
  return `${d.getUTCDate()}\u00a0${MONTHS[d.getUTCMonth()]}\u00a0${d.getUTCFullYear()}`;
}

function clock(t) {
  const d = new Date(t * 1000);
  const seconds = d.getUTCSeconds();
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}${seconds ? ":" + two(seconds) : ""}`;
}

const moment = (t) => `${day(t)}, ${clock(t)}`;

/** Sortable and narrow: 2018-03-04 12:30. */
function stamp(t) {
  const d = new Date(t * 1000);
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${clock(t)}`;
}

/** A length of time by its two largest units. */
function span(seconds) {
  const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];
  const parts = [];
  let rest = Math.round(seconds);
  for (const [name, length] of units) {
    const n = Math.floor(rest / length);
    rest -= n * length;
    if (n) parts.push(`${count(n)}${THIN}${name}`);
    if (parts.length === 2) break;
  }
  return parts.join(" ") || `0${THIN}m`;
}

// ---- columns ----

function readTimes(runs) {
  const out = [];
  if (runs.length === 0) return out;
  let t = runs[0];
  out.push(t);
  for (let i = 1; i < runs.length; i += 2) {
    for (let n = runs[i + 1]; n > 0; n--) out.push((t += runs[i]));
  }
  return out;
}

function readDifferences(column, decimals) {
  const unit = 10 ** decimals;
  let sum = 0;
  return column.map((d) => (sum += d) / unit);
}

/** A curve of equity that began at `initial`, with its drawdown, a fraction of zero or less. */
function readCurve(curve, initial) {
  const time = readTimes(curve.time);
  const value = readDifferences(curve.value, curve.decimals);
  let peak = initial;
  const drawdown = value.map((v) => {
    if (v > peak) peak = v;
    return peak > 0 ? v / peak - 1 : 0;
  });
  return { time, value, drawdown };
}

/** Last index whose time is at or before `t`; -1 before the first. */
function indexAt(times, t) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const sum = (list, of) => list.reduce((total, item) => total + (of(item) ?? 0), 0);
const tone = (value) => (value > 0 ? "up" : value < 0 ? "down" : "");

/** Steps people read easily: 1, 2, 2.5 or 5 times a power of ten, at most `wanted` of them over `length`. */
function niceStep(length, wanted) {
  const raw = length / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 2.5 ? 2.5 : lead <= 5 ? 5 : 10) * power;
}

const quantile = (sorted, q) => sorted[Math.round((sorted.length - 1) * q)];

// ---- parts used all over the page ----

/** Buttons of which one is chosen. */
function choice(label, options, chosen, onChoose) {
  const buttons = options.map(([value, text]) =>
    el("button", {
      type: "button",
      "aria-pressed": String(value === chosen),
      onclick: () => {
        for (const [i, [v]] of options.entries()) buttons[i].setAttribute("aria-pressed", String(v === value));
        onChoose(value);
      },
    }, text));
  return el("div", { class: "segment", role: "group", "aria-label": label }, buttons);
}

/** A button that is on or off. */
function toggle(text, on, onChange) {
  const button = el("button", {
    class: "button", type: "button", "aria-pressed": String(on),
    onclick: () => {
      on = !on;
      button.setAttribute("aria-pressed", String(on));
      onChange(on);
    },
  }, text);
  return button;
}

function emptyState(title, ...lines) {
  return el("div", { class: "empty" }, el("p", { class: "empty-title" }, title), lines.map((line) => el("p", {}, line)));
}

// ---- theme ----

const themeListeners = [];
const probe = el("span", { hidden: true });
document.body.append(probe);

// Asking for a computed colour costs a pass over the styles: too much for every frame.
const known = new Map();

/** The present colour behind a custom property, as a canvas understands it. */
function colour(name) {
  if (!known.has(name)) {
    probe.style.color = `var(--${name})`;
    known.set(name, getComputedStyle(probe).color);
  }
  return known.get(name);
}

/** The same, let through partly. */
function faint(name, alpha) {
  const found = /^rgba?\(([^)]+)\)$/.exec(colour(name));
  if (!found) return colour(name);
  const [r, g, b] = found[1].split(/[ ,/]+/).map(Number);
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

const FONT = getComputedStyle(document.body).fontFamily;

const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 700px)");
const touch = matchMedia("(pointer: coarse)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const isDark = () => (document.documentElement.dataset.theme ?? (darkSystem.matches ? "dark" : "light")) === "dark";

function setTheme(theme, remember) {
  if (theme) document.documentElement.dataset.theme = theme;
  known.clear();
  if (remember) {
    // A page opened from a file may have no storage.
    try { localStorage.setItem("sixbtc-theme", theme); } catch { /* the choice lasts for this view */ }
  }
  byId("theme").setAttribute("aria-pressed", String(isDark()));
  for (const listener of themeListeners) listener();
}

try { setTheme(localStorage.getItem("sixbtc-theme"), false); } catch { setTheme(null, false); }
byId("theme").addEventListener("click", () => setTheme(isDark() ? "light" : "dark", true));
darkSystem.addEventListener("change", () => setTheme(null, false));
