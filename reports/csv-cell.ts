/** RFC 4180: a cell with a comma, a quote or a line break stands in quotes. */
export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
