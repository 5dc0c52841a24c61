/** Calls: what is opaque, and what every known function does, with selectors by the starknet package. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { hash } from "starknet";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { nothing } from "../../../src/domain/intent.ts";
import { effectsOf, type Site } from "../../../src/chains/starknet/effects.ts";
import { FUNCTIONS } from "../../../src/chains/starknet/functions.ts";
import type { Form } from "../../../src/chains/starknet/functions/row.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import type { Intent } from "../../../src/domain/intent.ts";
import { CONTRACT, FUNCTION_CASES, multicall } from "./function-table.ts";
import { KEY, RECIPIENT, STRK, TRANSFER, invoke, padded, signerError } from "./sample.ts";

function intentOf(calldata: readonly (string | number)[], chainId = "SN_MAIN"): Intent {
  return starknetAdapter.decode(invoke({ calldata, chainId }), KEY).intent;
}

test("a row of the table cannot leave out its effects", () => {
  // @ts-expect-error Property 'effect' is missing: a function whose effects nobody stated must not compile
  const silent: Form = { fields: [["account", "address"]] };
  assert.ok(silent);
});

test("an effect that finds nothing and does not say so is opaque", () => {
  const site: Site = { account: "0x1", to: "0x2", chainId: 1n, calldata: [], field: "/" };
  const forgot = effectsOf(() => ({}), {}, site, "forgetful");
  assert.deepEqual(
    forgot.opacity.map(({ cause }) => cause),
    ["unstated"],
  );
  assert.deepEqual(effectsOf(() => nothing("it is a test"), {}, site, "harmless").harmless, ["it is a test"]);
});

const OPAQUE: readonly (readonly [name: string, calldata: (string | number)[], cause: string])[] = [
  ["no call at all", [0], "unstated"],
  ["an entry point that is not known", [1, CONTRACT, "0x99", 0], "unknownCall"],
  [
    "change_owner with a felt too many",
    multicall([CONTRACT, "change_owner", [0, 9, 9, 9, 9]]),
    "unknownCall",
  ],
  [
    "calldata that is an ERC-721's and an ERC-1155's transfer",
    multicall([CONTRACT, "safe_transfer_from", [RECIPIENT, RECIPIENT, 7, 0, 3, 0, 1, 9]]),
    "unknownCall",
  ],
  ["a nested outside execution", multicall([CONTRACT, "execute_from_outside_v2", [1, 2, 3]]), "unknownCall"],
  [
    "an allowance that is decreased anywhere",
    multicall([CONTRACT, "decrease_allowance", [1, 2, 0]]),
    "unknownContract",
  ],
];
for (const [name, calldata, cause] of OPAQUE) {
  test(`calls: ${name} is opaque`, () => {
    const intent = intentOf(calldata);
    assert.deepEqual([intent.opaque, intent.opaqueCauses], [true, [cause]]);
  });
}

test("calls: a function that decides over control says so where its calldata does not fit", () => {
  // Felts that no declaration has: contracts of another version may take them.
  const misfit = Array<string>(40).fill("0x7");
  for (const name of new Set(
    FUNCTION_CASES.filter((example) => example.control.length > 0).map((example) => example.name),
  )) {
    const { control, opaqueCauses } = intentOf(multicall([CONTRACT, name, misfit]));
    const cases = FUNCTION_CASES.filter((example) => example.name === name);
    const kinds = new Set(cases.flatMap((example) => example.control.map(({ what }) => what)));
    assert.deepEqual(opaqueCauses, ["unknownCall"], name);
    assert.deepEqual(
      control,
      [...kinds].map((what) => ({ what, of: CONTRACT, to: null })),
      name,
    );
  }
});

test("calls: where two declarations fit, both their effects are shown", () => {
  const calldata = multicall([CONTRACT, "safe_transfer_from", [RECIPIENT, RECIPIENT, 7, 0, 3, 0, 1, 9]]);
  assert.deepEqual(
    intentOf(calldata).transfers.map(({ asset, amount }) => [asset, amount]),
    [
      [`starknet-erc721:${CONTRACT}/7`, "1"],
      [`starknet-erc1155:${CONTRACT}/7`, "3"],
    ],
  );
});

test("calls: a batch transfer whose lists differ in length is refused", () => {
  const calldata = multicall([CONTRACT, "safe_batch_transfer_from", [1, 2, 1, 7, 0, 0, 0]]);
  assert.throws(() => intentOf(calldata), signerError("transaction.invalid", /same length/));
});

for (const { name, felts, transfers, allowances, control, causes } of FUNCTION_CASES) {
  test(`calls: ${name}(${felts.length} felts)`, () => {
    const intent = intentOf(multicall([CONTRACT, name, felts]));
    assert.deepEqual(intent.transfers, transfers);
    assert.deepEqual(intent.allowances, allowances);
    assert.deepEqual(intent.control, control);
    assert.deepEqual(intent.opaqueCauses, causes);
    assert.equal(intent.calls[0]?.function, name);
    assert.equal(intent.calls[0]?.selector, hash.getSelectorFromName(name));
  });
}

test("every known function is in the table, in as many forms as it has", () => {
  for (const { name, forms, source } of FUNCTIONS) {
    const cases = FUNCTION_CASES.filter((example) => example.name === name);
    assert.ok(cases.length >= forms.length, `${name} has ${forms.length} forms, tested are ${cases.length}`);
    assert.match(source, /\.cairo/);
  }
  assert.equal(new Set(FUNCTIONS.map(({ name }) => name)).size, FUNCTIONS.length, "a name stands once");
});

test("calls: a felt more or less never keeps a function's name and effects", () => {
  const cases = fc.constantFrom(...FUNCTION_CASES);
  fc.assert(
    fc.property(cases, fc.boolean(), fc.bigInt({ min: 0n, max: 2n ** 251n }), (sample, longer, felt) => {
      const felts = longer ? [...sample.felts, String(felt)] : sample.felts.slice(0, -1);
      if (!longer && sample.felts.length === 0) return;
      try {
        const { opaque, calls, control, transfers, allowances } = intentOf(
          multicall([CONTRACT, sample.name, felts]),
        );
        const known = FUNCTION_CASES.filter(({ name }) => name === sample.name);
        // Another declaration of the same name may fit: then its own effects are shown, and never none.
        if (!opaque) {
          assert.ok(known.length > 1 && control.length + transfers.length + allowances.length > 0);
          assert.equal(calls[0]?.function, sample.name);
        }
      } catch (error) {
        assert.ok(error instanceof SignerError && error.code === "transaction.invalid", String(error));
      }
    }),
    { numRuns: 300 },
  );
});

for (const chainId of ["SN_MAIN", "SN_SEPOLIA"]) {
  test(`calls: functions that do nothing are harmless at STRK on ${chainId}`, () => {
    const intent = intentOf(multicall([STRK, "decrease_allowance", [RECIPIENT, 2, 0]]), chainId);
    assert.deepEqual([intent.opaque, intent.harmless], [false, "a decrease of an allowance grants nothing"]);
  });
}

test("calls: on another chain STRK's address is any contract", () => {
  const intent = intentOf(multicall([STRK, "decrease_allowance", [RECIPIENT, 2, 0]]), "SN_APPCHAIN");
  assert.deepEqual(intent.opaqueCauses, ["unknownContract"]);
});

const DEPLOYERS = [
  "0x041a78e741e5af2fec34b695679bc6891742439f7afb8484ecd7766661ad02bf",
  "0x02ceed65a4bd731034c01113685c831b01c15d7d432f71afb1cf1634b53a2125",
];
for (const deployer of DEPLOYERS) {
  for (const unique of [0, 1]) {
    test(`calls: the address that ${deployer.slice(0, 6)} deploys to, unique ${unique}`, () => {
      const [classHash, salt, constructor] = [padded("0xc1a55"), "0x5a17", ["0x1", "0x2"]];
      const calldata = multicall([deployer, "deployContract", [classHash, salt, unique, 2, ...constructor]]);
      const expected = hash.calculateContractAddressFromHash(
        unique === 1 ? hash.computePedersenHash(KEY.address, salt) : salt,
        classHash,
        constructor,
        unique === 1 ? deployer : 0,
      );
      const { control, opaque } = intentOf(calldata);
      assert.deepEqual(control, [{ what: "deployment", of: padded(expected), to: classHash }]);
      assert.equal(opaque, false);
    });
  }
}

test("calls: a deployment with a long constructor is said of the class", () => {
  const [classHash, constructor] = [padded("0xc1a55"), Array<number>(17).fill(1)];
  const calldata = multicall([DEPLOYERS[1] ?? "", "deploy_contract", [classHash, 1, 1, 17, ...constructor]]);
  assert.deepEqual(intentOf(calldata).control, [{ what: "deployment", of: classHash, to: null }]);
});

test("calls: what is done to another contract is said of that contract, not of the account", () => {
  const [control] = intentOf(multicall([RECIPIENT, "upgrade", ["0x1"]])).control;
  assert.deepEqual(control, { what: "upgrade", of: RECIPIENT, to: padded("0x1") });
});

test("complete or refused: 65 calls are too many, and the limit is named", () => {
  const calls = Array.from({ length: 65 }, () => [STRK, TRANSFER, 3, RECIPIENT, 1, 0]).flat();
  assert.throws(
    () => intentOf([65, ...calls]),
    (error) =>
      error instanceof SignerError && error.members["limit"] === "calls" && error.members["max"] === 64,
  );
});

test("complete or refused: calldata stands once, and its digest with the transaction", () => {
  const felts = Array.from({ length: 500 }, (_, index) => `0x${(2n ** 250n + BigInt(index)).toString(16)}`);
  const intent = intentOf([1, CONTRACT, "0x99", 500, ...felts]);
  const json = JSON.stringify(intent);
  assert.equal(json.split(felts[0] ?? "").length, 2, "the first felt stands once");
  assert.ok(json.length < 4_096);
  assert.deepEqual(Object.keys(Object(intent.calls[0]?.args)["calldata"]), ["count", "sha256", "first"]);
  const few = JSON.stringify(intentOf([1, CONTRACT, "0x99", 64, ...felts.slice(0, 64)]));
  for (const felt of felts.slice(0, 64)) assert.equal(few.split(felt).length, 2);
});

test("complete or refused: 400 recipients of a batch transfer are all there", () => {
  const ids = Array.from({ length: 200 }, (_, index) => [index, 0]).flat();
  const batch = [RECIPIENT, RECIPIENT, 200, ...ids, 200, ...ids, 0] as const;
  const calldata = multicall(
    [CONTRACT, "safe_batch_transfer_from", batch],
    [STRK, "safe_batch_transfer_from", batch],
  );
  assert.equal(intentOf(calldata).transfers.length, 400);
});
