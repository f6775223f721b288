/** A file of text where the user wants it; what stands in the way is said in one line. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { SetUpError } from "../errors.ts";

export async function writeText(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new SetUpError(`cannot write ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
