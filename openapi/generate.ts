/** Writes openapi/openapi.json from the schemas of src/http. The same schemas give the same bytes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openApiDocument } from "../src/http/server.ts";

const FILE = join(import.meta.dirname, "openapi.json");

writeFileSync(FILE, `${JSON.stringify(await openApiDocument(), null, 2)}\n`);
