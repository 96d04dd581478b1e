/** The real server's answer is what the preview draws, and its commands are what the extension leaves to it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readPreview } from "../src/preview/protocol.ts";
import { Session, root, serverFile } from "./server.ts";

const skip = serverFile() === "" ? "no server is wanted" : false;
const DATA = "tests/data/sample/BTCUSD-30m.csv.gz";

test("a preview of an example", { skip, timeout: 120_000 }, async () => {
  const { session, uri } = await Session.on("docs/examples/sma_cross.sbt", DATA);
  const preview = readPreview(await session.ask("sixbtc/preview", { uri, strategy: "sma_cross" }));
  assert.ok(preview, "no bars");
  assert.deepEqual([preview.strategy, preview.symbol, preview.timeframe], ["sma_cross", "BTCUSD", "1h"]);
  assert.ok(preview.candles.length > 1000 && preview.signals.length > 10 && preview.equity.length > 1000);
  assert.deepEqual(
    preview.plots.map((p) => p.name),
    ["f", "s"],
  );
  const [first, last] = [preview.candles[0]?.time ?? 0, preview.candles.at(-1)?.time ?? 0];
  assert.ok(first > 1_000_000_000 && last - first >= 3600 * (preview.candles.length - 1));
  for (const { time, price, action } of preview.signals) {
    assert.ok(time >= first && time <= last + 3600 && price > 0, `${action} at ${time}`);
  }
  assert.ok("totalReturn" in preview.summary && "trades" in preview.summary);
  await session.end();
});

test("commands of the server are none of the extension's", { skip, timeout: 120_000 }, async () => {
  const session = new Session(serverFile());
  const answer = (await session.ask("initialize", { processId: null, rootUri: null, capabilities: {} })) as {
    capabilities: { executeCommandProvider?: { commands: string[] } };
  };
  const commands = answer.capabilities.executeCommandProvider?.commands ?? [];
  const code = readFileSync(join(root, "grammar/editors/vscode/src/extension.ts"), "utf8");
  assert.ok(commands.includes("sixbtc.openReport"), commands.join());
  for (const command of commands) assert.ok(!code.includes(`registerCommand("${command}"`), command);
  await session.end();
});

test(
  "a program that is wrong has no preview, and the server says so",
  { skip, timeout: 120_000 },
  async () => {
    const { session, uri, text } = await Session.on("docs/examples/sma_cross.sbt", DATA);
    session.tell("textDocument/didChange", {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: text.replace("sma(close, fast)", "sma(clsoe, fast)") }],
    });
    const answer = await session.ask("sixbtc/preview", { uri }).catch((error: unknown) => error);
    assert.ok(answer instanceof Error || readPreview(answer) === undefined, "a wrong program was drawn");
    await session.end();
  },
);
