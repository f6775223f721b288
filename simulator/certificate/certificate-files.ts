/** The certificate of a server that is started for a run, in files as `serve` wants them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeKeyPair, selfSigned } from "./certificate.ts";

export interface CertificateFiles {
  readonly folder: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** PEM text; it is its own authority. */
  readonly certificate: string;
}

/** Writes a new certificate of this machine and its key into `folder`. */
export function writeCertificate(folder: string): CertificateFiles {
  const { certificate, key } = selfSigned("rpcfleet server", ["127.0.0.1", "localhost"], makeKeyPair());
  const certificateFile = join(folder, "server.pem");
  const keyFile = join(folder, "server-key.pem");
  writeFileSync(certificateFile, certificate);
  writeFileSync(keyFile, key, { mode: 0o600 });
  return { folder, certificateFile, keyFile, certificate };
}
