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
import { lodestar, LODESTAR_MISSING } from "../lodestar/client.ts";
import { RunningService } from "../running/service.ts";

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

async function assertSigned(fork: Fork, root: Uint8Array, type: string, data: unknown): Promise<void> {
  const signature = await client.externalSignerPostSignature(
    config(fork),
    service.url,
    publicKey,
    root,
    fork.slot,
    { type, data },
  );
  const point = Signature.fromBytes(bytes(signature), true, true);
  assert.ok(verify(root, PublicKey.fromBytes(bytes(publicKey), true), point), type);
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

test("lodestar: /upcheck is JSON for who asks for JSON; 1.5.1 asks for anything", options, async () => {
  const reply = await fetch(`${service.url}/upcheck`, { headers: { accept: "application/json" } });
  assert.deepEqual(await reply.json(), { status: "OK" });
  // Web3Signer's text, which this release cannot read there either.
  await assert.rejects(client.externalSignerUpCheck(service.url), SyntaxError);
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

test(
  "lodestar: exits, deposits and withdrawal addresses are not for a caller without a token",
  options,
  async () => {
    const fork = FORKS.at(-1);
    assert.ok(fork !== undefined);
    const change = {
      validatorIndex: 7,
      fromBlsPubkey: bytes(publicKey),
      toExecutionAddress: bytes(filler(20, 6)),
    };
    const deposit = {
      pubkey: bytes(publicKey),
      withdrawalCredentials: bytes(filler(32, 6)),
      amount: 32_000_000_000,
      genesisForkVersion: bytes("0x00000000"),
    };
    const capella = FORKS[3] ?? fork;
    const exit = { epoch: 31_250, validatorIndex: 7 };
    const objects: [string, unknown, string, Fork, Uint8Array, string][] = [
      [
        "VOLUNTARY_EXIT",
        exit,
        "04000000",
        capella,
        ssz.phase0.VoluntaryExit.hashTreeRoot(exit),
        MAINNET_GENESIS_ROOT,
      ],
      [
        "DEPOSIT",
        deposit,
        "03000000",
        FORKS[0] ?? fork,
        ssz.phase0.DepositMessage.hashTreeRoot(deposit),
        NO_ROOT,
      ],
      [
        "BLS_TO_EXECUTION_CHANGE",
        change,
        "0a000000",
        FORKS[0] ?? fork,
        ssz.capella.BLSToExecutionChange.hashTreeRoot(change),
        MAINNET_GENESIS_ROOT,
      ],
    ];
    for (const [type, data, domain, { version }, object, genesis] of objects) {
      const root = new Uint8Array(signingRoot(Buffer.from(object), domain, version, genesis));
      await assert.rejects(assertSigned(fork, root, type, data), /auth\.forbidden.*validator-exits/, type);
    }
  },
);
