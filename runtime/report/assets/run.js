// What a backtest's page holds beside the common parts: prices, equity, candles and trades.

const price = (value, market) => (missing(value) ? NONE : digits(value, D.markets[market]?.digits ?? 2, D.markets[market]?.digits ?? 8));

/** A fill price with all its digits. */
const exactPrice = (value, market) => (missing(value) ? NONE : digits(value, D.markets[market]?.digits ?? 2, 8));

const equity = readCurve(D.equity, D.initial);

const candleCache = new Map();

/** Candles of a market, read on first use. */
function candlesOf(index) {
  if (candleCache.has(index)) return candleCache.get(index);
  const m = D.markets[index];
  const unit = 10 ** m.digits;
  const time = readTimes(m.time);
  let before = 0;
  const bars = time.map((t, i) => {
    const open = before + m.open[i];
    const close = open + m.close[i];
    before = close;
    return {
      time: t,
      open: open / unit,
      high: (Math.max(open, close) + m.high[i]) / unit,
      low: (Math.min(open, close) - m.low[i]) / unit,
      close: close / unit,
    };
  });
  const plots = m.plots.map((plot) => {
    const scale = 10 ** plot.decimals;
    let value = 0;
    const values = plot.value.map((d) => (d === null ? null : (value += d) / scale));
    return { name: plot.name, isPrice: plot.is_price, values };
  });
  const read = { time, bars, plots };
  candleCache.set(index, read);
  return read;
}

/** Trades as objects, `index` being their place in the order of exits. */
const trades = D.trades.id.map((id, index) => {
  const T = D.trades;
  return {
    index, id,
    symbol: T.symbol[index], side: T.side[index], tag: T.tags[T.tag[index]],
    entry: T.entry[index], entryPrice: T.entry_price[index],
    exit: T.exit[index], exitPrice: T.exit_price[index],
    size: T.size[index], notional: T.notional[index], leverage: T.leverage[index],
    fees: T.fees[index], funding: T.funding[index], slippage: T.slippage[index],
    pnl: T.pnl[index], pct: T.pnl_pct[index], r: T.r[index], bars: T.bars[index],
    mae: T.mae[index], mfe: T.mfe[index],
    reason: T.reason[index], ambiguous: T.ambiguous[index] === 1, levels: T.levels[index],
  };
});

const sideName = (trade) => (trade.side > 0 ? "Long" : "Short");
const reasonName = (trade) => D.trades.reason_labels[trade.reason];
const symbolName = (trade) => D.markets[trade.symbol]?.symbol ?? NONE;

const skipped = D.skipped.filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);

/** Why there is no trade, as far as the run knows. */
function whyNoTrades() {
  const lines = [];
  if (D.warmup.first === null) {
    lines.push(`The strategy never became ready: it needs ${plural(D.warmup.bars, "bar")} of history before its first order, and the data ended before. Give it more history.`);
  } else {
    lines.push(`Orders were allowed from ${moment(D.warmup.first)} on, after ${plural(D.warmup.bars, "bar")} of warm-up.`);
    if (skipped.length === 0) lines.push("No entry condition was ever true after that, so no order was decided.");
  }
  if (skipped.length > 0) {
    const all = sum(skipped, ([, n]) => n);
    lines.push(`${plural(all, "order was", "orders were")} decided but not filled: ` +
      skipped.map(([reason, n]) => `${reason.toLowerCase()} (${count(n)})`).join(", ") + ".");
  }
  return lines;
}
