import { homedir } from "node:os";
import { basename, isAbsolute, join } from "node:path";

/** Arguments of `sixbtc backtest` for a file; the report goes to a directory. */
export function backtestArguments(file: string, data: string, out: string): string[] {
  return ["backtest", file, ...(data === "" ? [] : ["--data", data]), "--out", out];
}

/** Where the report of a file goes, below a directory of the extension's own. */
export function reportDirectory(storage: string, file: string): string {
  return join(storage, "reports", basename(file).replace(/\.sbt$/, ""));
}

/** A path of the settings: absolute, of the home directory, or of the workspace. Names of symbols (`BTC,ETH`) stay. */
export function dataPath(
  setting: string,
  folder: string | undefined,
  exists: (file: string) => boolean,
): string {
  if (setting.startsWith("~/")) return join(homedir(), setting.slice(2));
  if (setting === "" || isAbsolute(setting) || folder === undefined) return setting;
  const inside = join(folder, setting);
  return exists(inside) ? inside : setting;
}
