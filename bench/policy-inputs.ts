/** Typical inputs of the ready policies: real requests, decoded by their adapter, written as the signing path writes them. */
import { randomBytes } from "node:crypto";
import { encodeFunctionData, erc20Abi } from "viem";
import { Adapters } from "../src/chains/registry.ts";
import type { SignRequest } from "../src/chains/adapter.ts";
import { TOUR_CHAINS } from "../src/commands/tour/requests.ts";
import { canonicalJson, type Json } from "../src/domain/canonical.ts";
import { PrincipalIndex, type Principal } from "../src/access/principals.ts";
import type { KeyRecord } from "../src/domain/keys.ts";
import { evaluateToSign } from "../src/signing/evaluation.ts";
import { Freezes } from "../src/directory/freezes.ts";
import { newIdentifier } from "../src/directory/identifiers.ts";
import { authorize } from "../src/signing/authorize.ts";
import { decode } from "../src/signing/decode.ts";
import { Departures, IN_PROCESS } from "../src/signing/departures.ts";
import type { PolicyName } from "../policies/build.ts";

export interface PolicyInput {
  readonly policy: PolicyName;
  /** What the request does, for the table. */
  readonly request: string;
  /** Canonical JSON, UTF-8. */
  readonly input: Uint8Array;
}

const OWN = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94";
const RECIPIENT = "0xd8da6bf26964af9d7eed9e03e53415d37aa96045";
const USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const USDC_AMOUNT = 5_000_000n;

/** One input for each ready policy, and a long list of rules for the one whose work grows with them. */
export async function policyInputs(): Promise<PolicyInput[]> {
  const transfer = TOUR_CHAINS[0]?.transfer(OWN, 10_000n) ?? {};
  const token = tokenTransfer();
  const cases: readonly (readonly [PolicyName, string, object, Json])[] = [
    ["transfer-limits", "native transfer, 1 rule", transfer, limits(1)],
    ["transfer-limits", "ERC-20 transfer, last of 20 rules", token, limits(20)],
    ["contract-allowlist", "ERC-20 transfer, last of 10 contracts", token, contracts(10)],
    ["deny-opaque", "ERC-20 transfer", token, {}],
  ];
  return Promise.all(
    cases.map(async ([policy, request, body, settings]) => {
      return { policy, request, input: await inputOf(body, settings) };
    }),
  );
}

function tokenTransfer(): object {
  const data = encodeFunctionData({
    abi: erc20Abi,
    functionName: "transfer",
    args: [RECIPIENT, USDC_AMOUNT],
  });
  return {
    type: "ethereum.transaction",
    transaction: {
      chainId: 1,
      nonce: 7,
      to: USDC,
      data,
      gas: 65_000,
      maxFeePerGas: "30000000000",
      maxPriorityFeePerGas: "1000000000",
    },
  };
}

/** `count` rules of which the last covers the request. */
function limits(count: number): Json {
  const assets = [...Array.from({ length: count - 1 }, () => `erc20:${randomAddress()}`), "native"];
  if (count > 1) assets[count - 1] = `erc20:${USDC}`;
  return {
    rules: assets.map((asset) => ({
      chain: "ethereum",
      chainId: "1",
      asset,
      recipients: [RECIPIENT],
      maxPerTransaction: "1000000000000000000",
      windows: [{ seconds: 86_400, max: "1000000000000000000000" }],
    })),
    maxFee: [{ chain: "ethereum", max: "1000000000000000000" }],
  };
}

function contracts(count: number): Json {
  const addresses = [...Array.from({ length: count - 1 }, randomAddress), USDC];
  return {
    contracts: addresses.map((address) => ({
      chain: "ethereum",
      chainId: "1",
      address,
      methods: ["approve(address,uint256)", "transfer(address,uint256)"],
    })),
  };
}

function randomAddress(): string {
  return `0x${randomBytes(20).toString("hex")}`;
}

const CALLER: Principal = {
  id: newIdentifier("prn"),
  namespace: "default",
  name: "bench",
  roles: ["KeyUser"],
  groups: [],
  createdAt: new Date().toISOString(),
};

/** What the guest would read for `body` under a binding with `settings`. */
function unreached(): never {
  throw new Error("an input needs one key");
}

/** What decoding for one key reaches, but for the key and its adapter. */
const PARTS = {
  principals: new PrincipalIndex(),
  directory: {
    keyAt: unreached,
    keyInAccount: unreached,
    wallet: unreached,
    walletKeys: unreached,
    descriptors: { ofWallet: unreached },
    freezes: new Freezes(),
  },
  chains: { spans: unreached, survey: unreached, decodeForWallet: unreached },
};

async function inputOf(body: object, settings: Json): Promise<Uint8Array> {
  const request: SignRequest = JSON.parse(JSON.stringify(body));
  const key: KeyRecord = {
    id: newIdentifier("key"),
    namespace: "default",
    walletId: newIdentifier("wal"),
    chain: "ethereum",
    curve: "secp256k1",
    derivation: "bip32-secp256k1",
    path: "m/44'/60'/0'/0/0",
    publicKey: new Uint8Array(33).fill(2),
    address: OWN,
    label: null,
    attributes: {},
    state: "active",
    createdAt: new Date().toISOString(),
  };
  const adapter = await new Adapters().of("ethereum");
  const meaning = adapter.decode(request, key);
  const submission = {
    requestId: newIdentifier("req"),
    principal: CALLER,
    asked: { keyId: key.id },
    request,
    receivedAt: new Date(),
    bodyHash: new Uint8Array(32),
    idempotencyKey: null,
    departure: new Departures().begin(IN_PROCESS),
  };
  const parts = { ...PARTS, directory: { ...PARTS.directory, key: () => key } };
  const chains = { ...PARTS.chains, decode: () => Promise.resolve(meaning) };
  const decoded = await decode({ ...parts, chains }, authorize({ ...parts, chains }, submission));
  let written = new Uint8Array(0);
  const binding = {
    id: newIdentifier("bnd"),
    namespace: "default",
    policy: "",
    scope: { kind: "key", id: key.id },
    settings: canonicalJson(settings),
    fuelMax: 1,
    mode: "enforce",
    createdAt: new Date().toISOString(),
    version: 1,
  } as const;
  await evaluateToSign(decoded, {
    bindingsFor: () => [binding],
    ask: async (questions) =>
      questions.map(({ input }) => {
        written = Buffer.from(input());
        return { verdict: { decision: "deny", reason: "not asked" }, fuelUsed: 0, logs: [] };
      }),
  });
  return written;
}
