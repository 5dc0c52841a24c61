/**
 * Account contracts that wallets deployed, with the constructor arguments that their addresses come from. An address commits
 * to the class of the deployment, not to the one that an account was upgraded to.
 */
import type { AccountType } from "./accounts.ts";
import { starknetKeccak } from "./felts.ts";

export interface DeployedClass {
  readonly accountType: AccountType;
  /** The wallet's name of the release. */
  readonly classVersion: string;
  /** The contract's class; a proxy's where there is an `implementation`. */
  readonly classHash: bigint;
  /** Cairo 0: the class behind the proxy. */
  readonly implementation?: bigint;
  /** Constructor arguments of an owner; undefined where the class takes no guardian and one is given. */
  readonly calldata: (owner: bigint, guardian: bigint | undefined) => readonly bigint[] | undefined;
}

type Layout = DeployedClass["calldata"];

/** (public_key) */
const ownerAlone: Layout = (owner, guardian) => (guardian === undefined ? [owner] : undefined);

/** (owner, guardian), where no guardian is 0. */
const ownerAndGuardian: Layout = (owner, guardian) => [owner, guardian ?? 0n];

/** (owner: Signer, guardian: Option<Signer>): Signer::Starknet is variant 0, Option::Some 0, Option::None 1. */
const signers: Layout = (owner, guardian) =>
  guardian === undefined ? [0n, owner, 1n] : [0n, owner, 0n, 0n, guardian];

/** (implementation, selector, calldata_len, calldata): the proxy calls the implementation's initializer with calldata. */
function proxied(implementation: bigint, initializer: string, layout: Layout): Layout {
  return (owner, guardian) => {
    const calldata = layout(owner, guardian);
    if (calldata === undefined) return undefined;
    return [implementation, starknetKeccak(initializer), BigInt(calldata.length), ...calldata];
  };
}

/** argentlabs/argent-x packages/extension/src/shared/account/starknet.constants.ts; contracts v0.2.3.1 Proxy.cairo. */
const ARGENT_PROXY = 0x025ec026985a3bf9d0cc1fe17326b245dfdc3ff89b8fde106542a3ea56c5a918n;
/** myBraavos; the first release's account class was replaced by the second, which the proxy upgrades to. */
const BRAAVOS_PROXY = 0x03131fa018d520a037686ce3efddeab8f28895662f019ca3ca18a626650f7d1en;

function argentProxy(classVersion: string, implementation: bigint): DeployedClass {
  const calldata = proxied(implementation, "initialize", ownerAndGuardian);
  return { accountType: "argent", classVersion, classHash: ARGENT_PROXY, implementation, calldata };
}

function braavosProxy(classVersion: string, implementation: bigint): DeployedClass {
  const calldata = proxied(implementation, "initializer", ownerAlone);
  return { accountType: "braavos", classVersion, classHash: BRAAVOS_PROXY, implementation, calldata };
}

function direct(
  accountType: AccountType,
  classVersion: string,
  classHash: bigint,
  calldata: Layout,
): DeployedClass {
  return { accountType, classVersion, classHash, calldata };
}

/**
 * Newest first. Sources: argentlabs/argent-contracts-starknet deployments/account.txt and its constructors at account-0.3.0,
 * account-0.3.1, account-0.4.0 and v0.5.0; argent-x as above; myBraavos/braavos-account-cairo README.md at v1.0.0 and v1.1.0.
 */
export const DEPLOYED_CLASSES: readonly DeployedClass[] = [
  direct("argent", "0.5.0", 0x073414441639dcd11d1846f287650a00c60c416b9d3ba45d31c651672125b2c2n, signers),
  direct("argent", "0.4.0", 0x036078334509b514626504edc9fb252328d1a240e4e948bef8d0c08dff45927fn, signers),
  direct(
    "argent",
    "0.3.1",
    0x029927c8af6bccf3f6fda035981e765a7bdbf18a2dc0d630494f8758aa908e2bn,
    ownerAndGuardian,
  ),
  // Between the two releases; its own version is not published.
  direct(
    "argent",
    "0.3",
    0x02fadbf77a721b94bdcc3032d86a8921661717fa55145bccf88160ee2a5efcd1n,
    ownerAndGuardian,
  ),
  direct(
    "argent",
    "0.3.0",
    0x01a736d6ed154502257f02b1ccdf4d9d1089f80811cd6acad48e6b6a9d1f2003n,
    ownerAndGuardian,
  ),
  argentProxy("0.2.3.1", 0x033434ad846cdd5f23eb73ff09fe6fddd568284a0fb7d1be20ee482f044dabe2n),
  argentProxy("0.2.3", 0x01a7820094feaf82d53f53f214b81292d717e7bb9a92bb2488092cd306f3993fn),
  argentProxy("0.2.2", 0x03e327de1c40540b98d05cbcb13552008e36f0ec8d61d46956d2f9752c294328n),
  argentProxy("0.2", 0x07e28fb0161d10d1cf7fe1f13e7ca57bce062731a3bd04494dfd2d0412699727n),
  direct(
    "braavos",
    "base 1.1.0",
    0x03d16c7a9a60b0593bd202f660a28c5d76e0403601d9ccc7e4fa253b6a70c201n,
    ownerAlone,
  ),
  direct("braavos", "base", 0x013bfe114fb1cf405bfc3a7f8dbe2d91db146c17521d40dcf57e16d6b59fa8e6n, ownerAlone),
  braavosProxy("proxy 2", 0x05aa23d5bb71ddaa783da7ea79d405315bafa7cf0387a74f4593578c3e9e6570n),
  braavosProxy("proxy 1", 0x069577e6756a99b584b5d1ce8e60650ae33b6e2b13541783458268f07da6b38an),
  direct(
    "openzeppelin",
    "1.0.0",
    0x05b4b537eaa2399e3aa99c4e2e0208ebd6c71bc1467938cd52c798c601e43564n,
    ownerAlone,
  ),
];

/** OpenZeppelin's account of any release takes its public key alone. */
export function openzeppelinClass(classHash: bigint): DeployedClass {
  return direct("openzeppelin", "other", classHash, ownerAlone);
}
