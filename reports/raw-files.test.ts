import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readRawFiles } from "./raw-files.ts";

it("hashes files of any size, and leaves out what is not there", () => {
  const folder = mkdtempSync(join(tmpdir(), "rpcfleet-raw-"));
  try {
    const content = new Uint8Array(3_000_000).map((_, index) => index % 251);
    writeFileSync(join(folder, "journal.arrow"), content);
    writeFileSync(join(folder, "empty"), "");
    const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
    expect(readRawFiles(folder, ["missing", "journal.arrow", "empty"])).toEqual([
      { name: "journal.arrow", bytes: 3_000_000, sha256: sha256(content) },
      { name: "empty", bytes: 0, sha256: sha256(new Uint8Array()) },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
