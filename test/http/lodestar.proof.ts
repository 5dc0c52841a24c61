/**
 * Lodestar's validator client, as published, against the running service: each duty that it knows, from Phase 0 to
 * Fulu. Roots are computed here with the types of a newer release; Lodestar's own only make the requests.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PublicKey, Signature, verify } from "@chainsafe/blst";
import { ssz } from "@lodestar/types";
import { filler, MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { signingRoot } from "../chains/ethereum-validator/expected.ts";
import { lodestar, lodestarFile, LODESTAR_MISSING } from "../lodestar/client.ts";
import { RunningService } from "../running/service.ts";
import { openTokenDoor } from "../running/token-door.ts";

const options = { skip: LODESTAR_MISSING };
const NO_ROOT = `0x${"00".repeat(32)}`;

interface Fork {
  readonly name: "phase0" | "altair" | "bellatrix" | "capella" | "deneb" | "electra" | "fulu";
  readonly seq: number;
  readonly version: string;
  readonly previous: string;
  readonly slot: number;
}

/** Mainnet's versions; a slot in an epoch of each. */
const FORKS: readonly Fork[] = (
  ["phase0", "altair", "bellatrix", "capella", "deneb", "electra", "fulu"] as const
).map((name, seq) => ({
  name,
  seq,
  version: `0x0${seq}000000`,
  previous: `0x0${Math.max(0, seq - 1)}000000`,
  slot: 1_000_000 * (seq + 1),
}));

let service: RunningService;
let client: any;
let publicKey: string;

before(async () => {
  if (LODESTAR_MISSING !== false) return;
  client = await lodestar("validator");
  const environment = { CLAVIGER_VALIDATORS__ALLOW_ANONYMOUS_SIGNING: "true" };
  service = await RunningService.start({ environment });
  const wallet = await service.call("POST", "/v1/wallets", { name: "lodestar" });
  const path = `/v1/wallets/${wallet.body.id}/keys`;
  const made = await service.call("POST", path, { chain: "ethereum-validator", index: 0 });
  assert.equal(made.status, 201, made.text);
  publicKey = made.body.publicKey;
});
after(() => service?.stop());

/** SSZ types of the fork; `ssz` is a namespace, which a name chosen at run time would not be checked in. */
function types(fork: Fork): any {
  return Reflect.get(ssz, fork.name);
}

/** What the client asks of a configuration, with the types of every fork. */
function config(fork: Fork): unknown {
  return {
    genesisValidatorsRoot: bytes(MAINNET_GENESIS_ROOT),
    getForkInfo: () => ({
      name: fork.name,
      seq: fork.seq,
      version: bytes(fork.version),
      prevVersion: bytes(fork.previous),
    }),
    getForkTypes: () => types(fork),
  };
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}

/** Types of duties whose signature was verified. */
const signed = new Set<string>();

async function assertSigned(
  fork: Fork,
  root: Uint8Array,
  type: string,
  data: unknown,
  url = service.url,
): Promise<void> {
  const signature = await client.externalSignerPostSignature(config(fork), url, publicKey, root, fork.slot, {
    type,
    data,
  });
  const point = Signature.fromBytes(bytes(signature), true, true);
  assert.ok(verify(root, PublicKey.fromBytes(bytes(publicKey), true), point), type);
  signed.add(type);
}

function rootOf(fork: Fork, domainType: string, object: Uint8Array): Uint8Array {
  return new Uint8Array(signingRoot(Buffer.from(object), domainType, fork.version, MAINNET_GENESIS_ROOT));
}

function attestationData(fork: Fork, seed = 1): any {
  const epoch = Math.floor(fork.slot / 32);
  return {
    slot: fork.slot,
    index: 0,
    beaconBlockRoot: bytes(filler(32, seed)),
    source: { epoch: epoch - 1, root: bytes(filler(32, 2)) },
    target: { epoch, root: bytes(filler(32, 3)) },
  };
}

function blockOf(fork: Fork, proposerIndex = 7): any {
  return { ...types(fork).BeaconBlock.defaultValue(), slot: fork.slot, proposerIndex };
}

test("lodestar: the public keys, without a token", options, async () => {
  assert.deepEqual(await client.externalSignerGetKeys(service.url), [publicKey]);
});

test("lodestar: /upcheck is JSON for who names JSON; 1.5.1 does so in Content-Type", options, async () => {
  const reply = await fetch(`${service.url}/upcheck`, { headers: { accept: "application/json" } });
  assert.deepEqual(await reply.json(), { status: "OK" });
  assert.equal(await client.externalSignerUpCheck(service.url), true);
});

for (const fork of FORKS) {
  test(`lodestar: block, attestation and RANDAO of ${fork.name}`, options, async () => {
    const block = blockOf(fork);
    const object = types(fork).BeaconBlock.hashTreeRoot(block);
    await assertSigned(fork, rootOf(fork, "00000000", object), "BLOCK_V2", block);
    const data = attestationData(fork);
    const voteRoot = rootOf(fork, "01000000", ssz.phase0.AttestationData.hashTreeRoot(data));
    await assertSigned(fork, voteRoot, "ATTESTATION", data);
    const epoch = Math.floor(fork.slot / 32);
    await assertSigned(fork, rootOf(fork, "02000000", ssz.Epoch.hashTreeRoot(epoch)), "RANDAO_REVEAL", {
      epoch,
    });
  });

  test(`lodestar: a second block and vote of ${fork.name} are refused, and why`, options, async () => {
    const block = blockOf(fork, 8);
    const object = types(fork).BeaconBlock.hashTreeRoot(block);
    const proposal = assertSigned(fork, rootOf(fork, "00000000", object), "BLOCK_V2", block);
    await assert.rejects(proposal, /guard\.double_proposal/);
    const data = attestationData(fork, 9);
    const root = rootOf(fork, "01000000", ssz.phase0.AttestationData.hashTreeRoot(data));
    await assert.rejects(assertSigned(fork, root, "ATTESTATION", data), /guard\.double_vote/);
  });
}

for (const fork of FORKS.slice(1)) {
  test(`lodestar: aggregation and sync committees of ${fork.name}`, options, async () => {
    const { slot } = fork;
    await assertSigned(fork, rootOf(fork, "05000000", ssz.Slot.hashTreeRoot(slot)), "AGGREGATION_SLOT", {
      slot,
    });
    const message = { beaconBlockRoot: bytes(filler(32, 4)), slot };
    await assertSigned(
      fork,
      rootOf(fork, "07000000", message.beaconBlockRoot),
      "SYNC_COMMITTEE_MESSAGE",
      message,
    );
    const selection = { slot, subcommitteeIndex: 3 };
    const selected = ssz.altair.SyncAggregatorSelectionData.hashTreeRoot(selection);
    await assertSigned(fork, rootOf(fork, "08000000", selected), "SYNC_COMMITTEE_SELECTION_PROOF", selection);
    const proof = ssz.altair.ContributionAndProof.defaultValue();
    proof.contribution.slot = slot;
    const contributed = ssz.altair.ContributionAndProof.hashTreeRoot(proof);
    await assertSigned(
      fork,
      rootOf(fork, "09000000", contributed),
      "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF",
      proof,
    );
    // The only aggregate that this release knows is that of Phase 0.
    const aggregate = ssz.phase0.AggregateAndProof.defaultValue();
    aggregate.aggregate.data = attestationData(fork);
    const aggregated = ssz.phase0.AggregateAndProof.hashTreeRoot(aggregate);
    await assertSigned(fork, rootOf(fork, "06000000", aggregated), "AGGREGATE_AND_PROOF", aggregate);
  });
}

test("lodestar: registration with a builder", options, async () => {
  const [fork] = FORKS;
  assert.ok(fork !== undefined);
  const data = {
    feeRecipient: bytes(filler(20, 5)),
    gasLimit: 60_000_000,
    timestamp: 1_764_800_000,
    pubkey: bytes(publicKey),
  };
  const object = Buffer.from(ssz.bellatrix.ValidatorRegistrationV1.hashTreeRoot(data));
  const root = new Uint8Array(signingRoot(object, "00000001", fork.version, NO_ROOT));
  await assertSigned(fork, root, "VALIDATOR_REGISTRATION", data);
});

interface Irrevocable {
  readonly type: string;
  readonly data: unknown;
  readonly root: Uint8Array;
}

/** Duties that nobody can take back. Exits have Capella's domain for ever, the other two that of the genesis. */
function irrevocable(): readonly Irrevocable[] {
  const genesis = "0x00000000";
  const capella = "0x03000000";
  const exit = { epoch: 31_250, validatorIndex: 7 };
  const deposit = {
    pubkey: bytes(publicKey),
    withdrawalCredentials: bytes(filler(32, 6)),
    amount: 32_000_000_000,
    genesisForkVersion: bytes(genesis),
  };
  const change = {
    validatorIndex: 7,
    fromBlsPubkey: bytes(publicKey),
    toExecutionAddress: bytes(filler(20, 6)),
  };
  const rootFor = (object: Uint8Array, domain: string, version: string, network: string): Uint8Array =>
    new Uint8Array(signingRoot(Buffer.from(object), domain, version, network));
  const exitRoot = ssz.phase0.VoluntaryExit.hashTreeRoot(exit);
  const depositRoot = ssz.phase0.DepositMessage.hashTreeRoot(deposit);
  const changeRoot = ssz.capella.BLSToExecutionChange.hashTreeRoot(change);
  return [
    {
      type: "VOLUNTARY_EXIT",
      data: exit,
      root: rootFor(exitRoot, "04000000", capella, MAINNET_GENESIS_ROOT),
    },
    { type: "DEPOSIT", data: deposit, root: rootFor(depositRoot, "03000000", genesis, NO_ROOT) },
    {
      type: "BLS_TO_EXECUTION_CHANGE",
      data: change,
      root: rootFor(changeRoot, "0a000000", genesis, MAINNET_GENESIS_ROOT),
    },
  ];
}

test("lodestar: what nobody can take back is not for a caller without a token", options, async () => {
  for (const fork of FORKS.slice(-2)) {
    for (const { type, data, root } of irrevocable()) {
      await assert.rejects(assertSigned(fork, root, type, data), /auth\.forbidden.*validator-exits/, type);
    }
  }
});

test("lodestar: exits, deposits and withdrawal addresses by a door that adds a token", options, async () => {
  const member = { name: "exits", roles: ["KeyUser"], groups: ["validator-exits"] };
  const made = await service.call("POST", "/v1/principals", member);
  assert.equal(made.status, 201, made.text);
  const door = await openTokenDoor(service.url, made.body.token);
  try {
    // The fork that the client names is that of the slot; only the exit's domain could depend on it, and must not.
    for (const fork of FORKS.slice(3)) {
      for (const { type, data, root } of irrevocable()) await assertSigned(fork, root, type, data, door.url);
    }
  } finally {
    await door.close();
  }
});

test("lodestar: every type that it can send was signed here", options, async () => {
  const { SignableMessageType } = await lodestarFile("validator/lib/util/externalSignerClient.js");
  assert.deepEqual(signed, new Set(Object.values(SignableMessageType)));
});
