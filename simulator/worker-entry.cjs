// First file of every worker thread: a thread does not inherit the TypeScript loader. This way of loading needs no thread of its own.
const { fileURLToPath } = require("node:url");
const { register } = require("tsx/cjs/api");

register();
require(fileURLToPath(process.argv[2]));
