import type { Preview } from "./protocol.ts";

/** What the extension tells the page. */
export type ToPage =
  | { type: "preview"; title: string; preview: Preview }
  | { type: "busy"; title: string }
  | { type: "problem"; title: string; text: string };

/** What the page tells the extension. */
export interface FromPage {
  type: "ready";
}
