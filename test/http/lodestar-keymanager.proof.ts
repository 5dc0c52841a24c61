/**
 * Lodestar's API client against the Keymanager API, and its validator store signing with the keys that came that way:
 * import with history, every duty that the store knows, delete with the history of all that was signed.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PublicKey, Signature, verify } from "@chainsafe/blst";
import { ssz } from "@lodestar/types";
import { toHex } from "../../src/domain/bytes.ts";
import { blsPublicKey } from "../../src/vault/sign/bls.ts";
import { filler, MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { signingRoot } from "../chains/ethereum-validator/expected.ts";
import { lodestar, LODESTAR_MISSING } from "../lodestar/client.ts";
import { RunningService } from "../running/service.ts";
import { keystoreOf, validatorKey } from "../vault/keystores/keystores.ts";

const options = { skip: LODESTAR_MISSING };
const PASSWORD = "correct horse";
const CAPELLA_EPOCH = 194_048;
const NO_ROOT = `0x${"00".repeat(32)}`;
const UNKNOWN = `0x${"ab".repeat(48)}`;

/** What the first key signed elsewhere, before it came here. */
const HISTORY = {
  metadata: { interchange_format_version: "5", genesis_validators_root: MAINNET_GENESIS_ROOT },
  data: [] as object[],
};
const SIGNED_BEFORE = { slot: 1_000_000, source: 31_248, target: 31_249 };

let service: RunningService;
let config: any;
let keymanager: any;
let store: any;
const samples = Array.from({ length: 4 }, (_, index) => {
  const secret = validatorKey(7000 + index);
  return { publicKey: toHex(blsPublicKey(secret)), keystore: JSON.stringify(keystoreOf(secret, PASSWORD)) };
});
const publicKeys = samples.map(({ publicKey }) => publicKey);
const [first = "", second = "", third = "", fourth = ""] = publicKeys;

before(async () => {
  if (LODESTAR_MISSING !== false) return;
  service = await RunningService.start({
    environment: { CLAVIGER_VALIDATORS__ALLOW_ANONYMOUS_SIGNING: "true" },
  });
  const { createIBeaconConfig } = await lodestar("config");
  const { mainnetChainConfig } = await lodestar("config/networks");
  // This release was made before Capella had its date.
  const chain = { ...mainnetChainConfig, CAPELLA_FORK_EPOCH: CAPELLA_EPOCH };
  config = createIBeaconConfig(chain, bytes(MAINNET_GENESIS_ROOT));
  keymanager = await client(readFileSync(join(service.dataDirectory, "keymanager.token"), "utf8").trim());
  store = await validatorStore();
});
after(() => service?.stop());

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}

async function client(bearerToken: string | undefined): Promise<any> {
  const { getClient } = await lodestar("api/keymanager");
  return getClient({ baseUrl: service.url, bearerToken }, { config });
}

/** Lodestar's validator store with our service as its signer. Its own slashing protection lets everything through. */
async function validatorStore(): Promise<any> {
  const { ValidatorStore, SignerType } = await lodestar("validator");
  const accepting = {
    checkAndInsertBlockProposal: () => Promise.resolve(),
    checkAndInsertAttestation: () => Promise.resolve(),
  };
  const signers = publicKeys.map((pubkey) => ({ type: SignerType.Remote, url: service.url, pubkey }));
  return new ValidatorStore(config, accepting, { indexCount: 0 }, null, null, signers);
}

function statuses(reply: any): string[] {
  assert.equal(reply.ok, true, JSON.stringify(reply.error));
  assert.equal(reply.status, 200);
  return reply.response.data.map((entry: { status: string }) => entry.status);
}

function importing(
  indices: readonly number[],
  history?: object,
  passwords?: readonly string[],
): Promise<any> {
  const chosen = indices.map((index) => samples[index]?.keystore ?? "");
  const document = history === undefined ? undefined : JSON.stringify(history);
  return keymanager.importKeystores(chosen, passwords ?? chosen.map(() => PASSWORD), document);
}

async function listed(): Promise<unknown[]> {
  const reply = await keymanager.listKeys();
  assert.equal(reply.ok, true);
  return reply.response.data;
}

test("lodestar keymanager: no token, and a wrong one", options, async () => {
  for (const [token, status] of [
    [undefined, 401],
    ["0".repeat(64), 403],
  ] as const) {
    const stranger = await client(token);
    for (const reply of [
      await stranger.listKeys(),
      await stranger.importKeystores([], []),
      await stranger.deleteKeys([]),
    ]) {
      assert.equal(reply.ok, false);
      assert.equal(reply.error.code, status);
    }
  }
});

test("lodestar keymanager: list before anything is there", options, async () =>
  assert.deepEqual(await listed(), []),
);

test("lodestar keymanager: a password short, and history that is none: 400, no key", options, async () => {
  const short = await importing([0, 1], undefined, [PASSWORD]);
  assert.deepEqual([short.ok, short.error.code], [false, 400]);
  const broken = await keymanager.importKeystores([samples[0]?.keystore], [PASSWORD], "{");
  assert.deepEqual([broken.ok, broken.error.code], [false, 400]);
  assert.deepEqual(await listed(), []);
});

test("lodestar keymanager: import with history: imported, duplicate, error", options, async () => {
  HISTORY.data.push({
    pubkey: first,
    signed_blocks: [{ slot: String(SIGNED_BEFORE.slot) }],
    signed_attestations: [
      { source_epoch: String(SIGNED_BEFORE.source), target_epoch: String(SIGNED_BEFORE.target) },
    ],
  });
  assert.deepEqual(statuses(await importing([0, 1], HISTORY)), ["imported", "imported"]);
  const mixed = await importing([1, 2, 2, 3], HISTORY, [PASSWORD, PASSWORD, PASSWORD, "wrong"]);
  assert.deepEqual(statuses(mixed), ["duplicate", "imported", "duplicate", "error"]);
  assert.match(mixed.response.data[3].message, /password/);
  const expected = [first, second, third].map((validatingPubkey) => ({ validatingPubkey, readonly: false }));
  assert.deepEqual(new Set(await listed()), new Set(expected));
});

test("lodestar keymanager: another chain's history: error for each, none active", options, async () => {
  const metadata = { ...HISTORY.metadata, genesis_validators_root: `0x${"99".repeat(32)}` };
  assert.deepEqual(statuses(await importing([3], { ...HISTORY, metadata })), ["error"]);
  assert.equal((await listed()).length, 3);
  await assert.rejects(store.signRandao(fourth, 5_000_000), /key\.not_found/);
});

function rootOf(
  version: string,
  domain: string,
  object: Uint8Array,
  genesis = MAINNET_GENESIS_ROOT,
): Uint8Array {
  return new Uint8Array(signingRoot(Buffer.from(object), domain, version, genesis));
}

function assertSigned(root: Uint8Array, signature: Uint8Array, what: string): void {
  const point = Signature.fromBytes(new Uint8Array(signature), true, true);
  assert.ok(verify(root, PublicKey.fromBytes(bytes(first), true), point), what);
}

/** A block of the fork at `slot`, of Lodestar's own types. */
function blockAt(slot: number, proposerIndex = 77): any {
  return { ...config.getForkTypes(slot).BeaconBlock.defaultValue(), slot, proposerIndex };
}

/** The root by the newer release's types, from the bytes alone. */
function blockRoot(fork: string, block: any): Uint8Array {
  const serialized = config.getForkTypes(block.slot).BeaconBlock.serialize(block);
  const type: any = Reflect.get(ssz, fork).BeaconBlock;
  return type.hashTreeRoot(type.deserialize(new Uint8Array(serialized)));
}

function attestationData(slot: number, epoch: number, seed = 1): any {
  return {
    slot,
    index: 3,
    beaconBlockRoot: bytes(filler(32, seed)),
    source: { epoch: epoch - 1, root: bytes(filler(32, 2)) },
    target: { epoch, root: bytes(filler(32, 3)) },
  };
}

function dutyAt(slot: number): object {
  return {
    pubkey: bytes(first),
    slot,
    committeeIndex: 3,
    committeeLength: 128,
    validatorCommitteeIndex: 5,
    validatorIndex: 77,
  };
}

for (const [name, version, slot] of [
  ["phase0", "0x00000000", 2_000_000],
  ["altair", "0x01000000", 3_000_000],
  ["bellatrix", "0x02000000", 5_000_000],
  ["capella", "0x03000000", 6_500_000],
] as const) {
  const epoch = Math.floor(slot / 32);
  test(`lodestar store: every duty of ${name} with an imported key`, options, async () => {
    const block = blockAt(slot);
    const proposal = await store.signBlock(bytes(first), block, slot);
    assertSigned(rootOf(version, "00000000", blockRoot(name, block)), proposal.signature, "block");

    const data = attestationData(slot, epoch);
    const duty = dutyAt(slot);
    const dataRoot = ssz.phase0.AttestationData.hashTreeRoot(data);
    const vote = await store.signAttestation(duty, data, epoch);
    assertSigned(rootOf(version, "01000000", dataRoot), vote.signature, "attestation");

    const reveal = await store.signRandao(bytes(first), slot);
    assertSigned(rootOf(version, "02000000", ssz.Epoch.hashTreeRoot(epoch)), reveal, "RANDAO");

    const selection = await store.signAttestationSelectionProof(bytes(first), slot);
    assertSigned(rootOf(version, "05000000", ssz.Slot.hashTreeRoot(slot)), selection, "selection");

    const { aggregationBits } = vote;
    const aggregate = { aggregationBits, data, signature: vote.signature };
    const proof = await store.signAggregateAndProof(duty, selection, aggregate);
    const proofRoot = ssz.phase0.AggregateAndProof.hashTreeRoot(proof.message);
    assertSigned(rootOf(version, "06000000", proofRoot), proof.signature, "aggregate");

    const head = bytes(filler(32, 4));
    const message = await store.signSyncCommitteeSignature(bytes(first), 77, slot, head);
    assertSigned(rootOf(version, "07000000", head), message.signature, "sync committee");

    const subcommittee = { slot, subcommitteeIndex: 2 };
    const chosen = await store.signSyncCommitteeSelectionProof(bytes(first), slot, 2);
    const chosenRoot = ssz.altair.SyncAggregatorSelectionData.hashTreeRoot(subcommittee);
    assertSigned(rootOf(version, "08000000", chosenRoot), chosen, "sync selection");

    const { contribution } = ssz.altair.ContributionAndProof.defaultValue();
    Object.assign(contribution, { ...subcommittee, beaconBlockRoot: head });
    const contributed = await store.signContributionAndProof(duty, chosen, contribution);
    const contributedRoot = ssz.altair.ContributionAndProof.hashTreeRoot(contributed.message);
    assertSigned(rootOf(version, "09000000", contributedRoot), contributed.signature, "contribution");
  });

  test(`lodestar store: what contradicts the block and the vote of ${name} is refused`, options, async () => {
    const block = blockAt(slot, 78);
    await assert.rejects(store.signBlock(bytes(first), block, slot), /guard\.double_proposal/);
    const data = attestationData(slot, epoch, 9);
    await assert.rejects(store.signAttestation(dutyAt(slot), data, epoch), /guard\.double_vote/);
  });
}

test("lodestar store: registration with a builder", options, async () => {
  const attributes = { feeRecipient: filler(20, 5), gasLimit: 60_000_000 };
  const { message, signature } = await store.signValidatorRegistration(bytes(first), attributes, 0);
  const object = ssz.bellatrix.ValidatorRegistrationV1.hashTreeRoot(message);
  assertSigned(rootOf("0x00000000", "00000001", object, NO_ROOT), signature, "registration");
});

test("lodestar store: an exit needs more than a client without a token has", options, async () => {
  const exit = store.signVoluntaryExit(bytes(first), 77, CAPELLA_EPOCH);
  await assert.rejects(exit, /auth\.forbidden.*validator-exits/);
});

test("lodestar store: what the imported history forbids is refused", options, async () => {
  const block = blockAt(SIGNED_BEFORE.slot);
  await assert.rejects(
    store.signBlock(bytes(first), block, block.slot),
    /guard\.(?:double_proposal|below_watermark)/,
  );
  const slot = SIGNED_BEFORE.target * 32;
  const data = attestationData(slot, SIGNED_BEFORE.target);
  await assert.rejects(
    store.signAttestation(dutyAt(slot), data, SIGNED_BEFORE.target),
    /guard\.(?:double_vote|below_watermark)/,
  );
});

let given = "";

test("lodestar keymanager: delete gives all that was signed, here and before", options, async () => {
  const reply = await keymanager.deleteKeys([first, UNKNOWN, second, fourth]);
  assert.deepEqual(statuses(reply), ["deleted", "not_found", "deleted", "not_found"]);
  given = reply.response.slashingProtection;
  const { metadata, data } = JSON.parse(given);
  assert.deepEqual(metadata, HISTORY.metadata);
  const [mine] = data.filter((entry: any) => entry.pubkey === first);
  assert.deepEqual(
    mine.signed_blocks.map((signedBlock: any) => signedBlock.slot),
    ["1000000", "2000000", "3000000", "5000000", "6500000"],
  );
  assert.deepEqual(
    mine.signed_attestations.map((signedAttestation: any) => [
      signedAttestation.source_epoch,
      signedAttestation.target_epoch,
    ]),
    [
      ["31248", "31249"],
      ["62499", "62500"],
      ["93749", "93750"],
      ["156249", "156250"],
      ["203124", "203125"],
    ],
  );
  assert.ok(data.every((entry: any) => [first, second].includes(entry.pubkey)));
  assert.deepEqual(await listed(), [{ validatingPubkey: third, readonly: false }]);
  await assert.rejects(store.signRandao(bytes(first), 7_000_000), /guard\.disabled|key\./);
});

test("lodestar keymanager: deleted once more: not_active, and the history again", options, async () => {
  const reply = await keymanager.deleteKeys([first, second]);
  assert.deepEqual(statuses(reply), ["not_active", "not_active"]);
  assert.equal(reply.response.slashingProtection, given);
});

test(
  "lodestar keymanager: nothing but unknown keys is 200, with a document of nothing",
  options,
  async () => {
    const reply = await keymanager.deleteKeys([UNKNOWN]);
    assert.deepEqual(statuses(reply), ["not_found"]);
    assert.deepEqual(JSON.parse(reply.response.slashingProtection), {
      metadata: HISTORY.metadata,
      data: [],
    });
    assert.deepEqual(statuses(await keymanager.deleteKeys([])), []);
  },
);

test("lodestar keymanager: brought back with what was given, it goes on where it was", options, async () => {
  assert.deepEqual(statuses(await importing([0], JSON.parse(given))), ["imported"]);
  const slot = 6_500_000;
  await store.signBlock(bytes(first), blockAt(slot), slot);
  await assert.rejects(store.signBlock(bytes(first), blockAt(slot, 78), slot), /guard\.double_proposal/);
  const later = blockAt(slot + 1);
  const { signature } = await store.signBlock(bytes(first), later, slot + 1);
  assertSigned(rootOf("0x03000000", "00000000", blockRoot("capella", later)), signature, "a later block");
});
