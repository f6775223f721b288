/**
 * A CSV of recorded calls: the first column is when each began, since the start of the recording, in seconds or milliseconds. With
 * a header line the columns `start` (or `time`), `device` (an ordinal of the fleet) and `kind` or `method` may stand in any order.
 * Empty lines and lines that begin with # are left out.
 */
import { readFileSync } from "node:fs";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import type { ShapeSetting } from "./shape-form.ts";

export interface Trace {
  readonly kind: "trace";
  /** Ascending, whole microseconds from the run's origin, below its duration. */
  readonly startsUs: Float64Array;
  /** Target of each call; undefined: the trace does not say. */
  readonly devices: Uint32Array | undefined;
  /** Kind of each call; undefined: the trace does not say. */
  readonly kinds: Uint8Array | undefined;
}

interface Unreadable {
  readonly kind: "unreadable";
  readonly problems: readonly string[];
}

/** More would not be read by anyone. */
const MOST_PROBLEMS = 20;
const START = ["start", "time"];
const KIND = ["kind", "method"];

interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly cells: readonly string[];
}

/** Places of the columns; -1: there is none. */
interface Header {
  readonly start: number;
  readonly device: number;
  readonly kind: number;
}

/** Reads a trace; a problem names the file and the line it is on. */
export function readTrace(file: string, unit: "s" | "ms", setting: ShapeSetting): Trace | Unreadable {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    return { kind: "unreadable", problems: [`cannot read ${file} (${(error as NodeJS.ErrnoException).code})`] };
  }
  const lines = linesOf(content);
  const problems: string[] = [];
  const headed = lines.length > 0 && !/^[\d.]/.test(lines[0]?.cells[0] ?? "");
  const header = headed ? headerOf(lines[0] as Line, problems) : { start: 0, device: -1, kind: -1 };
  const reading = new Reading(header, unit === "s" ? SECOND : MILLISECOND, setting);
  if (header !== undefined) for (const line of lines.slice(headed ? 1 : 0)) problems.push(...reading.take(line));
  if (problems.length === 0 && reading.count === 0) problems.push("holds no starts");
  if (problems.length === 0 && header !== undefined) return reading.trace();
  const shown = problems.slice(0, MOST_PROBLEMS).map((each) => `${file}, ${each}`);
  if (problems.length > MOST_PROBLEMS) shown.push(`${file} has ${problems.length - MOST_PROBLEMS} problems more`);
  return { kind: "unreadable", problems: shown };
}

function linesOf(content: string): Line[] {
  return content
    .split(/\r?\n/)
    .map((text, i) => ({ number: i + 1, text }))
    .filter(({ text }) => text.trim() !== "" && !text.startsWith("#"))
    .map(({ number, text }) => ({
      number,
      cells: text.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")),
    }));
}

function headerOf({ number, cells }: Line, problems: string[]): Header | undefined {
  const place = (names: readonly string[]): number => cells.findIndex((cell) => names.includes(cell.toLowerCase()));
  const header = { start: place(START), device: place(["device"]), kind: place(KIND) };
  if (header.start >= 0) return header;
  problems.push(`line ${number}: expected a column start or time, got ${cells.join(", ")}`);
  return undefined;
}

class Reading {
  readonly #header: Header;
  readonly #unit: number;
  readonly #setting: ShapeSetting;
  readonly #starts: number[] = [];
  readonly #devices: number[] = [];
  readonly #kinds: number[] = [];
  #last = 0;
  #lines = 0;

  constructor(header: Header | undefined, unit: number, setting: ShapeSetting) {
    this.#header = header ?? { start: 0, device: -1, kind: -1 };
    this.#unit = unit;
    this.#setting = setting;
  }

  get count(): number {
    return this.#lines;
  }

  /** What is wrong with this line; starts at the end of the run's duration or later are left out. */
  take({ number, cells }: Line): string[] {
    const { start, device, kind } = this.#header;
    const problems: string[] = [];
    this.#lines++;
    const at = this.#startIn(cells[start]);
    if (at === undefined) problems.push(`expected a start such as 1.5, got "${cells[start] ?? ""}"`);
    else if (at < this.#last) problems.push(`${cells[start]} is before the start on the line above`);
    const target = device < 0 ? 0 : this.#deviceIn(cells[device]);
    if (target === undefined) {
      problems.push(`expected a device from 0 to ${this.#setting.devices - 1}, got "${cells[device] ?? ""}"`);
    }
    const which = kind < 0 ? 0 : this.#kindIn(cells[kind]);
    if (which === undefined) {
      const known = this.#setting.kinds.map(({ name }) => name).join(", ");
      problems.push(`expected one of the calls ${known}, got "${cells[kind] ?? ""}"`);
    }
    if (at !== undefined) this.#last = Math.max(this.#last, at);
    if (at !== undefined && at < this.#setting.duration) {
      this.#starts.push(at);
      this.#devices.push(target ?? 0);
      this.#kinds.push(which ?? 0);
    }
    return problems.map((what) => `line ${number}: ${what}`);
  }

  trace(): Trace {
    const { device, kind } = this.#header;
    return {
      kind: "trace",
      startsUs: Float64Array.from(this.#starts),
      devices: device < 0 ? undefined : Uint32Array.from(this.#devices),
      kinds: kind < 0 ? undefined : Uint8Array.from(this.#kinds),
    };
  }

  #startIn(cell: string | undefined): number | undefined {
    return /^\d+(\.\d+)?$/.test(cell ?? "") ? Math.round(Number(cell) * this.#unit) : undefined;
  }

  #deviceIn(cell: string | undefined): number | undefined {
    const device = /^\d{1,9}$/.test(cell ?? "") ? Number(cell) : Number.NaN;
    return device < this.#setting.devices ? device : undefined;
  }

  #kindIn(cell: string | undefined): number | undefined {
    const { kinds } = this.#setting;
    const byName = kinds.findIndex(({ name }) => name === cell);
    const place = byName >= 0 ? byName : kinds.findIndex(({ method }) => method === cell);
    return place < 0 ? undefined : place;
  }
}
