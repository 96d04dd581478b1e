/** A figure with a name to read. */
export interface Figure {
  name: string;
  value: string;
}

/** The figures of a run that a preview has room for, in reading order; names are those of the report. */
const MAIN = [
  "total_return",
  "max_drawdown",
  "sharpe",
  "sortino",
  "trades",
  "win_rate",
  "profit_factor",
  "expectancy",
  "exposure",
  "fees",
  "final_equity",
];

/** Figures that are parts of one, shown as percentages. */
const RATIOS = new Set([
  "total_return",
  "annual_return",
  "annual_volatility",
  "max_drawdown",
  "win_rate",
  "exposure",
]);

/** A number with as many digits as a reader can use. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  const digits = Math.abs(value) >= 10_000 ? 0 : Math.abs(value) >= 0.1 ? 2 : 5;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: Math.min(digits, 2),
    maximumFractionDigits: digits,
  });
}

/** The main figures of a run; all there are if none of those is among them. */
export function figures(metrics: Readonly<Record<string, number | string>>): Figure[] {
  const main = MAIN.filter((name) => name in metrics);
  return (main.length > 0 ? main : Object.keys(metrics)).map((key) => {
    const [name, value] = [key.replaceAll("_", " "), metrics[key] ?? NaN];
    if (typeof value === "string") return { name, value };
    if (RATIOS.has(key)) return { name, value: `${(value * 100).toFixed(2)} %` };
    return { name, value: short(value) };
  });
}

/** Decimals that a price of this size needs. */
export function precision(price: number): number {
  if (!(price > 0)) return 2;
  return Math.min(10, Math.max(2, 4 - Math.floor(Math.log10(price))));
}
