/** Text and attributes of HTML, SVG and XML. */

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text made safe for an element or a quoted attribute. What XML 1.0 does not allow (controls, half characters) becomes `?`. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\n\r]|\p{Cs}|\ufffe|\uffff/gu, "?")
    .replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
}

export type Attributes = Readonly<Record<string, string | number>>;

/** An element; `content` is markup already, attributes are escaped here. Without content it closes itself. */
export function element(name: string, attributes: Attributes, content?: string): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeMarkup(String(value))}"`)
    .join("");
  return content === undefined ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}
