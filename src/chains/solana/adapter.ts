/** The Solana chain: legacy and version 0 transactions, off-chain messages, and messages as they are, signed with Ed25519. */
import type { ChainAdapter } from "../adapter.ts";
import { SignerError } from "../../domain/errors.ts";
import { addressOf, planImport, planKey } from "./keys.ts";
import { assembleOffChainMessage, decodeOffChainMessage } from "./off-chain-message.ts";
import { decodeRawMessage } from "./raw-message.ts";
import { assembleTransaction, decodeTransaction } from "./transaction.ts";

const TRANSACTION = "solana.transaction";
const MESSAGE = "solana.message";
const RAW_MESSAGE = "solana.rawMessage";

export const solanaAdapter: ChainAdapter = {
  chain: "solana",
  curve: "ed25519",
  requestTypes: [TRANSACTION, MESSAGE, RAW_MESSAGE],
  heavy: false,
  // A table has up to 256 addresses, and each takes longer to read than an instruction.
  isHeavy: (request) => request["lookupTables"] !== undefined,
  planKey,
  planImport,
  addressOf,
  decode: (request, key) => {
    if (request.type === TRANSACTION) return decodeTransaction(request, key);
    if (request.type === MESSAGE) return decodeOffChainMessage(request, key);
    if (request.type === RAW_MESSAGE) return decodeRawMessage(request, key);
    throw new SignerError(
      "request.malformed",
      `/type: must be ${TRANSACTION}, ${MESSAGE} or ${RAW_MESSAGE} for a Solana key`,
      {
        field: "/type",
      },
    );
  },
  assemble: (decoded, signatures) => {
    const [signature, ...others] = signatures;
    if (signature === undefined || others.length > 0)
      throw new TypeError("Solana requests have one signature");
    if (decoded.type === TRANSACTION) return assembleTransaction(decoded.draft, signature);
    return assembleOffChainMessage(decoded.draft, signature);
  },
};
