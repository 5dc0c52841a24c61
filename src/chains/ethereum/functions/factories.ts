/**
 * Functions of factories: each puts new code on the chain. `of` is the new contract where the call says its address, else the
 * factory; `to` is the code that a new proxy runs, where the call names it.
 * @module
 */
import { create2Address } from "../address.ts";
import type { CallSite, Effects } from "../effects.ts";
import { record, text } from "../values.ts";
import type { Effect, Row } from "./row.ts";

/** 0x and 32 bytes. */
const SALT_END = 66;

/** New code at an address that follows from more than the call. */
const deploys: Effect = (effects, site) => effects.controls("deployment", site.to, null);

/** What neither the constructor nor the first call is paid goes to the refund address, and CreateX's whole balance with it. */
const deploysAndRefunds: Effect = (effects, site, args) => {
  deploys(effects, site, args);
  const values = record(args, "values");
  const used = BigInt(text(values, "constructorAmount")) + BigInt(text(values, "initCallAmount"));
  if (site.value <= used) return;
  effects.transfer("native", site.to, text(args, "refundAddress"), (site.value - used).toString());
};

/** A new proxy for the code that the argument `name` names. */
function clones(name: string): Effect {
  return (effects, site, args) => effects.controls("deployment", site.to, text(args, name));
}

/** The new contract gets what the call pays. */
function create2(effects: Effects, site: CallSite, salt: string, initCode: string): void {
  const created = create2Address(site.to, salt, initCode);
  effects.controls("deployment", created, null);
  if (site.value > 0n) effects.transfer("native", site.to, created, site.value.toString());
}

/**
 * The deterministic deployment proxies read no selector: 32 bytes of salt, then the init code.
 * @returns what to call it in an intent; undefined for data that is too short, which they refuse
 */
export function saltedInitCode(effects: Effects, site: CallSite): string | undefined {
  if (site.data.length < SALT_END) return undefined;
  create2(effects, site, site.data.slice(0, SALT_END), `0x${site.data.slice(SALT_END)}`);
  return "create2";
}

const VALUES = "(uint256 constructorAmount,uint256 initCallAmount) values";

/** pcaversaccio/createx, src/CreateX.sol. Salts are guarded there by sender and chain: no address follows from a call alone. */
export const CREATEX: readonly Row[] = [
  ["0x27fe1822", "deployCreate", "bytes initCode", deploys],
  [
    "0x98e81077",
    "deployCreateAndInit",
    `bytes initCode,bytes data,${VALUES},address refundAddress`,
    deploysAndRefunds,
  ],
  ["0x31a7c8c8", "deployCreateAndInit", `bytes initCode,bytes data,${VALUES}`, deploys],
  ["0xf9664498", "deployCreateClone", "address implementation,bytes data", clones("implementation")],
  ["0x26307668", "deployCreate2", "bytes32 salt,bytes initCode", deploys],
  ["0x26a32fc7", "deployCreate2", "bytes initCode", deploys],
  [
    "0xa7db93f2",
    "deployCreate2AndInit",
    `bytes32 salt,bytes initCode,bytes data,${VALUES},address refundAddress`,
    deploysAndRefunds,
  ],
  ["0xe96deee4", "deployCreate2AndInit", `bytes32 salt,bytes initCode,bytes data,${VALUES}`, deploys],
  [
    "0xe437252a",
    "deployCreate2AndInit",
    `bytes initCode,bytes data,${VALUES},address refundAddress`,
    deploysAndRefunds,
  ],
  ["0xc3fe107b", "deployCreate2AndInit", `bytes initCode,bytes data,${VALUES}`, deploys],
  [
    "0x2852527a",
    "deployCreate2Clone",
    "bytes32 salt,address implementation,bytes data",
    clones("implementation"),
  ],
  ["0x81503da1", "deployCreate2Clone", "address implementation,bytes data", clones("implementation")],
  ["0x9c36a286", "deployCreate3", "bytes32 salt,bytes initCode", deploys],
  ["0x7f565360", "deployCreate3", "bytes initCode", deploys],
  [
    "0xddda0acb",
    "deployCreate3AndInit",
    `bytes32 salt,bytes initCode,bytes data,${VALUES},address refundAddress`,
    deploysAndRefunds,
  ],
  ["0x00d84acb", "deployCreate3AndInit", `bytes32 salt,bytes initCode,bytes data,${VALUES}`, deploys],
  [
    "0xf5745aba",
    "deployCreate3AndInit",
    `bytes initCode,bytes data,${VALUES},address refundAddress`,
    deploysAndRefunds,
  ],
  ["0x2f990e3f", "deployCreate3AndInit", `bytes initCode,bytes data,${VALUES}`, deploys],
];

/** 0age/metamorphic, contracts/ImmutableCreate2Factory.sol. */
export const IMMUTABLE_CREATE2: readonly Row[] = [
  [
    "0x64e03087",
    "safeCreate2",
    "bytes32 salt,bytes initializationCode",
    (effects, site, args) => create2(effects, site, text(args, "salt"), text(args, "initializationCode")),
  ],
];

/** safe-global/safe-smart-account, contracts/proxies: ProxyFactory.sol (1.0.0 to 1.3.0), SafeProxyFactory.sol (1.4.1, 1.5.0). */
export const SAFE_PROXIES: readonly Row[] = [
  ["0x61b69abd", "createProxy", "address singleton,bytes data", clones("singleton")],
  [
    "0x1688f0b9",
    "createProxyWithNonce",
    "address singleton,bytes initializer,uint256 saltNonce",
    clones("singleton"),
  ],
  [
    "0x4662f9d6",
    "createProxyWithNonceL2",
    "address singleton,bytes initializer,uint256 saltNonce",
    clones("singleton"),
  ],
  [
    "0xec9e80bb",
    "createChainSpecificProxyWithNonce",
    "address singleton,bytes initializer,uint256 saltNonce",
    clones("singleton"),
  ],
  [
    "0x1a334b0b",
    "createChainSpecificProxyWithNonceL2",
    "address singleton,bytes initializer,uint256 saltNonce",
    clones("singleton"),
  ],
  [
    "0xd18af54d",
    "createProxyWithCallback",
    "address singleton,bytes initializer,uint256 saltNonce,address callback",
    clones("singleton"),
  ],
];
