/**
 * Whether a text is a strategy of ours: its first line that is neither empty nor a comment is `#sbt N`. The ending `.sbt`
 * alone says nothing, since Scala's build tool has it too.
 */
export function isStrategy(text: string): boolean {
  for (const line of text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)) {
    const trimmed = line.trim();
    if (trimmed !== "" && !trimmed.startsWith("//")) {
      return /^#sbt[ \t]+[0-9]+(?![A-Za-z0-9_])/.test(trimmed);
    }
  }
  return false;
}

/** The strategies and portfolios of a text, with the lines, from 0, that they begin on. */
export function strategies(text: string): { name: string; line: number }[] {
  return text.split(/\r\n|\n|\r/).flatMap((content, line) => {
    const name = /^\s*(?:strategy|portfolio)\s+([A-Za-z_][A-Za-z0-9_]*)/.exec(content)?.[1];
    return name === undefined ? [] : [{ name, line }];
  });
}
