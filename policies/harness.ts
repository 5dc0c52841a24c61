/** For the tests of policies: inputs with only the interesting part written out, run in the real sandbox under its meter. */
import { readFile } from "node:fs/promises";
import { canonicalJson, type Json } from "../src/domain/canonical.ts";
import type {
  Allowance,
  IntentCall,
  Control,
  Details,
  Fee,
  Intent,
  OpaqueCause,
  Transfer,
} from "../src/domain/intent.ts";
import { GUEST_LIMITS } from "../src/policy/limits.ts";
import { PolicySandbox, type EvaluationResult } from "../src/policy/sandbox.ts";
import { modulePath, type PolicyName } from "./build.ts";

/** The parts of an intent that a test names; the rest is empty. A chain's own decode is under the chain's name. */
export interface IntentParts extends Details {
  readonly opaque?: boolean;
  /** Left out: an unknown call where `opaque`, else none. */
  readonly opaqueCauses?: readonly OpaqueCause[];
  readonly opaqueReason?: string;
  readonly transfers?: readonly Partial<Transfer>[];
  readonly allowances?: readonly Partial<Allowance>[];
  readonly control?: readonly Control[];
  /** `data` as Solana calls have it. */
  readonly calls?: readonly (Partial<IntentCall> & { readonly data?: string })[];
  /** Null for a message; a small native fee otherwise. */
  readonly fee?: Fee | null;
}

export interface InputParts {
  readonly chain?: string;
  readonly chainId?: string;
  readonly type?: string;
  readonly settings: Json;
  readonly intent: IntentParts;
}

/** Without the mark that only the host can give. */
type Plain<T> = { [Name in keyof T as Name extends string ? Name : never]: T[Name] };

const OWN = "0x1111111111111111111111111111111111111111";
const FEE: Fee = { asset: "native", max: "21000" };

/** Text that the host would pass to `policy_evaluate`. */
function inputJson(parts: InputParts): string {
  return canonicalJson({
    version: 1,
    request: { id: "req_1", type: parts.type ?? "ethereum.transaction", receivedAt: "2026-01-01T00:00:00Z" },
    signer: { principal: "alice", roles: ["KeyUser"], namespace: "default" },
    key: {
      id: "key_1",
      walletId: null,
      chain: parts.chain ?? "ethereum",
      path: "m/44'/60'/0'/0/0",
      publicKey: "0x02",
      address: OWN,
      label: null,
    },
    environment: {
      timestamp: 1_790_000_000,
      chainId: parts.chainId ?? "1",
      network: "mainnet",
      simulation: false,
    },
    intent: json(intentOf(parts.intent)),
    approvals: [],
    settings: parts.settings,
  });
}

/** Not by `intentOf` of the host: a test also names what no decoder would say together. */
function intentOf(parts: IntentParts): Plain<Intent> {
  const fee = parts.fee === undefined ? FEE : parts.fee;
  return {
    ...detailsOf(parts),
    opaque: parts.opaque ?? false,
    opaqueCauses: parts.opaqueCauses ?? (parts.opaque === true ? ["unknownCall"] : []),
    ...(parts.opaqueReason === undefined ? {} : { opaqueReason: parts.opaqueReason }),
    transfers: (parts.transfers ?? []).map((transfer) => ({
      asset: "native",
      from: OWN,
      to: OWN,
      amount: "0",
      ownChange: false,
      ...transfer,
    })),
    allowances: (parts.allowances ?? []).map((allowance) => ({
      asset: "native",
      owner: OWN,
      spender: OWN,
      amount: "0",
      ...allowance,
    })),
    control: parts.control ?? [],
    calls: (parts.calls ?? []).map((call) => ({ to: OWN, value: "0", selector: null, ...call })),
    ...(fee === null ? {} : { fee }),
  };
}

function detailsOf({ ethereum, bitcoin, solana, starknet, validator, babylon }: IntentParts): Details {
  const named = Object.entries({ ethereum, bitcoin, solana, starknet, validator, babylon });
  return Object.fromEntries(named.filter(([, detail]) => detail !== undefined));
}

function json(value: unknown): Json {
  // What a caller built from plain data is JSON; a round trip proves it.
  const parsed: Json = JSON.parse(JSON.stringify(value));
  return parsed;
}

/** A ready policy in a sandbox that runs nothing else. */
export class PolicyUnderTest {
  readonly #sandbox = new PolicySandbox();
  readonly #name: PolicyName;
  #digest = "";

  constructor(name: PolicyName) {
    this.#name = name;
  }

  async start(): Promise<void> {
    const info = await this.#sandbox.prepare(await readFile(modulePath(this.#name)));
    this.#digest = info.digest;
  }

  stop(): Promise<void> {
    return this.#sandbox.close();
  }

  evaluate(parts: InputParts): Promise<EvaluationResult> {
    const input = new TextEncoder().encode(inputJson(parts));
    return this.#sandbox.evaluate({ digest: this.#digest, input, fuelMax: GUEST_LIMITS.fuelMax });
  }

  /** `allow`, `allowOpaque` (with ` control KIND,…`), `requireApproval`, or `deny CODE`; `failed FAILURE: message` for what no policy should do. */
  async says(parts: InputParts): Promise<string> {
    const { verdict } = await this.evaluate(parts);
    switch (verdict.decision) {
      case "allow":
        return (
          (verdict.allowOpaque ? "allowOpaque" : "allow") +
          (verdict.allowControl.length > 0 ? ` control ${verdict.allowControl.join()}` : "")
        );
      case "deny":
        return `deny ${verdict.code ?? ""}`;
      case "requireApproval":
        return "requireApproval";
      case "failed":
        return `failed ${verdict.failure}: ${verdict.message}`;
    }
  }

  /** Empty where the settings are accepted, else the reason. */
  async problemOf(settings: Json): Promise<string> {
    const verdict = await this.#sandbox.validateSettings(
      this.#digest,
      canonicalJson(settings),
      GUEST_LIMITS.fuelMax,
    );
    return verdict.ok ? "" : verdict.reason;
  }
}
