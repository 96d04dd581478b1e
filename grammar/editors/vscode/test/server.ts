/** The language server, spoken to without an editor. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** The built server; empty if `SERVER` says that there shall be none. */
export function serverFile(): string {
  const target = process.env["CARGO_TARGET_DIR"] ?? join(root, "target");
  const file = process.env["SERVER"] ?? join(target, "debug/sixbtc-lsp");
  if (file !== "" && !existsSync(file)) throw new Error("build the server first: cargo build -p sixbtc-lsp");
  return file;
}

interface Answer {
  id?: number;
  method?: string;
  result?: unknown;
  error?: { message: string };
}

/** A session with a server. */
export class Session {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #rest = Buffer.alloc(0);
  #last = 0;

  constructor(file: string) {
    this.#process = spawn(file, [], { stdio: "pipe" });
    this.#process.stdout.on("data", (chunk: Buffer) => {
      this.#read(chunk);
    });
    this.#process.on("exit", () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: "the server has ended" } });
    });
  }

  /** Starts a session in the repository, on candles, with a program opened. */
  static async on(program: string, data: string): Promise<{ session: Session; uri: string; text: string }> {
    const { readFileSync } = await import("node:fs");
    const session = new Session(serverFile());
    const [file, text] = [join(root, program), readFileSync(join(root, program), "utf8")];
    const uri = pathToFileURL(file).href;
    const folder = { uri: pathToFileURL(root).href, name: "sixbtc" };
    await session.ask("initialize", {
      processId: process.pid,
      rootUri: folder.uri,
      workspaceFolders: [folder],
      capabilities: {},
      initializationOptions: { data: join(root, data) },
    });
    session.tell("initialized", {});
    session.tell("textDocument/didOpen", { textDocument: { uri, languageId: "sixbtc", version: 1, text } });
    return { session, uri, text };
  }

  ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        this.#waiting.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      this.#write({ id, method, params });
    });
  }

  tell(method: string, params: unknown): void {
    this.#write({ method, params });
  }

  async end(): Promise<void> {
    await this.ask("shutdown", null);
    const ended = new Promise((resolve) => this.#process.once("close", resolve));
    this.tell("exit", null);
    await ended;
  }

  #write(message: object): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const head = this.#rest.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/i.exec(this.#rest.toString("ascii", 0, head))?.[1]);
      if (head < 0 || this.#rest.length < head + 4 + length) return;
      const message = JSON.parse(this.#rest.toString("utf8", head + 4, head + 4 + length)) as Answer;
      this.#rest = this.#rest.subarray(head + 4 + length);
      if (message.method === undefined && message.id !== undefined) this.#waiting.get(message.id)?.(message);
      // what a server asks of an editor is granted, with nothing
      else if (message.id !== undefined) this.#write({ id: message.id, result: null });
    }
  }
}
