/** Flags in one text, as a shell would split them: spaces part words, quotes keep them together. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)) {
    words.push(
      match[0].replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
    );
  }
  return words;
}

/** What stands after `--` on a command line, as it was typed: for the command that is called by this one. */
export function wordsAfterDashes(words: readonly string[]): string[] {
  const place = words.indexOf("--");
  return place < 0 ? [] : words.slice(place + 1);
}
