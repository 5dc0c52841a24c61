/** Reads an interchange document without keeping it: what an import would bring, for a plan. In bounded memory. */
import { finished } from "node:stream/promises";
import { parser } from "stream-json/parser.js";
import { toHex } from "../../domain/bytes.ts";
import { InterchangeReader, malformedInterchange, type JsonToken } from "./interchange.ts";

export interface HistorySurvey {
  /** 32 bytes. */
  readonly genesisValidatorsRoot: Uint8Array;
  /** Public keys in 0x-hex, those with an empty history too. */
  readonly keys: ReadonlySet<string>;
  readonly blocks: number;
  readonly attestations: number;
}

/** @throws SignerError `request.malformed` with the field, for whatever an import would refuse as malformed */
export async function surveyInterchange(source: AsyncIterable<Uint8Array>): Promise<HistorySurvey> {
  const keys = new Set<string>();
  const counts = { blocks: 0, attestations: 0 };
  let root: Uint8Array | undefined;
  const reader = new InterchangeReader({
    metadata: (genesisValidatorsRoot) => void (root = genesisValidatorsRoot),
    entry: (_entry, publicKey) => void keys.add(toHex(publicKey)),
    block: () => void (counts.blocks += 1),
    attestation: () => void (counts.attestations += 1),
  });
  const tokens = parser.asStream({ packKeys: false, packStrings: false, packNumbers: false });
  let failure: Error | undefined;
  tokens.on("error", () => (failure ??= malformedInterchange("", "is not valid JSON")));
  // Not `for await`: a turn of the microtask queue for each token takes ten times as long.
  tokens.on("data", (token: JsonToken) => {
    if (failure !== undefined) return;
    try {
      reader.token(token);
    } catch (error) {
      failure = error instanceof Error ? error : malformedInterchange("", "cannot be read");
    }
  });
  try {
    for await (const bytes of source) {
      await new Promise<void>((resolve) => tokens.write(bytes, () => resolve()));
      if (failure !== undefined) throw failure;
    }
    tokens.end();
    await finished(tokens).catch(() => (failure ??= malformedInterchange("", "is not valid JSON")));
    if (failure !== undefined) throw failure;
    reader.end();
  } finally {
    tokens.destroy();
  }
  if (root === undefined) throw malformedInterchange("/metadata", "is missing");
  return { genesisValidatorsRoot: root, keys, ...counts };
}
