#!/usr/bin/env node
// Starts the command line. Plain JavaScript: an older Node cannot read TypeScript, and so could not say that it is too old.

const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    "claviger: node.version: this is Node " +
      process.versions.node +
      ", and Claviger runs on Node " +
      NODE_MAJOR_MIN +
      " or later; after npm ci, npm run claviger -- brings its own, or put a newer one first in PATH\n",
  );
  process.exit(1);
}

const { main } = await import("./main.ts");
await main();
