/** The page in the webview: draws what the extension sends. */
import { Chart } from "./chart.ts";
import { figures } from "./figures.ts";
import type { FromPage, ToPage } from "./messages.ts";

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void };

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

const [title, state, legend, figureList] = ["title", "state", "legend", "figures"].map(element) as [
  HTMLElement,
  HTMLElement,
  HTMLElement,
  HTMLElement,
];
const chart = new Chart(element("chart"), (parts) => {
  legend.replaceChildren(
    ...parts.flatMap(({ name, value, colour }) => {
      const strong = document.createElement("b");
      strong.textContent = value;
      if (colour !== undefined) strong.style.color = colour;
      return [`${name} `, strong, "   "];
    }),
  );
});

function say(text: string, kind: "" | "problem"): void {
  state.textContent = text;
  state.className = kind;
}

function show(message: ToPage): void {
  title.textContent = message.title;
  document.body.classList.toggle("stale", message.type !== "preview");
  if (message.type === "busy") {
    say("computing …", "");
  } else if (message.type === "problem") {
    say(message.text, "problem");
  } else {
    const { symbol, timeframe, truncated, candles, signals, summary } = message.preview;
    const [bars, fills] = [candles, signals].map(({ length }) => length.toLocaleString("en-US"));
    const counts = `${truncated ? "the last " : ""}${bars ?? ""} bars, ${fills ?? ""} entries and exits`;
    say([symbol, timeframe, counts].filter((part) => part !== "").join(" · "), "");
    chart.show(message.preview);
    figureList.replaceChildren(
      ...figures(summary).map(({ name, value }) => {
        const group = document.createElement("div");
        const term = document.createElement("dt");
        const description = document.createElement("dd");
        term.textContent = name;
        description.textContent = value;
        group.append(term, description);
        return group;
      }),
    );
  }
}

window.addEventListener("message", (event: MessageEvent<ToPage>) => {
  show(event.data);
});
// the editor changes the classes of the body when its theme changes
new MutationObserver(() => {
  chart.recolour();
}).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["class", "style"],
  subtree: false,
});
new MutationObserver(() => {
  chart.recolour();
}).observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });

acquireVsCodeApi().postMessage({ type: "ready" });
