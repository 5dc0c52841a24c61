/**
 * The world of the EVM tests: accounts of ours that own every kind of asset and decide over every kind of thing, in real
 * contracts. `us` is the key that signs; `ours` are the accounts that it controls.
 */
import assert from "node:assert/strict";
import { encodeFunctionData, pad, parseAbi, zeroAddress, type Abi, type Hex } from "viem";
import { OWNER } from "../chains/ethereum/keys.ts";
import { artifact, multicall3, own, permit2 } from "./contracts.ts";
import { Machine } from "./machine.ts";

/** Protocol constants: Permit2 of Uniswap, the deterministic deployment proxy, Multicall3. */
export const PERMIT2 = "0x000000000022d473030f116ddee9f6b43ac78ba3";
export const CREATE2_FACTORY = "0x4e59b44847b379578588920ca78fbf26c0b4956c";

export const ATTACKER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
export const FRIEND = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc";
const DEPLOYER = "0x90f79bf6eb2c4f870365e785982e1f101e93b906";

export const MAX = 2n ** 256n - 1n;
export const ETHER = 10n ** 18n;

export const ABI: Abi = parseAbi([
  "function mint(address to, uint256 amount)",
  "function mint(address to, uint256 id, uint256 amount)",
  "function transfer(address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
  "function approve(address token, address spender, uint160 amount, uint48 expiration)",
  "function setApprovalForAll(address operator, bool approved)",
  "function grantRole(bytes32 role, address account)",
  "function transferOwnership(address next)",
  "function acceptOwnership()",
  "function addOwnerWithThreshold(address owner, uint256 threshold)",
  "function enableModule(address module)",
  "function initialize(address owner)",
  "function deposit() payable",
  "function depositTo(address account) payable",
  "function createProxyWithNonce(address singleton, bytes initializer, uint256 salt) returns (address)",
  "function setup(address[] owners, uint256 threshold, address to, bytes data, address fallbackHandler, address paymentToken, uint256 payment, address receiver)",
]);

export interface World {
  readonly machine: Machine;
  /** Contracts by name, and the accounts of ours. */
  readonly at: Readonly<Record<ContractName, Hex>>;
  readonly us: Hex;
  /** The accounts whose losses count. */
  readonly ours: readonly Hex[];
  readonly others: readonly Hex[];
}

export const CONTRACTS = [
  "coin",
  "dai",
  "wrapped",
  "relayed",
  "relayed5",
  "shares",
  "picture",
  "items",
  "safe",
  "account",
  "entryPoint",
  "router",
  "multicall3",
  "permit2",
  "factory",
  "admin",
  "transparent",
  "uups",
  "logic",
  "otherLogic",
  "forwarder",
  "forwarder5",
  "seaport",
] as const;
/** Those that are ERC-20s. */
export const TOKENS = ["coin", "dai", "wrapped", "relayed", "relayed5", "shares"] as const;
export type ContractName = (typeof CONTRACTS)[number];

const OZ = "@openzeppelin/contracts/build/contracts";
const OZ5 = "@account-abstraction/contracts/node_modules/@openzeppelin/contracts/build/contracts";
const SEAPORT = "@opensea/seaport-js/src/artifacts/seaport/contracts";
const SAFE = "@safe-global/safe-contracts/build/artifacts/contracts";
const AA = "@account-abstraction/contracts/artifacts";

export async function buildWorld(): Promise<World> {
  const machine = await Machine.start();
  const us = `0x${OWNER.slice(2)}` as const;
  for (const account of [us, ATTACKER, FRIEND, DEPLOYER]) await machine.fund(account, 1000n * ETHER);
  const at = await deployAll(machine, us);
  const ours = [us, at.safe, at.account];
  const world: World = {
    machine,
    at,
    us,
    ours,
    others: [ATTACKER, FRIEND, at.router, at.permit2, at.multicall3, at.seaport],
  };
  await endow(world);
  await allowBefore(world);
  return world;
}

async function deployAll(machine: Machine, us: Hex): Promise<Record<ContractName, Hex>> {
  const make = async (code: Hex): Promise<Hex> => await machine.deploy(DEPLOYER, code);
  const logic = await make(own("Logic"));
  const otherLogic = await make(own("Logic"));
  const initialize = encodeFunctionData({ abi: ABI, functionName: "initialize", args: [us] });
  const admin = await make(artifact(`${OZ}/ProxyAdmin.json`));
  await must(machine, DEPLOYER, admin, "transferOwnership", [us]);
  const entryPoint = await make(artifact(`${AA}/EntryPoint.json`));
  const accountLogic = await make(artifact(`${AA}/SimpleAccount.json`, "address", [entryPoint]));
  const proxy = async (target: Hex): Promise<Hex> =>
    await make(artifact(`${OZ}/ERC1967Proxy.json`, "address,bytes", [target, initialize]));
  const forwarder = await make(artifact(`${OZ}/MinimalForwarder.json`));
  const forwarder5 = await make(artifact(`${OZ5}/ERC2771Forwarder.json`, "string", ["Forwarder"]));
  const conduits = await make(
    artifact(`${SEAPORT}/conduit/ConduitController.sol/LocalConduitController.json`),
  );
  await machine.place(PERMIT2, permit2());
  await machine.place(CREATE2_FACTORY, CREATE2_CODE);
  return {
    coin: await make(own("Coin")),
    dai: await make(own("DaiLike")),
    wrapped: await make(own("Wrapped")),
    relayed: await make(own("Relayed", "address", [forwarder])),
    relayed5: await make(own("Relayed", "address", [forwarder5])),
    shares: await make(own("Shares")),
    picture: await make(own("Picture")),
    items: await make(own("Items")),
    safe: await makeSafe(machine, us),
    account: await proxy(accountLogic),
    entryPoint,
    router: await make(own("Router")),
    multicall3: await make(multicall3()),
    permit2: PERMIT2,
    factory: CREATE2_FACTORY,
    admin,
    transparent: await make(
      artifact(`${OZ}/TransparentUpgradeableProxy.json`, "address,address,bytes", [logic, admin, initialize]),
    ),
    uups: await proxy(logic),
    logic,
    otherLogic,
    forwarder,
    forwarder5,
    seaport: await make(artifact(`${SEAPORT}/Seaport.sol/Seaport.json`, "address", [conduits])),
  };
}

/** A Safe 1.4.1 of one owner, with the handler that lets it take tokens. */
async function makeSafe(machine: Machine, us: Hex): Promise<Hex> {
  const singleton = await machine.deploy(DEPLOYER, artifact(`${SAFE}/Safe.sol/Safe.json`));
  const factory = await machine.deploy(
    DEPLOYER,
    artifact(`${SAFE}/proxies/SafeProxyFactory.sol/SafeProxyFactory.json`),
  );
  const handler = await machine.deploy(
    DEPLOYER,
    artifact(`${SAFE}/handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json`),
  );
  const setup = encodeFunctionData({
    abi: ABI,
    functionName: "setup",
    args: [[us], 1n, zeroAddress, "0x", handler, zeroAddress, 0n, zeroAddress],
  });
  const create = encodeFunctionData({
    abi: ABI,
    functionName: "createProxyWithNonce",
    args: [singleton, setup, 0n],
  });
  const made = await machine.call(DEPLOYER, factory, create);
  assert.ok(made.ok);
  return `0x${made.data.slice(-40)}`;
}

/** Gives each account of ours every asset, and control of what has one controller to the key. */
async function endow({ machine, at, us, ours }: World): Promise<void> {
  await machine.fund(at.safe, 50n * ETHER);
  await machine.fund(at.account, 50n * ETHER);
  for (const [index, account] of [...ours, FRIEND].entries()) {
    await must(machine, DEPLOYER, at.coin, "mint", [account, 10_000n]);
    for (const token of [at.dai, at.relayed, at.relayed5, at.shares])
      await must(machine, DEPLOYER, token, "transfer", [account, 10_000n]);
    await must(machine, account, at.wrapped, "deposit", [], 10_000n);
    for (const id of [0n, 1n, 2n]) {
      await must(machine, DEPLOYER, at.picture, "mint", [account, BigInt(index) * 3n + id]);
      await must(machine, DEPLOYER, at.items, "mint", [account, id, 500n]);
    }
  }
  for (const role of [pad("0x"), MINTER]) await must(machine, DEPLOYER, at.coin, "grantRole", [role, us]);
  await must(machine, DEPLOYER, at.coin, "transferOwnership", [us]);
  await must(machine, us, at.coin, "acceptOwnership", []);
  // Offered again, so that it can be accepted again.
  await must(machine, us, at.coin, "transferOwnership", [us]);
  await must(machine, at.safe, at.safe, "addOwnerWithThreshold", [FRIEND, 1n]);
  await must(machine, at.safe, at.safe, "enableModule", [us]);
}

/** keccak-256 of MINTER: a role of `Coin`. */
export const MINTER: Hex = "0xf0887ba65ee2024ea881d91b74c2450ef19e1557f03bed3ea9f16b037cbe2dc9";

/** What was allowed before the request: a request must not be able to use it unseen. */
async function allowBefore({ machine, at, us, ours }: World): Promise<void> {
  for (const account of ours) {
    for (const token of [at.coin, at.dai, at.wrapped]) {
      await must(machine, account, token, "approve", [at.seaport, MAX]);
      await must(machine, account, token, "approve", [at.permit2, MAX]);
      await must(machine, account, token, "approve", [at.router, 2000n]);
      await must(machine, account, token, "approve", [at.multicall3, 2000n]);
      if (account !== us) await must(machine, account, token, "approve", [us, 3000n]);
      await must(machine, FRIEND, token, "approve", [account, 100n]);
    }
    for (const token of [at.picture, at.items]) {
      await must(machine, account, token, "setApprovalForAll", [at.multicall3, true]);
      await must(machine, account, token, "setApprovalForAll", [at.seaport, true]);
      if (account !== us) await must(machine, account, token, "setApprovalForAll", [us, true]);
    }
  }
  await must(machine, us, at.coin, "approve", [ATTACKER, 7n]);
  await must(machine, us, at.permit2, "approve", [at.coin, ATTACKER, 9n, 2n ** 48n - 1n]);
  for (const account of [at.safe, at.account]) {
    for (const token of [at.coin, at.dai, at.wrapped])
      await must(machine, account, at.permit2, "approve", [token, us, 1000n, 2n ** 48n - 1n]);
  }
}

async function must(
  machine: Machine,
  from: string,
  to: string,
  functionName: string,
  args: readonly unknown[],
  value = 0n,
): Promise<void> {
  const data = encodeFunctionData({ abi: ABI, functionName, args });
  const done = await machine.call(from, to, data, value);
  assert.ok(done.ok, `${functionName} of ${to}: ${done.ok ? "" : done.reason}`);
}

/**
 * Runtime code of the deterministic deployment proxy (github.com/Arachnid/deterministic-deployment-proxy): CREATE2 of all
 * behind the first 32 bytes, with those as salt and the value passed on.
 */
const CREATE2_CODE: Hex =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";
