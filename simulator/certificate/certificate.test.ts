import { X509Certificate } from "node:crypto";
import { expect, it } from "vitest";
import { makeKeyPair, selfSigned } from "./certificate.ts";

it("a certificate is its own authority, for its hosts and for now, with the key that belongs to it", () => {
  const keys = makeKeyPair();
  const { certificate, key } = selfSigned("rpcfleet server", ["127.0.0.1", "localhost"], keys);
  const read = new X509Certificate(certificate);
  expect([read.subject, read.issuer, read.ca]).toEqual(["CN=rpcfleet server", "CN=rpcfleet server", true]);
  expect(read.verify(keys.publicKey)).toBe(true);
  expect([read.checkIP("127.0.0.1"), read.checkHost("localhost"), read.checkHost("example.org")]).toEqual([
    "127.0.0.1",
    "localhost",
    undefined,
  ]);
  expect(new Date(read.validFrom).getTime()).toBeLessThan(Date.now());
  expect(new Date(read.validTo).getTime()).toBeGreaterThan(Date.now());
  expect(key).toContain("BEGIN PRIVATE KEY");
});

it("two of one key are different certificates", () => {
  const keys = makeKeyPair();
  const [one, other] = [selfSigned("device", [], keys), selfSigned("device", [], keys)];
  expect(new X509Certificate(one.certificate).serialNumber).not.toBe(
    new X509Certificate(other.certificate).serialNumber,
  );
});
