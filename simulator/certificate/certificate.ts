/**
 * Self-signed X.509 certificates (RFC 5280) for runs: of the server that is started for one, and of devices that show one. Made here
 * because Node makes none, and a run should not need another program.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";
import { der, objectId, pem, TAG, utcTime } from "./der.ts";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface Identity {
  /** PEM texts. */
  readonly certificate: string;
  readonly key: string;
}

const ECDSA_SHA256 = der(TAG.sequence, objectId("1.2.840.10045.4.3.2"));
const COMMON_NAME = objectId("2.5.4.3");
const ALTERNATIVE_NAMES = objectId("2.5.29.17");
const BASIC_CONSTRAINTS = objectId("2.5.29.19");
const DAY_MS = 86_400_000;
const VALID_DAYS = 30;

/** P-256: TLS 1.2 and later have it. Several certificates may share one. */
export function makeKeyPair(): KeyPair {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

/** A certificate of that common name, valid for `hosts` from yesterday for a month. */
export function selfSigned(commonName: string, hosts: readonly string[], keys: KeyPair): Identity {
  const name = der(TAG.sequence, der(TAG.set, der(TAG.sequence, COMMON_NAME, der(TAG.utf8, Buffer.from(commonName)))));
  const now = Date.now();
  const validity = der(TAG.sequence, utcTime(new Date(now - DAY_MS)), utcTime(new Date(now + VALID_DAYS * DAY_MS)));
  const toSign = der(
    TAG.sequence,
    // Version 3.
    der(0xa0, der(TAG.integer, Buffer.of(2))),
    // The serial number; its first byte keeps it positive.
    der(TAG.integer, Buffer.of(1), randomBytes(8)),
    ECDSA_SHA256,
    name,
    validity,
    name,
    keys.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(TAG.sequence, ...extensions(hosts))),
  );
  const signature = sign("sha256", toSign, keys.privateKey);
  const certificate = der(TAG.sequence, toSign, ECDSA_SHA256, der(TAG.bitString, Buffer.of(0), signature));
  return {
    certificate: pem("CERTIFICATE", certificate),
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** It is its own authority; its names are hosts, as the peer that checks them wants. */
function extensions(hosts: readonly string[]): Buffer[] {
  const critical = der(TAG.boolean, Buffer.of(0xff));
  const authority = der(TAG.sequence, der(TAG.boolean, Buffer.of(0xff)));
  const all = [der(TAG.sequence, BASIC_CONSTRAINTS, critical, der(TAG.octetString, authority))];
  if (hosts.length === 0) return all;
  const names = hosts.map((host) =>
    isIPv4(host) ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host)),
  );
  all.push(der(TAG.sequence, ALTERNATIVE_NAMES, der(TAG.octetString, der(TAG.sequence, ...names))));
  return all;
}
