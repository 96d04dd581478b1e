/**
 * The answer of the request `sixbtc/preview`, described in docs/guide/language-server.md. It comes from another program, so
 * it is read, not trusted.
 */

/** A bar. Times are seconds since 1970, UTC. */
export interface Candle {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** A fill of an order. */
export interface Fill {
  time: number;
  price: number;
  side: "buy" | "sell";
  /** What filled: `entry`, `stop`, `target` … */
  kind: string;
  /** The label of the entry, if it has one. */
  tag: string;
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
  symbol: string;
  timeframe: string;
  candles: Candle[];
  fills: Fill[];
  equity: Point[];
  plots: Plot[];
  metrics: Record<string, number | string>;
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

/** Seconds since 1970 of a time that is given in seconds, in milliseconds or as ISO 8601. */
function seconds(value: unknown): number {
  if (typeof value === "string") return Math.floor(Date.parse(value) / 1000);
  const time = number(value);
  return Math.floor(Math.abs(time) > 1e11 ? time / 1000 : time);
}

/** What has a time and finite values, sorted by time, each time once: the chart accepts nothing else. */
function ordered<T extends { time: number }>(items: T[], values: (item: T) => number[]): T[] {
  const whole = items.filter((item) => [item.time, ...values(item)].every(Number.isFinite));
  whole.sort((a, b) => a.time - b.time);
  return whole.filter((item, i) => item.time !== whole[i + 1]?.time);
}

function points(value: unknown): Point[] {
  const all = list(value).map((p) => ({ time: seconds(p["time"]), value: number(p["value"]) }));
  return ordered(all, (p) => [p.value]);
}

function candles(value: unknown): Candle[] {
  const all = list(value).map((c) => ({
    time: seconds(c["time"]),
    open: number(c["open"]),
    high: number(c["high"]),
    low: number(c["low"]),
    close: number(c["close"]),
    volume: typeof c["volume"] === "number" ? c["volume"] : 0,
  }));
  return ordered(all, (c) => [c.open, c.high, c.low, c.close]);
}

function fills(value: unknown): Fill[] {
  const all = list(value).map((f) => ({
    time: seconds(f["time"]),
    price: number(f["price"]),
    side: /^(sell|short)$/i.test(text(f["side"])) ? ("sell" as const) : ("buy" as const),
    kind: text(f["kind"]),
    tag: text(f["tag"]),
  }));
  const whole = all.filter((f) => Number.isFinite(f.time) && Number.isFinite(f.price));
  return whole.sort((a, b) => a.time - b.time);
}

function metrics(value: unknown): Record<string, number | string> {
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
  return {
    symbol: text(all["symbol"]),
    timeframe: text(all["timeframe"]),
    candles: bars,
    fills: fills(all["fills"]),
    equity: points(all["equity"]),
    plots: list(all["plots"]).map((p) => ({ name: text(p["name"]), points: points(p["points"]) })),
    metrics: metrics(all["metrics"]),
  };
}
