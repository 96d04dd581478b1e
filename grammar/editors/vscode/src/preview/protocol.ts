/**
 * The answer of the request `sixbtc/preview`, described in docs/guide/language-server.md. It comes from another program, so
 * it is read, not trusted.
 */

/** A bar. Times here are seconds since 1970, UTC, as the chart wants them; the server tells milliseconds. */
export interface Candle {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** Where a trade began or ended. */
export interface Signal {
  time: number;
  price: number;
  /** What the fill did: a long's exit sells, a short's exit buys. */
  action: "buy" | "sell";
  /** `long`, `short` or the label of an entry; why an exit came about. */
  text: string;
  /** Money made by the trade that ended here, after costs. */
  pnl: number | undefined;
}

/** A value at a time. */
export interface Point {
  time: number;
  value: number;
}

/** A line that the program plots. */
export interface Plot {
  name: string;
  points: Point[];
}

/** What the preview shows. */
export interface Preview {
  strategy: string;
  symbol: string;
  timeframe: string;
  /** Whether there are more bars than are shown, which are the last. */
  truncated: boolean;
  candles: Candle[];
  signals: Signal[];
  equity: Point[];
  plots: Plot[];
  /** Figures of the whole run. */
  summary: Record<string, number | string>;
}

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number {
  return typeof value === "number" ? value : NaN;
}

/** Seconds of milliseconds. */
function seconds(value: unknown): number {
  return Math.floor(number(value) / 1000);
}

function column(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What has a time and finite values, sorted by time, each time once: the chart accepts nothing else. */
function ordered<T extends { time: number }>(items: T[], values: (item: T) => number[]): T[] {
  const whole = items.filter((item) => [item.time, ...values(item)].every(Number.isFinite));
  whole.sort((a, b) => a.time - b.time);
  return whole.filter((item, i) => item.time !== whole[i + 1]?.time);
}

function points(times: unknown[], values: unknown[]): Point[] {
  const all = times.map((time, i) => ({ time: seconds(time), value: number(values[i]) }));
  return ordered(all, (p) => [p.value]);
}

/** Columns of bars. */
function candles(value: unknown): Candle[] {
  const names = ["time", "open", "high", "low", "close", "volume"];
  const columns = names.map((name) => column(fields(value)[name]));
  const all = (columns[0] ?? []).map((time, i) => {
    const [open = NaN, high = NaN, low = NaN, close = NaN, volume = NaN] = columns
      .slice(1)
      .map((c) => number(c[i]));
    return { time: seconds(time), open, high, low, close, volume: Number.isFinite(volume) ? volume : 0 };
  });
  return ordered(all, (c) => [c.open, c.high, c.low, c.close]);
}

function signals(value: unknown): Signal[] {
  const all = list(value).map((s): Signal => {
    const [side, tag, exit] = [text(s["side"]), text(s["tag"]), s["kind"] === "exit"];
    const label = tag === "" || tag === side ? side : `${side} #${tag}`;
    return {
      time: seconds(s["time"]),
      price: number(s["price"]),
      action: (side === "short") === exit ? "buy" : "sell",
      text: exit ? text(s["reason"]) || "exit" : label,
      pnl: typeof s["pnl"] === "number" ? s["pnl"] : undefined,
    };
  });
  const whole = all.filter((s) => Number.isFinite(s.time) && Number.isFinite(s.price));
  return whole.sort((a, b) => a.time - b.time);
}

function summary(value: unknown): Record<string, number | string> {
  const found: Record<string, number | string> = {};
  for (const [name, figure] of Object.entries(fields(value))) {
    if (typeof figure === "number" || typeof figure === "string") found[name] = figure;
  }
  return found;
}

/** Reads an answer; undefined if it has no bars. */
export function readPreview(answer: unknown): Preview | undefined {
  const all = fields(answer);
  const bars = candles(all["candles"]);
  if (bars.length === 0) return undefined;
  const times = column(fields(all["candles"])["time"]);
  const equity = column(all["equity"]).map(column);
  return {
    strategy: text(all["strategy"]),
    symbol: text(all["symbol"]),
    timeframe: text(all["timeframe"]),
    truncated: all["truncated"] === true,
    candles: bars,
    signals: signals(all["signals"]),
    equity: points(
      equity.map(([time]) => time),
      equity.map(([, value]) => value),
    ),
    plots: list(all["plots"]).map((p) => ({
      name: text(p["name"]),
      points: points(times, column(p["values"])),
    })),
    summary: summary(all["summary"]),
  };
}
