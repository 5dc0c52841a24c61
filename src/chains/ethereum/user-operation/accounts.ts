/**
 * What the owner's key of a smart account signs for a user operation. It differs by account, and the operation does not say
 * which one it is: the request does. Only kinds whose published source says it exactly are known.
 * @module
 */
import { invalid, refused } from "../../../domain/errors.ts";
import { parseQuantity } from "../../../domain/amounts.ts";
import type { Effects } from "../effects.ts";
import { withoutExecuteUserOp } from "./effects.ts";
import {
  hashWithoutChain,
  hasSafeModule,
  personalDigest,
  safeOperationHash,
  userOperationHash,
} from "./hash.ts";
import type { UserOperation } from "./operation.ts";

/** What is signed, and where that is valid. */
export interface Signing {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** As the EntryPoint computes it, whatever is signed. */
  readonly hash: Uint8Array;
  /** 0 where the signature is valid on every chain. */
  readonly chainId: number;
  /** As the account runs it. */
  readonly operation: UserOperation;
}

export interface AccountRequest {
  readonly operation: UserOperation;
  readonly chainId: number;
  /** Unix seconds, for a Safe alone. */
  readonly validAfter: unknown;
  readonly validUntil: unknown;
}

type Account = (request: AccountRequest, effects: Effects) => Signing;

/** keccak-256("executeWithoutChainIdValidation(bytes[])"), and the key of the nonces that it must use. */
const WITHOUT_CHAIN = "0x2c2abd1e";
const REPLAYABLE_NONCE_KEY = 8453n;

const ACCOUNTS: ReadonlyMap<string, Account> = new Map<string, Account>([
  // eth-infinitism SimpleAccount 0.6, 0.7; alchemyplatform/light-account 1, 2; bcnmy K1Validator: personal_sign of the hash
  ["eip191", (request) => signing(request, personalDigest)],
  // eth-infinitism SimpleAccount and Simple7702Account from 0.8 on: the hash itself, which is an EIP-712 digest there
  ["raw", (request) => signing(request, (hash) => hash)],
  // zerodevapp/kernel 2.4 and 3.1, ECDSAValidator: personal_sign of the hash; core: what follows executeUserOp is run
  [
    "kernel",
    (request) => ({
      ...signing(request, personalDigest),
      operation: withoutExecuteUserOp(request.operation),
    }),
  ],
  ["coinbase", coinbase],
  ["safe", safe],
]);

/** @throws SignerError `transaction.refused` for an account of another kind, or an EntryPoint that its kind does not have */
export function signingOf(kind: unknown, request: AccountRequest, effects: Effects): Signing {
  const account = typeof kind === "string" ? ACCOUNTS.get(kind) : undefined;
  if (account === undefined) throw refused("/account", `must be one of ${[...ACCOUNTS.keys()].join(", ")}`);
  if (kind !== "safe") {
    for (const name of ["validAfter", "validUntil"] as const) {
      if (request[name] !== undefined)
        throw invalid(`/${name}`, "belongs to the account kind safe alone; remove it");
    }
  }
  return account(request, effects);
}

function signing(
  { operation, chainId }: AccountRequest,
  digestOf: (hash: Uint8Array) => Uint8Array,
): Signing {
  const hash = userOperationHash(operation, chainId);
  return { digest: digestOf(hash), hash, chainId, operation };
}

/** coinbase/smart-wallet, src/CoinbaseSmartWallet.sol: the hash itself; without its chain for calls that may be replayed. */
function coinbase(request: AccountRequest, effects: Effects): Signing {
  const { operation } = request;
  if (operation.version !== "0.6") throw refused("/version", "must be 0.6 for a Coinbase Smart Wallet");
  const replayable = operation.callData.startsWith(WITHOUT_CHAIN);
  if (replayable !== (operation.nonce >> 64n === REPLAYABLE_NONCE_KEY)) {
    throw refused(
      "/userOperation/nonce",
      "must have the key 8453 for executeWithoutChainIdValidation, and for nothing else",
    );
  }
  if (!replayable) return signing(request, (hash) => hash);
  effects.opaque("authorization", "a user operation that is valid on every chain");
  const hash = hashWithoutChain(operation);
  return { digest: hash, hash, chainId: 0, operation };
}

/** safe-global/safe-modules, Safe4337Module: owners sign a SafeOp of the module, with the time in which it is valid. */
function safe({ operation, chainId, ...times }: AccountRequest): Signing {
  const { version } = operation;
  if (!hasSafeModule(version)) throw refused("/version", "must be 0.6 or 0.7 for a Safe");
  const [validAfter, validUntil] = (["validAfter", "validUntil"] as const).map((name) =>
    parseQuantity(times[name] ?? 0, `/${name}`, 48),
  );
  const validity = { validAfter: validAfter ?? 0n, validUntil: validUntil ?? 0n };
  const digest = safeOperationHash({ ...operation, version }, chainId, validity);
  return { digest, hash: userOperationHash(operation, chainId), chainId, operation };
}
