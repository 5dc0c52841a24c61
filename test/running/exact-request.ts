/** Requests with the headers of a client that is not fetch, which adds an Accept of its own. */
import { request } from "node:http";
import type { Reply, RunningService } from "./service.ts";

/** A request with exactly these headers, Host and Content-Length apart. */
export function sendExactly(
  to: Pick<RunningService, "url">,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  method = "POST",
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(to.url + path, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(response.headers["content-type"] ?? "");
        const entries = Object.entries(response.headers).map(
          ([name, value]) => [name, String(value)] as [string, string],
        );
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(entries),
          text,
          body: isJson ? JSON.parse(text) : undefined,
        });
      });
    });
    sent.on("error", reject);
    // A body that is refused for its length is not read: its head alone brings the answer.
    if (headers["content-length"] === undefined) sent.end(body);
    else sent.flushHeaders();
  });
}
