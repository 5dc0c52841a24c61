/**
 * A finality provider's key from a backup: its floors, that it needs one everywhere, and the key itself, in one
 * transaction. So the key can never sign before its floors are there.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import { chainIdText } from "../../domain/eots.ts";
import { assertWellFormed } from "../../guard/eots/well-formed.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { AdministrationTables } from "./over-tables.ts";
import { createKeyWhereverItIs } from "./keys.ts";
import type { EotsRestored } from "../guard-state.ts";
import type { EotsRestore } from "../contract.ts";

/** Raises floors and never lowers one. @throws SignerError `request.malformed` for a chain id or height out of bounds */
export function restoreEotsKey(
  tables: AdministrationTables,
  eots: EotsTable,
  { actor, key, sealed, floors }: EotsRestore,
): EotsRestored {
  const publicKey = key.publicKey.slice(1);
  eots.setKey(publicKey, { requiresFloor: true });
  const raised = floors.map(({ chainId, height }) => {
    assertWellFormed({ publicKey, chainId, height, message: new Uint8Array() });
    eots.raiseFloor({ publicKey, chainId, height });
    return { chainId, height: eots.floor({ publicKey, chainId }) ?? height };
  });
  tables.log.append(actor.namespace, "administration", tables.log.now(), {
    principal: actor.principal,
    action: "eots.restore",
    publicKey: toHex(publicKey),
    floors: raised.map(({ chainId, height }) => ({
      chainId: chainIdText(chainId),
      floor: String(height),
    })),
  });
  const stored = createKeyWhereverItIs(tables, { actor, key, sealed });
  return {
    keyId: stored.key.id,
    existed: stored.existed,
    enabled: eots.key(publicKey)?.frozen !== true,
    floors: raised,
  };
}
