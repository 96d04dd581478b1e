/** Records the server's answer for the tests and pictures of the page: 400 bars of an example. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Session } from "./server.ts";

const HOUR = 3_600_000;
const { session, uri } = await Session.on(
  "docs/examples/sma_cross.sbt",
  "tests/data/sample/BTCUSD-30m.csv.gz",
);
const from = Date.parse("2019-08-09T16:00:00Z");
const range = { from, to: from + 400 * HOUR };
const answer = await session.ask("sixbtc/preview", { uri, strategy: "sma_cross", range });
await session.end();
// twelve digits are more than a chart shows
const short = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value;
writeFileSync(
  fileURLToPath(new URL("recorded/preview.json", import.meta.url)),
  `${JSON.stringify(answer, short)}\n`,
);
