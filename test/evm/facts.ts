/**
 * What the accounts of ours have, whom they allow what, and who decides over what: read from the contracts themselves.
 * Only what stands in a contract whose storage changed is read again.
 */
import assert from "node:assert/strict";
import {
  decodeFunctionResult,
  encodeFunctionData,
  keccak256,
  pad,
  parseAbi,
  toHex,
  type Abi,
  type Hex,
} from "viem";
import { changedCode, changedStorage, type Machine, type Moment } from "./machine.ts";
import { MINTER, TOKENS, type World } from "./world.ts";

/**
 * `balance`: how much of `asset` `account` has. `allowance`: how much of it `spender` may take.
 * `control`: `value` names who decides over `of`.
 */
export type Fact =
  | { readonly kind: "balance"; readonly asset: string; readonly account: string; readonly value: bigint }
  | {
      readonly kind: "allowance";
      readonly asset: string;
      readonly account: string;
      readonly spender: string;
      readonly value: bigint;
    }
  | {
      readonly kind: "control";
      readonly name: string;
      readonly of: string;
      /** The contract that keeps it, where that may stand for `of`. */
      readonly kept?: string;
      readonly value: string;
    };

interface Probe {
  /** The contract in whose storage the fact stands; undefined where it is the chain's. */
  readonly in: string | undefined;
  read(): Promise<Fact[]>;
}

const READ: Abi = parseAbi([
  "function balanceOf(address account) view returns (uint256)",
  "function balanceOf(address account, uint256 id) view returns (uint256)",
  "function allowance(address owner, address spender) view returns (uint256)",
  "function allowance(address owner, address token, address spender) view returns (uint160 amount, uint48 expiration, uint48 nonce)",
  "function ownerOf(uint256 id) view returns (address)",
  "function getApproved(uint256 id) view returns (address)",
  "function isApprovedForAll(address owner, address operator) view returns (bool)",
  "function delegates(address account) view returns (address)",
  "function owner() view returns (address)",
  "function pendingOwner() view returns (address)",
  "function hasRole(bytes32 role, address account) view returns (bool)",
  "function getOwners() view returns (address[])",
  "function getThreshold() view returns (uint256)",
  "function getModulesPaginated(address start, uint256 pageSize) view returns (address[] array, address next)",
]);

const hashed = (text: string): bigint => BigInt(keccak256(toHex(text)));

/** Where proxies (ERC-1967) and Safe 1.4.1 keep whom they obey. */
export const SLOTS = {
  implementation: toHex(hashed("eip1967.proxy.implementation") - 1n, { size: 32 }),
  proxyAdmin: toHex(hashed("eip1967.proxy.admin") - 1n, { size: 32 }),
  beacon: toHex(hashed("eip1967.proxy.beacon") - 1n, { size: 32 }),
  singleton: pad("0x"),
  guard: toHex(hashed("guard_manager.guard.address"), { size: 32 }),
  fallbackHandler: toHex(hashed("fallback_manager.handler.address"), { size: 32 }),
} as const satisfies Record<string, Hex>;

export class Facts {
  readonly #machine: Machine;
  readonly #probes: readonly Probe[];
  readonly #before = new Map<Probe, Fact[]>();
  readonly #moment: Moment;

  private constructor(world: World) {
    this.#machine = world.machine;
    this.#probes = probes(world);
    this.#moment = world.machine.moment();
  }

  /** Reads everything once; `changes` compares with it. */
  static async of(world: World): Promise<Facts> {
    const facts = new Facts(world);
    for (const probe of facts.#probes) facts.#before.set(probe, await probe.read());
    return facts;
  }

  /** Pairs of what was and what is, where they differ, and the addresses with new code. */
  async changes(): Promise<{
    readonly changed: readonly (readonly [Fact, Fact])[];
    readonly code: string[];
  }> {
    const now = this.#machine.moment();
    const touched = changedStorage(this.#moment, now);
    const changed: [Fact, Fact][] = [];
    for (const probe of this.#probes) {
      if (probe.in !== undefined && !touched.has(probe.in)) continue;
      const before = this.#before.get(probe) ?? [];
      for (const [index, fact] of (await probe.read()).entries()) {
        const was = before[index];
        assert.ok(was !== undefined);
        if (was.value !== fact.value) changed.push([was, fact]);
      }
    }
    return { changed, code: changedCode(this.#moment, now) };
  }
}

function probes(world: World): Probe[] {
  const { at } = world;
  return [
    { in: undefined, read: async () => await coins(world) },
    ...TOKENS.map((name) => at[name]).map((token) => ({
      in: token,
      read: async () => await fungible(world, token),
    })),
    { in: at.picture, read: async () => await pictures(world) },
    { in: at.items, read: async () => await items(world) },
    { in: at.permit2, read: async () => await permit2(world) },
    { in: at.entryPoint, read: async () => await deposits(world) },
    ...controlProbes(world),
  ];
}

async function coins({ machine, ours }: World): Promise<Fact[]> {
  return await Promise.all(
    ours.map(async (account) => ({
      kind: "balance" as const,
      asset: "native",
      account,
      value: await machine.balance(account),
    })),
  );
}

async function fungible(world: World, token: Hex): Promise<Fact[]> {
  const facts: Fact[] = [];
  const asset = `erc20:${token}`;
  for (const account of world.ours) {
    facts.push({
      kind: "balance",
      asset,
      account,
      value: await read<bigint>(world, token, "balanceOf", [account]),
    });
    for (const spender of spendersOf(world, account)) {
      const value = await read<bigint>(world, token, "allowance", [account, spender]);
      facts.push({ kind: "allowance", asset, account, spender, value });
    }
  }
  return facts;
}

/** All ids that the world has, and whom each of ours lets take one or all. */
async function pictures(world: World): Promise<Fact[]> {
  const { picture } = world.at;
  const facts: Fact[] = [];
  for (let id = 0n; id < 9n; id++) {
    const owner = (await read<string>(world, picture, "ownerOf", [id], "gone")).toLowerCase();
    const approved = (await read<string>(world, picture, "getApproved", [id], "gone")).toLowerCase();
    const asset = `erc721:${picture}/${id}`;
    for (const account of world.ours) {
      facts.push({ kind: "balance", asset, account, value: owner === account ? 1n : 0n });
      for (const spender of spendersOf(world, account)) {
        const value = owner === account && approved === spender ? 1n : 0n;
        facts.push({ kind: "allowance", asset, account, spender, value });
      }
    }
  }
  return [...facts, ...(await operators(world, picture))];
}

async function items(world: World): Promise<Fact[]> {
  const token = world.at.items;
  const facts: Fact[] = [];
  for (const account of world.ours) {
    for (const id of [0n, 1n, 2n]) {
      const value = await read<bigint>(world, token, "balanceOf", [account, id]);
      facts.push({ kind: "balance", asset: `erc1155:${token}/${id}`, account, value });
    }
  }
  return [...facts, ...(await operators(world, token))];
}

async function operators(world: World, token: Hex): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const account of world.ours) {
    for (const spender of spendersOf(world, account)) {
      const all = await read<boolean>(world, token, "isApprovedForAll", [account, spender]);
      facts.push({ kind: "allowance", asset: `erc721:${token}/*`, account, spender, value: all ? 1n : 0n });
    }
  }
  return facts;
}

async function permit2(world: World): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const token of [world.at.coin, world.at.dai, world.at.wrapped]) {
    for (const account of world.ours) {
      for (const spender of spendersOf(world, account)) {
        const [value] = await read<readonly [bigint]>(world, world.at.permit2, "allowance", [
          account,
          token,
          spender,
        ]);
        facts.push({ kind: "allowance", asset: `erc20:${token}`, account, spender, value });
      }
    }
  }
  return facts;
}

/** What lies in an EntryPoint for an account is that account's. */
async function deposits(world: World): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const account of world.ours) {
    const value = await read<bigint>(world, world.at.entryPoint, "balanceOf", [account]);
    facts.push({ kind: "balance", asset: "native", account, value });
  }
  return facts;
}

function controlProbes(world: World): Probe[] {
  const { at, machine } = world;
  const fact = (of: Hex, name: string, value: string): Fact => ({
    kind: "control",
    of,
    name,
    value: value.toLowerCase(),
  });
  const call = (of: Hex, name: string, args: readonly unknown[] = []): Probe => ({
    in: of,
    read: async () => [fact(of, name, String(await read<unknown>(world, of, name, args, "?")))],
  });
  const slot = (of: Hex, name: keyof typeof SLOTS): Probe => ({
    in: of,
    read: async () => [fact(of, name, `0x${(await machine.slot(of, SLOTS[name])).slice(-40)}`)],
  });
  const role = (name: Hex, account: Hex): Probe => ({
    in: at.coin,
    read: async () => {
      const has = await read<boolean>(world, at.coin, "hasRole", [name, account]);
      return [fact(at.coin, `role ${name}`, has ? account : "nobody")];
    },
  });
  const roles = [pad("0x"), MINTER].flatMap((name) =>
    [...world.ours, ...world.others].map((who) => role(name, who)),
  );
  return [
    ...[at.coin, at.account, at.admin, at.transparent, at.uups].map((of) => call(of, "owner")),
    call(at.coin, "pendingOwner"),
    ...roles,
    ...world.ours.map((account) => votes(world, account)),
    call(at.safe, "getOwners"),
    call(at.safe, "getThreshold"),
    call(at.safe, "getModulesPaginated", [toHex(1, { size: 20 }), 10n]),
    ...(["singleton", "guard", "fallbackHandler"] as const).map((name) => slot(at.safe, name)),
    ...[at.account, at.transparent, at.uups].flatMap((of) =>
      (["implementation", "proxyAdmin", "beacon"] as const).map((name) => slot(of, name)),
    ),
  ];
}

/** Whom the account's votes are delegated to: a decision over the account, wherever the votes stand. */
function votes(world: World, account: Hex): Probe {
  const { shares } = world.at;
  return {
    in: shares,
    read: async () => {
      const value = (await read<string>(world, shares, "delegates", [account])).toLowerCase();
      return [{ kind: "control", of: account, kept: shares, name: "votes", value }];
    },
  };
}

/** Everyone who might be allowed to take what `account` has. */
function spendersOf(world: World, account: Hex): Hex[] {
  return [...world.others, ...world.ours].filter((spender) => spender !== account);
}

async function read<Value>(
  { machine }: World,
  to: Hex,
  functionName: string,
  args: readonly unknown[],
  otherwise?: Value,
): Promise<Value> {
  const seen = await machine.view(to, encodeFunctionData({ abi: READ, functionName, args }));
  if (!seen.ok) {
    assert.ok(otherwise !== undefined, `${functionName} of ${to}: ${seen.reason}`);
    return otherwise;
  }
  return decodeFunctionResult({ abi: READ, functionName, args, data: seen.data }) as Value;
}
