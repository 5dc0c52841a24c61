/**
 * An EVM in this process (hard fork Prague), with checkpoints that cost next to nothing. Addresses are lowercase hex.
 * The state is a plain map, so what a transaction changed can be told by comparing two of them.
 */
import assert from "node:assert/strict";
import { createBlock, type Block } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { SimpleStateManager } from "@ethereumjs/statemanager";
import { createTxFromRLP } from "@ethereumjs/tx";
import { Account, createAddressFromString } from "@ethereumjs/util";
import { createVM, runTx, type VM } from "@ethereumjs/vm";
import { bytesToHex, hexToBytes, type Hex } from "viem";

export const CHAIN_ID = 1;
/** Unix seconds of every block. */
export const NOW = 1_750_000_000n;
export const BASE_FEE = 1_000_000_000n;
const GAS = 12_000_000n;

/** What a call gave: the returned bytes, or why it reverted. */
export type Outcome =
  | { readonly ok: true; readonly data: Hex; readonly created: Hex | undefined }
  | { readonly ok: false; readonly reason: string };

/** The state at one moment; compare two of them with `changedCode` and `changedStorage`. */
export interface Moment {
  readonly code: ReadonlyMap<string, Uint8Array>;
  readonly storage: ReadonlyMap<string, Uint8Array>;
}

export class Machine {
  readonly #vm: VM;
  readonly #state: SimpleStateManager;
  readonly #block: Block;

  private constructor(vm: VM, state: SimpleStateManager, block: Block) {
    this.#vm = vm;
    this.#state = state;
    this.#block = block;
  }

  static async start(): Promise<Machine> {
    const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague });
    const state = new SimpleStateManager({ common });
    const vm = await createVM({ common, stateManager: state });
    const header = { timestamp: NOW, baseFeePerGas: BASE_FEE, gasLimit: 100_000_000n, number: 1n };
    return new Machine(vm, state, createBlock({ header }, { common, skipConsensusFormatValidation: true }));
  }

  /** Creates a contract and returns its address. */
  async deploy(creator: string, initCode: Hex): Promise<Hex> {
    const made = await this.#run(creator, undefined, initCode, 0n);
    assert.ok(made.ok, made.ok ? "" : `creation failed: ${made.reason}`);
    assert.ok(made.created !== undefined);
    return made.created;
  }

  /** Calls as `caller` without a transaction, and keeps what the call changed. */
  async call(caller: string, to: string, data: Hex, value = 0n): Promise<Outcome> {
    return await this.#run(caller, to, data, value);
  }

  /** Calls and forgets what the call changed. */
  async view(to: string, data: Hex): Promise<Outcome> {
    return await this.tentative(async () => await this.#run(to, to, data, 0n));
  }

  /** Runs a signed transaction as the chain would: nonce, balance and fees are checked and taken. */
  async transact(raw: Hex): Promise<Outcome> {
    const tx = createTxFromRLP(hexToBytes(raw), { common: this.#vm.common });
    const { execResult, createdAddress } = await runTx(this.#vm, { tx, block: this.#block });
    return outcome(execResult.exceptionError?.error, execResult.returnValue, createdAddress?.toString());
  }

  /** Does `work` and puts the state back to what it was. */
  async tentative<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#state.checkpoint();
    try {
      return await work();
    } finally {
      await this.#state.revert();
    }
  }

  /** The state now; not a copy that later changes leave alone unless taken before `tentative`. */
  moment(): Moment {
    return { code: new Map(this.#state.codeStack.at(-1)), storage: new Map(this.#state.storageStack.at(-1)) };
  }

  async balance(address: string): Promise<bigint> {
    return (await this.#state.getAccount(at(address)))?.balance ?? 0n;
  }

  async nonce(address: string): Promise<bigint> {
    return (await this.#state.getAccount(at(address)))?.nonce ?? 0n;
  }

  async code(address: string): Promise<Hex> {
    return bytesToHex(await this.#state.getCode(at(address)));
  }

  async slot(address: string, key: Hex): Promise<Hex> {
    const value = bytesToHex(await this.#state.getStorage(at(address), hexToBytes(key)));
    return `0x${value.slice(2).padStart(64, "0")}`;
  }

  async fund(address: string, wei: bigint): Promise<void> {
    const account = (await this.#state.getAccount(at(address))) ?? new Account();
    account.balance += wei;
    await this.#state.putAccount(at(address), account);
  }

  /** Puts runtime code where a chain has it by other means than a creation here. */
  async place(address: string, code: Hex): Promise<void> {
    await this.#state.putCode(at(address), hexToBytes(code));
  }

  async #run(caller: string, to: string | undefined, data: Hex, value: bigint): Promise<Outcome> {
    const { execResult, createdAddress } = await this.#vm.evm.runCall({
      caller: at(caller),
      origin: at(caller),
      ...(to === undefined ? {} : { to: at(to) }),
      data: hexToBytes(data),
      value,
      gasLimit: GAS,
      block: this.#block,
    });
    return outcome(execResult.exceptionError?.error, execResult.returnValue, createdAddress?.toString());
  }
}

/** Addresses whose code differs between two moments: created, delegated, or gone. */
export function changedCode(before: Moment, after: Moment): string[] {
  const names = new Set([...before.code.keys(), ...after.code.keys()]);
  return [...names].filter((name) => !same(before.code.get(name), after.code.get(name)));
}

/** Addresses some of whose storage differs between two moments. */
export function changedStorage(before: Moment, after: Moment): Set<string> {
  const changed = new Set<string>();
  for (const slots of [before.storage, after.storage]) {
    for (const key of slots.keys()) {
      if (!same(before.storage.get(key), after.storage.get(key))) changed.add(key.slice(0, 42));
    }
  }
  return changed;
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === b) return true;
  return Buffer.compare(a ?? new Uint8Array(), b ?? new Uint8Array()) === 0;
}

function outcome(error: string | undefined, returned: Uint8Array, created: string | undefined): Outcome {
  if (error !== undefined)
    return { ok: false, reason: `${error} ${Buffer.from(returned).toString("latin1")}` };
  return {
    ok: true,
    data: bytesToHex(returned),
    created: created === undefined ? undefined : asHex(created),
  };
}

function asHex(text: string): Hex {
  return `0x${text.slice(2)}`;
}

const at = (address: string): ReturnType<typeof createAddressFromString> => createAddressFromString(address);
