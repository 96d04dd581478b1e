// What the pages of the laboratory share: packed columns, figures as people read them, introduction, source and data.

// ---- packed columns ----

function bytesOf(text) {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

/** Unsigned 16-bit numbers, little endian. */
function wordsOf(text) {
  const bytes = bytesOf(text);
  const out = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < out.length; i++) out[i] = bytes[2 * i] | (bytes[2 * i + 1] << 8);
  return out;
}

/** The mark of a place where there is no point, as opposed to a point whose figure does not exist. */
const HOLE = 0x7e01;

/** Every half-precision float; read once. */
const halfTable = (() => {
  let table = null;
  return () => {
    if (table) return table;
    table = new Float64Array(65536);
    for (let bits = 0; bits < 65536; bits++) {
      const exponent = (bits >> 10) & 31;
      const mantissa = bits & 1023;
      const size = exponent === 31 ? (mantissa ? NaN : Infinity) : exponent ? 2 ** (exponent - 15) * (1 + mantissa / 1024) : 2 ** -24 * mantissa;
      table[bits] = bits & 32768 ? -size : size;
    }
    return table;
  };
})();

/** A packed column as numbers, with the places that hold no point. */
function readHalves({ scale, data }) {
  const words = wordsOf(data);
  const table = halfTable();
  const values = new Float64Array(words.length);
  const holes = new Uint8Array(words.length);
  for (let i = 0; i < words.length; i++) {
    values[i] = table[words[i]] * scale;
    if (words[i] === HOLE) holes[i] = 1;
  }
  return { values, holes };
}

const numberOf = (v) => (v === "inf" ? Infinity : v === "-inf" ? -Infinity : v === null || v === undefined ? NaN : v);

// ---- figures ----

/** A figure by its kind, short enough for an axis or a cell. */
function say(kind, value, places = null) {
  const v = numberOf(value);
  if (Number.isNaN(v)) return NONE;
  if (!Number.isFinite(v)) return v > 0 ? "∞" : MINUS + "∞";
  const size = Math.abs(v);
  switch (kind) {
    case "fraction": return percent(v, places ?? (size >= 1 || size === 0 ? 0 : size >= 0.1 ? 1 : 2));
    case "money": return digits(v, places ?? (size >= 1000 ? 0 : 2));
    case "count": return count(v);
    case "bars": return digits(v, 0, 1);
    default: {
      const least = size !== 0 && size < 0.095 ? Math.min(8, 2 - Math.floor(Math.log10(size))) : size >= 1000 ? 0 : 2;
      return places === null ? digits(v, Math.min(2, least), least) : digits(v, places);
    }
  }
}

/** Values of an axis of pictures that mean "neither good nor bad". */
const neutralOf = (figure) => (figure.name === "profit_factor" ? 1 : 0);

const sorted = (values) => Float64Array.from(values).filter((v) => !Number.isNaN(v)).sort();

/** The value below which the share `q` of the sorted values lies, between neighbours by proportion. */
function share(list, q) {
  if (list.length === 0) return NaN;
  const at = (list.length - 1) * q;
  const low = Math.floor(at);
  return list[low] + (list[Math.min(list.length - 1, low + 1)] - list[low]) * (at - low);
}

const withUnit = (value, unit) => (unit === "%" ? value + THIN + "%" : unit ? `${value} ${unit}` : value);

// ---- controls ----

/** A choice from a list with its name before it. */
function pick(label, options, chosen, onChoose) {
  const select = el("select", { class: "field", onchange: () => onChoose(select.value) },
    options.map(([value, text]) => el("option", { value, selected: String(value) === String(chosen) }, text)));
  const whole = el("label", { class: "pick" }, el("span", {}, label), select);
  whole.select = select;
  return whole;
}

function copyButton(text) {
  const button = el("button", { class: "button copy", type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      // Without the right to write, the text is marked for a copy by hand.
      getSelection().selectAllChildren(button.previousSibling);
      button.textContent = "Marked";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } }, "Copy");
  return button;
}

// ---- the parts that every page ends with ----

function subjectLine(kind) {
  const names = D.symbols.length > 4 ? `${D.symbols.slice(0, 3).join(", ")} and ${D.symbols.length - 3} more` : D.symbols.join(", ");
  byId("eyebrow").textContent = [kind, D.title ? D.strategy : "", names, D.timeframe].filter(Boolean).join("  ·  ");
}

const dataLine = () => (D.span
  ? `${day(D.span[0])} to ${day(D.span[1])}, ${plural(D.bars, "bar")}`
  : "The data held no bar");

function closing() {
  facts("data-body", [
    ["Symbols", D.symbols.join(", ") || NONE],
    ["Timeframe", D.timeframe || NONE],
    ["From", D.span ? moment(D.span[0]) : NONE],
    ["To", D.span ? moment(D.span[1]) : NONE],
    ["Bars", count(D.bars)],
    ...(D.note ? [["Note", D.note]] : []),
  ], "");
  facts("settings-body", D.settings, "None recorded.");
  identity();
  if (D.source.trim()) {
    byId("source-body").append(el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Source text" }, el("pre", { class: "source" }, el("code", {}, D.source.replace(/\n$/, "")))));
  } else {
    byId("source-body").append(emptyState("No source text", "The result was recorded without it."));
  }
}

const READY = () => { document.documentElement.dataset.ready = "wholly"; };
