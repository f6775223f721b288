import { describe, expect, test } from "vitest";
import { startBareMqtt } from "../../testing/bare-mqtt.ts";
import { RawDevice } from "../../testing/raw-device.ts";
import { authenticate, type CredentialsLookup } from "./credentials.ts";

const LOOKUP: CredentialsLookup = {
  byAccessToken: (token) => (token === "token" || token === "pair" ? "by token" : undefined),
  byMqttBasic: ({ clientId, username, password }) => {
    if (clientId === "alone" && username === undefined) return { device: "by client id" };
    if (clientId !== "client" || username !== "pair") return undefined;
    return password === "secret" ? { device: "by pair" } : "wrong_password";
  },
  byCertificate: (sha3) => (sha3 === "known" ? "by certificate" : undefined),
};
const NONE = { clientId: "", username: undefined, password: undefined, certificate: undefined };

describe("authenticate (contract 6.1)", () => {
  test.each([
    ["a token", { username: "token" }, { device: "by token" }],
    [
      "a token with any password and client id",
      { username: "token", password: "x", clientId: "y" },
      { device: "by token" },
    ],
    ["the pair", { clientId: "client", username: "pair", password: "secret" }, { device: "by pair" }],
    ["the pair, before its username as a token", { clientId: "client", username: "pair" }, { refusal: "unknown_user" }],
    ["a username that is a token, with another client id", { clientId: "z", username: "pair" }, { device: "by token" }],
    ["a client id alone", { clientId: "alone" }, { device: "by client id" }],
    ["an unknown client id", { clientId: "boiler" }, { refusal: "unknown_client_id" }],
    ["an unknown username", { clientId: "alone", username: "nobody" }, { refusal: "unknown_user" }],
    ["an empty username", { username: "" }, { refusal: "unknown_user" }],
    ["only a password", { password: "x" }, { refusal: "unknown_user" }],
    ["nothing", {}, { refusal: "nothing_given" }],
    ["a certificate", { certificate: "known" }, { device: "by certificate" }],
    [
      "an unknown certificate, with a token",
      { certificate: "x", username: "token" },
      { refusal: "unknown_certificate" },
    ],
  ])("%s", (_name, given, expected) => {
    expect(authenticate(LOOKUP, { ...NONE, ...given })).toEqual(expected);
  });

  test("a CONNECT's client id, username and password are what is looked up, in both versions", async () => {
    const bare = await startBareMqtt({ credentials: LOOKUP });
    const given = { clientId: "client", username: "pair", password: Buffer.from("secret") };
    for (const version of [4, 5] as const) {
      const device = new RawDevice(bare.port, version);
      expect(await device.connect(given)).toBe(0);
      expect(bare.sessions.isConnected("by pair")).toBe(true);
      const wrong = await new RawDevice(bare.port, version).connect({ ...given, password: Buffer.from("x") });
      expect(wrong).toBe(version === 5 ? 0x86 : 5);
      device.socket.destroy();
    }
    await bare.transport.close();
  });
});
