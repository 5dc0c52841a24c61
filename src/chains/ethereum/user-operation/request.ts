/** The request `ethereum.userOperation`: which operation, for which EntryPoint and chain, and whose signature. */
import { parseQuantity } from "../../../domain/amounts.ts";
import { toHex } from "../../../domain/bytes.ts";
import type { Json } from "../../../domain/canonical.ts";
import { refused } from "../../../domain/errors.ts";
import { readAddress } from "../address.ts";
import { shortened } from "../arguments.ts";
import { Effects } from "../effects.ts";
import { asSafeInteger, type Hex, type Members } from "../fields.ts";
import { ENTRY_POINTS, type EntryPointVersion } from "../known-addresses.ts";
import { signingOf } from "./accounts.ts";
import { maxCost, visitUserOperation } from "./effects.ts";
import { readUserOperation, type UserOperation } from "./operation.ts";

export interface UserOperationReading {
  /** 32 bytes to sign. */
  readonly digest: Uint8Array;
  /** 32 bytes in 0x-hex: what bundlers and the EntryPoint call the operation. */
  readonly hash: Hex;
  readonly effects: Effects;
  readonly detail: Json;
  /** 0 where the signature is valid on every chain. */
  readonly chainId: number;
}

/**
 * Reads, hashes and understands a user operation.
 * @throws SignerError `transaction.invalid` for malformed members; `transaction.refused` for an EntryPoint, version or account
 * that is not known; and as `visitCall`
 */
export function readUserOperationRequest(request: Members): UserOperationReading {
  const version = readVersion(request["version"]);
  const entryPoint = readAddress(request["entryPoint"], "/entryPoint");
  if (entryPoint !== ENTRY_POINTS[version])
    throw refused("/entryPoint", `must be ${ENTRY_POINTS[version]}, the EntryPoint ${version}`);
  const chainId = asSafeInteger(parseQuantity(request["chainId"], "/chainId"), "/chainId");
  if (chainId === 0) throw refused("/chainId", "0 would be valid on no chain; name the chain");
  const operation = readUserOperation(request["userOperation"], version);
  const effects = new Effects(chainId.toString());
  const { account, validAfter, validUntil } = request;
  const signing = signingOf(account, { operation, chainId, validAfter, validUntil }, effects);
  visitUserOperation(effects, signing.operation, "/userOperation");
  const max = maxCost(operation);
  if (max !== undefined) effects.fee = { asset: "native", max: max.toString() };
  const hash = toHex(signing.hash);
  return {
    digest: signing.digest,
    hash,
    effects,
    detail: { ...describe(operation), entryPoint, account: String(account), hash },
    chainId: signing.chainId,
  };
}

function readVersion(value: unknown): EntryPointVersion {
  const known = Object.keys(ENTRY_POINTS).filter(
    (version): version is EntryPointVersion => version === value,
  );
  const [version] = known;
  if (version === undefined)
    throw refused("/version", `must be one of ${Object.keys(ENTRY_POINTS).join(", ")}`);
  return version;
}

/** Quantities as decimal strings; the key of the nonce apart, since accounts give it a meaning. */
function describe(operation: UserOperation): Readonly<Record<string, Json>> {
  const { version, sender, nonce, initCode, callData, paymasterAndData, ...gas } = operation;
  const quantities = Object.entries(gas).map(([name, value]) => [name, value.toString()]);
  return {
    version,
    sender,
    nonce: nonce.toString(),
    nonceKey: (nonce >> 64n).toString(),
    initCode: shortened(initCode),
    callData: shortened(callData),
    paymasterAndData: shortened(paymasterAndData),
    ...Object.fromEntries(quantities),
  };
}
