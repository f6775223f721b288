// First file of every worker thread: a thread does not inherit the TypeScript loader, so it registers its own.
import { register } from "tsx/esm/api";

register();
await import(process.argv[2]);
