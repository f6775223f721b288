/** For tests: XML 1.0 without namespaces, document types or processing instructions, read strictly. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const NAME = "[A-Za-z_][\\w.-]*";
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The root element; throws Error with the place of the first thing that a strict reader would refuse. */
export function readXml(xml: string): XmlElement {
  const bad = FORBIDDEN.exec(xml);
  if (bad !== null) throw new Error(`character not allowed at ${bad.index}`);
  const declaration = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n/.exec(xml);
  if (declaration === null) throw new Error("no XML declaration");
  const [root, end] = readElement(xml, declaration[0].length);
  if (xml.slice(end).trim() !== "") throw new Error(`something after the root element at ${end}`);
  return root;
}

function readElement(xml: string, at: number): [XmlElement, number] {
  const open = new RegExp(`<(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`, "y");
  open.lastIndex = at;
  const match = open.exec(xml);
  if (match === null) throw new Error(`no element at ${at}: ${xml.slice(at, at + 40)}`);
  const [tag, name = "", written = "", closed] = match;
  const attributes: Record<string, string> = {};
  for (const [, key = "", value = ""] of written.matchAll(new RegExp(`(${NAME})="([^"]*)"`, "g"))) {
    if (Object.hasOwn(attributes, key)) throw new Error(`attribute ${key} twice at ${at}`);
    attributes[key] = decode(value);
  }
  const children: XmlElement[] = [];
  let text = "";
  let place = at + tag.length;
  if (closed === "/") return [{ name, attributes, children, text }, place];
  while (!xml.startsWith("</", place)) {
    const next = xml.indexOf("<", place);
    if (next < 0) throw new Error(`<${name}> is not closed`);
    text += decode(xml.slice(place, next));
    place = next;
    if (xml.startsWith("</", place)) break;
    const [child, end] = readElement(xml, place);
    children.push(child);
    place = end;
  }
  const close = `</${name}>`;
  if (!xml.startsWith(close, place)) throw new Error(`expected ${close} at ${place}: ${xml.slice(place, place + 40)}`);
  return [{ name, attributes, children, text }, place + close.length];
}

function decode(text: string): string {
  if (text.includes("]]>")) throw new Error("]]> in text");
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const character = whole.endsWith(";") ? ENTITIES[name] : undefined;
    if (character === undefined) throw new Error(`not an entity: ${whole}`);
    return character;
  });
}
