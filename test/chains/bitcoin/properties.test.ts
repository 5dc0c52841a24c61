/** Random PSBTs: honest ones are told as they are, and every lie about money is refused or shown. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Transaction } from "@scure/btc-signer";
import fc from "fast-check";
import { parsePsbt, PSBT_OPTIONS } from "../../../src/chains/bitcoin/psbt.ts";
import { hex } from "../../../src/chains/bitcoin/scripts.ts";
import { PURPOSES } from "../../../src/chains/bitcoin/names.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import {
  accountAddress,
  claimedInputOf,
  coinOf,
  decodePsbt,
  fullPath,
  fundingTransaction,
  importedKey,
  inputOf,
  keys,
  psbtOf,
  signRequest,
  stranger,
  unsigned,
} from "./fixtures.ts";
import type { TestKey } from "./fixtures.ts";

const amount = fc.bigInt(10_000n, 1_000_000n);
/** Small enough that the fee caps do not refuse it first. */
const smallLie = fc.bigInt(1n, 50_000n);
const RUNS = { numRuns: 40 };

/** An honest spend: own and foreign coins, payments, and a fee that the caps allow. */
const spend = fc
  .record({
    purpose: fc.constantFrom(...PURPOSES),
    own: fc.array(amount, { minLength: 1, maxLength: 3 }),
    foreign: fc.array(amount, { maxLength: 2 }),
    fee: fc.bigInt(0n, 9_000n),
    change: fc.boolean(),
    PSBTVersion: fc.constantFrom(0, 2),
  })
  .map(({ purpose, own, foreign, fee, change, PSBTVersion }) => {
    const key: TestKey = keys[purpose];
    const coins = [
      ...own.map((value) => coinOf(key, value)),
      ...foreign.map((value) => coinOf(stranger, value)),
    ];
    const total = coins.reduce((sum, coin) => sum + coin.amount, 0n) - fee;
    const payTo = { script: stranger.script.script, amount: total };
    const halves = [
      { ...payTo, amount: total / 2n },
      { script: key.script.script, amount: total - total / 2n },
    ];
    return { key, coins, own: own.length, fee, outputs: change ? halves : [payTo], PSBTVersion };
  });

function refused(decode: () => unknown): boolean {
  try {
    decode();
    return false;
  } catch (error) {
    if (error instanceof SignerError) return true;
    throw error;
  }
}

suite("bitcoin properties: lies", () => {
  test("a previous transaction that is not the one spent is refused", () => {
    fc.assert(
      fc.property(spend, fc.nat(), amount, ({ key, coins, outputs, PSBTVersion }, pick, other) => {
        const target = pick % coins.length;
        const inputs = coins.map((coin, salt) => inputOf(coin, salt));
        const transaction = unsigned(inputs, outputs, { PSBTVersion });
        const { amount: real = 0n, script = new Uint8Array() } = coins[target] ?? {};
        const forged = fundingTransaction({ script, amount: real + other }, target).bytes;
        const honest = fundingTransaction({ script, amount: real }, target).bytes;
        const bytes = hex(transaction.toPSBT(PSBTVersion)).replace(hex(honest), hex(forged));
        assert.equal(
          refused(() => decodePsbt(key, Buffer.from(bytes, "hex").toString("base64"))),
          true,
        );
      }),
      RUNS,
    );
  });
  test("an amount that is only claimed is refused unless the signature commits to it", () => {
    fc.assert(
      fc.property(spend, fc.nat(), ({ key, coins, outputs, PSBTVersion }, pick) => {
        const target = pick % coins.length;
        const inputs = coins.map((coin, salt) =>
          salt === target ? claimedInputOf(coin, salt) : inputOf(coin, salt),
        );
        const isTaproot = key === keys[86];
        assert.equal(
          refused(() => decodePsbt(key, psbtOf(inputs, outputs, { PSBTVersion }))),
          !isTaproot,
        );
      }),
      RUNS,
    );
  });
  test("taproot: a lie about any amount gives another digest, so the signature spends nothing", () => {
    fc.assert(
      fc.property(
        fc.array(amount, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        smallLie,
        (values, pick, more) => {
          const target = pick % values.length;
          const coins = values.map((value, order) => coinOf(order === 0 ? keys[86] : stranger, value));
          const total = values.reduce((sum, value) => sum + value, 0n);
          const outputs = [{ script: stranger.script.script, amount: total }];
          const digest = (added: bigint) => {
            const inputs = coins.map((coin, salt) => {
              const claimed = salt === target ? { ...coin, amount: coin.amount + added } : coin;
              return { ...claimedInputOf(coin, salt), witnessUtxo: claimed };
            });
            const [payload] = decodePsbt(keys[86], psbtOf(inputs, outputs)).payloads;
            if (payload?.scheme !== "secp256k1.schnorr") throw new Error("not taproot");
            return hex(payload.digest);
          };
          assert.notEqual(digest(more), digest(0n));
        },
      ),
      RUNS,
    );
  });
  test("no derivation field makes a stranger's script change", () => {
    const indexes = fc.array(fc.nat(0xffffffff), { maxLength: 6 });
    const path = fc.oneof(
      indexes,
      fc.tuple(fc.constantFrom(0, 1), fc.nat(2_000_000)).map(([b, i]) => fullPath(84, b, i)),
    );
    fc.assert(
      fc.property(path, fc.nat(0xffffffff), fc.boolean(), (claimed, fingerprint, ownKey) => {
        const thief = importedKey(stranger.privateKey);
        const publicKey = ownKey ? accountAddress(84, 1, 7).publicKey : thief.record.publicKey;
        const output = {
          script: thief.script.script,
          amount: 90_000n,
          bip32Derivation: [[publicKey, { fingerprint, path: claimed }]] as [
            Uint8Array,
            { fingerprint: number; path: number[] },
          ][],
        };
        const { intent } = decodePsbt(keys[84], psbtOf([inputOf(coinOf(keys[84]))], [output]));
        assert.equal(intent.transfers[0]?.ownChange, false);
      }),
      RUNS,
    );
  });
  test("a fee past a cap is refused, whatever the size", () => {
    fc.assert(
      fc.property(spend, fc.bigInt(5_000_001n, 100_000_000n), ({ key, coins, outputs }, extra) => {
        const rich = coins.map((coin, order) =>
          order === 0 ? { ...coin, amount: coin.amount + extra } : coin,
        );
        const psbt = psbtOf(
          rich.map((coin, salt) => inputOf(coin, salt)),
          outputs,
        );
        assert.equal(
          refused(() => decodePsbt(key, psbt)),
          true,
        );
      }),
      RUNS,
    );
  });
});

suite("bitcoin properties: bytes", () => {
  test("a PSBT with any one byte changed is refused, or read as what it then says", () => {
    const honest = parsePsbt(
      psbtOf([inputOf(coinOf(keys[84]))], [{ script: stranger.script.script, amount: 90_000n }]),
    ).bytes;
    fc.assert(
      fc.property(fc.nat(honest.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(honest);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const text = Buffer.from(changed).toString("base64");
        if (refused(() => decodePsbt(keys[84], text))) return;
        const { intent } = decodePsbt(keys[84], text);
        const written = Transaction.fromPSBT(changed, PSBT_OPTIONS);
        assert.equal(intent.transfers[0]?.amount, `${written.getOutput(0).amount}`);
        assert.equal(intent.fee?.max, `${100_000n - (written.getOutput(0).amount ?? 0n)}`);
      }),
      { numRuns: 300 },
    );
  });
  test("random bytes behind the magic are refused, never a crash", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (tail) => {
        const text = Buffer.concat([Buffer.from("70736274ff", "hex"), tail]).toString("base64");
        assert.equal(
          refused(() => decodePsbt(keys[84], text)),
          true,
        );
      }),
      { numRuns: 300 },
    );
  });
});

suite("bitcoin properties: honest spends", () => {
  test("fee, transfers and the signed transaction agree", () => {
    fc.assert(
      fc.property(spend, ({ key, coins, own, fee, outputs, PSBTVersion }) => {
        const psbt = psbtOf(
          coins.map((coin, salt) => inputOf(coin, salt)),
          outputs,
          { PSBTVersion },
        );
        const { decoded, fields } = signRequest(key, { type: "bitcoin.psbt", psbt });
        assert.equal(decoded.payloads.length, own);
        assert.equal(decoded.intent.fee?.max, `${fee}`);
        assert.deepEqual(
          decoded.intent.transfers.map((transfer) => BigInt(transfer.amount)),
          outputs.map((output) => output.amount),
        );
        assert.equal("signedTransaction" in fields, own === coins.length);
      }),
      RUNS,
    );
  });
});
