/** The PEM files of the TLS port, read at the start. */
import { readFileSync } from "node:fs";
import type { ServerSettings } from "./options.ts";
import { StartError } from "./start-error.ts";
import type { TlsFiles } from "./transport/mqtt/mqtt-transport.ts";

type TlsPaths = Pick<ServerSettings, "tlsKeyFile" | "tlsCertFile" | "tlsCaFile">;

/** Throws StartError with the option whose file cannot be read. */
export function readTlsFiles({ tlsKeyFile, tlsCertFile, tlsCaFile }: TlsPaths): TlsFiles {
  return {
    key: read(tlsKeyFile as string, "tlsKeyFile"),
    cert: read(tlsCertFile as string, "tlsCertFile"),
    ca: tlsCaFile === undefined ? undefined : read(tlsCaFile, "tlsCaFile"),
  };
}

function read(path: string, option: keyof TlsPaths): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new StartError(`cannot read ${path} (option ${option}): ${(cause as Error).message}`, { cause });
  }
}
