import { constants, accessSync, existsSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, State } from "vscode-languageclient/node";
import { backtestArguments, dataPath, reportDirectory } from "./backtest.ts";
import { isStrategy, strategies } from "./header.ts";
import { locate } from "./locate.ts";
import { PreviewPanel } from "./preview/panel.ts";

const LANGUAGE = "sixbtc";

let client: LanguageClient | undefined;
/** Whether the server was started, or looked for in vain: that is said once, not with every file. */
let started = false;

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel("sixbtc");
  const preview = new PreviewPanel(context.extensionUri, async (uri, strategy, token) => {
    if (client?.state !== State.Running) throw new Error("the language server is not running");
    const what = { uri: uri.toString(), ...(strategy === undefined ? {} : { strategy }) };
    return client.sendRequest<unknown>("sixbtc/preview", what, token);
  });
  const opened = (document: vscode.TextDocument): void => {
    claim(document);
    // without a strategy there is nothing to serve, in a project of Scala say
    if (document.languageId === LANGUAGE && !started) void start(output);
  };
  context.subscriptions.push(
    output,
    preview,
    vscode.workspace.onDidOpenTextDocument(opened),
    vscode.commands.registerCommand("sixbtc.restart", async () => {
      await stop();
      await start(output);
      preview.refresh();
    }),
    vscode.commands.registerCommand("sixbtc.preview", (target?: unknown, strategy?: unknown) => {
      const uri = documentOf(target);
      if (uri !== undefined) preview.open(uri, typeof strategy === "string" ? strategy : undefined);
    }),
    vscode.commands.registerCommand("sixbtc.backtest", (target?: unknown) =>
      backtest(context, documentOf(target)),
    ),
    // `sixbtc.openReport` and `sixbtc.sweep` of the server's own lenses are registered by the client
    vscode.commands.registerCommand("sixbtc.report", async () => {
      const uri = documentOf(undefined);
      if (uri !== undefined) await vscode.commands.executeCommand("sixbtc.openReport", uri.toString());
    }),
    vscode.languages.registerCodeLensProvider({ language: LANGUAGE }, { provideCodeLenses: lenses }),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      const restarts = ["sixbtc.server", "sixbtc.data"].some((section) =>
        event.affectsConfiguration(section),
      );
      if (restarts && started) await vscode.commands.executeCommand("sixbtc.restart");
    }),
  );
  vscode.workspace.textDocuments.forEach(opened);
}

export async function deactivate(): Promise<void> {
  await stop();
}

/**
 * Makes a strategy ours where the ending has given it to another language. Files of Scala's build tool have no `#sbt` header
 * and stay theirs.
 */
function claim(document: vscode.TextDocument): void {
  const named = document.uri.path.endsWith(".sbt") && document.languageId !== LANGUAGE;
  if (named && isStrategy(document.getText()))
    void vscode.languages.setTextDocumentLanguage(document, LANGUAGE);
}

function runnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function find(program: string, setting: string): string | undefined {
  return locate(program, {
    configured: vscode.workspace.getConfiguration(LANGUAGE).get(setting, ""),
    folders: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
    path: process.env["PATH"] ?? "",
    platform: process.platform,
    trusted: vscode.workspace.isTrusted,
    runnable,
  });
}

function data(uri?: vscode.Uri): string {
  const setting = vscode.workspace.getConfiguration(LANGUAGE, uri).get("data", "");
  const folder = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
  const base = folder ?? vscode.workspace.workspaceFolders?.[0];
  return dataPath(setting, base?.uri.fsPath, existsSync);
}

async function start(output: vscode.OutputChannel): Promise<void> {
  started = true;
  const command = find("sixbtc-lsp", "server.path");
  if (command === undefined) {
    const answer = await vscode.window.showWarningMessage(
      "The language server sixbtc-lsp was not found: build it with “cargo build -p sixbtc-lsp”, or set its path.",
      "Open settings",
    );
    if (answer !== undefined) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "sixbtc.server.path");
    }
    return;
  }
  const args = vscode.workspace.getConfiguration(LANGUAGE).get<string[]>("server.arguments", []);
  const options: LanguageClientOptions = {
    documentSelector: [{ language: LANGUAGE }],
    outputChannel: output,
    initializationOptions: { data: data() },
  };
  client = new LanguageClient(LANGUAGE, "sixbtc", { command, args }, options);
  await client.start();
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.dispose();
}

/** The document that a command is about: what a code lens or a menu names, else the one in the editor. */
function documentOf(target: unknown): vscode.Uri | undefined {
  if (target instanceof vscode.Uri) return target;
  if (typeof target === "string") return vscode.Uri.parse(target);
  return vscode.window.activeTextEditor?.document.uri;
}

/** A lens for each strategy that opens its preview. */
function lenses(document: vscode.TextDocument): vscode.CodeLens[] {
  return strategies(document.getText()).map(
    ({ name, line }) =>
      new vscode.CodeLens(new vscode.Range(line, 0, line, 0), {
        title: "preview",
        command: "sixbtc.preview",
        arguments: [document.uri.toString(), name],
      }),
  );
}

async function backtest(context: vscode.ExtensionContext, uri: vscode.Uri | undefined): Promise<void> {
  const command = find("sixbtc", "command.path");
  if (uri === undefined) return;
  if (command === undefined) {
    void vscode.window.showErrorMessage("The command sixbtc was not found: set sixbtc.command.path.");
    return;
  }
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.isDirty && !(await document.save())) return;
  const out = reportDirectory(context.globalStorageUri.fsPath, uri.fsPath);
  await vscode.workspace.fs.createDirectory(vscode.Uri.file(out));
  const task = new vscode.Task(
    { type: "process" },
    vscode.TaskScope.Workspace,
    `backtest ${uri.path.split("/").pop() ?? ""}`,
    "sixbtc",
    new vscode.ProcessExecution(command, backtestArguments(uri.fsPath, data(uri), out)),
  );
  const execution = await vscode.tasks.executeTask(task);
  const ended = vscode.tasks.onDidEndTaskProcess(async ({ execution: done, exitCode }) => {
    if (done !== execution) return;
    ended.dispose();
    if (exitCode !== 0) return;
    const answer = await vscode.window.showInformationMessage("The backtest is done.", "Open report");
    if (answer !== undefined) await vscode.env.openExternal(vscode.Uri.file(join(out, "report.html")));
  });
}
