/** What goes wrong between a run and its directory. */

/** A file of a run directory that is missing, damaged or of another version. Returned as a value where a run is read. */
export class UnreadableRun extends Error {
  readonly path: string;
  /** What a readable file would have been, such as "an Arrow file of schema rpcfleet.journal/1". */
  readonly expected: string;

  constructor(path: string, expected: string, found: string) {
    super(`cannot read ${path}: expected ${expected}, found ${found}`);
    this.name = "UnreadableRun";
    this.path = path;
    this.expected = expected;
  }
}

/** A file of a run directory that could not be written: no space, no permission, no such directory. Thrown. */
export class UnwritableRun extends Error {
  readonly path: string;

  constructor(path: string, cause: Error) {
    super(`cannot write ${path}: ${cause.message}`, { cause });
    this.name = "UnwritableRun";
    this.path = path;
  }
}
