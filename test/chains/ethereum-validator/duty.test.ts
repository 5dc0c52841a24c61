/** Validator duties: what is refused, and that what is signed is the root of the body, computed here a second time. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { PublicKey, Signature, verify } from "@chainsafe/blst";
import type { DecodedRequest } from "../../../src/chains/adapter.ts";
import { createEthereumValidatorAdapter } from "../../../src/chains/ethereum-validator/adapter.ts";
import { DUTY_TYPES } from "../../../src/chains/ethereum-validator/duty.ts";
import { EXIT_GROUP } from "../../../src/chains/ethereum-validator/message.ts";
import { signingRootOf } from "../../../src/chains/ethereum-validator/signing-root.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import type { GuardClaim } from "../../../src/domain/guard.ts";
import type { KeyRecord } from "../../../src/domain/keys.ts";
import { readPayloads } from "../../../src/record/payloads.ts";
import {
  attestationData,
  blockHeader,
  DUTY_SAMPLES,
  dutyBody,
  filler,
  forkInfo,
  MAINNET_GENESIS_ROOT,
  type DutyBody,
} from "./duties.ts";
import { exitObject, expectedRoot, signingRoot } from "./expected.ts";
import { uint64 } from "./merkle.ts";
import { PUBLIC_KEY, validatorKey } from "./keys.ts";
import { leaves, replaced, wrongValues } from "./wrong-duties.ts";

const ADAPTER = createEthereumValidatorAdapter();
const MAINNET = validatorKey();

function decode(duty: unknown, key: KeyRecord = MAINNET): DecodedRequest {
  return ADAPTER.decode({ type: "ethereum-validator.duty", duty }, key);
}

/** What the ledger will have the guard judge. */
function claimOf({ payloads }: DecodedRequest): GuardClaim | undefined {
  return readPayloads(payloads).claim;
}

function rootOf(duty: DutyBody, key?: KeyRecord): string {
  const [payload, ...others] = decode(duty, key).payloads;
  assert.equal(others.length, 0);
  assert.ok(payload?.scheme === "bls");
  return `0x${Buffer.from(signingRootOf(payload.duty)).toString("hex")}`;
}

function expectedHex(duty: DutyBody): string {
  return `0x${expectedRoot(duty).toString("hex")}`;
}

function refusal(duty: unknown, key?: KeyRecord): SignerError {
  try {
    decode(duty, key);
  } catch (error) {
    assert.ok(error instanceof SignerError, String(error));
    return error;
  }
  assert.fail("was not refused");
}

function refusedAt(duty: unknown, field: string, key?: KeyRecord): SignerError {
  const error = refusal(duty, key);
  assert.equal(error.code, "request.malformed");
  assert.equal(error.members["field"], field);
  assert.ok(error.message.startsWith(`${field}: `), error.message);
  return error;
}

/** The member by which each duty's fork is chosen, and how many of its units an epoch of mainnet has. */
const SELECTS_VERSION: readonly (readonly [duty: string, pointer: string, units: bigint])[] = [
  ["BLOCK", "/block/slot", 32n],
  ["BLOCK_V2 PHASE0", "/beacon_block/block/slot", 32n],
  ["BLOCK_V2 ALTAIR", "/beacon_block/block/slot", 32n],
  ...["BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU", "GLOAS", "HEZE"].map(
    (fork) => [`BLOCK_V2 ${fork}`, "/beacon_block/block_header/slot", 32n] as const,
  ),
  ["ATTESTATION", "/attestation/target/epoch", 1n],
  ["AGGREGATION_SLOT", "/aggregation_slot/slot", 32n],
  ["AGGREGATE_AND_PROOF", "/aggregate_and_proof/aggregate/data/slot", 32n],
  ["AGGREGATE_AND_PROOF_V2 FULU", "/aggregate_and_proof/data/aggregate/data/slot", 32n],
  ["RANDAO_REVEAL", "/randao_reveal/epoch", 1n],
  ["SYNC_COMMITTEE_MESSAGE", "/sync_committee_message/slot", 32n],
  ["SYNC_COMMITTEE_SELECTION_PROOF", "/sync_aggregator_selection_data/slot", 32n],
  ["SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF", "/contribution_and_proof/contribution/slot", 32n],
  ["EXECUTION_PAYLOAD_BID GLOAS", "/execution_payload_bid/data/slot", 32n],
  ["EXECUTION_PAYLOAD_ENVELOPE GLOAS", "/execution_payload_envelope/data/payload/slot_number", 32n],
  ["PAYLOAD_ATTESTATION_MESSAGE GLOAS", "/payload_attestation_message/data/slot", 32n],
  ["PROPOSER_PREFERENCES GLOAS", "/proposer_preferences/data/proposal_slot", 32n],
  ["INCLUSION_LIST", "/inclusion_list/slot", 32n],
];

/** Members that no signing root is made of. */
function isUnsigned(pointer: string): boolean {
  return pointer === "/type" || pointer.startsWith("/fork_info") || pointer.endsWith("/version");
}

describe("validator duty: refusals", () => {
  test("no duty, and duties that are no object", () => {
    refusedAt(undefined, "/duty");
    refusedAt([], "/duty");
    refusedAt("ATTESTATION", "/duty");
    refusedAt(null, "/duty");
  });

  test("missing and unknown types", () => {
    refusedAt({}, "/duty/type");
    refusedAt({ type: "GENERIC" }, "/duty/type");
    refusedAt({ type: 7 }, "/duty/type");
    refusedAt({ type: "constructor" }, "/duty/type");
  });

  for (const sample of DUTY_SAMPLES) {
    test(`${sample.name}: without any one of its members`, () => {
      const body = sample.body();
      for (const [pointer] of leaves(body)) {
        if (/\/version$|\/\d+$/.test(pointer)) continue;
        // Without them it is an aggregate of an earlier fork.
        if (sample.name.includes("bare") && pointer.endsWith("/committee_bits")) continue;
        const error = refusal(replaced(body, pointer, undefined));
        assert.equal(error.code, "request.malformed", pointer);
        assert.match(error.message, new RegExp(`^/duty${pointer}\\b`), pointer);
      }
    });

    test(`${sample.name}: with any member of another shape or length`, () => {
      const body = sample.body();
      for (const [pointer, value] of leaves(body)) {
        if (pointer === "/type" || (sample.name.endsWith("bare") && pointer.endsWith("/version"))) continue;
        for (const wrong of wrongValues(pointer, value)) {
          // A header needs no version.
          if (pointer === "/beacon_block/version" && wrong === null && "block_header" in body["beacon_block"])
            continue;
          const error = refusal(replaced(body, pointer, wrong));
          assert.equal(error.code, "request.malformed", `${pointer} ${String(wrong)}`);
        }
      }
    });

    test(`${sample.name}: payload missing, null or an array`, () => {
      const member = Object.keys(sample.body()).find((name) => name !== "type" && name !== "fork_info") ?? "";
      const asked = member === "payload_attestation_data" ? "payload_attestation" : member;
      refusedAt(replaced(sample.body(), `/${member}`, undefined), `/duty/${asked}`);
      refusedAt(replaced(sample.body(), `/${member}`, null), `/duty/${member}`);
      refusedAt(replaced(sample.body(), `/${member}`, []), `/duty/${member}`);
    });

    test(`${sample.name}: a signingRoot that is not the body's, under either name`, () => {
      for (const name of ["signingRoot", "signing_root"]) {
        const error = refusedAt({ ...sample.body(), [name]: filler(32, 99) }, `/duty/${name}`);
        assert.equal(error.members["given"], filler(32, 99));
        assert.equal(error.members["computed"], expectedHex(sample.body()));
      }
    });
  }

  test("fork_info null is fork_info missing", () => {
    refusedAt({ ...dutyBody("ATTESTATION"), fork_info: null }, "/duty/fork_info");
  });

  test("roots that contradict each other, and roots of another length", () => {
    const body = dutyBody("ATTESTATION");
    const right = expectedHex(body);
    refusedAt({ ...body, signingRoot: right, signing_root: filler(32, 1) }, "/duty/signing_root");
    refusedAt({ ...body, signingRoot: right.slice(0, -2) }, "/duty/signingRoot");
    refusedAt({ ...body, signingRoot: right.slice(2) }, "/duty/signingRoot");
  });

  test("a deposit for another network than the key's", () => {
    const error = refusedAt(dutyBody("DEPOSIT"), "/duty/deposit/genesis_fork_version", validatorKey("hoodi"));
    assert.match(error.message, /is 0x00000000, but hoodi, the network of this key, has 0x10000910;/);
  });

  test("guarded slots and epochs of 2^63 and more", () => {
    const limit = 1n << 63n;
    const header = blockHeader(limit);
    refusedAt(
      { type: "BLOCK_V2", fork_info: forkInfo(), beacon_block: { version: "FULU", block_header: header } },
      "/duty/beacon_block/block_header/slot",
    );
    refusedAt(
      { type: "ATTESTATION", fork_info: forkInfo(), attestation: attestationData(1n, limit, limit) },
      "/duty/attestation/source/epoch",
    );
    refusedAt(
      { type: "ATTESTATION", fork_info: forkInfo(), attestation: attestationData(1n, 1n, limit) },
      "/duty/attestation/target/epoch",
    );
  });

  test("versions that are unknown, where the version says which container it is", () => {
    for (const version of ["OSAKA", "", 7, null, "__proto__", "FULU ", "9", "A".repeat(33)]) {
      refusedAt(
        replaced(dutyBody("BLOCK_V2 ALTAIR"), "/beacon_block/version", version),
        version === "OSAKA" || version === null
          ? "/duty/beacon_block/block_header"
          : "/duty/beacon_block/version",
      );
      refusedAt(
        replaced(dutyBody("AGGREGATE_AND_PROOF_V2 FULU"), "/aggregate_and_proof/version", version),
        "/duty/aggregate_and_proof/version",
      );
    }
    const other = replaced(dutyBody("PROPOSER_PREFERENCES GLOAS"), "/proposer_preferences/version", "FULU");
    refusedAt(other, "/duty/proposer_preferences/version");
  });

  test("a container of another fork than the version says", () => {
    const block = replaced(dutyBody("BLOCK_V2 ALTAIR"), "/beacon_block/version", "BELLATRIX");
    refusedAt(block, "/duty/beacon_block/block_header");
    const phase0 = replaced(dutyBody("BLOCK_V2 PHASE0"), "/beacon_block/version", "ALTAIR");
    refusedAt(phase0, "/duty/beacon_block/block/body/sync_aggregate");
    const deneb = replaced(
      dutyBody("AGGREGATE_AND_PROOF_V2 DENEB"),
      "/aggregate_and_proof/version",
      "ELECTRA",
    );
    refusedAt(deneb, "/duty/aggregate_and_proof/data/aggregate/committee_bits");
    const electra = replaced(
      dutyBody("AGGREGATE_AND_PROOF_V2 ELECTRA"),
      "/aggregate_and_proof/version",
      "DENEB",
    );
    refusedAt(electra, "/duty/aggregate_and_proof/data/aggregate/committee_bits");
  });

  test("more elements or bits than the container holds", () => {
    const bits = replaced(
      dutyBody("AGGREGATE_AND_PROOF"),
      "/aggregate_and_proof/aggregate/aggregation_bits",
      filler(300, 1),
    );
    refusedAt(bits, "/duty/aggregate_and_proof/aggregate/aggregation_bits");
    const block = dutyBody("BLOCK_V2 PHASE0");
    const exits = Array.from({ length: 17 }, () => block["beacon_block"].block.body.voluntary_exits[0]);
    refusedAt(
      replaced(block, "/beacon_block/block/body/voluntary_exits", exits),
      "/duty/beacon_block/block/body/voluntary_exits",
    );
    const auth = replaced(
      dutyBody("BUILDER_REQUEST_AUTH GLOAS"),
      "/builder_request_auth/data/data",
      filler(4097, 1),
    );
    refusedAt(auth, "/duty/builder_request_auth/data/data");
  });

  test("EIP-2334: a withdrawal key signs no duty but the change of its withdrawal address", () => {
    const key = validatorKey("mainnet", "m/12381/3600/7/0");
    for (const sample of DUTY_SAMPLES) {
      if (sample.type === "BLS_TO_EXECUTION_CHANGE") assert.ok(decode(sample.body(), key));
      else assert.equal(refusal(sample.body(), key).code, "transaction.refused", sample.name);
    }
  });
});

describe("validator duty: signing roots", () => {
  test("there is a sample of every type", () => {
    assert.deepEqual([...new Set(DUTY_SAMPLES.map(({ type }) => type))].toSorted(), DUTY_TYPES.toSorted());
  });

  for (const sample of DUTY_SAMPLES) {
    test(`${sample.name}: root by SHA-256 alone, guard claim, group`, () => {
      const body = sample.body();
      const decoded = decode(body);
      assert.equal(rootOf(body), expectedHex(body));
      const guard = claimOf(decoded);
      if (sample.claim === undefined) assert.equal(guard, undefined);
      else {
        assert.deepEqual(guard, {
          ...sample.claim,
          publicKey: PUBLIC_KEY,
          genesisValidatorsRoot: new Uint8Array(
            Buffer.from(body["fork_info"].genesis_validators_root.slice(2), "hex"),
          ),
          signingRoot: new Uint8Array(expectedRoot(body)),
        });
      }
      assert.equal(decoded.permissionGroup, sample.irrevocable ? EXIT_GROUP : undefined);
      assert.equal(decoded.bindingRequired, false);
      assert.equal(decoded.intent.opaque, false);
      assert.deepEqual(decoded.environment, { chainId: "1", network: "mainnet" });
    });

    test(`${sample.name}: every member of the payload changes the root`, () => {
      const body = sample.body();
      const roots = new Set([rootOf(body)]);
      let changed = 0;
      for (const [pointer, value] of leaves(body)) {
        // A deposit for another network than the key's is refused.
        if (isUnsigned(pointer) || pointer.endsWith("/genesis_fork_version")) continue;
        roots.add(rootOf(replaced(body, pointer, another(pointer, value))));
        changed += 1;
      }
      // A sync committee message signs the block root only: its slot selects the version.
      assert.equal(roots.size, changed + (sample.type === "SYNC_COMMITTEE_MESSAGE" ? 0 : 1));
    });

    test(`${sample.name}: the right signingRoot, any case of type and members of no meaning`, () => {
      const body = sample.body();
      const root = expectedHex(body);
      assert.equal(
        rootOf({ ...sample.body(), signingRoot: root, signing_root: root.toUpperCase().replace("0X", "0x") }),
        root,
      );
      assert.equal(rootOf({ ...sample.body(), signingRoot: null }), root);
      assert.equal(
        rootOf({ ...sample.body(), type: sample.type.toLowerCase(), later: { than: "this release" } }),
        root,
      );
    });
  }

  test("uint64: decimal strings and safe JSON integers are the same; nothing rounds up to 2^64 - 1", () => {
    const body = dutyBody("ATTESTATION");
    assert.equal(rootOf(replaced(body, "/attestation/slot", 13_164_545)), rootOf(body));
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
        (any, guarded) => {
          const attestation = {
            ...dutyBody("ATTESTATION"),
            attestation: attestationData(any, guarded, guarded),
          };
          assert.equal(rootOf(attestation), expectedHex(attestation));
          const block = replaced(
            dutyBody("BLOCK_V2 ALTAIR"),
            "/beacon_block/block/proposer_index",
            String(any),
          );
          assert.equal(rootOf(block), expectedHex(block));
          const randao = replaced(dutyBody("RANDAO_REVEAL"), "/randao_reveal/epoch", String(any));
          assert.equal(rootOf(randao), expectedHex(randao));
        },
      ),
      { numRuns: 50 },
    );
  });

  for (const [name, pointer, slots] of SELECTS_VERSION) {
    test(`${name}: ${pointer} selects the fork version`, () => {
      const body = dutyBody(name);
      const at = new Map(leaves(body)).get(pointer);
      assert.equal(typeof at, "string", pointer);
      const epoch = BigInt(String(at)) / slots;
      const root = (previous: string, current: string, fork: bigint) =>
        rootOf({ ...body, fork_info: forkInfo(current, previous, String(fork)) });
      const [before, from] = ["0x05000000", "0x06000000"];
      assert.equal(root(before, from, epoch), root(from, from, epoch));
      assert.equal(root(before, from, epoch + 1n), root(before, before, epoch));
      assert.notEqual(root(before, from, epoch), root(before, from, epoch + 1n));
    });
  }

  test("the previous version below fork.epoch, the current one from there on", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 500_000n }),
        fc.bigInt({ min: 0n, max: 500_000n }),
        (epoch, target) => {
          const info = forkInfo("0x06000000", "0x05000000", String(epoch));
          const body = { type: "ATTESTATION", fork_info: info, attestation: attestationData(5n, 0n, target) };
          assert.equal(rootOf(body), expectedHex(body));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("one body with many keys is hashed once and each gets its own claim", () => {
    const body = dutyBody("ATTESTATION");
    const [first, second] = [1, 2].map((byte) =>
      decode(body, { ...MAINNET, publicKey: new Uint8Array(48).fill(byte) }),
    );
    assert.equal(first?.payloads[0]?.publicKey[0], 1);
    assert.equal(second?.payloads[0]?.publicKey[0], 2);
    assert.equal(second && claimOf(second)?.publicKey[0], 2);
    assert.equal(first?.intent, second?.intent);
  });

  test("the same body under keys of two networks has two roots where the network matters", () => {
    const body = dutyBody("VALIDATOR_REGISTRATION");
    assert.notEqual(rootOf(body), rootOf(body, validatorKey("hoodi")));
    assert.equal(decode(body, validatorKey("hoodi")).environment.chainId, "560048");
  });
});

/** Another valid value of the same shape. */
function another(pointer: string, value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  const text = String(value);
  if (!text.startsWith("0x")) return String(BigInt(text) ^ 1n);
  // The first byte: the last one of a bit list holds its closing bit.
  const first = Number.parseInt(text.slice(2, 4), 16) ^ 1;
  assert.ok(text.length > 4, pointer);
  return `0x${first.toString(16).padStart(2, "0")}${text.slice(4)}`;
}

test("whole blocks and payloads are decoded on a thread of their own, headers and votes are not", () => {
  const heavy = DUTY_SAMPLES.filter((sample) =>
    ADAPTER.isHeavy?.({ type: "", duty: { ...sample.body(), type: sample.type.toLowerCase() } }),
  );
  assert.deepEqual(
    heavy.map(({ name }) => name),
    [
      "BLOCK",
      "BLOCK_V2 PHASE0",
      "BLOCK_V2 ALTAIR",
      "EXECUTION_PAYLOAD_BID GLOAS",
      "EXECUTION_PAYLOAD_BID HEZE",
      "EXECUTION_PAYLOAD_ENVELOPE GLOAS",
      "EXECUTION_PAYLOAD_ENVELOPE bare",
      "INCLUSION_LIST",
    ],
  );
  for (const duty of [undefined, null, 7, [], { type: 7 }, { type: "BLOCK_V2", beacon_block: null }]) {
    assert.equal(ADAPTER.isHeavy?.({ type: "", duty }), false);
  }
});

test("minimal preset: 8 slots an epoch", () => {
  const key = validatorKey("minimal");
  const info = forkInfo("0x06000000", "0x05000000", "10");
  const at = (slot: bigint) => ({
    ...dutyBody("AGGREGATION_SLOT"),
    fork_info: info,
    aggregation_slot: { slot: String(slot) },
  });
  const root = (slot: bigint, version: string) =>
    `0x${signingRoot(uint64(slot), "05000000", version, MAINNET_GENESIS_ROOT).toString("hex")}`;
  assert.equal(rootOf(at(79n), key), root(79n, "0x05000000"));
  assert.equal(rootOf(at(80n), key), root(80n, "0x06000000"));
  assert.equal(rootOf(at(319n)), root(319n, "0x05000000"));
});

describe("validator duty: what clients leave unsaid", () => {
  test("a block's header is signed whatever its version is called, and without one", () => {
    const right = expectedHex(dutyBody("BLOCK_V2 FULU"));
    for (const version of ["FULU", "fulu", "PHASE0", "ALTAIR", "A_LATER_ONE", null, undefined]) {
      const body = replaced(dutyBody("BLOCK_V2 FULU"), "/beacon_block/version", version);
      assert.equal(rootOf(body), right, String(version));
      const guard = claimOf(decode(body));
      assert.ok(guard?.kind === "eip3076.block");
      assert.equal(guard.slot, 13_164_545n);
    }
  });

  test("a version has no case", () => {
    for (const [name, pointer] of [
      ["BLOCK_V2 PHASE0", "/beacon_block/version"],
      ["AGGREGATE_AND_PROOF_V2 ELECTRA", "/aggregate_and_proof/version"],
      ["PROPOSER_PREFERENCES GLOAS", "/proposer_preferences/version"],
    ] as const) {
      const body = dutyBody(name);
      const version = name.split(" ")[1] ?? "";
      assert.equal(rootOf(replaced(body, pointer, version.toLowerCase())), expectedHex(body), name);
    }
  });

  test("a bare aggregate with committee_bits is Electra's, or Gloas's where the client's root says so", () => {
    const bare = dutyBody("AGGREGATE_AND_PROOF bare with committee_bits");
    const wrapped = { ...bare, aggregate_and_proof: { version: "GLOAS", data: bare["aggregate_and_proof"] } };
    const [electra, gloas] = [expectedHex(bare), expectedHex(wrapped)];
    assert.notEqual(electra, gloas);
    assert.equal(rootOf(bare), electra);
    assert.equal(rootOf({ ...bare, signingRoot: electra }), electra);
    assert.equal(rootOf({ ...bare, signingRoot: gloas }), gloas);
    // Where the client names the fork, there is nothing to choose.
    refusedAt({ ...wrapped, signingRoot: electra }, "/duty/signingRoot");
    const other = replaced(bare, "/fork_info/fork/current_version", "0x07000000");
    refusedAt({ ...other, signingRoot: gloas }, "/duty/signingRoot");
  });
});

describe("EIP-7044: voluntary exits", () => {
  const CAPELLA = "0x03000000";
  const exit = { epoch: "411392", validator_index: "1234567" };
  const object = exitObject(exit);
  const root = (version: string) =>
    `0x${signingRoot(object, "04000000", version, MAINNET_GENESIS_ROOT).toString("hex")}`;
  const body = (info: DutyBody, given?: string) => ({
    type: "VOLUNTARY_EXIT",
    fork_info: info,
    voluntary_exit: exit,
    ...(given === undefined ? {} : { signingRoot: given }),
  });

  test("refused: the root of a fork after Capella, with both roots", () => {
    const error = refusedAt(body(forkInfo(), root("0x06000000")), "/duty/signingRoot");
    assert.equal(error.members["given"], root("0x06000000"));
    assert.equal(error.members["computed"], root(CAPELLA));
  });

  test("refused: a version that the key's network never had", () => {
    refusedAt(body(forkInfo("0x04017000", "0x04017000"), root("0x04017000")), "/duty/signingRoot");
  });

  test("refused: fork_info of another network than the key's", () => {
    const info = { ...forkInfo(), genesis_validators_root: filler(32, 70) };
    refusedAt(body(info), "/duty/fork_info/genesis_validators_root");
    refusedAt(body(forkInfo()), "/duty/fork_info/genesis_validators_root", validatorKey("hoodi"));
  });

  test("Capella's version, whatever the current fork is", () => {
    assert.equal(rootOf(body(forkInfo())), root(CAPELLA));
    assert.equal(rootOf(body(forkInfo(), root(CAPELLA))), root(CAPELLA));
    assert.equal(rootOf(body(forkInfo(CAPELLA, "0x02000000", "194048"), root(CAPELLA))), root(CAPELLA));
  });

  test("an older fork of the same network, when signingRoot asks for it", () => {
    assert.equal(rootOf(body(forkInfo("0x02000000", "0x01000000"), root("0x02000000"))), root("0x02000000"));
    assert.equal(rootOf(body(forkInfo("0x02000000", "0x01000000"))), root(CAPELLA));
  });
});

describe("published signatures", () => {
  function verified(duty: DutyBody, publicKey: string, signature: string, key?: KeyRecord): boolean {
    const bytes = (text: string) => new Uint8Array(Buffer.from(text.slice(2), "hex"));
    const root = bytes(rootOf(duty, key));
    return verify(
      root,
      PublicKey.fromBytes(bytes(publicKey), true),
      Signature.fromBytes(bytes(signature), true, true),
    );
  }

  // Of a Holesky cluster of distributed validators, from the Obol SDK's tests.
  test("a deposit and a builder registration of Holesky", () => {
    const pubkey =
      "0xa33ae80f967a669d8df3ae769acc114577fab185d53e10154b0b50cc0cf9b9f35e466a318f174e8cecdc12173d95cb27";
    const deposit = {
      pubkey,
      withdrawal_credentials: "0x0100000000000000000000009e0ac0078f10d28e875577bb3a4a9edab60c03ec",
      amount: "32000000000",
      genesis_fork_version: "0x01017000",
    };
    const depositSignature =
      "0x9861022ca71cf18aad49a201b023356b8c5ca090086614b681cb84a54327caeff53c0a71c5f55f49976114bb86de2ad6052d174d7948e6c8a924d9bfbbbc2181fad967d818454c6c4f7cffb7bb93dc2c4f4c87fc5598cb4582fa08eff0c7bc08";
    assert.ok(verified({ type: "DEPOSIT", deposit }, pubkey, depositSignature, validatorKey("holesky")));
    const registration = {
      type: "VALIDATOR_REGISTRATION",
      validator_registration: {
        fee_recipient: "0x7ac193bf9a9c6e6dd6302969e8ea6edf6df490d8",
        gas_limit: "30000000",
        timestamp: "1696000704",
        pubkey,
      },
    };
    const registrationSignature =
      "0xb39977fe7c45bab28cfd1bcf356a71b0557187a75e0dfa0facaf5eddba05988c0da85800a4b4528704df44f280913ebc125eb3f9c091d6dd220c92dfcc3c80bc7a9ed2f1b96bffaeaa1053cf117b02b48eb755139c5623b6e61dd92c27d15813";
    assert.ok(verified(registration, pubkey, registrationSignature, validatorKey("holesky")));
    assert.equal(verified(registration, pubkey, registrationSignature), false);
  });
});
