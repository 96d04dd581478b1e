/** A figure with a name to read. */
export interface Figure {
  name: string;
  value: string;
}

/** Figures that are parts of one: shown as percentages. Names are those of the report. */
const RATIOS =
  /(return|drawdown|win_rate|exposure|cagr|volatility|_share|_ratio_pct|profit_pct|_rate)$|^(return|drawdown|win)/;

/** A number with as many digits as a reader can use. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: Math.min(digits, 2),
    maximumFractionDigits: digits,
  });
}

/** The figures of a run, in the order in which they came; `net_return` reads "net return". */
export function figures(metrics: Readonly<Record<string, number | string>>): Figure[] {
  return Object.entries(metrics).map(([key, value]) => {
    const name = key.replaceAll("_", " ").replace(/ pct$/, " %");
    if (typeof value === "string") return { name, value };
    if (RATIOS.test(key) && Math.abs(value) < 100) return { name, value: `${short(value * 100)} %` };
    return { name, value: short(value) };
  });
}

/** Decimals that a price of this size needs. */
export function precision(price: number): number {
  if (!(price > 0)) return 2;
  return Math.min(10, Math.max(2, 5 - Math.floor(Math.log10(price)) - 1));
}
