import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readResponse } from "./http-response.ts";

const bytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

describe("readResponse", () => {
  it.each([
    ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}", true],
    ["a length of 0", "HTTP/1.1 409 Conflict\r\ncontent-length:0\r\n\r\n", 409, "", true],
    ["no reason phrase", "HTTP/1.1 504\r\ncontent-length: 0\r\n\r\n", 504, "", true],
    ["no body by its status", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true],
    ["a closing server", "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\n1", 200, "1", false],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n1", 200, "1", false],
    ["HTTP/1.0 kept", "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\n1", 200, "1", true],
    [
      "chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n",
      200,
      "abc0123456789",
      true,
    ],
    [
      "trailers",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-sum: 1\r\n\r\n",
      200,
      "a",
      true,
    ],
    [
      "interim answers first",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1",
      200,
      "1",
      true,
    ],
    ["bytes nobody asked for", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1HTTP", 200, "1", false],
    ["characters beyond ASCII", withLength('{"größe":"€"}'), 200, '{"größe":"€"}', true],
  ])("reads a response with %s", (_, text, status, body, reusable) => {
    expect(readResponse(text, false)).toEqual({ kind: "response", status, body, reusable });
  });

  it("takes a body without a length to the connection's end", () => {
    const text = "HTTP/1.1 200 OK\r\n\r\nabc";
    expect(readResponse(text, false)).toEqual({ kind: "unfinished", needed: text.length + 1 });
    expect(readResponse(text, true)).toEqual({ kind: "response", status: 200, body: "abc", reusable: false });
  });

  it.each([
    ["what is not HTTP", "SSH-2.0-x\r\n\r\n"],
    ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a length that is no number", "HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n"],
    ["a length beyond all reason", "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n"],
    ["a chunk without a size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n"],
    ["a chunk beyond all reason", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n"],
    ["an endless head", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(70_000)}`],
  ])("refuses %s", (_, text) => {
    expect(readResponse(text, false).kind).toBe("unreadable");
  });

  const response = fc
    .record({
      body: fc.string({ unit: "grapheme" }),
      chunkSizes: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 9 }),
    })
    .map(({ body, chunkSizes }) => ({
      body,
      text: chunkSizes.length === 0 ? withLength(body) : inChunks(body, chunkSizes),
    }));

  it("wants more of every part of a response, and never more than the whole has", () => {
    fc.assert(
      fc.property(response, fc.nat(), ({ text, body }, at) => {
        expect(readResponse(text, false)).toMatchObject({ kind: "response", body, reusable: true });
        const cut = at % text.length;
        const part = readResponse(text.slice(0, cut), false);
        expect(part.kind).toBe("unfinished");
        if (part.kind === "unfinished") {
          expect(part.needed).toBeGreaterThan(cut);
          expect(part.needed).toBeLessThanOrEqual(text.length);
        }
        expect(readResponse(text.slice(0, cut), true).kind).toBe("unreadable");
      }),
    );
  });
});

function withLength(body: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${bytes(body)}`;
}

function inChunks(body: string, sizes: readonly number[]): string {
  const rest = bytes(body);
  let text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  for (let at = 0, turn = 0; at < rest.length; turn++) {
    const chunk = rest.slice(at, at + (sizes[turn % sizes.length] as number));
    text += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    at += chunk.length;
  }
  return `${text}0\r\n\r\n`;
}
