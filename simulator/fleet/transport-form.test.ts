import { describe, expect, it } from "vitest";
import { parseTransport, portOf, type Transport } from "./transport-form.ts";

const read = (text: string): Transport => {
  const transport = parseTransport(text);
  if (transport.kind === "problem") throw new Error(transport.message);
  return transport;
};

describe("a cohort's transport", () => {
  it.each([
    ["mqtt", { kind: "mqtt", carrier: "tcp", level: 4, topics: "v1", certificate: false }, "mqtt"],
    ["mqtt(version=5, topics=v2/p)", { kind: "mqtt", carrier: "tcp", level: 5, topics: "v2/p" }, "mqtt"],
    ["mqtt(version=3)", { level: 3 }, "mqtt"],
    ["mqtts(auth=x509)", { kind: "mqtt", carrier: "tls", certificate: true }, "mqtts"],
    ["ws(topics=v2)", { kind: "mqtt", carrier: "ws", topics: "v2" }, "ws"],
    ["http", { kind: "http" }, "http"],
    ["coap", { kind: "coap" }, "coap"],
    ["gateway", { kind: "gateway", children: 50 }, "mqtt"],
    ["gateway(8)", { kind: "gateway", children: 8 }, "mqtt"],
  ])("reads %s", (text, expected, port) => {
    expect(read(text)).toMatchObject(expected);
    expect(portOf(read(text))).toBe(port);
  });

  it.each([
    ["tcp", ['unknown transport "tcp"']],
    [
      "mqtt(version=6, topics=v3, auth=x509)",
      ["version must be one of 3, 4, 5", "topics must be one of", "auth is not"],
    ],
    ["gateway(children=0)", ["children must be a whole number from 1"]],
    ["gateway(children=10001)", ["from 1 to 10000"]],
    ["http(timeout=1s)", ["timeout is not one of its arguments"]],
    ["mqtt(", ["expected name(argument, ...)"]],
  ])("names every problem of %s", (text, parts) => {
    const result = parseTransport(text);
    for (const part of parts) expect(result).toMatchObject({ kind: "problem", message: expect.stringContaining(part) });
  });
});
