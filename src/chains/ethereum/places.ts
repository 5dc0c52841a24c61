/**
 * Known places: addresses whose contract is known. A call to one is read by its own table alone, so that a
 * selector of another kind, or bytes that only look like one, tell nothing else about it.
 * @module
 */
import type { CallSite, Effects } from "./effects.ts";
import { MULTICALL3, MULTISEND_CALLS } from "./functions/batches.ts";
import { ENTRY_POINT } from "./functions/entry-point.ts";
import { CREATEX, IMMUTABLE_CREATE2, SAFE_PROXIES, saltedInitCode } from "./functions/factories.ts";
import { PERMIT2 } from "./functions/permit2.ts";
import { tableOf, type FunctionTable } from "./functions/row.ts";
import { WRAPPED_NATIVE } from "./functions/tokens.ts";
import {
  ENTRY_POINTS,
  MULTICALL3_ADDRESS,
  MULTISENDS,
  PERMIT2_ADDRESSES,
  SAFE_FACTORIES,
  WRAPPED_NATIVES,
} from "./known-addresses.ts";

export interface Place {
  /** For messages and documents. */
  readonly name: string;
  /** All that it answers to; anything else is opaque. */
  readonly functions: FunctionTable;
  /**
   * For a place that reads no selector: states what all call data does, and returns how to call it; undefined where it is opaque.
   */
  readonly raw?: (effects: Effects, site: CallSite) => string | undefined;
}

const NONE: FunctionTable = new Map();
const MULTISEND_TABLE = tableOf(MULTISEND_CALLS);
const SAFE_TABLE = tableOf(SAFE_PROXIES);
const ENTRY_POINT_TABLE = tableOf(ENTRY_POINT);
const PERMIT2_TABLE = tableOf(PERMIT2);
const WRAPPED: Place = { name: "wrapped native coin", functions: tableOf(WRAPPED_NATIVE) };

/** Places that are the same on every chain that has them. Sources are beside the addresses. */
export const PLACES: ReadonlyMap<string, Place> = new Map<string, Place>([
  // Arachnid/deterministic-deployment-proxy, README
  [
    "0x4e59b44847b379578588920ca78fbf26c0b4956c",
    { name: "deterministic deployment proxy", functions: NONE, raw: saltedInitCode },
  ],
  // safe-global/safe-singleton-factory, README: the same code
  [
    "0x914d7fec6aac8cd542e72bca78b30650d45643d7",
    { name: "Safe singleton factory", functions: NONE, raw: saltedInitCode },
  ],
  // pcaversaccio/createx, README
  ["0xba5ed099633d3b313e4d5f7bdc1305d3c28ba5ed", { name: "CreateX", functions: tableOf(CREATEX) }],
  // 0age/metamorphic, README; ProjectOpenSea/seaport, README
  [
    "0x0000000000ffe8b47b3e2130213b802212439497",
    { name: "ImmutableCreate2Factory", functions: tableOf(IMMUTABLE_CREATE2) },
  ],
  [MULTICALL3_ADDRESS, { name: "Multicall3", functions: tableOf(MULTICALL3) }],
  ...PERMIT2_ADDRESSES.map((address): [string, Place] => [
    address,
    { name: "Permit2", functions: PERMIT2_TABLE },
  ]),
  ...SAFE_FACTORIES.map((address): [string, Place] => [
    address,
    { name: "Safe proxy factory", functions: SAFE_TABLE },
  ]),
  ...[...MULTISENDS].map(([address, { callOnly }]): [string, Place] => [
    address,
    callOnly
      ? { name: "MultiSendCallOnly", functions: MULTISEND_TABLE }
      : { name: "MultiSend, which only a delegatecall can use", functions: NONE },
  ]),
  ...Object.values(ENTRY_POINTS).map((address): [string, Place] => [
    address,
    { name: "EntryPoint", functions: ENTRY_POINT_TABLE },
  ]),
]);

/** What is at `address` (lowercase) on the chain with this id; undefined where that is not known. */
export function placeAt(address: string, chainId: string | undefined): Place | undefined {
  if (chainId !== undefined && WRAPPED_NATIVES.get(chainId) === address) return WRAPPED;
  return PLACES.get(address);
}
