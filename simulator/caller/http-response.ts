/**
 * Text -> one HTTP/1.1 response (RFC 9112 sections 4 to 7). Pure: it is given everything received so far, one character a byte,
 * and keeps nothing.
 */

export interface HttpResponse {
  readonly kind: "response";
  readonly status: number;
  readonly body: string;
  /** The connection may carry another request. */
  readonly reusable: boolean;
}

interface Unreadable {
  readonly kind: "unreadable";
  readonly reason: string;
}

/** More is to come; with fewer than `needed` bytes in all there is no use in trying again. */
interface Unfinished {
  readonly kind: "unfinished";
  readonly needed: number;
}

interface Body {
  readonly kind: "body";
  /** Where the response ends; undefined when it ends with the connection. */
  readonly end: number | undefined;
  /** One character a byte. */
  readonly bytes: string;
}

const MOST_HEAD_BYTES = 65_536;
const MOST_BODY_BYTES = 64 * 1_024 * 1_024;
const STATUS_LINE = /^HTTP\/1\.[01] \d{3}[ \r]/;
const CHUNK_SIZE = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i;
const NOT_ASCII = /[\u0080-\u00ff]/;

/** The response at the start of `text`; `ended` says that the peer sends nothing more. Interim (1xx) responses are skipped. */
export function readResponse(text: string, ended: boolean): HttpResponse | Unreadable | Unfinished {
  for (let start = 0; ; ) {
    const headEnd = text.indexOf("\r\n\r\n", start);
    if (headEnd < 0) return headless(text.length - start, text.length, ended);
    const head = text.slice(start, headEnd + 2);
    if (!STATUS_LINE.test(head)) return unreadable("no HTTP/1.1 status line");
    const status = Number(head.slice(9, 12));
    start = headEnd + 4;
    if (status < 200) continue;
    const headers = head.toLowerCase();
    const body = readBody(text, { status, headers, start, ended });
    if (body.kind !== "body") return body;
    // Bytes nobody asked for would be taken for the next answer.
    const reusable = body.end === text.length && staysOpen(headers);
    return { kind: "response", status, body: decode(body.bytes), reusable };
  }
}

function staysOpen(headers: string): boolean {
  const connection = header(headers, "connection");
  if (headers.startsWith("http/1.0")) return connection?.includes("keep-alive") === true;
  return connection?.includes("close") !== true;
}

/** Value of a header in a head in lower case. */
function header(headers: string, name: string): string | undefined {
  const at = headers.indexOf(`\r\n${name}:`);
  if (at < 0) return undefined;
  const start = at + name.length + 3;
  return headers.slice(start, headers.indexOf("\r\n", start)).trim();
}

function headless(pending: number, total: number, ended: boolean): Unreadable | Unfinished {
  if (pending > MOST_HEAD_BYTES) return unreadable(`a head of more than ${MOST_HEAD_BYTES} bytes`);
  return ended ? unreadable("the connection ended before the answer") : { kind: "unfinished", needed: total + 1 };
}

interface Place {
  readonly status: number;
  readonly headers: string;
  readonly start: number;
  readonly ended: boolean;
}

function readBody(text: string, { status, headers, start, ended }: Place): Body | Unreadable | Unfinished {
  if (status === 204 || status === 304) return { kind: "body", end: start, bytes: "" };
  if (header(headers, "transfer-encoding")?.endsWith("chunked") === true) return readChunks(text, start, ended);
  const length = header(headers, "content-length");
  if (length === undefined) {
    if (text.length - start > MOST_BODY_BYTES) return tooLong();
    if (!ended) return { kind: "unfinished", needed: text.length + 1 };
    return { kind: "body", end: undefined, bytes: text.slice(start) };
  }
  if (!/^\d+$/.test(length)) return unreadable(`a content-length of "${length}"`);
  const end = start + Number(length);
  if (end - start > MOST_BODY_BYTES) return tooLong();
  if (end > text.length) return cutShort(end, ended);
  return { kind: "body", end, bytes: text.slice(start, end) };
}

/** RFC 9112 section 7.1: size in hexadecimal, extensions ignored, trailers skipped. */
function readChunks(text: string, bodyStart: number, ended: boolean): Body | Unreadable | Unfinished {
  let bytes = "";
  for (let at = bodyStart; ; ) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return cutShort(text.length + 1, ended);
    const size = CHUNK_SIZE.exec(text.slice(at, lineEnd));
    if (size === null) return unreadable("a chunk without a size");
    const length = Number.parseInt(size[1] as string, 16);
    const start = lineEnd + 2;
    if (length === 0) {
      const end = trailersEnd(text, start);
      return end === undefined ? cutShort(text.length + 1, ended) : { kind: "body", end, bytes };
    }
    if (bytes.length + length > MOST_BODY_BYTES) return tooLong();
    if (start + length + 2 > text.length) return cutShort(start + length + 2, ended);
    bytes += text.slice(start, start + length);
    at = start + length + 2;
  }
}

function trailersEnd(text: string, start: number): number | undefined {
  for (let at = start; ; ) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    if (lineEnd === at) return at + 2;
    at = lineEnd + 2;
  }
}

function decode(bytes: string): string {
  return NOT_ASCII.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}

function cutShort(needed: number, ended: boolean): Unreadable | Unfinished {
  return ended ? unreadable("the connection ended within the answer") : { kind: "unfinished", needed };
}

function tooLong(): Unreadable {
  return unreadable(`a body of more than ${MOST_BODY_BYTES} bytes`);
}

function unreadable(reason: string): Unreadable {
  return { kind: "unreadable", reason };
}
