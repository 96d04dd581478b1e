/** The preview's page in a headless Chromium, with a recorded answer instead of an editor. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ToPage } from "../src/preview/messages.ts";
import { page } from "../src/preview/html.ts";
import { readPreview } from "../src/preview/protocol.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What the page looked like to itself. */
export interface Seen {
  violations: string[];
  errors: string[];
  state: string;
  legend: string;
  figures: string[];
  /** Share of the chart's points that are not empty. */
  painted: number;
  /** Points in the colours of rising and falling candles and of the equity. */
  rise: number;
  fall: number;
  equity: number;
}

/** Colours of an editor's theme. */
const THEMES = {
  light: {
    "editor-background": "#ffffff",
    "editor-foreground": "#3b3b3b",
    descriptionForeground: "#5f5f5f",
    "charts-green": "#388a34",
    "charts-red": "#e51400",
    "charts-blue": "#1a85ff",
  },
  dark: {
    "editor-background": "#1f1f1f",
    "editor-foreground": "#cccccc",
    descriptionForeground: "#9d9d9d",
    "charts-green": "#89d185",
    "charts-red": "#f14c4c",
    "charts-blue": "#3794ff",
  },
};

export type Theme = keyof typeof THEMES;

/** The browser's file, if this machine has one. */
export function browser(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
  const dirs = (process.env["PATH"] ?? "").split(delimiter);
  const found = dirs.flatMap((dir) => names.map((name) => join(dir, name))).find((file) => existsSync(file));
  return process.env["CHROMIUM"] ?? found;
}

/** The recorded answer of a backtest. */
export function recorded(): ToPage {
  const preview = readPreview(JSON.parse(readFileSync(join(root, "test/recorded/preview.json"), "utf8")));
  if (preview === undefined) throw new Error("the recorded answer has no bars");
  return { type: "preview", title: "sma_cross", preview };
}

/** Runs in the page before its own script: what the editor gives a webview, and a look at what was drawn. */
function host(message: string): string {
  return `
    const seen = { violations: [], errors: [] };
    addEventListener("securitypolicyviolation", (e) => seen.violations.push(e.violatedDirective + " " + e.blockedURI));
    addEventListener("error", (e) => seen.errors.push(e.message));
    window.acquireVsCodeApi = () => ({ postMessage() { window.postMessage(${message}, "*"); } });
    setTimeout(() => {
      const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--vscode-charts-" + name);
      const wanted = ["green", "red", "blue"].map((n) => colour(n).match(/[0-9a-f]{2}/g).map((x) => parseInt(x, 16)));
      const counts = [0, 0, 0];
      let [painted, all] = [0, 0];
      for (const canvas of document.querySelectorAll("#chart canvas")) {
        if (canvas.width === 0 || canvas.height === 0) continue;
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 0; i < data.length; i += 4) {
          all++;
          if (data[i + 3] === 0) continue;
          painted++;
          wanted.forEach((w, n) => { if (w.every((v, c) => Math.abs(v - data[i + c]) < 4)) counts[n]++; });
        }
      }
      const text = (id) => document.getElementById(id).textContent;
      Object.assign(seen, {
        state: text("state"), legend: text("legend"), painted: painted / Math.max(1, all),
        figures: [...document.querySelectorAll("#figures div")].map((d) => d.textContent),
        rise: counts[0], fall: counts[1], equity: counts[2],
      });
      const out = document.createElement("script");
      out.type = "application/json";
      out.id = "seen";
      out.textContent = JSON.stringify(seen).replaceAll("<", "\\\\u003c");
      document.body.append(out);
    }, 1500);`;
}

/** Opens the page; with a file name, takes a picture of it too. */
export function open(program: string, theme: Theme, message: ToPage, picture?: string): Seen {
  const dir = mkdtempSync(join(tmpdir(), "preview-"));
  try {
    const nonce = "n0nce";
    const url = (file: string): string => pathToFileURL(join(root, file)).href;
    const parts = {
      source: "'none'",
      script: url("dist/preview.js"),
      style: url("media/preview.css"),
      nonce,
    };
    const variables = Object.entries(THEMES[theme]).map(([name, value]) => `--vscode-${name}: ${value};`);
    const start = `<style nonce="${nonce}">:root { ${variables.join(" ")} }</style>
<script nonce="${nonce}">${host(JSON.stringify(message).replaceAll("<", "\\u003c"))}</script>`;
    const html = page(parts)
      .replace("</head>", () => `${start}\n</head>`)
      .replace("'none' 'nonce", "'nonce");
    const file = join(dir, "page.html");
    writeFileSync(file, html.replace("<body>", `<body class="vscode-${theme}">`));
    const shared = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      `--user-data-dir=${dir}/profile`,
    ];
    const args = [
      ...shared,
      "--window-size=1000,720",
      "--virtual-time-budget=6000",
      "--allow-file-access-from-files",
    ];
    const answer = spawnSync(program, [...args, "--dump-dom", pathToFileURL(file).href], {
      encoding: "utf8",
      timeout: 60_000,
      maxBuffer: 1 << 26,
    });
    if (picture !== undefined) {
      spawnSync(program, [...args, `--screenshot=${picture}`, pathToFileURL(file).href], { timeout: 60_000 });
    }
    const seen = /<script type="application\/json" id="seen">(.*?)<\/script>/s.exec(answer.stdout)?.[1];
    if (seen === undefined) throw new Error(`the page told nothing: ${answer.stderr.slice(-2000)}`);
    return JSON.parse(seen) as Seen;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
