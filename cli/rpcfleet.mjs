#!/usr/bin/env node
// The published command: registers the TypeScript loader, then hands over to the command line proper.
import { register } from "tsx/esm/api";

register();
await import("./main.ts");
