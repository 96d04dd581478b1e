/** Takes the pictures of the book: node --import tsx test/pictures.ts DIRECTORY */
import { join, resolve } from "node:path";
import { browser, open, recorded } from "./browser.ts";

const dir = resolve(process.argv[2] ?? ".");
for (const theme of ["light", "dark"] as const) {
  console.log(theme, open(browser() ?? "chromium", theme, recorded(), join(dir, `preview-${theme}.png`)));
}
