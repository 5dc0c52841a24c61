/**
 * The ethers.js transaction cases: EIP-155, EIP-2930, EIP-1559 and EIP-4844 forms, compared byte for byte.
 * Cases that our rules refuse (chain id 0, no fee, creation without code, no blobs) are asserted as refusals.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keccak256, type Hex } from "viem";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { readVectors, skipWithout } from "../../vectors.ts";
import { decode, digestOf, sign } from "./keys.ts";

interface Fields {
  readonly to?: string;
  readonly nonce?: number;
  readonly gasLimit?: string;
  readonly gasPrice?: string;
  readonly maxFeePerGas?: string;
  readonly maxPriorityFeePerGas?: string;
  readonly data?: string;
  readonly value?: string;
  readonly accessList?: readonly { readonly address: string; readonly storageKeys: readonly string[] }[];
  readonly chainId?: string;
  readonly maxFeePerBlobGas?: string;
  readonly blobVersionedHashes?: readonly string[];
}

interface Vector {
  readonly name: string;
  readonly transaction: Fields;
  readonly privateKey: string;
  readonly [bytes: `unsigned${string}` | `signed${string}`]: Hex;
}

const FORMS = ["Eip155", "Berlin", "London", "Cancun"] as const;
type Form = (typeof FORMS)[number];

/** The request for one form of a case; what a case leaves out is zero. */
function requestOf(form: Form, fields: Fields): SignRequest {
  const common = {
    chainId: fields.chainId ?? 0,
    nonce: fields.nonce ?? 0,
    gas: fields.gasLimit ?? 0,
    value: fields.value ?? 0,
    data: fields.data ?? "0x",
    ...(fields.to === undefined ? {} : { to: fields.to }),
  };
  const accessList = fields.accessList ?? [];
  const fees = {
    maxFeePerGas: fields.maxFeePerGas ?? 0,
    maxPriorityFeePerGas: fields.maxPriorityFeePerGas ?? 0,
    accessList,
  };
  const blobs = {
    maxFeePerBlobGas: fields.maxFeePerBlobGas ?? 0,
    blobVersionedHashes: fields.blobVersionedHashes ?? [],
  };
  const gasPrice = fields.gasPrice ?? 0;
  const transaction = {
    Eip155: { ...common, gasPrice },
    Berlin: { ...common, gasPrice, accessList },
    London: { ...common, ...fees },
    Cancun: { ...common, ...fees, ...blobs },
  }[form];
  return { type: "ethereum.transaction", transaction };
}

/** The pointer of the rule that this case breaks, or undefined where it must be signed. */
function expectedRefusal(form: Form, fields: Fields): string | undefined {
  if (BigInt(fields.chainId ?? 0) === 0n) return "/transaction/chainId";
  if (fields.to === undefined && (fields.data ?? "0x") === "0x") return "/transaction/data";
  if (form !== "Eip155" && form !== "Berlin") {
    if (BigInt(fields.maxPriorityFeePerGas ?? 0) > BigInt(fields.maxFeePerGas ?? 0)) {
      return "/transaction/maxPriorityFeePerGas";
    }
  }
  if (form !== "Cancun") return undefined;
  if (fields.to === undefined) return "/transaction/to";
  return (fields.blobVersionedHashes ?? []).length === 0 ? "/transaction/blobVersionedHashes" : undefined;
}

const skip = skipWithout("ethereum");
const file = readVectors("ethereum", "transactions.json.gz");
const vectors: readonly Vector[] = Array.isArray(file) ? file : [];
const counted = new Map<string, number>();
const count = (outcome: string): void => void counted.set(outcome, (counted.get(outcome) ?? 0) + 1);

describe("transactions.json.gz: EIP-155, EIP-2930, EIP-1559, EIP-4844", { skip }, () => {
  for (const vector of vectors) {
    const rules = FORMS.map((form) => expectedRefusal(form, vector.transaction));
    const outcome = FORMS.map((form, index) =>
      rules[index] === undefined ? `${form} signed` : `${form} refused`,
    );
    test(`${vector.name}: ${outcome.join(", ")}`, () => {
      for (const [index, form] of FORMS.entries()) checkForm(vector, form, rules[index]);
    });
  }

  test("of 1,600 cases 768 have chain id 0, 184 more create a contract without code; 648 are signed", () => {
    assert.deepEqual(Object.fromEntries(counted), {
      ...Object.fromEntries(FORMS.map((form) => [`${form} refused at /transaction/chainId`, 768])),
      ...Object.fromEntries(FORMS.map((form) => [`${form} refused at /transaction/data`, 184])),
      "Eip155 signed": 648,
      "Berlin signed": 648,
      "London signed": 648,
      // Blobs forbid creation, and most cases name no blob; 108 + 168 + 372 = 648.
      "Cancun signed": 108,
      "Cancun refused at /transaction/to": 168,
      "Cancun refused at /transaction/blobVersionedHashes": 372,
    });
  });
});

function checkForm(vector: Vector, form: Form, rule: string | undefined): void {
  const request = requestOf(form, vector.transaction);
  if (rule !== undefined) {
    assert.throws(
      () => decode(request),
      (error: unknown) => error instanceof SignerError && error.members["field"] === rule,
    );
    count(`${form} refused at ${rule}`);
    return;
  }
  const unsigned = vector[`unsigned${form}`];
  assert.ok(unsigned !== undefined);
  assert.equal(digestOf(decode(request)), keccak256(unsigned));
  const signed = sign(request, vector.privateKey);
  assert.equal(signed["signedTransaction"], vector[`signed${form}`]);
  assert.equal(signed["hash"], keccak256(vector[`signed${form}`] ?? "0x"));
  count(`${form} signed`);
}
