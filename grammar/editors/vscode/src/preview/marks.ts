import type { Candle, Signal } from "./protocol.ts";

/** A mark at a bar. */
export interface Mark {
  /** Opening time of the bar in which the order filled. */
  time: number;
  action: "buy" | "sell";
  text: string;
}

/** The bar in which a time lies: the last one that opened at or before it. */
export function barAt(candles: readonly Candle[], time: number): number | undefined {
  let [low, high] = [0, candles.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((candles[middle]?.time ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return candles[low - 1]?.time;
}

/** One mark for each bar and action; several signals of one text are counted. Those before the first bar have none. */
export function marks(candles: readonly Candle[], signals: readonly Signal[]): Mark[] {
  const found = new Map<string, { mark: Mark; counts: Map<string, number> }>();
  for (const signal of signals) {
    const time = barAt(candles, signal.time);
    if (time === undefined) continue;
    const key = `${time} ${signal.action}`;
    const entry = found.get(key) ?? {
      mark: { time, action: signal.action, text: "" },
      counts: new Map<string, number>(),
    };
    entry.counts.set(signal.text, (entry.counts.get(signal.text) ?? 0) + 1);
    found.set(key, entry);
  }
  const all = [...found.values()].map(({ mark, counts }) => ({
    ...mark,
    text: [...counts].map(([name, n]) => (n > 1 ? `${name} ×${n}` : name)).join(", "),
  }));
  return all.sort((a, b) => a.time - b.time);
}
