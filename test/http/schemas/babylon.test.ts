/** Schemas of `babylon.*` requests: what they let through to the adapter, and that their examples are real. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Check } from "typebox/value";
import { babylonAdapter } from "../../../src/chains/babylon/adapter.ts";
import { BabylonEotsRequest, BabylonSchnorrRequest } from "../../../src/http/schemas/babylon.ts";
import { eotsRequest, finalityKey, schnorrRequest } from "../../chains/babylon/sample.ts";
import { member } from "../../chains/solana/json.ts";

const REFUSED: readonly unknown[] = [
  eotsRequest({ chainId: undefined }),
  eotsRequest({ chainId: 1 }),
  eotsRequest({ chainId: "a".repeat(65) }),
  eotsRequest({ chainId: { hex: "0xf" } }),
  eotsRequest({ chainId: { hex: `0x${"00".repeat(65)}` } }),
  eotsRequest({ chainId: { hex: "0x", text: "" } }),
  eotsRequest({ height: 1 }),
  eotsRequest({ height: "01" }),
  eotsRequest({ height: "" }),
  eotsRequest({ message: "0xabc" }),
  eotsRequest({ message: "ab" }),
  eotsRequest({ message: `0x${"00".repeat(8193)}` }),
  eotsRequest({ extra: 1 }),
  schnorrRequest("0x"),
  schnorrRequest(`0x${"00".repeat(33)}`),
  { ...schnorrRequest(), chainId: "bbn-1" },
];

for (const request of REFUSED) {
  test(`babylon schemas: ${JSON.stringify(request).slice(0, 70)} is refused`, () => {
    assert.equal(Check(BabylonEotsRequest, request) || Check(BabylonSchnorrRequest, request), false);
  });
}

test("babylon schemas: what the adapter takes, they let through", () => {
  for (const changes of [
    { chainId: "" },
    { chainId: { hex: "0x" } },
    { chainId: { hex: `0x${"fF".repeat(64)}` } },
    { height: "0" },
    { height: "18446744073709551615" },
    { message: "0x" },
    { message: `0x${"00".repeat(8192)}` },
  ]) {
    const request = eotsRequest(changes);
    assert.ok(Check(BabylonEotsRequest, request), JSON.stringify(changes));
    babylonAdapter.decode(request, finalityKey());
  }
});

test("babylon schemas: the examples fit and decode, and the vote is for its height", () => {
  const vote: unknown = member(member(BabylonEotsRequest, "examples"), "0");
  const commitment: unknown = member(member(BabylonSchnorrRequest, "examples"), "0");
  assert.ok(Check(BabylonEotsRequest, vote) && Check(BabylonSchnorrRequest, commitment));
  const { intent } = babylonAdapter.decode({ ...vote }, finalityKey());
  assert.equal(member(intent.babylon, "height"), member(intent.babylon, "voteHeight"));
  babylonAdapter.decode({ ...commitment }, finalityKey());
});
