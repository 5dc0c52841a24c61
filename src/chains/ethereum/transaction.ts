/**
 * An Ethereum transaction request, read strictly into one of five types. The type follows from the fields; an explicit
 * `type` must agree. Every value is bounded here, so that what is serialised later is exactly what was asked for.
 * @module
 */
import { parseQuantity } from "../../domain/amounts.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { readAddress } from "./address.ts";
import { readSignedAuthorizations, type SignedAuthorization } from "./authorization.ts";
import {
  asSafeInteger,
  pointer,
  readArray,
  readBytes,
  readObject,
  type Hex,
  type Members,
} from "./fields.ts";
import { readMembers, type TransactionType } from "./transaction-members.ts";

export interface AccessListEntry {
  readonly address: Hex;
  readonly storageKeys: readonly Hex[];
}

/** What the five types share. `chainId` and `nonce` are below 2^53; `gas` below 2^64; amounts (wei) below 2^256. */
interface Common {
  readonly chainId: number;
  readonly nonce: number;
  readonly gas: bigint;
  /** Lowercase; null creates a contract. */
  readonly to: Hex | null;
  readonly value: bigint;
  readonly data: Hex;
}

interface FeeMarket {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly accessList: readonly AccessListEntry[];
}

export type Transaction =
  | (Common & { readonly type: "legacy"; readonly gasPrice: bigint })
  | (Common & {
      readonly type: "eip2930";
      readonly gasPrice: bigint;
      readonly accessList: readonly AccessListEntry[];
    })
  | (Common & FeeMarket & { readonly type: "eip1559" })
  | (Common &
      FeeMarket & {
        readonly type: "eip4844";
        readonly to: Hex;
        readonly maxFeePerBlobGas: bigint;
        readonly blobVersionedHashes: readonly Hex[];
      })
  | (Common &
      FeeMarket & {
        readonly type: "eip7702";
        readonly to: Hex;
        readonly authorizationList: readonly SignedAuthorization[];
      });

/** EIP-3860: longer init code never executes. */
const INITCODE_BYTES_MAX = 49_152;
/** What common mempools accept in one transaction. */
const DATA_BYTES_MAX = 131_072;
/** EIP-4844 GAS_PER_BLOB. */
const GAS_PER_BLOB = 131_072n;
/** Addresses and storage keys together: each is encoded and parsed back on the calling thread. */
const ACCESS_LIST_MAX = 1_000;
const BLOBS_MAX = 32;
/** EIP-2681: the last nonce that an account can use is 2^64 - 2; here the serialiser's 2^53 - 1 binds first. */
const NONCE_BITS = 64;
const GAS_BITS = 64;

const COMMON = ["type", "chainId", "nonce", "gas", "to", "value", "data"];
const FEE_MARKET = ["maxFeePerGas", "maxPriorityFeePerGas", "accessList"];
const ACCESS_LIST_MEMBERS = new Set(["address", "storageKeys"]);
const MEMBERS: Readonly<Record<TransactionType, ReadonlySet<string>>> = {
  legacy: new Set([...COMMON, "gasPrice"]),
  eip2930: new Set([...COMMON, "gasPrice", "accessList"]),
  eip1559: new Set([...COMMON, ...FEE_MARKET]),
  eip4844: new Set([...COMMON, ...FEE_MARKET, "maxFeePerBlobGas", "blobVersionedHashes"]),
  eip7702: new Set([...COMMON, ...FEE_MARKET, "authorizationList"]),
};

/**
 * Reads the `transaction` member of a request, in any spelling that `readMembers` knows.
 * @param signer lowercase address of the key that signs
 * @throws SignerError `transaction.invalid` for malformed, unknown or contradicting members; `transaction.refused` for a
 * chain id of 0 (valid on every chain), a tip above the fee cap, over-long data, or a creation where the type forbids it
 */
export function readTransaction(value: unknown, signer: string, field = "/transaction"): Transaction {
  const members = readMembers(value, signer, field);
  const type = readType(members, field);
  refuseForeignMembers(members, type, field);
  const common = readCommon(members, field);
  if (type === "legacy") return { ...common, type, gasPrice: wei(members, "gasPrice", field) };
  if (type === "eip2930") {
    return {
      ...common,
      type,
      gasPrice: wei(members, "gasPrice", field),
      accessList: readAccessList(members, field),
    };
  }
  const fees = readFeeMarket(members, field);
  if (type === "eip1559") return { ...common, ...fees, type };
  const { to } = common;
  if (to === null)
    throw refused(`${field}/to`, `an ${type} transaction cannot create a contract; name a recipient`);
  if (type === "eip4844") return { ...common, ...fees, ...readBlobs(members, field), type, to };
  const authorizationList = readSignedAuthorizations(
    members["authorizationList"],
    `${field}/authorizationList`,
    common.chainId,
  );
  return { ...common, ...fees, type, to, authorizationList };
}

/** The most wei that `transaction` can cost in fees (data fees of rollups come on top and are not in any signature). */
export function maxFeeWei(transaction: Transaction): bigint {
  switch (transaction.type) {
    case "legacy":
    case "eip2930":
      return transaction.gas * transaction.gasPrice;
    case "eip1559":
    case "eip7702":
      return transaction.gas * transaction.maxFeePerGas;
    case "eip4844": {
      const blobGas = BigInt(transaction.blobVersionedHashes.length) * GAS_PER_BLOB;
      return transaction.gas * transaction.maxFeePerGas + blobGas * transaction.maxFeePerBlobGas;
    }
  }
}

function readType(members: Members, field: string): TransactionType {
  const inferred = inferType(members);
  if (inferred === undefined) {
    throw invalid(field, "needs gasPrice, or maxFeePerGas and maxPriorityFeePerGas");
  }
  const stated = members["type"];
  // An empty access list may be left out: only the type tells these two apart.
  if (stated === "eip2930" && inferred === "legacy") return stated;
  if (stated !== undefined && stated !== inferred) {
    throw invalid(
      `${field}/type`,
      `does not agree with the members, which are those of type "${inferred}"; name that one, or leave it out`,
    );
  }
  return inferred;
}

function inferType(members: Members): TransactionType | undefined {
  const has = (name: string): boolean => members[name] !== undefined;
  if (has("authorizationList")) return "eip7702";
  if (has("blobVersionedHashes") || has("maxFeePerBlobGas")) return "eip4844";
  if (has("maxFeePerGas") || has("maxPriorityFeePerGas")) return "eip1559";
  if (!has("gasPrice")) return undefined;
  return has("accessList") ? "eip2930" : "legacy";
}

function refuseForeignMembers(members: Members, type: TransactionType, field: string): void {
  const known = MEMBERS[type];
  for (const name of Object.keys(members)) {
    if (!known.has(name)) {
      throw invalid(`${field}/${pointer(name)}`, `is not a member of an ${type} transaction; remove it`);
    }
  }
}

function readCommon(members: Members, field: string): Common {
  const chainId = asSafeInteger(required(members, "chainId", field), `${field}/chainId`);
  if (chainId === 0)
    throw refused(`${field}/chainId`, "0 would be valid on every chain (EIP-155); name the chain");
  const nonce = asSafeInteger(required(members, "nonce", field, NONCE_BITS), `${field}/nonce`);
  const gas = required(members, "gas", field, GAS_BITS);
  const to = members["to"] === undefined ? null : readAddress(members["to"], `${field}/to`);
  const value = members["value"] === undefined ? 0n : parseQuantity(members["value"], `${field}/value`);
  const data = members["data"] === undefined ? "0x" : readBytes(members["data"], `${field}/data`);
  checkDataLength(data, to, `${field}/data`);
  return { chainId, nonce, gas, to, value, data };
}

function checkDataLength(data: Hex, to: Hex | null, field: string): void {
  const length = data.length / 2 - 1;
  if (length > DATA_BYTES_MAX) throw refused(field, `must be at most ${DATA_BYTES_MAX} bytes`);
  if (to !== null) return;
  if (length === 0)
    throw refused(field, "is needed where `to` is absent: that creates a contract; name a recipient");
  if (length > INITCODE_BYTES_MAX) {
    throw refused(field, `init code must be at most ${INITCODE_BYTES_MAX} bytes (EIP-3860)`);
  }
}

function readFeeMarket(members: Members, field: string): FeeMarket {
  const maxFeePerGas = wei(members, "maxFeePerGas", field);
  const maxPriorityFeePerGas = wei(members, "maxPriorityFeePerGas", field);
  if (maxPriorityFeePerGas > maxFeePerGas) {
    throw refused(`${field}/maxPriorityFeePerGas`, "must not exceed maxFeePerGas");
  }
  return { maxFeePerGas, maxPriorityFeePerGas, accessList: readAccessList(members, field) };
}

function readAccessList(members: Members, field: string): readonly AccessListEntry[] {
  if (members["accessList"] === undefined) return [];
  const list = `${field}/accessList`;
  let slots = 0;
  return readArray(members["accessList"], list, ACCESS_LIST_MAX).map((value, index) => {
    const at = `${list}/${index}`;
    const entry = readObject(value, at, ACCESS_LIST_MEMBERS);
    const keys = readArray(entry["storageKeys"], `${at}/storageKeys`, ACCESS_LIST_MAX);
    slots += 1 + keys.length;
    if (slots > ACCESS_LIST_MAX)
      throw refused(list, `must hold at most ${ACCESS_LIST_MAX} addresses and storage keys`);
    return {
      address: readAddress(entry["address"], `${at}/address`),
      storageKeys: keys.map((key, position) => readBytes(key, `${at}/storageKeys/${position}`, 32)),
    };
  });
}

function readBlobs(
  members: Members,
  field: string,
): { maxFeePerBlobGas: bigint; blobVersionedHashes: readonly Hex[] } {
  const list = `${field}/blobVersionedHashes`;
  const maxFeePerBlobGas = wei(members, "maxFeePerBlobGas", field);
  const hashes = readArray(members["blobVersionedHashes"], list, BLOBS_MAX).map((value, index) => {
    const hash = readBytes(value, `${list}/${index}`, 32);
    if (!hash.startsWith("0x01"))
      throw invalid(`${list}/${index}`, "must start with the version byte 0x01 (EIP-4844)");
    return hash;
  });
  if (hashes.length === 0) throw refused(list, "must name at least one blob (EIP-4844)");
  return { maxFeePerBlobGas, blobVersionedHashes: hashes };
}

function wei(members: Members, name: string, field: string): bigint {
  return required(members, name, field);
}

function required(members: Members, name: string, field: string, bits = 256): bigint {
  const value = members[name];
  if (value === undefined) throw invalid(`${field}/${name}`, "is required");
  return parseQuantity(value, `${field}/${name}`, bits);
}
