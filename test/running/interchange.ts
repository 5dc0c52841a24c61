/** Interchange documents in pieces, and their way to a running service and back. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { TOKEN, type Reply, type RunningService } from "./service.ts";

export const ROOT = MAINNET_GENESIS_ROOT;
export const METADATA = metadataOf(ROOT);

export function metadataOf(root: string): string {
  return `"metadata":{"interchange_format_version":"5","genesis_validators_root":"${root}"}`;
}

export function documentOf(entries: string, root: string = ROOT): string {
  return `{${metadataOf(root)},"data":[${entries}]}`;
}

/** One key; blocks by slot, votes by source and target. */
export function entryOf(
  publicKey: string,
  slots: readonly number[] = [],
  votes: readonly (readonly [source: number, target: number])[] = [],
): string {
  const blocks = slots.map((slot) => `{"slot":"${slot}"}`);
  const attestations = votes.map(
    ([source, target]) => `{"source_epoch":"${source}","target_epoch":"${target}"}`,
  );
  return `{"pubkey":"${publicKey}","signed_blocks":[${blocks.join()}],"signed_attestations":[${attestations.join()}]}`;
}

/** A document with `count` votes of one key, each with a root: about 140 bytes a vote. */
export function* longDocument(publicKey: string, count: number): Generator<string> {
  yield `{${METADATA},"data":[{"pubkey":"${publicKey}","signed_blocks":[],"signed_attestations":[`;
  const root = `0x${"cd".repeat(32)}`;
  for (let epoch = 0; epoch < count; epoch += 500) {
    const votes = Array.from({ length: Math.min(500, count - epoch) }, (_, index) => {
      const at = epoch + index;
      return `{"source_epoch":"${at}","target_epoch":"${at + 1}","signing_root":"${root}"}`;
    });
    yield `${epoch === 0 ? "" : ","}${votes.join()}`;
  }
  yield "]}]}";
}

export interface Upload {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

const PATH = "/v1/slashing-protection/import";

/** Sends the pieces as they come, chunked, and waits for the answer. */
export async function upload(
  service: Pick<RunningService, "url">,
  pieces: Iterable<string> | AsyncIterable<string>,
  { headers = {}, query = "" }: Upload = {},
): Promise<Reply> {
  const request = httpRequest(`${service.url}${PATH}${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
  });
  const answered = once(request, "response");
  // The service may answer, and end the connection, before it has taken everything.
  const sent = pipeline(Readable.from(pieces, { objectMode: false }), request).catch(() => undefined);
  const [response]: IncomingMessage[] = (await answered) as [IncomingMessage];
  if (response === undefined) throw new Error("no response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  await sent;
  const text = Buffer.concat(chunks).toString();
  const pairs = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
  return {
    status: response.statusCode ?? 0,
    headers: new Headers(pairs as [string, string][]),
    text,
    body: JSON.parse(text),
  };
}
