import type { Candle, Fill } from "./protocol.ts";

/** A mark at a bar. */
export interface Mark {
  /** Opening time of the bar in which the order filled. */
  time: number;
  side: "buy" | "sell";
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

/** One mark for each bar and side; more than one fill of a kind is counted. Fills before the first bar have none. */
export function marks(candles: readonly Candle[], fills: readonly Fill[]): Mark[] {
  const found = new Map<string, { mark: Mark; counts: Map<string, number> }>();
  for (const fill of fills) {
    const time = barAt(candles, fill.time);
    if (time === undefined) continue;
    const key = `${time} ${fill.side}`;
    const entry = found.get(key) ?? {
      mark: { time, side: fill.side, text: "" },
      counts: new Map<string, number>(),
    };
    const name = fill.tag === "" ? fill.kind : `${fill.kind} #${fill.tag}`;
    entry.counts.set(name, (entry.counts.get(name) ?? 0) + 1);
    found.set(key, entry);
  }
  const all = [...found.values()].map(({ mark, counts }) => ({
    ...mark,
    text: [...counts].map(([name, n]) => (n > 1 ? `${name} ×${n}` : name)).join(", "),
  }));
  return all.sort((a, b) => a.time - b.time);
}
