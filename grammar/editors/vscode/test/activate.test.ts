/** The bundle loads and activates, in an editor made of nothing but its interface. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import Module from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const commands = new Map<string, (...args: unknown[]) => unknown>();
const claimed: string[] = [];
const warnings: string[] = [];

/** Something that can be called, constructed, extended and asked for anything. */
function anything(known: Record<string, unknown> = {}): unknown {
  const made = new Map<string | symbol, unknown>(Object.entries(known));
  const base = function (): void {
    // nothing
  };
  return new Proxy(base, {
    get(target, name) {
      if (made.has(name)) return made.get(name);
      if (name === "prototype") return target.prototype as unknown;
      if (name === "then" || typeof name === "symbol") return undefined;
      const value = anything();
      made.set(name, value);
      return value;
    },
    apply: () => anything(),
    construct: () => anything() as object,
  });
}

const strategy = {
  uri: { path: "/w/a.sbt", toString: () => "file:///w/a.sbt" },
  languageId: "scala",
  getText: () => "#sbt 1\nstrategy s {\n}\n",
};
const build = { ...strategy, uri: { path: "/w/build.sbt" }, getText: () => 'name := "x"\n' };

const vscode: Record<string, unknown> = {
  commands: anything({
    registerCommand: (name: string, run: (...args: unknown[]) => unknown) => {
      assert.ok(!commands.has(name), name);
      commands.set(name, run);
      return anything();
    },
  }),
  languages: anything({
    setTextDocumentLanguage: (document: typeof strategy, language: string) => {
      claimed.push(`${document.uri.path} ${language}`);
      return Promise.resolve(document);
    },
  }),
  workspace: anything({
    textDocuments: [strategy, build, { ...strategy, languageId: "sixbtc" }],
    workspaceFolders: [],
    isTrusted: true,
    getConfiguration: () => ({ get: (_: string, otherwise: unknown) => otherwise }),
  }),
  window: anything({
    activeTextEditor: { document: strategy },
    showWarningMessage: (text: string) => {
      warnings.push(text);
      return Promise.resolve(undefined);
    },
  }),
};
// what the bundle names is copied when it loads, what the client needs is asked for
for (const name of ["CancellationTokenSource", "CodeLens", "Disposable", "ProcessExecution", "Range", "Task"])
  vscode[name] = anything();
for (const name of ["TaskScope", "Uri", "ViewColumn", "env", "tasks"]) vscode[name] = anything();
Object.setPrototypeOf(vscode, anything() as object);

before(() => {
  execFileSync(process.execPath, ["esbuild.mjs"], { cwd: root });
  const loader = Module as unknown as { _load: (name: string, ...rest: unknown[]) => unknown };
  const load = loader._load;
  loader._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));
  process.env["PATH"] = "";
});

test("the extension activates", () => {
  const extension = createRequire(import.meta.url)(join(root, "dist/extension.cjs")) as {
    activate: (context: unknown) => void;
    deactivate: () => Promise<void>;
  };
  const subscriptions: unknown[] = [];
  extension.activate({ subscriptions, extensionUri: anything(), globalStorageUri: { fsPath: "/nowhere" } });
  assert.deepEqual([...commands.keys()].sort(), [
    "sixbtc.backtest",
    "sixbtc.preview",
    "sixbtc.report",
    "sixbtc.restart",
  ]);
  assert.deepEqual(claimed, ["/w/a.sbt sixbtc"], "strategies become ours, builds stay Scala's");
  assert.equal(warnings.length, 1, "a missing server is told once");
  assert.match(warnings[0] ?? "", /sixbtc-lsp was not found/);
  assert.ok(subscriptions.length >= 8);
});
