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
