// The trades as they are drawn on the candles.

/** Trades of one market with the rows of their entry and exit candles. */
function placedTrades(market) {
  const { time } = candlesOf(market);
  return trades.filter((t) => t.symbol === market).map((trade) => ({
    trade,
    from: Math.max(0, indexAt(time, trade.entry)),
    to: Math.max(0, indexAt(time, trade.exit)),
    lines: trade.levels.map(([kind, ...changes]) => {
      const steps = [];
      for (let i = 0; i < changes.length; i += 2) {
        steps.push({ row: Math.max(0, indexAt(time, trade.entry + changes[i])), price: changes[i + 1] });
      }
      return { kind, steps };
    }),
  }));
}

/** Draws entries, exits, stops and targets. Far out it draws dots only: two thousand labels would hide the candles. */
function tradeLayer() {
  let params = null;
  let placed = [];
  let chosen = null;
  const paint = {};
  const repaint = () => Object.assign(paint, {
    up: colour("up-mark"), down: colour("down-mark"), ink: colour("ink"), card: colour("card"), upText: colour("up"), downText: colour("down"),
    gain: faint("up-mark", 0.13), loss: faint("down-mark", 0.13), font: `600 11px ${FONT}`,
  });
  repaint();

  function draw(context, size) {
    const scale = params.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) return;
    const x = (row) => scale.logicalToCoordinate(row);
    const y = (value) => params.series.priceToCoordinate(value);
    const seen = placed.filter((p) => p.to >= range.from - 1 && p.from <= range.to + 1);
    const spacing = size.width / Math.max(1, range.to - range.from);
    const near = seen.length < size.width / 8;
    const half = Math.max(0.5, spacing / 2);
    for (const p of seen) if (p.trade.index === chosen) drawZones(context, p, x, y, half);
    for (const p of seen) {
      const picked = p.trade.index === chosen;
      if (near || picked) drawTrade(context, p, x, y, half, picked, spacing, size.width);
      else drawDots(context, p, x, y);
    }
  }

  /** Risk and reward of the chosen trade, as areas. */
  function drawZones(context, p, x, y, half) {
    for (const { kind, steps } of p.lines) {
      const top = y(p.trade.entryPrice);
      eachStretch(p, steps, (from, to, value) => {
        context.fillStyle = kind === 0 && (value - p.trade.entryPrice) * p.trade.side < 0 ? paint.loss : paint.gain;
        context.fillRect(x(from) - half, top, x(to) - x(from) + 2 * half, y(value) - top);
      });
    }
  }

  function eachStretch(p, steps, visit) {
    steps.forEach((step, i) => {
      if (step.price === null) return;
      const until = i + 1 < steps.length ? steps[i + 1].row - 1 : p.to;
      if (until >= step.row || i + 1 === steps.length) visit(step.row, Math.max(step.row, until), step.price);
    });
  }

  function drawTrade(context, p, x, y, half, picked, spacing, width) {
    const { trade } = p;
    const won = trade.pnl > 0;
    const [x1, y1, x2, y2] = [x(p.from), y(trade.entryPrice), x(p.to), y(trade.exitPrice)];
    context.lineWidth = picked ? 2 : 1.25;
    for (const { kind, steps } of spacing > 1.5 || picked ? p.lines : []) {
      context.strokeStyle = kind === 0 ? paint.down : paint.up;
      context.globalAlpha = picked ? 1 : 0.75;
      context.setLineDash(kind === 0 ? [] : [5, 3]);
      context.beginPath();
      let before = null;
      let end = null;
      eachStretch(p, steps, (from, to, value) => {
        const [left, right, level] = [x(from) - half, x(to) + half, y(value)];
        if (before === null) context.moveTo(left, level);
        else context.lineTo(left, level);
        context.lineTo(right, level);
        before = level;
        end = { right, level, value };
      });
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 1;
      if (picked && end) label(context, end.right + 6, end.level, width, `${kind === 0 ? "Stop" : "Target"} ${price(end.value, trade.symbol)}`, kind === 0 ? paint.downText : paint.upText);
    }
    context.strokeStyle = won ? paint.up : paint.down;
    context.setLineDash([2, 3]);
    context.lineWidth = picked ? 2 : 1.25;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    context.setLineDash([]);
    const small = spacing < 1.5 ? 0.75 : 1;
    arrow(context, x1, y1, trade.side, (picked ? 7 : 5.5) * small);
    exitMark(context, x2, y2, won, (picked ? 5 : 4) * small);
  }

  /** The direction is the shape: up for long, down for short. The tip stands at the fill price. */
  function arrow(context, x, y, side, size) {
    context.beginPath();
    context.moveTo(x, y + side);
    context.lineTo(x - size, y + side * (size * 1.7));
    context.lineTo(x + size, y + side * (size * 1.7));
    context.closePath();
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = paint.card;
    context.stroke();
    context.fillStyle = paint.ink;
    context.fill();
  }

  function exitMark(context, x, y, won, size) {
    context.beginPath();
    if (won) context.arc(x, y, size, 0, 2 * Math.PI);
    else context.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
    context.lineWidth = 3;
    context.strokeStyle = paint.card;
    context.stroke();
    context.fillStyle = won ? paint.up : paint.down;
    context.fill();
  }

  function drawDots(context, p, x, y) {
    context.fillStyle = p.trade.pnl > 0 ? paint.up : paint.down;
    context.strokeStyle = paint.card;
    context.lineWidth = 1;
    context.beginPath();
    context.arc(x(p.from), y(p.trade.entryPrice), 2.5, 0, 2 * Math.PI);
    context.stroke();
    context.fill();
  }

  function label(context, wanted, y, room, text, ink) {
    context.font = paint.font;
    const width = context.measureText(text).width + 10;
    const x = Math.min(wanted, room - width - 2);
    context.fillStyle = paint.card;
    context.beginPath();
    context.roundRect(x, y - 9, width, 18, 4);
    context.fill();
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.stroke();
    context.fillStyle = ink;
    context.textBaseline = "middle";
    context.fillText(text, x + 5, y + 0.5);
  }

  const view = {
    zOrder: () => "top",
    renderer: () => ({
      draw: (target) => target.useMediaCoordinateSpace(({ context, mediaSize }) => {
        if (params) draw(context, mediaSize);
      }),
    }),
  };
  return {
    attached: (given) => { params = given; },
    detached: () => { params = null; },
    updateAllViews: () => {},
    paneViews: () => [view],
    /** Levels of the chosen trade stay in sight. */
    autoscaleInfo(from, to) {
      const p = placed.find((q) => q.trade.index === chosen);
      if (!p || p.to < from || p.from > to) return null;
      const prices = p.lines.flatMap(({ steps }) => steps.map((s) => s.price)).filter((v) => v !== null);
      if (prices.length === 0) return null;
      return { priceRange: { minValue: Math.min(...prices), maxValue: Math.max(...prices) } };
    },
    setTrades(list) { placed = list; params?.requestUpdate(); },
    choose(index) { chosen = index; params?.requestUpdate(); },
    repaint() { repaint(); params?.requestUpdate(); },
    placedOf: (index) => placed.find((p) => p.trade.index === index),
    /** The trade whose marks are nearest to a row, within `reach` rows. */
    nearest(row, value, reach) {
      let best = null;
      let least = Infinity;
      for (const p of placed) {
        if (p.to < row - reach || p.from > row + reach) continue;
        const inside = p.from <= row && row <= p.to;
        const rows = inside ? 0 : Math.min(Math.abs(p.from - row), Math.abs(p.to - row)) / reach;
        const off = rows + Math.abs(p.trade.entryPrice - value) / Math.max(1e-12, value);
        if (off < least) [best, least] = [p.trade.index, off];
      }
      return best;
    },
  };
}
