/** Every .sbt file of the repository, coloured by the TextMate grammar and cut by the language's own lexer and parser. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");

interface Shown {
  token: string;
  class: string;
  keyword: boolean | null;
  foreign: boolean;
  line: number;
  column: number;
  text: string;
}

/** The scope that a token must have, as the beginning of its name. */
function expected({ token, class: kind, keyword, foreign }: Shown): RegExp {
  if (foreign) return /^invalid\./;
  if (token === "Word") {
    if (keyword === false) return /^(variable|entity|support|constant\.language\.any)/;
    const scopes: Record<string, RegExp> = {
      Item: /^keyword\.declaration/,
      Statement: /^keyword\.control/,
      Operator: /^keyword\.operator\.word/,
      Constant: /^constant\.language/,
      Clause: /^keyword\.other/,
      // `max` of `x[k max 50]`
      Name: /^keyword\.other/,
    };
    return scopes[kind] ?? /^never/;
  }
  const scopes: Record<string, RegExp> = {
    Comment: /^comment\.line\.double-slash/,
    Doc: /^comment\.line\.documentation/,
    Header: /^keyword\.control\.directive/,
    Label: /^entity\.name\.label/,
    Number: /^constant\.numeric/,
    Percent: /^constant\.numeric\.percent/,
    Risk: /^constant\.numeric\.risk/,
    Bars: /^constant\.numeric\.bars/,
    Timeframe: /^constant\.numeric\.timeframe/,
    Str: /^string\.quoted/,
  };
  return scopes[token] ?? /^(punctuation|keyword\.operator|constant\.numeric|entity\.name\.namespace)/;
}

function programs(dir: string): string[] {
  const skipped = new Set(["target", "node_modules", ".git"]);
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : programs(path);
    return entry.name.endsWith(".sbt") ? [path] : [];
  });
}

function lexed(paths: string[]): { path: string; tokens: Shown[] }[] {
  const tool = join(process.env["CARGO_TARGET_DIR"] ?? join(root, "target"), "debug/examples/tokens");
  assert.ok(existsSync(tool), "build the lexer first: cargo build -p sbt-grammar --example tokens");
  const answer = execFileSync(tool, paths, { maxBuffer: 1 << 28, encoding: "utf8" });
  return JSON.parse(answer) as { path: string; tokens: Shown[] }[];
}

let grammar: textmate.IGrammar;

before(async () => {
  const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
  await oniguruma.loadWASM(readFileSync(wasm));
  const file = join(here, "../syntaxes/sixbtc.tmLanguage.json");
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: () => Promise.resolve(textmate.parseRawGrammar(readFileSync(file, "utf8"), file)),
  });
  const loaded = await registry.loadGrammar("source.sixbtc");
  assert.ok(loaded, "the grammar does not load");
  grammar = loaded;
});

/** The innermost scope of each character, line by line. */
function scopes(text: string): string[][] {
  let state = textmate.INITIAL;
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((line) => {
      const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
      state = ruleStack;
      return tokens.flatMap(({ startIndex, endIndex, scopes: all }) =>
        Array<string>(endIndex - startIndex).fill(all.at(-1) ?? ""),
      );
    });
}

function differences(path: string, text: string, tokens: Shown[]): string[] {
  const found = scopes(text);
  return tokens.flatMap((token) => {
    const scope = found[token.line]?.[token.column] ?? "nothing";
    // outside of a program only reserved words are known to be keywords
    if (token.token === "Word" && token.keyword === null) return [];
    if (expected(token).test(scope)) return [];
    return [
      `${path}:${token.line + 1}:${token.column + 1} ${token.text}: ${scope}, not ${expected(token).source}`,
    ];
  });
}

test("every token of the repository's programs has its scope", () => {
  const paths = programs(root);
  const files = lexed(paths);
  let counted = 0;
  const wrong = files.flatMap(({ path, tokens }) => {
    counted += tokens.length;
    return differences(path.slice(root.length + 1), readFileSync(path, "utf8"), tokens);
  });
  assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} of ${counted} tokens`);
  assert.ok(files.length > 90 && counted > 10_000, `${files.length} files, ${counted} tokens`);
  console.log(`${counted} tokens of ${files.length} files`);
});

test("what other languages write is marked", () => {
  const [line = []] = scopes("let x := a && b; c != 15min # “");
  const at = (text: string): string => line["let x := a && b; c != 15min # “".indexOf(text)] ?? "";
  for (const text of [":=", "&&", ";", "15min", "# ", "“"]) assert.match(at(text), /^invalid\./, text);
  assert.match(at("!="), /^keyword\.operator/);
});
