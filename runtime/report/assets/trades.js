// The trade list: any number of rows, sorted, filtered, only those in sight drawn; and the details of the chosen one.

const COLUMNS = [
  { key: "id", label: "#", kind: "number", of: (t) => t.id, show: (t) => String(t.id) },
  { key: "symbol", label: "Symbol", of: symbolName, show: symbolName, when: D.markets.length > 1, wide: false },
  { key: "side", label: "Side", of: (t) => t.side, show: (t) => el("span", { class: "side" }, svg("svg", { viewBox: "0 0 10 10", width: 9, height: 9, "aria-hidden": "true" }, svg("path", { d: t.side > 0 ? "M5 1 9.5 9H.5z" : "M5 9 9.5 1H.5z", class: "fill-ink" })), el("span", { class: "side-name" }, sideName(t))) },
  { key: "entry", label: "Entry", of: (t) => t.entry, show: (t) => stamp(t.entry) },
  { key: "entryPrice", label: "Price", kind: "number", of: (t) => t.entryPrice, show: (t) => price(t.entryPrice, t.symbol), wide: true },
  { key: "exit", label: "Exit", of: (t) => t.exit, show: (t) => stamp(t.exit), wide: true },
  { key: "exitPrice", label: "Price", kind: "number", of: (t) => t.exitPrice, show: (t) => price(t.exitPrice, t.symbol), wide: true },
  { key: "bars", label: "Bars", kind: "number", of: (t) => t.bars, show: (t) => count(t.bars), wide: true },
  { key: "pnl", label: "Profit", kind: "number", of: (t) => t.pnl, show: (t) => el("span", { class: tone(t.pnl) }, signedMoney(t.pnl)), wide: true },
  { key: "pct", label: "Profit %", kind: "number", of: (t) => t.pct, show: (t) => el("span", { class: tone(t.pct) }, plus(t.pct, digits(t.pct * 100, 2))) },
  { key: "r", label: "R", kind: "number", of: (t) => t.r, show: (t) => (missing(t.r) ? NONE : plus(t.r, digits(t.r, 2))), wide: true, when: hasR },
  { key: "mae", label: "MAE %", kind: "number", of: (t) => t.mae, show: (t) => digits(t.mae * 100, 2), wide: true },
  { key: "mfe", label: "MFE %", kind: "number", of: (t) => t.mfe, show: (t) => digits(t.mfe * 100, 2), wide: true },
  { key: "costs", label: "Costs", kind: "number", of: (t) => t.fees + t.slippage + t.funding, show: (t) => money(t.fees + t.slippage + t.funding), wide: true },
  { key: "reason", label: "Exit by", of: reasonName, show: (t) => el("span", { class: "by" }, reasonName(t), t.ambiguous ? el("abbr", { class: "flag", title: "Ambiguous: the worse outcome was assumed" }, "?") : null) },
  { key: "tag", label: "Tag", of: (t) => t.tag, show: (t) => el("span", { class: "tag" }, t.tag), wide: true, when: trades.some((t) => t.tag !== "") },
].filter((c) => c.when !== false);

let chosenTrade = null;
let tradeList = null;

function tradesTable() {
  const body = byId("trades-body");
  if (trades.length === 0) {
    body.append(emptyState("No trades", ...whyNoTrades()));
    return null;
  }
  const filter = { text: "", side: "", outcome: "", reason: "" };
  const order = { key: "id", down: false };
  let rows = trades;
  let active = 0;
  let drawn = "";

  const head = el("tr", {}, COLUMNS.map((c) => el("th", { scope: "col", class: cellClass(c) },
    el("button", { type: "button", onclick: () => sortBy(c.key) }, c.label, el("span", { class: "order", "aria-hidden": "true" })))));
  const lines = el("tbody", {});
  const box = el("div", { class: "list", role: "region", "aria-label": "Trades; arrow keys move, Enter shows the trade on the chart", tabindex: -1 },
    el("table", { class: "plain trades", "aria-rowcount": trades.length + 1 }, el("thead", {}, head), lines));
  const none = emptyState("No trade matches", "Loosen the filter to see some.");
  none.hidden = true;
  body.append(box, none);

  function cellClass(c) {
    return [c.kind === "number" ? "number" : "", c.wide ? "wide" : "", `c-${c.key}`].join(" ").trim();
  }

  const rowHeight = () => (narrow.matches ? 44 : 34);

  function matches(t) {
    if (filter.side && String(t.side) !== filter.side) return false;
    if (filter.outcome === "won" && !(t.pnl > 0)) return false;
    if (filter.outcome === "lost" && t.pnl > 0) return false;
    if (filter.outcome === "ambiguous" && !t.ambiguous) return false;
    if (filter.reason !== "" && String(t.reason) !== filter.reason) return false;
    if (!filter.text) return true;
    const all = `#${t.id} ${symbolName(t)} ${sideName(t)} ${t.tag} ${reasonName(t)} ${stamp(t.entry)} ${stamp(t.exit)}`.toLowerCase();
    return filter.text.split(/\s+/).every((word) => all.includes(word));
  }

  function refresh() {
    const column = COLUMNS.find((c) => c.key === order.key);
    const way = order.down ? -1 : 1;
    rows = trades.filter(matches).sort((a, b) => {
      const [x, y] = [column.of(a), column.of(b)];
      // What does not exist comes last either way.
      if (missing(x) || missing(y)) return Number(missing(x)) - Number(missing(y)) || a.index - b.index;
      return way * (typeof x === "string" ? x.localeCompare(y, "en") : x - y) || a.index - b.index;
    });
    active = Math.max(0, rows.findIndex((t) => t.index === chosenTrade));
    for (const [i, c] of COLUMNS.entries()) {
      head.children[i].setAttribute("aria-sort", c.key === order.key ? (order.down ? "descending" : "ascending") : "none");
    }
    box.hidden = rows.length === 0;
    none.hidden = rows.length > 0;
    box.scrollTop = 0;
    draw(true);
    const won = rows.filter((t) => t.pnl > 0).length;
    const all = rows.length === trades.length ? plural(rows.length, "trade") : `${count(rows.length)} of ${plural(trades.length, "trade")}`;
    byId("trades-sub").textContent = rows.length === 0 ? all : `${all}, ${percent(won / rows.length, 0)} won, ${signedMoney(sum(rows, (t) => t.pnl))} ${D.currency}`;
  }

  function draw(force = false) {
    const height = rowHeight();
    const from = Math.max(0, Math.floor(box.scrollTop / height) - 8);
    const to = Math.min(rows.length, from + Math.ceil((box.clientHeight || 480) / height) + 16);
    const now = `${from}-${to}-${height}`;
    if (!force && now === drawn) return;
    drawn = now;
    const hadFocus = lines.contains(document.activeElement);
    const gap = (n) => el("tr", { class: "gap", "aria-hidden": "true" }, el("td", { colspan: COLUMNS.length, vars: { height: `${n * height}px` } }));
    lines.replaceChildren(
      ...(from > 0 ? [gap(from)] : []),
      ...rows.slice(from, to).map((t, i) => line(t, from + i)),
      ...(to < rows.length ? [gap(rows.length - to)] : []));
    if (hadFocus) lines.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  function line(t, at) {
    return el("tr", {
      tabindex: at === active ? 0 : -1, "data-at": at, "aria-rowindex": at + 2,
      "aria-selected": String(t.index === chosenTrade), class: t.index === chosenTrade ? "chosen" : "",
    }, COLUMNS.map((c) => el("td", { class: cellClass(c) }, c.show(t))));
  }

  function sortBy(key) {
    // Times and numbers are first asked for their largest, words for their first.
    const words = ["symbol", "reason", "tag", "id"].includes(key);
    if (order.key === key) order.down = !order.down;
    else [order.key, order.down] = [key, !words];
    refresh();
  }

  function moveTo(at) {
    active = Math.min(rows.length - 1, Math.max(0, at));
    const height = rowHeight();
    const header = head.offsetHeight;
    const top = active * height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight - header) box.scrollTop = top + height - box.clientHeight + header;
    draw(true);
    lines.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  lines.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-at]");
    if (!row) return;
    active = Number(row.dataset.at);
    choose(rows[active].index, { jump: true, scroll: true });
  });
  lines.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(box.clientHeight / rowHeight()) - 2);
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      moveTo(to);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(rows[active].index, { jump: true, scroll: true });
    }
  });
  let waiting = false;
  box.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }, { passive: true });
  narrow.addEventListener("change", () => draw(true));

  const select = (label, key, options) => el("select", {
    class: "field", "aria-label": label, onchange: (e) => { filter[key] = e.target.value; refresh(); },
  }, options.map(([value, text]) => el("option", { value }, text)));
  byId("trades-tools").append(
    el("input", { class: "field search", type: "search", placeholder: "Search date, tag, reason", "aria-label": "Search trades", oninput: (e) => { filter.text = e.target.value.trim().toLowerCase(); refresh(); } }),
    select("Side", "side", [["", "Any side"], ["1", "Long"], ["-1", "Short"]]),
    select("Outcome", "outcome", [["", "Any result"], ["won", "Won"], ["lost", "Lost"], ["ambiguous", "Ambiguous"]]),
    select("Exit reason", "reason", [["", "Any exit"], ...D.trades.reason_labels.map((name, i) => [i, name])]));
  refresh();
  return {
    redraw: () => draw(true),
    /** The trade `by` rows further in the list as it is sorted and filtered now. */
    neighbour(by) {
      const at = rows.findIndex((t) => t.index === chosenTrade);
      return rows[at + by]?.index ?? null;
    },
  };
}

/** Makes a trade the chosen one, everywhere on the page. */
function choose(index, { jump, scroll = false }) {
  chosenTrade = index;
  if (jump) charts.price?.jump(index);
  else charts.price?.mark(index);
  tradeList?.redraw();
  showDetail(trades[index]);
  if (!scroll) return;
  const chart = byId("chart");
  const at = chart.getBoundingClientRect();
  const visible = at.top >= 0 && at.top < innerHeight * 0.4;
  if (!visible) chart.scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block: "start" });
}

function showDetail(t) {
  const fact = (name, value, mood = "", note = "") => el("div", {}, el("dt", {}, name), el("dd", { class: mood }, value, note ? el("small", {}, note) : null));
  const step = (label, text, by) => {
    const to = tradeList?.neighbour(by) ?? null;
    return el("button", { class: "button", type: "button", "aria-label": label, disabled: to === null, onclick: () => {
      choose(to, { jump: true });
      byId("detail").querySelector(`[aria-label="${label}"]`)?.focus({ preventScroll: true });
    } }, text);
  };
  byId("detail").replaceChildren(
    el("div", { class: "detail-head" },
      el("h3", {}, `Trade #${t.id}`, el("span", { class: "pill" }, `${sideName(t)} ${symbolName(t)}`), t.tag ? el("span", { class: "pill tag" }, t.tag) : null),
      el("div", { class: "detail-steps" }, step("Previous trade", "← Previous", -1), step("Next trade", "Next →", 1))),
    el("dl", { class: "facts" },
      fact("Profit", `${signedMoney(t.pnl)} ${D.currency}`, tone(t.pnl), `${signedPercent(t.pct)} of notional${missing(t.r) ? "" : `, ${plus(t.r, digits(t.r, 2))}${THIN}R`}`),
      fact("Entry", exactPrice(t.entryPrice, t.symbol), "", moment(t.entry)),
      fact("Exit", exactPrice(t.exitPrice, t.symbol), "", moment(t.exit)),
      fact("Closed by", reasonName(t), "", `after ${plural(t.bars, "bar")}, ${span(Math.max(t.exit - t.entry, t.bars * D.step))}`),
      fact("Size", digits(t.size, 0, 8), "", `${money(t.notional)} ${D.currency} at ${digits(t.leverage, 0, 2)}×`),
      fact("Costs", money(t.fees + t.slippage + t.funding), "", `fees ${money(t.fees)}, slippage ${money(t.slippage)}, funding ${money(t.funding)}`),
      fact("Worst moment", percent(-t.mae), "", "against the entry price"),
      fact("Best moment", signedPercent(t.mfe), "", "against the entry price")),
    t.ambiguous ? el("p", { class: "note" }, "Within one bar the order of events could not be known; the worse outcome was assumed.") : "");
}
