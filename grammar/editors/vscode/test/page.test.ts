/** The preview is drawn, in both themes, under its own content security policy. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Theme, browser, open, recorded } from "./browser.ts";

const program = browser();
const skip = program === undefined ? "no Chromium here" : false;
const themes: Theme[] = ["light", "dark"];

test("the preview is drawn", { skip }, () => {
  execFileSync(process.execPath, ["esbuild.mjs"], { cwd: fileURLToPath(new URL("..", import.meta.url)) });
  for (const theme of themes) {
    const seen = open(program ?? "", theme, recorded());
    assert.deepEqual([seen.violations, seen.errors], [[], []], theme);
    assert.match(seen.state, /^BTCUSD · 1h · 400 bars, 10 entries and exits$/);
    assert.match(seen.legend, /2019-08-26 .*C \d+\.\d\d.*f [\d,.]+ .*s [\d,.]+ .*equity [\d,]+/);
    for (const figure of [/^trades\d+$/, /^total return[-\d.]+ %$/, /^max drawdown[\d.]+ %$/])
      assert.ok(
        seen.figures.some((f) => figure.test(f)),
        seen.figures.join(),
      );
    const { rise, fall, equity, painted } = seen;
    assert.ok(rise > 500 && fall > 500 && equity > 500 && painted > 0.02, JSON.stringify(seen));
  }
});

test("a problem is told where the chart would be", { skip }, () => {
  const text = "E0101: no name `clsoe` <b>here</b>";
  const seen = open(program ?? "", "dark", { type: "problem", title: "x", text });
  assert.deepEqual([seen.violations, seen.errors, seen.state], [[], [], text]);
});
