/** The parts of the extension that need no editor. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { backtestArguments, dataPath, reportDirectory } from "../src/backtest.ts";
import { isStrategy, strategies } from "../src/header.ts";
import { type Places, locate } from "../src/locate.ts";
import { figures, precision, short } from "../src/preview/figures.ts";
import { page } from "../src/preview/html.ts";
import { barAt, marks } from "../src/preview/marks.ts";
import { readPreview } from "../src/preview/protocol.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const read = (file: string): string => readFileSync(join(here, "..", file), "utf8");

test("a strategy is told by its header, not by its ending", () => {
  for (const text of ["#sbt 1\n", "\uFEFF#sbt 1", "// mine\r\n\r\n#sbt\t12\n", "  #sbt 1 // edition"])
    assert.ok(isStrategy(text), text);
  for (const text of ["", 'name := "x"\n', "#sbtx 1", "#sbt", "#sbt 1x", "lazy val a = b\n#sbt 1"])
    assert.ok(!isStrategy(text), text);
});

test("strategies are found with their lines", () => {
  assert.deepEqual(strategies('#sbt 1\nstrategy a "A" {\n}\r\n// strategy no\nportfolio b {'), [
    { name: "a", line: 1 },
    { name: "b", line: 4 },
  ]);
});

test("the manifest and the code agree on the header", () => {
  const manifest = JSON.parse(read("package.json")) as {
    contributes: { languages: { firstLine: string; extensions?: string[] }[] };
  };
  const [language] = manifest.contributes.languages;
  assert.equal(language?.extensions, undefined, "the ending .sbt belongs to Scala too");
  const first = new RegExp(language?.firstLine ?? "");
  assert.ok(first.test("#sbt 1") && first.test("\uFEFF#sbt 1") && !first.test('name := "x"'));
});

test("programs are found where they are built, then in PATH", () => {
  const path = ["usr", "opt"].join(delimiter);
  const base: Places = {
    configured: "",
    folders: ["w"],
    path,
    platform: "linux",
    trusted: true,
    runnable: () => true,
  };
  const among =
    (...files: string[]) =>
    (file: string) =>
      files.includes(file);
  const [built, installed] = [join("w", "target", "debug", "sixbtc-lsp"), join("opt", "sixbtc-lsp")];
  assert.equal(locate("sixbtc-lsp", { ...base, runnable: among(built, installed) }), built);
  assert.equal(
    locate("sixbtc-lsp", { ...base, trusted: false, runnable: among(built, installed) }),
    installed,
  );
  assert.equal(locate("sixbtc-lsp", { ...base, runnable: () => false }), undefined);
  assert.equal(locate("sixbtc-lsp", { ...base, platform: "win32" })?.endsWith("sixbtc-lsp.exe"), true);
});

test("a setting is taken at its word", () => {
  const base: Places = {
    configured: "/opt/lsp",
    folders: ["w"],
    path: "usr",
    platform: "linux",
    trusted: true,
    runnable: (file) => file !== "/opt/lsp",
  };
  assert.equal(locate("sixbtc-lsp", base), undefined);
  assert.equal(locate("sixbtc-lsp", { ...base, configured: "./bin/lsp" }), join("w", "bin/lsp"));
  assert.equal(locate("sixbtc-lsp", { ...base, configured: "my-lsp" }), join("usr", "my-lsp"));
});

test("a backtest gets the file, the candles and a place for its report", () => {
  assert.deepEqual(backtestArguments("a.sbt", "", "out"), ["backtest", "a.sbt", "--out", "out"]);
  assert.deepEqual(backtestArguments("a.sbt", "BTC", "out"), [
    "backtest",
    "a.sbt",
    "--data",
    "BTC",
    "--out",
    "out",
  ]);
  assert.equal(reportDirectory("store", join("x", "my.sbt")), join("store", "reports", "my"));
  assert.equal(
    dataPath("data", "w", () => true),
    join("w", "data"),
  );
  assert.equal(
    dataPath("BTC,ETH", "w", () => false),
    "BTC,ETH",
  );
  assert.equal(
    dataPath("/data", "w", () => true),
    "/data",
  );
});

test("an answer is put in order and what cannot be drawn is left out", () => {
  const preview = readPreview({
    symbol: "BTC",
    timeframe: "1h",
    truncated: true,
    candles: {
      time: [7_200_000, 3_600_000, 7_200_000, 9_000_000],
      open: [1, 1, 1, 1],
      high: [2, 2, 2, 2],
      low: [1, 1, 1, null],
      close: [2, 2, 9, 2],
      volume: [3, null, 3],
    },
    signals: [
      { time: 7_200_000, price: 2, side: "short", kind: "exit", tag: "dn", reason: "stop", pnl: -3 },
      { time: 3_600_000, price: 2, side: "short", kind: "entry", tag: "dn" },
      { time: 3_600_000, price: 2, side: "long", kind: "entry", tag: "long" },
      { time: 1 },
    ],
    equity: [[3_600_000, 100], [7_200_000, null], "odd"],
    plots: [{ name: "f", values: [2, null] }, {}],
    summary: { trades: 3, sharpe: null, note: "few" },
  });
  assert.deepEqual(
    preview?.candles.map((c) => [c.time, c.close, c.volume]),
    [
      [3600, 2, 0],
      [7200, 9, 3],
    ],
  );
  assert.deepEqual(
    preview.signals.map((s) => [s.time, s.action, s.text, s.pnl]),
    [
      [3600, "sell", "short #dn", undefined],
      [3600, "buy", "long", undefined],
      [7200, "buy", "stop", -3],
    ],
  );
  assert.deepEqual(preview.plots, [
    { name: "f", points: [{ time: 7200, value: 2 }] },
    { name: "", points: [] },
  ]);
  assert.deepEqual([preview.equity, preview.truncated], [[{ time: 3600, value: 100 }], true]);
  assert.deepEqual(preview.summary, { trades: 3, note: "few" });
  for (const nothing of [undefined, null, 3, [], {}, { candles: [] }])
    assert.equal(readPreview(nothing), undefined);
});

test("signals become one mark a bar and action", () => {
  const candle = { open: 1, high: 1, low: 1, close: 1, volume: 0 };
  const candles = [100, 200, 300].map((time) => ({ time, ...candle }));
  assert.deepEqual(
    [99, 100, 250, 900].map((time) => barAt(candles, time)),
    [undefined, 100, 200, 300],
  );
  const signal = { price: 1, text: "target", pnl: 1, action: "sell" as const };
  const found = marks(candles, [
    { ...signal, time: 210 },
    { ...signal, time: 220 },
    { ...signal, time: 220, text: "stop" },
    { ...signal, time: 150, action: "buy", text: "long" },
    { ...signal, time: 50 },
  ]);
  assert.deepEqual(found, [
    { time: 100, action: "buy", text: "long" },
    { time: 200, action: "sell", text: "target ×2, stop" },
  ]);
});

test("figures are readable", () => {
  assert.deepEqual(figures({ trades: 6, totalReturn: 0.2304, sharpe: 5.2796, note: "few" }), [
    { name: "total return", value: "23.04 %" },
    { name: "sharpe", value: "5.28" },
    { name: "trades", value: "6" },
    { name: "note", value: "few" },
  ]);
  assert.deepEqual(
    [short(NaN), short(12345.6), short(1234.5), short(0.00123)],
    ["–", "12,346", "1,234.50", "0.00123"],
  );
  assert.deepEqual([precision(60_000), precision(1.5), precision(0.00002), precision(0)], [2, 4, 9, 2]);
});

test("the page lets nothing in but the extension's own files", () => {
  const html = page({ source: "self:", script: "s.js", style: "s.css", nonce: "n0" });
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
  assert.match(policy, /^default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.match(policy, /script-src 'nonce-n0'/);
  assert.ok([...html.matchAll(/<(script|link)\b[^>]*>/g)].every(([tag]) => tag.includes('nonce="n0"')));
});

test("snippets are programs' pieces with unique prefixes", () => {
  const snippets = Object.values(
    JSON.parse(read("snippets/sixbtc.json")) as Record<string, { prefix: string; body: string | string[] }>,
  );
  assert.equal(new Set(snippets.map((s) => s.prefix)).size, snippets.length);
  for (const { prefix, body } of snippets) {
    const text = [body].flat().join("\n");
    assert.equal(text.split("{").length, text.split("}").length, prefix);
  }
});

test("the rules of indentation know what opens and what goes on", () => {
  const rules = JSON.parse(read("language-configuration.json")) as {
    indentationRules: { increaseIndentPattern: string; decreaseIndentPattern: string };
    onEnterRules: { beforeText: { pattern: string } }[];
    wordPattern: string;
  };
  const opens = new RegExp(rules.indentationRules.increaseIndentPattern);
  for (const line of ["strategy s {", "  on 4h { // why", "  let x = max(", "enter long when a {"])
    assert.match(line, opens);
  for (const line of ["on 1h", "// on 4h {", "let x = {a, b}", "}"]) assert.doesNotMatch(line, opens);
  const goesOn = new RegExp(rules.onEnterRules.at(-1)?.beforeText.pattern ?? "");
  for (const line of ["let x =", "  a and", "enter long when", "  b +"]) assert.match(line, goesOn);
  for (const line of ["let x = a", "on 1h", "// this and"]) assert.doesNotMatch(line, goesOn);
  const words = "let f_1 = #up 20% 48".match(new RegExp(rules.wordPattern, "g"));
  assert.deepEqual(words, ["let", "f_1", "#up", "20%", "48"]);
});

test("every file of the manifest is there, and every command is made", () => {
  const manifest = read("package.json");
  const files = [...manifest.matchAll(/"\.\/((?:syntaxes|snippets|media|language)[^"]*)"/g)].map(
    ([, f]) => f ?? "",
  );
  for (const file of files) {
    const dir = join(here, "..", file, "..");
    assert.ok(readdirSync(dir).includes(file.split("/").pop() ?? ""), file);
  }
  const code = read("src/extension.ts");
  const { contributes } = JSON.parse(manifest) as { contributes: { commands: { command: string }[] } };
  const commands = contributes.commands.map(({ command }) => command);
  assert.ok(commands.length === 4);
  for (const command of commands) assert.ok(code.includes(`registerCommand("${command}"`), command);
});
