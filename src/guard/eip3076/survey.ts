/** Reads an interchange document without keeping it: what an import would bring, for a plan. In bounded memory. */
import { toHex } from "../../domain/bytes.ts";
import { publicKeyAt, type DocumentReader } from "./chunks.ts";
import { importInterchange, type ImportTarget } from "./import.ts";
import type { GenesisValidatorsRoot } from "../../domain/kinds.ts";

export interface HistorySurvey {
  /** 32 bytes. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot;
  /** Public keys in 0x-hex, those with an empty history too. */
  readonly keys: ReadonlySet<string>;
  readonly blocks: number;
  readonly attestations: number;
}

/**
 * @param reader as of an import: reads the document, on this thread where none is given; closed at the end
 * @throws SignerError `request.malformed` with the field, for whatever an import would refuse as malformed
 */
export async function surveyInterchange(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  reader?: DocumentReader,
): Promise<HistorySurvey> {
  const keys = new Set<string>();
  let genesisValidatorsRoot = new Uint8Array();
  let blocks = 0;
  let attestations = 0;
  const target: ImportTarget = {
    begin: () => Promise.resolve(0),
    stage(_number, chunk) {
      for (const index of chunk.entries.entry.keys()) keys.add(toHex(publicKeyAt(chunk, index)));
      blocks += chunk.blocks.entry.length;
      attestations += chunk.attestations.entry.length;
      return Promise.resolve();
    },
    merge(_number, options) {
      genesisValidatorsRoot = new Uint8Array(options.genesisValidatorsRoot);
      return Promise.resolve([]);
    },
    discard: () => Promise.resolve(),
  };
  const options = { expectedRoot: null, reach: { of: "everyKey" } } as const;
  await importInterchange(source, target, reader === undefined ? options : { ...options, reader });
  return { genesisValidatorsRoot, keys, blocks, attestations };
}
