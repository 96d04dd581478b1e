// Puts the page together, top to bottom.

const charts = { equity: null, price: null };

function windowMoved(from, to) {
  charts.equity?.band.show(from, to);
}

function equityClicked(time) {
  charts.price?.at(time);
}

const finalEquity = equity.value.length ? equity.value[equity.value.length - 1] : D.initial;
const totalReturn = metricValue("total_return") ?? (D.initial > 0 ? finalEquity / D.initial - 1 : null);
const ambiguous = trades.filter((t) => t.ambiguous).length;

function introduction() {
  const names = D.markets.map((m) => m.symbol);
  const symbols = names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  byId("eyebrow").textContent = [D.strategy && D.title ? D.strategy : "Backtest report", symbols, D.timeframe].filter(Boolean).join("  ·  ");
  const bars = D.equity.thinned ?? equity.time.length;
  byId("lead").textContent = bars === 0
    ? "The run covered no bar."
    : `${day(equity.time[0])} to ${day(equity.time[equity.time.length - 1])}, ${plural(bars, "bar")}. ${
      trades.length === 0 ? "No trade was made." : `${money(D.initial)} ${D.currency} became ${money(finalEquity)} ${D.currency}.`}`;
}

function headline() {
  const profit = finalEquity - D.initial;
  const tile = (label, value, note, mood = "") => el("div", { class: "tile" }, el("dt", {}, label), el("dd", { class: mood }, value), el("dd", { class: "tile-note" }, note));
  const m = (name) => figure(metric(name));
  const low = metricValue("win_rate_low");
  const high = metricValue("win_rate_high");
  const none = trades.length === 0;
  byId("headline").append(
    tile("Net return", signedPercent(totalReturn), `${signedMoney(profit)} ${D.currency}`, tone(totalReturn)),
    tile("Annual return", signedPercent(metricValue("annual_return")), missing(metricValue("annual_volatility")) ? "" : `at ${m("annual_volatility")} volatility`, tone(metricValue("annual_return"))),
    tile("Maximum drawdown", missing(metricValue("max_drawdown")) ? NONE : percent(-metricValue("max_drawdown")), missing(metricValue("max_drawdown_bars")) ? "" : `lasted ${span(metricValue("max_drawdown_bars") * D.step)}`, metricValue("max_drawdown") > 0 ? "down" : ""),
    tile("Sharpe ratio", m("sharpe"), missing(metricValue("sortino")) ? "" : `Sortino ${m("sortino")}`),
    tile("Profit factor", m("profit_factor"), none ? "no trades" : `${signedMoney(metricValue("expectancy"))} a trade`),
    tile("Win rate", m("win_rate"), missing(low) || missing(high) ? (none ? "no trades" : "") : `95${THIN}%: ${percent(low, 0)} to ${percent(high, 0)}`),
    tile("Trades", count(trades.length), missing(metricValue("exposure")) ? "" : `in the market ${percent(metricValue("exposure"), 0)}`));
  const small = (label, value, mood) => el("div", {}, el("dt", {}, label), el("dd", { class: mood ?? "" }, value));
  byId("bar-figures").append(
    small("Return", signedPercent(totalReturn, 1), tone(totalReturn)),
    small("Drawdown", missing(metricValue("max_drawdown")) ? NONE : percent(-metricValue("max_drawdown"), 1)),
    small("Trades", count(trades.length)));
}

function warnings() {
  if (D.warnings.length === 0) return;
  byId("warnings").append(el("section", { class: "warn", "aria-labelledby": "warn-title" },
    svg("svg", { viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" }, svg("path", { fill: "currentColor", d: "M12 2.6 1.4 21h21.2L12 2.6Zm0 4 7.2 12.4H4.8L12 6.6Zm-1 4.2h2v4.6h-2v-4.6Zm0 5.7h2v2h-2v-2Z" })),
    el("div", {},
      el("h2", { id: "warn-title" }, D.warnings.length === 1 ? "Read this first" : `Read these ${D.warnings.length} points first`),
      el("ul", {}, D.warnings.map((w) => el("li", {}, w))))));
}

function figuresTable() {
  const groups = new Map();
  for (const m of D.metrics) {
    if (!groups.has(m.group)) groups.set(m.group, []);
    groups.get(m.group).push(m);
  }
  if (groups.size === 0) byId("figures-body").append(emptyState("No figures", "The run computed none."));
  for (const [title, list] of groups) {
    byId("figures-body").append(el("div", {}, el("h3", {}, title),
      el("dl", { class: "rows" }, list.map((m) => el("div", {},
        el("dt", m.about ? { tabindex: 0, class: "hint", "aria-description": m.about } : {}, m.label, m.about ? el("span", { class: "hint-text", role: "tooltip", "aria-hidden": "true" }, m.about) : null),
        el("dd", {}, figure(m)))))));
  }
}

function facts(id, list, nothing) {
  byId(id).append(list.length === 0
    ? el("p", { class: "faded" }, nothing)
    : el("dl", { class: "rows" }, list.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}

function trust() {
  const open = trades.filter((t) => D.trades.reasons[t.reason] === "end_of_data").length;
  const list = [
    ["First bar with orders allowed", D.warmup.first === null ? "never" : moment(D.warmup.first)],
    ["Warm-up", plural(D.warmup.bars, "bar")],
    ["Trades decided by the worst-case rule", trades.length ? `${count(ambiguous)} of ${count(trades.length)} (${percent(ambiguous / trades.length, 1)})` : NONE],
    ["Closed because the data ended", count(open)],
    ...D.assumptions,
  ];
  facts("trust-body", list, "");
  if (ambiguous > 0) {
    byId("trust-body").append(el("p", { class: "note" }, `Where the order of events inside a bar decided and finer bars could not tell it, the worse outcome was assumed: ${plural(ambiguous, "trade rests", "trades rest")} on that.`));
  }
  const all = sum(skipped, ([, n]) => n);
  byId("trust-body").append(el("h3", {}, "Skipped orders", el("span", { class: "pill" }, count(all))));
  if (all === 0) byId("trust-body").append(el("p", { class: "faded" }, "None: every order that was decided was placed."));
  else facts("trust-body", skipped.map(([reason, n]) => [reason, count(n)]), "");
}

function identity() {
  const copy = (text) => el("button", { class: "button copy", type: "button", onclick: async (event) => {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Without the right to write, the hash is marked for a copy by hand.
      getSelection().selectAllChildren(button.previousSibling);
      button.textContent = "Marked";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } }, "Copy");
  const row = (name, value, copied) => value
    ? el("div", { class: "stacked" }, el("dt", {}, name), el("dd", { class: "hash" }, el("code", {}, value), copied ? copy(value) : null))
    : null;
  byId("identity-body").append(el("dl", { class: "rows" },
    row("Run", D.run.hash, true), row("Source", D.run.source), row("Compiler", D.run.compiler), row("Data", D.run.data)));
}

/** The sticky bar shows title and figures once the page's own have scrolled away, and marks the section in sight. */
function stickyBar() {
  const bar = byId("bar");
  new IntersectionObserver(([entry]) => bar.classList.toggle("compact", !entry.isIntersecting), { rootMargin: "-56px 0px 0px 0px" })
    .observe(byId("headline"));
  const links = [...bar.querySelectorAll(".bar-nav a")];
  const sections = links.map((a) => byId(a.hash.slice(1)));
  let waiting = false;
  const mark = () => {
    waiting = false;
    const atEnd = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
    let current = -1;
    sections.forEach((s, i) => { if (s.getBoundingClientRect().top < innerHeight * 0.35) current = i; });
    if (atEnd) current = links.length - 1;
    links.forEach((a, i) => (i === current ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current")));
  };
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(mark);
  }, { passive: true });
  mark();
}

introduction();
headline();
warnings();
charts.equity = equityChart();
monthsTable();
charts.price = priceChart();
tradeList = tradesTable();
distribution();
excursions();
exitsTable();
costsTable();
figuresTable();
trust();
facts("params-body", D.params, "The strategy has no parameters.");
facts("settings-body", D.settings, "None recorded.");
identity();
stickyBar();

if (charts.price) {
  const market = trades.length ? trades[trades.length - 1].symbol : 0;
  charts.price.showMarket(D.markets[market] ? market : 0);
  charts.price.latest();
}
if (trades.length === 0) byId("detail").replaceChildren(el("p", { class: "faded" }, "The run has no trades; the list below says why."));
else byId("detail").replaceChildren(el("p", { class: "faded" }, "Select a trade on the chart or in the list to see its details."));
document.documentElement.dataset.ready = "wholly";
