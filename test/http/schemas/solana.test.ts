/** Schemas of `solana.*` requests: what they let through to the adapter, and that their examples are real. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Check } from "typebox/value";
import {
  SolanaMessageRequest,
  SolanaMessageSigned,
  SolanaTransactionRequest,
  SolanaTransactionSigned,
} from "../../../src/http/schemas/solana.ts";
import { member } from "../../chains/solana/json.ts";
import { complete, decodeMessage, decodeTransaction, own, text } from "../../chains/solana/fixtures.ts";

const transaction = text(member(example(SolanaTransactionRequest), "transaction"));
const message = member(example(SolanaMessageRequest), "message");

const TABLE = "11111111111111111111111111111111";

const REFUSED: readonly unknown[] = [
  { type: "solana.transaction" },
  { type: "solana.transaction", transaction: "" },
  { type: "solana.transaction", transaction: "-_-_" },
  { type: "solana.transaction", transaction, extra: 1 },
  { type: "solana.transaction", transaction, lookupTables: [{ address: TABLE }] },
  { type: "solana.transaction", transaction, lookupTables: [{ address: TABLE, addresses: [] }] },
  { type: "solana.transaction", transaction, lookupTables: [{ address: "0x00", addresses: [TABLE] }] },
  {
    type: "solana.transaction",
    transaction,
    lookupTables: [{ address: TABLE, addresses: [TABLE], more: 1 }],
  },
  { type: "solana.message", message: "hello" },
  { type: "solana.message", message: {} },
  { type: "solana.message", message: { text: "" } },
  { type: "solana.message", message: { text: "a", base64: "YQ==" } },
  { type: "solana.message", message: { text: "a" }, extra: 1 },
];

for (const request of REFUSED) {
  test(`solana schemas: ${JSON.stringify(request).slice(0, 60)} is refused`, () => {
    assert.equal(Check(SolanaTransactionRequest, request) || Check(SolanaMessageRequest, request), false);
  });
}

test("solana schemas: the examples fit, decode, and give answers that fit", () => {
  assert.ok(Check(SolanaTransactionRequest, { type: "solana.transaction", transaction }));
  const lookupTables = [{ address: TABLE, addresses: [TABLE] }];
  assert.ok(Check(SolanaTransactionRequest, { type: "solana.transaction", transaction, lookupTables }));
  assert.ok(Check(SolanaMessageRequest, { type: "solana.message", message }));
  assert.ok(Check(SolanaTransactionSigned, complete(decodeTransaction(transaction, own), own)));
  assert.ok(Check(SolanaMessageSigned, complete(decodeMessage(message, own), own)));
});

function example(schema: unknown): unknown {
  return member(member(schema, "examples"), "0");
}
