/**
 * Puts signatures of the key into calls that carry one, as its owner would before sending them. A permit that was signed
 * elsewhere reaches a call in the same way.
 */
import {
  hashTypedData,
  hexToBytes,
  parseAbiParameters,
  serializeSignature,
  toHex,
  type Hex,
  type TypedDataDomain,
} from "viem";
import { CHAIN_ID } from "./machine.ts";
import { signDigest } from "../chains/ethereum/keys.ts";
import type { World } from "./world.ts";

const TRANSFER = "address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce";

/** What is signed: primary type, members, and members that the call does not have. */
type Signed = readonly [primaryType: string, members: string, constants?: object];

const NONCE = { nonce: 0n };
const UNTIL_USED = "(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
const UNTIL_USED_BYTES = "(address,address,uint256,uint256,uint256,bytes32,bytes)";

/** By the signature of the call. */
const SIGNED: ReadonlyMap<string, Signed> = new Map<string, Signed>([
  [
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    ["Permit", "address owner,address spender,uint256 value,uint256 nonce,uint256 deadline", NONCE],
  ],
  [
    "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)",
    ["Permit", "address holder,address spender,uint256 nonce,uint256 expiry,bool allowed", NONCE],
  ],
  [
    "permit(address,uint256,uint256,bytes)",
    ["Permit", "address spender,uint256 tokenId,uint256 nonce,uint256 deadline", NONCE],
  ],
  [`transferWithAuthorization${UNTIL_USED}`, ["TransferWithAuthorization", TRANSFER]],
  [`transferWithAuthorization${UNTIL_USED_BYTES}`, ["TransferWithAuthorization", TRANSFER]],
  [`receiveWithAuthorization${UNTIL_USED}`, ["ReceiveWithAuthorization", TRANSFER]],
  [`receiveWithAuthorization${UNTIL_USED_BYTES}`, ["ReceiveWithAuthorization", TRANSFER]],
  [
    "delegateBySig(address,uint256,uint256,uint8,bytes32,bytes32)",
    ["Delegation", "address delegatee,uint256 nonce,uint256 expiry", NONCE],
  ],
  [
    "cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)",
    ["CancelAuthorization", "address authorizer,bytes32 nonce"],
  ],
]);

/** The arguments with a real signature of the key in `v`, `r`, `s` or `signature`, where the call is one of the above. */
export function sealed<Values extends Record<string, unknown>>(
  world: World,
  signature: string,
  contract: Hex,
  args: Values,
): Values {
  const signed = SIGNED.get(signature);
  if (signed === undefined) return args;
  const [primaryType, members, constants = {}] = signed;
  const message = { value: args["amount"], ...args, ...constants };
  const digest = hashTypedData({
    domain: domainOf(world, contract),
    types: { [primaryType]: parseAbiParameters(members) as never },
    primaryType,
    message,
  });
  const { bytes, recovery = 0 } = signDigest(hexToBytes(digest));
  const [r, s] = [toHex(bytes.subarray(0, 32)), toHex(bytes.subarray(32))];
  const v = BigInt(27 + recovery);
  return { ...args, ...constants, v, r, s, signature: serializeSignature({ r, s, v }) };
}

/** The EIP-712 domain of a contract of the world. */
export function domainOf({ at }: World, verifyingContract: Hex): TypedDataDomain {
  if (verifyingContract === at.permit2) return { name: "Permit2", chainId: CHAIN_ID, verifyingContract };
  if (verifyingContract === at.safe) return { chainId: CHAIN_ID, verifyingContract };
  const [name, version = "1"] = NAMES(at).get(verifyingContract) ?? ["Coin"];
  return { name, version, chainId: CHAIN_ID, verifyingContract };
}

const NAMES = (at: World["at"]): ReadonlyMap<Hex, readonly [name: string, version?: string]> =>
  new Map<Hex, readonly [string, string?]>([
    [at.dai, ["Dai Stablecoin"]],
    [at.picture, ["Picture"]],
    [at.shares, ["Shares"]],
    [at.forwarder, ["MinimalForwarder", "0.0.1"]],
    [at.forwarder5, ["Forwarder"]],
    [at.seaport, ["Seaport", "1.6"]],
  ]);
