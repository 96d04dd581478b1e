import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { page } from "./html.ts";
import type { ToPage } from "./messages.ts";
import { readPreview } from "./protocol.ts";

/** Asks the language server for a preview. */
export type Ask = (
  uri: vscode.Uri,
  strategy: string | undefined,
  token: vscode.CancellationToken,
) => Promise<unknown>;

/** Milliseconds without typing after which a preview is computed again. */
const QUIET = 400;

/** The protocol's ContentModified. */
const CONTENT_MODIFIED = -32801;

function isStale(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === CONTENT_MODIFIED;
}

/** The preview beside an editor: one panel, which follows one document. */
export class PreviewPanel implements vscode.Disposable {
  readonly #extension: vscode.Uri;
  readonly #ask: Ask;
  #panel: vscode.WebviewPanel | undefined;
  #uri: vscode.Uri | undefined;
  #strategy: string | undefined;
  #running: vscode.CancellationTokenSource | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #watch: vscode.Disposable;

  constructor(extension: vscode.Uri, ask: Ask) {
    this.#extension = extension;
    this.#ask = ask;
    this.#watch = vscode.Disposable.from(
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        const live = vscode.workspace.getConfiguration("sixbtc", document).get<boolean>("preview.live", true);
        if (live) this.#later(document);
      }),
      vscode.workspace.onDidSaveTextDocument((document) => {
        this.#later(document);
      }),
    );
  }

  /** Shows the preview of a document, of its only strategy if none is named. */
  open(uri: vscode.Uri, strategy?: string): void {
    this.#uri = uri;
    this.#strategy = strategy;
    if (this.#panel === undefined) {
      this.#create();
    } else {
      this.#panel.reveal(undefined, true);
      void this.#refresh();
    }
  }

  /** Computes the preview again, after a restart of the server say. */
  refresh(): void {
    void this.#refresh();
  }

  dispose(): void {
    this.#watch.dispose();
    this.#panel?.dispose();
  }

  #create(): void {
    const media = vscode.Uri.joinPath(this.#extension, "media");
    const dist = vscode.Uri.joinPath(this.#extension, "dist");
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel("sixbtc.preview", "Preview", column, {
      enableScripts: true,
      retainContextWhenHidden: true,
      localResourceRoots: [media, dist],
    });
    this.#panel = panel;
    panel.onDidDispose(() => {
      this.#panel = undefined;
      this.#running?.cancel();
      clearTimeout(this.#timer);
    });
    // the only thing a page says is that it is there, which is when it can be told something
    panel.webview.onDidReceiveMessage(() => {
      void this.#refresh();
    });
    const file = (dir: vscode.Uri, name: string): string =>
      panel.webview.asWebviewUri(vscode.Uri.joinPath(dir, name)).toString();
    panel.webview.html = page({
      source: panel.webview.cspSource,
      script: file(dist, "preview.js"),
      style: file(media, "preview.css"),
      nonce: randomBytes(16).toString("hex"),
    });
  }

  #later(document: vscode.TextDocument): void {
    if (this.#panel === undefined || document.uri.toString() !== this.#uri?.toString()) return;
    this.#soon();
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh(), QUIET);
  }

  async #refresh(): Promise<void> {
    const [panel, uri] = [this.#panel, this.#uri];
    if (panel === undefined || uri === undefined) return;
    this.#running?.cancel();
    const running = new vscode.CancellationTokenSource();
    this.#running = running;
    const title = this.#strategy ?? uri.path.split("/").pop() ?? "Preview";
    panel.title = `Preview ${title}`;
    const tell = (message: ToPage): void => {
      // an answer that comes after the next question is of no interest
      if (!running.token.isCancellationRequested) void panel.webview.postMessage(message);
    };
    tell({ type: "busy", title });
    try {
      const preview = readPreview(await this.#ask(uri, this.#strategy, running.token));
      if (preview === undefined)
        tell({ type: "problem", title, text: "no bars: set sixbtc.data to candles" });
      else tell({ type: "preview", title, preview });
    } catch (error) {
      // the program was changed while it ran: what it does now is asked as soon as typing pauses
      if (isStale(error)) {
        if (!running.token.isCancellationRequested) this.#soon();
        return;
      }
      tell({ type: "problem", title, text: error instanceof Error ? error.message : String(error) });
    } finally {
      running.dispose();
    }
  }
}
