/** Devices from a CSV of ids and tokens, for a server whose devices exist already. */
import { readFileSync } from "node:fs";
import type { ProvisionedDevice } from "./fleet-plan.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MOST_PROBLEMS = 20;

/** Reads `id,token` lines (a header line is allowed); every bad line is named. */
export function readDeviceFile(path: string): { devices: ProvisionedDevice[]; problems: string[] } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return { devices: [], problems: [`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`] };
  }
  const devices: ProvisionedDevice[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || (index === 0 && /^id\s*,\s*token$/i.test(line.trim()))) continue;
    const [id = "", token = "", ...rest] = line.split(",").map((cell) => cell.trim());
    if (UUID.test(id) && token !== "" && rest.length === 0) devices.push({ id, token });
    else problems.push(`${path}:${index + 1}: expected "<device uuid>,<access token>", got "${line}"`);
  }
  if (devices.length === 0 && problems.length === 0) problems.push(`${path}: holds no device`);
  return { devices, problems: problems.slice(0, MOST_PROBLEMS) };
}
