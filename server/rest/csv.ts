/** Lines of a CSV text: a delimiter, fields that may stand in double quotes, doubled quotes inside. */

export interface CsvLine {
  /** From 1; a quoted field may hold line ends, so a line of the file need not be one of the text. */
  readonly number: number;
  readonly fields: readonly string[];
}

/** The lines of `text` that are not empty. */
export function readCsv(text: string, delimiter: string): readonly CsvLine[] {
  const lines: CsvLine[] = [];
  let fields: string[] = [];
  let number = 1;
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at, delimiter);
    fields.push(field.value);
    at = field.end;
    if (text.startsWith(delimiter, at)) {
      at += delimiter.length;
      if (at < text.length) continue;
      fields.push("");
    }
    at = endOfLine(text, at);
    if (fields.length > 1 || fields[0] !== "") lines.push({ number, fields });
    fields = [];
    number++;
  }
  return lines;
}

interface Field {
  readonly value: string;
  /** One past the field. */
  readonly end: number;
}

function plainField(text: string, start: number, delimiter: string): Field {
  let end = start;
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r" && !text.startsWith(delimiter, end)) end++;
  return { value: text.slice(start, end).trim(), end };
}

/** A quote that is never closed ends with the text. */
function quotedField(text: string, start: number): Field {
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return { value: value + text.slice(at), end: text.length };
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}

/** Past the next line end; what stands between a closing quote and it is left out. */
function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  if (text[start] === "\r" && text[start + 1] !== "\n") return start + 1;
  return end < 0 ? text.length : end + 1;
}
