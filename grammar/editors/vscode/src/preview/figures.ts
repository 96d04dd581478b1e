/** A figure with a name to read. */
export interface Figure {
  name: string;
  value: string;
}

/** Figures that are parts of one, shown as percentages. */
const RATIOS = new Set([
  "totalReturn",
  "annualReturn",
  "annualVolatility",
  "maxDrawdown",
  "winRate",
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

/** What a reader looks for first. */
const FIRST = ["totalReturn", "maxDrawdown", "sharpe", "trades"];

/** The figures of a run, `totalReturn` as "total return". */
export function figures(summary: Readonly<Record<string, number | string>>): Figure[] {
  const first = FIRST.filter((key) => key in summary);
  const rest = Object.keys(summary).filter((key) => !FIRST.includes(key));
  return [...first, ...rest].map((key) => {
    const value = summary[key] ?? NaN;
    const name = key.replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
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
