/** Calls of every kind on a small installation, so that they meet: the same few names, keys, histories and answers. */
import fc from "fast-check";
import type { Actor } from "../../src/access/actors.ts";
import type { PrincipalRecord } from "../../src/access/principals.ts";
import type { Role } from "../../src/access/roles.ts";
import type { KeyRecord } from "../../src/domain/keys.ts";
import type { SealedKey } from "../../src/domain/sealed.ts";
import type { ImportChunk } from "../../src/guard/eip3076/chunks.ts";
import type { ActName } from "../../src/record/acts/act.ts";
import type { Input, LedgerThread } from "../../src/record/contract.ts";
import type { Call } from "../../src/threads/contract.ts";
import * as validators from "../guard/eip3076/guard.ts";
import * as providers from "../guard/eots/guard.ts";
import { payloadOf } from "../chains/ethereum-validator/payloads.ts";
import { claim, decision } from "./tables.ts";

const AT = "2026-01-01T00:00:00.000Z";
const SYSTEM: Actor = { namespace: "default", principal: "claviger test", tokenVersion: null };
const ADMINISTRATOR: readonly Role[] = ["KeyAdmin", "NamespaceAdmin", "PolicyAdmin", "Auditor"];

function call<Name extends keyof LedgerThread>(method: Name, ...input: Parameters<LedgerThread[Name]>): Call {
  return { method, input };
}

type ActsOf = { readonly [Name in ActName]: fc.Arbitrary<Omit<Input<Name>, "actor">> };

const some = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const amount = (max: number) => fc.integer({ min: 0, max });
const height = amount(9).map(BigInt);

function record(id: string, namespace: string, tokenHash: Uint8Array): PrincipalRecord {
  return {
    principal: {
      id,
      namespace,
      name: id,
      roles: ADMINISTRATOR,
      groups: [],
      createdAt: AT,
      version: 1,
      tokenVersion: 1,
    },
    tokenHash,
  };
}

const CHAINS = {
  ethereum: { curve: "secp256k1", publicKey: Uint8Array.of(2, ...new Uint8Array(32).fill(7)) },
  babylon: { curve: "secp256k1", publicKey: Uint8Array.of(2, ...providers.publicKey(0)) },
  bitcoin: { curve: "secp256k1", publicKey: Uint8Array.of(3, ...new Uint8Array(32).fill(7)) },
  "ethereum-validator": { curve: "bls12-381", publicKey: validators.publicKey(0) },
} as const;
type KeyChain = keyof typeof CHAINS;

function keyOf(id: string, chain: KeyChain, namespace: string, walletId: string | null): KeyRecord {
  return {
    id,
    namespace,
    walletId,
    chain,
    ...CHAINS[chain],
    derivation: walletId === null ? "imported" : "bip32-secp256k1",
    path: walletId === null ? null : "m/0",
    address: `${chain} ${chain === "bitcoin" ? "mainnet" : ""}`,
    label: null,
    attributes: chain === "bitcoin" ? { network: "mainnet", purpose: 86 } : {},
    state: "active",
    createdAt: AT,
  };
}

function sealedFor({ id, namespace, publicKey, curve, walletId }: KeyRecord): SealedKey {
  const sealed = new Uint8Array(40);
  return {
    dataKey: walletId === null ? { row: { id, namespace, kekVersion: 1, sealed }, kekUses: 1 } : null,
    keySecret: { keyId: id, dataKeyId: walletId ?? id, publicKey, curve, namespace, walletId, sealed },
  };
}

/** One for each chain and namespace. */
const IDS = { ethereum: "key_1", babylon: "key_2", bitcoin: "key_3", "ethereum-validator": "key_4" } as const;
const keyIds = some<string>(...Object.values(IDS));
const namespaces = some("default", "default", "default", "acme");
const idOf = (chain: KeyChain, namespace: string): string =>
  namespace === "default" ? IDS[chain] : `${IDS[chain]}_${namespace}`;
const anyKey = (chains: fc.Arbitrary<KeyChain>, wallets: fc.Arbitrary<string | null>) =>
  fc
    .tuple(chains, namespaces, wallets)
    .map(([chain, namespace, wallet]) => keyOf(idOf(chain, namespace), chain, namespace, wallet));
const keys = anyKey(
  some<KeyChain>("ethereum", "babylon", "bitcoin", "ethereum-validator"),
  some(null, null, "wal_~0"),
);
const validatorKeys = anyKey(some<KeyChain>("ethereum-validator"), some(null));
const providerKeys = anyKey(some<KeyChain>("babylon"), some(null));

const principals = some("prn_~0", "prn_~0", "prn_~1", "prn_0");
const answers = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  fc.record({ idempotencyKey: some("a", "b"), fill: some(1, 1, 2) }).map(({ idempotencyKey, fill }) => ({
    namespace: "default",
    principal: "prn_0",
    idempotencyKey,
    requestHash: new Uint8Array(32).fill(fill),
    status: 201,
    body: "{}",
  })),
);
const scopes = some(
  { kind: "key", id: "key_1", namespace: "default" } as const,
  { kind: "wallet", id: "wal_~0", namespace: "default" } as const,
  { kind: "namespace", namespace: "acme" } as const,
  { kind: "everything" } as const,
);
const freezes = some("frz_~0", "frz_~0", "frz_~1");
const bindings = fc
  .record({
    id: some("bnd_~0", "bnd_~0", "bnd_~1"),
    version: some(2, 2, 2, 3),
    settings: some("{}", '{"a":1}'),
  })
  .map((changes) => ({
    namespace: "default",
    policy: "sha256:1",
    scope: { kind: "namespace", id: "default" } as const,
    fuelMax: 1,
    mode: "enforce" as const,
    createdAt: AT,
    ...changes,
  }));
const descriptors = fc.record({ text: some("wsh(pk(A))", "wsh(pk(B))") }).map(({ text }) => ({
  id: "dsc_new",
  namespace: "default",
  walletId: "wal_~0",
  name: "d",
  network: "mainnet",
  descriptor: text,
  ownKeys: [],
  receiveAddress: "bc1",
  changeAddress: null,
  createdAt: AT,
}));
const validatorNames = fc.option(
  fc.array(amount(2).map(validators.publicKey), { minLength: 1, maxLength: 2 }),
);
const providerNames = fc.array(amount(2).map(providers.publicKey), { minLength: 1, maxLength: 2 });
const track = fc.record({
  publicKey: amount(1).map(providers.publicKey),
  chainId: amount(1).map(providers.chainId),
});
const numbers = some(1, 2);
const optionalHeight = fc.option(height);

/** Of each act, inputs of which most are done. */
const ACTS: ActsOf = {
  initialise: fc.constant(firstRows()),
  createNamespace: fc.record({
    created: some("acme", "new_~0", "new_new").map((name) => ({ name, createdAt: AT })),
    answer: answers,
  }),
  createPrincipal: fc.record({
    created: fc
      .tuple(some("prn_new"), namespaces, fc.uint8Array({ minLength: 32, maxLength: 32 }))
      .map((parts) => record(...parts)),
    answer: answers,
  }),
  updatePrincipal: fc.record({
    namespace: some("default"),
    id: principals,
    roles: some<readonly Role[] | null>(null, ["KeyAdmin"], ADMINISTRATOR),
    groups: some(null, ["g"]),
  }),
  rotatePrincipal: fc.record({
    namespace: some("default"),
    id: principals,
    tokenHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    answer: answers,
  }),
  deletePrincipal: fc.record({ namespace: some("default"), id: principals }),
  createWallet: fc
    .record({
      wallet: some("wal_new").map((id) => ({ id, namespace: "default", name: id, createdAt: AT })),
      answer: answers,
    })
    .map(({ wallet, answer }) => ({ wallet, sealed: sealedWallet(wallet.id, "default"), answer })),
  createKey: fc
    .record({ key: keys, state: some("none", "none", "none", "deleted", "active"), answer: answers })
    .map(({ key, state, answer }) => ({
      key,
      found:
        state === "none"
          ? null
          : { ...key, state: state === "deleted" ? ("deleted" as const) : ("active" as const) },
      sealed: sealedFor(key),
      answer,
    })),
  importValidatorKey: fc
    .record({ key: validatorKeys, number: fc.option(some(1), { freq: 1 }) })
    .map(({ key, number }) => ({
      key,
      sealed: sealedFor(key),
      history:
        number === null
          ? null
          : {
              number,
              genesisValidatorsRoot: validators.GENESIS,
              expectedRoot: validators.GENESIS,
              size: { entries: 1, records: 2 },
            },
    })),
  restartValidatorKey: fc.record({ id: some("key_4", "key_4", "key_1") }),
  restoreEotsKey: fc
    .record({
      key: providerKeys,
      floors: fc.array(fc.record({ chainId: amount(1).map(providers.chainId), height }), {
        minLength: 1,
        maxLength: 2,
      }),
    })
    .map(({ key, floors }) => ({ key, sealed: sealedFor(key), floors })),
  setKeyState: fc.record({ id: keyIds, state: some("active", "disabled"), answer: answers }),
  deleteKeys: fc.record({ ids: fc.array(keyIds, { minLength: 1, maxLength: 2 }), forEveryone: fc.boolean() }),
  createFreeze: fc
    .record({ id: some("frz_new"), scope: scopes, answer: answers })
    .map(({ id, scope, answer }) => ({
      freeze: { id, scope, orderedBy: "", orderedIn: "", createdAt: AT },
      answerFor: id,
      answer,
    })),
  liftFreeze: fc.record({ id: freezes }),
  createPolicy: fc.record({ name: some("p", "q"), answer: answers }).map(({ name, answer }) => ({
    policy: {
      namespace: "default",
      digest: "sha256:1",
      name,
      sizeBytes: 1,
      abi: "1",
      meter: {},
      createdAt: AT,
    },
    module: new Uint8Array(1),
    answer,
  })),
  createBinding: fc.record({
    binding: bindings.map((binding) => ({ ...binding, id: "bnd_new", version: 1 })),
    answer: answers,
  }),
  updateBinding: bindings.map((binding) => ({ binding, version: binding.version - 1 })),
  deleteBinding: fc.record({ namespace: some("default"), id: some("bnd_~0", "bnd_~1") }),
  createDescriptor: fc.record({ descriptor: descriptors, answer: answers }),
  deleteDescriptor: fc.record({ namespace: some("default"), id: some("dsc_~0", "dsc_~1") }),
  noteAct: some({ action: "system.seal" }),
  acceptClock: some({ stated: AT }, { stated: "2026-01-01T00:01:00.000Z" }),
  answerRepeat: answers.map((answer) => ({
    permission: "wallet.create",
    request: answer ?? {
      namespace: "default",
      principal: "prn_0",
      idempotencyKey: "c",
      requestHash: new Uint8Array(32),
    },
  })),
  configureSlashing: fc
    .record({
      mode: some("complete" as const, "complete" as const, "minimal" as const),
      unknownHistory: some("accept" as const, "refuse" as const),
      slotBound: optionalHeight,
    })
    .map((settings) => ({ settings })),
  setSlashingEnabled: fc.record({ publicKeys: validatorNames, enabled: fc.boolean() }),
  raiseSlashingFloors: fc.record({ publicKeys: validatorNames, slot: optionalHeight, epoch: optionalHeight }),
  setSlashingBounds: fc
    .record({ publicKeys: validatorNames, slot: optionalHeight, epoch: optionalHeight })
    .map(({ publicKeys, slot, epoch }) => ({ publicKeys, bounds: { slot, epoch } })),
  mergeSlashingImport: fc
    .record({ number: numbers, only: some(null, [hex(validators.publicKey(0))]) })
    .map(({ number, only }) => ({
      number,
      options: { genesisValidatorsRoot: validators.GENESIS, expectedRoot: validators.GENESIS, only },
    })),
  setEotsFloor: fc
    .record({ track, height })
    .map(({ track: at, height: floor }) => ({ ...at, height: floor })),
  requireEotsFloor: fc.record({ publicKeys: providerNames }),
  setEotsEnabled: fc.record({ publicKeys: fc.option(providerNames), enabled: fc.boolean() }),
  noteEotsExport: fc.record({ publicKeys: fc.option(providerNames), disable: fc.boolean() }),
  endSlashingImport: fc.constant({}),
  mergeEotsImport: fc
    .record({ number: numbers, enableKeys: fc.boolean() })
    .map(({ number, enableKeys }) => ({ number, options: { enableKeys } })),
  pruneEotsHistory: fc.record({ after: some(null), rowsMax: some(1, 9) }),
  pinSlashingChain: fc.record({
    genesisValidatorsRoot: some(validators.GENESIS),
    network: some(null, "{}"),
  }),
};

export const ACT_NAMES = Object.keys(ACTS) as ActName[];

const actors: fc.Arbitrary<Actor> = some<Actor>(
  SYSTEM,
  SYSTEM,
  { namespace: "default", principal: "prn_0", tokenVersion: 1 },
  { namespace: "default", principal: "prn_0", tokenVersion: 1 },
  { namespace: "default", principal: "prn_~0", tokenVersion: 1 },
  { namespace: "acme", principal: "prn_~1", tokenVersion: 1 },
  { namespace: "default", principal: "keymanager-client", tokenVersion: null },
);

/** The act of this name by somebody; `SYSTEM` may every act. */
function act(name: ActName, actor: fc.Arbitrary<Actor> = actors): fc.Arbitrary<Call> {
  return fc.tuple(ACTS[name] as fc.Arbitrary<object>, actor).map(([input, who]) => ({
    method: name,
    input: [{ ...input, actor: who }],
  }));
}

const decisions = fc
  .record({
    id: some("req_new"),
    keyId: keyIds,
    idempotencyKey: some(null, null, "a"),
    judgedUnder: some(
      { principal: null, bindings: [] },
      { principal: 1, bindings: [] },
      { principal: null, bindings: ["bnd_~0:1"] },
    ),
    reservations: fc.array(
      some("1", "6").map((spent) => claim({ amount: spent, window: 20 })),
      { maxLength: 1 },
    ),
    slots: fc.subarray(["x"]),
    payloads: fc.oneof(
      fc.constant([]),
      fc
        .tuple(amount(1), height, amount(1))
        .map(([key, slot, message]) => [payloadOf(validators.block(key, slot, message))]),
      fc.tuple(amount(1), height, amount(1)).map(([key, at, message]) => {
        const { publicKey, chainId, message: bytes } = providers.claim(key, at, message);
        return [{ scheme: "babylon.eots" as const, publicKey, chainId, height: at, message: bytes }];
      }),
    ),
  })
  .map((changes) => decision({ namespace: "default", principal: "prn_0", ...changes }));

/** Of the same few validators and heights as everything else. */
const slashingChunks: fc.Arbitrary<ImportChunk> = fc.tuple(amount(1), height).map(([key, slot]) => ({
  entries: { entry: Uint32Array.of(0), publicKeys: validators.publicKey(key) },
  blocks: {
    entry: Uint32Array.of(0),
    roots: validators.root(0),
    rooted: Uint8Array.of(1),
    slot: BigUint64Array.of(slot),
  },
  attestations: {
    entry: Uint32Array.of(0),
    roots: validators.root(0),
    rooted: Uint8Array.of(1),
    source: BigUint64Array.of(slot),
    target: BigUint64Array.of(slot + 1n),
  },
}));
const eotsChunks = fc
  .tuple(amount(1), height, amount(1), fc.boolean())
  .map(([key, at, message, requires]) => ({
    records: [{ ...providers.place(key, at), message: providers.message(message), signature: null, at: AT }],
    floors: [providers.place(key, 1n)],
    requireFloor: requires ? [providers.publicKey(key)] : [],
  }));

/** What is no act: decisions on each guard and limit, imports as they are staged, and what the service does by itself. */
const OTHERS: readonly fc.Arbitrary<Call>[] = [
  decisions.map((asked) => call("decide", asked)),
  fc.array(decisions, { minLength: 1, maxLength: 3 }).map((several) =>
    call(
      "decideTogether",
      several.map((asked, index) => ({ ...asked, id: `${asked.id}-${index}` })),
    ),
  ),
  some("req_~0", "req_~1").map((requestId) =>
    call("recordOutcome", { namespace: "default", requestId, signatureHash: "00", result: "{}" }),
  ),
  fc.constant(call("beginEotsImport")),
  fc.record({ number: numbers, chunk: eotsChunks }).map((input) => call("stageEotsImport", input)),
  numbers.map((number) => call("discardEotsImport", { number })),
  fc.record({ number: numbers, chunk: slashingChunks }).map((input) => call("stageSlashingImport", input)),
  numbers.map((number) => call("discardSlashingImport", { number })),
  fc.constant(call("advanceSlashingImport")),
  fc.constant(call("clearSlashingStage")),
  fc.constant(call("readSlashingCounts")),
  fc.constant(call("readHead")),
];

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  ...OTHERS,
  ...ACT_NAMES.map((name) => ({ weight: 2, arbitrary: act(name) })),
);

/** Acts on the same things: one after the other, each must see what the ones before it left. */
const FAMILIES: readonly (readonly ActName[])[] = [
  ["createKey", "setKeyState", "deleteKeys", "restoreEotsKey", "importValidatorKey", "restartValidatorKey"],
  ["createPrincipal", "updatePrincipal", "rotatePrincipal", "deletePrincipal", "createWallet"],
  ["createBinding", "updateBinding", "deleteBinding", "createPolicy"],
  ["createFreeze", "liftFreeze"],
  ["createWallet", "createDescriptor", "deleteDescriptor"],
  ["setSlashingEnabled", "raiseSlashingFloors", "setSlashingBounds", "configureSlashing"],
  ["setEotsFloor", "requireEotsFloor", "setEotsEnabled", "noteEotsExport", "restoreEotsKey"],
  ["setEotsFloor", "setEotsFloor", "requireEotsFloor"],
  ["updatePrincipal", "rotatePrincipal"],
  ["createNamespace", "createWallet", "answerRepeat", "noteAct"],
];

const anyBatch: fc.Arbitrary<readonly Call[]> = fc.oneof(
  fc.array(anyCall, { minLength: 1, maxLength: 14 }),
  ...FAMILIES.map((names) =>
    fc.array(fc.oneof(...names.map((name) => act(name, some(SYSTEM)))), { minLength: 4, maxLength: 12 }),
  ),
);
export const anyBatches = fc.array(anyBatch, { minLength: 1, maxLength: 3 });

/** Every kind of call once or more, each act by somebody who may, in an order in which most of them are done. */
export function everyCall(): readonly Call[] {
  const sample = (calls: fc.Arbitrary<Call>, seed: number): Call => {
    const [found] = fc.sample(calls, { seed, numRuns: 1 });
    if (found === undefined) throw new Error("an arbitrary gives something");
    return found;
  };
  const ordered: readonly Call[] = [
    call("beginEotsImport"),
    sample(
      fc.record({ number: some(1), chunk: eotsChunks }).map((input) => call("stageEotsImport", input)),
      1,
    ),
    call("beginSlashingImport", { reach: { of: "everyKey" } }),
    sample(
      slashingChunks.map((chunk) => call("stageSlashingImport", { number: 1, chunk })),
      2,
    ),
  ];
  const acts = [1, 2, 3, 4].flatMap((seed) => ACT_NAMES.map((name) => sample(act(name, some(SYSTEM)), seed)));
  const strangers: readonly Actor[] = [
    { namespace: "default", principal: "prn_never", tokenVersion: 1 },
    { namespace: "default", principal: "keymanager-client", tokenVersion: null },
  ];
  const refused = strangers.map((stranger) => sample(act("configureSlashing", some(stranger)), 1));
  const restarted = [1, 2, 3, 4, 5, 6].map((seed) =>
    sample(act(seed % 2 === 0 ? "restartValidatorKey" : "importValidatorKey", some(SYSTEM)), seed),
  );
  const families = FAMILIES.flatMap((names) =>
    Array.from({ length: 24 }, (_, seed) =>
      sample(fc.oneof(...names.map((name) => act(name, some(SYSTEM)))), seed),
    ),
  );
  return [
    ...ordered,
    ...acts,
    ...restarted,
    ...refused,
    ...families,
    ...OTHERS.map((calls) => sample(calls, 4)),
  ];
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

function sealedWallet(walletId: string, namespace: string): Input<"createWallet">["sealed"] {
  const sealed = new Uint8Array(40);
  return {
    dataKey: { row: { id: walletId, namespace, kekVersion: 1, sealed }, kekUses: 1 },
    walletSecret: { walletId, dataKeyId: walletId, sealed },
  };
}

/** What the ledger begins with, and its administrator `prn_0`. */
export function firstRows(): Omit<Input<"initialise">, "actor"> {
  const key: KeyRecord = {
    ...keyOf("key_log", "ethereum", "system", "wal_log"),
    chain: "solana",
    curve: "ed25519",
    derivation: "slip10-ed25519",
    publicKey: new Uint8Array(32).fill(9),
  };
  return {
    sealed: {
      seal: { header: "{}", sealedRoot: new Uint8Array(40) },
      kek: { version: 1, sealed: new Uint8Array(40), uses: 0 },
    },
    namespaces: [
      { name: "default", createdAt: AT },
      { name: "system", createdAt: AT },
      { name: "acme", createdAt: AT },
    ],
    audit: {
      wallet: { id: "wal_log", namespace: "system", name: "log", createdAt: AT },
      sealedWallet: sealedWallet("wal_log", "system"),
      key,
      sealedKey: sealedFor(key),
      log: { origin: "example.com/log", keyId: "key_log", publicKey: key.publicKey },
    },
    administrator: record("prn_0", "default", new Uint8Array(32)),
  };
}

/**
 * The calls with ids in place of what stands for them: `wal_new` is the next wallet, `wal_~0` the newest of those before, `wal_~1`
 * the one before it. So what is made is new, as it is in the service, and what is asked for is mostly there.
 */
export function named(batches: readonly (readonly Call[])[]): readonly (readonly Call[])[] {
  const made = new Map<string, number>();
  return batches.map((calls) => calls.map((draft) => namedIn(draft, made) as Call));
}

function namedIn(value: unknown, made: Map<string, number>): unknown {
  const news = new Map<string, number>();
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") {
      return part.replace(/^([a-z]+)_(?:new|~(\d))/, (_, kind: string, back?: string) => {
        const count = made.get(kind) ?? 0;
        if (back !== undefined) return `${kind}_${Math.max(0, count - Number(back))}`;
        news.set(kind, count + 1);
        return `${kind}_${count + 1}`;
      });
    }
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== "object" || part === null || ArrayBuffer.isView(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, walk(inner)]));
  };
  const walked = walk(value);
  for (const [kind, count] of news) made.set(kind, count);
  return walked;
}

export const FIRST: Call = { method: "initialise", input: [{ ...firstRows(), actor: SYSTEM }] };
