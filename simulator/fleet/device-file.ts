/** Devices from a CSV, for a server whose devices exist already: ids and tokens, or other credentials in columns of their own. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DeviceCredentials, ProvisionedDevice } from "./fleet-plan.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MOST_PROBLEMS = 20;
const COLUMNS = ["id", "token", "name", "clientid", "username", "password", "cert", "key"] as const;
type Column = (typeof COLUMNS)[number];
type Cells = Readonly<Partial<Record<Column, string>>>;
const PLAIN: readonly Column[] = ["id", "token"];

/**
 * Reads `id,token` lines, or lines of the columns that a header names: `id`, and `token`, or `clientId`, `username`, `password`
 * (MQTT basic), or `cert` and `key` (PEM files of an X.509 certificate, relative to the CSV), and `name`. Every bad line is named.
 */
export function readDeviceFile(path: string): { devices: ProvisionedDevice[]; problems: string[] } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return { devices: [], problems: [`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`] };
  }
  const devices: ProvisionedDevice[] = [];
  const problems: string[] = [];
  const lines = text.split(/\r?\n/);
  const header = readHeader(lines[0] ?? "");
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || (index === 0 && header !== undefined)) continue;
    const read = readLine(line, header ?? PLAIN, dirname(path));
    if (typeof read === "string") problems.push(`${path}:${index + 1}: ${read}`);
    else devices.push(read);
  }
  if (devices.length === 0 && problems.length === 0) problems.push(`${path}: holds no device`);
  return { devices, problems: problems.slice(0, MOST_PROBLEMS) };
}

/** The columns of a header line; undefined when the line is none. */
function readHeader(line: string): Column[] | undefined {
  const names = line.split(",").map((cell) => cell.trim().toLowerCase());
  const columns = names.map((name) => COLUMNS.find((column) => column === name));
  return names[0] === "id" && columns.every((column) => column !== undefined) ? (columns as Column[]) : undefined;
}

function readLine(line: string, columns: readonly Column[], folder: string): ProvisionedDevice | string {
  const cells = line.split(",").map((cell) => cell.trim());
  const expected = columns === PLAIN ? `"<device uuid>,<access token>"` : `a device uuid and ${columns.length} columns`;
  const given: Cells = Object.fromEntries(columns.map((column, i) => [column, cells[i] || undefined]));
  const { id = "", token, name } = given;
  if (!UUID.test(id) || cells.length > columns.length) return `expected ${expected}, got "${line}"`;
  const credentials = readCredentials(given, folder);
  if (typeof credentials === "string") return credentials;
  if (token === undefined && credentials === undefined) return `expected ${expected}, got "${line}"`;
  return {
    id,
    token: token ?? "",
    ...(name === undefined ? {} : { name }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

function readCredentials(cells: Cells, folder: string): DeviceCredentials | string | undefined {
  const { clientid: clientId, username, password, cert, key } = cells;
  if (cert !== undefined || key !== undefined) {
    if (cert === undefined || key === undefined) return "cert and key belong together";
    try {
      const read = (file: string): string => readFileSync(resolve(folder, file), "utf8");
      return { kind: "x509", certificate: read(cert), key: read(key) };
    } catch (error) {
      return `${(error as NodeJS.ErrnoException).path}: cannot be read (${(error as NodeJS.ErrnoException).code})`;
    }
  }
  if (clientId === undefined && username === undefined) return undefined;
  return { kind: "mqtt_basic", clientId, username, password };
}
