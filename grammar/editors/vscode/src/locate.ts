import { delimiter, isAbsolute, join } from "node:path";

/** Where a program may be looked for. */
export interface Places {
  /** What the settings say; empty if they say nothing. */
  configured: string;
  /** The workspace's directories. */
  folders: readonly string[];
  /** The variable `PATH`. */
  path: string;
  /** `process.platform`. */
  platform: string;
  /** Whether the workspace may bring programs of its own. */
  trusted: boolean;
  /** Whether a file is there and may be run. */
  runnable: (file: string) => boolean;
}

/** The file of a program, or undefined if it is nowhere. A setting is not second-guessed: what it names or nothing. */
export function locate(program: string, places: Places): string | undefined {
  const { configured, folders, path, platform, trusted, runnable } = places;
  const file = platform === "win32" ? `${program}.exe` : program;
  const dirs = path.split(delimiter).filter((dir) => dir !== "");
  if (configured !== "") {
    if (isAbsolute(configured)) return runnable(configured) ? configured : undefined;
    // a bare name is looked up as a shell would, anything else lies in the workspace
    const roots = /[\\/]/.test(configured) ? folders : dirs;
    return roots.map((root) => join(root, configured)).find(runnable);
  }
  const built = trusted
    ? folders.flatMap((folder) => ["release", "debug"].map((p) => join(folder, "target", p)))
    : [];
  return [...built, ...dirs].map((dir) => join(dir, file)).find(runnable);
}
