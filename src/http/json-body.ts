/** Strict reading of JSON bodies: bounded depth before parsing, no prototype keys, one value. */
import type { FastifyInstance } from "fastify";
import { SignerError } from "../domain/errors.ts";

/** Levels of objects and arrays. EIP-712 documents are the deepest thing that users send; 32 is far above them. */
export const DEPTH_MAX = 32;

/** True when `text` nests deeper than `max`; brackets inside of strings do not count. */
export function isDeeperThan(text: string, max: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > max) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

/** Replaces Fastify's JSON parser; bodies keep Fastify's size limit. */
export function useStrictJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const text = typeof body === "string" ? body : body.toString("utf8");
    if (isDeeperThan(text, DEPTH_MAX)) {
      done(
        new SignerError("request.malformed", `the body nests deeper than ${DEPTH_MAX} levels; flatten it`),
      );
      return;
    }
    void parse(request, text, done);
  });
}
