#!/usr/bin/env node
// The published command: registers the TypeScript loader, then hands over to the command line proper.
import { setFlagsFromString } from "node:v8";
import { register } from "tsx/esm/api";

// V8 collects the whole heap of a thread that allocates little, several times over, to give memory back to the machine. Where calls
// are measured that is pauses of some milliseconds, and a tenth of what a caller of 200 calls a second costs. A fleet that only
// waits is better off with the memory. It has to be said before any thread.
// Its helpers for short-lived objects are waited for, and on a busy machine they are waited for long: alone a thread is done sooner.
if (["run", "serve", "calibrate"].includes(process.argv[2])) {
  setFlagsFromString("--no-memory-reducer");
  setFlagsFromString("--no-parallel-scavenge");
}
register();
await import("./main.ts");
