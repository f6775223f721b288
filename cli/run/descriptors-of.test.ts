import { expect, it } from "vitest";
import { socketsOf } from "./descriptors-of.ts";

it.each([
  ["one each", [{ weight: 1, transport: "mqtt" }], 20_000, 20_000],
  ["a hundred over CoAP share one", [{ weight: 1, transport: "coap" }], 20_000, 200],
  ["those behind a gateway share one", [{ weight: 1, transport: "gateway(children=25)" }], 1_001, 41],
  [
    "by weight",
    [
      { weight: 3, transport: "mqtt(version=5)" },
      { weight: 3, transport: "coap" },
      { weight: 4, transport: "gateway" },
    ],
    50_000,
    15_550,
  ],
])("sockets of a fleet: %s", (_, cohorts, devices, sockets) => {
  expect(socketsOf(cohorts, devices)).toBe(sockets);
});
